package orderingweb

import (
	"net/http"
	"strconv"

	"github.com/labstack/echo/v4"

	"maru/internal/kernel/money"
	"maru/internal/ordering"
	"maru/internal/ordering/orderingapi"
	"maru/internal/platform/errs"
	"maru/web/webkit"
)

// The ways to name a discount; each is the name of its input too.
const (
	byPercent = "percent"
	byAmount  = "amount"
)

// discountSheet shows what is taken off the open cart, to give or to change it.
func (p *pages) discountSheet(c echo.Context) error {
	ctx := c.Request().Context()
	cart, err := p.ordering.Cart(ctx, webkit.Principal(c), webkit.Store(c).ID)
	if err != nil {
		return err
	}
	if len(cart.Lines) == 0 {
		return ordering.ErrCartEmpty
	}
	asked, f := cart.Asked, webkit.NewForm("by", byPercent)
	switch {
	case asked.Percent > 0:
		f = webkit.NewForm("by", byPercent, byPercent, strconv.Itoa(asked.Percent), "reason", asked.Reason)
	case asked.Amount > 0:
		f = webkit.NewForm("by", byAmount, byAmount, webkit.MoneyValue(ctx, asked.Amount), "reason", asked.Reason)
	}
	return webkit.Render(c, http.StatusOK, discountSheet(cart, f))
}

func (p *pages) giveDiscount(c echo.Context) error {
	ctx, by, store := c.Request().Context(), webkit.Principal(c), webkit.Store(c).ID
	f := webkit.ReadForm(c)
	cmd := ordering.SetCartDiscount{StoreID: store}
	way := f.Choice("by", byPercent, byAmount)
	if way == byAmount {
		cmd.Discount.Amount = f.Money(byAmount, webkit.Currency(ctx), 1, money.Max)
	} else {
		cmd.Discount.Percent = f.Int(byPercent, 1, 100)
	}
	cmd.Discount.Reason = f.Text("reason", ordering.MaxDiscountReason)
	var cart ordering.Cart
	if f.OK() {
		var err error
		cart, err = p.ordering.SetCartDiscount(ctx, by, cmd)
		if e := errs.As(err); e != nil && e.Field == "discount" {
			err = e.On(way)
		}
		f.Refuse(err)
	}
	if err := f.Unexpected(); err != nil {
		return err
	}
	if !f.OK() {
		cart, err := p.ordering.Cart(ctx, by, store)
		if err != nil {
			return err
		}
		return webkit.Render(c, http.StatusUnprocessableEntity, discountForm(cart, f))
	}
	webkit.Trigger(c, "sheet:close")
	return showCart(c, cart)
}

func (p *pages) takeDiscountAway(c echo.Context) error {
	cart, err := p.ordering.SetCartDiscount(c.Request().Context(), webkit.Principal(c), ordering.SetCartDiscount{StoreID: webkit.Store(c).ID})
	if err != nil {
		return err
	}
	webkit.Trigger(c, "sheet:close")
	return showCart(c, cart)
}

// discounted reports whether something is, or would be, taken off.
func discounted(d orderingapi.Discount) bool { return d.Amount > 0 || d.Percent > 0 }
