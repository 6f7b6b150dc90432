package ordering

import (
	"context"
	"maps"
	"slices"

	"maru/internal/kernel/ids"
	"maru/internal/ordering/orderingapi"
	"maru/internal/platform/outbox"
)

// Changed says what open pages of a store show differently from now on.
type Changed struct {
	StoreID  ids.StoreID
	Orders   bool // an order came, moved or was cancelled
	Sellable bool // the menu, what is sold out, or a limit
}

// Watch makes fn hear of every change on every replica, after this replica itself knows of it: a page
// that asks again at once sees the change. fn must not block and must not call the service. Register
// watchers before the dispatcher runs.
func (s *Service) Watch(fn func(Changed)) { s.watchers = append(s.watchers, fn) }

// WatchedIn says in which lanes watchers have use for orders that came, moved or were cancelled; the others
// are not read. Without it that is all lanes. A page that opens asks for what it shows after its lane is
// wanted. Call it with Watch.
func (s *Service) WatchedIn(wanted func(ids.Lane) bool) { s.wanted = wanted }

func (s *Service) watched(lane ids.Lane) bool { return s.wanted == nil || s.wanted(lane) }

func (s *Service) tell(c Changed) {
	for _, fn := range s.watchers {
		fn(c)
	}
}

// tellAll is tell for every store, where what changed is not known store by store.
func (s *Service) tellAll(c Changed) {
	s.shelf.mu.RLock()
	stores := slices.Collect(maps.Keys(s.shelf.stores))
	s.shelf.mu.RUnlock()
	for _, id := range stores {
		c.StoreID = id
		s.tell(c)
	}
}

// missedOrders is the load of the tail below: after a break nobody knows what happened.
func (s *Service) missedOrders(context.Context) error {
	s.tellAll(Changed{Orders: true})
	return nil
}

// followOrders tells the watchers of a batch once per store.
func (s *Service) followOrders(_ context.Context, batch []outbox.Delivery) error {
	told := map[ids.StoreID]bool{}
	for _, d := range batch {
		var store ids.StoreID
		switch e := d.Event.(type) {
		case orderingapi.OrderAccepted:
			store = e.StoreID
		case orderingapi.OrderStatusChanged:
			store = e.StoreID
		case orderingapi.OrderCancelled:
			store = e.StoreID
		}
		if !told[store] {
			told[store] = true
			s.tell(Changed{StoreID: store, Orders: true})
		}
	}
	return nil
}
