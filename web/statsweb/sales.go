package statsweb

import (
	"context"
	"net/http"
	"slices"

	"github.com/labstack/echo/v4"

	"maru/internal/kernel/ids"
	"maru/internal/kernel/lang"
	"maru/internal/members/membersapi"
	"maru/internal/stats"
	"maru/web/webkit"
)

// itemsInTable is how many items a page lists; the export has all.
const itemsInTable = 300

// salesView is the analysis of sales, of the chain or of one store.
type salesView struct {
	Path      string // "/hq/sales" or "/s/gangnam/sales"
	AtStore   bool   // a page of the store itself
	StoreCode string // headquarters looking at one store
	Stores    []membersapi.Store
	Period    period
	Sold      sold
	By        grouping
	Total     stats.Sales
	Rows      []group
	Cut       bool // there are more items than are listed
	Chart     webkit.Chart
}

// single reports whether the figures are of one store.
func (v salesView) single() bool { return v.AtStore || v.StoreCode != "" }

// at is what is shown as a URL of the page, or of what belongs to it.
func (v salesView) at(path string) string {
	return webkit.URL(path, v.Period.pairs("by", string(v.By), "store", v.StoreCode)...)
}

func (p *pages) sales(c echo.Context) error {
	v, err := p.readSales(c)
	if err != nil {
		return err
	}
	status := http.StatusOK
	if !v.Period.Custom.OK() {
		status = http.StatusUnprocessableEntity
	}
	if v.AtStore {
		return webkit.Render(c, status, storeSalesPage(v))
	}
	return webkit.Render(c, status, hqSalesPage(v))
}

func (p *pages) salesFigures(c echo.Context) error {
	v, err := p.readSales(c)
	if err != nil {
		return err
	}
	return webkit.Render(c, http.StatusOK, salesPart(v))
}

func (p *pages) readSales(c echo.Context) (salesView, error) {
	ctx := c.Request().Context()
	v, clock, store, err := p.salesScope(c)
	if err != nil {
		return v, err
	}
	if v.Sold.First, v.Sold.Last, err = p.Stats.SoldDays(ctx, store); err != nil {
		return v, err
	}
	f := webkit.ReadForm(c)
	v.Period = readPeriod(f, clock, v.Sold)
	v.By = knownGrouping(f.Value("by"), v.single())
	over := v.Period.Over(store)
	if v.Total, err = p.Stats.Totals(ctx, over); err != nil || v.Total == (stats.Sales{}) {
		return v, err
	}
	if v.Rows, err = p.groups(ctx, v.By, over, itemsInTable+1); err != nil {
		return v, err
	}
	if len(v.Rows) > itemsInTable && v.By == byItemOf {
		v.Rows, v.Cut = v.Rows[:itemsInTable], true
	}
	if v.Chart, err = p.salesChart(ctx, v, clock, store); err != nil {
		return v, err
	}
	if v.By == byDayOf || v.By == byMonthOf {
		slices.Reverse(v.Rows) // people read the newest first; charts and files go with time
	}
	return v, nil
}

// salesScope says whose sales the URL asks for. A store that does not exist is an error of kind
// NotFound.
func (p *pages) salesScope(c echo.Context) (v salesView, clock dayClock, store ids.StoreID, err error) {
	ctx := c.Request().Context()
	if s, ok := webkit.StoreOf(ctx); ok {
		v.AtStore, v.Path = true, webkit.StorePath(ctx, "sales")
		clock, err = storeClock(ctx, s)
		return v, clock, s.ID, err
	}
	v.Path = "/hq/sales"
	if v.Stores, err = p.Stores.Stores(ctx); err != nil {
		return v, clock, store, err
	}
	if v.StoreCode = c.QueryParam("store"); v.StoreCode != "" {
		s, err := p.Stores.StoreByCode(ctx, v.StoreCode)
		if err != nil {
			return v, clock, store, err
		}
		clock, err = storeClock(ctx, s)
		return v, clock, s.ID, err
	}
	clock, err = p.chainClock(ctx)
	return v, clock, store, err
}

// salesChart draws what has an order in time; the rest is a table with shares.
func (p *pages) salesChart(ctx context.Context, v salesView, clock dayClock, store ids.StoreID) (webkit.Chart, error) {
	switch v.By {
	case byHourOf:
		rows, err := p.Stats.SalesByHour(ctx, v.Period.Over(store))
		return hoursChart(ctx, clock, rows), err
	case byDayOf:
		rows, err := p.Stats.SalesByDay(ctx, v.Period.Over(store))
		return daysChart(ctx, v.Period, rows), err
	case byMonthOf:
		rows, err := p.Stats.SalesByMonth(ctx, v.Period.Over(store))
		return monthsChart(ctx, rows), err
	case byStoreOf, byKindOf, byItemOf:
	}
	return webkit.Chart{}, nil
}

// rowName is how a row of the table is called: days and months as people say them.
func (v salesView) rowName(ctx context.Context, g group) string {
	if v.By == byDayOf {
		if d, ok := parseDay(g.Key); ok {
			return webkit.FullDay(ctx, d)
		}
	}
	return webkit.T(ctx, g.Name)
}

// storeChoices are the stores headquarters can look at, the chain first.
func (v salesView) storeChoices(ctx context.Context) []webkit.Choice {
	out := []webkit.Choice{{Value: "", Label: webkit.T(ctx, text.EveryStore)}}
	for _, s := range v.Stores {
		out = append(out, webkit.Choice{Value: s.Code, Label: s.Name.In(lang.From(ctx))})
	}
	return out
}

func (v salesView) columns() []webkit.Column {
	c := []webkit.Column{
		{Label: v.By.label()}, {Label: text.NetSales, Number: true}, {Label: text.Share, Number: true, Class: "hidden sm:table-cell"},
	}
	if v.By.hasOrders() {
		return append(c,
			webkit.Column{Label: text.Orders, Number: true},
			webkit.Column{Label: text.Units, Number: true, Class: "hidden sm:table-cell"},
			webkit.Column{Label: text.PerOrder, Number: true, Class: "hidden md:table-cell"},
			webkit.Column{Label: text.Tax, Number: true, Class: "hidden lg:table-cell"},
			webkit.Column{Label: text.Gross, Number: true, Class: "hidden lg:table-cell"},
			webkit.Column{Label: text.Cancelled, Number: true, Class: "hidden md:table-cell"})
	}
	return append(c,
		webkit.Column{Label: text.Units, Number: true},
		webkit.Column{Label: text.Gross, Number: true, Class: "hidden lg:table-cell"},
		webkit.Column{Label: text.Cancelled, Number: true, Class: "hidden md:table-cell"})
}
