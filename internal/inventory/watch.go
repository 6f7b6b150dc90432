package inventory

import (
	"context"
	"fmt"

	"maru/internal/inventory/inventoryapi"
	"maru/internal/kernel/ids"
	"maru/internal/ordering/orderingapi"
	"maru/internal/platform/outbox"
)

// Watch makes changed hear, on every replica, of each store whose stock moved or is about to: an order
// is told when it was taken, which is before its material is deducted. It must not block. Call it
// before the dispatcher runs.
func (s *Service) Watch(changed func(store ids.StoreID)) { s.watchers = append(s.watchers, changed) }

// WatchedIn says in which lanes watchers have use for orders; the others are not read. Without it that is all
// lanes. An order that was left out may be deducted a moment later: whoever begins to want a lane looks again
// then. Call it with Watch.
func (s *Service) WatchedIn(wanted func(ids.Lane) bool) { s.wanted = wanted }

func (s *Service) watched(lane ids.Lane) bool { return s.wanted == nil || s.wanted(lane) }

func (s *Service) tell(_ context.Context, batch []outbox.Delivery) error {
	for _, d := range batch {
		switch e := d.Event.(type) {
		case inventoryapi.AvailabilityChanged:
			s.changed(e.StoreID)
		case inventoryapi.MaterialLow:
			s.changed(e.StoreID)
		case inventoryapi.StockAdjusted:
			s.changed(e.StoreID)
		case orderingapi.OrderAccepted:
			s.changed(e.StoreID)
		case orderingapi.OrderCancelled:
			s.changed(e.StoreID)
		}
	}
	return nil
}

// tellAll is for when nobody knows what was missed: at the start, and when the thread was lost.
func (s *Service) tellAll(ctx context.Context) error {
	if len(s.watchers) == 0 {
		return nil
	}
	stores, err := s.read().Stores(ctx)
	if err != nil {
		return fmt.Errorf("stores with stock: %w", err)
	}
	for _, store := range stores {
		s.changed(store)
	}
	return nil
}

func (s *Service) changed(store ids.StoreID) {
	for _, w := range s.watchers {
		w(store)
	}
}
