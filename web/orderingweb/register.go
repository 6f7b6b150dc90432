package orderingweb

import (
	"net/http"
	"strconv"

	"github.com/labstack/echo/v4"

	"maru/internal/catalog/catalogapi"
	"maru/internal/kernel/ids"
	"maru/internal/kernel/lang"
	"maru/internal/kernel/money"
	"maru/internal/ordering"
	"maru/internal/platform/auth"
	"maru/internal/platform/errs"
	"maru/web/webkit"
)

// menuView is the menu as a register shows it.
type menuView struct {
	Sections []menuSection
	MayLimit bool
	Stopped  bool // the store takes no orders now
}

type menuSection struct {
	Category catalogapi.Category
	Cards    []menuCard
}

// menuCard is an item on the register.
type menuCard struct {
	Item     *catalogapi.Item
	Icon     string
	From     money.Amount
	Range    bool // sizes differ in price
	Blocked  bool
	Block    ordering.Block
	SizesOut []lang.Text // some sizes are out, and which
	Left     int
	Limited  bool
	Usual    bool // can be added as it is, with the usual options
	Plain    bool // there is nothing to choose
}

// register shows the menu and the person's open cart.
func (p *pages) register(c echo.Context) error {
	store := webkit.Store(c).ID
	sell, err := p.ordering.Sellable(store)
	if errs.KindOf(err) == errs.Unavailable || errs.KindOf(err) == errs.NotFound {
		return webkit.Render(c, http.StatusOK, registerClosed())
	}
	if err != nil {
		return err
	}
	cart, err := p.ordering.Cart(c.Request().Context(), webkit.Principal(c), store)
	if err != nil {
		return err
	}
	return webkit.Render(c, http.StatusOK, registerPage(p.menuOf(c, sell), cart))
}

// menu is the menu alone, for a page that is open.
func (p *pages) menu(c echo.Context) error {
	sell, err := p.ordering.Sellable(webkit.Store(c).ID)
	if err != nil {
		return err
	}
	return webkit.Render(c, http.StatusOK, menuSections(p.menuOf(c, sell)))
}

func (p *pages) menuOf(c echo.Context, sell *ordering.Sellable) menuView {
	v := menuView{MayLimit: webkit.Principal(c).MayAt(auth.ReceiveStock, sell.Store), Stopped: sell.Taking() != nil}
	at := map[ids.CategoryID]int{}
	for _, category := range sell.Menu.Categories {
		at[category.ID] = len(v.Sections)
		v.Sections = append(v.Sections, menuSection{Category: category})
	}
	for i := range sell.Menu.Items {
		item := &sell.Menu.Items[i]
		s, ok := at[item.Category]
		if !ok {
			continue
		}
		v.Sections[s].Cards = append(v.Sections[s].Cards, cardOf(sell, item, v.Sections[s].Category.Icon))
	}
	return v
}

func cardOf(sell *ordering.Sellable, item *catalogapi.Item, categoryIcon string) menuCard {
	card := menuCard{Item: item, Icon: knownIcon(item.Icon, categoryIcon), From: item.Sizes[0].Price}
	card.Block, card.Blocked = sell.ItemBlocked(item.ID)
	card.Left, card.Limited = sell.Left(item.ID)
	for _, size := range item.Sizes {
		card.Range = card.Range || size.Price != item.Sizes[0].Price
		card.From = min(card.From, size.Price)
		if _, out := sell.SizeBlock(item.ID, size.ID); out && !card.Blocked {
			card.SizesOut = append(card.SizesOut, size.Name)
		}
	}
	card.Plain = len(item.Sizes) == 1 && len(item.Groups) == 0
	_, err := sell.Price(usualChoice(sell, item))
	card.Usual = err == nil
	return card
}

func knownIcon(names ...string) string {
	for _, n := range names {
		if n != "" && webkit.HasIcon(n) {
			return n
		}
	}
	return "coffee"
}

// usualChoice is what most people order: the first size that can be had, with the options that are
// preset.
func usualChoice(sell *ordering.Sellable, item *catalogapi.Item) ordering.Choice {
	choice := ordering.Choice{ItemID: item.ID, SizeID: item.Sizes[0].ID, Quantity: 1}
	for _, size := range item.Sizes {
		if _, out := sell.SizeBlock(item.ID, size.ID); !out {
			choice.SizeID = size.ID
			break
		}
	}
	for _, id := range item.Groups {
		group, ok := sell.Group(id)
		if !ok {
			continue
		}
		for _, o := range group.Options {
			if _, out := sell.OptionBlock(item.ID, choice.SizeID, o.ID); o.Default && !out {
				choice.Options = append(choice.Options, ordering.ChosenOption{OptionID: o.ID, Quantity: 1})
			}
		}
	}
	return choice
}

// digitKey is the key that chooses the nth category, from 1; there are nine.
func digitKey(n int) string {
	if n < 1 || n > 9 {
		return ""
	}
	return strconv.Itoa(n)
}
