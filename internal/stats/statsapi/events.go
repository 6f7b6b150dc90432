// Package statsapi is what other contexts may know of statistics: that figures changed.
package statsapi

import "maru/internal/kernel/ids"

// SalesChanged says that the roll-ups of a store now hold more than before. It is published in the
// transaction that changed them, so who hears it and reads finds the new figures; dashboards follow
// it. It carries no figures: one event stands for a whole batch of orders.
type SalesChanged struct {
	StoreID ids.StoreID `json:"store_id"`
}

// EventKind implements event.Event, as do the methods below.
func (SalesChanged) EventKind() string     { return "stats.sales_changed" }
func (SalesChanged) EventVersion() int     { return 1 }
func (e SalesChanged) EventLane() ids.Lane { return e.StoreID.Lane() }
func (e SalesChanged) EventKey() string    { return e.StoreID.String() }
