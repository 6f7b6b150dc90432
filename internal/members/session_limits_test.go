package members_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"

	"maru/internal/members"
	"maru/internal/platform/auth"
)

// However often a session is used, it ends: after ninety days in a store, after a week at headquarters.
func TestASessionThatIsUsedAllTheTimeEnds(t *testing.T) {
	t.Parallel()
	for role, limit := range map[auth.Role]struct{ use, life time.Duration }{
		auth.Owner: {10 * 24 * time.Hour, 90 * 24 * time.Hour}, auth.HQSupport: {12 * time.Hour, 7 * 24 * time.Hour},
	} {
		w := newWorld(t)
		if role.AtHQ() {
			w.member("mina", role)
		} else {
			w.member("mina", role, w.store("seongsu").ID)
		}
		s := w.signIn("mina")
		began := w.clock()
		for w.clock().Add(limit.use).Before(began.Add(limit.life)) {
			w.wait(limit.use)
			var err error
			if s, err = w.Refresh(t.Context(), s.RefreshToken); err != nil {
				t.Fatalf("%s, after %s: %v", role, w.clock().Sub(began), err)
			}
			if s.RefreshExpires.After(began.Add(limit.life)) {
				t.Errorf("%s: the cookie outlives the session", role)
			}
		}
		w.wait(limit.use)
		if _, err := w.Refresh(t.Context(), s.RefreshToken); !errors.Is(err, members.ErrSessionEnded) {
			t.Errorf("%s, after %s: %v", role, w.clock().Sub(began), err)
		}
		if _, err := w.Authenticate(t.Context(), s.AccessToken); err == nil {
			t.Errorf("%s: the access token outlives the session", role)
		}
	}
}

func TestHeadquartersThatIsAwayForADaySignsInAnew(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.member("hq", auth.HQAdmin)
	s := w.signIn("hq")
	w.wait(24 * time.Hour)
	if _, err := w.Refresh(t.Context(), s.RefreshToken); !errors.Is(err, members.ErrSessionEnded) {
		t.Error(err)
	}
	s = w.signIn("hq")
	w.LimitSessions(members.SessionLimits{Idle: time.Hour, Life: time.Hour, IdleHQ: time.Minute, LifeHQ: time.Hour})
	w.wait(2 * time.Hour)
	if _, err := w.Refresh(t.Context(), s.RefreshToken); !errors.Is(err, members.ErrSessionEnded) {
		t.Errorf("limits made shorter do not hold for sessions that are open: %v", err)
	}
}

func TestSigningInAndOutIsOnTheTrail(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.member("mina", auth.Owner, w.store("seongsu").ID)
	s := w.signIn("mina")
	if err := w.SignOut(t.Context(), s.Principal); err != nil {
		t.Fatal(err)
	}
	if err := w.SignOut(t.Context(), s.Principal); err != nil {
		t.Fatal(err)
	}
	in, out := w.audited("signed_in"), w.audited("signed_out")
	if len(in) != 1 || in[0].By.Member != id || in[0].By.Address != "203.0.113.9" || in[0].Object.ID != s.Principal.Session.String() {
		t.Errorf("%+v", in)
	}
	if len(out) != 1 || out[0].By.Session != s.Principal.Session {
		t.Errorf("%+v", out)
	}
	s = w.signIn("mina")
	again, err := w.Refresh(t.Context(), s.RefreshToken)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Refresh(t.Context(), again.RefreshToken); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Refresh(t.Context(), s.RefreshToken); !errors.Is(err, members.ErrSessionEnded) {
		t.Fatal(err)
	}
	if e := w.audited("session_copied"); len(e) != 1 || e[0].Object.ID != id.String() {
		t.Errorf("%+v", e)
	}
}

