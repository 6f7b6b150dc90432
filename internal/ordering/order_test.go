package ordering_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"maru/internal/kernel/ids"
	"maru/internal/ordering"
	"maru/internal/ordering/orderingapi"
	"maru/internal/platform/auth"
)

var every = []orderingapi.Status{
	orderingapi.Accepted, orderingapi.Preparing, orderingapi.Ready, orderingapi.Completed, orderingapi.Cancelled, orderingapi.Rejected,
}

// legal is the board as PRODUCT describes it, written down a second time: one step forward, one step
// back, and nothing leaves an end but the undo of a hand-over.
var legal = map[[2]orderingapi.Status]bool{
	{orderingapi.Accepted, orderingapi.Preparing}: true, {orderingapi.Preparing, orderingapi.Ready}: true, {orderingapi.Ready, orderingapi.Completed}: true,
	{orderingapi.Preparing, orderingapi.Accepted}: true, {orderingapi.Ready, orderingapi.Preparing}: true, {orderingapi.Completed, orderingapi.Ready}: true,
}

func TestBoardFollowsTheStateMachine(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	rapid.Check(t, func(rt *rapid.T) {
		cmd := s.order(3200, s.cookies(1))
		s.place(cmd)
		state := orderingapi.Accepted
		changes := 0
		for range rapid.IntRange(1, 12).Draw(rt, "moves") {
			if rapid.IntRange(0, 9).Draw(rt, "cancel?") == 0 {
				err := s.svc.CancelOrder(rt.Context(), s.barista, ordering.CancelOrder{StoreID: s.gangnam, OrderID: cmd.ID, Reason: "손님 변심"})
				may := state != orderingapi.Cancelled && state != orderingapi.Rejected
				if may != (err == nil) || !may && !errors.Is(err, ordering.ErrTransition) {
					rt.Fatalf("cancel from %s: %v", state, err)
				}
				if may {
					state, changes = orderingapi.Cancelled, changes+1
				}
				continue
			}
			to := rapid.SampledFrom(every).Draw(rt, "to")
			err := s.svc.MoveOrder(rt.Context(), s.barista, ordering.MoveOrder{StoreID: s.gangnam, OrderID: cmd.ID, To: to})
			if legal[[2]orderingapi.Status{state, to}] != (err == nil) || err != nil && !errors.Is(err, ordering.ErrTransition) {
				rt.Fatalf("%s to %s: %v", state, to, err)
			}
			if err == nil {
				state, changes = to, changes+1
			}
		}
		o, err := s.svc.Order(rt.Context(), s.barista, s.gangnam, cmd.ID)
		if err != nil {
			rt.Fatal(err)
		}
		if o.Status != state || len(o.Changes) != changes {
			rt.Fatalf("the order is %s with %d changes, want %s with %d", o.Status, len(o.Changes), state, changes)
		}
		for _, p := range o.Payments {
			if p.Cancelled != (state == orderingapi.Cancelled) {
				rt.Fatalf("payment cancelled is %v of an order that is %s", p.Cancelled, state)
			}
		}
	})
}

func TestMovingTwiceWithOneTapIsOneMove(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	cmd := s.order(3200, s.cookies(1))
	s.place(cmd)
	tap := ordering.MoveOrder{StoreID: s.gangnam, OrderID: cmd.ID, From: orderingapi.Accepted, To: orderingapi.Preparing}
	for range 2 {
		if err := s.svc.MoveOrder(t.Context(), s.barista, tap); err != nil {
			t.Fatal(err)
		}
	}
	s.drain()
	if len(s.heard.moved) != 1 {
		t.Errorf("%d events, want 1", len(s.heard.moved))
	}
	stale := ordering.MoveOrder{StoreID: s.gangnam, OrderID: cmd.ID, From: orderingapi.Ready, To: orderingapi.Completed}
	if err := s.svc.MoveOrder(t.Context(), s.barista, stale); !errors.Is(err, ordering.ErrTransition) {
		t.Errorf("a tap on an old board: %v, want ErrTransition", err)
	}
}

