package members_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"testing"

	"maru/internal/kernel/businessday"
	"maru/internal/kernel/ids"
	"maru/internal/members"
	"maru/internal/platform/auth"
)

// atOnce runs the same thing n times at the same moment and returns how often it went well; every other
// time must end with want.
func atOnce(t *testing.T, n int, want error, do func(ctx context.Context) error) (well int) {
	t.Helper()
	var all sync.WaitGroup
	begin, results := make(chan struct{}), make(chan error, n)
	for range n {
		all.Go(func() {
			<-begin
			results <- do(t.Context())
		})
	}
	close(begin)
	all.Wait()
	close(results)
	for err := range results {
		switch {
		case err == nil:
			well++
		case !errors.Is(err, want):
			t.Errorf("%v, want %v", err, want)
		}
	}
	return well
}

func TestAnApplicationIsApprovedOnceByTwentyAtOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	store := w.store("seongsu")
	w.apply("김점주")
	id := w.waiting()[0].ID
	approved := atOnce(t, 20, members.ErrDecided, func(ctx context.Context) error {
		_, err := w.ApproveApplication(ctx, hq, members.ApproveApplication{ID: id, Stores: []ids.StoreID{store.ID}, Since: businessday.NewDate(2026, 11, 20)})
		return err
	})
	if links := w.count(`SELECT count(*) FROM members.link WHERE application_id = $1`, id.UUID); approved != 1 || links != 1 {
		t.Errorf("approved %d times, %d links", approved, links)
	}
}

func TestALinkForANewPasswordIsUsedOnceByTwentyAtOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	store := w.store("seongsu")
	id := w.member("han", auth.Staff, store.ID)
	link, err := w.IssueReset(t.Context(), hq, id)
	if err != nil {
		t.Fatal(err)
	}
	used := atOnce(t, 20, members.ErrLink, func(ctx context.Context) error {
		_, err := w.ResetPassword(ctx, members.ResetPassword{Token: link.Token, Password: "golmok-anjja-27"})
		return err
	})
	if used != 1 {
		t.Errorf("used %d times", used)
	}
}

func TestApplicationsSentAtOnceAreCounted(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	sent := atOnce(t, 20, members.ErrTooManyApplications, func(ctx context.Context) error {
		_, err := w.Apply(ctx, members.Apply{
			BusinessNo: businessNo, Name: "김점주", Phone: "010-1234-5678", StoreWish: "성수동", Address: "203.0.113.7",
		})
		return err
	})
	if sent != 5 {
		t.Errorf("%d applications of one address were taken at once, want 5", sent)
	}
}

// Wishes for a new password are fulfilled later, by whichever replica takes them: those of one account count each other
// there as well.
func TestMailedResetsOfOneAccountAreCountedAcrossReplicas(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	post := &postOffice{}
	replicas := make([]*members.Service, 8)
	for i := range replicas {
		replicas[i], _ = w.replica()
		replicas[i].SendMailBy(post, "https://maru.example.com")
	}
	w.member("hong", auth.HQMenu)
	if err := w.ChangeProfile(t.Context(), w.signIn("hong").Principal, members.ChangeProfile{Name: "홍길동", Email: "hong@example.com", Password: password}); err != nil {
		t.Fatal(err)
	}
	for i := range 24 {
		if err := replicas[0].RequestReset(t.Context(), members.RequestReset{Login: "hong", Address: fmt.Sprintf("203.0.%d.7", i)}); err != nil {
			t.Fatal(err)
		}
	}
	var next atomic.Int32
	log := slog.New(slog.DiscardHandler)
	atOnce(t, len(replicas), nil, func(ctx context.Context) error {
		return replicas[next.Add(1)-1].SendQueued(ctx, log)
	})
	if links, mails := w.count(`SELECT count(*) FROM members.link WHERE kind = 'reset'`), len(post.mails()); links != 3 || mails != 3 {
		t.Errorf("%d links and %d mails of 24 wishes, want 3", links, mails)
	}
}
