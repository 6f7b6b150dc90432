package inventory

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"maru/internal/inventory/internal/inventorydb"
	"maru/internal/inventory/inventoryapi"
	"maru/internal/kernel/businessday"
	"maru/internal/kernel/ids"
	"maru/internal/kernel/quantity"
	"maru/internal/platform/event"
	"maru/internal/platform/outbox"
)

// entry is a ledger row that comes from an order: the same thing happened to all its materials.
type entry struct {
	store  ids.StoreID
	uses   []use
	sign   quantity.Milli // -1: the uses go out, 1: they come back
	reason inventoryapi.Reason
	order  ids.OrderID
	pickup int
	day    businessday.Date
	note   string
	by     ids.MemberID
}

// balanceKey is the place of a balance.
type balanceKey struct {
	store    ids.StoreID
	material ids.MaterialID
}

// hold locks the stores' rows, in the order of their ids, and returns the newest recipes together with
// the stores whose availability was judged by older ones. Between here and the commit nobody else moves
// stock of these stores.
//
// The newest version is read after the lock was got: so a store that was judged by one version is never judged
// by an older one again.
func (s *Service) hold(ctx context.Context, q *inventorydb.Queries, stores []ids.StoreID) (newest *recipes, outdated []ids.StoreID, err error) {
	rows, err := q.HoldStores(ctx, uuidsOf(stores))
	if err != nil {
		return nil, nil, fmt.Errorf("hold stores: %w", err)
	}
	if len(rows) < len(stores) {
		if err := q.AddStores(ctx, uuidsOf(stores), 0); err != nil {
			return nil, nil, fmt.Errorf("add stores: %w", err)
		}
		if rows, err = q.HoldStores(ctx, uuidsOf(stores)); err != nil {
			return nil, nil, fmt.Errorf("hold stores: %w", err)
		}
	}
	version, err := q.NewestRecipeVersion(ctx)
	if err != nil {
		return nil, nil, fmt.Errorf("newest recipes: %w", err)
	}
	return s.judgedBy(ctx, q, rows, version)
}

func (s *Service) judgedBy(ctx context.Context, q *inventorydb.Queries, rows []inventorydb.InventoryStore, version int64) (newest *recipes, outdated []ids.StoreID, err error) {
	if newest, err = s.recipesOf(ctx, q, version); err != nil {
		return nil, nil, err
	}
	for _, row := range rows {
		if row.JudgedVersion != newest.version {
			outdated = append(outdated, row.StoreID)
		}
	}
	return newest, outdated, nil
}

// holdAndMove is hold and moveBalances in one round trip. Of a store that has no row yet there was
// nothing to judge, so it does not matter that its row is held only afterwards.
func (s *Service) holdAndMove(ctx context.Context, tx pgx.Tx, stores []ids.StoreID, deltas map[balanceKey]quantity.Milli, at time.Time) (
	newest *recipes, outdated []ids.StoreID, moved []movedBalance, err error,
) {
	q := inventorydb.New(tx)
	keys := slices.SortedFunc(maps.Keys(deltas), byBalance)
	got, err := inventorydb.HoldAndMove(ctx, tx, uuidsOf(stores), moveParams(keys, deltas, at))
	if err != nil {
		return nil, nil, nil, fmt.Errorf("hold stores and move balances: %w", err)
	}
	if len(got.Stores) < len(stores) {
		newest, outdated, err = s.hold(ctx, q, stores)
	} else {
		newest, outdated, err = s.judgedBy(ctx, q, got.Stores, got.Version)
	}
	if err != nil {
		return nil, nil, nil, err
	}
	moved, err = addMissing(ctx, q, keys, deltas, got.Moved, at)
	return newest, outdated, moved, err
}

// book writes the entries of orders to the ledger, moves the balances, and returns what has to be
// published because of it.
func (s *Service) book(ctx context.Context, tx pgx.Tx, entries []entry, at time.Time) ([]event.Event, error) {
	if len(entries) == 0 {
		return nil, nil
	}
	q := inventorydb.New(tx)
	deltas := deltasOf(entries)
	newest, outdated, moved, err := s.holdAndMove(ctx, tx, storesOf(entries), deltas, at)
	if err != nil {
		return nil, err
	}
	s.plenty.learn(newest, moved)
	if err := addOrderEntries(ctx, inventorydb.New(outbox.AtEnd(tx)), entries, at); err != nil {
		return nil, err
	}
	var events []event.Event
	concerned := outdated
	for _, m := range moved {
		before := m.onHand - deltas[m.balanceKey]
		if !m.tracked {
			continue
		}
		if newest.crosses(m.material, before, m.onHand) && !slices.Contains(concerned, m.store) {
			concerned = append(concerned, m.store)
		}
		if before >= m.low && m.onHand < m.low {
			events = append(events, inventoryapi.MaterialLow{StoreID: m.store, MaterialID: m.material, OnHand: m.onHand, Low: m.low, At: at})
		}
	}
	changed, err := rejudge(ctx, q, concerned, outdated, newest, at)
	return append(events, changed...), err
}

