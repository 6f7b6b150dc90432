package orderingweb

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"maru/internal/kernel/ids"
	"maru/internal/kernel/lang"
	"maru/internal/ordering"
	"maru/internal/ordering/orderingapi"
	"maru/internal/platform/errs"
	"maru/web/webkit"
)

// How long an order may wait before it stands out, and how many handed-over orders a board keeps.
const (
	soonAfter = 5 * time.Minute
	lateAfter = 10 * time.Minute
	doneShown = 8
)

// boardView is what is to be made, what is being made and what waits at the counter.
type boardView struct {
	Columns   []boardColumn
	Open      int
	MayCancel func(orderingapi.Status) bool
}

type boardColumn struct {
	Status orderingapi.Status
	Orders []ordering.Order
}

func (p *pages) board(c echo.Context) error {
	v, err := p.boardOf(c)
	if err != nil {
		return err
	}
	return webkit.Render(c, http.StatusOK, boardPage(v))
}

// boardColumns is the board alone, for a page that is open.
func (p *pages) boardColumns(c echo.Context) error {
	v, err := p.boardOf(c)
	if err != nil {
		return err
	}
	return webkit.Render(c, http.StatusOK, boardColumns(v))
}

// boardCount is the number of orders to be made, for the navigation; nothing where there is none.
func (p *pages) boardCount(c echo.Context) error {
	open, err := p.ordering.OpenOrders(c.Request().Context(), webkit.Store(c).ID)
	if err != nil {
		return err
	}
	if n := open.Accepted + open.Preparing; n > 0 {
		return c.String(http.StatusOK, strconv.Itoa(n))
	}
	return c.String(http.StatusOK, "")
}

func (p *pages) boardOf(c echo.Context) (boardView, error) {
	ctx, by, store := c.Request().Context(), webkit.Principal(c), webkit.Store(c).ID
	v := boardView{MayCancel: func(from orderingapi.Status) bool { return ordering.MayCancel(by, store, from) }}
	open, err := p.ordering.Board(ctx, by, store)
	if err != nil {
		return v, err
	}
	v.Open = len(open)
	for _, status := range []orderingapi.Status{orderingapi.Accepted, orderingapi.Preparing, orderingapi.Ready} {
		column := boardColumn{Status: status}
		for _, o := range open {
			if o.Status == status {
				column.Orders = append(column.Orders, o)
			}
		}
		v.Columns = append(v.Columns, column)
	}
	done, err := p.ordering.RecentlyDone(ctx, by, store, doneShown)
	if err != nil && errs.KindOf(err) != errs.Unavailable && !errors.Is(err, ordering.ErrUnknownStore) { // nothing was sold here yet
		return v, err
	}
	v.Columns = append(v.Columns, boardColumn{Status: orderingapi.Completed, Orders: done})
	return v, nil
}

// moveOrder moves an order along the board, or back.
func (p *pages) moveOrder(c echo.Context) error {
	ctx, id := c.Request().Context(), orderParam(c)
	cmd := ordering.MoveOrder{
		StoreID: webkit.Store(c).ID, OrderID: id,
		To: orderingapi.Status(c.FormValue("to")), From: orderingapi.Status(c.FormValue("from")),
	}
	if err := p.ordering.MoveOrder(ctx, webkit.Principal(c), cmd); err != nil {
		webkit.Trigger(c, "live:orders") // what the page shows is not what is so
		return err
	}
	webkit.Trigger(c, "live:orders")
	toast := webkit.Toast{
		Kind: webkit.ToastDone,
		Text: text.Moved.With("number", c.FormValue("number")).WithText("state", statusText(cmd.To)),
	}
	if c.FormValue("undo") == "" && cmd.From != "" {
		toast.Undo = movePath(ctx, id, cmd.To, cmd.From, c.FormValue("number")) + "&undo=1"
	}
	return webkit.RenderWithToast(c, http.StatusOK, nil, toast)
}

// movePath is the URL to which a POST moves an order.
func movePath(ctx context.Context, id ids.OrderID, from, to orderingapi.Status, number string) string {
	return webkit.StorePath(ctx, "orders/"+id.String()+"/move?from="+string(from)+"&to="+string(to)+"&number="+number)
}

// orderParam is the :order of the URL; one that is not an id is the zero id, which no order has.
func orderParam(c echo.Context) ids.OrderID {
	id, err := ids.ParseOrderID(c.Param("order"))
	if err != nil {
		return ids.OrderID{}
	}
	return id
}

// back is the state before s on the board, "" where there is none.
func back(s orderingapi.Status) orderingapi.Status {
	switch s {
	case orderingapi.Preparing:
		return orderingapi.Accepted
	case orderingapi.Ready:
		return orderingapi.Preparing
	case orderingapi.Completed:
		return orderingapi.Ready
	case orderingapi.Accepted, orderingapi.Cancelled, orderingapi.Rejected:
	}
	return ""
}

// forwardText is what moving an order on is called.
func forwardText(s orderingapi.Status) lang.Text {
	switch s {
	case orderingapi.Accepted:
		return text.Start
	case orderingapi.Preparing:
		return text.Finish
	case orderingapi.Ready, orderingapi.Completed, orderingapi.Cancelled, orderingapi.Rejected:
	}
	return text.HandOver
}

func emptyColumn(s orderingapi.Status) lang.Text {
	switch s {
	case orderingapi.Accepted:
		return text.NoOrders
	case orderingapi.Preparing:
		return text.ColumnEmpty
	case orderingapi.Ready:
		return text.ReadyEmpty
	case orderingapi.Completed, orderingapi.Cancelled, orderingapi.Rejected:
	}
	return text.DoneEmpty
}

// waiting says since when an order waits where it is: for the barista, or for its customer.
func waiting(o ordering.Order) time.Time {
	if o.Status == orderingapi.Ready || o.Status == orderingapi.Completed {
		return o.StatusAt
	}
	return o.PlacedAt
}

// urgency is "late", "soon" or "": only what is still to be made can be late.
func urgency(ctx context.Context, o ordering.Order) string {
	if o.Status != orderingapi.Accepted && o.Status != orderingapi.Preparing {
		return ""
	}
	switch d := webkit.Now(ctx).Sub(o.PlacedAt); {
	case d >= lateAfter:
		return "late"
	case d >= soonAfter:
		return "soon"
	}
	return ""
}

func waited(ctx context.Context, o ordering.Order) string {
	d := webkit.Now(ctx).Sub(waiting(o))
	if d < time.Minute {
		return webkit.T(ctx, text.LessThanMinute)
	}
	return webkit.T(ctx, text.Minutes.With("n", strconv.Itoa(int(d/time.Minute))))
}
