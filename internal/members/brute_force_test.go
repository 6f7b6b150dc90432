package members_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"maru/internal/kernel/ids"
	"maru/internal/members"
	"maru/internal/platform/auth"
	"maru/internal/platform/errs"
)

// TestBruteForce measures how many guesses of an attacker are looked at, who tries again as soon as the
// limits allow it (the clock is the test's). The figures stand in ADR 0022; the bounds here are theirs.
func TestBruteForce(t *testing.T) {
	t.Parallel()
	attacks := map[string]struct {
		login   func(i int) string
		address func(i int) string
		key     string
		near    bool // the accounts were used lately in the neighbourhood that their guess comes from
		burst   int  // in the first minute
		hourly  int  // in each later hour
	}{
		"one account, one address": {
			login: one("owner"), address: one("198.51.100.1"), burst: 5, hourly: 2,
		},
		"one account, a new address for every guess": {
			login: one("owner"), address: many("198.51.%d.%d"), burst: 20, hourly: 20,
		},
		"many accounts, one address": {
			login: every("owner%d"), address: one("198.51.100.2"), burst: 30, hourly: 60,
		},
		"stuffing from one /24": {
			login: every("owner%d"), address: func(i int) string { return fmt.Sprintf("198.51.100.%d", i%250) }, burst: 60, hourly: 120,
		},
		"stuffing from one /48 of IPv6": {
			login: every("owner%d"), address: every("2001:db8:7:%x::1"), burst: 60, hourly: 120,
		},
		"stuffing: a new account, address and neighbourhood for every guess": {
			login: every("owner%d"), address: many("203.%d.%d.7"), burst: 300, hourly: 600,
		},
		"stuffing from where the accounts are used": {
			login: func(i int) string { return fmt.Sprintf("owner%d", i%neighbours) }, near: true,
			address: func(i int) string { return fmt.Sprintf("100.64.%d.%d", i%neighbours, 2+i/neighbours%250) }, burst: 300, hourly: 600,
		},
		"one account, from the device of its owner": {
			login: one("owner"), address: many("192.0.%d.%d"), key: ownKey, burst: 5, hourly: 2,
		},
	}
	for name, attack := range attacks {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.member("owner", auth.HQAdmin)
			if _, err := w.SignIn(t.Context(), members.SignIn{Login: "owner", Password: password, Address: "100.64.0.1", DeviceKey: ownKey}); err != nil {
				t.Fatal(err)
			}
			if attack.near {
				w.neighbours()
			}
			hours := 4
			if attack.hourly > 120 {
				hours = 2
			}
			perHour := make([]int, hours+1)
			tried, burst, at := 0, 0, 0
			begun := w.clock()
			step := 30 * time.Second
			if attack.hourly > 120 {
				step = 6 * time.Second
			}
			for w.clock().Before(begun.Add(time.Duration(hours) * time.Hour)) {
				for closed := 0; closed < neighbours; {
					_, err := w.SignIn(t.Context(), members.SignIn{
						Login: attack.login(at), Address: attack.address(at), Password: "guess", DeviceKey: attack.key,
					})
					switch {
					case errors.Is(err, members.ErrLocked) && attack.near: // the next account may be open
						closed++
						at++
						continue
					case errors.Is(err, members.ErrLocked), errors.Is(err, members.ErrStrangersWait):
						closed = neighbours
						continue
					case !errors.Is(err, members.ErrWrongCredentials):
						t.Fatal(err)
					}
					closed = 0
					tried++
					at++
					if since := w.clock().Sub(begun); since == 0 {
						burst++
					} else {
						perHour[int(since/time.Hour)]++
					}
				}
				w.wait(step)
			}
			t.Logf("%s: %d at once, then in each hour %v; %d in %d hours", name, burst, perHour[:hours], tried, hours)
			if burst > attack.burst {
				t.Errorf("%d guesses at once, want at most %d", burst, attack.burst)
			}
			for hour, n := range perHour[1:] { // the first has the shorter locks
				if n > attack.hourly {
					t.Errorf("hour %d: %d guesses, want at most %d", hour+2, n, attack.hourly)
				}
			}
		})
	}
}

const ownKey = "the key of the owner's own browser, which is random"

func one(s string) func(int) string { return func(int) string { return s } }

func many(pattern string) func(int) string {
	return func(i int) string { return fmt.Sprintf(pattern, i/250%250, i%250) }
}

func every(pattern string) func(int) string {
	return func(i int) string { return fmt.Sprintf(pattern, i) }
}

// neighbours is how many people signed in lately, each in a neighbourhood of their own.
const neighbours = 40

func (w *world) neighbours() {
	w.t.Helper()
	store := w.store("near")
	for i := range neighbours {
		login := fmt.Sprintf("owner%d", i)
		w.member(login, auth.Staff, store.ID)
		if _, err := w.SignIn(w.t.Context(), members.SignIn{Login: login, Password: password, Address: fmt.Sprintf("100.64.%d.1", i)}); err != nil {
			w.t.Fatal(err)
		}
	}
}

