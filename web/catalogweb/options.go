package catalogweb

import (
	"context"
	"net/http"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"maru/internal/catalog"
	"maru/internal/kernel/lang"
	"maru/internal/kernel/money"
	"maru/web/webkit"
)

type groupView struct {
	Draft catalog.Draft
	Group catalog.OptionGroup
	New   bool
	Form  *rows // nil: nothing was typed
	Stale bool
}

func (p *pages) options(c echo.Context) error {
	draft, err := p.menu.Draft(c.Request().Context())
	if err != nil {
		return err
	}
	return webkit.Render(c, http.StatusOK, optionsPage(draft))
}

func (p *pages) optionGroup(c echo.Context) error {
	v, err := p.groupView(c)
	if err != nil {
		return err
	}
	return webkit.Render(c, http.StatusOK, groupPage(v))
}

func (p *pages) groupView(c echo.Context) (groupView, error) {
	draft, err := p.menu.Draft(c.Request().Context())
	if err != nil {
		return groupView{}, err
	}
	if c.Param("group") == added {
		return groupView{Draft: draft, New: true, Group: catalog.OptionGroup{Max: 1, Name: text.NewGroup}}, nil
	}
	group, ok := draft.Group(c.Param("group"))
	if !ok {
		return groupView{}, catalog.ErrUnknownGroup.With("code", c.Param("group"))
	}
	return groupView{Draft: draft, Group: group}, nil
}

func (p *pages) saveOptionGroup(c echo.Context) error {
	v, err := p.groupView(c)
	if err != nil {
		return err
	}
	f := webkit.ReadForm(c)
	v.Form = readRows(f, "options", "code")
	if f.Value("more") != "" {
		v.Form.Count++
		return webkit.Render(c, http.StatusOK, groupPage(v))
	}
	cmd := catalog.SaveOptionGroup{
		Code: v.Group.Code, Name: lang.Text{Ko: f.Value("name_ko"), En: f.Value("name_en")}, Min: f.Int("min", 0, 99), Max: f.Int("max", 1, 99),
		Options: v.Form.options(v.Draft.Currency), Seen: seen(f),
	}
	if v.New {
		cmd.Code, cmd.Seen = strings.TrimSpace(f.Value("code")), catalog.NotThere
	}
	if f.OK() {
		v.Form.refuse(second(p.menu.SaveOptionGroup(c.Request().Context(), webkit.Principal(c), cmd)))
	}
	if f.OK() {
		return webkit.Redirect(c, path("menu", "options"))
	}
	if err := f.Unexpected(); err != nil {
		return err
	}
	v.Stale = stale(f)
	return webkit.Render(c, http.StatusUnprocessableEntity, groupPage(v))
}

func (r *rows) options(cur money.Currency) []catalog.Option {
	var out []catalog.Option
	for i := range r.Count {
		if r.blank(i, "code", "name_ko", "name_en") {
			continue
		}
		r.take(i)
		o := catalog.Option{
			Code: strings.TrimSpace(r.Value(r.name(i, "code"))), Default: r.Bool(r.name(i, "default")),
			Name: lang.Text{Ko: r.Value(r.name(i, "name_ko")), En: r.Value(r.name(i, "name_en"))}, MaxQuantity: 1,
		}
		if !r.blank(i, "price") {
			o.Price = r.Money(r.name(i, "price"), cur, -catalog.MaxPrice, catalog.MaxPrice)
		}
		if !r.blank(i, "max_quantity") {
			o.MaxQuantity = r.Int(r.name(i, "max_quantity"), 1, 99)
		}
		out = append(out, o)
	}
	return out
}

type optionRow struct {
	Code, Ko, En, Price, Max string
	Default                  bool
}

func (v groupView) rows() []optionRow {
	var out []optionRow
	if v.Form != nil {
		for i := range v.Form.Count {
			value := func(column string) string { return v.Form.Value(v.Form.name(i, column)) }
			out = append(out, optionRow{
				value("code"), value("name_ko"), value("name_en"), value("price"), value("max_quantity"), v.Form.Bool(v.Form.name(i, "default")),
			})
		}
		return out
	}
	for _, o := range v.Group.Options {
		out = append(out, optionRow{o.Code, o.Name.Ko, o.Name.En, v.Draft.Currency.Decimal(o.Price), strconv.Itoa(o.MaxQuantity), o.Default})
	}
	return append(out, optionRow{})
}

func (v groupView) checked() *webkit.Form {
	if v.Form == nil {
		return nil
	}
	return v.Form.Form
}

// items lists the items that offer the group.
func (v groupView) items() []catalog.Item {
	var out []catalog.Item
	for _, i := range v.Draft.Items {
		for _, g := range i.Groups {
			if g == v.Group.Code {
				out = append(out, i)
			}
		}
	}
	return out
}

func groupAction(v groupView) string {
	if v.New {
		return path("menu", "options", added)
	}
	return path("menu", "options", v.Group.Code)
}

func groupNote(ctx context.Context, v groupView) string {
	if v.New {
		return webkit.T(ctx, text.OptionsMore)
	}
	return webkit.T(ctx, text.OfferedBy.With("n", strconv.Itoa(len(v.items()))))
}
