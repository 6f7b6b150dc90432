package orderingweb

import (
	"maru/internal/ordering"
	"maru/web/webkit"
)

// publishChanges tells the open pages of a store what changed: "orders" for the board, "availability"
// for registers. Ordering tells it on every replica, after the replica's own memory knows it.
func publishChanges(hub *webkit.Hub, orders *ordering.Service) {
	orders.WatchedIn(hub.Watches)
	orders.Watch(func(c ordering.Changed) {
		topic := webkit.StoreTopic(c.StoreID)
		if c.Orders {
			hub.Publish(topic, "orders", nil)
		}
		if c.Sellable {
			hub.Publish(topic, "availability", nil)
		}
	})
}
