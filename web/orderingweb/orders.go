package orderingweb

import (
	"context"
	"net/http"
	"strconv"

	"github.com/labstack/echo/v4"

	"maru/internal/kernel/lang"
	"maru/internal/kernel/money"
	"maru/internal/ordering"
	"maru/internal/ordering/orderingapi"
	"maru/web/webkit"
)

const ordersPerPage = 50

// orderList is a page of the orders of a business day.
type orderList struct {
	Form   *webkit.Form
	Number int
	Before int
	Orders []ordering.Order
	More   bool
}

// orders lists the orders of the store's business day, latest first.
func (p *pages) orders(c echo.Context) error {
	ctx := c.Request().Context()
	v := orderList{Form: webkit.ReadForm(c)}
	if v.Form.Value("number") != "" {
		v.Number = v.Form.Int("number", 1, 1_000_000)
	}
	v.Before, _ = strconv.Atoi(v.Form.Value("before"))
	if v.Form.OK() {
		list, err := p.ordering.OrdersOfDay(ctx, webkit.Principal(c), ordering.OrdersOfDay{
			StoreID: webkit.Store(c).ID, Date: webkit.Today(ctx), Number: v.Number, Before: v.Before, Limit: ordersPerPage + 1,
		})
		if err != nil {
			return err
		}
		v.More = len(list) > ordersPerPage
		v.Orders = list[:min(len(list), ordersPerPage)]
	}
	if webkit.IsPartial(c) {
		return webkit.Render(c, http.StatusOK, orderRows(v))
	}
	return webkit.Render(c, http.StatusOK, ordersPage(v))
}

func (v orderList) next(ctx context.Context) string {
	if !v.More {
		return ""
	}
	return webkit.StorePath(ctx, "orders?before="+strconv.Itoa(v.Orders[len(v.Orders)-1].PickupNumber))
}

func (v orderList) previous(ctx context.Context) string {
	if v.Before == 0 {
		return ""
	}
	return webkit.StorePath(ctx, "orders")
}

// self is the URL of the list as it is shown.
func (v orderList) self(ctx context.Context) string {
	number, before := "", ""
	if v.Number > 0 {
		number = strconv.Itoa(v.Number)
	}
	if v.Before > 0 {
		before = strconv.Itoa(v.Before)
	}
	return webkit.URL(webkit.StorePath(ctx, "orders"), "number", number, "before", before)
}

// order shows one order with its history and its receipt.
func (p *pages) order(c echo.Context) error {
	o, err := p.ordering.Order(c.Request().Context(), webkit.Principal(c), webkit.Store(c).ID, orderParam(c))
	if err != nil {
		return err
	}
	return webkit.Render(c, http.StatusOK, orderPage(o, mayCancel(c, o)))
}

func (p *pages) orderState(c echo.Context) error {
	o, err := p.ordering.Order(c.Request().Context(), webkit.Principal(c), webkit.Store(c).ID, orderParam(c))
	if err != nil {
		return err
	}
	return webkit.Render(c, http.StatusOK, orderDetails(o, mayCancel(c, o)))
}

func mayCancel(c echo.Context, o ordering.Order) bool {
	return ordering.MayCancel(webkit.Principal(c), webkit.Store(c).ID, o.Status)
}

// cancelWords is what giving an order's money back is called: a refund, where it was handed over.
func cancelWords(o ordering.Order) (button, title, now lang.Text) {
	if o.Status == orderingapi.Completed {
		return text.RefundOrder, text.RefundTitle, text.RefundNow
	}
	return text.CancelOrder, text.CancelTitle, text.CancelNow
}

func cancelIcon(s orderingapi.Status) string {
	if s == orderingapi.Completed {
		return "rotate-ccw"
	}
	return "x"
}

