package auth_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"maru/internal/kernel/ids"
	"maru/internal/platform/auth"
)

var (
	secretA = []byte("the first secret, of enough bytes for HS256")
	secretB = []byte("the other secret, of enough bytes for HS256")
	noon    = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
)

func tokensAt(t testing.TB, at time.Time, secrets ...[]byte) *auth.Tokens {
	t.Helper()
	tokens, err := auth.NewTokens(secrets, func() time.Time { return at })
	if err != nil {
		t.Fatal(err)
	}
	return tokens
}

func issue(t testing.TB, tokens *auth.Tokens, member ids.MemberID, session ids.SessionID) string {
	t.Helper()
	token, expires, err := tokens.Issue(member, session)
	if err != nil {
		t.Fatal(err)
	}
	if !expires.Equal(noon.Add(auth.AccessTokenLife)) {
		t.Fatalf("expires %v", expires)
	}
	return token
}

func TestATokenSaysWhoAndByWhichSession(t *testing.T) {
	t.Parallel()
	tokens, member, session := tokensAt(t, noon, secretA), ids.NewMemberID(), ids.NewSessionID()
	claims, err := tokens.Verify(issue(t, tokens, member, session))
	if err != nil {
		t.Fatal(err)
	}
	if claims.Member != member || claims.Session != session || !claims.Expires.Equal(noon.Add(10*time.Minute)) {
		t.Errorf("%+v", claims)
	}
}

func TestATokenOfTheOldSecretIsGoodUntilTheSecretIsTakenAway(t *testing.T) {
	t.Parallel()
	token := issue(t, tokensAt(t, noon, secretA), ids.NewMemberID(), ids.NewSessionID())
	if _, err := tokensAt(t, noon, secretB, secretA).Verify(token); err != nil {
		t.Errorf("while both are there: %v", err)
	}
	if _, err := tokensAt(t, noon, secretB).Verify(token); !errors.Is(err, auth.ErrToken) {
		t.Errorf("afterwards: %v", err)
	}
}

func TestATokenExpires(t *testing.T) {
	t.Parallel()
	token := issue(t, tokensAt(t, noon, secretA), ids.NewMemberID(), ids.NewSessionID())
	if _, err := tokensAt(t, noon.Add(10*time.Minute+29*time.Second), secretA).Verify(token); err != nil {
		t.Errorf("within the leeway between two clocks: %v", err)
	}
	if _, err := tokensAt(t, noon.Add(10*time.Minute+31*time.Second), secretA).Verify(token); !errors.Is(err, auth.ErrToken) {
		t.Errorf("after it: %v", err)
	}
	if _, err := tokensAt(t, noon.Add(-time.Minute), secretA).Verify(token); !errors.Is(err, auth.ErrToken) {
		t.Errorf("before it was issued: %v", err)
	}
}

