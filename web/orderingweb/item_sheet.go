package orderingweb

import (
	"net/http"
	"strconv"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"

	"maru/internal/catalog/catalogapi"
	"maru/internal/kernel/ids"
	"maru/internal/kernel/money"
	"maru/internal/ordering"
	"maru/internal/platform/auth"
	"maru/internal/platform/errs"
	"maru/web/webkit"
	"maru/web/webkit/problem"
)

// choiceView is the sheet on which an item's size, options and quantity are chosen.
type choiceView struct {
	Item     *catalogapi.Item
	Line     uuid.UUID // the cart's line that is changed; zero: a new one
	Sizes    []sizeChoice
	Groups   []groupChoice
	Quantity string
	Unit     money.Amount
	Count    int
	Blocked  bool
	Block    ordering.Block
	Limited  bool
	Left     int
	MayLimit bool
	Problem  *errs.Error
}

type sizeChoice struct {
	catalogapi.Size
	Chosen, Out bool
}

type groupChoice struct {
	*catalogapi.OptionGroup
	Kind    groupKind
	Options []optionChoice
	Chosen  int
}

type optionChoice struct {
	catalogapi.Option
	Chosen int
	Out    bool
}

// itemSheet shows the sheet of an item; with form values it shows these, so that a page whose sheet is
// open can ask again when something was sold out.
func (p *pages) itemSheet(c echo.Context) error {
	sell, item, err := p.sellableItem(c)
	if err != nil {
		return err
	}
	f := webkit.ReadForm(c)
	choice := usualChoice(sell, item)
	if f.Value("size") != "" {
		choice = readChoice(f, sell, item)
	}
	return p.showChoice(c, p.choiceOf(c, sell, item, choice, uuid.Nil), f)
}

// lineSheet shows the sheet of a line of the cart.
func (p *pages) lineSheet(c echo.Context) error {
	sell, item, line, err := p.cartItem(c)
	if err != nil {
		return err
	}
	f := webkit.ReadForm(c)
	choice := line.Choice
	if f.Value("size") != "" {
		choice = readChoice(f, sell, item)
	}
	return p.showChoice(c, p.choiceOf(c, sell, item, choice, line.ID), f)
}

func (p *pages) showChoice(c echo.Context, v choiceView, f *webkit.Form) error {
	if q := f.Value("quantity"); q != "" {
		v.Quantity = q
	}
	if c.Request().Header.Get("HX-Target") == "form#choice" {
		return webkit.Render(c, http.StatusOK, choiceForm(v))
	}
	return webkit.Render(c, http.StatusOK, choiceSheet(v))
}

// refuseChoice shows the sheet again with what is wrong; where the choice came from elsewhere, the
// error goes its usual way.
func (p *pages) refuseChoice(c echo.Context, v choiceView, f *webkit.Form, err error) error {
	e := errs.As(err)
	if fields := problem.FieldsOf(err); len(fields) > 0 {
		e = fields[0]
	}
	if e == nil || c.Request().Header.Get("HX-Source") != "form#choice" {
		return err
	}
	v.Problem, v.Quantity = e, f.Value("quantity")
	h := c.Response().Header()
	h.Set("HX-Retarget", "#choice")
	h.Set("HX-Reswap", "outerMorph")
	return webkit.Render(c, problem.StatusOf(e.Kind), choiceForm(v))
}

func (p *pages) sellableItem(c echo.Context) (*ordering.Sellable, *catalogapi.Item, error) {
	sell, err := p.ordering.Sellable(webkit.Store(c).ID)
	if err != nil {
		return nil, nil, err
	}
	id, err := ids.ParseItemID(c.Param("item"))
	if err != nil {
		return nil, nil, ordering.ErrUnknownItem
	}
	item, ok := sell.Item(id)
	if !ok {
		return nil, nil, ordering.ErrUnknownItem
	}
	return sell, item, nil
}

func (p *pages) cartItem(c echo.Context) (*ordering.Sellable, *catalogapi.Item, ordering.CartLine, error) {
	store := webkit.Store(c).ID
	cart, err := p.ordering.Cart(c.Request().Context(), webkit.Principal(c), store)
	if err != nil {
		return nil, nil, ordering.CartLine{}, err
	}
	line, ok := cart.Line(lineParam(c))
	if !ok {
		return nil, nil, line, ordering.ErrNoCartLine
	}
	sell, err := p.ordering.Sellable(store)
	if err != nil {
		return nil, nil, line, err
	}
	item, ok := sell.Item(line.Choice.ItemID)
	if !ok {
		return nil, nil, line, ordering.ErrUnknownItem
	}
	return sell, item, line, nil
}

// lineParam is the :line of the URL; one that is not an id is the zero id, which no line has.
func lineParam(c echo.Context) uuid.UUID {
	id, err := uuid.Parse(c.Param("line"))
	if err != nil {
		return uuid.Nil
	}
	return id
}

func (p *pages) choiceOf(c echo.Context, sell *ordering.Sellable, item *catalogapi.Item, choice ordering.Choice, line uuid.UUID) choiceView {
	v := choiceView{
		Item: item, Line: line, Quantity: strconv.Itoa(choice.Quantity), Count: max(choice.Quantity, 1),
		MayLimit: webkit.Principal(c).MayAt(auth.ReceiveStock, sell.Store),
	}
	v.Block, v.Blocked = sell.ItemBlocked(item.ID)
	v.Left, v.Limited = sell.Left(item.ID)
	for _, size := range item.Sizes {
		_, out := sell.SizeBlock(item.ID, size.ID)
		chosen := size.ID == choice.SizeID && !out
		if chosen {
			v.Unit += size.Price
		}
		v.Sizes = append(v.Sizes, sizeChoice{Size: size, Chosen: chosen, Out: out})
	}
	chosen := map[ids.OptionID]int{}
	for _, o := range choice.Options {
		chosen[o.OptionID] = o.Quantity
	}
	for _, id := range item.Groups {
		group, ok := sell.Group(id)
		if !ok {
			continue
		}
		g := groupChoice{OptionGroup: group, Kind: kindOf(group)}
		for _, o := range group.Options {
			n := chosen[o.ID]
			_, out := sell.OptionBlock(item.ID, choice.SizeID, o.ID)
			if out {
				n = 0
			}
			n = min(max(n, 0), o.MaxQuantity)
			g.Chosen += n
			v.Unit += o.Price * money.Amount(n)
			g.Options = append(g.Options, optionChoice{Option: o, Chosen: n, Out: out})
		}
		v.Groups = append(v.Groups, g)
	}
	return v
}