// spendStrangers guesses at accounts from everywhere until strangers have to wait.
func (w *world) spendStrangers() {
	w.t.Helper()
	for i := range 1000 {
		_, err := w.SignIn(w.t.Context(), members.SignIn{Login: fmt.Sprintf("guess%d", i), Address: many("203.%d.%d.7")(i), Password: "guess"})
		if errors.Is(err, members.ErrStrangersWait) {
			return
		}
	}
	w.t.Fatal("a thousand guesses from everywhere do not close anything")
}

// Who is honest comes in while all over the world somebody guesses: from where they were before, from next door, and in a
// browser in which they opened a link.
func TestAWaveOfGuessesDoesNotKeepHonestPeopleOut(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	store := w.store("gangnam")
	w.member("owner", auth.Owner, store.ID)
	invited, err := w.Invite(t.Context(), hq, members.Invite{Name: "이직원", Role: auth.Staff, Stores: []ids.StoreID{store.ID}})
	if err != nil {
		t.Fatal(err)
	}
	lost := w.member("lost", auth.Staff, store.ID)
	comes := func(login, pass, address, key string) error {
		_, err := w.SignIn(t.Context(), members.SignIn{Login: login, Password: pass, Address: address, DeviceKey: key})
		return err
	}
	if err := comes("owner", password, "100.64.0.1", ownKey); err != nil {
		t.Fatal(err)
	}
	w.spendStrangers()
	if err := comes("owner", password, "192.0.2.77", ""); !errors.Is(err, members.ErrStrangersWait) || errs.KindOf(err) != errs.TooMany {
		t.Errorf("a stranger with the right password: %v", err)
	}
	if err := comes("nobody", password, "192.0.2.77", ""); !errors.Is(err, members.ErrStrangersWait) {
		t.Errorf("and one without an account must be told the same: %v", err)
	}
	for what, from := range map[string][2]string{
		"the own browser anywhere": {"192.0.2.78", ownKey}, "the own place": {"100.64.0.1", ""}, "next door": {"100.64.0.200", ""},
	} {
		if err := comes("owner", password, from[0], from[1]); err != nil {
			t.Errorf("%s: %v", what, err)
		}
	}
	const newKey, resetKey = "the key of a browser in which an invitation was accepted", "the key of a browser in which a password was reset"
	if _, err := w.AcceptInvitation(t.Context(), members.AcceptInvitation{
		Token: invited.Token, Login: "lee", Password: password, Name: "이직원", Address: "192.0.2.90", DeviceKey: newKey,
	}); err != nil {
		t.Fatal(err)
	}
	for what, from := range map[string][2]string{"that browser, elsewhere": {"198.51.100.9", newKey}, "that place": {"192.0.2.90", ""}} {
		if err := comes("lee", password, from[0], from[1]); err != nil {
			t.Errorf("after an invitation, %s: %v", what, err)
		}
	}
	link, err := w.IssueReset(t.Context(), hq, lost)
	if err != nil {
		t.Fatal(err)
	}
	const fresh = "아주 새로운 비밀번호"
	if _, err := w.ResetPassword(t.Context(), members.ResetPassword{Token: link.Token, Password: fresh, Address: "192.0.2.91", DeviceKey: resetKey}); err != nil {
		t.Fatal(err)
	}
	if err := comes("lost", fresh, "198.51.100.10", resetKey); err != nil {
		t.Errorf("after a reset, in that browser elsewhere: %v", err)
	}
	if err := comes("owner", password, "198.51.100.10", resetKey); !errors.Is(err, members.ErrStrangersWait) {
		t.Errorf("the browser is not known to other accounts: %v", err)
	}
}

// A browser whose session its owner ended is a stranger again, though a link was opened in it.
func TestADisownedBrowserIsAStranger(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	store := w.store("gangnam")
	member := w.member("owner", auth.Owner, store.ID)
	link, err := w.IssueReset(t.Context(), hq, member)
	if err != nil {
		t.Fatal(err)
	}
	const fresh = "아주 새로운 비밀번호"
	if _, err := w.ResetPassword(t.Context(), members.ResetPassword{Token: link.Token, Password: fresh, Address: "192.0.2.91", DeviceKey: ownKey}); err != nil {
		t.Fatal(err)
	}
	in := members.SignIn{Login: "owner", Password: fresh, Address: "198.51.100.10", DeviceKey: ownKey}
	session, err := w.SignIn(t.Context(), in)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.EndDevice(t.Context(), session.Principal, session.Principal.Session, ""); err != nil {
		t.Fatal(err)
	}
	w.spendStrangers()
	if _, err := w.SignIn(t.Context(), in); !errors.Is(err, members.ErrStrangersWait) {
		t.Errorf("in: %v", err)
	}
}

