package stats_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"maru/internal/kernel/businessday"
	"maru/internal/kernel/ids"
	"maru/internal/kernel/money"
	"maru/internal/ordering/orderingapi"
	"maru/internal/platform/event"
	"maru/internal/stats"
)

// TestRollUpsEqualANaiveSum draws random orders and cancellations, cut into transactions and
// deliveries at random, and compares every read with a sum made in the plainest way.
func TestRollUpsEqualANaiveSum(t *testing.T) {
	t.Parallel()
	c := newChain(t)
	products := []product{newProduct(4500), newProduct(3300), newProduct(59_000), newProduct(1)}
	rapid.Check(t, func(rt *rapid.T) {
		store := ids.NewStoreID() // of its own: what other draws left behind is not in its sums
		var history []event.Event
		var open []orderingapi.OrderAccepted
		for range rapid.IntRange(1, 25).Draw(rt, "events") {
			date := day("2026-11-28").AddDays(rapid.IntRange(0, 5).Draw(rt, "day")).String()
			hour := rapid.IntRange(0, 23).Draw(rt, "hour")
			if len(open) > 0 && rapid.IntRange(0, 3).Draw(rt, "cancel") == 0 {
				i := rapid.IntRange(0, len(open)-1).Draw(rt, "which")
				history = append(history, cancelled(open[i], date, hour))
				open = append(open[:i], open[i+1:]...)
				continue
			}
			var lines []orderingapi.Line
			for range rapid.IntRange(1, 4).Draw(rt, "lines") {
				p := rapid.SampledFrom(products).Draw(rt, "product")
				lines = append(lines, p.line(rapid.IntRange(1, 9).Draw(rt, "quantity")))
			}
			order := accepted(store, date, hour, lines...)
			history, open = append(history, order), append(open, order)
		}
		for rest := history; len(rest) > 0; {
			n := rapid.IntRange(1, len(rest)).Draw(rt, "together")
			c.publish("ordering", rest[:n]...)
			if rapid.Bool().Draw(rt, "drain") {
				c.drain()
			}
			rest = rest[n:]
		}
		c.drain()
		compareWithNaive(rt, c, store, history)
	})
}

func compareWithNaive(rt *rapid.T, c *chain, store ids.StoreID, history []event.Event) {
	var total stats.Sales
	days := map[businessday.Date]stats.Sales{}
	hours := map[int]money.Amount{}
	items := map[ids.ItemID]stats.Goods{}
	for _, e := range history {
		switch e := e.(type) {
		case orderingapi.OrderAccepted:
			s := days[e.BusinessDate]
			s.Orders, s.Revenue, s.Tax = s.Orders+1, s.Revenue+e.Total, s.Tax+e.Tax
			total.Orders, total.Revenue, total.Tax = total.Orders+1, total.Revenue+e.Total, total.Tax+e.Tax
			hours[e.Hour] += e.Total
			for _, l := range e.Lines {
				s.Units, total.Units = s.Units+int64(l.Quantity), total.Units+int64(l.Quantity)
				g := items[l.ItemID]
				g.Units, g.Revenue = g.Units+int64(l.Quantity), g.Revenue+l.Total
				items[l.ItemID] = g
			}
			days[e.BusinessDate] = s
		case orderingapi.OrderCancelled:
			s := days[e.BusinessDate]
			s.CancelledOrders, s.CancelledRevenue, s.CancelledTax = s.CancelledOrders+1, s.CancelledRevenue+e.Total, s.CancelledTax+e.Tax
			total.CancelledOrders, total.CancelledRevenue, total.CancelledTax = total.CancelledOrders+1, total.CancelledRevenue+e.Total, total.CancelledTax+e.Tax
			hours[e.Hour] -= e.Total
			for _, l := range e.Lines {
				s.CancelledUnits, total.CancelledUnits = s.CancelledUnits+int64(l.Quantity), total.CancelledUnits+int64(l.Quantity)
				g := items[l.ItemID]
				g.CancelledUnits, g.CancelledRevenue = g.CancelledUnits+int64(l.Quantity), g.CancelledRevenue+l.Total
				items[l.ItemID] = g
			}
			days[e.BusinessDate] = s
		}
	}
	over := stats.Over{Store: store, From: day("2026-11-01"), To: day("2026-12-31")}
	if diff := cmp.Diff(total, c.totals(over)); diff != "" {
		rt.Fatalf("totals (-naive +got):\n%s", diff)
	}
	gotDays := map[businessday.Date]stats.Sales{}
	for _, d := range read(c.t, c.SalesByDay, over) {
		gotDays[d.Date] = d.Sales
	}
	if diff := cmp.Diff(days, gotDays, dates); diff != "" {
		rt.Fatalf("days (-naive +got):\n%s", diff)
	}
	gotHours := map[int]money.Amount{}
	for _, h := range read(c.t, c.SalesByHour, over) {
		gotHours[h.Hour] = h.Net()
	}
	if diff := cmp.Diff(hours, gotHours); diff != "" {
		rt.Fatalf("hours (-naive +got):\n%s", diff)
	}
	top, err := c.TopItems(c.t.Context(), over, stats.ByRevenue, 100)
	if err != nil {
		rt.Fatal(err)
	}
	gotItems := map[ids.ItemID]stats.Goods{}
	for _, i := range top {
		gotItems[i.ItemID] = i.Goods
	}
	if diff := cmp.Diff(items, gotItems); diff != "" {
		rt.Fatalf("items (-naive +got):\n%s", diff)
	}
}
