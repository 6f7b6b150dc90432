package catalog_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"maru/internal/catalog"
	"maru/internal/catalog/catalogapi"
	"maru/internal/kernel/dining"
	"maru/internal/kernel/lang"
	"maru/internal/kernel/money"
	"maru/internal/kernel/quantity"
	"maru/internal/platform/errs"
)

func TestSavingWhatIsAlreadySoChangesNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.cafe()
	before := w.draft()
	w.drain()
	heard := len(w.heard)
	w.now = w.now.AddDate(0, 0, 1)
	w.material("beans", grams, "22")
	w.item("latte", "coffee", map[string]money.Amount{"r": 5000}, "milk")
	takeaway := of("cup", 1000, "ea")
	takeaway.Dining = []dining.Option{dining.Takeaway}
	w.recipe("latte", "r", of("beans", 18_000, "g"), takeaway)
	if diff := cmp.Diff(before, w.draft()); diff != "" {
		t.Errorf("the draft moved: %s", diff)
	}
	w.drain()
	if len(w.heard) != heard {
		t.Errorf("%d events about nothing", len(w.heard)-heard)
	}
}

func TestWhoeverSavesSecondIsTold(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.cafe()
	seen := w.draft()
	latte, _ := seen.Item("latte")
	beans, _ := seen.Material("beans")
	size, _ := latte.Size("r")
	other := w.hq
	other.Name = "김본사"

	save := func(name string) error {
		_, err := w.menu.SaveItem(t.Context(), other, catalog.SaveItem{
			Code: "latte", Category: "coffee", Name: lang.Text{Ko: name}, OnSale: true, Groups: []string{"milk"}, Seen: latte.Revision,
		})
		return err
	}
	w.must(save("카페 라떼"))
	err := save("라떼")
	w.refused(err, catalog.ErrStale)
	if !strings.Contains(errs.As(err).Text.Ko, "김본사") {
		t.Errorf("the message does not say who: %s", errs.As(err).Text.Ko)
	}
	err = w.menu.SaveSizes(t.Context(), w.hq, catalog.SaveSizes{Item: "latte", Sizes: latte.Sizes, Seen: latte.Revision})
	w.refused(err, catalog.ErrStale)

	recipe := seen.Recipes[size.ID]
	change := func(q quantity.Milli) error {
		return w.menu.SaveRecipe(t.Context(), w.hq, catalog.SaveRecipe{
			Item: "latte", Size: "r", Components: []catalog.Component{of("beans", q, "g")}, Seen: recipe.Revision,
		})
	}
	w.must(change(19_000))
	w.refused(change(20_000), catalog.ErrStale)

	_, err = w.menu.SaveMaterial(t.Context(), w.hq, catalog.SaveMaterial{Code: "beans", Name: beans.Name, Scale: beans.Scale, Seen: beans.Revision + 1})
	w.refused(err, catalog.ErrStale)
	_, err = w.menu.SaveMaterial(t.Context(), w.hq, catalog.SaveMaterial{Code: "beans", Name: beans.Name, Scale: beans.Scale, Seen: catalog.NotThere})
	w.refused(err, catalog.ErrCodeTaken)
}

func TestMaterialChangesReachOthersOnlyWhereTheySeeThem(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.material("milk", carton, "2.75")
	w.material("milk", carton, "2.8") // what headquarters pays is nobody else's business
	w.drain()
	if len(w.heard) != 1 {
		t.Fatalf("%d events, want 1", len(w.heard))
	}
	w.material("milk", quantity.Scale{Base: quantity.Millilitre, Density: 1030}, "2.8")
	w.drain()
	if got := w.heard[len(w.heard)-1].(catalogapi.MaterialChanged).Material; got.Scale.Density != 1030 || got.Code != "milk" {
		t.Errorf("heard of %+v", got)
	}
	_, err := w.menu.SaveMaterial(t.Context(), w.hq, catalog.SaveMaterial{Code: "milk", Name: lang.Text{Ko: "우유"}, Scale: grams})
	w.refused(err, catalog.ErrBaseUnitFixed)
}

