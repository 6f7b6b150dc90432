package auth

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"maru/internal/kernel/ids"
	"maru/internal/platform/errs"
)

// AccessTokenLife is how long an access token is good for. A session that ends takes effect earlier:
// whoever accepts a token also looks its session up.
const AccessTokenLife = 10 * time.Minute

const (
	issuer   = "maru"
	audience = "maru"
	leeway   = 30 * time.Second // between the clocks of two replicas
	// MinSecretBytes is the least length of a signing secret: the size of the hash, RFC 7518 section 3.2.
	MinSecretBytes = 32
)

// ErrToken is returned for an access token that is malformed, forged, expired or meant for somebody
// else. It does not say which.
var ErrToken = errs.New(errs.Unauthorized, "auth.token",
	"로그인이 끝났어요. 다시 로그인해 주세요.", "The access token is not valid. Please sign in again.")

// ErrSharedDevice is the answer to what a shared device of a store is not for: a PIN is no password.
var ErrSharedDevice = errs.New(errs.Forbidden, "auth.shared_device",
	"매장 공용 기기에서는 할 수 없어요. 자기 기기로 로그인해 주세요.",
	"That cannot be done on a shared device of the store. Please sign in on a device of your own.")

// Claims is what an access token says: who, and by which sign-in.
type Claims struct {
	Member  ids.MemberID // zero: a shared device on which nobody works
	Session ids.SessionID
	Expires time.Time
}

// Tokens signs and verifies access tokens: JWT with HS256, because the same program does both.
type Tokens struct {
	now     func() time.Time
	signing key
	byID    map[string]key
	parser  *jwt.Parser
	proven  provenTokens
}

type key struct {
	id     string
	secret []byte
}

// NewTokens returns a Tokens that signs with the first secret and accepts tokens signed with any:
// put a new secret in front, and take the old one away when its last tokens have expired. It returns
// an error for no secret and for one of fewer than MinSecretBytes bytes.
func NewTokens(secrets [][]byte, now func() time.Time) (*Tokens, error) {
	if len(secrets) == 0 {
		return nil, errors.New("auth: no signing secret")
	}
	t := &Tokens{now: now, byID: make(map[string]key, len(secrets))}
	for i, secret := range secrets {
		if len(secret) < MinSecretBytes {
			return nil, fmt.Errorf("auth: signing secret %d has %d bytes, fewer than %d", i+1, len(secret), MinSecretBytes)
		}
		k := key{id: keyID(secret), secret: secret}
		if i == 0 {
			t.signing = k
		}
		t.byID[k.id] = k
	}
	t.parser = jwt.NewParser(append(t.rules(), jwt.WithAudience(audience))...)
	return t, nil
}

// rules are what every token of ours must keep, whatever it is for: one algorithm, our name, an end.
func (t *Tokens) rules() []jwt.ParserOption {
	return []jwt.ParserOption{
		jwt.WithValidMethods([]string{jwt.SigningMethodHS256.Alg()}), jwt.WithIssuer(issuer),
		jwt.WithExpirationRequired(), jwt.WithIssuedAt(), jwt.WithLeeway(leeway), jwt.WithTimeFunc(t.now), jwt.WithStrictDecoding(),
	}
}

// DerivedKey returns a key for another purpose than signing tokens; from it nobody can tell the secret.
func DerivedKey(secret []byte, purpose string) []byte {
	mac := hmac.New(sha256.New, secret)
	mac.Write([]byte("maru key for " + purpose))
	return mac.Sum(nil)
}

// keyID names a secret without giving it away, the same on every replica.
func keyID(secret []byte) string {
	mac := hmac.New(sha256.New, secret)
	mac.Write([]byte("maru key id"))
	return hex.EncodeToString(mac.Sum(nil)[:6])
}

type jwtClaims struct {
	jwt.RegisteredClaims
	Session string `json:"sid"`
}

// nobody is the subject of the token of a shared device on which nobody works.
const nobody = "device"

// Issue returns a signed access token and when it expires. A zero member is nobody, on a shared device.
func (t *Tokens) Issue(member ids.MemberID, session ids.SessionID) (token string, expires time.Time, err error) {
	now := t.now()
	expires = now.Add(AccessTokenLife)
	subject := nobody
	if !member.IsZero() {
		subject = member.String()
	}
	unsigned := jwt.NewWithClaims(jwt.SigningMethodHS256, jwtClaims{
		RegisteredClaims: jwt.RegisteredClaims{
			Issuer: issuer, Audience: jwt.ClaimStrings{audience}, Subject: subject,
			IssuedAt: jwt.NewNumericDate(now), ExpiresAt: jwt.NewNumericDate(expires),
		},
		Session: session.String(),
	})
	unsigned.Header["kid"] = t.signing.id
	token, err = unsigned.SignedString(t.signing.secret)
	return token, expires, err
}

// Verify returns what a token says, or ErrToken.
func (t *Tokens) Verify(token string) (Claims, error) {
	if claims, ok := t.proven.get(token, t.now()); ok {
		return claims, nil
	}
	claims, err := t.verify(token)
	if err == nil {
		t.proven.put(token, claims, t.now())
	}
	return claims, err
}

func (t *Tokens) verify(token string) (Claims, error) {
	var claims jwtClaims
	if _, err := t.parser.ParseWithClaims(token, &claims, t.keyOf); err != nil {
		return Claims{}, ErrToken
	}
	var member ids.MemberID
	if claims.Subject != nobody {
		var err error
		if member, err = ids.ParseMemberID(claims.Subject); err != nil || member.IsZero() {
			return Claims{}, ErrToken
		}
	}
	session, err := ids.ParseSessionID(claims.Session)
	if err != nil || session.IsZero() {
		return Claims{}, ErrToken
	}
	return Claims{Member: member, Session: session, Expires: claims.ExpiresAt.Time}, nil
}

func (t *Tokens) keyOf(token *jwt.Token) (any, error) {
	id, _ := token.Header["kid"].(string)
	k, ok := t.byID[id]
	if !ok {
		return nil, ErrToken
	}
	return k.secret, nil
}
