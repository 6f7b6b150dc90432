package stats

import (
	"context"

	"maru/internal/kernel/ids"
	"maru/internal/platform/outbox"
	"maru/internal/stats/statsapi"
)

// Watch makes fn hear on this replica, whichever replica did the work, that the figures of a store
// have changed and can be read. The zero StoreID stands for any store: something may have been
// missed. fn must return quickly; it is called for every batch of orders, so who shows figures should
// collect a few calls before reading.
//
// Call Watch before Subscribe.
func (s *Service) Watch(fn func(ids.StoreID)) { s.watchers = append(s.watchers, fn) }

// tailSales follows stats' own outbox. A roll-up is only worth looking at after it was committed, and
// SalesChanged is committed with it: a watcher of ordering's events would be told too early.
func (s *Service) tailSales(subs *outbox.Subscriptions) {
	subs.Tail("stats",
		func(context.Context) error { s.tell(ids.StoreID{}); return nil },
		func(_ context.Context, batch []outbox.Delivery) error {
			told := map[ids.StoreID]bool{}
			for _, d := range batch {
				if e, ok := d.Event.(statsapi.SalesChanged); ok && !told[e.StoreID] {
					told[e.StoreID] = true
					s.tell(e.StoreID)
				}
			}
			return nil
		}, outbox.Of[statsapi.SalesChanged]())
}

func (s *Service) tell(store ids.StoreID) {
	for _, fn := range s.watchers {
		fn(store)
	}
}
