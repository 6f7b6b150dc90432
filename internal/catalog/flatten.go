package catalog

import (
	"math/big"
	"slices"

	"maru/internal/catalog/catalogapi"
	"maru/internal/kernel/dining"
	"maru/internal/kernel/quantity"
)

// share is how much of a material something contains: exact, so that nothing is rounded before the end.
type share struct {
	material string
	amount   *big.Rat // in thousandths of the base unit
	dining   []dining.Option
}

// flatten returns the components with every sub-recipe replaced by its share of materials. Quantities
// are exact until the last step and then rounded half up to a thousandth of the base unit; a material
// that comes twice for the same dining options is added up. The order is that of first mention.
//
// It returns ErrCycle with the path, ErrUnknownMaterial or ErrUnknownSubRecipe, and ErrQuantity for
// more of a material than quantity.Max.
func (p pantry) flatten(components []Component) ([]catalogapi.Component, error) {
	f := flattener{pantry: p, known: make(map[string][]share)}
	shares, err := f.sum(components, nil)
	if err != nil {
		return nil, err
	}
	out := make([]catalogapi.Component, 0, len(shares))
	for _, s := range shares {
		q, err := rounded(s.amount)
		if err != nil {
			return nil, err
		}
		if q > 0 {
			out = append(out, catalogapi.Component{MaterialID: p.materials[s.material].ID, Quantity: q, Dining: s.dining})
		}
	}
	return out, nil
}

type flattener struct {
	pantry
	known map[string][]share // per sub-recipe: shares in one thousandth of what it yields
}

func (f *flattener) sum(components []Component, path []string) ([]share, error) {
	var out []share
	for _, c := range components {
		amount := new(big.Rat).SetInt64(int64(c.Quantity))
		if c.Sub == "" {
			if _, ok := f.materials[c.Material]; !ok {
				return nil, ErrUnknownMaterial.With("code", c.Material)
			}
			out = addShare(out, share{c.Material, amount, c.Dining})
			continue
		}
		parts, err := f.sub(c.Sub, path)
		if err != nil {
			return nil, err
		}
		for _, part := range parts {
			out = addShare(out, share{part.material, new(big.Rat).Mul(part.amount, amount), c.Dining})
		}
	}
	return out, nil
}

func (f *flattener) sub(code string, path []string) ([]share, error) {
	if first := slices.Index(path, code); first >= 0 {
		return nil, ErrCycle.With("path", pathText(append(slices.Clone(path[first:]), code)))
	}
	if shares, ok := f.known[code]; ok {
		return shares, nil
	}
	sub, ok := f.subs[code]
	if !ok || sub.Yield <= 0 {
		return nil, ErrUnknownSubRecipe.With("code", code)
	}
	shares, err := f.sum(sub.Components, append(slices.Clone(path), code))
	if err != nil {
		return nil, err
	}
	yield := new(big.Rat).SetInt64(int64(sub.Yield))
	for i := range shares {
		shares[i].amount.Quo(shares[i].amount, yield)
	}
	f.known[code] = shares
	return shares, nil
}

func addShare(shares []share, s share) []share {
	s.dining = inOrder(s.dining)
	for i := range shares {
		if shares[i].material == s.material && slices.Equal(shares[i].dining, s.dining) {
			shares[i].amount = new(big.Rat).Add(shares[i].amount, s.amount)
			return shares
		}
	}
	return append(shares, s)
}

// inOrder returns the dining options in the order of dining.All, nil for none: one spelling for a set.
func inOrder(options []dining.Option) []dining.Option {
	if len(options) == 0 {
		return nil
	}
	out := slices.Clone(options)
	slices.SortFunc(out, func(a, b dining.Option) int {
		return slices.Index(dining.All, a) - slices.Index(dining.All, b)
	})
	return out
}

func rounded(r *big.Rat) (quantity.Milli, error) {
	n := new(big.Int).Add(new(big.Int).Lsh(r.Num(), 1), r.Denom())
	n.Div(n, new(big.Int).Lsh(r.Denom(), 1))
	if !n.IsInt64() || n.Int64() > int64(quantity.Max) {
		return 0, ErrQuantity
	}
	return quantity.Milli(n.Int64()), nil
}
