package inventory

import (
	"bytes"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"maru/internal/catalog/catalogapi"
	"maru/internal/kernel/dining"
	"maru/internal/kernel/ids"
	"maru/internal/kernel/quantity"
	"maru/internal/ordering/orderingapi"
)

// kitchen is a made-up menu version of one item, small enough that everything meets everything.
type kitchen struct {
	materials []ids.MaterialID
	options   []ids.OptionID
	item      ids.ItemID
	size      ids.SizeID
	published catalogapi.RecipesPublished
	compiled  *recipes
}

func drawKitchen(t *rapid.T) kitchen {
	k := kitchen{item: ids.NewItemID(), size: ids.NewSizeID()}
	for range 5 {
		k.materials = append(k.materials, ids.NewMaterialID())
		k.options = append(k.options, ids.NewOptionID())
	}
	material := rapid.SampledFrom(k.materials)
	amount := rapid.Custom(func(t *rapid.T) quantity.Milli { return quantity.Milli(rapid.Int64Range(0, 400_000).Draw(t, "milli")) })
	factor := rapid.Custom(func(t *rapid.T) quantity.Milli { return quantity.Milli(rapid.Int64Range(0, 3000).Draw(t, "factor")) })
	recipe := catalogapi.Recipe{ItemID: k.item, SizeID: k.size, Options: k.options}
	for range rapid.IntRange(0, 6).Draw(t, "components") {
		c := catalogapi.Component{MaterialID: material.Draw(t, "material"), Quantity: amount.Draw(t, "quantity")}
		if rapid.Bool().Draw(t, "packaging") {
			c.Dining = rapid.SliceOfNDistinct(rapid.SampledFrom(dining.All), 1, 2, rapid.ID[dining.Option]).Draw(t, "dining")
		}
		recipe.Components = append(recipe.Components, c)
	}
	k.published = catalogapi.RecipesPublished{Version: 1, Recipes: []catalogapi.Recipe{recipe}}
	for range rapid.IntRange(0, 8).Draw(t, "deltas") {
		d := catalogapi.OptionDelta{
			OptionID:   rapid.SampledFrom(k.options).Draw(t, "option"),
			Kind:       rapid.SampledFrom(catalogapi.DeltaKinds).Draw(t, "kind"),
			MaterialID: material.Draw(t, "of"),
		}
		switch d.Kind {
		case catalogapi.Replace:
			d.With, d.Factor = material.Draw(t, "with"), factor.Draw(t, "factor")
		case catalogapi.Multiply:
			d.Factor = factor.Draw(t, "factor")
		case catalogapi.Add:
			d.Quantity = amount.Draw(t, "more")
		case catalogapi.Remove:
		}
		k.published.Deltas = append(k.published.Deltas, d)
	}
	compiled, err := compile(k.published)
	if err != nil {
		t.Fatal(err)
	}
	k.compiled = compiled
	return k
}

func (k kitchen) drawLine(t *rapid.T) orderingapi.Line {
	line := orderingapi.Line{No: 1, ItemID: k.item, SizeID: k.size, Quantity: rapid.IntRange(1, 9).Draw(t, "times")}
	for _, o := range rapid.SliceOfDistinct(rapid.SampledFrom(k.options), rapid.ID[ids.OptionID]).Draw(t, "chosen") {
		line.Options = append(line.Options, orderingapi.LineOption{OptionID: o, Quantity: rapid.IntRange(1, 3).Draw(t, "of option")})
	}
	return line
}

// naive works the rules out again, the way one would on paper: it follows each component on its own
// through all options, and adds unit after unit.
func (k kitchen) naive(line orderingapi.Line, at dining.Option) map[ids.MaterialID]int64 {
	chosen := slices.Clone(line.Options)
	slices.SortFunc(chosen, func(a, b orderingapi.LineOption) int { return bytes.Compare(a.OptionID.UUID[:], b.OptionID.UUID[:]) })
	each := func(kind catalogapi.DeltaKind, fn func(d catalogapi.OptionDelta, times int)) {
		for _, o := range chosen {
			for _, d := range k.published.Deltas {
				if d.OptionID == o.OptionID && d.Kind == kind {
					fn(d, o.Quantity)
				}
			}
		}
	}
	total := map[ids.MaterialID]int64{}
	for range line.Quantity {
		for _, c := range k.published.Recipes[0].Components {
			if len(c.Dining) > 0 && !slices.Contains(c.Dining, at) {
				continue
			}
			m, q, gone := c.MaterialID, int64(c.Quantity), false
			each(catalogapi.Replace, func(d catalogapi.OptionDelta, _ int) {
				if m == d.MaterialID {
					f := int64(d.Factor)
					if f == 0 {
						f = 1000
					}
					m, q = d.With, (q*f+500)/1000
				}
			})
			each(catalogapi.Remove, func(d catalogapi.OptionDelta, _ int) { gone = gone || m == d.MaterialID })
			each(catalogapi.Multiply, func(d catalogapi.OptionDelta, _ int) {
				if m == d.MaterialID {
					q = (q*int64(d.Factor) + 500) / 1000
				}
			})
			if !gone {
				total[m] += q
			}
		}
		each(catalogapi.Add, func(d catalogapi.OptionDelta, times int) {
			for range times {
				total[d.MaterialID] += int64(d.Quantity)
			}
		})
	}
	for m, q := range total {
		if q == 0 {
			delete(total, m)
		}
	}
	return total
}

