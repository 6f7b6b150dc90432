package inventory

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"maru/internal/inventory/internal/inventorydb"
	"maru/internal/inventory/inventoryapi"
	"maru/internal/kernel/ids"
	"maru/internal/kernel/quantity"
	"maru/internal/platform/event"
)

// stockReason stands before the code of the short material in the reason of an Availability.
const stockReason = "stock:"

// judgeStores works out anew what the stores can make, stores what changed and returns an
// AvailabilityChanged for each store where something did. The caller holds the stores' rows.
func judgeStores(ctx context.Context, q *inventorydb.Queries, stores []ids.StoreID, r *recipes, at time.Time) ([]event.Event, error) {
	if len(stores) == 0 {
		return nil, nil
	}
	onHand, err := trackedBalances(ctx, q, stores)
	if err != nil {
		return nil, err
	}
	stored, err := q.UnavailableAt(ctx, uuidsOf(stores))
	if err != nil {
		return nil, fmt.Errorf("unavailable things: %w", err)
	}
	before := map[ids.StoreID][]inventorydb.InventoryUnavailable{}
	for _, row := range stored {
		before[row.StoreID] = append(before[row.StoreID], row)
	}
	codes, err := materialCodes(ctx, q)
	if err != nil {
		return nil, err
	}
	var events []event.Event
	var diff availabilityDiff
	for _, store := range stores {
		changes := diff.of(store, before[store], r, onHand[store], codes)
		if len(changes) > 0 {
			events = append(events, inventoryapi.AvailabilityChanged{StoreID: store, Changes: changes, At: at})
		}
	}
	return events, diff.write(ctx, q, at)
}

// availabilityDiff collects what has to be written.
type availabilityDiff struct {
	put  inventorydb.PutUnavailableParams
	drop inventorydb.DropUnavailableParams
}

// of compares what was unavailable at the store with what is, and returns what changed for others.
func (d *availabilityDiff) of(store ids.StoreID, stored []inventorydb.InventoryUnavailable, r *recipes,
	onHand map[ids.MaterialID]quantity.Milli, codes map[ids.MaterialID]string,
) []inventoryapi.Availability {
	short := map[thing][]ids.MaterialID{}
	reasons := map[thing]string{}
	for _, row := range stored {
		key := thing{sizeKey{row.ItemID, row.SizeID}, row.OptionID}
		short[key], reasons[key] = materialIDs(row.Short), row.Reason
	}
	var changes []inventoryapi.Availability
	still := map[thing]bool{}
	for _, s := range r.judge(onHand, short) {
		still[s.thing] = true
		reason := stockReason + codes[s.material]
		old, was := reasons[s.thing]
		if was && old == reason && slices.Equal(short[s.thing], s.short) {
			continue
		}
		d.add(store, s, reason)
		if !was || old != reason {
			changes = append(changes, inventoryapi.Availability{ItemID: s.item, SizeID: s.size, OptionID: s.option, Reason: reason})
		}
	}
	for _, row := range stored {
		if still[thing{sizeKey{row.ItemID, row.SizeID}, row.OptionID}] {
			continue
		}
		d.remove(row)
		changes = append(changes, inventoryapi.Availability{ItemID: row.ItemID, SizeID: row.SizeID, OptionID: row.OptionID, Available: true})
	}
	return changes
}

func (d *availabilityDiff) add(store ids.StoreID, s shortage, reason string) {
	p := &d.put
	p.StoreIds, p.ItemIds = append(p.StoreIds, store.UUID), append(p.ItemIds, s.item.UUID)
	p.SizeIds, p.OptionIds = append(p.SizeIds, s.size.UUID), append(p.OptionIds, s.option.UUID)
	short := make([]string, len(s.short))
	for i, m := range s.short {
		short[i] = m.String()
	}
	p.Reasons, p.Shorts = append(p.Reasons, reason), append(p.Shorts, "{"+strings.Join(short, ",")+"}")
}

func (d *availabilityDiff) remove(row inventorydb.InventoryUnavailable) {
	p := &d.drop
	p.StoreIds, p.ItemIds = append(p.StoreIds, row.StoreID.UUID), append(p.ItemIds, row.ItemID.UUID)
	p.SizeIds, p.OptionIds = append(p.SizeIds, row.SizeID.UUID), append(p.OptionIds, row.OptionID.UUID)
}

func (d *availabilityDiff) write(ctx context.Context, q *inventorydb.Queries, at time.Time) error {
	if len(d.drop.StoreIds) > 0 {
		if err := q.DropUnavailable(ctx, d.drop); err != nil {
			return fmt.Errorf("what can be made again: %w", err)
		}
	}
	if len(d.put.StoreIds) > 0 {
		d.put.Since = at
		if err := q.PutUnavailable(ctx, d.put); err != nil {
			return fmt.Errorf("what cannot be made: %w", err)
		}
	}
	return nil
}

func trackedBalances(ctx context.Context, q *inventorydb.Queries, stores []ids.StoreID) (map[ids.StoreID]map[ids.MaterialID]quantity.Milli, error) {
	rows, err := q.TrackedBalances(ctx, uuidsOf(stores))
	if err != nil {
		return nil, fmt.Errorf("balances: %w", err)
	}
	all := map[ids.StoreID]map[ids.MaterialID]quantity.Milli{}
	for _, row := range rows {
		if all[row.StoreID] == nil {
			all[row.StoreID] = map[ids.MaterialID]quantity.Milli{}
		}
		all[row.StoreID][row.MaterialID] = row.OnHand
	}
	return all, nil
}

func materialCodes(ctx context.Context, q *inventorydb.Queries) (map[ids.MaterialID]string, error) {
	rows, err := q.MaterialCodes(ctx)
	if err != nil {
		return nil, fmt.Errorf("material codes: %w", err)
	}
	codes := make(map[ids.MaterialID]string, len(rows))
	for _, row := range rows {
		codes[row.MaterialID] = row.Code
	}
	return codes, nil
}

func uuidsOf[T interface{ MarshalBinary() ([]byte, error) }](list []T) []uuid.UUID {
	out := make([]uuid.UUID, len(list))
	for i, id := range list {
		b, err := id.MarshalBinary()
		if err != nil {
			panic("inventory: an id that cannot be marshalled: " + err.Error())
		}
		copy(out[i][:], b)
	}
	return out
}

func materialIDs(list []uuid.UUID) []ids.MaterialID {
	out := make([]ids.MaterialID, len(list))
	for i, id := range list {
		out[i] = ids.MaterialID{UUID: id}
	}
	return out
}

func byStore(a, b ids.StoreID) int { return bytes.Compare(a.UUID[:], b.UUID[:]) }
