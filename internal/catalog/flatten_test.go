package catalog_test

import (
	"errors"
	"fmt"
	"math/big"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"maru/internal/catalog"
	"maru/internal/kernel/dining"
	"maru/internal/kernel/ids"
	"maru/internal/kernel/quantity"
)

// drawDraft makes materials m0… and sub-recipes s0…, each using materials and, without cycles, only
// sub-recipes of a higher number.
func drawDraft(t *rapid.T) *catalog.Draft {
	d := &catalog.Draft{}
	for i := range rapid.IntRange(1, 5).Draw(t, "materials") {
		d.Materials = append(d.Materials, catalog.Material{
			ID: ids.NewMaterialID(), Code: fmt.Sprintf("m%d", i), Scale: quantity.Scale{Base: quantity.Gram},
		})
	}
	subs := rapid.IntRange(0, 5).Draw(t, "subs")
	for i := range subs {
		d.SubRecipes = append(d.SubRecipes, catalog.SubRecipe{
			Code: fmt.Sprintf("s%d", i), Unit: quantity.Gram, Yield: quantity.Milli(rapid.IntRange(1, 9_999_999).Draw(t, "yield")),
			Components: drawComponents(t, len(d.Materials), i+1, subs, false),
		})
	}
	return d
}

func drawComponents(t *rapid.T, materials, firstSub, subs int, served bool) []catalog.Component {
	var out []catalog.Component
	for range rapid.IntRange(1, 4).Draw(t, "components") {
		c := catalog.Component{Quantity: quantity.Milli(rapid.IntRange(1, 999_999).Draw(t, "quantity"))}
		if firstSub < subs && rapid.Bool().Draw(t, "sub") {
			c.Sub = fmt.Sprintf("s%d", rapid.IntRange(firstSub, subs-1).Draw(t, "which"))
		} else {
			c.Material = fmt.Sprintf("m%d", rapid.IntRange(0, materials-1).Draw(t, "which"))
		}
		if served && rapid.Bool().Draw(t, "packaging") {
			c.Dining = rapid.Permutation(dining.All).Draw(t, "dining")[:rapid.IntRange(1, 3).Draw(t, "how many")]
		}
		out = append(out, c)
	}
	return out
}

// content is how much of each material components contain, computed the slow way: exactly.
func content(d *catalog.Draft, components []catalog.Component) map[ids.MaterialID]*big.Rat {
	out := make(map[ids.MaterialID]*big.Rat)
	add := func(id ids.MaterialID, r *big.Rat) {
		if out[id] == nil {
			out[id] = new(big.Rat)
		}
		out[id].Add(out[id], r)
	}
	for _, c := range components {
		q := new(big.Rat).SetInt64(int64(c.Quantity))
		if c.Sub == "" {
			m, _ := d.Material(c.Material)
			add(m.ID, q)
			continue
		}
		sub, _ := d.SubRecipe(c.Sub)
		for id, r := range content(d, sub.Components) {
			add(id, new(big.Rat).Quo(new(big.Rat).Mul(r, q), new(big.Rat).SetInt64(int64(sub.Yield))))
		}
	}
	return out
}

func TestFlatteningConservesQuantities(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		d := drawDraft(t)
		components := drawComponents(t, len(d.Materials), 0, len(d.SubRecipes), true)
		flat, err := d.Flatten(components)
		exact := content(d, components)
		if err != nil {
			for _, r := range exact {
				if n, _ := r.Float64(); n > float64(quantity.Max)/2 {
					return // so much that no movement may have it
				}
			}
			t.Fatal(err)
		}
		pieces := make(map[ids.MaterialID]int64)
		sums := make(map[ids.MaterialID]int64)
		for _, c := range flat {
			pieces[c.MaterialID]++
			sums[c.MaterialID] += int64(c.Quantity)
		}
		for id, want := range exact {
			off := new(big.Rat).Sub(want, new(big.Rat).SetInt64(sums[id]))
			// Each rounded part is off by at most half a thousandth; so are parts too small to keep.
			if off.Abs(off).Cmp(big.NewRat(int64(len(components))+pieces[id], 2)) > 0 {
				t.Fatalf("flattening turned %s into %d", want.FloatString(3), sums[id])
			}
		}
		if len(sums) > len(exact) {
			t.Fatal("flattening made up a material")
		}
	})
}

func TestFlatteningIsTheSameEveryTime(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		d := drawDraft(t)
		components := drawComponents(t, len(d.Materials), 0, len(d.SubRecipes), true)
		first, err1 := d.Flatten(components)
		again, err2 := d.Flatten(components)
		if diff := cmp.Diff(first, again); diff != "" || (err1 == nil) != (err2 == nil) {
			t.Fatal(diff)
		}
		for i, c := range first {
			same := func(o int) bool {
				return first[o].MaterialID == c.MaterialID && slices.Equal(first[o].Dining, c.Dining)
			}
			for o := range i {
				if same(o) {
					t.Fatalf("a material stands twice for the same dining options")
				}
			}
		}
	})
}

func TestACycleIsAlwaysRefused(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 6).Draw(t, "length")
		d := drawDraft(t)
		at := len(d.SubRecipes)
		for i := range n { // a ring of n, reached from a recipe, with anything else beside it
			uses := []catalog.Component{{Sub: fmt.Sprintf("s%d", at+(i+1)%n), Quantity: 1}}
			if at > 0 {
				uses = append(uses, catalog.Component{Sub: "s0", Quantity: 1})
			}
			d.SubRecipes = append(d.SubRecipes, catalog.SubRecipe{
				Code: fmt.Sprintf("s%d", at+i), Unit: quantity.Gram, Yield: 1000, Components: uses,
			})
		}
		_, err := d.Flatten([]catalog.Component{{Sub: fmt.Sprintf("s%d", at), Quantity: 5}})
		if !errors.Is(err, catalog.ErrCycle) {
			t.Fatalf("a ring of %d gave %v", n, err)
		}
	})
}

func TestWhatASubRecipeYieldsIsWhatItIsMadeOf(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		d := drawDraft(t)
		if len(d.SubRecipes) == 0 {
			return
		}
		sub := d.SubRecipes[0]
		whole, err1 := d.Flatten([]catalog.Component{{Sub: sub.Code, Quantity: sub.Yield}})
		parts, err2 := d.Flatten(sub.Components)
		if err1 != nil || err2 != nil {
			return // more than any movement may have
		}
		if diff := cmp.Diff(parts, whole); diff != "" {
			t.Fatal(diff)
		}
	})
}
