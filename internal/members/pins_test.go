package members_test

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"maru/internal/kernel/ids"
	"maru/internal/kernel/lang"
	"maru/internal/members"
	"maru/internal/platform/auth"
	"maru/internal/platform/errs"
)

func TestAPINThatIsTriedFirstIsRefusedWithTheReason(t *testing.T) {
	t.Parallel()
	for pin, why := range map[string]string{
		"": "4 to 6 digits", "123": "4 to 6 digits", "1234567": "4 to 6 digits", "12a4": "4 to 6 digits", "１２３４": "4 to 6 digits", " 8305": "4 to 6 digits",
		"0000": "repeats", "1212": "repeats", "7788": "repeats", "9998": "repeats", "123123": "repeats", "123321": "repeats",
		"1234": "series", "0123": "series", "4321": "series", "2468": "series", "8901": "series", "654321": "series", "56789": "series",
		"2580": "keypad", "147258": "keypad",
		"1225": "birthday", "2512": "birthday", "0229": "birthday", "1987": "birthday", "2026": "birthday", "870304": "birthday", "040387": "birthday",
		"9174": "phone", "0391": "phone", // of 010-9203-9174
	} {
		if err := members.PINWeakness(pin, "010-9203-9174"); err == nil || !strings.Contains(err.Text.In(lang.English), why) {
			t.Errorf("%q: %v, want %q", pin, err, why)
		}
	}
	for _, pin := range []string{"8305", "719264", "60417", "4081", "9032"} {
		if err := members.PINWeakness(pin, ""); err != nil {
			t.Errorf("%q: %v", pin, err)
		}
	}
	left := 0
	for n := range 10_000 {
		if members.PINWeakness(fmt.Sprintf("%04d", n), "") == nil {
			left++
		}
	}
	t.Logf("%d of 10,000 PINs of four digits may be chosen", left)
	if left < 8000 {
		t.Errorf("only %d of 10,000 PINs of four digits are left to guess among", left)
	}
}

func TestAPINIsKeptSealedForItsPersonAndStore(t *testing.T) {
	t.Parallel()
	c := newCafe(t)
	db := c.dbs.Context("members")
	var sealed []byte
	if err := db.QueryRow(t.Context(), "SELECT sealed FROM members.pin WHERE member_id = $1", c.mina.UUID).Scan(&sealed); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(sealed), "argon2id") || strings.Contains(string(sealed), minasPIN) {
		t.Errorf("readable: %q", sealed)
	}
	// Somebody who can write into the table gives the owner a PIN they know.
	if _, err := db.Exec(t.Context(), "UPDATE members.pin SET sealed = $1 WHERE member_id = $2", sealed, c.ownerID.UUID); err != nil {
		t.Fatal(err)
	}
	for range 12 { // which is no guess: it counts for nothing, and nothing of it stays pending
		if err := c.try(c.Service, c.ownerID, minasPIN); !errors.Is(err, members.ErrPINGone) {
			t.Errorf("a moved PIN: %v", err)
		}
	}
	var counted int
	if err := db.QueryRow(t.Context(), "SELECT coalesce(sum(failures + pending), 0) FROM members.attempt_limit WHERE kind LIKE 'pin%'").Scan(&counted); err != nil || counted != 0 {
		t.Errorf("%d attempts counted, %v", counted, err)
	}
	for what, entries := range map[string]int{"pin_set": len(c.audited("pin_set"))} {
		if entries != 3 {
			t.Errorf("%d records of %s", entries, what)
		}
	}
	var told int
	if err := db.QueryRow(t.Context(), "SELECT count(*) FROM members.outbox WHERE payload::text LIKE '%' || $1 || '%'", minasPIN).Scan(&told); err != nil || told > 0 {
		t.Errorf("the PIN stands in %d events, %v", told, err)
	}
}

// After the secret was changed, a PIN that is used is sealed with the new one, so that the old can go.
func TestPINsFollowTheSecret(t *testing.T) {
	t.Parallel()
	c := newCafe(t)
	fresh := "another secret for tests that is long"
	both, onlyNew := c.replicaWith(fresh, testSecret), c.replicaWith(fresh)
	session, err := both.SwitchPerson(t.Context(), c.device.Principal, members.SwitchPerson{Member: c.mina, PIN: minasPIN, RefreshToken: c.device.RefreshToken})
	if err != nil {
		t.Fatal(err)
	}
	session, err = onlyNew.SwitchPerson(t.Context(), session.Principal, members.SwitchPerson{Member: c.mina, PIN: minasPIN, RefreshToken: session.RefreshToken})
	if err != nil {
		t.Errorf("sealed anew: %v", err)
	}
	_, err = onlyNew.SwitchPerson(t.Context(), session.Principal, members.SwitchPerson{Member: c.jinho, PIN: jinhosPIN, RefreshToken: session.RefreshToken})
	if !errors.Is(err, members.ErrPINGone) {
		t.Errorf("not used meanwhile: %v", err)
	}
}

