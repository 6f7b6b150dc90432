package catalogweb

import (
	"net/http"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"maru/internal/catalog"
	"maru/internal/kernel/dining"
	"maru/internal/kernel/lang"
	"maru/internal/kernel/quantity"
	"maru/web/webkit"
)

// recipeView is the page on which components are edited: of a size of an item or of a sub-recipe.
type recipeView struct {
	Title, Note lang.Text
	Back        string
	BackLabel   lang.Text
	Action      string
	Sub         *catalog.SubRecipe // where it is a sub-recipe; empty for a new one
	New         bool
	Stamp       catalog.Stamp
	Draft       catalog.Draft
	Stored      []catalog.Component
	Form        *rows // nil: nothing was typed
	Stale       bool
}

// blankRows is how many empty rows stand below a recipe.
const blankRows = 3

func (p *pages) recipe(c echo.Context) error {
	v, _, err := p.recipeView(c)
	if err != nil {
		return err
	}
	return webkit.Render(c, http.StatusOK, recipePage(v))
}

func (p *pages) recipeView(c echo.Context) (recipeView, catalog.Size, error) {
	draft, err := p.menu.Draft(c.Request().Context())
	if err != nil {
		return recipeView{}, catalog.Size{}, err
	}
	item, ok := draft.Item(c.Param("item"))
	if !ok {
		return recipeView{}, catalog.Size{}, catalog.ErrUnknownItem.With("code", c.Param("item"))
	}
	size, ok := item.Size(c.Param("size"))
	if !ok {
		return recipeView{}, catalog.Size{}, catalog.ErrUnknownSize.With("item", item.Code, "code", c.Param("size"))
	}
	recipe := draft.Recipes[size.ID]
	return recipeView{
		Title: item.Name, Note: text.RecipeOf.WithText("size", size.Name), Back: path("menu", "items", item.Code), BackLabel: item.Name,
		Action: path("menu", "items", item.Code, "sizes", size.Code, "recipe"), Stamp: recipe.Stamp, Draft: draft, Stored: recipe.Components,
	}, size, nil
}

func (p *pages) saveRecipe(c echo.Context) error {
	v, size, err := p.recipeView(c)
	if err != nil {
		return err
	}
	f := webkit.ReadForm(c)
	v.Form = readRows(f, "components", "what")
	if f.Value("more") != "" {
		v.Form.Count += blankRows
		return webkit.Render(c, http.StatusOK, recipePage(v))
	}
	cmd := catalog.SaveRecipe{Item: c.Param("item"), Size: size.Code, Components: v.Form.components(), Seen: seen(f)}
	if f.Value("seen") == "0" {
		cmd.Seen = catalog.NotThere
	}
	if f.OK() {
		v.Form.refuse(p.menu.SaveRecipe(c.Request().Context(), webkit.Principal(c), cmd))
	}
	if f.OK() {
		return webkit.Redirect(c, v.Back)
	}
	if err := f.Unexpected(); err != nil {
		return err
	}
	v.Stale = stale(f)
	return webkit.Render(c, http.StatusUnprocessableEntity, recipePage(v))
}

// components reads the rows of a recipe; a row without a material and a quantity is not there.
func (r *rows) components() []catalog.Component {
	var out []catalog.Component
	for i := range r.Count {
		if r.blank(i, "what", "quantity") {
			continue
		}
		r.take(i)
		c := catalog.Component{Unit: strings.TrimSpace(r.Value(r.name(i, "unit")))}
		c.Material, c.Sub = ingredient(r.Value(r.name(i, "what")))
		c.Entered = r.Quantity(r.name(i, "quantity"), 1, quantity.Max)
		for _, d := range r.Values(r.name(i, "dining")) {
			c.Dining = append(c.Dining, dining.Option(d))
		}
		out = append(out, c)
	}
	return out
}

// ingredient reads the value of the list of what can be in a recipe: "m:beans" or "s:cold-brew".
func ingredient(value string) (material, sub string) {
	kind, code, _ := strings.Cut(value, ":")
	if kind == "s" {
		return "", code
	}
	return code, ""
}

// componentRow is a row of the form: as typed, or as stored.
type componentRow struct {
	What, Quantity, Unit string
	Dining               []string
}

func (v recipeView) rows() []componentRow {
	var out []componentRow
	if v.Form != nil {
		for i := range v.Form.Count {
			out = append(out, componentRow{
				What: v.Form.Value(v.Form.name(i, "what")), Quantity: v.Form.Value(v.Form.name(i, "quantity")),
				Unit: v.Form.Value(v.Form.name(i, "unit")), Dining: v.Form.Values(v.Form.name(i, "dining")),
			})
		}
		return out
	}
	for _, c := range v.Stored {
		row := componentRow{What: "m:" + c.Material, Quantity: c.Entered.Decimal(), Unit: c.Unit}
		if c.Sub != "" {
			row.What = "s:" + c.Sub
		}
		for _, d := range c.Dining {
			row.Dining = append(row.Dining, string(d))
		}
		out = append(out, row)
	}
	return append(out, make([]componentRow, blankRows)...)
}

func (r componentRow) servedAs(d dining.Option) bool { return slices.Contains(r.Dining, string(d)) }

// checked is the form whose problems the page shows.
func (v recipeView) checked() *webkit.Form {
	if v.Form == nil {
		return nil
	}
	return v.Form.Form
}

// units lists the units that somebody may write: those of everything, and the packs of all materials.
func (v recipeView) units() []string {
	out := []string{"g", "kg", "ml", "l", "ea"}
	for _, m := range v.Draft.Materials {
		for _, name := range sortedPacks(m.Scale.Packs) {
			if !slices.Contains(out, name) {
				out = append(out, name)
			}
		}
	}
	return out
}
