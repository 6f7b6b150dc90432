package ordering_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"
	"pgregory.net/rapid"

	"maru/internal/kernel/ids"
	"maru/internal/ordering"
	"maru/internal/platform/auth"
)

func TestPlacingAnOrderIsOneRoundTrip(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	limit := 1000
	if err := s.svc.SetDailyLimit(t.Context(), auth.System("test"), ordering.SetDailyLimit{StoreID: s.gangnam, ItemID: s.cookie.ID, Quantity: &limit}); err != nil {
		t.Fatal(err)
	}
	s.drain()
	wire := newWire(t, s.url)
	svc := s.replica(wire.url)
	place := func(cmd ordering.PlaceOrder) int64 {
		t.Helper()
		before := wire.trips.Load()
		if _, err := svc.PlaceOrder(t.Context(), s.barista, cmd); err != nil {
			t.Fatal(err)
		}
		return wire.trips.Load() - before
	}
	for range 2 { // statements are prepared
		place(s.order(9400, s.lattes(1), s.cookies(1)))
		place(s.order(6200, s.lattes(1)))
	}
	if n := place(s.order(6200, s.lattes(1))); n != 1 {
		t.Errorf("an order took %d round trips", n)
	}
	if n := place(s.order(9400, s.lattes(1), s.cookies(1))); n != 1 {
		t.Errorf("an order of a limited item took %d round trips", n)
	}
}

func TestALostAnswerToACommitIsFoundOut(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	wire := newWire(t, s.url)
	svc := s.replica(wire.url)
	for i := range 6 {
		wire.lose.Store(i%2 == 1)
		cmd := s.order(6200, s.lattes(1))
		r, err := svc.PlaceOrder(t.Context(), s.barista, cmd)
		if err != nil || r.PickupNumber != i+1 || r.Replayed != (i%2 == 1) {
			t.Errorf("order %d: %+v, %v", i+1, r, err)
		}
	}
	if wire.lose.Load() {
		t.Error("no answer was lost")
	}
	s.drain()
	s.checkNumbers(t.Context(), t)
	if len(s.heard.accepted) != 6 {
		t.Errorf("%d events for 6 orders", len(s.heard.accepted))
	}
}

// hold keeps every writer of orders waiting until it is released, so that what comes meanwhile is
// written together.
func (s *shop) hold() (release func()) {
	s.t.Helper()
	conn, err := pgx.Connect(s.t.Context(), s.url)
	if err != nil {
		s.t.Fatal(err)
	}
	if _, err := conn.Exec(s.t.Context(), "BEGIN; LOCK TABLE ordering.pickup_counter IN EXCLUSIVE MODE"); err != nil {
		s.t.Fatal(err)
	}
	return func() {
		if err := conn.Close(context.WithoutCancel(s.t.Context())); err != nil {
			s.t.Error(err)
		}
	}
}

// waiting returns when n sessions wait for the counters.
func (s *shop) waiting(n int) {
	s.t.Helper()
	conn, err := pgx.Connect(s.t.Context(), s.url)
	if err != nil {
		s.t.Fatal(err)
	}
	defer func() { _ = conn.Close(context.WithoutCancel(s.t.Context())) }()
	for got := -1; got < n; {
		err := conn.QueryRow(s.t.Context(), "SELECT count(*) FROM pg_locks WHERE relation = 'ordering.pickup_counter'::regclass AND NOT granted").Scan(&got)
		if err != nil {
			s.t.Fatal(err)
		}
	}
}

