package orderingweb

import (
	"net/http"

	"github.com/a-h/templ"
	"github.com/google/uuid"
	"github.com/labstack/echo/v4"

	"maru/internal/kernel/dining"
	"maru/internal/kernel/ids"
	"maru/internal/kernel/lang"
	"maru/internal/ordering"
	"maru/web/webkit"
)

// cart is the cart alone, for a page that is open.
func (p *pages) cart(c echo.Context) error {
	cart, err := p.ordering.Cart(c.Request().Context(), webkit.Principal(c), webkit.Store(c).ID)
	if err != nil {
		return err
	}
	return webkit.Render(c, http.StatusOK, cartPanel(cart))
}

// showCart answers an action with the cart as it is now, wherever on the page the action was.
func showCart(c echo.Context, cart ordering.Cart, more ...templ.Component) error {
	return webkit.Render(c, http.StatusOK, templ.Join(append([]templ.Component{cartPartial(cart)}, more...)...))
}

func showCartWithToast(c echo.Context, cart ordering.Cart, t webkit.Toast) error {
	return webkit.RenderWithToast(c, http.StatusOK, cartPartial(cart), t)
}

// tapOf is the id the page gave to one tap; without a script there is none, and each request counts.
func tapOf(f *webkit.Form) uuid.UUID {
	id, err := uuid.Parse(f.Value("tap"))
	if err != nil {
		return uuid.Nil
	}
	return id
}

func (p *pages) addLine(c echo.Context) error {
	sell, err := p.ordering.Sellable(webkit.Store(c).ID)
	if err != nil {
		return err
	}
	f := webkit.ReadForm(c)
	if err := f.Unexpected(); err != nil {
		return err
	}
	id, _ := ids.ParseItemID(f.Value("item")) // one that cannot be read is on no menu
	item, ok := sell.Item(id)
	if !ok {
		return ordering.ErrUnknownItem
	}
	choice := readChoice(f, sell, item)
	if err := f.Err(); err != nil {
		return p.refuseChoice(c, p.choiceOf(c, sell, item, choice, uuid.Nil), f, err)
	}
	cart, err := p.ordering.AddToCart(c.Request().Context(), webkit.Principal(c), ordering.AddToCart{
		StoreID: sell.Store, Tap: tapOf(f), Choice: choice,
	})
	if err != nil {
		return p.refuseChoice(c, p.choiceOf(c, sell, item, choice, uuid.Nil), f, err)
	}
	webkit.Trigger(c, "sheet:close")
	return showCart(c, cart, noReceipt())
}

func (p *pages) changeLine(c echo.Context) error {
	sell, item, line, err := p.cartItem(c)
	if err != nil {
		return err
	}
	f := webkit.ReadForm(c)
	choice := readChoice(f, sell, item)
	if err := f.Err(); err != nil {
		return p.refuseChoice(c, p.choiceOf(c, sell, item, choice, line.ID), f, err)
	}
	cart, err := p.ordering.ChangeCartLine(c.Request().Context(), webkit.Principal(c), ordering.ChangeCartLine{
		StoreID: sell.Store, LineID: line.ID, Choice: choice,
	})
	if err != nil {
		return p.refuseChoice(c, p.choiceOf(c, sell, item, choice, line.ID), f, err)
	}
	webkit.Trigger(c, "sheet:close")
	return showCart(c, cart)
}

func (p *pages) stepLine(c echo.Context) error {
	f := webkit.ReadForm(c)
	by := f.Int("by", -1, 1)
	if err := f.Err(); err != nil {
		return err
	}
	cart, err := p.ordering.StepCartLine(c.Request().Context(), webkit.Principal(c), ordering.StepCartLine{
		StoreID: webkit.Store(c).ID, LineID: lineParam(c), Tap: tapOf(f), By: by,
	})
	if err != nil {
		return err
	}
	return showCart(c, cart)
}

func (p *pages) removeLine(c echo.Context) error {
	ctx, by, store := c.Request().Context(), webkit.Principal(c), webkit.Store(c).ID
	before, err := p.ordering.Cart(ctx, by, store)
	if err != nil {
		return err
	}
	line, ok := before.Line(lineParam(c))
	if !ok {
		return ordering.ErrNoCartLine
	}
	removal := ids.NewV7()
	cart, err := p.ordering.RemoveFromCart(ctx, by, ordering.RemoveFromCart{StoreID: store, LineID: line.ID, Removal: removal})
	if err != nil {
		return err
	}
	webkit.Trigger(c, "sheet:close") // of the line, if it is open
	return showCartWithToast(c, cart, undoToast(c, text.Removed.WithText("item", line.Priced.ItemName), removal))
}

func (p *pages) clearCart(c echo.Context) error {
	removal := ids.NewV7()
	cart, err := p.ordering.RemoveFromCart(c.Request().Context(), webkit.Principal(c), ordering.RemoveFromCart{
		StoreID: webkit.Store(c).ID, Removal: removal,
	})
	if err != nil {
		return err
	}
	return showCartWithToast(c, cart, undoToast(c, text.Cleared, removal))
}

func undoToast(c echo.Context, what lang.Text, removal uuid.UUID) webkit.Toast {
	return webkit.Toast{
		Kind: webkit.ToastDone, Text: what,
		Undo: webkit.StorePath(c.Request().Context(), "register/cart/undo/"+removal.String()),
	}
}

func (p *pages) undoRemoval(c echo.Context) error {
	removal, err := uuid.Parse(c.Param("removal"))
	if err != nil {
		return ordering.ErrNoCartLine
	}
	cart, err := p.ordering.UndoRemoval(c.Request().Context(), webkit.Principal(c), ordering.UndoRemoval{
		StoreID: webkit.Store(c).ID, Removal: removal,
	})
	if err != nil {
		return err
	}
	return showCart(c, cart)
}

func (p *pages) setDining(c echo.Context) error {
	cart, err := p.ordering.SetCartDining(c.Request().Context(), webkit.Principal(c), ordering.SetCartDining{
		StoreID: webkit.Store(c).ID, Dining: dining.Option(webkit.ReadForm(c).Value("dining")),
	})
	if err != nil {
		return err
	}
	return showCart(c, cart)
}
