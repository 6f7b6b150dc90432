package statsweb

import (
	"cmp"
	"context"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"maru/internal/kernel/ids"
	"maru/internal/kernel/lang"
	"maru/internal/members/membersapi"
	"maru/internal/platform/auth"
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
	Found  int // on all pages
	Page   int // from 1
	Stores []storeCard
}

const (
	storesPath    = "/hq/stores"
	storesPerPage = 100
	sortByName    = "name"
)

var storeSorts = []string{"code", sortByName, "sales", "trend"}

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
		v.Sort = sortByName
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
		if !s.Matches(v.Search) {
			continue
		}
		card := storeCard{Store: s, Today: today[s.ID], Now: now[s.ID], Before: before[s.ID]}
		card.Trend.Word, card.Trend.Tone, card.Trend.Icon = trend(int64(card.Now.Net()), int64(card.Before.Net()))
		v.Stores = append(v.Stores, card)
	}
	slices.SortStableFunc(v.Stores, compareBy(v.Sort, lang.From(ctx)))
	v.Found = len(v.Stores)
	v.Page, _ = strconv.Atoi(c.QueryParam("page")) // what is no number is the first page
	v.Page = min(max(v.Page, 1), max(1, (v.Found+storesPerPage-1)/storesPerPage))
	v.Stores = v.Stores[(v.Page-1)*storesPerPage : min(v.Page*storesPerPage, v.Found)]
	return v, nil
}

func (v storesView) prev() string {
	if v.Page == 1 {
		return ""
	}
	return v.at(storesPath, "page", strconv.Itoa(v.Page-1))
}

func (v storesView) next() string {
	if v.Page*storesPerPage >= v.Found {
		return ""
	}
	return v.at(storesPath, "page", strconv.Itoa(v.Page+1))
}

// at is what the list shows as a URL, with something changed.
func (v storesView) at(path string, pairs ...string) string {
	return webkit.URL(path, append([]string{"q", v.Search, "sort", v.sortIfChosen()}, pairs...)...)
}

// sortIfChosen is empty for the order that the list has by itself.
func (v storesView) sortIfChosen() string {
	if v.Sort == sortByName {
		return ""
	}
	return v.Sort
}

func (v storesView) note(ctx context.Context) string {
	known := webkit.Number(int64(v.Known))
	if v.Search != "" {
		return webkit.T(ctx, text.FoundOf.With("n", webkit.Number(int64(v.Found)), "all", known))
	}
	return webkit.T(ctx, text.StoreCount.With("n", known))
}

func mayManageStores(ctx context.Context) bool { return webkit.PrincipalOf(ctx).May(auth.ManageStores) }

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

func (v storesView) columns(ctx context.Context) []webkit.Column {
	columns := []webkit.Column{
		{Label: text.Store, Sort: sortByName},
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
		columns[i].Sort = v.at(storesPath, "sort", c.Sort)
	}
	if mayManageStores(ctx) {
		columns = append(columns, webkit.Column{Label: text.Record, Class: "hidden text-end sm:table-cell"})
	}
	return columns
}
