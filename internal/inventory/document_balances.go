package inventory

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"maru/internal/inventory/internal/inventorydb"
	"maru/internal/inventory/inventoryapi"
	"maru/internal/kernel/ids"
	"maru/internal/kernel/quantity"
)

// documentBalances are the balances that a document moves, read while the store's row is held, so that
// nobody moves them meanwhile.
type documentBalances struct {
	order   []ids.MaterialID // as they first stand in the document
	now     map[ids.MaterialID]quantity.Milli
	low     map[ids.MaterialID]quantity.Milli
	tracked map[ids.MaterialID]bool // before the document
}

func balancesOf(ctx context.Context, q *inventorydb.Queries, store ids.StoreID, rows []documentRow) (*documentBalances, error) {
	b := &documentBalances{
		now: map[ids.MaterialID]quantity.Milli{}, low: map[ids.MaterialID]quantity.Milli{}, tracked: map[ids.MaterialID]bool{},
	}
	for _, r := range rows {
		if !slices.Contains(b.order, r.material) {
			b.order = append(b.order, r.material)
		}
	}
	stored, err := q.BalancesOfMaterials(ctx, store, uuidsOf(b.order))
	if err != nil {
		return nil, fmt.Errorf("balances: %w", err)
	}
	for _, row := range stored {
		b.now[row.MaterialID], b.low[row.MaterialID], b.tracked[row.MaterialID] = quantity.Milli(row.OnHand), row.Low, row.Tracked
	}
	return b, nil
}

func (b *documentBalances) onHand() map[ids.MaterialID]quantity.Milli { return maps.Clone(b.now) }

// apply moves the balances by the rows and returns the rows as they go into the ledger.
//
// An opening line says what is there, so its row is the difference to what the ledger said. Where
// tracking begins with a receipt, an opening row first takes away what was counted down before: nobody
// knew what there was then, and the goods are there now.
func (b *documentBalances) apply(kind inventoryapi.Reason, rows []documentRow) []documentRow {
	out := make([]documentRow, 0, len(rows)+len(b.order))
	begun := map[ids.MaterialID]bool{}
	for _, r := range rows {
		if !begun[r.material] {
			begun[r.material] = true
			switch {
			case kind == inventoryapi.Opening:
				r.milli -= b.now[r.material]
			case !b.tracked[r.material] && b.now[r.material] != 0:
				out = append(out, documentRow{material: r.material, milli: -b.now[r.material], reason: inventoryapi.Opening})
				b.now[r.material] = 0
			}
		}
		b.now[r.material] += r.milli
		out = append(out, r)
	}
	return out
}

// lines returns what a person is answered: one line per entered one.
func (b *documentBalances) lines(rows []documentRow) []BookedLine {
	lines := make([]BookedLine, 0, len(rows))
	for _, r := range rows {
		if r.unit == "" { // the row with which tracking begins; nobody entered it
			continue
		}
		lines = append(lines, BookedLine{Material: r.material, Entered: r.entered, Unit: r.unit, Quantity: r.milli, OnHand: b.now[r.material]})
	}
	return lines
}

func (b *documentBalances) params(store ids.StoreID, at time.Time) inventorydb.SetStockParams {
	p := inventorydb.SetStockParams{StoreID: store.UUID, At: at}
	for _, m := range slices.SortedFunc(maps.Keys(b.now), byMaterial) {
		p.MaterialIds = append(p.MaterialIds, m.UUID)
		p.Balances = append(p.Balances, int64(b.now[m]))
	}
	return p
}
