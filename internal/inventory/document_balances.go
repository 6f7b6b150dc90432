package inventory

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"time"

	"maru/internal/inventory/internal/inventorydb"
	"maru/internal/inventory/inventoryapi"
	"maru/internal/kernel/ids"
	"maru/internal/kernel/quantity"
	"maru/internal/platform/errs"
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

// check returns what is wrong with the lines of an adjustment beside the balances they correct.
func (b *documentBalances) check(doc document) error {
	if doc.kind != inventoryapi.Count && doc.kind != inventoryapi.Waste {
		return nil
	}
	var wrong errs.Fields
	seen := map[ids.MaterialID]bool{}
	for i, l := range doc.lines {
		field := "lines[" + strconv.Itoa(i) + "].quantity"
		switch {
		case seen[l.Material]:
			wrong = append(wrong, ErrTwice.On(field))
		case doc.kind == inventoryapi.Waste && !b.tracked[l.Material]:
			wrong = append(wrong, ErrNotCounted.On(field))
		case doc.kind == inventoryapi.Count && (doc.ledger[i] > quantity.Max || doc.ledger[i] < -quantity.Max):
			wrong = append(wrong, ErrTooMuch.On(field))
		}
		seen[l.Material] = true
	}
	if len(wrong) > 0 {
		return wrong
	}
	return nil
}

// countedOnce refuses a count beside another one: of two people who begin with the same ledger each would book the same
// difference. What was sold meanwhile is no reason; without a time to begin with that cannot be told apart.
func (b *documentBalances) countedOnce(ctx context.Context, q *inventorydb.Queries, doc document) error {
	if doc.kind != inventoryapi.Count {
		return nil
	}
	var since []ids.MaterialID
	if !doc.began.IsZero() {
		var err error
		since, err = q.CountedSince(ctx, doc.store, uuidsOf(b.order), ids.EntryID{UUID: ids.FirstV7(doc.began.Add(time.Millisecond))})
		if err != nil {
			return fmt.Errorf("counts meanwhile: %w", err)
		}
	}
	for i, l := range doc.lines {
		if slices.Contains(since, l.Material) || doc.began.IsZero() && doc.ledger[i] != b.now[l.Material] {
			return ErrCountedMeanwhile.On("lines[" + strconv.Itoa(i) + "].quantity")
		}
	}
	return nil
}

func (b *documentBalances) onHand() map[ids.MaterialID]quantity.Milli { return maps.Clone(b.now) }

// apply moves the balances by the rows and returns the rows as they go into the ledger.
//
// An opening line says what is there, so its row is the difference to what the ledger said; that of a count
// is the difference to what the ledger said when the counting began. Where
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
			case kind == inventoryapi.Count:
				r.milli -= r.ledger
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