// Whoever opens a link in a browser that was disowned before has proved more than a password: it counts from then on.
func TestALinkMakesADisownedBrowserKnownAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	member := w.member("owner", auth.Owner, w.store("gangnam").ID)
	in := members.SignIn{Login: "owner", Password: password, Address: "192.0.2.91", DeviceKey: ownKey}
	if _, err := w.SignIn(t.Context(), in); err != nil {
		t.Fatal(err)
	}
	if err := w.EndSessionsOfMember(t.Context(), hq, member, ids.SessionID{}); err != nil {
		t.Fatal(err)
	}
	w.wait(time.Minute)
	link, err := w.IssueReset(t.Context(), hq, member)
	if err != nil {
		t.Fatal(err)
	}
	in.Password = "아주 새로운 비밀번호"
	if _, err := w.ResetPassword(t.Context(), members.ResetPassword{Token: link.Token, Password: in.Password, Address: "192.0.2.91", DeviceKey: ownKey}); err != nil {
		t.Fatal(err)
	}
	w.spendStrangers()
	in.Address = "198.51.100.10"
	if _, err := w.SignIn(t.Context(), in); err != nil {
		t.Errorf("in: %v", err)
	}
}

// A program that signs in with a password each time does not crowd out the browsers of the same account.
func TestABrowserStaysKnownHoweverOftenAProgramSignsIn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.member("owner", auth.Owner, w.store("gangnam").ID)
	in := members.SignIn{Login: "owner", Password: password, Address: "192.0.2.91", DeviceKey: ownKey}
	session, err := w.SignIn(t.Context(), in)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.dbs.Context("members").Exec(t.Context(), `
		INSERT INTO members.session (session_id, member_id, device, address, network, started_at, generation, token_hash, chain_key, refreshed_at, expires_at)
		SELECT gen_random_uuid(), $1, 'program', '203.0.113.7', '203.0.113.0/24', at, 0, '', '', at, at + interval '1 day'
		FROM (SELECT $2::timestamptz + n * interval '1 second' AS at FROM generate_series(1, 3000) AS n) AS s`,
		session.Principal.Member, w.clock()); err != nil {
		t.Fatal(err)
	}
	w.wait(time.Hour)
	w.spendStrangers()
	in.Address = "198.51.100.10"
	if _, err := w.SignIn(t.Context(), in); err != nil {
		t.Errorf("the browser, elsewhere: %v", err)
	}
	if _, err := w.SignIn(t.Context(), members.SignIn{Login: "owner", Password: password, Address: "203.0.113.7"}); err != nil {
		t.Errorf("the program, where it is: %v", err)
	}
}

// The same where an earlier session in that browser ended in a sign-out; who signs in there again afterwards owns it anew.
func TestADisownedBrowserIsAStrangerWhateverItsEarlierSessionsEndedIn(t *testing.T) {
	t.Parallel()
	for name, again := range map[string]bool{"disowned": false, "signed in again since": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.member("owner", auth.Owner, w.store("gangnam").ID)
			in := members.SignIn{Login: "owner", Password: password, Address: "192.0.2.91", DeviceKey: ownKey}
			enter := func() auth.Principal {
				session, err := w.SignIn(t.Context(), in)
				if err != nil {
					t.Fatal(err)
				}
				w.wait(time.Minute)
				return session.Principal
			}
			if err := w.SignOut(t.Context(), enter()); err != nil {
				t.Fatal(err)
			}
			second := enter()
			if err := w.EndDevice(t.Context(), second, second.Session, ""); err != nil {
				t.Fatal(err)
			}
			w.wait(time.Minute)
			if again {
				enter()
			}
			w.spendStrangers()
			in.Address = "198.51.100.10"
			if _, err := w.SignIn(t.Context(), in); again != (err == nil) || !again && !errors.Is(err, members.ErrStrangersWait) {
				t.Errorf("in: %v", err)
			}
		})
	}
}

// One rented neighbourhood does not close the door to the rest of the world.
func TestOneNeighbourhoodDoesNotSpendEverybodysBudget(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.member("owner", auth.HQAdmin)
	for i := range 400 {
		_, err := w.SignIn(t.Context(), members.SignIn{Login: fmt.Sprintf("guess%d", i), Address: fmt.Sprintf("2001:db8:7:%x::1", i), Password: "guess"})
		if !errors.Is(err, members.ErrWrongCredentials) && !errors.Is(err, members.ErrStrangersWait) {
			t.Fatal(err)
		}
	}
	if _, err := w.SignIn(t.Context(), members.SignIn{Login: "owner", Password: password, Address: "192.0.2.77"}); err != nil {
		t.Errorf("a stranger from elsewhere: %v", err)
	}
}
