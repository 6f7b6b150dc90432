package members_test

import (
	"errors"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"maru/internal/members"
	"maru/internal/platform/auth"
	"maru/internal/platform/errs"
)

func TestNobodyLearnsWhichLoginsExist(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.member("owner", auth.HQAdmin)
	_, wrong := w.SignIn(t.Context(), members.SignIn{Login: "owner", Password: "not the password", Address: "203.0.113.1"})
	for _, login := range []string{"nobody", "", "가나다", "a\x00b", "\xff", strings.Repeat("a", 100_000)} {
		_, err := w.SignIn(t.Context(), members.SignIn{Login: login, Password: "not the password", Address: "203.0.113.2"})
		if !errors.Is(err, members.ErrWrongCredentials) || err.Error() != wrong.Error() {
			t.Errorf("%.20q: %v, but for an account that exists %v", login, err, wrong)
		}
		w.wait(7 * time.Hour)
	}
	for i := range 6 {
		_, err := w.SignIn(t.Context(), members.SignIn{Login: "nobody", Password: "x", Address: "203.0.113.3"})
		if locked := errors.Is(err, members.ErrLocked); locked != (i == 5) {
			t.Errorf("attempt %d at an account that does not exist: %v", i+1, err)
		}
	}
}

func TestFiveFailuresLockTheAccountForLongerEachTime(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.member("owner", auth.HQAdmin)
	other, _ := w.replica()
	try := func(s *members.Service, pass string) error {
		_, err := s.SignIn(t.Context(), members.SignIn{Login: "owner", Password: pass, Address: "2001:db8::1"})
		return err
	}
	for i := range 5 {
		if err := try(w.Service, "wrong"); !errors.Is(err, members.ErrWrongCredentials) {
			t.Fatalf("failure %d: %v", i+1, err)
		}
	}
	for lock := time.Minute; lock <= 2*time.Hour; lock *= 2 {
		holds := min(lock, time.Hour)
		w.wait(holds - time.Second)
		if err := try(other, password); !errors.Is(err, members.ErrLocked) || errs.KindOf(err) != errs.TooMany {
			t.Fatalf("just before %v even the right password must wait, on every replica: %v", holds, err)
		}
		w.wait(time.Second)
		if lock > time.Hour { // it grows no further
			break
		}
		if err := try(w.Service, "wrong"); !errors.Is(err, members.ErrWrongCredentials) {
			t.Fatalf("after %v: %v", holds, err)
		}
	}
	if err := try(w.Service, password); err != nil {
		t.Fatalf("after the lock: %v", err)
	}
	if err := try(w.Service, "wrong"); !errors.Is(err, members.ErrWrongCredentials) {
		t.Fatalf("success must forget the failures: %v", err)
	}
	if err := try(w.Service, password); err != nil {
		t.Fatal(err)
	}
}

func TestAnAddressThatFailsForManyAccountsIsLocked(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.member("mine", auth.HQAdmin)
	try := func(login, pass, address string) error {
		_, err := w.SignIn(t.Context(), members.SignIn{Login: login, Password: pass, Address: address})
		return err
	}
	for i := range 30 {
		if err := try(fmt.Sprintf("victim%d", i), "guess", "198.51.100.7"); !errors.Is(err, members.ErrWrongCredentials) {
			t.Fatal(err)
		}
		if i < 29 { // signing in with an account of one's own does not help to go on guessing
			if err := try("mine", password, "198.51.100.7"); err != nil {
				t.Fatalf("after %d failures: %v", i+1, err)
			}
		}
	}
	if err := try("victim99", "guess", "198.51.100.7"); !errors.Is(err, members.ErrLocked) {
		t.Errorf("thirty-first: %v", err)
	}
	if err := try("mine", password, "::ffff:198.51.100.7"); !errors.Is(err, members.ErrLocked) {
		t.Errorf("the same address in another spelling: %v", err)
	}
	if err := try("mine", password, "198.51.100.8"); err != nil {
		t.Errorf("another address: %v", err)
	}
	w.wait(time.Minute)
	if err := try("victim99", "guess", "198.51.100.7"); !errors.Is(err, members.ErrWrongCredentials) {
		t.Errorf("a minute later one more: %v", err)
	}
	if err := try("mine", password, "198.51.100.7"); !errors.Is(err, members.ErrLocked) {
		t.Errorf("and no second: %v", err)
	}
	w.wait(time.Hour)
	if err := try("mine", password, "198.51.100.7"); err != nil {
		t.Errorf("failures long ago must be forgotten: %v", err)
	}
}

