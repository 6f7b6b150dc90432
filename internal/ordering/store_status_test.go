package ordering_test

import (
	"errors"
	"testing"

	"maru/internal/kernel/ids"
	"maru/internal/kernel/lang"
	"maru/internal/members/membersapi"
	"maru/internal/ordering"
	"maru/internal/ordering/orderingapi"
	"maru/internal/platform/auth"
)

// storeOpenedV1 is the event as it was stored before stores had a status.
type storeOpenedV1 struct{ membersapi.StoreV1 }

func (storeOpenedV1) EventKind() string     { return "members.store_opened" }
func (storeOpenedV1) EventVersion() int     { return 1 }
func (e storeOpenedV1) EventLane() ids.Lane { return e.Store.ID.Lane() }
func (e storeOpenedV1) EventKey() string    { return e.Store.ID.String() }

func TestAPausedOrClosedStoreTakesNoOrders(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	first := s.order(3200, s.cookies(1))
	s.place(first)
	store := membersapi.Store{ID: s.gangnam, Code: "gangnam", Name: lang.Text{Ko: "강남점"}, TimeZone: "Asia/Seoul", Cutoff: 300}
	for status, want := range map[membersapi.StoreStatus]error{
		membersapi.Paused: ordering.ErrNotTaking, membersapi.Closed: ordering.ErrNotTaking, membersapi.Preparing: nil, membersapi.Open: nil,
	} {
		store.Status = status
		s.publish("members", membersapi.StoreChanged{Store: store})
		s.drain()
		before := s.stored()
		_, err := s.svc.PlaceOrder(t.Context(), s.barista, s.order(3200, s.cookies(1)))
		if !errors.Is(err, want) {
			t.Errorf("%s: %v, want %v", status, err, want)
		}
		if want != nil && s.stored() != before {
			t.Errorf("%s: something was stored", status)
		}
		if again, err := s.svc.PlaceOrder(t.Context(), s.barista, first); err != nil || !again.Replayed {
			t.Errorf("%s: what was placed before is not answered again: %v", status, err)
		}
		sale := s.order(3200, s.cookies(1))
		sale.Channel, sale.At, sale.Tenders[0].Kind = orderingapi.Import, s.clock(), ordering.External
		sale.Lines[0].UnitPrice = &sale.Tenders[0].Amount
		if _, err := s.svc.PlaceOrder(t.Context(), auth.System("test"), sale); err != nil {
			t.Errorf("%s: a sale of the past is refused: %v", status, err)
		}
	}
}

func TestAStoreStoredBeforeThereWereStatusesIsOpen(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	old := storeOpenedV1{}
	old.Store.ID, old.Store.Code, old.Store.Name, old.Store.TimeZone = s.gangnam, "gangnam", lang.Text{Ko: "옛 강남점"}, "Asia/Seoul"
	s.publish("members", old)
	s.drain()
	sell, err := s.svc.Sellable(s.gangnam)
	if err != nil || sell.Status != membersapi.Open || sell.Name.Ko != "옛 강남점" {
		t.Fatalf("%+v, %v", sell, err)
	}
	s.place(s.order(3200, s.cookies(1)))
}
