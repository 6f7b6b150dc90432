package statsweb

import (
	"cmp"
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"maru/internal/kernel/ids"
	"maru/internal/kernel/lang"
	"maru/internal/members/membersapi"
	"maru/internal/stats"
	"maru/web/webkit"
)

// storeCard is a store with how its day goes.
type storeCard struct {
	membersapi.Store
	Today  stats.Sales
	Now    stats.Sales // in the hours that are over
	Before stats.Sales // in the same hours last week
	Trend  trendNote
}

type storesView struct {
	Search string
	Sort   string
	Known  int
	Stores []storeCard
}

var storeSorts = []string{"code", "name", "sales", "trend"}

func (p *pages) stores(c echo.Context) error {
	v, err := p.readStores(c)
	if err != nil {
		return err
	}
	return webkit.Render(c, http.StatusOK, storesPage(v))
}

func (p *pages) storeList(c echo.Context) error {
	v, err := p.readStores(c)
	if err != nil {
		return err
	}
	return webkit.Render(c, http.StatusOK, storesPart(v))
}

func (p *pages) readStores(c echo.Context) (storesView, error) {
	ctx := c.Request().Context()
	v := storesView{Search: strings.TrimSpace(c.QueryParam("q")), Sort: c.QueryParam("sort")}
	if !slices.Contains(storeSorts, v.Sort) {
		v.Sort = "name"
	}
	all, err := p.Stores.Stores(ctx)
	if err != nil {
		return v, err
	}
	v.Known = len(all)
	clock, err := p.chainClock(ctx)
	if err != nil {
		return v, err
	}
	today, err := p.salesOf(ctx, stats.Over{From: clock.Today, To: clock.Today})
	if err != nil {
		return v, err
	}
	now, before := map[ids.StoreID]stats.Sales{}, map[ids.StoreID]stats.Sales{}
	if clock.Comparable() {
		if now, err = p.salesOf(ctx, stats.Over{From: clock.Today, To: clock.Today, Hours: clock.Done}); err != nil {
			return v, err
		}
		if before, err = p.salesOf(ctx, stats.Over{From: clock.WeekBefore(), To: clock.WeekBefore(), Hours: clock.Done}); err != nil {
			return v, err
		}
	}
	for _, s := range all {
		if !matches(s, v.Search) {
			continue
		}
		card := storeCard{Store: s, Today: today[s.ID], Now: now[s.ID], Before: before[s.ID]}
		card.Trend.Word, card.Trend.Tone, card.Trend.Icon = trend(int64(card.Now.Net()), int64(card.Before.Net()))
		v.Stores = append(v.Stores, card)
	}
	slices.SortStableFunc(v.Stores, compareBy(v.Sort, lang.From(ctx)))
	return v, nil
}

func (p *pages) salesOf(ctx context.Context, over stats.Over) (map[ids.StoreID]stats.Sales, error) {
	rows, err := p.Stats.SalesByStore(ctx, over)
	if err != nil {
		return nil, err
	}
	m := make(map[ids.StoreID]stats.Sales, len(rows))
	for _, r := range rows {
		m[r.StoreID] = r.Sales
	}
	return m, nil
}

func matches(s membersapi.Store, search string) bool {
	search = strings.ToLower(search)
	for _, part := range []string{s.Code, s.Name.Ko, s.Name.En, s.Region} {
		if strings.Contains(strings.ToLower(part), search) {
			return true
		}
	}
	return false
}

func compareBy(sort string, l lang.Lang) func(a, b storeCard) int {
	return func(a, b storeCard) int {
		byName := cmp.Or(strings.Compare(a.Name.In(l), b.Name.In(l)), strings.Compare(a.Code, b.Code))
		switch sort {
		case "code":
			return strings.Compare(a.Code, b.Code)
		case "sales":
			return cmp.Or(cmp.Compare(b.Today.Net(), a.Today.Net()), byName)
		case "trend":
			return cmp.Or(cmp.Compare(b.Before.Net()-b.Now.Net(), a.Before.Net()-a.Now.Net()), byName)
		}
		return byName
	}
}

// query is the part of the URL that says what is shown, with another order where sort is given.
func (v storesView) query(sort string) string {
	q := url.Values{"sort": {v.Sort}}
	if sort != "" {
		q.Set("sort", sort)
	}
	if v.Search != "" {
		q.Set("q", v.Search)
	}
	return q.Encode()
}

func (v storesView) columns() []webkit.Column {
	columns := []webkit.Column{
		{Label: text.Store, Sort: "name"},
		{Label: text.Region, Class: "hidden md:table-cell"},
		{Label: text.SalesToday, Number: true, Sort: "sales"},
		{Label: text.AgainstLastWeek, Number: true, Sort: "trend"},
		{Label: text.Orders, Number: true, Class: "hidden sm:table-cell"},
		{Label: text.Code, Class: "hidden lg:table-cell", Sort: "code"},
		{Label: text.DayEnds, Number: true, Class: "hidden lg:table-cell"},
	}
	for i, c := range columns {
		if c.Sort == "" {
			continue
		}
		if c.Sort == v.Sort {
			columns[i].Sorted = "ascending"
			if c.Number {
				columns[i].Sorted = "descending"
			}
		}
		columns[i].Sort = "/hq/stores?" + v.query(c.Sort)
	}
	return columns
}
