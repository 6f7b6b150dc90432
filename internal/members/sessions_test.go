package members_test

import (
	"encoding/base64"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"maru/internal/kernel/ids"
	"maru/internal/members"
	"maru/internal/platform/auth"
)

func TestASignInIsGoodUntilItIsSignedOut(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	store := w.store("gangnam")
	id := w.member("Owner.Kim", auth.Owner, store.ID)
	s := w.signIn(" owner.KIM ")
	want := auth.Principal{
		Member: id, Session: s.Principal.Session, Name: "김마루", Role: auth.Owner, Stores: []ids.StoreID{store.ID},
	}
	got, err := w.Authenticate(t.Context(), s.AccessToken)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Fatal(diff)
	}
	if err := w.SignOut(t.Context(), got); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Authenticate(t.Context(), s.AccessToken); !errors.Is(err, members.ErrSessionEnded) {
		t.Errorf("access token afterwards: %v", err)
	}
	if _, err := w.Refresh(t.Context(), s.RefreshToken); !errors.Is(err, members.ErrSessionEnded) {
		t.Errorf("refresh token afterwards: %v", err)
	}
	if alive, err := alive(t.Context(), w.Service, got); alive || err != nil {
		t.Errorf("alive: %v, %v", alive, err)
	}
}

// An open page of a store that somebody lost must not go on hearing what happens there.
func TestASessionThatLostAStoreIsNotTheOneThatBegan(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	one, two := w.store("one"), w.store("two")
	w.member("hq", auth.HQAdmin)
	id := w.member("barista", auth.Staff, one.ID, two.ID)
	hq, began := w.as("hq"), w.as("barista")
	other, _ := w.replica()
	for _, c := range []struct {
		stores []ids.StoreID
		want   bool
	}{{[]ids.StoreID{one.ID, two.ID}, true}, {[]ids.StoreID{two.ID}, false}} {
		if err := w.SetWorkplaces(t.Context(), hq, members.SetWorkplaces{Member: id, Stores: c.stores}); err != nil {
			t.Fatal(err)
		}
		w.wait(5 * time.Second)
		for name, replica := range map[string]*members.Service{"this": w.Service, "other": other} {
			if alive, err := alive(t.Context(), replica, began); alive != c.want || err != nil {
				t.Errorf("stores %v, %s replica: alive %v, %v", c.stores, name, alive, err)
			}
		}
	}
	if alive, err := alive(t.Context(), other, w.as("barista")); !alive || err != nil {
		t.Errorf("a session of what is left: %v, %v", alive, err)
	}
}

func TestSigningOutReachesOtherReplicasWithinSeconds(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.member("hq", auth.HQAdmin)
	other, _ := w.replica()
	s := w.signIn("hq")
	if _, err := other.Authenticate(t.Context(), s.AccessToken); err != nil {
		t.Fatal(err)
	}
	if err := w.SignOut(t.Context(), s.Principal); err != nil {
		t.Fatal(err)
	}
	w.wait(5 * time.Second)
	if _, err := other.Authenticate(t.Context(), s.AccessToken); !errors.Is(err, members.ErrSessionEnded) {
		t.Errorf("after five seconds: %v", err)
	}
}

func TestARefreshTokenIsGoodOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.member("hq", auth.HQAdmin)
	first := w.signIn("hq")
	w.wait(11 * time.Minute)
	if _, err := w.Authenticate(t.Context(), first.AccessToken); !errors.Is(err, auth.ErrToken) {
		t.Fatalf("the access token must have expired: %v", err)
	}
	second, err := w.Refresh(t.Context(), first.RefreshToken)
	if err != nil {
		t.Fatal(err)
	}
	if second.RefreshToken == first.RefreshToken || second.Principal.Session != first.Principal.Session {
		t.Fatalf("want another token of the same session")
	}
	if _, err := w.Authenticate(t.Context(), second.AccessToken); err != nil {
		t.Fatal(err)
	}
	w.wait(21 * time.Second)
	if _, err := w.Refresh(t.Context(), first.RefreshToken); !errors.Is(err, members.ErrSessionEnded) {
		t.Fatalf("the used token: %v", err)
	}
	if _, err := w.Refresh(t.Context(), second.RefreshToken); !errors.Is(err, members.ErrSessionEnded) {
		t.Errorf("its reuse must end the session for everybody: %v", err)
	}
	if _, err := w.Authenticate(t.Context(), second.AccessToken); !errors.Is(err, members.ErrSessionEnded) {
		t.Errorf("and its access tokens: %v", err)
	}
}

