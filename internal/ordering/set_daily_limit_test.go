package ordering_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"maru/internal/kernel/ids"
	"maru/internal/ordering"
	"maru/internal/ordering/orderingapi"
	"maru/internal/platform/auth"
)

func (s *shop) limitCookies(n int) {
	s.t.Helper()
	if err := s.svc.SetDailyLimit(s.t.Context(), auth.System("test"), ordering.SetDailyLimit{StoreID: s.gangnam, ItemID: s.cookie.ID, Quantity: &n}); err != nil {
		s.t.Fatal(err)
	}
}

// A limit holds from when it is set, also at a replica that has not heard of it: whether that knows of none,
// of another item's, or of the last one before it was lifted.
func TestALimitHoldsWhereNobodyHasHeardOfIt(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	unaware := s.replica(s.url)
	buy := func(n int) error {
		_, err := unaware.PlaceOrder(t.Context(), s.barista, s.order(s.cookie.Sizes[0].Price*2, s.cookies(n)))
		return err
	}
	for range 2 {
		if err := buy(2); err != nil {
			t.Fatal(err)
		}
	}
	s.limitCookies(7) // of which four are sold
	if err := buy(2); err != nil {
		t.Errorf("two of three that are left: %v", err)
	}
	if err := buy(2); !errors.Is(err, ordering.ErrSoldOut) {
		t.Errorf("two of one that is left: %v, want ErrSoldOut", err)
	}
	if _, err := unaware.PlaceOrder(t.Context(), s.barista, s.order(6200, s.lattes(1))); err != nil {
		t.Errorf("what is not limited: %v", err)
	}
	if err := s.svc.SetDailyLimit(t.Context(), auth.System("test"), ordering.SetDailyLimit{StoreID: s.gangnam, ItemID: s.cookie.ID}); err != nil {
		t.Fatal(err)
	}
	if err := buy(2); err != nil {
		t.Errorf("after the limit was lifted: %v", err)
	}
	s.limitCookies(8)
	if err := buy(2); !errors.Is(err, ordering.ErrSoldOut) {
		t.Errorf("after eight of eight were sold: %v, want ErrSoldOut", err)
	}
	s.checkNumbers(t.Context(), t)
}

// What was made before it was cancelled is gone; what goes back into stock may be sold again.
func TestALimitCountsWhatWasSoldBeforeItWasSet(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	for _, d := range []orderingapi.Disposition{"", orderingapi.Waste, orderingapi.Restock} {
		cmd := s.order(3200, s.cookies(1))
		s.place(cmd)
		if d == "" {
			continue
		}
		err := s.svc.CancelOrder(t.Context(), s.barista, ordering.CancelOrder{StoreID: s.gangnam, OrderID: cmd.ID, Reason: "주문 실수", Disposition: d})
		if err != nil {
			t.Fatal(err)
		}
	}
	s.limitCookies(5)
	s.drain()
	sell, err := s.svc.Sellable(s.gangnam)
	if err != nil {
		t.Fatal(err)
	}
	if left, limited := sell.Left(s.cookie.ID); left != 3 || !limited {
		t.Errorf("%d of 5 are left (%v) after one was sold, one made and thrown away and one given back: want 3", left, limited)
	}
}

// until asks the database, on a connection of its own, until it answers true. It gives up after half a minute.
func (s *shop) until(sql string, args ...any) {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(s.t.Context(), 30*time.Second)
	defer cancel()
	conn, err := pgx.Connect(ctx, s.url)
	if err != nil {
		s.t.Fatal(err)
	}
	defer func() { _ = conn.Close(context.WithoutCancel(s.t.Context())) }()
	for done := false; !done; {
		if err := conn.QueryRow(ctx, sql, args...).Scan(&done); err != nil {
			s.t.Fatalf("never true: %s: %v", sql, err)
		}
	}
}

// sessionsWait is true when so many sessions of the test's database wait for a lock.
const sessionsWait = "SELECT count(*) >= $1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"

