package catalog_test

import (
	"slices"
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

// cafe is a small menu: cold brew by a sub-recipe, latte with a required choice of milk.
func (w *world) cafe() {
	w.t.Helper()
	w.found("KRW")
	w.material("beans", grams, "22")
	w.material("milk", carton, "2.75")
	w.material("oat", carton, "4.9")
	w.material("cup", pieces, "59.4")
	w.category("coffee")
	_, err := w.menu.SaveOptionGroup(w.t.Context(), w.hq, catalog.SaveOptionGroup{
		Code: "milk", Name: lang.Text{Ko: "우유"}, Min: 1, Max: 1, Options: []catalog.Option{
			{Code: "regular", Name: lang.Text{Ko: "일반"}, Default: true, MaxQuantity: 1},
			{Code: "oat", Name: lang.Text{Ko: "오트"}, Price: 600, MaxQuantity: 1},
		},
	})
	w.must(err)
	for option, material := range map[string]string{"regular": "milk", "oat": "oat"} {
		w.must(w.menu.SaveOptionDeltas(w.t.Context(), w.hq, catalog.SaveOptionDeltas{
			Group: "milk", Option: option,
			Deltas: []catalog.Delta{{Kind: catalogapi.Add, Material: material, Entered: 200, Unit: "팩"}},
		}))
	}
	_, err = w.menu.SaveSubRecipe(w.t.Context(), w.hq, catalog.SaveSubRecipe{
		Code: "cold-brew-base", Name: lang.Text{Ko: "콜드브루 원액"}, Yield: 2000, Unit: "l",
		Components: []catalog.Component{of("beans", 500_000, "g")},
	})
	w.must(err)
	w.item("cold-brew", "coffee", map[string]money.Amount{"r": 4500, "l": 5000})
	w.item("latte", "coffee", map[string]money.Amount{"r": 5000}, "milk")
	takeaway := of("cup", 1000, "ea")
	takeaway.Dining = []dining.Option{dining.Takeaway}
	w.recipe("cold-brew", "r", ofSub("cold-brew-base", 60_000, "ml"), takeaway)
	w.recipe("latte", "r", of("beans", 18_000, "g"), takeaway)
}

func TestPublishedVersionTellsOthersTheMenuAndTheFlattenedRecipes(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.cafe()
	if v := w.publish("첫 메뉴"); v != 1 {
		t.Fatalf("version %d, want 1", v)
	}
	w.drain()

	last := w.heard[len(w.heard)-2:]
	recipes, ok := last[0].(catalogapi.RecipesPublished)
	if !ok {
		t.Fatalf("before the last event came a %T, want RecipesPublished", last[0])
	}
	menu := last[1].(catalogapi.MenuPublished).Menu
	if menu.Version != 1 || menu.Currency != "KRW" || !menu.PublishedAt.Equal(w.now) {
		t.Errorf("menu is version %d in %s of %s", menu.Version, menu.Currency, menu.PublishedAt)
	}
	var names []string
	for _, i := range menu.Items {
		for _, s := range i.Sizes {
			names = append(names, i.Code+" "+s.Code+" "+money.KRW.Decimal(s.Price))
		}
	}
	if diff := cmp.Diff([]string{"cold-brew l 5000", "cold-brew r 4500", "latte r 5000"}, names); diff != "" {
		t.Errorf("menu: %s", diff)
	}

	d := w.draft()
	beans, _ := d.Material("beans")
	cup, _ := d.Material("cup")
	oat, _ := d.Material("oat")
	brew, _ := d.Item("cold-brew")
	latte, _ := d.Item("latte")
	regular, _ := brew.Size("r")
	milk, _ := d.Group("milk")
	if len(recipes.Recipes) != 2 {
		t.Fatalf("%d recipes, want those of the two sizes that have one", len(recipes.Recipes))
	}
	want := catalogapi.Recipe{ItemID: brew.ID, SizeID: regular.ID, Components: []catalogapi.Component{
		{MaterialID: beans.ID, Quantity: 15_000}, // 60 ml of 2 l made from 500 g
		{MaterialID: cup.ID, Quantity: 1000, Dining: []dining.Option{dining.Takeaway}},
	}}
	if diff := cmp.Diff(want, recipes.Recipes[0]); diff != "" {
		t.Errorf("cold brew: %s", diff)
	}
	if got := recipes.Recipes[1].Options; len(got) != 2 || got[0] != milk.Options[0].ID {
		t.Errorf("latte can be ordered with %v", got)
	}
	wantDelta := catalogapi.OptionDelta{OptionID: milk.Options[1].ID, Kind: catalogapi.Add, MaterialID: oat.ID, Quantity: 200_000}
	if diff := cmp.Diff(wantDelta, recipes.Deltas[1]); diff != "" {
		t.Errorf("oat milk: %s", diff)
	}
	wantRequired := []catalogapi.RequiredGroup{{ItemID: latte.ID, GroupID: milk.ID, Options: recipes.Recipes[1].Options}}
	if diff := cmp.Diff(wantRequired, recipes.Required); diff != "" {
		t.Errorf("required: %s", diff)
	}
}

func TestMaterialsAreKnownBeforeTheRecipesThatUseThem(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.cafe()
	w.publish("")
	w.drain()
	known := make(map[string]bool)
	for _, e := range w.heard {
		switch e := e.(type) {
		case catalogapi.MaterialChanged:
			known[e.Material.ID.String()] = true
		case catalogapi.RecipesPublished:
			for _, r := range e.Recipes {
				for _, c := range r.Components {
					if !known[c.MaterialID.String()] {
						t.Errorf("recipe of %s uses a material nobody has heard of", r.ItemID)
					}
				}
			}
		}
	}
}

func TestPublishingTheSameAgainIsRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.cafe()
	w.publish("")
	_, err := w.menu.PublishMenu(t.Context(), w.hq, catalog.PublishMenu{})
	w.refused(err, catalog.ErrNothingChanged)
	p, err := w.menu.Pending(t.Context())
	w.must(err)
	w.refused(p.Problems, catalog.ErrNothingChanged)

	w.must(w.menu.ChangePrice(t.Context(), w.hq, catalog.ChangePrice{Item: "latte", Size: "r", Price: 5200}))
	w.must(w.menu.ChangePrice(t.Context(), w.hq, catalog.ChangePrice{Item: "latte", Size: "r", Price: 5000}))
	_, err = w.menu.PublishMenu(t.Context(), w.hq, catalog.PublishMenu{})
	w.refused(err, catalog.ErrNothingChanged)
}

