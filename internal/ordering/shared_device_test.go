package ordering_test

import (
	"sync"
	"testing"

	"github.com/google/uuid"

	"maru/internal/kernel/ids"
	"maru/internal/ordering"
	"maru/internal/ordering/orderingapi"
	"maru/internal/platform/auth"
)

// onDevice returns the person as they work on a shared device of gangnam.
func (s *shop) onDevice(device ids.SessionID, name string) auth.Principal {
	return auth.Principal{
		Member: ids.NewMemberID(), Session: device, Name: name, Role: auth.Manager, Stores: []ids.StoreID{s.gangnam},
		Shared: auth.SharedDevice{Store: s.gangnam, Name: "카운터"},
	}
}

// The cart is the device's: it stays when another person takes over, and what is done with its order
// carries both, the one who did it and the device.
func TestOnASharedDeviceTheCartStaysAndEveryStepHasItsPerson(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	device := ids.NewSessionID()
	first, second := s.onDevice(device, "하나"), s.onDevice(device, "두리")
	add := func(by auth.Principal) {
		if _, err := s.svc.AddToCart(t.Context(), by, ordering.AddToCart{StoreID: s.gangnam, Tap: uuid.Nil, Choice: s.cookies(1).Choice}); err != nil {
			t.Fatal(err)
		}
	}
	add(first)
	add(second)
	if other, err := s.svc.Cart(t.Context(), s.onDevice(ids.NewSessionID(), "하나"), s.gangnam); err != nil || len(other.Lines) != 0 {
		t.Fatalf("another device has the cart: %+v, %v", other, err)
	}
	cart, err := s.svc.Cart(t.Context(), second, s.gangnam)
	if err != nil || cart.Quantity != 2 {
		t.Fatalf("cart %+v, %v", cart, err)
	}
	paid, err := s.svc.PayCart(t.Context(), second, ordering.PayCart{
		StoreID: s.gangnam, CartID: cart.ID, ExpectTotal: cart.Total, Tenders: []ordering.Tender{{Kind: ordering.Cash, Amount: cart.Total}},
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.svc.MoveOrder(t.Context(), first, ordering.MoveOrder{StoreID: s.gangnam, OrderID: paid.OrderID, To: orderingapi.Preparing}); err != nil {
		t.Fatal(err)
	}
	if err := s.svc.CancelOrder(t.Context(), s.barista, ordering.CancelOrder{StoreID: s.gangnam, OrderID: paid.OrderID, Reason: "잘못 받음"}); err != nil {
		t.Fatal(err)
	}
	o, err := s.svc.Order(t.Context(), first, s.gangnam, paid.OrderID)
	if err != nil || len(o.Changes) != 2 {
		t.Fatalf("%+v, %v", o, err)
	}
	got := [...]string{o.PlacedBy, o.Device, o.Changes[0].By, o.Changes[0].Device, o.Changes[1].By, o.Changes[1].Device}
	if want := [...]string{"두리", "카운터", "하나", "카운터", s.barista.Name, ""}; got != want {
		t.Errorf("history says %q, want %q", got, want)
	}
	s.drain()
	placed, moved, cancelled := s.heard.accepted[0], s.heard.moved[0], s.heard.cancelled[0]
	if placed.Device != device || placed.By != second.Member || moved.Device != device || moved.By != first.Member || !cancelled.Device.IsZero() {
		t.Errorf("told: placed %s on %s, moved %s on %s, cancelled on %s", placed.By, placed.Device, moved.By, moved.Device, cancelled.Device)
	}
}

// Orders that are written together keep their own person and device.
func TestOrdersWrittenTogetherKeepTheirDevices(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	people := make([]auth.Principal, 24)
	receipts := make([]ordering.Receipt, len(people))
	var together sync.WaitGroup
	for i := range people {
		people[i] = s.barista
		if i%2 == 0 {
			people[i] = s.onDevice(ids.NewSessionID(), "하나")
		}
		together.Go(func() {
			var err error
			if receipts[i], err = s.svc.PlaceOrder(t.Context(), people[i], s.order(3200, s.cookies(1))); err != nil {
				t.Error(err)
			}
		})
	}
	together.Wait()
	for i, r := range receipts {
		var device *uuid.UUID
		var name, by string
		err := s.dbs.Context("ordering").QueryRow(t.Context(), "SELECT device_id, device_name, placed_by_name FROM ordering.orders WHERE order_id = $1", r.OrderID.UUID).
			Scan(&device, &name, &by)
		if err != nil {
			t.Fatal(err)
		}
		if on := people[i].OnShared(); (device != nil) != on || on && *device != people[i].Session.UUID || name != people[i].Shared.Name || by != people[i].Name {
			t.Errorf("order %d: %v %q by %q, want %s %q by %q", i, device, name, by, people[i].Device(), people[i].Shared.Name, people[i].Name)
		}
	}
}