func asMap(uses []use) map[ids.MaterialID]int64 {
	m := map[ids.MaterialID]int64{}
	for _, u := range uses {
		m[u.material] += int64(u.milli)
	}
	return m
}

func TestConsumptionIsWhatOneWorksOutOnPaper(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		k := drawKitchen(t)
		line, at := k.drawLine(t), rapid.SampledFrom(dining.All).Draw(t, "at")
		got, err := k.compiled.orderUses([]orderingapi.Line{line}, at)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(k.naive(line, at), asMap(got)); diff != "" {
			t.Fatalf("uses differ (-paper +program):\n%s", diff)
		}
		for _, u := range got {
			if u.milli <= 0 {
				t.Fatalf("uses %d of %s", u.milli, u.material)
			}
		}
	})
}

func TestTheOrderOfChoicesChangesNothing(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		k := drawKitchen(t)
		line, at := k.drawLine(t), rapid.SampledFrom(dining.All).Draw(t, "at")
		shuffled := line
		shuffled.Options = rapid.Permutation(line.Options).Draw(t, "permutation")
		a, errA := k.compiled.orderUses([]orderingapi.Line{line}, at)
		b, errB := k.compiled.orderUses([]orderingapi.Line{shuffled}, at)
		if errA != nil || errB != nil || !slices.Equal(a, b) {
			t.Fatalf("%v %v: %v and %v", errA, errB, a, b)
		}
	})
}

func TestConsumptionGrowsWithTheQuantityAndAddsUpOverLines(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		k := drawKitchen(t)
		line, at := k.drawLine(t), rapid.SampledFrom(dining.All).Draw(t, "at")
		other := k.drawLine(t)
		one := line
		one.Quantity = 1
		unit, err := k.compiled.orderUses([]orderingapi.Line{one}, at)
		if err != nil {
			t.Fatal(err)
		}
		want := map[ids.MaterialID]int64{}
		for _, u := range unit {
			want[u.material] += int64(u.milli) * int64(line.Quantity)
		}
		for m, q := range k.naive(other, at) {
			want[m] += q
		}
		both, err := k.compiled.orderUses([]orderingapi.Line{line, other}, at)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, asMap(both)); diff != "" {
			t.Fatalf("uses differ:\n%s", diff)
		}
	})
}

func TestAnItemWithoutARecipeUsesNothing(t *testing.T) {
	t.Parallel()
	r, err := compile(catalogapi.RecipesPublished{Version: 1})
	if err != nil {
		t.Fatal(err)
	}
	got, err := r.orderUses([]orderingapi.Line{{ItemID: ids.NewItemID(), SizeID: ids.NewSizeID(), Quantity: 3}}, dining.Takeaway)
	if err != nil || len(got) != 0 {
		t.Errorf("uses %v, %v; want nothing", got, err)
	}
}

func TestAnAmountBeyondAnyStoreIsRefusedAndDoesNotWrap(t *testing.T) {
	t.Parallel()
	item, size := ids.NewItemID(), ids.NewSizeID()
	r, err := compile(catalogapi.RecipesPublished{Version: 1, Recipes: []catalogapi.Recipe{{
		ItemID: item, SizeID: size, Components: []catalogapi.Component{{MaterialID: ids.NewMaterialID(), Quantity: quantity.Max}},
	}}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := r.orderUses([]orderingapi.Line{{ItemID: item, SizeID: size, Quantity: 2_000_000_000}}, dining.Takeaway); err == nil {
		t.Error("two thousand million of the largest quantity were accepted")
	}
}

func TestACrossingIsALevelWithOneSideBelowIt(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		m := ids.NewMaterialID()
		level := rapid.Custom(func(t *rapid.T) quantity.Milli { return quantity.Milli(rapid.Int64Range(1, 40).Draw(t, "level")) })
		levels := rapid.SliceOfDistinct(level, rapid.ID[quantity.Milli]).Draw(t, "levels")
		slices.Sort(levels)
		r := &recipes{levels: map[ids.MaterialID][]quantity.Milli{m: levels}}
		before := quantity.Milli(rapid.Int64Range(-10, 50).Draw(t, "before"))
		after := quantity.Milli(rapid.Int64Range(-10, 50).Draw(t, "after"))
		want := slices.ContainsFunc(levels, func(l quantity.Milli) bool { return (before < l) != (after < l) })
		if got := r.crosses(m, before, after); got != want {
			t.Fatalf("from %d to %d over %v: %v, want %v", before, after, levels, got, want)
		}
	})
}
