package inventory_test

import (
	"testing"

	"maru/internal/kernel/dining"
	"maru/internal/kernel/ids"
	"maru/internal/ordering/orderingapi"
)

// Clients make the ids of orders, so two stores may have the same one. Each gets back what it used.
func TestCancellingGivesBackOnlyWhatThisStoreUsed(t *testing.T) {
	t.Parallel()
	for name, drainBetween := range map[string]bool{"in batches of their own": true, "in one batch": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			here := w.accepted(dining.ForHere, w.line(w.latte, w.small, 1, opt(w.wholeMilk, 1)))
			there := w.accepted(dining.ForHere, w.line(w.latte, w.small, 50, opt(w.wholeMilk, 1)))
			there.OrderID, there.StoreID = here.OrderID, ids.NewStoreID()
			w.publish("ordering", there, here)
			if drainBetween {
				w.drain()
			}
			w.publish("ordering", cancellation(here, orderingapi.Restock))
			w.drain()
			for material, milli := range w.onHand() {
				if milli != 0 {
					t.Errorf("%s of the store is at %d after its only order was cancelled, want 0", material, milli)
				}
			}
		})
	}
}
