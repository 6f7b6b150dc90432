package inventoryweb

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"maru/internal/catalog/catalogapi"
	"maru/internal/inventory"
	"maru/internal/kernel/ids"
	"maru/internal/platform/auth"
	"maru/web/webkit"
)

const movementsPerPage = 50

// movementsView is one material of a store and a page of what happened to it.
type movementsView struct {
	Balance    inventory.Balance
	Page       inventory.MovementPage
	Latest     bool // the page begins with the newest
	MayReceive bool
	MayAdjust  bool
}

func (p *pages) movements(c echo.Context) error {
	v, err := p.viewMovements(c)
	if err != nil {
		return err
	}
	return webkit.Render(c, http.StatusOK, movementsPage(v))
}

// movementList is what changes of the page, for a page that is open.
func (p *pages) movementList(c echo.Context) error {
	v, err := p.viewMovements(c)
	if err != nil {
		return err
	}
	return webkit.Render(c, http.StatusOK, movementsBody(v))
}

func (p *pages) viewMovements(c echo.Context) (movementsView, error) {
	ctx, store := c.Request().Context(), webkit.Store(c)
	code, err := url.PathUnescape(c.Param("material"))
	if err != nil {
		return movementsView{}, inventory.ErrNoMaterial
	}
	var before ids.EntryID
	if s := c.QueryParam("before"); s != "" {
		if before, err = ids.ParseEntryID(s); err != nil {
			before = ids.EntryID{} // a link that was cut off shows the newest
		}
	}
	balance, err := p.stock.BalanceOf(ctx, webkit.Principal(c), store.ID, code)
	if err != nil {
		return movementsView{}, err
	}
	page, err := p.stock.Movements(ctx, webkit.Principal(c), store.ID, balance.Material.ID, before, movementsPerPage)
	if err != nil {
		return movementsView{}, err
	}
	return movementsView{
		Balance: balance, Page: page, Latest: before.IsZero(),
		MayReceive: webkit.Principal(c).MayAt(auth.ReceiveStock, store.ID),
		MayAdjust:  webkit.Principal(c).MayAt(auth.AdjustStock, store.ID),
	}, nil
}

func (v movementsView) path(ctx context.Context) string {
	return webkit.StorePath(ctx, "stock/"+pathOf(v.Balance.Material))
}

func (v movementsView) next(ctx context.Context) string {
	if v.Page.Next.IsZero() {
		return ""
	}
	return v.path(ctx) + "?before=" + v.Page.Next.String()
}

// note says what the material is called elsewhere and what its packs hold.
func (v movementsView) note(ctx context.Context) string {
	m := v.Balance.Material
	parts := []string{m.Code}
	for _, u := range inventory.UnitsOf(m.Scale) {
		if holds, ok := m.Scale.Packs[u]; ok {
			parts = append(parts, webkit.T(ctx, text.Pack.With("pack", "1 "+u, "quantity", webkit.Quantity(ctx, holds, m.Scale.Base))))
		}
	}
	return strings.Join(slices.Compact(parts), " · ")
}

// pathOf is the material in a URL.
func pathOf(m catalogapi.Material) string { return url.PathEscape(m.Code) }
