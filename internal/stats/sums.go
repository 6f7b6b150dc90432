package stats

import (
	"bytes"
	"cmp"
	"context"
	"maps"
	"slices"

	"github.com/google/uuid"

	"maru/internal/kernel/businessday"
	"maru/internal/kernel/ids"
	"maru/internal/ordering/orderingapi"
	"maru/internal/platform/event"
	"maru/internal/stats/internal/statsdb"
	"maru/internal/stats/statsapi"
)

// sums is what a batch of events adds to the roll-ups: a batch of five hundred orders of one shop and
// hour becomes one row.
type sums struct {
	hours map[hourKey]Sales
	items map[itemKey]Goods
}

type hourKey struct {
	store ids.StoreID
	date  businessday.Date
	hour  int
}

type itemKey struct {
	store    ids.StoreID
	date     businessday.Date
	item     ids.ItemID
	category ids.CategoryID
}

func newSums() sums {
	return sums{hours: map[hourKey]Sales{}, items: map[itemKey]Goods{}}
}

func (s sums) accept(e orderingapi.OrderAccepted) {
	k := hourKey{e.StoreID, e.BusinessDate, e.Hour}
	sold := Sales{Goods: Goods{Revenue: e.Total}, Orders: 1, Tax: e.Tax}
	for _, l := range e.Lines {
		line := Goods{Units: int64(l.Quantity), Revenue: l.Total}
		sold.Units += line.Units
		ik := itemKey{e.StoreID, e.BusinessDate, l.ItemID, l.CategoryID}
		s.items[ik] = s.items[ik].plus(line)
	}
	s.hours[k] = s.hours[k].Plus(sold)
}

// cancel counts a cancellation on the day and in the hour it happened, which need not be the order's.
func (s sums) cancel(e orderingapi.OrderCancelled) {
	k := hourKey{e.StoreID, e.BusinessDate, e.Hour}
	back := Sales{Goods: Goods{CancelledRevenue: e.Total}, CancelledOrders: 1, CancelledTax: e.Tax}
	for _, l := range e.Lines {
		line := Goods{CancelledUnits: int64(l.Quantity), CancelledRevenue: l.Total}
		back.CancelledUnits += line.CancelledUnits
		ik := itemKey{e.StoreID, e.BusinessDate, l.ItemID, l.CategoryID}
		s.items[ik] = s.items[ik].plus(line)
	}
	s.hours[k] = s.hours[k].Plus(back)
}

// store adds the sums to the tables, rows in the order of their keys.
func (s sums) store(ctx context.Context, q *statsdb.Queries) error {
	if len(s.hours) == 0 {
		return nil
	}
	if err := q.AddSalesHours(ctx, s.hourRows()); err != nil {
		return err
	}
	if len(s.items) == 0 {
		return nil
	}
	return q.AddSalesItems(ctx, s.itemRows())
}

func (s sums) hourRows() statsdb.AddSalesHoursParams {
	var p statsdb.AddSalesHoursParams
	for _, k := range slices.SortedFunc(maps.Keys(s.hours), hourKey.compare) {
		v := s.hours[k]
		p.StoreIds = append(p.StoreIds, k.store.UUID)
		p.Dates = append(p.Dates, k.date)
		p.Hours = append(p.Hours, int16(k.hour)) //nolint:gosec // 0 to 23; the table checks it
		p.Orders = append(p.Orders, v.Orders)
		p.Units = append(p.Units, v.Units)
		p.Revenues = append(p.Revenues, int64(v.Revenue))
		p.Taxes = append(p.Taxes, int64(v.Tax))
		p.CancelledOrders = append(p.CancelledOrders, v.CancelledOrders)
		p.CancelledUnits = append(p.CancelledUnits, v.CancelledUnits)
		p.CancelledRevenues = append(p.CancelledRevenues, int64(v.CancelledRevenue))
		p.CancelledTaxes = append(p.CancelledTaxes, int64(v.CancelledTax))
	}
	return p
}

func (s sums) itemRows() statsdb.AddSalesItemsParams {
	var p statsdb.AddSalesItemsParams
	for _, k := range slices.SortedFunc(maps.Keys(s.items), itemKey.compare) {
		v := s.items[k]
		p.StoreIds = append(p.StoreIds, k.store.UUID)
		p.Dates = append(p.Dates, k.date)
		p.ItemIds = append(p.ItemIds, k.item.UUID)
		p.CategoryIds = append(p.CategoryIds, k.category.UUID)
		p.Units = append(p.Units, v.Units)
		p.Revenues = append(p.Revenues, int64(v.Revenue))
		p.CancelledUnits = append(p.CancelledUnits, v.CancelledUnits)
		p.CancelledRevenues = append(p.CancelledRevenues, int64(v.CancelledRevenue))
	}
	return p
}

// changed returns one SalesChanged for every store in the sums.
func (s sums) changed() []event.Event {
	stores := map[ids.StoreID]bool{}
	for k := range s.hours {
		stores[k.store] = true
	}
	var events []event.Event
	for _, id := range slices.SortedFunc(maps.Keys(stores), func(a, b ids.StoreID) int { return compareIDs(a.UUID, b.UUID) }) {
		events = append(events, statsapi.SalesChanged{StoreID: id})
	}
	return events
}

func (k hourKey) compare(o hourKey) int {
	return cmp.Or(compareIDs(k.store.UUID, o.store.UUID), k.date.Midnight().Compare(o.date.Midnight()), cmp.Compare(k.hour, o.hour))
}

func (k itemKey) compare(o itemKey) int {
	return cmp.Or(compareIDs(k.store.UUID, o.store.UUID), k.date.Midnight().Compare(o.date.Midnight()),
		compareIDs(k.item.UUID, o.item.UUID), compareIDs(k.category.UUID, o.category.UUID))
}

func compareIDs(a, b uuid.UUID) int { return bytes.Compare(a[:], b[:]) }
