package inventory

import (
	"bytes"
	"fmt"
	"slices"

	"maru/internal/catalog/catalogapi"
	"maru/internal/kernel/dining"
	"maru/internal/kernel/ids"
	"maru/internal/kernel/quantity"
	"maru/internal/ordering/orderingapi"
)

// use is an amount of one material.
type use struct {
	material ids.MaterialID
	milli    quantity.Milli
}

// choice is an option taken on one unit of an item.
type choice struct {
	option   ids.OptionID
	quantity int
}

// orderUses returns what the lines of an order use, per material, in the order of material ids. Every
// line is worked out by itself, with its own options, before anything is summed up. What options took
// away entirely is used by nobody, never given back.
func (r *recipes) orderUses(lines []orderingapi.Line, at dining.Option) ([]use, error) {
	sum := make([]use, 0, 16) // an order is of few materials: looking through them is faster than a map
	for i := range lines {
		line := &lines[i]
		uses, err := r.lineUses(line, at)
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", line.No, err)
		}
		for _, u := range uses {
			total := amountIn(&sum, u.material)
			if *total += u.milli; *total > quantity.Max {
				return nil, fmt.Errorf("line %d: %w", line.No, quantity.ErrRange)
			}
		}
	}
	slices.SortFunc(sum, func(a, b use) int { return byMaterial(a.material, b.material) })
	return sum, nil
}

// lineUses returns what one line uses: the recipe of its size with its options applied, without the
// components of other dining options, times its quantity. What has no recipe uses nothing.
func (r *recipes) lineUses(line *orderingapi.Line, at dining.Option) ([]use, error) {
	recipe, ok := r.bySize[sizeKey{line.ItemID, line.SizeID}]
	if !ok || line.Quantity <= 0 {
		return nil, nil
	}
	parts, err := r.prepared(recipe.Components, choicesOf(line.Options))
	if err != nil {
		return nil, err
	}
	uses := make([]use, 0, len(parts))
	for i := range parts {
		if servedAs(parts[i], at) {
			*amountIn(&uses, parts[i].MaterialID) += parts[i].Quantity
		}
	}
	uses = slices.DeleteFunc(uses, func(u use) bool { return u.milli <= 0 })
	for i := range uses {
		if uses[i].milli, err = times(uses[i].milli, line.Quantity); err != nil {
			return nil, err
		}
	}
	return uses, nil
}

// amountIn returns where uses holds the amount of a material, which is added if it is missing.
func amountIn(uses *[]use, material ids.MaterialID) *quantity.Milli {
	i := slices.IndexFunc(*uses, func(u use) bool { return u.material == material })
	if i < 0 {
		i = len(*uses)
		*uses = append(*uses, use{material: material})
	}
	return &(*uses)[i].milli
}

// prepared returns the components with the options applied. The kinds of deltas come in the order of
// catalogapi.DeltaKinds and options in the order of their ids, so that the order in which a customer
// chose changes nothing.
func (r *recipes) prepared(base []catalogapi.Component, choices []choice) ([]catalogapi.Component, error) {
	if len(choices) == 0 {
		return base, nil // for reading
	}
	parts := slices.Clone(base)
	for _, kind := range catalogapi.DeltaKinds {
		for _, c := range choices {
			for _, d := range r.deltas[c.option] {
				if d.Kind != kind {
					continue
				}
				var err error
				if parts, err = changed(parts, d, c.quantity); err != nil {
					return nil, fmt.Errorf("option %s: %w", c.option, err)
				}
			}
		}
	}
	return parts, nil
}

func changed(parts []catalogapi.Component, d catalogapi.OptionDelta, n int) ([]catalogapi.Component, error) {
	switch d.Kind {
	case catalogapi.Replace:
		factor := d.Factor
		if factor == 0 { // left out: one for one
			factor = 1000
		}
		return scaled(parts, d.MaterialID, d.With, factor)
	case catalogapi.Remove:
		return slices.DeleteFunc(parts, func(c catalogapi.Component) bool { return c.MaterialID == d.MaterialID }), nil
	case catalogapi.Multiply:
		return scaled(parts, d.MaterialID, d.MaterialID, d.Factor)
	case catalogapi.Add:
		more, err := times(d.Quantity, n)
		return append(parts, catalogapi.Component{MaterialID: d.MaterialID, Quantity: more}), err
	}
	return nil, fmt.Errorf("an option changes recipes by %q, which this program does not know", d.Kind)
}

// scaled turns every component of material from into factor times as much of to.
func scaled(parts []catalogapi.Component, from, to ids.MaterialID, factor quantity.Milli) ([]catalogapi.Component, error) {
	for i := range parts {
		if parts[i].MaterialID != from {
			continue
		}
		q, err := parts[i].Quantity.Times(factor)
		if err != nil {
			return nil, err
		}
		parts[i].MaterialID, parts[i].Quantity = to, q
	}
	return parts, nil
}

// choicesOf merges options that stand in a line twice and orders them by id.
func choicesOf(options []orderingapi.LineOption) []choice {
	if len(options) == 0 {
		return nil
	}
	merged := make([]choice, 0, len(options))
	for _, o := range options {
		if o.Quantity <= 0 {
			continue
		}
		i := slices.IndexFunc(merged, func(c choice) bool { return c.option == o.OptionID })
		if i < 0 {
			merged = append(merged, choice{o.OptionID, o.Quantity})
			continue
		}
		merged[i].quantity += o.Quantity
	}
	slices.SortFunc(merged, func(a, b choice) int { return bytes.Compare(a.option.UUID[:], b.option.UUID[:]) })
	return merged
}

func servedAs(c catalogapi.Component, at dining.Option) bool {
	return len(c.Dining) == 0 || slices.Contains(c.Dining, at)
}

// times returns q taken n times.
func times(q quantity.Milli, n int) (quantity.Milli, error) {
	if n < 0 || quantity.Milli(n) > quantity.Max/1000 {
		return 0, quantity.ErrRange
	}
	return q.Times(quantity.Milli(n) * 1000)
}
