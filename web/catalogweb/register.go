// Package catalogweb is headquarters' pages of the menu: items, recipes, option groups, materials and
// published versions, and the menu in the JSON API.
package catalogweb

import (
	"net/url"

	"maru/internal/catalog"
	"maru/internal/platform/auth"
	"maru/web/webkit"
)

type pages struct {
	menu *catalog.Service
}

// Register adds the pages to the site.
func Register(site *webkit.Site, menu *catalog.Service) {
	p := &pages{menu: menu}
	r, may := site.Router(), webkit.AtHQ(auth.EditMenu)

	r.GET("/hq/menu", may, p.list)
	r.GET("/hq/menu/new", may, p.newItem)
	r.POST("/hq/menu/new", may, p.createItem)
	r.GET("/hq/menu/items/:item", may, p.item)
	r.POST("/hq/menu/items/:item", may, p.saveItem)
	r.POST("/hq/menu/items/:item/sizes", may, p.saveSizes)
	r.GET("/hq/menu/items/:item/sizes/:size/recipe", may, p.recipe)
	r.POST("/hq/menu/items/:item/sizes/:size/recipe", may, p.saveRecipe)

	r.GET("/hq/menu/options", may, p.options)
	r.GET("/hq/menu/options/:group", may, p.optionGroup)
	r.POST("/hq/menu/options/:group", may, p.saveOptionGroup)

	r.GET("/hq/menu/sub-recipes", may, p.subRecipes)
	r.GET("/hq/menu/sub-recipes/:recipe", may, p.subRecipe)
	r.POST("/hq/menu/sub-recipes/:recipe", may, p.saveSubRecipe)

	r.GET("/hq/materials", may, p.materials)
	r.GET("/hq/materials/:material", may, p.material)
	r.POST("/hq/materials/:material", may, p.saveMaterial)

	r.GET("/hq/menu/versions", may, p.versions)
	r.POST("/hq/menu/versions", may, p.publish)
	r.GET("/hq/menu/versions/:version", may, p.version)

	site.Nav(
		webkit.NavItem{Path: "/hq/menu", Label: text.Menu, Icon: "coffee", Needs: auth.EditMenu, Order: 20},
		webkit.NavItem{Path: "/hq/materials", Label: text.Materials, Icon: "package", Needs: auth.EditMenu, Order: 25},
	)
}

// added is the code under which the page of something new is found: no code may contain "+".
const added = "+new"

// path joins parts into a path below /hq, escaped.
func path(parts ...string) string {
	s := "/hq"
	for _, p := range parts {
		s += "/" + url.PathEscape(p)
	}
	return s
}

func tabs(here string) []webkit.Tab {
	list := []webkit.Tab{
		{Label: text.Items, URL: "/hq/menu", Icon: "coffee"},
		{Label: text.Options, URL: "/hq/menu/options", Icon: "sliders-horizontal"},
		{Label: text.SubRecipes, URL: "/hq/menu/sub-recipes", Icon: "beaker"},
		{Label: text.Versions, URL: "/hq/menu/versions", Icon: "history"},
	}
	for i := range list {
		list[i].Current = list[i].URL == here
	}
	return list
}