// Whoever knows a login can fail on purpose. That must not keep its owner out.
func TestNobodyCanLockAKnownOwnerOut(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.member("owner", auth.HQAdmin)
	const key = "the key of the owner's own phone, random"
	try := func(pass, key, address string) error {
		_, err := w.SignIn(t.Context(), members.SignIn{Login: "owner", Password: pass, Address: address, DeviceKey: key})
		return err
	}
	if err := try(password, key, "203.0.113.9"); err != nil {
		t.Fatal(err)
	}
	for locked, i := false, 0; !locked; i++ { // from so many addresses that every budget of strangers is used up
		err := try("guess", "", fmt.Sprintf("198.51.%d.%d", i/200, i%200))
		locked = errors.Is(err, members.ErrLocked)
		if i > 1000 {
			t.Fatalf("no budget ends: %v", err)
		}
	}
	if err := try(password, "", "192.0.2.1"); !errors.Is(err, members.ErrLocked) {
		t.Errorf("a strange device at a strange address: %v", err)
	}
	if err := try(password, key, "192.0.2.2"); err != nil {
		t.Errorf("the owner's device, wherever it is: %v", err)
	}
	if err := try(password, "", "203.0.113.9"); err != nil {
		t.Errorf("another device at the owner's address: %v", err)
	}
	if err := try("guess", "a key that somebody has made up, as long as one", "192.0.2.3"); !errors.Is(err, members.ErrLocked) {
		t.Errorf("a made-up key: %v", err)
	}
	for range 5 { // the device itself has a lock, too
		_ = try("guess", key, "192.0.2.4")
	}
	if err := try(password, key, "192.0.2.5"); !errors.Is(err, members.ErrLocked) {
		t.Errorf("a stolen device that guesses: %v", err)
	}
}

// A shop opens: ten tablets behind one address, each with its own account, and ten with one account.
func TestAShopThatOpensIsNotTakenForAnAttack(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	other, _ := w.replica()
	for i := range 10 {
		w.member(fmt.Sprintf("tablet%d", i), auth.HQAdmin)
	}
	w.member("shared", auth.HQAdmin)
	var wg sync.WaitGroup
	for i := range 20 {
		login := fmt.Sprintf("tablet%d", i)
		if i >= 10 {
			login = "shared"
		}
		service := w.Service
		if i%2 == 1 {
			service = other
		}
		wg.Go(func() {
			if _, err := service.SignIn(t.Context(), members.SignIn{Login: login, Password: password, Address: "203.0.113.7"}); err != nil {
				t.Errorf("%s: %v", login, err)
			}
		})
	}
	wg.Wait()
}

func TestAttemptsAtOnceDoNotSlipThroughTheLock(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.member("owner", auth.HQAdmin)
	var mu sync.Mutex
	var wg sync.WaitGroup
	guessed, locked := 0, 0
	for range 30 {
		wg.Go(func() {
			_, err := w.SignIn(t.Context(), members.SignIn{Login: "owner", Password: "guess", Address: "198.51.100.9"})
			mu.Lock()
			defer mu.Unlock()
			switch {
			case errors.Is(err, members.ErrWrongCredentials):
				guessed++
			case errors.Is(err, members.ErrLocked), errors.Is(err, members.ErrBusy):
				locked++
			default:
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if guessed != 5 || locked != 25 {
		t.Errorf("%d guesses were checked, %d refused; want 5 and 25", guessed, locked)
	}
}

// The time an answer takes cannot be measured on a busy machine, but the memory that one hash needs can.
func TestALoginThatDoesNotExistCostsAHashAsWell(t *testing.T) { //nolint:paralleltest // it counts the memory of the process
	w := newWorld(t)
	tokens, err := auth.NewTokens([][]byte{[]byte("a secret for tests that is long enough")}, w.clock)
	if err != nil {
		t.Fatal(err)
	}
	const hashMemory = 64 << 20
	s := members.New(w.dbs.Context("members"), tokens, auth.NewPasswords(auth.Argon{MemoryKiB: hashMemory >> 10, Passes: 1, Threads: 1}, 1), w.clock)
	if _, err := s.CreateMember(t.Context(), hq, members.CreateMember{Login: "owner", Name: "김마루", Password: password, Role: auth.HQAdmin}); err != nil {
		t.Fatal(err)
	}
	for _, login := range []string{"owner", "nobody", "", "가나다"} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, err := s.SignIn(t.Context(), members.SignIn{Login: login, Password: "wrong", Address: "203.0.113.8"})
		runtime.ReadMemStats(&after)
		if used := after.TotalAlloc - before.TotalAlloc; !errors.Is(err, members.ErrWrongCredentials) || used < hashMemory || used > 2*hashMemory {
			t.Errorf("%q: %d MiB, %v", login, used>>20, err)
		}
	}
}
