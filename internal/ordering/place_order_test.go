package ordering_test

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"

	"maru/internal/kernel/ids"
	"maru/internal/kernel/money"
	"maru/internal/kernel/traceparent"
	"maru/internal/ordering"
	"maru/internal/ordering/orderingapi"
	"maru/internal/platform/auth"
	"maru/internal/platform/errs"
)

func TestPlacedOrderIsStoredWholeAndTold(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	cmd := s.order(0, s.lattes(2), s.cookies(1)) // 2 × 6,200 taxable, 3,200 tax-free
	cmd.Tenders = []ordering.Tender{
		{Kind: ordering.Card, Amount: 10_000, Approval: "30412233"},
		{Kind: ordering.Cash, Amount: 5_600, Received: 10_000},
	}
	r := s.place(cmd)
	if r.Total != 15_600 || r.Tax != 1127 || r.Change != 4_400 || r.PickupNumber != 1 || r.Replayed {
		t.Errorf("receipt = %+v, want total 15,600 with 1,127 tax (12,400 / 11) and 4,400 change", r)
	}
	got, err := s.svc.Order(t.Context(), s.barista, s.gangnam, cmd.ID)
	if err != nil {
		t.Fatal(err)
	}
	if got.Status != orderingapi.Accepted || len(got.Lines) != 2 || len(got.Payments) != 2 || got.PlacedBy != "수진" {
		t.Errorf("stored order = %+v", got)
	}
	wantOptions := []orderingapi.LineOption{
		{OptionID: s.oat, Name: s.menu.Groups[0].Options[1].Name, Price: 700, Quantity: 1},
		{OptionID: s.shot, Name: s.menu.Groups[1].Options[0].Name, Price: 500, Quantity: 1},
	}
	if diff := cmp.Diff(wantOptions, got.Lines[0].Options); diff != "" {
		t.Errorf("options of the first line (-want +got):\n%s", diff)
	}
	s.drain()
	if len(s.heard.accepted) != 1 {
		t.Fatalf("%d events, want 1", len(s.heard.accepted))
	}
	e := s.heard.accepted[0]
	if diff := cmp.Diff(got.Lines, e.Lines); diff != "" {
		t.Errorf("lines of the event differ from the stored ones (-stored +event):\n%s", diff)
	}
	if e.Total != r.Total || e.PickupNumber != 1 || e.MenuVersion != 1 || e.BusinessDate != r.BusinessDate {
		t.Errorf("event = %+v", e)
	}
}

