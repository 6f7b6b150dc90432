package orderingweb

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"maru/internal/kernel/ids"
	"maru/internal/ordering"
	"maru/web/webkit"
)

func (p *pages) holdSheet(c echo.Context) error {
	return webkit.Render(c, http.StatusOK, holdSheet(nil))
}

func (p *pages) hold(c echo.Context) error {
	f := webkit.ReadForm(c)
	cart, err := p.ordering.HoldCart(c.Request().Context(), webkit.Principal(c), ordering.HoldCart{
		StoreID: webkit.Store(c).ID, Label: f.Value("label"),
	})
	if f.Refuse(err) {
		if err := f.Unexpected(); err != nil {
			return err
		}
		return webkit.Render(c, http.StatusUnprocessableEntity, holdForm(f))
	}
	webkit.Trigger(c, "sheet:close")
	return showCartWithToast(c, cart, webkit.Toast{Kind: webkit.ToastDone, Text: text.HeldDone})
}

func (p *pages) heldSheet(c echo.Context) error {
	held, err := p.ordering.HeldCarts(c.Request().Context(), webkit.Principal(c), webkit.Store(c).ID)
	if err != nil {
		return err
	}
	return webkit.Render(c, http.StatusOK, heldSheet(held))
}

// cartParam is the :cart of the URL; one that is not an id is the zero id, which no cart has.
func cartParam(c echo.Context) ids.CartID {
	id, err := ids.ParseCartID(c.Param("cart"))
	if err != nil {
		return ids.CartID{}
	}
	return id
}

func (p *pages) recall(c echo.Context) error {
	cart, err := p.ordering.RecallCart(c.Request().Context(), webkit.Principal(c), ordering.RecallCart{
		StoreID: webkit.Store(c).ID, CartID: cartParam(c),
	})
	if err != nil {
		return err
	}
	webkit.Trigger(c, "sheet:close")
	return showCart(c, cart, noReceipt())
}

func (p *pages) discard(c echo.Context) error {
	ctx, id := c.Request().Context(), cartParam(c)
	cmd := ordering.DiscardCart{StoreID: webkit.Store(c).ID, CartID: id}
	if err := p.ordering.DiscardCart(ctx, webkit.Principal(c), cmd); err != nil {
		return err
	}
	held, err := p.ordering.HeldCarts(ctx, webkit.Principal(c), cmd.StoreID)
	if err != nil {
		return err
	}
	webkit.Trigger(c, "cart:changed")
	return webkit.RenderWithToast(c, http.StatusOK, heldList(held), webkit.Toast{
		Kind: webkit.ToastDone, Text: text.Discarded,
		Undo: webkit.StorePath(ctx, "register/held/"+id.String()+"/undiscard"),
	})
}

func (p *pages) undiscard(c echo.Context) error {
	ctx, by := c.Request().Context(), webkit.Principal(c)
	cmd := ordering.DiscardCart{StoreID: webkit.Store(c).ID, CartID: cartParam(c), Undo: true}
	if err := p.ordering.DiscardCart(ctx, by, cmd); err != nil {
		return err
	}
	held, err := p.ordering.HeldCarts(ctx, by, cmd.StoreID)
	if err != nil {
		return err
	}
	cart, err := p.ordering.Cart(ctx, by, cmd.StoreID)
	if err != nil {
		return err
	}
	return showCart(c, cart, heldPartial(held))
}
