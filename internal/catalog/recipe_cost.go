package catalog

import (
	"slices"

	"maru/internal/catalog/catalogapi"
	"maru/internal/kernel/dining"
)

// Flatten returns the materials of components, sub-recipes resolved; see catalogapi.Component. It
// returns ErrCycle, ErrUnknownMaterial, ErrUnknownSubRecipe or ErrQuantity.
func (d *Draft) Flatten(components []Component) ([]catalogapi.Component, error) {
	return pantryOf(d.Materials, d.SubRecipes).flatten(components)
}

// CostOf returns what the materials of one unit cost, for a dining option: base units times unit
// costs, each rounded to a millionth. An option that is chosen on top is not in it.
func (d *Draft) CostOf(components []Component, served dining.Option) (Cost, error) {
	flat, err := d.Flatten(components)
	if err != nil {
		return 0, err
	}
	var sum Cost
	for _, c := range flat {
		if len(c.Dining) > 0 && !slices.Contains(c.Dining, served) {
			continue
		}
		at := slices.IndexFunc(d.Materials, func(m Material) bool { return m.ID == c.MaterialID })
		sum = min(sum+d.Materials[at].Cost.For(c.Quantity), MaxCost)
	}
	return sum, nil
}
