package members_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"maru/internal/members"
	"maru/internal/platform/auth"
)

func (w *world) codeOf(secret string) string {
	w.t.Helper()
	code, err := totp.GenerateCode(secret, w.clock())
	if err != nil {
		w.t.Fatal(err)
	}
	return code
}

// enrol sets an authenticator app up and returns its secret and the recovery codes.
func (w *world) enrol(s members.Session) (secret string, recovery []string) {
	w.t.Helper()
	e, err := w.BeginTOTP(w.t.Context(), s.Principal, password)
	if err != nil {
		w.t.Fatal(err)
	}
	recovery, err = w.ConfirmTOTP(w.t.Context(), s.Principal, w.codeOf(e.Secret))
	if err != nil || len(recovery) != 10 {
		w.t.Fatal(recovery, err)
	}
	return e.Secret, recovery
}

func TestWhoUsesACodeSignsInWithItOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.member("owner", auth.HQAdmin)
	from := members.SignIn{Login: "owner", Password: password, Address: "203.0.113.9"}
	s := w.signIn("owner")
	if _, err := w.BeginTOTP(t.Context(), s.Principal, "wrong"); !errors.Is(err, members.ErrWrongPassword) {
		t.Errorf("a borrowed device sets up a factor: %v", err)
	}
	secret, _ := w.enrol(s)
	if _, err := w.BeginTOTP(t.Context(), s.Principal, password); !errors.Is(err, members.ErrHasTOTP) {
		t.Errorf("a second secret: %v", err)
	}
	half, err := w.SignIn(t.Context(), from)
	if !errors.Is(err, members.ErrCodeNeeded) || half.AccessToken != "" || half.RefreshToken != "" || half.Challenge == "" {
		t.Fatalf("%+v, %v", half, err)
	}
	if _, err := w.Authenticate(t.Context(), half.Challenge); !errors.Is(err, auth.ErrToken) {
		t.Errorf("the challenge opens a page: %v", err)
	}
	if _, err := w.FinishSignIn(t.Context(), half.Challenge, w.codeOf(secret), from); !errors.Is(err, members.ErrWrongCode) {
		t.Errorf("the code that set it up, again: %v", err)
	}
	w.wait(time.Minute)
	code := w.codeOf(secret)
	full, err := w.FinishSignIn(t.Context(), half.Challenge, code[:3]+" "+code[3:], from)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Authenticate(t.Context(), full.AccessToken); err != nil {
		t.Fatal(err)
	}
	if _, err := w.FinishSignIn(t.Context(), half.Challenge, code, from); !errors.Is(err, members.ErrWrongCode) {
		t.Errorf("a code is good twice: %v", err)
	}
	w.wait(time.Minute)
	from.Code = w.codeOf(secret)
	if _, err := w.SignIn(t.Context(), from); err != nil {
		t.Errorf("password and code at once: %v", err)
	}
	w.wait(5 * time.Minute)
	if _, err := w.FinishSignIn(t.Context(), half.Challenge, w.codeOf(secret), from); !errors.Is(err, members.ErrChallengeOver) {
		t.Errorf("a challenge of long ago: %v", err)
	}
	if _, err := w.FinishSignIn(t.Context(), full.AccessToken, w.codeOf(secret), from); !errors.Is(err, members.ErrChallengeOver) {
		t.Errorf("an access token for a challenge: %v", err)
	}
}

func TestARecoveryCodeIsGoodOnceAndKeptAsAHash(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.member("owner", auth.HQAdmin)
	s := w.signIn("owner")
	_, codes := w.enrol(s)
	in := func(code string) error {
		_, err := w.SignIn(t.Context(), members.SignIn{Login: "owner", Password: password, Address: "203.0.113.9", Code: code})
		return err
	}
	if err := in(codes[3]); err != nil {
		t.Fatal(err)
	}
	if err := in(codes[3]); !errors.Is(err, members.ErrWrongCode) {
		t.Errorf("twice: %v", err)
	}
	if f, err := w.SecondFactor(t.Context(), s.Principal); err != nil || !f.TOTP || f.CodesLeft != 9 {
		t.Errorf("%+v, %v", f, err)
	}
	var n int
	if err := w.dbs.Context("members").QueryRow(t.Context(), "SELECT count(*) FROM members.recovery_code WHERE length(code_hash) <> 32 OR encode(code_hash, 'escape') LIKE '%' || $1 || '%'", codes[0]).Scan(&n); err != nil || n != 0 {
		t.Errorf("%d codes are not hashes, %v", n, err)
	}
	renewed, err := w.RenewRecoveryCodes(t.Context(), s.Principal, password)
	if err != nil {
		t.Fatal(err)
	}
	if err := in(codes[4]); !errors.Is(err, members.ErrWrongCode) {
		t.Errorf("an old code after they were renewed: %v", err)
	}
	if err := in(renewed[0]); err != nil {
		t.Errorf("a new one: %v", err)
	}
}

