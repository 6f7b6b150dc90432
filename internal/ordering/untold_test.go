package ordering_test

import (
	"context"
	"testing"

	"github.com/jackc/pgx/v5"

	"maru/internal/ordering"
	"maru/internal/ordering/orderingapi"
)

// Placing, moving and cancelling an order and saying so are one transaction.
func TestWhatCannotBeToldDoesNotHappen(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	placed := s.order(3200, s.cookies(1))
	s.place(placed)
	before := s.stored()

	owner, err := pgx.Connect(t.Context(), s.url)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = owner.Close(context.WithoutCancel(t.Context())) }()
	rename := func(from, to string) {
		t.Helper()
		if _, err := owner.Exec(t.Context(), "ALTER TABLE ordering."+from+" RENAME TO "+to); err != nil {
			t.Fatal(err)
		}
	}
	rename("outbox", "outbox_away")
	if _, err := s.svc.PlaceOrder(t.Context(), s.barista, s.order(3200, s.cookies(1))); err == nil {
		t.Error("an order was placed and nobody can hear of it")
	}
	move := ordering.MoveOrder{StoreID: s.gangnam, OrderID: placed.ID, To: orderingapi.Preparing}
	if err := s.svc.MoveOrder(t.Context(), s.barista, move); err == nil {
		t.Error("an order was moved and nobody can hear of it")
	}
	cancel := ordering.CancelOrder{StoreID: s.gangnam, OrderID: placed.ID, Reason: "마음이 바뀜"}
	if err := s.svc.CancelOrder(t.Context(), s.barista, cancel); err == nil {
		t.Error("an order was cancelled and nobody can hear of it")
	}
	rename("outbox_away", "outbox")

	if after := s.stored(); after != before {
		t.Errorf("%d rows are stored, before %d", after, before)
	}
	order, err := s.svc.Order(t.Context(), s.barista, s.gangnam, placed.ID)
	if err != nil {
		t.Fatal(err)
	}
	if order.Status != orderingapi.Accepted {
		t.Errorf("the order is %s", order.Status)
	}
}
