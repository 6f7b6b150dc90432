package inventory

import (
	"context"
	"fmt"

	"github.com/google/uuid"

	"maru/internal/inventory/internal/inventorydb"
	"maru/internal/inventory/inventoryapi"
	"maru/internal/kernel/ids"
	"maru/internal/kernel/quantity"
	"maru/internal/ordering/orderingapi"
	"maru/internal/platform/outbox"
)

// orderUse is what an order has used and not given back.
type orderUse struct {
	uses   []use
	pickup int
}

// storeOrder names an order: ids are made by clients, and two stores may choose the same one.
type storeOrder struct {
	store ids.StoreID
	order ids.OrderID
}

type usedByOrder map[storeOrder]orderUse

func (u usedByOrder) add(order storeOrder, uses []use, pickup int) {
	u[order] = orderUse{uses, pickup}
}

// take returns what the order used, once: a second cancellation finds nothing.
func (u usedByOrder) take(order storeOrder) orderUse {
	used := u[order]
	delete(u, order)
	return used
}

// usedByCancelled reads from the ledger what the cancelled orders of a batch have used, whatever the
// recipes say today. Orders accepted in the same batch are not in it yet.
func usedByCancelled(ctx context.Context, q *inventorydb.Queries, batch []outbox.Delivery) (usedByOrder, error) {
	used := usedByOrder{}
	var cancelled []uuid.UUID
	for _, d := range batch {
		if e, ok := d.Event.(orderingapi.OrderCancelled); ok {
			cancelled = append(cancelled, e.OrderID.UUID)
		}
	}
	if len(cancelled) == 0 {
		return used, nil
	}
	rows, err := q.UsedByOrders(ctx, cancelled)
	if err != nil {
		return nil, fmt.Errorf("what cancelled orders used: %w", err)
	}
	for _, row := range rows {
		order := storeOrder{row.StoreID, row.OrderID}
		o := used[order]
		o.uses = append(o.uses, use{ids.MaterialID{UUID: row.MaterialID}, -quantity.Milli(row.Milli)})
		o.pickup = int(row.PickupNumber)
		used[order] = o
	}
	return used, nil
}

// cancelEntries gives everything back; what was made already goes out again as waste, so that the
// balance stays and the loss is on record.
func cancelEntries(e orderingapi.OrderCancelled, used orderUse) []entry {
	if len(used.uses) == 0 {
		return nil
	}
	back := entry{
		store: e.StoreID, uses: used.uses, sign: 1, reason: inventoryapi.Reversal,
		order: e.OrderID, pickup: used.pickup, day: e.BusinessDate, note: e.Reason, by: e.By,
	}
	if !wasted(e) {
		return []entry{back}
	}
	lost := back
	lost.sign, lost.reason = -1, inventoryapi.Waste
	return []entry{back, lost}
}

// wasted reports whether the material is gone. Where the cancellation does not say, an order that
// nobody had begun to make comes back.
func wasted(e orderingapi.OrderCancelled) bool {
	switch e.Disposition {
	case orderingapi.Restock:
		return false
	case orderingapi.Waste, orderingapi.Remake:
		return true
	}
	return e.From != orderingapi.Accepted
}
