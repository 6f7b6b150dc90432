package catalogweb

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"maru/internal/catalog"
	"maru/internal/kernel/dining"
	"maru/internal/kernel/quantity"
	"maru/internal/platform/errs"
	"maru/web/webkit"
)

const versionsPerPage = 30

type versionsView struct {
	Pending  catalog.Pending
	Versions []catalog.Version
	Older    string
	Form     *webkit.Form
}

func (p *pages) versions(c echo.Context) error {
	return p.renderVersions(c, http.StatusOK, nil)
}

func (p *pages) renderVersions(c echo.Context, status int, f *webkit.Form) error {
	ctx := c.Request().Context()
	pending, err := p.menu.Pending(ctx)
	if err != nil {
		return err
	}
	before, _ := strconv.ParseInt(c.QueryParam("before"), 10, 64) // nonsense starts at the beginning
	list, err := p.menu.Versions(ctx, before, versionsPerPage+1)
	if err != nil {
		return err
	}
	v := versionsView{Pending: pending, Versions: list, Form: f}
	if len(list) > versionsPerPage {
		v.Versions = list[:versionsPerPage]
		v.Older = "/hq/menu/versions?before=" + strconv.FormatInt(v.Versions[versionsPerPage-1].Number, 10)
	}
	return webkit.Render(c, status, versionsPage(v))
}

func (p *pages) publish(c echo.Context) error {
	f := webkit.ReadForm(c)
	version, err := p.menu.PublishMenu(c.Request().Context(), webkit.Principal(c), catalog.PublishMenu{Note: f.Value("note")})
	if !f.Refuse(err) {
		return webkit.Redirect(c, path("menu", "versions", strconv.FormatInt(version, 10)))
	}
	if err := f.Unexpected(); err != nil {
		return err
	}
	return p.renderVersions(c, http.StatusUnprocessableEntity, f)
}

func (p *pages) version(c echo.Context) error {
	number, err := strconv.ParseInt(c.Param("version"), 10, 64)
	if err != nil {
		return catalog.ErrUnknownVersion
	}
	v, err := p.menu.Version(c.Request().Context(), number)
	if err != nil {
		return err
	}
	return webkit.Render(c, http.StatusOK, versionPage(v))
}

// obstacles lists why the draft cannot be published; nothing to publish is none.
func (v versionsView) obstacles() []*errs.Error {
	var fields errs.Fields
	switch {
	case v.Pending.Problems == nil, errors.Is(v.Pending.Problems, catalog.ErrNothingChanged):
		return nil
	case errors.As(v.Pending.Problems, &fields):
		return fields
	}
	if e := errs.As(v.Pending.Problems); e != nil {
		return []*errs.Error{e}
	}
	return nil
}

func (v versionsView) nothing() bool { return errors.Is(v.Pending.Problems, catalog.ErrNothingChanged) }

// changeLine is a change in words: what it is about, what kind it is, and from what to what.
type changeLine struct {
	URL, Subject, What, From, To string
	Tone                         webkit.Tone
}

func changeLines(ctx context.Context, changes []catalog.Change) []changeLine {
	out := make([]changeLine, len(changes))
	for i, ch := range changes {
		out[i] = lineOf(ctx, ch)
	}
	return out
}

func lineOf(ctx context.Context, ch catalog.Change) changeLine {
	l := changeLine{Subject: webkit.T(ctx, ch.Subject), What: webkit.T(ctx, changeWords[ch.Kind]), Tone: webkit.Inform}
	if part := webkit.T(ctx, ch.Part); part != "" {
		l.Subject += " · " + part
	}
	if ch.Item != "" {
		l.URL = path("menu", "items", ch.Item)
	}
	switch ch.Kind {
	case catalog.ItemAdded, catalog.SizeAdded:
		l.Tone, l.To = webkit.Warm, webkit.Money(ctx, ch.NewPrice)
	case catalog.ItemRemoved, catalog.SizeRemoved, catalog.GroupRemoved, catalog.OptionRemoved:
		l.Tone = webkit.Low
	case catalog.PriceChanged:
		l.From, l.To = webkit.Money(ctx, ch.OldPrice), webkit.Money(ctx, ch.NewPrice)
	case catalog.OptionChanged:
		if ch.OldPrice != ch.NewPrice {
			l.From, l.To = webkit.Money(ctx, ch.OldPrice), webkit.Money(ctx, ch.NewPrice)
		} else if ch.Before != ch.After {
			l.From, l.To = webkit.T(ctx, ch.Before), webkit.T(ctx, ch.After)
		}
	case catalog.RecipeChanged:
		l.What += " · " + recipePart(ctx, ch)
		l.From, l.To = quantityText(ctx, ch.OldQuantity, ch.Unit), quantityText(ctx, ch.NewQuantity, ch.Unit)
	case catalog.ItemRenamed, catalog.ItemMoved, catalog.SizeRenamed, catalog.CategoryChanged, catalog.GroupChanged:
		if ch.Before != ch.After {
			l.From, l.To = webkit.T(ctx, ch.Before), webkit.T(ctx, ch.After)
		}
	case catalog.GroupAdded, catalog.OptionAdded:
		l.Tone = webkit.Warm
	case catalog.ItemChanged, catalog.NutritionChange, catalog.OptionRecipe, catalog.OrderChanged:
	}
	return l
}

func recipePart(ctx context.Context, ch catalog.Change) string {
	s := webkit.T(ctx, ch.Material)
	var served []string
	for _, d := range dining.All {
		for _, have := range ch.Dining {
			if have == d {
				served = append(served, webkit.T(ctx, diningNames[d]))
			}
		}
	}
	if len(served) > 0 {
		s += " (" + strings.Join(served, ", ") + ")"
	}
	return s
}

func quantityText(ctx context.Context, q quantity.Milli, unit quantity.Unit) string {
	if q == 0 {
		return webkit.T(ctx, text.NoneOfIt)
	}
	return webkit.ExactQuantity(ctx, q, unit)
}