// cancelSheet asks before an order is cancelled: that cannot be undone, and money goes back.
func (p *pages) cancelSheet(c echo.Context) error {
	o, err := p.ordering.Order(c.Request().Context(), webkit.Principal(c), webkit.Store(c).ID, orderParam(c))
	if err != nil {
		return err
	}
	if !mayCancel(c, o) {
		return ordering.WhyNotCancel(o.Status)
	}
	return webkit.Render(c, http.StatusOK, cancelSheet(o, webkit.NewForm("disposition", string(ordering.DefaultDisposition(o.Status)))))
}

func (p *pages) cancelOrder(c echo.Context) error {
	ctx, by, store := c.Request().Context(), webkit.Principal(c), webkit.Store(c).ID
	o, err := p.ordering.Order(ctx, by, store, orderParam(c))
	if err != nil {
		return err
	}
	f := webkit.ReadForm(c)
	cmd := ordering.CancelOrder{
		StoreID: store, OrderID: o.ID, Reason: f.Text("reason", 200),
		Disposition: orderingapi.Disposition(f.Value("disposition")),
	}
	if f.OK() {
		f.Refuse(p.ordering.CancelOrder(ctx, by, cmd))
	}
	if err := f.Unexpected(); err != nil {
		return err
	}
	if !f.OK() {
		return webkit.Render(c, http.StatusUnprocessableEntity, cancelForm(o, f))
	}
	webkit.Trigger(c, `{"sheet:close":{},"live:orders":{}}`)
	said := text.CancelledNow
	if o.Status == orderingapi.Completed {
		said = text.RefundedNow
	}
	return webkit.RenderWithToast(c, http.StatusOK, nil, webkit.Toast{
		Kind: webkit.ToastDone, Text: said.With("number", strconv.Itoa(o.PickupNumber)),
	})
}

// doneBy says who did something and, where it was a shared device of the store, on which.
func doneBy(name, device string) string {
	if device == "" {
		return name
	}
	return name + " (" + device + ")"
}

// pieces is how many things an order has.
func pieces(lines []orderingapi.Line) int {
	n := 0
	for _, l := range lines {
		n += l.Quantity
	}
	return n
}

// summary is an order in a few words: "아메리카노 외 2".
func summary(ctx context.Context, lines []orderingapi.Line) string {
	if len(lines) == 0 {
		return ""
	}
	first := webkit.T(ctx, lines[0].ItemName)
	if lines[0].Quantity > 1 {
		first += " ×" + strconv.Itoa(lines[0].Quantity)
	}
	if len(lines) == 1 {
		return first
	}
	return webkit.T(ctx, text.And.With("first", first, "n", strconv.Itoa(len(lines)-1)))
}

func statusTone(s orderingapi.Status) webkit.Tone {
	switch s {
	case orderingapi.Accepted:
		return webkit.Inform
	case orderingapi.Preparing:
		return webkit.Warm
	case orderingapi.Ready:
		return webkit.Good
	case orderingapi.Cancelled, orderingapi.Rejected:
		return webkit.Bad
	case orderingapi.Completed:
	}
	return webkit.Neutral
}

func statusIcon(s orderingapi.Status) string {
	switch s {
	case orderingapi.Accepted:
		return "circle-dot"
	case orderingapi.Preparing:
		return "flame"
	case orderingapi.Ready:
		return "bell-ring"
	case orderingapi.Cancelled, orderingapi.Rejected:
		return "ban"
	case orderingapi.Completed:
	}
	return "check"
}

// tenders names how an order was paid: "카드", "현금, 카드".
func tenders(ctx context.Context, o ordering.Order) string {
	s := ""
	for _, p := range o.Payments {
		if s != "" {
			s += ", "
		}
		s += webkit.T(ctx, tenderText(p.Kind))
	}
	return s
}

func change(p ordering.Payment) money.Amount { return p.Received - p.Amount }

func dispositionName(ctx context.Context, d orderingapi.Disposition) string {
	name, _ := dispositionText(d)
	return webkit.T(ctx, name)
}

func dispositionHint(ctx context.Context, d orderingapi.Disposition) string {
	_, hint := dispositionText(d)
	return webkit.T(ctx, hint)
}
