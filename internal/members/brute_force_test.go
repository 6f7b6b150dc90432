package members_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"maru/internal/members"
	"maru/internal/platform/auth"
)

// TestBruteForce measures how many guesses of an attacker are looked at, who tries again as soon as the
// limits allow it (the clock is the test's). The figures stand in ADR 0022; the bounds here are theirs.
func TestBruteForce(t *testing.T) {
	t.Parallel()
	attacks := map[string]struct {
		login   func(i int) string
		address func(i int) string
		key     string
		burst   int // in the first minute
		hourly  int // in each later hour
	}{
		"one account, one address": {
			login: one("owner"), address: one("198.51.100.1"), burst: 5, hourly: 2,
		},
		"one account, a new address for every guess": {
			login: one("owner"), address: many("198.51.%d.%d"), burst: 20, hourly: 20,
		},
		"many accounts, one address": {
			login: func(i int) string { return fmt.Sprintf("owner%d", i) }, address: one("198.51.100.2"), burst: 30, hourly: 60,
		},
		"stuffing: a new account and address for every guess": {
			login: func(i int) string { return fmt.Sprintf("owner%d", i) }, address: many("203.0.%d.%d"), burst: 300, hourly: 600,
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
			hours := 4
			if attack.hourly > 120 {
				hours = 2
			}
			perHour := make([]int, hours+1)
			tried, burst := 0, 0
			begun := w.clock()
			step := 30 * time.Second
			if attack.hourly > 120 {
				step = 6 * time.Second
			}
			for w.clock().Before(begun.Add(time.Duration(hours) * time.Hour)) {
				for {
					_, err := w.SignIn(t.Context(), members.SignIn{
						Login: attack.login(tried), Address: attack.address(tried), Password: "guess", DeviceKey: attack.key,
					})
					if errors.Is(err, members.ErrLocked) {
						break
					}
					if !errors.Is(err, members.ErrWrongCredentials) {
						t.Fatal(err)
					}
					tried++
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