func TestOneBadOrderFailsNoneOfItsNeighbours(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	placed := s.order(6200, s.lattes(1))
	s.place(placed)
	other := placed
	other.Dining = "for_here"
	cart := s.add(ids.NewV7(), s.cookies(1))
	if _, err := s.pay(cart); err != nil {
		t.Fatal(err)
	}
	gone := s.order(3200, s.cookies(1))
	gone.Cart = &ordering.CartRead{ID: cart.ID, Revision: 1}

	release := s.hold()
	var wg sync.WaitGroup
	place := func(by auth.Principal, cmd ordering.PlaceOrder, check func(ordering.Receipt, error) bool) {
		wg.Go(func() {
			if r, err := s.svc.PlaceOrder(t.Context(), by, cmd); !check(r, err) {
				t.Errorf("%+v, %v", r, err)
			}
		})
	}
	good := func(r ordering.Receipt, err error) bool { return err == nil && !r.Replayed }
	for writer := range 2 {
		place(s.barista, s.order(6200, s.lattes(1)), good)
		s.waiting(writer + 1)
	}
	for range 5 {
		place(s.barista, s.order(6200, s.lattes(1)), good)
		place(auth.System("test"), func() ordering.PlaceOrder { c := s.order(6200, s.lattes(1)); c.StoreID = s.jeju; return c }(), good)
	}
	unstorable := s.barista
	unstorable.Name = "a\x00b"
	place(unstorable, s.order(6200, s.lattes(1)), func(_ ordering.Receipt, err error) bool { return err != nil })
	place(s.barista, placed, func(r ordering.Receipt, err error) bool { return err == nil && r.Replayed && r.PickupNumber == 1 })
	place(s.barista, other, func(_ ordering.Receipt, err error) bool { return errors.Is(err, ordering.ErrOtherBody) })
	place(s.barista, gone, func(_ ordering.Receipt, err error) bool { return errors.Is(err, ordering.ErrCartGone) })
	release()
	wg.Wait()
	s.drain()
	s.checkNumbers(t.Context(), t)
}

// What an order had taken before it was refused is there for those who are written with it.
func TestARefusedOrderTakesNothingFromItsNeighbours(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	cart := s.add(ids.NewV7(), s.lattes(1))
	if _, err := s.pay(cart); err != nil {
		t.Fatal(err)
	}
	one := 1
	if err := s.svc.SetDailyLimit(t.Context(), auth.System("test"), ordering.SetDailyLimit{StoreID: s.gangnam, ItemID: s.cookie.ID, Quantity: &one}); err != nil {
		t.Fatal(err)
	}
	s.drain()
	release := s.hold()
	var wg sync.WaitGroup
	place := func(cmd ordering.PlaceOrder, want error) {
		wg.Go(func() {
			if _, err := s.svc.PlaceOrder(t.Context(), s.barista, cmd); !errors.Is(err, want) {
				t.Errorf("%v, want %v", err, want)
			}
		})
	}
	for writer := range 2 {
		place(s.order(6200, s.lattes(1)), nil)
		s.waiting(writer + 1)
	}
	for range 8 {
		gone := s.order(3200, s.cookies(1))
		gone.Cart = &ordering.CartRead{ID: cart.ID, Revision: 1}
		place(gone, ordering.ErrCartGone)
	}
	place(s.order(3200, s.cookies(1)), nil)
	for range 8 {
		place(s.order(6400, s.cookies(2)), ordering.ErrSoldOut)
	}
	release()
	wg.Wait()
	s.checkNumbers(t.Context(), t)
}

func TestATransactionSpansAtMostAsManyLanesAsItMay(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	svc := s.replica(s.url, ordering.LanesPerTransaction(1))
	spans := func(svc *ordering.Service) (most int) {
		t.Helper()
		release := s.hold()
		var wg sync.WaitGroup
		for i := range 30 {
			if i == 1 || i == 2 {
				s.waiting(i) // each writer holds one order; the others come together
			}
			cmd := s.order(6200, s.lattes(1))
			if i%2 == 1 {
				cmd.StoreID = s.jeju
			}
			wg.Go(func() {
				if _, err := svc.PlaceOrder(t.Context(), auth.System("test"), cmd); err != nil {
					t.Error(err)
				}
			})
		}
		release()
		wg.Wait()
		err := s.dbs.Context("ordering").QueryRow(t.Context(), `
			SELECT max(lanes) FROM (SELECT count(DISTINCT lane) AS lanes FROM ordering.outbox WHERE kind = 'ordering.order_accepted' GROUP BY xmin::text) AS t`).Scan(&most)
		if err != nil {
			t.Fatal(err)
		}
		s.checkNumbers(t.Context(), t)
		return most
	}
	if n := spans(svc); n != 1 {
		t.Errorf("with one lane allowed, a transaction spanned %d", n)
	}
	if n := spans(s.svc); n != 2 {
		t.Errorf("without a bound, transactions of two stores spanned %d lanes", n)
	}
}