func TestAForgedTokenIsRefused(t *testing.T) {
	t.Parallel()
	tokens := tokensAt(t, noon, secretA)
	good := issue(t, tokens, ids.NewMemberID(), ids.NewSessionID())
	parsed, _, err := jwt.NewParser().ParseUnverified(good, jwt.MapClaims{})
	if err != nil {
		t.Fatal(err)
	}
	kid := parsed.Header["kid"]
	forge := func(method jwt.SigningMethod, key any, change func(jwt.MapClaims, map[string]any)) string {
		claims := jwt.MapClaims{
			"iss": "maru", "aud": "maru", "sub": ids.NewMemberID().String(), "sid": ids.NewSessionID().String(),
			"iat": noon.Unix(), "exp": noon.Add(time.Minute).Unix(),
		}
		token := jwt.NewWithClaims(method, claims)
		token.Header["kid"] = kid
		change(claims, token.Header)
		s, err := token.SignedString(key)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	same := func(jwt.MapClaims, map[string]any) {}
	if _, err := tokens.Verify(forge(jwt.SigningMethodHS256, secretA, same)); err != nil {
		t.Fatalf("the pattern of the cases must itself be good: %v", err)
	}
	drop := func(name string) func(jwt.MapClaims, map[string]any) {
		return func(c jwt.MapClaims, _ map[string]any) { delete(c, name) }
	}
	put := func(name string, value any) func(jwt.MapClaims, map[string]any) {
		return func(c jwt.MapClaims, _ map[string]any) { c[name] = value }
	}
	dot := strings.LastIndexByte(good, '.')
	for name, token := range map[string]string{
		"empty":             "",
		"not a token":       "abc",
		"alg none":          forge(jwt.SigningMethodNone, jwt.UnsafeAllowNoneSignatureType, same),
		"no signature":      good[:dot+1],
		"changed signature": good[:dot+1] + strings.Repeat("A", len(good)-dot-1),
		"another secret":    forge(jwt.SigningMethodHS256, secretB, same),
		"HS512":             forge(jwt.SigningMethodHS512, secretA, same),
		"no kid":            forge(jwt.SigningMethodHS256, secretA, func(_ jwt.MapClaims, h map[string]any) { delete(h, "kid") }),
		"unknown kid":       forge(jwt.SigningMethodHS256, secretA, func(_ jwt.MapClaims, h map[string]any) { h["kid"] = "x" }),
		"kid of a number":   forge(jwt.SigningMethodHS256, secretA, func(_ jwt.MapClaims, h map[string]any) { h["kid"] = 7 }),
		"no expiry":         forge(jwt.SigningMethodHS256, secretA, drop("exp")),
		"no issuer":         forge(jwt.SigningMethodHS256, secretA, drop("iss")),
		"other issuer":      forge(jwt.SigningMethodHS256, secretA, put("iss", "else")),
		"other audience":    forge(jwt.SigningMethodHS256, secretA, put("aud", "else")),
		"no subject":        forge(jwt.SigningMethodHS256, secretA, drop("sub")),
		"zero subject":      forge(jwt.SigningMethodHS256, secretA, put("sub", ids.MemberID{}.String())),
		"no session":        forge(jwt.SigningMethodHS256, secretA, drop("sid")),
		"odd session":       forge(jwt.SigningMethodHS256, secretA, put("sid", "7")),
	} {
		if _, err := tokens.Verify(token); !errors.Is(err, auth.ErrToken) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestAShortSecretIsRefused(t *testing.T) {
	t.Parallel()
	for _, secrets := range [][][]byte{nil, {[]byte("short")}, {secretA, secretB[:31]}} {
		if _, err := auth.NewTokens(secrets, time.Now); err == nil {
			t.Errorf("%q was accepted", secrets)
		}
	}
}

func FuzzVerify(f *testing.F) {
	tokens := tokensAt(f, noon, secretA)
	// Fixed, because every worker of the fuzzer is a process of its own.
	good := issue(f, tokens, ids.MemberID{UUID: ids.DerivedV7(noon, "member")}, ids.SessionID{UUID: ids.DerivedV7(noon, "session")})
	f.Add(good)
	f.Add("eyJhbGciOiJub25lIn0.e30.")
	f.Add("..")
	f.Fuzz(func(t *testing.T, token string) {
		claims, err := tokens.Verify(token)
		if err == nil && token != good {
			t.Fatalf("a token we did not sign was accepted: %q says %+v", token, claims)
		}
		if err != nil && !errors.Is(err, auth.ErrToken) {
			t.Fatalf("%q: %v", token, err)
		}
	})
}

// A token that was accepted before is still refused once it has expired, also after so many others that
// it was forgotten in between.
func TestARememberedTokenExpires(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 22, 8, 30, 0, 0, time.UTC)
	tokens, err := auth.NewTokens([][]byte{[]byte(strings.Repeat("s", auth.MinSecretBytes))}, func() time.Time { return now })
	if err != nil {
		t.Fatal(err)
	}
	member := ids.NewMemberID()
	token, expires, err := tokens.Issue(member, ids.NewSessionID())
	if err != nil {
		t.Fatal(err)
	}
	for range 3000 {
		other, _, err := tokens.Issue(ids.NewMemberID(), ids.NewSessionID())
		if err != nil {
			t.Fatal(err)
		}
		if _, err := tokens.Verify(other); err != nil {
			t.Fatal(err)
		}
		if claims, err := tokens.Verify(token); err != nil || claims.Member != member {
			t.Fatalf("%+v, %v", claims, err)
		}
	}
	if _, err := tokens.Verify(token[:len(token)-2] + "AA"); err == nil {
		t.Error("a remembered token with another signature is accepted")
	}
	now = expires.Add(time.Minute)
	if _, err := tokens.Verify(token); err == nil {
		t.Error("an expired token is accepted because it was accepted before")
	}
}