func TestAPINIsOfOnePersonInOneStore(t *testing.T) {
	t.Parallel()
	c := newCafe(t)
	other := c.store("jeju").ID
	stranger := c.member("stranger", auth.Staff, other)
	c.setPIN("stranger", "3914", other)
	mina := c.signIn("mina").Principal
	for name, cmd := range map[string]members.SetPIN{
		"a store where they do not work": {Stores: []ids.StoreID{other}, PIN: "4081", Password: password},
		"no store":                       {PIN: "4081", Password: password},
		"a weak PIN":                     {Stores: []ids.StoreID{c.id}, PIN: "1234", Password: password},
		"the wrong password":             {Stores: []ids.StoreID{c.id}, PIN: "4081", Password: "guess"},
	} {
		if err := c.SetPIN(t.Context(), mina, cmd); errs.KindOf(err) != errs.Invalid {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := c.SetPIN(t.Context(), c.signInHQ(), members.SetPIN{Stores: []ids.StoreID{c.id}, PIN: "4081", Password: password}); !errors.Is(err, members.ErrNoPINStore) {
		t.Errorf("headquarters: %v", err)
	}
	for name, guess := range map[string]struct {
		member ids.MemberID
		pin    string
	}{
		"another store's person with their PIN": {stranger, "3914"}, "a colleague's PIN": {c.mina, jinhosPIN},
		"somebody without a PIN": {c.manager.Principal.Member, minasPIN}, "nobody": {ids.NewMemberID(), minasPIN},
	} {
		if err := c.try(c.Service, guess.member, guess.pin); !errors.Is(err, members.ErrWrongPIN) {
			t.Errorf("%s: %v", name, err)
		}
	}
	c.come(c.jinho, jinhosPIN)
	own, err := c.OwnPINs(t.Context(), mina)
	if err != nil || len(own) != 1 || own[0].Since == nil || own[0].ID != c.id {
		t.Errorf("%+v, %v", own, err)
	}
}

func (w *world) signInHQ() auth.Principal {
	w.member("somebody-of-hq", auth.HQAdmin)
	return w.signIn("somebody-of-hq").Principal
}

func TestWhoMayTakeAPINAway(t *testing.T) {
	t.Parallel()
	c := newCafe(t)
	mina := c.signIn("mina").Principal
	if err := c.RemovePIN(t.Context(), mina, c.id, c.jinho); !errors.Is(err, members.ErrNotAllowed) {
		t.Errorf("a colleague's: %v", err)
	}
	if err := c.RemovePIN(t.Context(), c.manager.Principal, c.id, c.ownerID); !errors.Is(err, members.ErrNotAllowed) {
		t.Errorf("the owner's, by a manager: %v", err)
	}
	for _, err := range []error{
		c.RemovePIN(t.Context(), c.manager.Principal, c.id, c.jinho), c.RemovePIN(t.Context(), mina, c.id, c.mina),
		c.RemovePIN(t.Context(), c.owner.Principal, c.id, c.ownerID),
	} {
		if err != nil {
			t.Error(err)
		}
	}
	if err := c.RemovePIN(t.Context(), c.manager.Principal, c.id, c.jinho); !errors.Is(err, members.ErrNoWorker) {
		t.Errorf("twice: %v", err)
	}
	if e := c.audited("pin_removed"); len(e) != 3 {
		t.Errorf("%d on record", len(e))
	}
	if err := c.try(c.Service, c.jinho, jinhosPIN); !errors.Is(err, members.ErrWrongPIN) {
		t.Errorf("a removed PIN: %v", err)
	}
}

// A locked PIN is refused right or wrong, the answer says when it opens, the store has it on record, and a new PIN opens it.
func TestTooManyWrongPINsLockThePersonOnTheDevice(t *testing.T) {
	t.Parallel()
	c := newCafe(t)
	for range 5 {
		if err := c.try(c.Service, c.mina, "0000"); !errors.Is(err, members.ErrWrongPIN) {
			t.Fatal(err)
		}
	}
	err := c.try(c.Service, c.mina, minasPIN)
	if !errors.Is(err, members.ErrLocked) || !strings.Contains(err.Error(), "in 1 minute") {
		t.Fatalf("the right PIN after five wrong ones: %v", err)
	}
	if e := c.audited("pin_locked"); len(e) != 1 || e[0].Object.ID != c.mina.String() || e[0].By.Session != c.device.Principal.Session || e[0].Store != c.id {
		t.Errorf("on record: %+v", e)
	}
	counter := c.device
	c.device = c.setUp("뒷방")
	c.come(c.mina, minasPIN) // another device is not the one where somebody guesses
	c.device = counter
	if err := c.try(c.Service, c.mina, minasPIN); !errors.Is(err, members.ErrLocked) {
		t.Errorf("coming in elsewhere opened the lock here: %v", err)
	}
	c.come(c.jinho, jinhosPIN)
	c.wait(time.Minute)
	if err := c.try(c.Service, c.mina, "0000"); !errors.Is(err, members.ErrWrongPIN) {
		t.Fatal(err)
	}
	if err := c.try(c.Service, c.mina, minasPIN); !errors.Is(err, members.ErrLocked) || !strings.Contains(err.Error(), "in 2 minutes") {
		t.Errorf("the next lock: %v", err)
	}
	c.setPIN("mina", "4081", c.id)
	c.come(c.mina, "4081")
}

// Guesses between a person's own right PINs open no lock and are bounded: the person is told, and the store has it on record.
func TestGuessesBetweenRightPINsAreBoundedAndTold(t *testing.T) {
	t.Parallel()
	c := newCafe(t)
	const hours = 24
	looked, told, atOnce := 0, 0, 0
	for begun := c.clock(); c.clock().Before(begun.Add(hours * time.Hour)); c.wait(30 * time.Minute) {
		for range 20 {
			for range 4 {
				if err := c.try(c.Service, c.mina, "0000"); !errors.Is(err, members.ErrWrongPIN) {
					break
				}
				looked++
			}
			err := c.try(c.Service, c.mina, minasPIN)
			if err == nil {
				told += c.device.WrongPINs
			}
			if errors.Is(err, members.ErrLocked) {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		if c.clock().Equal(begun) {
			atOnce = looked
		}
	}
	t.Logf("four wrong, one right, repeated: %d wrong at once, %d in %d hours, of which the person was told %d", atOnce, looked, hours, told)
	if atOnce > 10 || looked > 10+hours/2 {
		t.Errorf("%d guesses at once, %d in %d hours", atOnce, looked, hours)
	}
	if told == 0 || len(c.audited("pin_locked")) == 0 {
		t.Errorf("told %d, on record %d", told, len(c.audited("pin_locked")))
	}
	// Housekeeping does not forgive what the budget does not.
	if err := c.Housekeep(t.Context()); err != nil {
		t.Fatal(err)
	}
	c.wait(7 * time.Hour)
	if err := c.Housekeep(t.Context()); err != nil {
		t.Fatal(err)
	}
	left := 0
	for range 12 {
		if err := c.try(c.Service, c.mina, "0000"); !errors.Is(err, members.ErrWrongPIN) {
			break
		}
		left++
	}
	if left > 4 {
		t.Errorf("%d guesses after seven hours", left)
	}
}

// A PIN that is changed while the old one is being verified lets nobody in with the old one.
func TestAPINChangedWhileItIsVerifiedIsTheOldOne(t *testing.T) {
	t.Parallel()
	c := newCafe(t)
	db := c.dbs.Context("members")
	var other []byte
	read := func() (sealed []byte) {
		if err := db.QueryRow(t.Context(), "SELECT sealed FROM members.pin WHERE member_id = $1", c.mina.UUID).Scan(&sealed); err != nil {
			t.Fatal(err)
		}
		return sealed
	}
	old := read()
	c.setPIN("mina", "5920", c.id)
	other = read()
	if _, err := db.Exec(t.Context(), "UPDATE members.pin SET sealed = $1 WHERE member_id = $2", old, c.mina.UUID); err != nil {
		t.Fatal(err)
	}
	came := make(chan error, 1)
	err := db.InTx(t.Context(), func(tx pgx.Tx) error {
		if _, err := tx.Exec(t.Context(), "UPDATE members.pin SET sealed = $1 WHERE member_id = $2", other, c.mina.UUID); err != nil {
			return err
		}
		go func() { came <- c.try(c.Service, c.mina, minasPIN) }()
		for waiting := 0; waiting == 0; { // until it has verified the old one and waits for this transaction
			select {
			case err := <-came:
				came <- err
				return nil
			default:
			}
			if err := tx.QueryRow(t.Context(), "SELECT count(*) FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY (pg_blocking_pids(pid))").Scan(&waiting); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := <-came; !errors.Is(err, members.ErrWrongPIN) {
		t.Errorf("with the old PIN: %v", err)
	}
	if p, err := c.Authenticate(t.Context(), c.device.AccessToken); err != nil || p.SignedIn() {
		t.Errorf("%+v, %v", p, err)
	}
	c.come(c.mina, "5920")
}

// A hundred guesses sent at once on two replicas are not all looked at before the first has failed.
func TestPINsGuessedAtOnceAreCounted(t *testing.T) {
	t.Parallel()
	c := newCafe(t)
	elsewhere, _ := c.replica()
	var looked, locked atomic.Int32
	var together sync.WaitGroup
	for i := range 60 {
		together.Go(func() {
			s := c.Service
			if i%2 == 0 {
				s = elsewhere
			}
			_, err := s.SwitchPerson(t.Context(), c.device.Principal, members.SwitchPerson{Member: c.mina, PIN: fmt.Sprintf("%04d", i), RefreshToken: c.device.RefreshToken})
			switch {
			case errors.Is(err, members.ErrWrongPIN):
				looked.Add(1)
			case errors.Is(err, members.ErrLocked), errors.Is(err, members.ErrBusy):
				locked.Add(1)
			default:
				t.Error(err)
			}
		})
	}
	together.Wait()
	if looked.Load() > 5 || locked.Load() != 60-looked.Load() {
		t.Errorf("%d of 60 guesses were looked at, %d refused", looked.Load(), locked.Load())
	}
}

// TestBruteForceOfPINs measures like TestBruteForce. The figures stand in ADR 0025.
func TestBruteForceOfPINs(t *testing.T) {
	t.Parallel()
	attacks := map[string]struct {
		people, devices int
		burst, hourly   int
	}{
		"one person, one device":       {people: 1, devices: 1, burst: 5, hourly: 2},
		"one person, three devices":    {people: 1, devices: 3, burst: 15, hourly: 6},
		"eight people, one device":     {people: 8, devices: 1, burst: 10, hourly: 2},
		"eight people, three devices":  {people: 8, devices: 3, burst: 30, hourly: 6},
		"three people, twenty devices": {people: 3, devices: 20, burst: 30, hourly: 60},
	}
	for name, attack := range attacks {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newCafe(t)
			people := []ids.MemberID{c.mina}
			for i := range attack.people - 1 {
				people = append(people, c.member(fmt.Sprintf("staff%d", i), auth.Staff, c.id))
			}
			devices := []members.Session{c.device}
			for range attack.devices - 1 {
				devices = append(devices, c.setUp("또"))
			}
			if attack.devices == 20 {
				if _, err := c.SetUpDevice(t.Context(), c.manager.Principal, members.SetUpDevice{
					Store: c.id, Name: "스물하나", LockAfter: members.DefaultLock, Password: password,
				}); !errors.Is(err, members.ErrTooManyDevices) {
					t.Errorf("one device more: %v", err)
				}
			}
			const hours = 4
			perHour := make([]int, hours)
			burst, begun := 0, c.clock()
			for c.clock().Before(begun.Add(hours * time.Hour)) {
				for _, device := range devices {
					for _, member := range people {
						for {
							_, err := c.SwitchPerson(t.Context(), device.Principal, members.SwitchPerson{Member: member, PIN: "0000", RefreshToken: device.RefreshToken})
							if errors.Is(err, members.ErrLocked) {
								break
							}
							if !errors.Is(err, members.ErrWrongPIN) {
								t.Fatal(err)
							}
							if since := c.clock().Sub(begun); since == 0 {
								burst++
							} else {
								perHour[int(since/time.Hour)]++
							}
						}
					}
				}
				c.wait(time.Minute)
			}
			t.Logf("%s: %d at once, then in each hour %v", name, burst, perHour)
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