// checkNumbers looks at what must hold of orders whatever happened: their numbers and the positions of
// their events have no gap and no repetition, and the events say what the rows say.
func (s *shop) checkNumbers(ctx context.Context, t interface {
	Helper()
	Errorf(format string, args ...any)
},
) {
	t.Helper()
	for what, sql := range map[string]string{
		"pickup numbers": `
			SELECT store_id::text || ' ' || business_date::text FROM ordering.orders GROUP BY store_id, business_date
			HAVING min(pickup_number) <> 1 OR max(pickup_number) <> count(*) OR count(DISTINCT pickup_number) <> count(*)
			UNION ALL
			SELECT c.store_id::text || ' counter ' || c.last FROM ordering.pickup_counter c
			WHERE c.last <> (SELECT count(*) FROM ordering.orders o WHERE o.store_id = c.store_id AND o.business_date = c.business_date)`,
		"positions": `
			SELECT h.lane::text FROM ordering.outbox_head h LEFT JOIN ordering.outbox o ON o.lane = h.lane
			GROUP BY h.lane, h.pos HAVING h.pos <> count(o.pos) OR h.pos <> count(DISTINCT o.pos) OR h.pos <> coalesce(max(o.pos), 0)`,
		"events": `
			SELECT coalesce(o.order_id::text, e.key)
			FROM ordering.orders o FULL JOIN (SELECT * FROM ordering.outbox WHERE kind = 'ordering.order_accepted') e
				ON e.lane = o.lane AND e.key = o.order_id::text
			WHERE o.order_id IS NULL OR e.key IS NULL OR (e.payload->>'pickup_number')::integer <> o.pickup_number
				OR e.payload->>'store_id' <> o.store_id::text OR (e.payload->>'total')::bigint <> o.total`,
		"lines and payments": `
			SELECT o.order_id::text FROM ordering.orders o
			WHERE o.total <> (SELECT sum(total) FROM ordering.order_line l WHERE l.lane = o.lane AND l.order_id = o.order_id)
				OR o.total <> (SELECT coalesce(sum(amount), 0) FROM ordering.payment p WHERE p.lane = o.lane AND p.order_id = o.order_id)`,
		"limits": `
			SELECT d.store_id::text || ' ' || d.sold FROM ordering.daily_limit d
			WHERE d.sold <> (SELECT coalesce(sum(l.quantity), 0) FROM ordering.orders o JOIN ordering.order_line l USING (lane, order_id)
				WHERE o.store_id = d.store_id AND o.business_date = d.business_date AND l.item_id = d.item_id AND o.status <> 'cancelled')`,
	} {
		rows, err := s.dbs.Context("ordering").Query(ctx, sql)
		if err != nil {
			t.Errorf("%s: %v", what, err)
			continue
		}
		wrong, err := pgx.CollectRows(rows, pgx.RowTo[string])
		if err != nil || len(wrong) > 0 {
			t.Errorf("%s: %v %v", what, wrong, err)
		}
	}
}