func TestInputIsRefusedWithTheFieldItBelongsTo(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.cafe()
	ctx := t.Context()
	group := func(least, most int, defaults ...bool) error {
		cmd := catalog.SaveOptionGroup{Code: "g", Name: lang.Text{Ko: "그룹"}, Min: least, Max: most}
		for i, d := range defaults {
			cmd.Options = append(cmd.Options, catalog.Option{Code: string(rune('a' + i)), Name: lang.Text{Ko: "옵션"}, Default: d, MaxQuantity: 1})
		}
		_, err := w.menu.SaveOptionGroup(ctx, w.hq, cmd)
		return err
	}
	recipe := func(c catalog.Component) error {
		return w.menu.SaveRecipe(ctx, w.hq, catalog.SaveRecipe{Item: "latte", Size: "r", Components: []catalog.Component{c}})
	}
	item := func(cmd catalog.SaveItem) error { _, err := w.menu.SaveItem(ctx, w.hq, cmd); return err }
	sizes := func(s ...catalog.Size) error {
		return w.menu.SaveSizes(ctx, w.hq, catalog.SaveSizes{Item: "latte", Sizes: s})
	}
	name := lang.Text{Ko: "이름"}
	for _, tc := range []struct {
		what  string
		err   error
		want  *errs.Error
		field string
	}{
		{"no option", group(0, 1), catalog.ErrNoOption, "options"},
		{"min above max", group(2, 1, false, false), catalog.ErrGroupRule, "max"},
		{"min out of reach", group(3, 3, false, false), catalog.ErrMinUnreachable, "max"},
		{"more defaults than max", group(0, 1, true, true), catalog.ErrDefaults, "max"},
		{"fewer defaults than min", group(2, 2, true, false), catalog.ErrDefaults, "max"},
		{"capital in a code", item(catalog.SaveItem{Code: "Latte", Category: "coffee", Name: name}), catalog.ErrCode, "code"},
		{"no name", item(catalog.SaveItem{Code: "x", Category: "coffee"}), catalog.ErrNameMissing, "name_ko"},
		{"long name", item(catalog.SaveItem{Code: "x", Category: "coffee", Name: lang.Text{Ko: strings.Repeat("가", 81)}}), catalog.ErrNameTooLong, "name_ko"},
		{"unknown category", item(catalog.SaveItem{Code: "x", Category: "tea", Name: name}), catalog.ErrUnknownCategory, "category"},
		{"unknown group", item(catalog.SaveItem{Code: "x", Category: "coffee", Name: name, Groups: []string{"ice"}}), catalog.ErrUnknownGroup, "groups"},
		{"unknown allergen", item(catalog.SaveItem{Code: "x", Category: "coffee", Name: name, Allergens: []catalogapi.Allergen{{Code: "dust", Status: "none"}}}), catalog.ErrAllergen, "allergens"},
		{"no size", sizes(), catalog.ErrNoSize, "sizes"},
		{"negative price", sizes(catalog.Size{Code: "r", Name: name, Price: -1}), catalog.ErrPrice, "sizes.0.price"},
		{"huge price", sizes(catalog.Size{Code: "r", Name: name, Price: catalog.MaxPrice + 1}), catalog.ErrPrice, "sizes.0.price"},
		{"size twice", sizes(catalog.Size{Code: "r", Name: name}, catalog.Size{Code: "r", Name: name}), catalog.ErrTwice, "sizes.1.code"},
		{"zero quantity", recipe(of("beans", 0, "g")), catalog.ErrQuantity, "components.0.quantity"},
		{"unknown unit", recipe(of("beans", 1000, "근")), catalog.ErrUnit, "components.0.unit"},
		{"grams of pieces", recipe(of("cup", 1000, "g")), catalog.ErrConvert, "components.0.unit"},
		{"grams of millilitres without density", recipe(of("milk", 1000, "g")), catalog.ErrConvert, "components.0.unit"},
		{"unknown material", recipe(of("gold", 1000, "g")), catalog.ErrUnknownMaterial, "components.0.material"},
		{"unknown sub-recipe", recipe(ofSub("gold", 1000, "g")), catalog.ErrUnknownSubRecipe, "components.0.material"},
		{"unknown dining option", recipe(catalog.Component{Material: "beans", Entered: 1000, Unit: "g", Dining: []dining.Option{"boat"}}), catalog.ErrDining, "components.0.dining"},
	} {
		if !errors.Is(tc.err, tc.want) {
			t.Errorf("%s: got %v, want %v", tc.what, tc.err, tc.want)
			continue
		}
		if got := errs.As(tc.err).Field; got != tc.field {
			t.Errorf("%s: beside %q, want %q", tc.what, got, tc.field)
		}
	}
	w.refused(w.menu.SaveRecipe(ctx, w.hq, catalog.SaveRecipe{Item: "gold", Size: "r"}), catalog.ErrUnknownItem)
	w.refused(w.menu.SaveRecipe(ctx, w.hq, catalog.SaveRecipe{Item: "latte", Size: "xl"}), catalog.ErrUnknownSize)
}