// rejudge judges the concerned stores anew; the outdated among them are noted as up to date.
func rejudge(ctx context.Context, q *inventorydb.Queries, concerned, outdated []ids.StoreID, newest *recipes, at time.Time) ([]event.Event, error) {
	slices.SortFunc(concerned, byStore)
	events, err := judgeStores(ctx, q, concerned, newest, at)
	if err != nil {
		return nil, err
	}
	if len(outdated) > 0 {
		if err := q.MarkJudged(ctx, newest.version, uuidsOf(outdated)); err != nil {
			return nil, fmt.Errorf("mark stores judged: %w", err)
		}
	}
	return events, nil
}

type movedBalance struct {
	balanceKey
	onHand, low quantity.Milli
	tracked     bool
}

// moveParams adds the deltas to the balances in one statement, in the order of store and material.
func moveParams(keys []balanceKey, deltas map[balanceKey]quantity.Milli, at time.Time) inventorydb.MoveStockParams {
	p := inventorydb.MoveStockParams{At: at}
	for _, k := range keys {
		p.StoreIds = append(p.StoreIds, k.store.UUID)
		p.MaterialIds = append(p.MaterialIds, k.material.UUID)
		p.Quantities = append(p.Quantities, int64(deltas[k]))
	}
	return p
}

// addMissing adds balances that did not exist yet, and returns the others as they are now.
func addMissing(ctx context.Context, q *inventorydb.Queries, keys []balanceKey, deltas map[balanceKey]quantity.Milli, rows []inventorydb.MoveStockRow, at time.Time) ([]movedBalance, error) {
	moved := make([]movedBalance, 0, len(keys))
	known := make(map[balanceKey]bool, len(rows))
	for _, row := range rows {
		k := balanceKey{row.StoreID, row.MaterialID}
		known[k] = true
		moved = append(moved, movedBalance{k, row.OnHand, quantity.Milli(row.WarnBelow), row.Tracked})
	}
	slices.SortFunc(moved, func(a, b movedBalance) int { return byBalance(a.balanceKey, b.balanceKey) })
	if len(known) == len(keys) {
		return moved, nil
	}
	add := inventorydb.AddStockParams{At: at}
	for _, k := range keys {
		if known[k] {
			continue
		}
		add.StoreIds = append(add.StoreIds, k.store.UUID)
		add.MaterialIds = append(add.MaterialIds, k.material.UUID)
		add.Quantities = append(add.Quantities, int64(deltas[k]))
	}
	if err := q.AddStock(ctx, add); err != nil {
		return nil, fmt.Errorf("add balances: %w", err)
	}
	return moved, nil // the added ones are untracked: nothing follows from them
}

func addOrderEntries(ctx context.Context, q *inventorydb.Queries, entries []entry, at time.Time) error {
	p := inventorydb.AddOrderEntriesParams{At: at}
	for _, e := range entries {
		if len(e.uses) == 0 {
			continue
		}
		p.EntryIds = append(p.EntryIds, ids.NewV7())
		p.StoreIds = append(p.StoreIds, e.store.UUID)
		p.FirstUses = append(p.FirstUses, int32(len(p.MaterialIds)+1)) //nolint:gosec // a batch is small
		for _, u := range e.uses {
			p.MaterialIds = append(p.MaterialIds, u.material.UUID)
			p.Quantities = append(p.Quantities, int64(e.sign*u.milli))
		}
		p.LastUses = append(p.LastUses, int32(len(p.MaterialIds))) //nolint:gosec // as above
		p.Reasons = append(p.Reasons, string(e.reason))
		p.OrderIds = append(p.OrderIds, e.order.UUID)
		p.PickupNumbers = append(p.PickupNumbers, int32(e.pickup)) //nolint:gosec // restarts every day
		p.BusinessDates = append(p.BusinessDates, e.day)
		p.Notes = append(p.Notes, e.note)
		p.MemberIds = append(p.MemberIds, e.by.UUID)
	}
	if err := q.AddOrderEntries(ctx, p); err != nil {
		return fmt.Errorf("ledger: %w", err)
	}
	return nil
}

func deltasOf(entries []entry) map[balanceKey]quantity.Milli {
	deltas := map[balanceKey]quantity.Milli{}
	for _, e := range entries {
		for _, u := range e.uses {
			deltas[balanceKey{e.store, u.material}] += e.sign * u.milli
		}
	}
	return deltas
}

func storesOf(entries []entry) []ids.StoreID {
	seen := map[ids.StoreID]bool{}
	for _, e := range entries {
		seen[e.store] = true
	}
	return slices.SortedFunc(maps.Keys(seen), byStore)
}

func byBalance(a, b balanceKey) int {
	return cmp.Or(byStore(a.store, b.store), byMaterial(a.material, b.material))
}

func byMaterial(a, b ids.MaterialID) int { return bytes.Compare(a.UUID[:], b.UUID[:]) }
