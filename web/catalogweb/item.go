package catalogweb

import (
	"errors"
	"net/http"
	"slices"
	"strconv"

	"github.com/labstack/echo/v4"

	"maru/internal/catalog"
	"maru/internal/catalog/catalogapi"
	"maru/internal/kernel/dining"
	"maru/internal/kernel/lang"
	"maru/internal/platform/errs"
	"maru/web/webkit"
)

type itemView struct {
	Item   catalog.Item // as stored
	Form   *webkit.Form // of the item; nil: nothing was typed
	Sizes  *sizesForm
	Draft  catalog.Draft
	Mark   mark
	New    bool
	Stale  bool // somebody else saved meanwhile
	Costs  map[string]sizeCost
	Groups []catalog.OptionGroup // of the item, in its order
}

// sizeCost is what the materials of one unit cost, per dining option.
type sizeCost struct {
	ForHere, Takeaway catalog.Cost
	Problem           *lang.Text
}

func (p *pages) newItem(c echo.Context) error {
	draft, err := p.menu.Draft(c.Request().Context())
	if err != nil {
		return err
	}
	v := itemView{New: true, Draft: draft, Item: catalog.Item{OnSale: true, Category: c.QueryParam("category")}}
	return webkit.Render(c, http.StatusOK, newItemPage(v))
}

func (p *pages) createItem(c echo.Context) error {
	ctx := c.Request().Context()
	f := webkit.ReadForm(c)
	cmd := itemCommand(f, catalog.Item{})
	cmd.Code, cmd.Seen = f.Value("code"), catalog.NotThere
	if !f.Refuse(second(p.menu.SaveItem(ctx, webkit.Principal(c), cmd))) {
		return webkit.Redirect(c, path("menu", "items", cmd.Code))
	}
	if err := f.Unexpected(); err != nil {
		return err
	}
	draft, err := p.menu.Draft(ctx)
	if err != nil {
		return err
	}
	return webkit.Render(c, http.StatusUnprocessableEntity, newItemPage(itemView{New: true, Draft: draft, Form: f}))
}

func (p *pages) item(c echo.Context) error {
	v, err := p.itemView(c)
	if err != nil {
		return err
	}
	return webkit.Render(c, http.StatusOK, itemPage(v))
}

func (p *pages) saveItem(c echo.Context) error {
	v, err := p.itemView(c)
	if err != nil {
		return err
	}
	f := webkit.ReadForm(c)
	cmd := itemCommand(f, v.Item)
	cmd.Code, cmd.Seen = v.Item.Code, seen(f)
	if !f.Refuse(second(p.menu.SaveItem(c.Request().Context(), webkit.Principal(c), cmd))) {
		return webkit.Redirect(c, path("menu", "items", cmd.Code))
	}
	if err := f.Unexpected(); err != nil {
		return err
	}
	v.Form, v.Stale = f, stale(f)
	return webkit.Render(c, http.StatusUnprocessableEntity, itemPage(v))
}

// itemCommand reads the form of an item; what it does not show stays as it is.
func itemCommand(f *webkit.Form, was catalog.Item) catalog.SaveItem {
	chosen := f.Values("groups")
	groups := slices.DeleteFunc(slices.Clone(was.Groups), func(g string) bool { return !slices.Contains(chosen, g) })
	for _, g := range chosen { // new ones are asked after those that were there
		if !slices.Contains(groups, g) {
			groups = append(groups, g)
		}
	}
	return catalog.SaveItem{
		Category: f.Value("category"), Name: lang.Text{Ko: f.Value("name_ko"), En: f.Value("name_en")}, Icon: f.Value("icon"),
		TaxFree: f.Bool("tax_free"), OnSale: f.Bool("on_sale"), Groups: groups, Allergens: was.Allergens,
	}
}

func (p *pages) itemView(c echo.Context) (itemView, error) {
	desk, err := p.menu.Desk(c.Request().Context())
	if err != nil {
		return itemView{}, err
	}
	item, ok := desk.Draft.Item(c.Param("item"))
	if !ok {
		return itemView{}, catalog.ErrUnknownItem.With("code", c.Param("item"))
	}
	v := itemView{Item: item, Draft: desk.Draft, Mark: marksOf(&desk)[item.Code], Costs: make(map[string]sizeCost)}
	for _, code := range item.Groups {
		if g, ok := desk.Draft.Group(code); ok {
			v.Groups = append(v.Groups, g)
		}
	}
	for _, size := range item.Sizes {
		v.Costs[size.Code] = costOf(&desk.Draft, desk.Draft.Recipes[size.ID].Components)
	}
	return v, nil
}

func costOf(d *catalog.Draft, components []catalog.Component) sizeCost {
	here, err := d.CostOf(components, dining.ForHere)
	if e := errs.As(err); e != nil {
		return sizeCost{Problem: &e.Text}
	}
	away, _ := d.CostOf(components, dining.Takeaway) // fails exactly where the other does
	return sizeCost{ForHere: here, Takeaway: away}
}

// seen is the revision that the person at the form saw.
func seen(f *webkit.Form) int64 {
	n, err := strconv.ParseInt(f.Value("seen"), 10, 64)
	if err != nil || n < 1 {
		return 1 << 62 // a form without one has seen nothing that is there
	}
	return n
}

func stale(f *webkit.Form) bool { return errors.Is(f.Err(), catalog.ErrStale) }

func second[T any](_ T, err error) error { return err }

// allergensBy returns the allergens of an item with a status, by name.
func allergensBy(item catalog.Item, status string) []lang.Text {
	var out []lang.Text
	for _, code := range catalog.AllergenCodes {
		if slices.Contains(item.Allergens, catalogapi.Allergen{Code: code, Status: status}) {
			out = append(out, catalog.AllergenName(code))
		}
	}
	return out
}

// unknownAllergens returns the allergens that nothing is said about: unknown is not none.
func unknownAllergens(item catalog.Item) []lang.Text {
	var out []lang.Text
	for _, code := range catalog.AllergenCodes {
		if !slices.ContainsFunc(item.Allergens, func(a catalogapi.Allergen) bool { return a.Code == code }) {
			out = append(out, catalog.AllergenName(code))
		}
	}
	return out
}
