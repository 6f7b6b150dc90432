package inventoryweb

import (
	"context"
	"net/http"
	"strconv"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"

	"maru/internal/inventory"
	"maru/internal/kernel/ids"
	"maru/internal/platform/auth"
	"maru/internal/platform/errs"
	"maru/web/webkit"
)

// balancesView is the stock of a store, as the URL narrows it.
type balancesView struct {
	Query      inventory.BalanceQuery
	Shown      []inventory.Balance
	All, Low   int // of the franchise's materials, and how many of them want attention
	Tracked    int
	MayReceive bool
	// Received is the document that the person comes from, nil for none.
	Received *inventory.Booking
	names    map[ids.MaterialID]inventory.Balance
}

func (p *pages) balances(c echo.Context) error {
	v, err := p.viewBalances(c)
	if err != nil {
		return err
	}
	if err := p.addReceived(c, &v); err != nil {
		return err
	}
	return webkit.Render(c, http.StatusOK, balancesPage(v))
}

// balanceList is the list alone, for a page that is open.
func (p *pages) balanceList(c echo.Context) error {
	v, err := p.viewBalances(c)
	if err != nil {
		return err
	}
	return webkit.Render(c, http.StatusOK, balanceList(v))
}

// attentionCount is the number beside the entry of the navigation.
func (p *pages) attentionCount(c echo.Context) error {
	const most = 100
	low, err := p.stock.LowStock(c.Request().Context(), webkit.Store(c).ID, most)
	switch {
	case err != nil:
		return err
	case len(low) == 0:
		return c.String(http.StatusOK, "")
	case len(low) == most:
		return c.String(http.StatusOK, "99+")
	}
	return c.String(http.StatusOK, strconv.Itoa(len(low)))
}

func (p *pages) viewBalances(c echo.Context) (balancesView, error) {
	store := webkit.Store(c)
	v := balancesView{
		Query: inventory.BalanceQuery{
			Search: c.QueryParam("q"), OnlyLow: c.QueryParam("only") == "low", Sort: inventory.BalanceSort(c.QueryParam("sort")),
		},
		MayReceive: webkit.Principal(c).MayAt(auth.ReceiveStock, store.ID),
		names:      map[ids.MaterialID]inventory.Balance{},
	}
	all, err := p.stock.Balances(c.Request().Context(), webkit.Principal(c), store.ID, inventory.BalanceQuery{Sort: v.Query.Sort})
	if err != nil {
		return balancesView{}, err
	}
	for _, b := range all {
		v.names[b.Material.ID] = b
		v.All++
		if b.State != inventory.Untracked {
			v.Tracked++
		}
		if b.State < inventory.Enough {
			v.Low++
		}
		if v.Query.Wants(b) {
			v.Shown = append(v.Shown, b)
		}
	}
	return v, nil
}

// addReceived reads what the person has just booked, so that the page can say it as the server did.
func (p *pages) addReceived(c echo.Context, v *balancesView) error {
	id, err := uuid.Parse(c.QueryParam("received"))
	if err != nil {
		return nil //nolint:nilerr // no document in the URL
	}
	b, err := p.stock.BookingOf(c.Request().Context(), webkit.Principal(c), webkit.Store(c).ID, id)
	if errs.KindOf(err) == errs.NotFound {
		return nil
	}
	if err != nil {
		return err
	}
	v.Received = &b
	return nil
}

// at returns the URL of the page with one thing changed; what is "" is left out.
func (v balancesView) at(path string, pairs ...string) string {
	only := ""
	if v.Query.OnlyLow {
		only = "low"
	}
	return webkit.URL(path, append([]string{"q", v.Query.Search, "only", only, "sort", string(v.Query.Sort)}, pairs...)...)
}

func (v balancesView) tabs(ctx context.Context) []webkit.Tab {
	path := webkit.StorePath(ctx, "stock")
	return []webkit.Tab{
		{Label: text.All, URL: v.at(path, "only", ""), Current: !v.Query.OnlyLow},
		{Label: text.OnlyLow, URL: v.at(path, "only", "low"), Current: v.Query.OnlyLow, Count: countWord(v.Low)},
	}
}

func (v balancesView) columns(ctx context.Context) []webkit.Column {
	path := webkit.StorePath(ctx, "stock")
	sorted := func(by inventory.BalanceSort) string {
		if v.Query.Sort == by {
			return "ascending"
		}
		return ""
	}
	toggled := func(by inventory.BalanceSort) string {
		if v.Query.Sort == by {
			by = inventory.ByUrgency
		}
		return v.at(path, "sort", string(by))
	}
	return []webkit.Column{
		{Label: text.Material, Sort: toggled(inventory.ByName), Sorted: sorted(inventory.ByName)},
		{Label: text.OnHand, Number: true},
		{Label: text.DaysLeft, Number: true, Sort: toggled(inventory.ByDays), Sorted: sorted(inventory.ByDays)},
		{Label: text.PerDay, Number: true, Class: "hidden md:table-cell"},
		{Label: text.WarnBelow, Number: true, Class: "hidden md:table-cell"},
		{Label: text.LastMoved, Class: "hidden lg:table-cell"},
	}
}

func countWord(n int) string {
	if n == 0 {
		return ""
	}
	return strconv.Itoa(n)
}