func TestPublishingSaysEverythingThatIsWrong(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, err := w.menu.PublishMenu(t.Context(), w.hq, catalog.PublishMenu{})
	w.refused(err, catalog.ErrNoFranchise)
	w.found("KRW")
	_, err = w.menu.PublishMenu(t.Context(), w.hq, catalog.PublishMenu{})
	w.refused(err, catalog.ErrNothingOnSale)

	w.category("coffee")
	w.item("a", "coffee", nil)
	w.item("b", "coffee", nil)
	_, err = w.menu.PublishMenu(t.Context(), w.hq, catalog.PublishMenu{})
	w.refused(err, catalog.ErrItemWithoutSize)
	if !strings.Contains(err.Error(), "items.a") || !strings.Contains(err.Error(), "items.b") {
		t.Errorf("the error names not both items: %v", err)
	}
	_, err = w.menu.PublishMenu(t.Context(), w.hq, catalog.PublishMenu{Note: strings.Repeat("가", 501)})
	w.refused(err, catalog.ErrNoteTooLong)
}

func TestAVersionNeverChangesAndSaysWhatIsDifferent(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.cafe()
	w.publish("첫 메뉴")
	first, err := w.menu.Published(t.Context())
	w.must(err)

	w.must(w.menu.ChangePrice(t.Context(), w.hq, catalog.ChangePrice{Item: "latte", Size: "r", Price: 5300}))
	w.recipe("latte", "r", of("beans", 20, "kg"))
	w.item("mocha", "coffee", map[string]money.Amount{"r": 5500})
	_, err = w.menu.SaveItem(t.Context(), w.hq, catalog.SaveItem{Code: "cold-brew", Category: "coffee", Name: lang.Text{Ko: "콜드브루"}})
	w.must(err)
	pending, err := w.menu.Pending(t.Context())
	w.must(err)
	if v := w.publish("겨울 메뉴"); v != 2 {
		t.Fatalf("version %d, want 2", v)
	}
	second, err := w.menu.Version(t.Context(), 2)
	w.must(err)
	if diff := cmp.Diff(pending.Changes, second.Changes); diff != "" {
		t.Errorf("what was promised and what was published differ: %s", diff)
	}
	var kinds []catalog.ChangeKind
	for _, c := range second.Changes {
		kinds = append(kinds, c.Kind)
	}
	want := []catalog.ChangeKind{catalog.PriceChanged, catalog.RecipeChanged, catalog.RecipeChanged, catalog.ItemAdded, catalog.ItemRemoved}
	if diff := cmp.Diff(want, kinds); diff != "" {
		t.Errorf("changes: %s", diff)
	}
	if c := second.Changes[0]; c.OldPrice != 5000 || c.NewPrice != 5300 {
		t.Errorf("price changed from %d to %d", c.OldPrice, c.NewPrice)
	}
	versions, err := w.menu.Versions(t.Context(), 0, 10)
	w.must(err)
	if len(versions) != 2 || versions[0].Note != "겨울 메뉴" || versions[1].PublishedBy != "테스트 본사" {
		t.Errorf("versions: %+v", versions)
	}
	older, err := w.menu.Version(t.Context(), 1)
	w.must(err)
	if n := len(older.Changes); n < len(first.Items) {
		t.Errorf("version 1 lists %d changes, fewer than it has items", n)
	}
	_, err = w.menu.Version(t.Context(), 3)
	w.refused(err, catalog.ErrUnknownVersion)
}