// What comes back from an order while the first limit is set may be sold.
func TestALimitThatIsSetDuringACancellationKnowsOfIt(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	cmd := s.order(6400, s.cookies(2))
	s.place(cmd)
	tx, err := s.dbs.Context("ordering").Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = tx.Rollback(context.WithoutCancel(t.Context())) }()
	if _, err := tx.Exec(t.Context(), "SELECT pos FROM ordering.outbox_head WHERE lane = $1 FOR UPDATE", int16(s.gangnam.Lane())); err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 2)
	go func() {
		done <- s.svc.CancelOrder(t.Context(), auth.System("test"), ordering.CancelOrder{
			StoreID: s.gangnam, OrderID: cmd.ID, Reason: "주문 실수", Disposition: orderingapi.Restock,
		})
	}()
	s.until(sessionsWait, 1) // at the head: all else is written
	go func() {
		five := 5
		done <- s.svc.SetDailyLimit(t.Context(), auth.System("test"), ordering.SetDailyLimit{StoreID: s.gangnam, ItemID: s.cookie.ID, Quantity: &five})
	}()
	s.until(sessionsWait, 2)
	if err := tx.Rollback(t.Context()); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := <-done; err != nil {
			t.Fatal(err)
		}
	}
	s.place(s.order(16000, s.cookies(5)))
	s.checkNumbers(t.Context(), t)
}

// An imported sale took nothing from a limit, so its cancellation gives nothing back to it.
func TestACancelledImportGivesNothingBackToALimit(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	at, importer := s.clock(), auth.System("import")
	cmd := ordering.PlaceOrder{
		ID: ids.OrderID{UUID: ids.DerivedV7(at, "sale")}, StoreID: s.gangnam, Channel: orderingapi.Import, At: at, Dining: "takeaway",
		Lines: []ordering.OrderLine{s.cookies(2)},
	}
	s.limitCookies(2)
	s.place(s.order(6400, s.cookies(2)))
	if _, err := s.svc.PlaceOrder(t.Context(), importer, cmd); err != nil {
		t.Fatal(err)
	}
	err := s.svc.MoveOrder(t.Context(), importer, ordering.MoveOrder{StoreID: s.gangnam, OrderID: cmd.ID, To: orderingapi.Ready})
	if err != nil {
		t.Fatal(err)
	}
	err = s.svc.CancelOrder(t.Context(), importer, ordering.CancelOrder{
		StoreID: s.gangnam, OrderID: cmd.ID, Reason: "주문 실수", Disposition: orderingapi.Restock,
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.svc.PlaceOrder(t.Context(), s.barista, s.order(3200, s.cookies(1))); !errors.Is(err, ordering.ErrSoldOut) {
		t.Errorf("one more than the limit: %v, want ErrSoldOut", err)
	}
}

// An order that waits for its cart has its day's counter already, whichever way it is written: two ways that
// lock in two orders would wait for each other.
func TestBothWaysOfWritingLockInOneOrder(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	for _, way := range []string{"at once", "step by step"} {
		cart := s.add(ids.NewV7(), s.cookies(1))
		if way == "step by step" {
			s.limitCookies(9) // of which the service has not heard
		}
		tx, err := s.dbs.Context("ordering").Begin(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if _, err := tx.Exec(t.Context(), "SELECT 1 FROM ordering.cart WHERE cart_id = $1 FOR UPDATE", cart.ID); err != nil {
			t.Fatal(err)
		}
		done := make(chan error, 1)
		go func() {
			cmd := s.order(3200, s.cookies(1))
			cmd.Cart = &ordering.CartRead{ID: cart.ID, Revision: 1}
			_, err := s.svc.PlaceOrder(t.Context(), s.barista, cmd)
			done <- err
		}()
		s.until(sessionsWait, 1)
		s.until("SELECT count(*) = 1 FROM pg_locks WHERE relation = 'ordering.pickup_counter'::regclass AND mode IN ('RowExclusiveLock', 'RowShareLock') AND granted")
		if err := tx.Rollback(t.Context()); err != nil {
			t.Fatal(err)
		}
		if err := <-done; err != nil {
			t.Errorf("%s: %v", way, err)
		}
	}
	s.checkNumbers(t.Context(), t)
}