func TestACycleIsRefusedWithItsPath(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.material("sugar", grams, "1")
	save := func(code string, uses ...catalog.Component) error {
		_, err := w.menu.SaveSubRecipe(t.Context(), w.hq, catalog.SaveSubRecipe{
			Code: code, Name: lang.Text{Ko: code}, Yield: 1000, Unit: "kg", Components: uses,
		})
		return err
	}
	w.must(save("a", of("sugar", 100, "g")))
	w.must(save("b", ofSub("a", 100, "g")))
	w.must(save("c", ofSub("b", 100, "g")))
	err := save("a", of("sugar", 100, "g"), ofSub("c", 1, "g"))
	w.refused(err, catalog.ErrCycle)
	if got := errs.As(err).Text.En; !strings.Contains(got, "a → c → b → a") {
		t.Errorf("the path is missing: %s", got)
	}
	w.refused(save("d", ofSub("d", 1, "g")), catalog.ErrCycle)
	if _, there := w.findSub("d"); there {
		t.Error("a refused sub-recipe was stored")
	}
}

func (w *world) findSub(code string) (catalog.SubRecipe, bool) {
	d := w.draft()
	return d.SubRecipe(code)
}

func TestEnteredUnitsAreKeptBesideTheBaseQuantity(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.cafe()
	w.material("syrup", byDense, "5")
	w.recipe("latte", "r", of("beans", 20, "kg"), of("milk", 180, "팩"), of("syrup", 13_000, "g"))
	d := w.draft()
	latte, _ := d.Item("latte")
	var got []string
	for _, c := range d.Recipes[latte.Sizes[0].ID].Components {
		got = append(got, c.Entered.Decimal()+" "+c.Unit+" = "+c.Quantity.Decimal())
	}
	want := []string{"0.02 kg = 20", "0.18 팩 = 180", "13 g = 10"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestARemovedSizeTakesItsRecipeAlong(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.cafe()
	w.item("cold-brew", "coffee", map[string]money.Amount{"l": 5000})
	d := w.draft()
	if len(d.Recipes) != 1 {
		t.Errorf("%d recipes are left, want that of the latte", len(d.Recipes))
	}
}

func TestOptionsKeepTheirDeltasWhenTheGroupIsSaved(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.cafe()
	d := w.draft()
	before, _ := d.Group("milk")
	cmd := catalog.SaveOptionGroup{Code: "milk", Name: lang.Text{Ko: "우유 변경"}, Min: 1, Max: 1, Options: before.Options}
	_, err := w.menu.SaveOptionGroup(t.Context(), w.hq, cmd)
	w.must(err)
	d = w.draft()
	after, _ := d.Group("milk")
	if diff := cmp.Diff(before.Options, after.Options); diff != "" {
		t.Errorf("options changed: %s", diff)
	}
	if after.Name.Ko != "우유 변경" || after.Revision != before.Revision+1 {
		t.Errorf("group: %+v", after)
	}
}

func TestARehearsalLeavesNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.cafe()
	before := w.draft()
	w.must(w.menu.Together(t.Context(), true, func(menu *catalog.Service) error {
		_, err := menu.SaveCategory(t.Context(), w.hq, catalog.SaveCategory{Code: "tea", Name: lang.Text{Ko: "티"}})
		w.must(err)
		d, err := menu.Draft(t.Context())
		w.must(err)
		if _, there := d.Category("tea"); !there {
			t.Error("a rehearsal does not see what it did")
		}
		return nil
	}))
	if diff := cmp.Diff(before, w.draft()); diff != "" {
		t.Error(diff)
	}
}

func TestARefusedUseCaseAmongManyUndoesOnlyItself(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.must(w.menu.Together(t.Context(), false, func(menu *catalog.Service) error {
		_, err := menu.SaveCategory(t.Context(), w.hq, catalog.SaveCategory{Code: "tea", Name: lang.Text{Ko: "티"}})
		w.must(err)
		_, err = menu.SaveItem(t.Context(), w.hq, catalog.SaveItem{Code: "x", Category: "none", Name: lang.Text{Ko: "x"}})
		w.refused(err, catalog.ErrUnknownCategory)
		_, err = menu.SaveItem(t.Context(), w.hq, catalog.SaveItem{Code: "y", Category: "tea", Name: lang.Text{Ko: "y"}})
		return err
	}))
	d := w.draft()
	if len(d.Items) != 1 || d.Items[0].Code != "y" {
		t.Errorf("items: %+v", d.Items)
	}
}