func TestATokenThatIsManyRefreshesOldStillShowsThatItWasCopied(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.member("hq", auth.HQAdmin)
	first := w.signIn("hq")
	last := first
	for range 50 {
		w.wait(10 * time.Minute)
		var err error
		if last, err = w.Refresh(t.Context(), last.RefreshToken); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := w.Refresh(t.Context(), first.RefreshToken); !errors.Is(err, members.ErrSessionEnded) {
		t.Fatal(err)
	}
	if _, err := w.Refresh(t.Context(), last.RefreshToken); !errors.Is(err, members.ErrSessionEnded) {
		t.Errorf("the session must have ended: %v", err)
	}
}

func TestTwoTabsThatRefreshAtOnceBothStaySignedIn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.member("hq", auth.HQAdmin)
	other, _ := w.replica()
	first := w.signIn("hq")
	w.wait(11 * time.Minute)
	results := make([]members.Session, 8)
	var wg sync.WaitGroup
	for i := range results {
		service := w.Service
		if i%2 == 1 {
			service = other
		}
		wg.Go(func() {
			var err error
			if results[i], err = service.Refresh(t.Context(), first.RefreshToken); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	for _, r := range results {
		if r.RefreshToken != results[0].RefreshToken {
			t.Fatal("all must have got the same successor, so that any of them can go on")
		}
	}
	w.wait(11 * time.Minute)
	if _, err := w.Refresh(t.Context(), results[7].RefreshToken); err != nil {
		t.Errorf("the session goes on: %v", err)
	}
}

func TestAForgedRefreshTokenEndsNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.member("hq", auth.HQAdmin)
	s := w.signIn("hq")
	raw, err := base64.RawURLEncoding.DecodeString(s.RefreshToken)
	if err != nil {
		t.Fatal(err)
	}
	with := func(at int, value byte) string {
		forged := append([]byte(nil), raw...)
		forged[at] ^= value
		return base64.RawURLEncoding.EncodeToString(forged)
	}
	for name, token := range map[string]string{
		"empty": "", "garbage": "%%%", "short": "AAAA", "long": s.RefreshToken + "AAAA",
		"other secret": with(30, 1), "later generation": with(23, 1), "far generation": with(20, 0xff), "other session": with(8, 1),
	} {
		if _, err := w.Refresh(t.Context(), token); !errors.Is(err, members.ErrSessionEnded) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := w.Refresh(t.Context(), s.RefreshToken); err != nil {
		t.Errorf("the real one must still work: %v", err)
	}
}

func TestASessionThatIsNotUsedForAMonthIsOver(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.member("mina", auth.Owner, w.store("seongsu").ID)
	s := w.signIn("mina")
	w.wait(30*24*time.Hour - time.Second)
	s, err := w.Refresh(t.Context(), s.RefreshToken)
	if err != nil {
		t.Fatalf("on the last day: %v", err)
	}
	w.wait(30 * 24 * time.Hour)
	if _, err := w.Refresh(t.Context(), s.RefreshToken); !errors.Is(err, members.ErrSessionEnded) {
		t.Errorf("a month later: %v", err)
	}
	w.wait(91 * 24 * time.Hour)
	if err := w.Housekeep(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, table := range []string{"session", "attempt_limit"} {
		var n int
		if err := w.dbs.Context("members").QueryRow(t.Context(), "SELECT count(*) FROM members."+table).Scan(&n); err != nil || n != 0 {
			t.Errorf("%s keeps %d rows, %v", table, n, err)
		}
	}
}
