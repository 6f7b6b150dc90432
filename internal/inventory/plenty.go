package inventory

import (
	"context"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"maru/internal/inventory/internal/inventorydb"
	"maru/internal/kernel/ids"
	"maru/internal/kernel/quantity"
	"maru/internal/platform/outbox"
)

// Of most orders nothing follows but a smaller balance: there is plenty left. Such a batch need not look at the
// balances before it is committed: it tells the server what it takes for granted, and the server ends the
// transaction where that is wrong. Then the batch is booked the regular way. See docs/adr/0057.

// plenty is what this process has seen of balances. It saves attempts that fail, and nothing else depends on it.
type plenty struct {
	mu     sync.Mutex
	newest *recipes
	scarce map[balanceKey]struct{} // seen where a sale may have consequences
}

// scarceMost bounds what is remembered: about a megabyte and a half.
const scarceMost = 20_000

// learn notes what a regular booking met.
func (p *plenty) learn(newest *recipes, moved []movedBalance) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.newest = newest
	for _, m := range moved {
		if !m.tracked || m.onHand < 0 || m.onHand >= max(newest.floor(m.material), m.low) {
			delete(p.scarce, m.balanceKey)
			continue
		}
		if p.scarce == nil || len(p.scarce) >= scarceMost {
			p.scarce = map[balanceKey]struct{}{}
		}
		p.scarce[m.balanceKey] = struct{}{}
	}
}

// of returns the recipes to judge by, or nil where one of the balances is known to be scarce.
func (p *plenty) of(deltas map[balanceKey]quantity.Milli) *recipes {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.scarce) > 0 {
		for k := range deltas {
			if _, is := p.scarce[k]; is {
				return nil
			}
		}
	}
	return p.newest
}

// bookFromPlenty leaves the booking of sales for the end of a foreseen round, and reports whether it did. There
// is nothing to publish then.
func (s *Service) bookFromPlenty(ctx context.Context, tx pgx.Tx, entries []entry, at time.Time) (bool, error) {
	if len(entries) == 0 || !outbox.Foreseen(tx) {
		return false, nil
	}
	for i := range entries {
		if entries[i].sign > 0 {
			return false, nil // what comes back may be sold again
		}
	}
	deltas := deltasOf(entries)
	newest := s.plenty.of(deltas)
	if newest == nil {
		return false, nil
	}
	q := inventorydb.New(outbox.AtEnd(tx))
	if err := q.HoldJudgedStores(ctx, uuidsOf(storesOf(entries)), newest.version); err != nil {
		return false, err
	}
	keys := slices.SortedFunc(maps.Keys(deltas), byBalance)
	n := len(keys)
	p := inventorydb.MovePlentyParams{
		At: at, Version: newest.version,
		StoreIds: make([]uuid.UUID, n), MaterialIds: make([]uuid.UUID, n), Quantities: make([]int64, n), Floors: make([]int64, n),
	}
	for i, k := range keys {
		p.StoreIds[i], p.MaterialIds[i] = k.store.UUID, k.material.UUID
		p.Quantities[i], p.Floors[i] = int64(deltas[k]), int64(newest.floor(k.material))
	}
	if err := q.MovePlenty(ctx, p); err != nil {
		return false, err
	}
	return true, addOrderEntries(ctx, q, entries, at)
}

// floor is the balance from which on nothing is sold out by the material, nor was.
func (r *recipes) floor(material ids.MaterialID) quantity.Milli {
	levels := r.levels[material]
	if len(levels) == 0 {
		return 0
	}
	return levels[len(levels)-1]
}
