package statsweb

import (
	"context"
	"net/http"

	"github.com/labstack/echo/v4"

	"maru/internal/kernel/ids"
	"maru/internal/kernel/lang"
	"maru/internal/stats"
	"maru/web/webkit"
)

const (
	storesOnHome = 10
	itemsOnHome  = 10
	worriesShown = 5
)

// hqTodayView is the first answer of the home of headquarters: how is today going, and where not?
type hqTodayView struct {
	today
	Worries []worry
	Stores  int // how many are known
}

// hqFiguresView is the chosen period.
type hqFiguresView struct {
	Period     period
	Sold       sold
	Total      stats.Sales
	Trend      trendNote
	Days       webkit.Chart
	Hours      webkit.Chart
	Stores     []storeRow
	MoreStores int
	Items      []webkit.Ranked
	Categories []webkit.Ranked
}

// trendNote compares a period with the one before.
type trendNote struct {
	Word string
	Tone webkit.Tone
	Icon string
}

type hqHomeView struct {
	Today   hqTodayView
	Figures hqFiguresView
}

func (p *pages) hqHome(c echo.Context) error {
	ctx := c.Request().Context()
	today, err := p.readHQToday(ctx)
	if err != nil {
		return err
	}
	figures, err := p.readHQFigures(c, today.Clock)
	if err != nil {
		return err
	}
	status := http.StatusOK
	if !figures.Period.Custom.OK() {
		status = http.StatusUnprocessableEntity
	}
	return webkit.Render(c, status, hqHomePage(hqHomeView{Today: today, Figures: figures}))
}

func (p *pages) hqToday(c echo.Context) error {
	v, err := p.readHQToday(c.Request().Context())
	if err != nil {
		return err
	}
	return webkit.Render(c, http.StatusOK, hqTodayPart(v))
}

func (p *pages) hqFigures(c echo.Context) error {
	clock, err := p.chainClock(c.Request().Context())
	if err != nil {
		return err
	}
	v, err := p.readHQFigures(c, clock)
	if err != nil {
		return err
	}
	return webkit.Render(c, http.StatusOK, hqFiguresPart(v))
}

func (p *pages) readHQToday(ctx context.Context) (v hqTodayView, err error) {
	clock, err := p.chainClock(ctx)
	if err != nil {
		return v, err
	}
	if v.today, err = p.readToday(ctx, clock, ids.StoreID{}); err != nil {
		return v, err
	}
	stores, err := p.Stores.Stores(ctx)
	if err != nil {
		return v, err
	}
	v.Stores = len(stores)
	if !clock.Comparable() {
		return v, nil
	}
	now, err := p.Stats.SalesByStore(ctx, stats.Over{From: clock.Today, To: clock.Today, Hours: clock.Done})
	if err != nil {
		return v, err
	}
	before, err := p.Stats.SalesByStore(ctx, stats.Over{From: clock.WeekBefore(), To: clock.WeekBefore(), Hours: clock.Done})
	if err != nil {
		return v, err
	}
	v.Worries = worries(ctx, now, before)
	return v, nil
}

func (p *pages) readHQFigures(c echo.Context, clock dayClock) (v hqFiguresView, err error) {
	ctx := c.Request().Context()
	if v.Sold.First, v.Sold.Last, err = p.Stats.SoldDays(ctx, ids.StoreID{}); err != nil {
		return v, err
	}
	v.Period = readPeriod(webkit.ReadForm(c), clock, v.Sold)
	over := v.Period.Over(ids.StoreID{})
	if v.Total, err = p.Stats.Totals(ctx, over); err != nil {
		return v, err
	}
	if v.Total == (stats.Sales{}) {
		return v, nil
	}
	if v.Days, err = p.daysOrMonths(ctx, v.Period, ids.StoreID{}); err != nil {
		return v, err
	}
	hours, err := p.Stats.SalesByHour(ctx, over)
	if err != nil {
		return v, err
	}
	v.Hours = hoursChart(ctx, clock, hours)
	if v.Stores, v.Trend, err = p.storesOf(ctx, v.Period); err != nil {
		return v, err
	}
	if extra := len(v.Stores) - storesOnHome; extra > 0 {
		v.Stores, v.MoreStores = v.Stores[:storesOnHome], extra
	}
	if v.Items, err = p.rankedItems(ctx, over, itemsOnHome); err != nil {
		return v, err
	}
	v.Categories, err = p.rankedCategories(ctx, over, v.Total)
	return v, err
}

