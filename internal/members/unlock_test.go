package members_test

import (
	"errors"
	"testing"
	"time"

	"maru/internal/kernel/ids"
	"maru/internal/members"
	"maru/internal/platform/auth"
)

func TestHeadquartersSeesALockAndOpensIt(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.member("owner", auth.HQAdmin)
	if locks, err := w.LocksOf(t.Context(), hq, id); err != nil || locks != (members.Locks{}) {
		t.Fatalf("before: %+v, %v", locks, err)
	}
	for range 5 {
		_, _ = w.SignIn(t.Context(), members.SignIn{Login: "owner", Password: "wrong", Address: "203.0.113.9"})
	}
	locks, err := w.LocksOf(t.Context(), hq, id)
	if err != nil || locks.Failures != 5 || !locks.Until.Equal(w.clock().Add(time.Minute)) {
		t.Fatalf("%+v, %v", locks, err)
	}
	nobody := auth.Principal{}
	if _, err := w.LocksOf(t.Context(), nobody, id); !errors.Is(err, members.ErrNotAllowed) {
		t.Errorf("anybody sees locks: %v", err)
	}
	if err := w.Unlock(t.Context(), nobody, id); !errors.Is(err, members.ErrNotAllowed) {
		t.Errorf("anybody unlocks: %v", err)
	}
	if err := w.Unlock(t.Context(), hq, ids.NewMemberID()); !errors.Is(err, members.ErrNoMember) {
		t.Errorf("an unknown person: %v", err)
	}
	if err := w.Unlock(t.Context(), hq, id); err != nil {
		t.Fatal(err)
	}
	w.signIn("owner")
}
