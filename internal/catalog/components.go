package catalog

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"

	"maru/internal/catalog/internal/catalogdb"
	"maru/internal/kernel/dining"
	"maru/internal/kernel/ids"
	"maru/internal/kernel/lang"
	"maru/internal/kernel/quantity"
	"maru/internal/platform/errs"
)

const maxComponents = 100

// Errors of components.
var (
	ErrComponent = errs.New(errs.Invalid, "catalog.bad_component",
		"재료 하나에는 원부자재나 서브 레시피 중 하나만 적어 주세요.", "A component names either a material or a sub-recipe.")
	ErrTooManyComponents = errs.New(errs.Invalid, "catalog.too_many_components",
		"재료는 100개까지 넣을 수 있어요.", "A recipe has at most 100 components.")
	ErrDining = errs.New(errs.Invalid, "catalog.bad_dining",
		"이용 방법은 매장, 포장, 개인 컵 중에서 골라 주세요.", "The dining option is for here, takeaway or own cup.")
	ErrDiningInSub = errs.New(errs.Invalid, "catalog.dining_in_sub_recipe",
		"서브 레시피의 재료는 이용 방법에 따라 달라질 수 없어요.", "What a sub-recipe is made of cannot depend on the dining option.")
)

// pantry is what recipes are made from.
type pantry struct {
	materials map[string]Material
	subs      map[string]SubRecipe
}

func loadPantry(ctx context.Context, q *catalogdb.Queries) (pantry, error) {
	materials, err := loadMaterials(ctx, q)
	if err != nil {
		return pantry{}, err
	}
	subs, _, err := loadRecipes(ctx, q)
	if err != nil {
		return pantry{}, err
	}
	return pantryOf(materials, subs), nil
}

func pantryOf(materials []Material, subs []SubRecipe) pantry {
	p := pantry{materials: make(map[string]Material, len(materials)), subs: make(map[string]SubRecipe, len(subs))}
	for _, m := range materials {
		p.materials[m.Code] = m
	}
	for _, s := range subs {
		p.subs[s.Code] = s
	}
	return p
}

// measure returns the components with their quantities in base units, or what is wrong with them as
// errs.Fields ("components.0.unit" and the like).
func (p pantry) measure(components []Component) ([]Component, error) {
	var bad problems
	if len(components) > maxComponents {
		bad.add(ErrTooManyComponents, "components")
		return nil, bad.err()
	}
	out := slices.Clone(components)
	for i := range out {
		c := &out[i]
		field := "components." + strconv.Itoa(i)
		if e := diningProblem(c.Dining); e != nil {
			bad.add(e, field+".dining")
		}
		if len(c.Dining) == 0 {
			c.Dining = nil
		}
		if (c.Material == "") == (c.Sub == "") {
			bad.add(ErrComponent, field+".material")
			continue
		}
		if c.Sub != "" {
			sub, ok := p.subs[c.Sub]
			if !ok {
				bad.add(ErrUnknownSubRecipe.With("code", c.Sub), field+".material")
				continue
			}
			var e *errs.Error
			if c.Quantity, e = baseQuantity(quantity.Scale{Base: sub.Unit}, sub.Name, c.Entered, c.Unit); e != nil {
				bad.add(e, field+"."+fieldOf(e))
			}
			continue
		}
		m, ok := p.materials[c.Material]
		if !ok {
			bad.add(ErrUnknownMaterial.With("code", c.Material), field+".material")
			continue
		}
		var e *errs.Error
		if c.Quantity, e = baseQuantity(m.Scale, m.Name, c.Entered, c.Unit); e != nil {
			bad.add(e, field+"."+fieldOf(e))
		}
	}
	return out, bad.err()
}

func diningProblem(options []dining.Option) *errs.Error {
	for i, d := range options {
		switch {
		case !d.Valid():
			return ErrDining
		case slices.Contains(options[:i], d):
			return ErrTwice.With("code", string(d))
		}
	}
	return nil
}

// baseQuantity converts what was typed into the base unit of a material, saying what is wrong in terms
// of the material.
func baseQuantity(scale quantity.Scale, name lang.Text, n quantity.Milli, unit string) (quantity.Milli, *errs.Error) {
	if n <= 0 {
		return 0, ErrQuantity
	}
	q, err := scale.Convert(n, unit)
	switch {
	case errors.Is(err, quantity.ErrUnit):
		return 0, ErrUnit.With("unit", unit)
	case errors.Is(err, quantity.ErrConvert):
		return 0, ErrConvert.With("unit", unit, "base", string(scale.Base)).WithText("material", name)
	case err != nil, q <= 0:
		return 0, ErrQuantity
	}
	return q, nil
}

func fieldOf(e *errs.Error) string {
	if errors.Is(e, ErrQuantity) {
		return "quantity"
	}
	return "unit"
}

// cycle returns the codes along which the sub-recipe with the code reaches itself, or nil.
func (p pantry) cycle(code string) []string {
	return Cycle(code, func(at string) (subs []string) {
		for _, c := range p.subs[at].Components {
			if c.Sub != "" {
				subs = append(subs, c.Sub)
			}
		}
		return subs
	})
}

// Cycle returns the codes along which a sub-recipe reaches one that contains itself, the first and the
// last the same, or nil. uses tells which sub-recipes one contains.
func Cycle(start string, uses func(code string) []string) []string {
	done := make(map[string]bool)
	var visit func(path []string) []string
	visit = func(path []string) []string {
		at := path[len(path)-1]
		if first := slices.Index(path, at); first < len(path)-1 {
			return path[first:]
		}
		if done[at] {
			return nil
		}
		for _, sub := range uses(at) {
			if found := visit(append(slices.Clone(path), sub)); found != nil {
				return found
			}
		}
		done[at] = true
		return nil
	}
	return visit([]string{start})
}

func pathText(path []string) string { return strings.Join(path, " → ") }

// putComponents replaces the components of a recipe.
func putComponents(ctx context.Context, q *catalogdb.Queries, p pantry, recipe ids.RecipeID, components []Component) error {
	if err := q.DeleteComponents(ctx, recipe); err != nil {
		return err
	}
	rows := make([]catalogdb.InsertComponentsParams, len(components))
	for i, c := range components {
		rows[i] = catalogdb.InsertComponentsParams{
			RecipeID: recipe, No: int32(i + 1), Material: p.materials[c.Material].ID.UUID, SubRecipe: p.subs[c.Sub].ID.UUID,
			Milli: c.Quantity, EnteredMilli: c.Entered, Unit: c.Unit, DiningOptions: diningNames(c.Dining),
		}
	}
	var failed error
	q.InsertComponents(ctx, rows).Exec(func(_ int, err error) { failed = errors.Join(failed, err) })
	return failed
}

func diningNames(options []dining.Option) []string {
	out := make([]string, len(options))
	for i, o := range options {
		out[i] = string(o)
	}
	return out
}

func sameComponents(a, b []Component) bool {
	return slices.EqualFunc(a, b, func(x, y Component) bool {
		return x.Material == y.Material && x.Sub == y.Sub && x.Entered == y.Entered && x.Unit == y.Unit &&
			x.Quantity == y.Quantity && slices.Equal(x.Dining, y.Dining)
	})
}