func TestCancellationGivesBackMoneyLimitAndSaysWhatBecomesOfTheIngredients(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	limit := 1
	err := s.svc.SetDailyLimit(t.Context(), auth.System("test"), ordering.SetDailyLimit{StoreID: s.gangnam, ItemID: s.cookie.ID, Quantity: &limit})
	if err != nil {
		t.Fatal(err)
	}
	s.drain()
	cmd := s.order(3200, s.cookies(1))
	s.place(cmd)
	if _, err := s.svc.PlaceOrder(t.Context(), s.barista, s.order(3200, s.cookies(1))); !errors.Is(err, ordering.ErrSoldOut) {
		t.Errorf("over the limit: %v, want ErrSoldOut", err)
	}
	cancel := ordering.CancelOrder{StoreID: s.gangnam, OrderID: cmd.ID}
	if err := s.svc.CancelOrder(t.Context(), s.barista, cancel); !errors.Is(err, ordering.ErrReason) {
		t.Errorf("without a reason: %v, want ErrReason", err)
	}
	cancel.Reason = "\x00"
	if err := s.svc.CancelOrder(t.Context(), s.barista, cancel); !errors.Is(err, ordering.ErrReason) {
		t.Errorf("a reason of one NUL: %v, want ErrReason", err)
	}
	cancel.Reason = "주문 실수"
	if err := s.svc.CancelOrder(t.Context(), s.barista, cancel); err != nil {
		t.Fatal(err)
	}
	s.drain()
	if len(s.heard.cancelled) != 1 {
		t.Fatalf("%d events, want 1", len(s.heard.cancelled))
	}
	e := s.heard.cancelled[0]
	if e.Disposition != orderingapi.Restock || e.Total != 3200 || len(e.Lines) != 1 || e.Reason != "주문 실수" {
		t.Errorf("event = %+v, want the lines, 3,200 and restock by default before preparing", e)
	}
	s.place(s.order(3200, s.cookies(1))) // the limit is free again
}

func TestAnotherStoresOrderDoesNotExist(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	cmd := s.order(3200, s.cookies(1))
	s.place(cmd)
	stranger := auth.Principal{Member: ids.NewMemberID(), Name: "다른 점주", Role: auth.Owner, Stores: []ids.StoreID{s.jeju}}
	_, errRead := s.svc.Order(t.Context(), stranger, s.gangnam, cmd.ID)
	_, errOwn := s.svc.Order(t.Context(), stranger, s.jeju, cmd.ID)
	for what, err := range map[string]error{
		"read":             errRead,
		"read through own": errOwn,
		"move":             s.svc.MoveOrder(t.Context(), stranger, ordering.MoveOrder{StoreID: s.gangnam, OrderID: cmd.ID, To: orderingapi.Preparing}),
		"move through own": s.svc.MoveOrder(t.Context(), stranger, ordering.MoveOrder{StoreID: s.jeju, OrderID: cmd.ID, To: orderingapi.Preparing}),
		"cancel":           s.svc.CancelOrder(t.Context(), stranger, ordering.CancelOrder{StoreID: s.gangnam, OrderID: cmd.ID, Reason: "x"}),
	} {
		if !errors.Is(err, ordering.ErrNotFound) {
			t.Errorf("%s: %v, want ErrNotFound", what, err)
		}
	}
}

