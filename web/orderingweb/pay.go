package orderingweb

import (
	"errors"
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"maru/internal/kernel/ids"
	"maru/internal/kernel/money"
	"maru/internal/ordering"
	"maru/internal/platform/errs"
	"maru/web/webkit"
	"maru/web/webkit/problem"
)

// paySheet shows what is to be paid, and how.
func (p *pages) paySheet(c echo.Context) error {
	cart, err := p.ordering.Cart(c.Request().Context(), webkit.Principal(c), webkit.Store(c).ID)
	if err != nil {
		return err
	}
	if len(cart.Lines) == 0 {
		return ordering.ErrCartEmpty
	}
	return webkit.Render(c, http.StatusOK, paySheet(cart, webkit.NewForm("kind", string(ordering.Card))))
}

// pay places the order. The page sends the cart's id and the total that was seen; prices are the
// server's. Sent twice it is answered twice with the same receipt.
func (p *pages) pay(c echo.Context) error {
	ctx, by, store := c.Request().Context(), webkit.Principal(c), webkit.Store(c).ID
	f := webkit.ReadForm(c)
	cmd := ordering.PayCart{StoreID: store, CartID: webkit.ID(f, "cart", ids.ParseCartID)}
	currency := webkit.Currency(ctx)
	cmd.ExpectTotal = f.Money("total", currency, 0, money.Max)
	var tender ordering.Tender
	if cmd.ExpectTotal > 0 || !f.OK() {
		tender = readTender(f, currency, cmd.ExpectTotal)
		cmd.Tenders = []ordering.Tender{tender}
	}
	var receipt ordering.Receipt
	if f.OK() {
		var err error
		receipt, err = p.ordering.PayCart(ctx, by, cmd)
		f.Refuse(plainField(err))
	}
	if err := f.Unexpected(); err != nil {
		return err
	}
	cart, err := p.ordering.Cart(ctx, by, store)
	if err != nil {
		return err
	}
	if !f.OK() {
		return p.refusePay(c, cart, f)
	}
	webkit.Trigger(c, `{"sheet:close":{},"order:placed":{}}`)
	return showCart(c, cart, placedPartial(receipt, tender))
}

// readTender reads how total is paid. Nothing is paid in no way.
func readTender(f *webkit.Form, currency money.Currency, total money.Amount) ordering.Tender {
	tender := ordering.Tender{Kind: ordering.TenderKind(f.Choice("kind", string(ordering.Card), string(ordering.Cash))), Amount: total}
	switch tender.Kind {
	case ordering.Card:
		tender.Approval = f.Text("approval", 40)
	case ordering.Cash:
		tender.Received = f.Money("received", currency, 0, money.Max)
	case ordering.External:
	}
	return tender
}

// refusePay shows the sheet again with what is wrong, and the cart beside it as it is now: a price may
// have moved, something may be sold out. Where the cart was paid or held meanwhile there is nothing
// left to pay, and the sheet closes.
func (p *pages) refusePay(c echo.Context, cart ordering.Cart, f *webkit.Form) error {
	e := errs.As(f.Err())
	status := problem.StatusOf(e.Kind)
	if len(cart.Lines) == 0 || errors.Is(e, ordering.ErrCartPaid) || errors.Is(e, ordering.ErrNoCart) {
		webkit.Trigger(c, "sheet:close")
		return webkit.RenderWithToast(c, status, cartPartial(cart), webkit.Toast{Kind: webkit.ToastProblem, Text: e.Text})
	}
	return webkit.Render(c, status, payAgain(cart, f))
}

// plainField moves what is wrong with a line or the tenders to the top of the sheet: it has no input
// there.
func plainField(err error) error {
	e := errs.As(err)
	if e == nil || errs.KindOf(err) == errs.Internal {
		return err
	}
	if strings.HasPrefix(e.Field, "lines") || e.Field == "tenders" || e.Field == "id" {
		return e.On("")
	}
	return e
}

// quickAmounts are the sums of cash people hand over for a total: the total itself and the next notes.
func quickAmounts(total money.Amount, currency money.Currency) []money.Amount {
	notes := []money.Amount{1_000, 5_000, 10_000, 50_000}
	if currency.Digits == 2 {
		notes = []money.Amount{100, 500, 1_000, 2_000, 5_000, 10_000}
	}
	amounts := []money.Amount{total}
	for _, n := range notes {
		if up := (total + n - 1) / n * n; up > amounts[len(amounts)-1] && len(amounts) < 5 {
			amounts = append(amounts, up)
		}
	}
	return amounts
}
