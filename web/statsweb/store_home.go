package statsweb

import (
	"context"
	"net/http"

	"github.com/labstack/echo/v4"

	"maru/internal/inventory/inventoryapi"
	"maru/internal/kernel/lang"
	"maru/internal/ordering/orderingapi"
	"maru/internal/platform/auth"
	"maru/internal/stats"
	"maru/web/webkit"
)

const (
	lowShown        = 6
	topItemsAtStore = 5
)

// storeTodayView is how the day of a store goes.
type storeTodayView struct {
	today
	Items []webkit.Ranked
}

type storeHomeView struct {
	// MaySee, MayMove and MayStock say which parts the person is shown.
	MaySee, MayMove, MayStock bool
	// New is a store that has never sold anything: it is shown how to begin.
	New    bool
	Today  storeTodayView
	Orders orderingapi.OpenOrders
	Low    []inventoryapi.LowMaterial
}

func (p *pages) storeHome(c echo.Context) error {
	ctx := c.Request().Context()
	store, who := webkit.Store(c), webkit.Principal(c)
	v := storeHomeView{
		MaySee: who.MayAt(auth.ViewSales, store.ID), MayMove: who.MayAt(auth.MoveOrders, store.ID), MayStock: who.MayAt(auth.ViewStock, store.ID),
	}
	first, _, err := p.Stats.SoldDays(ctx, store.ID)
	if err != nil {
		return err
	}
	v.New = first.IsZero()
	if v.MaySee {
		if v.Today, err = p.readStoreToday(c); err != nil {
			return err
		}
	}
	if v.MayMove {
		if v.Orders, err = p.Queue.OpenOrders(ctx, store.ID); err != nil {
			return err
		}
	}
	if v.MayStock {
		if v.Low, err = p.Stock.LowStock(ctx, store.ID, lowShown); err != nil {
			return err
		}
	}
	return webkit.Render(c, http.StatusOK, storeHomePage(v))
}

func (p *pages) storeToday(c echo.Context) error {
	v, err := p.readStoreToday(c)
	if err != nil {
		return err
	}
	return webkit.Render(c, http.StatusOK, storeTodayPart(v))
}

func (p *pages) storeOrders(c echo.Context) error {
	open, err := p.Queue.OpenOrders(c.Request().Context(), webkit.Store(c).ID)
	if err != nil {
		return err
	}
	return webkit.Render(c, http.StatusOK, storeOrdersPart(open))
}

func (p *pages) storeStock(c echo.Context) error {
	low, err := p.Stock.LowStock(c.Request().Context(), webkit.Store(c).ID, lowShown)
	if err != nil {
		return err
	}
	return webkit.Render(c, http.StatusOK, storeStockPart(low))
}

func (p *pages) readStoreToday(c echo.Context) (v storeTodayView, err error) {
	ctx, store := c.Request().Context(), webkit.Store(c)
	clock, err := storeClock(ctx, store)
	if err != nil {
		return v, err
	}
	if v.today, err = p.readToday(ctx, clock, store.ID); err != nil {
		return v, err
	}
	v.Items, err = p.rankedItems(ctx, stats.Over{Store: store.ID, From: clock.Today, To: clock.Today}, topItemsAtStore)
	return v, err
}

// greeting says in one sentence whether everything is all right.
func (v storeHomeView) greeting(ctx context.Context) string {
	var parts lang.Text
	open := v.Orders.Accepted + v.Orders.Preparing + v.Orders.Ready
	switch {
	case v.New:
		parts = text.GreetNew
	case open == 0 && len(v.Low) == 0:
		parts = text.GreetCalm
	case len(v.Low) == 0:
		parts = text.GreetOrders.With("n", webkit.Number(int64(open)))
	case open == 0:
		parts = text.GreetLow.With("n", webkit.Number(int64(len(v.Low))))
	default:
		parts = text.GreetBoth.With("n", webkit.Number(int64(open)), "low", webkit.Number(int64(len(v.Low))))
	}
	return webkit.T(ctx, parts)
}

// step is one of the first things a new store does.
type step struct {
	Icon        string
	Title, More lang.Text
	Path        string
	Needs       auth.Permission
}

var firstSteps = []step{
	{"truck", text.StepReceive, text.StepReceiveMore, "stock", auth.ReceiveStock},
	{"shopping-cart", text.StepOrder, text.StepOrderMore, "register", auth.TakeOrders},
	{"clipboard-list", text.StepBoard, text.StepBoardMore, "board", auth.MoveOrders},
}

// mayHere reports whether the person may use perm in the page's store.
func mayHere(ctx context.Context, perm auth.Permission) bool {
	s, ok := webkit.StoreOf(ctx)
	return ok && webkit.PrincipalOf(ctx).MayAt(perm, s.ID)
}