// Who watches from outside sees each attempt: by what, of whom, from where, and how it ended, and no secret of anybody.
func TestEveryProofIsALineOfTheLog(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.member("mina", auth.Owner, w.store("seongsu").ID)
	var log bytes.Buffer
	w.LogProofs(slog.New(slog.NewJSONHandler(&log, nil)))
	type entry struct{ Level, Msg, By, Address, Account, Member, Session, Refused string }
	last := func() (e entry) {
		t.Helper()
		lines := strings.Split(strings.TrimSpace(log.String()), "\n")
		if err := json.Unmarshal([]byte(lines[len(lines)-1]), &e); err != nil {
			t.Fatal(err, log.String())
		}
		return e
	}
	const here = "203.0.113.9"
	in := func(login, pass, code string) (members.Session, error) {
		return w.SignIn(t.Context(), members.SignIn{Login: login, Password: pass, Code: code, Address: here})
	}
	_, _ = in("mina", "a wrong\n{\"level\":\"INFO\"}", "")
	known := last()
	if known.Level != "WARN" || known.By != "password" || known.Address != here || known.Member != id.String() || known.Refused != "members.wrong_credentials" || known.Account == "" {
		t.Errorf("wrong: %+v", known)
	}
	_, _ = in("no\nbody", "a wrong one", "")
	if e := last(); e.Member != "" || e.Refused != "members.wrong_credentials" || e.Account == "" || e.Account == known.Account {
		t.Errorf("nobody: %+v", e)
	}
	s, err := in("mina", password, "")
	if e := last(); err != nil || e.Level != "INFO" || e.Msg != "proof accepted" || e.By != "password" || e.Member != id.String() {
		t.Errorf("right: %+v, %v", e, err)
	}
	secret, recovery := w.enrol(s)
	if _, err := in("mina", password, ""); !errors.Is(err, members.ErrCodeNeeded) || last().By != "password" || last().Level != "INFO" {
		t.Errorf("the first of two: %+v, %v", last(), err)
	}
	_, _ = in("mina", password, "000000")
	if e := last(); e.By != "code" || e.Refused != "members.wrong_code" {
		t.Errorf("a wrong code: %+v", e)
	}
	if _, err := in("mina", password, recovery[0]); err != nil || last().By != "code" || last().Level != "INFO" {
		t.Errorf("a right code: %+v, %v", last(), err)
	}
	if _, err := w.RenewRecoveryCodes(t.Context(), s.Principal, "not mine"); !errors.Is(err, members.ErrWrongPassword) {
		t.Fatal(err)
	}
	if e := last(); e.By != "password again" || e.Session != s.Principal.Session.String() || e.Refused != "members.wrong_password" {
		t.Errorf("asked again: %+v", e)
	}
	for _, hidden := range []string{password, secret, recovery[0], "a wrong", "not mine", "mina", "no\\nbody"} {
		if strings.Contains(log.String(), hidden) {
			t.Errorf("%q is in the log", hidden)
		}
	}
}

// A hundred refusals are one record, and what closes a limit is one of its own.
func TestRefusedSignInsAreCountedAndDoNotFillTheTrail(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.member("mina", auth.Owner, w.store("seongsu").ID)
	for n := range 100 {
		login := "mina"
		if n%2 == 1 {
			login = "nobody"
		}
		_, _ = w.SignIn(t.Context(), members.SignIn{Login: login, Password: "wrong " + login, Address: "203.0.113.9"})
	}
	if e := w.audited("sign_ins_refused"); len(e) != 0 {
		t.Fatalf("%d records before the minute is over", len(e))
	}
	for range 2 {
		if err := w.TellRefusals(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	e := w.audited("sign_ins_refused")
	if len(e) != 1 || string(e[0].After) != `{"from_networks":1,"locked":90,"wrong":10}` {
		t.Errorf("%d records, %s", len(e), e[0].After)
	}
	locked := w.audited("sign_in_locked")
	if len(locked) != 2 || locked[0].Object.ID != id.String() || locked[1].Object.Kind != "sign_in" || locked[1].Object.ID == "nobody" {
		t.Errorf("%+v", locked)
	}
}

// Whose account is closed may still know a key that they made: whoever looks after keys sees it.
func TestAKeyWhoseMakerLeftIsFlagged(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	store := w.store("seongsu")
	id := w.member("mina", auth.Owner, store.ID)
	_, _, err := w.CreateKey(t.Context(), w.signIn("mina").Principal, members.CreateKey{
		Store: &store.ID, Name: "회계", Permissions: []auth.Permission{auth.ViewSales}, PerMinute: 60, Days: 30,
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, gone := range []bool{false, true} {
		keys, err := w.Keys(t.Context(), hq, &store.ID)
		if err != nil || len(keys) != 1 || keys[0].MakerGone != gone {
			t.Errorf("%+v, %v", keys, err)
		}
		if err := w.SetMemberState(t.Context(), hq, members.SetMemberState{Member: id, State: "closed"}); err != nil {
			t.Fatal(err)
		}
	}
}