func TestItemsOffSaleAreLeftOut(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.cafe()
	_, err := w.menu.SaveItem(t.Context(), w.hq, catalog.SaveItem{Code: "latte", Category: "coffee", Name: lang.Text{Ko: "라떼"}, Groups: []string{"milk"}})
	w.must(err)
	w.publish("")
	menu, err := w.menu.Published(t.Context())
	w.must(err)
	if slices.ContainsFunc(menu.Items, func(i catalogapi.Item) bool { return i.Code == "latte" }) {
		t.Error("an item off sale is on the menu")
	}
	if len(menu.Groups) != 0 {
		t.Error("option groups that nothing on sale has are on the menu")
	}
}

func TestOnlyHeadquartersEdits(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.hq.Role = "owner"
	_, err := w.menu.SaveCategory(t.Context(), w.hq, catalog.SaveCategory{Code: "x", Name: lang.Text{Ko: "x"}})
	w.refused(err, catalog.ErrNotAllowed)
	_, err = w.menu.PublishMenu(t.Context(), w.hq, catalog.PublishMenu{})
	w.refused(err, catalog.ErrNotAllowed)
	if errs.KindOf(err) != errs.Forbidden {
		t.Errorf("kind %v", errs.KindOf(err))
	}
}

func TestCostOfACupFollowsTheDiningOption(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.cafe()
	d := w.draft()
	brew, _ := d.Item("cold-brew")
	size, _ := brew.Size("r")
	for served, want := range map[dining.Option]string{dining.ForHere: "330", dining.Takeaway: "389.4"} {
		got, err := d.CostOf(d.Recipes[size.ID].Components, served)
		w.must(err)
		if got.Decimal() != want {
			t.Errorf("%s costs %s, want %s", served, got.Decimal(), want)
		}
	}
	var none quantity.Milli
	if c := catalog.Cost(1).For(none); c != 0 {
		t.Errorf("nothing costs %d", c)
	}
}