// daysOrMonths is the chart over time: a day has little to compare with, so it is shown among the
// fourteen up to it; very long periods are shown by month.
func (p *pages) daysOrMonths(ctx context.Context, of period, store ids.StoreID) (webkit.Chart, error) {
	if of.Days() == 1 {
		of.From = of.To.AddDays(-13)
	}
	if of.Days() > longestByDay {
		months, err := p.Stats.SalesByMonth(ctx, of.Over(store))
		return monthsChart(ctx, months), err
	}
	days, err := p.Stats.SalesByDay(ctx, of.Over(store))
	return daysChart(ctx, of, days), err
}

// storesOf returns every store's sales with its trend, and the trend of all together.
func (p *pages) storesOf(ctx context.Context, of period) ([]storeRow, trendNote, error) {
	rows, err := p.Stats.SalesByStore(ctx, of.Over(ids.StoreID{}))
	if err != nil {
		return nil, trendNote{}, err
	}
	var now, before []stats.StoreSales
	if n, b, ok := of.Trend(ids.StoreID{}); ok {
		if now, err = p.Stats.SalesByStore(ctx, n); err != nil {
			return nil, trendNote{}, err
		}
		if before, err = p.Stats.SalesByStore(ctx, b); err != nil {
			return nil, trendNote{}, err
		}
	}
	var t trendNote
	t.Word, t.Tone, t.Icon = trend(int64(sum(now).Net()), int64(sum(before).Net()))
	return storeRows(rows, now, before), t, nil
}

func sum(stores []stats.StoreSales) (all stats.Sales) {
	for _, s := range stores {
		all = all.Plus(s.Sales)
	}
	return all
}

func (p *pages) rankedItems(ctx context.Context, over stats.Over, limit int) ([]webkit.Ranked, error) {
	items, err := p.Stats.TopItems(ctx, over, stats.ByRevenue, limit)
	if err != nil {
		return nil, err
	}
	rows := make([]webkit.Ranked, len(items))
	for i, it := range items {
		rows[i] = webkit.Ranked{
			Label: webkit.T(ctx, nameOf(it.Name, it.Code)), Value: int64(it.Net()), Shown: webkit.Money(ctx, it.Net()),
			Note: webkit.T(ctx, text.UnitCount.With("n", webkit.Number(it.NetUnits()))),
		}
	}
	return rows, nil
}

func (p *pages) rankedCategories(ctx context.Context, over stats.Over, total stats.Sales) ([]webkit.Ranked, error) {
	categories, err := p.Stats.SalesByCategory(ctx, over)
	if err != nil {
		return nil, err
	}
	rows := make([]webkit.Ranked, len(categories))
	for i, cat := range categories {
		rows[i] = webkit.Ranked{
			Label: webkit.T(ctx, nameOf(cat.Name, cat.Code)), Value: int64(cat.Net()), Shown: webkit.Money(ctx, cat.Net()),
			Note: webkit.Percent(int64(cat.Net()), int64(total.Net())),
		}
	}
	return rows, nil
}

// days writes the first and the last day.
func (p period) days(ctx context.Context) string {
	if p.From == p.To {
		return webkit.FullDay(ctx, p.From)
	}
	return webkit.T(ctx, lang.Text{Ko: "{from} ~ {to}", En: "{from} – {to}"}.With("from", webkit.FullDay(ctx, p.From), "to", webkit.FullDay(ctx, p.To)))
}