// Staff may cancel what nobody has begun to make. Afterwards it takes a permission, and moving the card
// back first does not help.
func TestCancellingWhatIsBeingMadeIsAPermissionOfItsOwn(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	manager, staff := s.barista, s.barista
	staff.Role = auth.Staff
	trusted := staff
	trusted.Exceptions = []auth.Exception{{Store: s.gangnam, Permission: auth.CancelPrepared, Granted: true}}
	withheld := manager
	withheld.Exceptions = []auth.Exception{{Store: s.gangnam, Permission: auth.CancelPrepared, Granted: false}}
	for _, c := range []struct {
		name  string
		by    auth.Principal
		moves []orderingapi.Status
		slow  bool // the moves take their time
		want  error
	}{
		{"staff, accepted", staff, nil, false, nil},
		{"staff, preparing", staff, []orderingapi.Status{orderingapi.Preparing}, false, ordering.ErrCancelPrepared},
		{"staff, ready", staff, []orderingapi.Status{orderingapi.Preparing, orderingapi.Ready}, false, ordering.ErrCancelPrepared},
		{"staff, made and moved back", staff, []orderingapi.Status{orderingapi.Preparing, orderingapi.Accepted}, true, ordering.ErrCancelPrepared},
		{"staff, a wrong tap undone", staff, []orderingapi.Status{orderingapi.Preparing, orderingapi.Accepted}, false, nil},
		{"manager, ready", manager, []orderingapi.Status{orderingapi.Preparing, orderingapi.Ready}, false, nil},
		{"staff who was granted it", trusted, []orderingapi.Status{orderingapi.Preparing}, false, nil},
		{"manager from whom it was withheld", withheld, []orderingapi.Status{orderingapi.Preparing}, false, ordering.ErrCancelPrepared},
	} {
		id := s.place(s.order(3200, s.cookies(1))).OrderID
		for _, to := range c.moves {
			if c.slow {
				s.advance(2 * time.Minute)
			}
			if err := s.svc.MoveOrder(t.Context(), manager, ordering.MoveOrder{StoreID: s.gangnam, OrderID: id, To: to}); err != nil {
				t.Fatal(err)
			}
		}
		err := s.svc.CancelOrder(t.Context(), c.by, ordering.CancelOrder{StoreID: s.gangnam, OrderID: id, Reason: "손님이 마음을 바꿨어요"})
		if !errors.Is(err, c.want) || c.want == nil && err != nil {
			t.Errorf("%s: %v, want %v", c.name, err, c.want)
		}
	}
}

// Money goes back for what was handed over only by those who may refund, and moving the card back first does
// not help those who may not.
func TestRefundingWhatWasHandedOverIsAPermissionOfItsOwn(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	manager, staff := s.barista, s.barista
	staff.Role = auth.Staff
	with := func(p auth.Principal, granted bool) auth.Principal {
		p.Exceptions = []auth.Exception{{Store: s.gangnam, Permission: auth.RefundOrders, Granted: granted}}
		return p
	}
	done := []orderingapi.Status{orderingapi.Preparing, orderingapi.Ready, orderingapi.Completed}
	undone := append(slices.Clone(done), orderingapi.Ready)
	for _, c := range []struct {
		name  string
		by    auth.Principal
		moves []orderingapi.Status
		slow  bool
		want  error
	}{
		{"manager", manager, done, true, nil},
		{"staff", staff, done, true, ordering.ErrRefund},
		{"staff to whom it was granted", with(staff, true), done, true, nil},
		{"manager from whom it was withheld", with(manager, false), done, true, ordering.ErrRefund},
		{"the same, moved back first", with(manager, false), undone, true, ordering.ErrRefund},
		{"the same, a wrong tap undone", with(manager, false), undone, false, nil},
	} {
		id := s.place(s.order(3200, s.cookies(1))).OrderID
		for _, to := range c.moves {
			if c.slow {
				s.advance(2 * time.Minute)
			}
			if err := s.svc.MoveOrder(t.Context(), manager, ordering.MoveOrder{StoreID: s.gangnam, OrderID: id, To: to}); err != nil {
				t.Fatal(err)
			}
		}
		refund := ordering.CancelOrder{StoreID: s.gangnam, OrderID: id, Reason: "다른 음료가 나갔어요"}
		err := s.svc.CancelOrder(t.Context(), c.by, refund)
		if !errors.Is(err, c.want) || c.want == nil && err != nil {
			t.Errorf("%s: %v, want %v", c.name, err, c.want)
		}
		if c.want == nil {
			if err := s.svc.CancelOrder(t.Context(), c.by, refund); !errors.Is(err, ordering.ErrTransition) {
				t.Errorf("%s, once more: %v, want ErrTransition", c.name, err)
			}
		}
	}
	s.drain()
	for _, e := range s.heard.cancelled {
		if e.Disposition != orderingapi.Waste || e.Total != 3200 {
			t.Errorf("event %+v, want everything back and the ingredients as waste", e)
		}
	}
	if len(s.heard.cancelled) != 3 {
		t.Errorf("%d refunds were heard of, want 3", len(s.heard.cancelled))
	}
}