// TestReplicasThatServeOneStoreNeverMissEachOther lets two replicas, one of them bound to a lane a
// transaction, take any mix of orders for two stores at once: replays of each other's, limited items,
// carts paid twice, orders that cannot be stored.
func TestReplicasThatServeOneStoreNeverMissEachOther(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	replicas := []*ordering.Service{s.svc, s.replica(s.url, ordering.LanesPerTransaction(1)), s.replica(s.url)}
	bad := auth.System("a\x00b")
	rapid.Check(t, func(r *rapid.T) {
		limit := rapid.IntRange(0, 6).Draw(r, "limit")
		err := s.svc.SetDailyLimit(t.Context(), auth.System("test"), ordering.SetDailyLimit{StoreID: s.gangnam, ItemID: s.cookie.ID, Quantity: &limit})
		if err != nil {
			r.Fatal(err)
		}
		// Replicas price by a limit when they have followed, and sell by it in any case.
		heard := rapid.Bool().Draw(r, "heard")
		if heard {
			s.drain()
		}
		type order struct {
			cmd      ordering.PlaceOrder
			by       auth.Principal
			cart     *ordering.Cart // instead of cmd
			receipts []ordering.Receipt
			soldOut  int
		}
		orders := make([]order, rapid.IntRange(1, 12).Draw(r, "orders"))
		for i := range orders {
			o := &orders[i]
			o.by = auth.System("test")
			kind := rapid.SampledFrom([]string{"latte", "latte", "cookie", "cart", "jeju", "bad"}).Draw(r, fmt.Sprint("kind ", i))
			if kind == "cart" && slices.ContainsFunc(orders[:i], func(o order) bool { return o.cart != nil }) {
				kind = "latte" // the barista has one open cart
			}
			switch kind {
			case "latte":
				o.cmd = s.order(6200, s.lattes(1))
			case "cookie":
				o.cmd = s.order(6400, s.cookies(2))
			case "cart":
				cart := s.add(ids.NewV7(), s.lattes(1))
				o.cart = &cart
			case "jeju":
				o.cmd = s.order(9400, s.lattes(1), s.cookies(1))
				o.cmd.StoreID = s.jeju
			case "bad":
				o.cmd, o.by = s.order(6200, s.lattes(1)), bad
			}
		}
		sends := rapid.SliceOfN(rapid.Custom(func(r *rapid.T) [2]int {
			return [2]int{rapid.IntRange(0, len(orders)-1).Draw(r, "order"), rapid.IntRange(0, len(replicas)-1).Draw(r, "replica")}
		}), 1, 24).Draw(r, "sends")
		limits := rapid.SliceOfN(rapid.IntRange(-1, 20), 0, 3).Draw(r, "limits meanwhile") // -1: none
		var mu sync.Mutex
		var wg sync.WaitGroup
		var failed []error
		for _, send := range sends {
			wg.Go(func() {
				o := &orders[send[0]]
				place := func() (ordering.Receipt, error) { return replicas[send[1]].PlaceOrder(t.Context(), o.by, o.cmd) }
				if o.cart != nil {
					place = func() (ordering.Receipt, error) { return s.payAt(replicas[send[1]], *o.cart) }
				}
				receipt, err := place()
				mu.Lock()
				defer mu.Unlock()
				switch {
				case err == nil:
					o.receipts = append(o.receipts, receipt)
				case errors.Is(err, ordering.ErrSoldOut):
					o.soldOut++
				case o.by.Name == bad.Name:
				default:
					failed = append(failed, err)
				}
			})
		}
		for _, n := range limits {
			wg.Go(func() {
				cmd := ordering.SetDailyLimit{StoreID: s.gangnam, ItemID: s.cookie.ID, Quantity: &n}
				if n < 0 {
					cmd.Quantity = nil
				}
				if err := s.svc.SetDailyLimit(t.Context(), auth.System("test"), cmd); err != nil {
					mu.Lock()
					defer mu.Unlock()
					failed = append(failed, err)
				}
			})
		}
		wg.Wait()
		if len(failed) > 0 {
			r.Fatal(errors.Join(failed...))
		}
		for _, o := range orders {
			firsts := slices.DeleteFunc(slices.Clone(o.receipts), func(r ordering.Receipt) bool { return r.Replayed })
			if len(o.receipts) > 0 && len(firsts) != 1 {
				r.Errorf("order %s was placed %d times: %+v", o.cmd.ID, len(firsts), o.receipts)
			}
			// Where limits change meanwhile, or a replica has not heard of the last change, one sending may be
			// too early and the next one not.
			if len(o.receipts) > 0 && o.soldOut > 0 && heard && len(limits) == 0 {
				r.Errorf("order %s was placed and answered %d times as sold out", o.cmd.ID, o.soldOut)
			}
			for _, again := range o.receipts {
				if again.PickupNumber != o.receipts[0].PickupNumber {
					r.Errorf("order %s has the numbers %d and %d", o.cmd.ID, again.PickupNumber, o.receipts[0].PickupNumber)
				}
			}
		}
		s.checkNumbers(t.Context(), r)
	})
}
