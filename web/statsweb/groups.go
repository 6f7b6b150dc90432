package statsweb

import (
	"context"
	"fmt"
	"slices"

	"maru/internal/kernel/lang"
	"maru/internal/stats"
	"maru/web/webkit"
)

// grouping is what sales are summed by.
type grouping string

const (
	byMonthOf grouping = "month"
	byDayOf   grouping = "day"
	byHourOf  grouping = "hour"
	byStoreOf grouping = "store"
	byKindOf  grouping = "category"
	byItemOf  grouping = "item"
)

var groupings = []grouping{byDayOf, byMonthOf, byHourOf, byStoreOf, byKindOf, byItemOf}

func (g grouping) label() lang.Text {
	switch g {
	case byMonthOf:
		return text.Month
	case byDayOf:
		return text.Day
	case byHourOf:
		return text.Hour
	case byStoreOf:
		return text.Store
	case byKindOf:
		return text.Category
	case byItemOf:
		return text.Item
	}
	return lang.Text{}
}

// hasOrders reports whether orders are counted by this grouping: an order has items of several
// categories, so it belongs to none of them.
func (g grouping) hasOrders() bool { return g != byKindOf && g != byItemOf }

// group is one row of an analysis.
type group struct {
	// Key is stable and for programs: 2026-11, 2026-11-22, 14, or a code.
	Key  string
	Name lang.Text
	stats.Sales
}

// groups sums what over means. Months, days and hours come in their order, the rest by net revenue;
// at most limit items are returned.
func (p *pages) groups(ctx context.Context, by grouping, over stats.Over, limit int) ([]group, error) {
	switch by {
	case byMonthOf:
		rows, err := p.Stats.SalesByMonth(ctx, over)
		return collect(rows, err, func(r stats.MonthSales) group {
			return group{Key: r.Month.String()[:7], Name: monthText(r.Month), Sales: r.Sales}
		})
	case byDayOf:
		rows, err := p.Stats.SalesByDay(ctx, over)
		return collect(rows, err, func(r stats.DaySales) group {
			return group{Key: r.Date.String(), Name: same(r.Date.String()), Sales: r.Sales}
		})
	case byHourOf:
		rows, err := p.Stats.SalesByHour(ctx, over)
		return collect(rows, err, func(r stats.HourSales) group {
			return group{Key: hourLabel(r.Hour), Name: hourText(r.Hour), Sales: r.Sales}
		})
	case byStoreOf:
		rows, err := p.Stats.SalesByStore(ctx, over)
		return collect(rows, err, func(r stats.StoreSales) group {
			return group{Key: r.Code, Name: nameOf(r.Name, r.Code), Sales: r.Sales}
		})
	case byKindOf:
		rows, err := p.Stats.SalesByCategory(ctx, over)
		return collect(rows, err, func(r stats.CategorySales) group {
			return group{Key: r.Code, Name: nameOf(r.Name, r.Code), Sales: stats.Sales{Goods: r.Goods}}
		})
	case byItemOf:
		rows, err := p.Stats.TopItems(ctx, over, stats.ByRevenue, limit)
		return collect(rows, err, func(r stats.ItemSales) group {
			return group{Key: r.Code, Name: nameOf(r.Name, r.Code), Sales: stats.Sales{Goods: r.Goods}}
		})
	}
	return nil, fmt.Errorf("statsweb: no grouping %q", by)
}

func collect[R any](rows []R, err error, f func(R) group) ([]group, error) {
	if err != nil {
		return nil, err
	}
	out := make([]group, len(rows))
	for i, r := range rows {
		out[i] = f(r)
	}
	return out, nil
}

func same(s string) lang.Text { return lang.Text{Ko: s, En: s} }

// groupTabs are the links between the groupings of a page.
func groupTabs(v salesView) []webkit.Tab {
	var tabs []webkit.Tab
	for _, g := range groupings {
		if g == byStoreOf && v.single() {
			continue
		}
		tabs = append(tabs, webkit.Tab{
			Label: g.label(), Current: g == v.By,
			URL: webkit.URL(v.Path, v.Period.pairs("by", string(g), "store", v.StoreCode)...),
		})
	}
	return tabs
}

func knownGrouping(s string, single bool) grouping {
	g := grouping(s)
	if !slices.Contains(groupings, g) || g == byStoreOf && single {
		return byDayOf
	}
	return g
}
