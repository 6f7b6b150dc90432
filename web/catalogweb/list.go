package catalogweb

import (
	"context"
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"maru/internal/catalog"
	"maru/internal/kernel/lang"
	"maru/web/webkit"
)

// mark says how an item of the draft stands to the version in force.
type mark string

const (
	unchanged mark = ""
	isNew     mark = "new"     // will be on the menu for the first time
	isChanged mark = "changed" // will be different
	isLeaving mark = "leaving" // is on the menu and will not be
	isOff     mark = "off"     // is not on the menu and will not be
)

type listView struct {
	Search, Category, Show string
	Sections               []listSection
	Categories             []catalog.Category
	Found, All, Pending    int
	Published              int64
}

func (v listView) categoryChoices(ctx context.Context) []webkit.Choice {
	choices := []webkit.Choice{{Label: webkit.T(ctx, text.AllCategories)}}
	for _, c := range v.Categories {
		choices = append(choices, webkit.Choice{Value: c.Code, Label: webkit.T(ctx, c.Name)})
	}
	return choices
}

type listSection struct {
	catalog.Category
	Items []listItem
}

type listItem struct {
	catalog.Item
	Mark mark
}

func (p *pages) list(c echo.Context) error {
	desk, err := p.menu.Desk(c.Request().Context())
	if err != nil {
		return err
	}
	v := listView{
		Search: strings.TrimSpace(c.QueryParam("q")), Category: c.QueryParam("category"), Show: c.QueryParam("show"),
		Categories: desk.Draft.Categories, Pending: len(desk.Pending.Changes), Published: desk.Pending.Published,
	}
	marks := marksOf(&desk)
	for _, category := range desk.Draft.Categories {
		section := listSection{Category: category}
		for _, item := range desk.Draft.Items {
			if item.Category != category.Code {
				continue
			}
			v.All++
			if l := (listItem{item, marks[item.Code]}); v.wants(l) {
				section.Items = append(section.Items, l)
			}
		}
		if len(section.Items) > 0 {
			v.Found += len(section.Items)
			v.Sections = append(v.Sections, section)
		}
	}
	return webkit.Render(c, http.StatusOK, listPage(v))
}

func (v listView) wants(l listItem) bool {
	if v.Category != "" && v.Category != l.Category {
		return false
	}
	switch v.Show {
	case "changed":
		if l.Mark != isNew && l.Mark != isChanged && l.Mark != isLeaving {
			return false
		}
	case "off":
		if l.OnSale {
			return false
		}
	}
	return matches(v.Search, l.Code, l.Name)
}

// matches reports whether every word of a search is in a code or in a name of any language, whatever
// the case and the spaces.
func matches(search, code string, name lang.Text) bool {
	squeeze := func(s string) string { return strings.ToLower(strings.ReplaceAll(s, " ", "")) }
	in := squeeze(code) + "\n" + squeeze(name.Ko) + "\n" + squeeze(name.En)
	for word := range strings.FieldsSeq(search) {
		if !strings.Contains(in, squeeze(word)) {
			return false
		}
	}
	return true
}

func marksOf(desk *catalog.Desk) map[string]mark {
	marks := make(map[string]mark)
	for _, ch := range desk.Pending.Changes {
		switch {
		case ch.Item == "":
		case ch.Kind == catalog.ItemAdded:
			marks[ch.Item] = isNew
		case ch.Kind == catalog.ItemRemoved:
			marks[ch.Item] = isLeaving
		default:
			marks[ch.Item] = isChanged
		}
	}
	for _, item := range desk.Draft.Items {
		if !item.OnSale && marks[item.Code] == unchanged {
			marks[item.Code] = isOff
		}
	}
	return marks
}