// Orders of several requests share a transaction: each event has the trace of its own.
func TestEventsOfAnOrderHaveTheTraceOfItsRequest(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	traces := []string{"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", "", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00"}
	want := map[string]string{}
	var all sync.WaitGroup
	for i := range 12 {
		cmd := s.order(6_200, s.lattes(1))
		cmd.ID = ids.NewOrderID()
		want[cmd.ID.String()] = traces[i%3]
		all.Go(func() {
			if _, err := s.svc.PlaceOrder(traceparent.With(t.Context(), traces[i%3]), s.barista, cmd); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	rows, err := s.dbs.Context("ordering").Query(t.Context(), "SELECT payload->>'order_id', trace FROM ordering.outbox WHERE kind = 'ordering.order_accepted'")
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	var id, trace string
	if _, err := pgx.ForEachRow(rows, []any{&id, &trace}, func() error { got[id] = trace; return nil }); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("traces (-want +got):\n%s", diff)
	}
}

func TestBadOrdersAreRefusedAndNothingIsStored(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	s.sellOut(s.latte.ID, s.latte.Sizes[1].ID, ids.OptionID{}, false)
	large := s.lattes(1)
	large.SizeID = s.latte.Sizes[1].ID
	line := func(change func(*ordering.OrderLine)) ordering.PlaceOrder {
		l := s.lattes(1)
		l.Options = slices.Clone(l.Options)
		change(&l)
		return s.order(6200, l)
	}
	cmd := func(change func(*ordering.PlaceOrder)) ordering.PlaceOrder {
		c := s.order(6200, s.lattes(1))
		change(&c)
		return c
	}
	price := money.Amount(1)
	for name, c := range map[string]struct {
		cmd  ordering.PlaceOrder
		want *errs.Error
	}{
		"empty cart":       {s.order(0), ordering.ErrEmptyOrder},
		"unknown item":     {line(func(l *ordering.OrderLine) { l.ItemID = ids.NewItemID() }), ordering.ErrUnknownItem},
		"size of another":  {line(func(l *ordering.OrderLine) { l.SizeID = s.cookie.Sizes[0].ID }), ordering.ErrUnknownItem},
		"sold out":         {s.order(6700, large), ordering.ErrSoldOut},
		"required missing": {line(func(l *ordering.OrderLine) { l.Options = nil }), ordering.ErrOptionRequired},
		"too many of group": {line(func(l *ordering.OrderLine) {
			l.Options = append(l.Options, ordering.ChosenOption{OptionID: s.regular, Quantity: 1})
		}), ordering.ErrOptionTooMany},
		"option quantity":   {line(func(l *ordering.OrderLine) { l.Options[1].Quantity = 5 }), ordering.ErrOptionQuantity},
		"option of nothing": {line(func(l *ordering.OrderLine) { l.Options[1].Quantity = 0 }), ordering.ErrOptionQuantity},
		"option twice":      {line(func(l *ordering.OrderLine) { l.Options[1] = l.Options[0] }), ordering.ErrUnknownOption},
		"unknown option":    {line(func(l *ordering.OrderLine) { l.Options[1].OptionID = ids.NewOptionID() }), ordering.ErrUnknownOption},
		"quantity 0":        {s.order(0, s.lattes(0)), ordering.ErrQuantity},
		"negative quantity": {s.order(0, s.lattes(-1)), ordering.ErrQuantity},
		"huge quantity":     {s.order(0, s.lattes(1_000_000_000)), ordering.ErrQuantity},
		"too many lines":    {s.order(0, slices.Repeat([]ordering.OrderLine{s.cookies(1)}, 101)...), ordering.ErrTooManyLines},
		"price named":       {cmd(func(c *ordering.PlaceOrder) { c.Channel, c.Lines[0].UnitPrice = orderingapi.Import, &price }), ordering.ErrForbidden},
		"paid too little":   {s.order(6199, s.lattes(1)), ordering.ErrTender},
		"not paid":          {cmd(func(c *ordering.PlaceOrder) { c.Tenders = nil }), ordering.ErrTender},
		"cash short":        {cmd(func(c *ordering.PlaceOrder) { c.Tenders[0].Received = 5000 }), ordering.ErrCashShort},
		"card not approved": {cmd(func(c *ordering.PlaceOrder) { c.Tenders[0].Kind = ordering.Card }), ordering.ErrApproval},
		"NUL in approval":   {cmd(func(c *ordering.PlaceOrder) { c.Tenders[0].Kind, c.Tenders[0].Approval = ordering.Card, "a\x00b" }), ordering.ErrApproval},
		"negative tender":   {cmd(func(c *ordering.PlaceOrder) { c.Tenders[0].Amount = -6200 }), ordering.ErrTender},
		"no dining":         {cmd(func(c *ordering.PlaceOrder) { c.Dining = "" }), ordering.ErrDining},
		"price moved":       {cmd(func(c *ordering.PlaceOrder) { c.ExpectTotal = &price }), ordering.ErrPriceMoved},
		"id of another time": {cmd(func(c *ordering.PlaceOrder) {
			c.ID = ids.OrderID{UUID: ids.DerivedV7(s.clock().AddDate(0, 0, -3), "old")}
		}), ordering.ErrOrderID},
		"another store": {cmd(func(c *ordering.PlaceOrder) { c.StoreID = s.jeju }), ordering.ErrNotFound},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := s.svc.PlaceOrder(t.Context(), s.barista, c.cmd)
			if !errors.Is(err, c.want) {
				t.Errorf("got %v, want %v", err, c.want)
			}
		})
	}
	if n := s.stored(); n != 0 {
		t.Errorf("refused orders left %d rows", n)
	}
}

func TestSameIDIsAnsweredWithTheFirstAnswer(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	cmd := s.order(6200, s.lattes(1))
	first := s.place(cmd)
	rows := s.stored()
	s.sellOut(s.latte.ID, s.latte.Sizes[0].ID, ids.OptionID{}, false)
	again := s.place(cmd)
	if !again.Replayed {
		t.Error("the second answer does not say that it is a replay")
	}
	again.Replayed = false
	if diff := cmp.Diff(first, again, cmp.Comparer(func(a, b time.Time) bool { return a.Equal(b) })); diff != "" {
		t.Errorf("answers differ (-first +again):\n%s", diff)
	}
	other := cmd
	other.Dining = "for_here"
	if _, err := s.svc.PlaceOrder(t.Context(), s.barista, other); !errors.Is(err, ordering.ErrOtherBody) && !errors.Is(err, ordering.ErrSoldOut) {
		t.Errorf("the same id with another body: %v, want ErrOtherBody", err)
	}
	s.sellOut(s.latte.ID, s.latte.Sizes[0].ID, ids.OptionID{}, true)
	if _, err := s.svc.PlaceOrder(t.Context(), s.barista, other); !errors.Is(err, ordering.ErrOtherBody) {
		t.Errorf("the same id with another body: %v, want ErrOtherBody", err)
	}
	if n := s.stored(); n != rows {
		t.Errorf("replays left %d rows more", n-rows)
	}
}

func TestOrdersAtOnceGetNumbersWithoutGapAndOneRefusalHurtsNobody(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	const n = 200
	same := s.order(6200, s.lattes(1)) // sent ten times at once
	limit := 30
	if err := s.svc.SetDailyLimit(t.Context(), auth.System("test"), ordering.SetDailyLimit{StoreID: s.gangnam, ItemID: s.cookie.ID, Quantity: &limit}); err != nil {
		t.Fatal(err)
	}
	s.drain()
	var mu sync.Mutex
	var numbers []int
	soldOut, cookies := 0, 0
	var wg sync.WaitGroup
	for i := range n {
		wg.Add(1)
		go func() {
			defer wg.Done()
			cmd := s.order(6200, s.lattes(1))
			switch {
			case i%20 == 0:
				cmd = same
			case i%4 == 1:
				cmd = s.order(3200, s.cookies(1))
			}
			r, err := s.svc.PlaceOrder(t.Context(), s.barista, cmd)
			mu.Lock()
			defer mu.Unlock()
			switch {
			case errors.Is(err, ordering.ErrSoldOut) && i%4 == 1:
				soldOut++
			case err != nil:
				t.Errorf("order %d: %v", i, err)
			case !r.Replayed:
				numbers = append(numbers, r.PickupNumber)
				if i%4 == 1 {
					cookies++
				}
			}
		}()
	}
	wg.Wait()
	if cookies != limit || soldOut != n/4-limit {
		t.Errorf("%d cookies sold and %d refused, want exactly %d and %d", cookies, soldOut, limit, n/4-limit)
	}
	slices.Sort(numbers)
	for i, got := range numbers {
		if got != i+1 {
			t.Fatalf("pickup numbers %v: want 1 to %d without gap or repetition", numbers, len(numbers))
		}
	}
	s.drain()
	if len(s.heard.accepted) != len(numbers) {
		t.Errorf("%d events for %d orders", len(s.heard.accepted), len(numbers))
	}
	sell, err := s.svc.Sellable(s.gangnam)
	if err != nil {
		t.Fatal(err)
	}
	if block, blocked := sell.ItemBlocked(s.cookie.ID); !blocked || block != ordering.BlockLimit {
		t.Errorf("after the limit the cookie is blocked %v by %q, want true by %q", blocked, block, ordering.BlockLimit)
	}
}

func TestTwoStoresMayChooseTheSameID(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	var wg sync.WaitGroup
	for range 30 {
		here, there := s.order(3200, s.cookies(1)), s.order(6400, s.cookies(2))
		there.ID, there.StoreID = here.ID, s.jeju
		for _, cmd := range []ordering.PlaceOrder{here, there} {
			wg.Go(func() {
				r, err := s.svc.PlaceOrder(t.Context(), auth.System("test"), cmd)
				if err != nil || r.StoreID != cmd.StoreID || r.Total != cmd.Tenders[0].Amount || r.Replayed {
					t.Errorf("order of %d at %s: receipt %+v, %v", cmd.Tenders[0].Amount, cmd.StoreID, r, err)
				}
			})
		}
	}
	wg.Wait()
}

func TestPickupNumbersRestartWithTheBusinessDay(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	seoul, err := time.LoadLocation("Asia/Seoul")
	if err != nil {
		t.Fatal(err)
	}
	s.mu.Lock()
	s.now = time.Date(2026, 11, 22, 4, 59, 0, 0, seoul) // the cutoff of gangnam is 05:00
	s.mu.Unlock()
	place := func() ordering.Receipt {
		cmd := s.order(3200, s.cookies(1))
		cmd.ID = ids.OrderID{UUID: ids.DerivedV7(s.clock(), fmt.Sprint(s.clock(), ids.NewV7()))}
		return s.place(cmd)
	}
	night, night2 := place(), place()
	s.advance(time.Minute)
	morning := place()
	if night.BusinessDate.String() != "2026-11-21" || night.PickupNumber != 1 || night2.PickupNumber != 2 {
		t.Errorf("at 04:59: %s number %d and %d, want 2026-11-21 numbers 1 and 2", night.BusinessDate, night.PickupNumber, night2.PickupNumber)
	}
	if morning.BusinessDate.String() != "2026-11-22" || morning.PickupNumber != 1 {
		t.Errorf("at 05:00: %s number %d, want 2026-11-22 number 1", morning.BusinessDate, morning.PickupNumber)
	}
}

func TestImportedSaleKeepsItsTimeAndPrice(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	s.sellOut(s.latte.ID, s.latte.Sizes[0].ID, ids.OptionID{}, false) // today's availability does not matter
	at := time.Date(2023, 3, 5, 8, 30, 12, 0, time.UTC)
	price := money.Amount(4700)
	cmd := ordering.PlaceOrder{
		ID: ids.OrderID{UUID: ids.DerivedV7(at, "gangnam 2023-03-05 08:30:12")}, StoreID: s.gangnam, Channel: orderingapi.Import, At: at, Dining: "takeaway",
		Lines: []ordering.OrderLine{{Choice: ordering.Choice{ItemID: s.latte.ID, SizeID: s.latte.Sizes[0].ID, Quantity: 3}, UnitPrice: &price}},
	}
	r, err := s.svc.PlaceOrder(t.Context(), auth.System("import"), cmd)
	if err != nil {
		t.Fatal(err)
	}
	if r.Total != 14_100 || r.BusinessDate.String() != "2023-03-05" || !r.PlacedAt.Equal(at) {
		t.Errorf("receipt = %+v, want 14,100 on 2023-03-05", r)
	}
	o, err := s.svc.Order(t.Context(), s.barista, s.gangnam, cmd.ID)
	if err != nil {
		t.Fatal(err)
	}
	if o.Status != orderingapi.Completed || len(o.Lines[0].Options) != 1 || o.Lines[0].Options[0].OptionID != s.regular {
		t.Errorf("order = %+v, want completed, with the default milk", o)
	}
}
