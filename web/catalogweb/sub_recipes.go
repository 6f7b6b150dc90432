package catalogweb

import (
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"maru/internal/catalog"
	"maru/internal/kernel/lang"
	"maru/internal/kernel/quantity"
	"maru/web/webkit"
)

func (p *pages) subRecipes(c echo.Context) error {
	draft, err := p.menu.Draft(c.Request().Context())
	if err != nil {
		return err
	}
	return webkit.Render(c, http.StatusOK, subRecipesPage(draft))
}

func (p *pages) subRecipe(c echo.Context) error {
	v, err := p.subRecipeView(c)
	if err != nil {
		return err
	}
	return webkit.Render(c, http.StatusOK, recipePage(v))
}

func (p *pages) subRecipeView(c echo.Context) (recipeView, error) {
	draft, err := p.menu.Draft(c.Request().Context())
	if err != nil {
		return recipeView{}, err
	}
	v := recipeView{
		Back: path("menu", "sub-recipes"), BackLabel: text.SubRecipes, Action: path("menu", "sub-recipes", c.Param("recipe")), Draft: draft,
	}
	if c.Param("recipe") == added {
		v.New, v.Title, v.Note, v.Sub = true, text.NewSubRecipe, text.SubRecipeMore, &catalog.SubRecipe{Unit: quantity.Millilitre}
		return v, nil
	}
	sub, ok := draft.SubRecipe(c.Param("recipe"))
	if !ok {
		return recipeView{}, catalog.ErrUnknownSubRecipe.With("code", c.Param("recipe"))
	}
	v.Title, v.Note, v.Sub, v.Stamp, v.Stored = sub.Name, text.SubRecipeMore, &sub, sub.Stamp, sub.Components
	return v, nil
}

func (p *pages) saveSubRecipe(c echo.Context) error {
	v, err := p.subRecipeView(c)
	if err != nil {
		return err
	}
	f := webkit.ReadForm(c)
	v.Form = readRows(f, "components", "what")
	if f.Value("more") != "" {
		v.Form.Count += blankRows
		return webkit.Render(c, http.StatusOK, recipePage(v))
	}
	cmd := catalog.SaveSubRecipe{
		Code: v.Sub.Code, Name: lang.Text{Ko: f.Value("name_ko"), En: f.Value("name_en")}, Yield: f.Quantity("yield", 1, quantity.Max),
		Unit: f.Value("unit"), Components: v.Form.components(), Seen: seen(f),
	}
	if v.New {
		cmd.Code, cmd.Seen = strings.TrimSpace(f.Value("code")), catalog.NotThere
	}
	if f.OK() {
		v.Form.refuse(second(p.menu.SaveSubRecipe(c.Request().Context(), webkit.Principal(c), cmd)))
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
