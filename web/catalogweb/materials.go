package catalogweb

import (
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"maru/internal/catalog"
	"maru/internal/kernel/lang"
	"maru/internal/kernel/quantity"
	"maru/web/webkit"
)

type materialsView struct {
	Search    string
	All       int
	Materials []usedMaterial
}

// usedMaterial is a material with how many recipes name it.
type usedMaterial struct {
	catalog.Material
	Recipes int
}

func (p *pages) materials(c echo.Context) error {
	draft, err := p.menu.Draft(c.Request().Context())
	if err != nil {
		return err
	}
	v := materialsView{Search: strings.TrimSpace(c.QueryParam("q")), All: len(draft.Materials)}
	used := uses(&draft)
	for _, m := range draft.Materials {
		if matches(v.Search, m.Code, m.Name) {
			v.Materials = append(v.Materials, usedMaterial{m, len(used[m.Code])})
		}
	}
	return webkit.Render(c, http.StatusOK, materialsPage(v))
}

// user is what uses a material: a size of an item, a sub-recipe or an option.
type user struct {
	Name lang.Text
	URL  string
}

// uses lists who uses each material, by code.
func uses(d *catalog.Draft) map[string][]user {
	out := make(map[string][]user)
	note := func(material string, u user) {
		if !slices.Contains(out[material], u) {
			out[material] = append(out[material], u)
		}
	}
	for _, item := range d.Items {
		for _, size := range item.Sizes {
			for _, c := range d.Recipes[size.ID].Components {
				if c.Material != "" {
					note(c.Material, user{item.Name, path("menu", "items", item.Code)})
				}
			}
		}
	}
	for _, s := range d.SubRecipes {
		for _, c := range s.Components {
			if c.Material != "" {
				note(c.Material, user{s.Name, path("menu", "sub-recipes", s.Code)})
			}
		}
	}
	for _, g := range d.Groups {
		for _, o := range g.Options {
			for _, delta := range o.Deltas {
				u := user{o.Name, path("menu", "options", g.Code)}
				note(delta.Material, u)
				if delta.With != "" {
					note(delta.With, u)
				}
			}
		}
	}
	return out
}

type materialView struct {
	Material catalog.Material // as stored; empty where it is new
	New      bool
	Users    []user
	Form     *webkit.Form
	Stale    bool
}

func (p *pages) material(c echo.Context) error {
	v, err := p.materialView(c)
	if err != nil {
		return err
	}
	return webkit.Render(c, http.StatusOK, materialPage(v))
}

func (p *pages) materialView(c echo.Context) (materialView, error) {
	if c.Param("material") == added {
		return materialView{New: true, Material: catalog.Material{Name: text.NewMaterial, Scale: quantity.Scale{Base: quantity.Gram}}}, nil
	}
	draft, err := p.menu.Draft(c.Request().Context())
	if err != nil {
		return materialView{}, err
	}
	m, ok := draft.Material(c.Param("material"))
	if !ok {
		return materialView{}, catalog.ErrUnknownMaterial.With("code", c.Param("material"))
	}
	return materialView{Material: m, Users: uses(&draft)[m.Code]}, nil
}

func (p *pages) saveMaterial(c echo.Context) error {
	v, err := p.materialView(c)
	if err != nil {
		return err
	}
	f := webkit.ReadForm(c)
	cmd := materialCommand(f)
	if v.New {
		cmd.Code, cmd.Seen = strings.TrimSpace(f.Value("code")), catalog.NotThere
	} else {
		cmd.Code, cmd.Seen, cmd.Scale.Base = v.Material.Code, seen(f), v.Material.Scale.Base
	}
	cmd.Scale.Packs = readPacks(f, cmd.Scale)
	if f.OK() {
		f.Refuse(second(p.menu.SaveMaterial(c.Request().Context(), webkit.Principal(c), cmd)))
	}
	if f.OK() {
		return webkit.Redirect(c, "/hq/materials")
	}
	if err := f.Unexpected(); err != nil {
		return err
	}
	v.Form, v.Stale = f, stale(f)
	return webkit.Render(c, http.StatusUnprocessableEntity, materialPage(v))
}

func materialCommand(f *webkit.Form) catalog.SaveMaterial {
	cmd := catalog.SaveMaterial{
		Name:  lang.Text{Ko: f.Value("name_ko"), En: f.Value("name_en")},
		Scale: quantity.Scale{Base: quantity.Unit(f.Value("base_unit"))},
	}
	if strings.TrimSpace(f.Value("density")) != "" {
		cmd.Scale.Density = int64(f.Int("density", 0, 30_000))
	}
	if strings.TrimSpace(f.Value("low")) != "" {
		cmd.Low = f.Quantity("low", 0, quantity.Max)
	}
	if s := strings.TrimSpace(f.Value("cost")); s != "" {
		var err error
		if cmd.Cost, err = catalog.ParseCost(s); err != nil {
			f.Add(catalog.ErrCost.On("cost"))
		}
	}
	return cmd
}

// readPacks reads "팩=1 l; 상자=12 l": what packs hold, in the base unit where none is named.
func readPacks(f *webkit.Form, scale quantity.Scale) map[string]quantity.Milli {
	out := make(map[string]quantity.Milli)
	for part := range strings.SplitSeq(f.Value("packs"), ";") {
		if strings.TrimSpace(part) == "" {
			continue
		}
		name, holds, _ := strings.Cut(part, "=")
		n, unit, _ := strings.Cut(strings.TrimSpace(holds), " ")
		if unit = strings.TrimSpace(unit); unit == "" {
			unit = string(scale.Base)
		}
		q, err := quantity.Parse(n)
		if err == nil {
			q, err = scale.Convert(q, unit)
		}
		if err != nil {
			f.Add(catalog.ErrPack.With("pack", strings.TrimSpace(part)).On("packs"))
			continue
		}
		out[strings.TrimSpace(name)] = q
	}
	return out
}

func sortedPacks(packs map[string]quantity.Milli) []string { return slices.Sorted(maps.Keys(packs)) }

func densityText(density int64) string {
	if density == 0 {
		return ""
	}
	return strconv.FormatInt(density, 10)
}

func lowText(low quantity.Milli) string {
	if low == 0 {
		return ""
	}
	return low.Decimal()
}

func materialAction(v materialView) string {
	if v.New {
		return path("materials", added)
	}
	return path("materials", v.Material.Code)
}

// orStored is the hint of an input: what is stored, where somebody else saved meanwhile.
func orStored(v materialView, name, value string, hint lang.Text) lang.Text {
	if s := stored(v.Stale, v.Form, name, value); s.Ko != "" {
		return s
	}
	return hint
}

// baseOf is the unit behind a number; a new material has none yet.
func baseOf(v materialView) string {
	if v.New {
		return ""
	}
	return string(v.Material.Scale.Base)
}

func perUnit(v materialView) string {
	if v.New {
		return ""
	}
	return "/ " + string(v.Material.Scale.Base)
}