func TestCodesAreNotGuessed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.member("owner", auth.HQAdmin)
	secret, _ := w.enrol(w.signIn("owner"))
	w.wait(time.Minute)
	guesses := 0
	for ; guesses < 100; guesses++ {
		_, err := w.SignIn(t.Context(), members.SignIn{Login: "owner", Password: password, Address: "203.0.113.9", Code: "000000"})
		if errors.Is(err, members.ErrLocked) {
			break
		}
	}
	if guesses != 5 {
		t.Errorf("%d guesses", guesses)
	}
	right := func() error {
		_, err := w.SignIn(t.Context(), members.SignIn{Login: "owner", Password: password, Address: "203.0.113.9", Code: w.codeOf(secret)})
		return err
	}
	if err := right(); !errors.Is(err, members.ErrLocked) {
		t.Errorf("the right code while it is locked: %v", err)
	}
	if err := w.Unlock(t.Context(), hq, id); err != nil {
		t.Fatal(err)
	}
	if err := right(); err != nil {
		t.Errorf("after headquarters unlocked: %v", err)
	}
}

func TestARoleCanBeRequiredToUseASecondFactor(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.member("owner", auth.HQAdmin)
	if err := w.RequireSecondFactor(t.Context(), hq, auth.HQAdmin, true); err != nil {
		t.Fatal(err)
	}
	s := w.signIn("owner")
	if !s.Principal.NeedsFactor {
		t.Fatal("nobody is asked to set one up")
	}
	w.enrol(s)
	again, err := w.Authenticate(t.Context(), s.AccessToken)
	if err != nil || again.NeedsFactor {
		t.Errorf("after it was set up: %+v, %v", again, err)
	}
	if err := w.RemoveTOTP(t.Context(), s.Principal, password); !errors.Is(err, members.ErrFactorRequired) {
		t.Errorf("removing it: %v", err)
	}
	rules, err := w.SecondFactorRules(t.Context(), hq)
	if err != nil || len(rules) != 1 || !rules[0].Required || rules[0].People != 1 || rules[0].WithTOTP != 1 {
		t.Errorf("%+v, %v", rules, err)
	}
	if err := w.ResetSecondFactor(t.Context(), hq, id); err != nil {
		t.Fatal(err)
	}
	if s := w.signIn("owner"); !s.Principal.NeedsFactor {
		t.Error("after headquarters reset it, a new one must be set up")
	}
	if err := w.RequireSecondFactor(t.Context(), hq, auth.HQAdmin, false); err != nil {
		t.Fatal(err)
	}
	if s := w.signIn("owner"); s.Principal.NeedsFactor {
		t.Error("the rule was lifted")
	}
	for name, err := range map[string]error{
		"rules": second(w.SecondFactorRules(t.Context(), auth.Principal{})), "require": w.RequireSecondFactor(t.Context(), auth.Principal{}, auth.HQAdmin, true),
		"reset": w.ResetSecondFactor(t.Context(), auth.Principal{}, id),
	} {
		if !errors.Is(err, members.ErrNotAllowed) {
			t.Errorf("%s by anybody: %v", name, err)
		}
	}
}

func second[T any](_ T, err error) error { return err }

// A fast hash is enough only for what nobody can go through: ASVS 5.0, 6.5.2.
func TestRecoveryCodesAreLongEnoughForAFastHash(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.member("long", auth.HQAdmin)
	_, codes := w.enrol(w.signIn("long"))
	seen := map[string]bool{}
	for _, code := range codes {
		letters := strings.ReplaceAll(code, "-", "")
		if bits := 5 * len(letters); bits < 112 || strings.Trim(letters, "abcdefghijklmnopqrstuvwxyz234567") != "" || seen[code] {
			t.Errorf("%q has %d bits", code, bits)
		}
		seen[code] = true
	}
}
