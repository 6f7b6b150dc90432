package inventory_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"maru/internal/catalog/catalogapi"
	"maru/internal/kernel/dining"
	"maru/internal/kernel/ids"
	"maru/internal/kernel/quantity"
	"maru/internal/ordering/orderingapi"
)

type reasons = map[string]string

func (w *world) wantSoldOut(want reasons) {
	w.t.Helper()
	if diff := cmp.Diff(want, w.soldOut(), cmpopts.EquateEmpty()); diff != "" {
		w.t.Errorf("sold out (-want +got):\n%s", diff)
	}
}

func (w *world) wantChanges(want ...string) {
	w.t.Helper()
	if diff := cmp.Diff(want, w.changes(), cmpopts.EquateEmpty(), cmpopts.SortSlices(func(a, b string) bool { return a < b })); diff != "" {
		w.t.Errorf("said about availability (-want +got):\n%s", diff)
	}
}

func TestExactlyTheSizesThatNeedAShortMaterialAreSoldOut(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.openAll(stated(w.milk, 700*ml, "ml"))
	w.wantSoldOut(nil)
	w.hear()
	w.sell(dining.ForHere, w.line(w.latte, w.small, 2)) // 300 ml left: one large latte
	w.wantSoldOut(nil)
	w.sell(dining.ForHere, w.line(w.latte, w.small, 1, opt(w.lessMilk, 1))) // 200 ml left
	w.wantSoldOut(reasons{"large latte": "stock:milk"})
	w.sell(dining.ForHere, w.line(w.latte, w.small, 1, opt(w.lessMilk, 1))) // 100 ml left
	w.wantSoldOut(reasons{"large latte": "stock:milk", "small latte": "stock:milk"})
	w.wantChanges("sold out: large latte (stock:milk)", "sold out: small latte (stock:milk)")
}

func TestOptionsAreSoldOutOnTheirOwn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.openAll(stated(w.oat, 500*ml, "ml"))
	w.hear()
	w.sell(dining.ForHere, w.line(w.latte, w.large, 1, opt(w.oatMilk, 1))) // 200 ml left
	w.wantSoldOut(reasons{"large latte with oat": "stock:oat"})
	w.wantChanges("sold out: large latte with oat (stock:oat)")
}

func TestAnOptionNeedsWhatAUnitWithItUses(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.openAll(stated(w.beans, 26*g, "g")) // a small one needs 18 g, with a shot 27 g
	w.wantSoldOut(reasons{
		"small latte with shot": "stock:beans", "large latte": "stock:beans", "large latte with shot": "stock:beans",
		"americano with shot": "stock:beans",
	})
}

func TestAStoreWithoutPaperCupsStillSellsInMugs(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	withoutOwnCup := w.menu(2) // own cups need a lid here, so that every way of serving can run out
	for i := range 2 {
		withoutOwnCup.Recipes[i].Components[2].Dining = []dining.Option{dining.Takeaway, dining.OwnCup}
	}
	w.publish("catalog", withoutOwnCup)
	w.drain()
	w.openAll(stated(w.cup, 0, "ea"))
	w.wantSoldOut(reasons{"americano": "stock:cup"})
	w.open(stated(w.mug, 0, "ea"))
	w.wantSoldOut(reasons{"americano": "stock:cup", "small latte": "stock:mug", "large latte": "stock:mug"})
	w.receive(stated(w.mug, 2*ea, "ea"))
	w.wantSoldOut(reasons{"americano": "stock:cup"})
}

func TestASizeIsSoldOutWhenNoChoiceOfARequiredGroupIsLeft(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	menu := w.menu(2)
	menu.Required = []catalogapi.RequiredGroup{{ItemID: w.latte, GroupID: ids.NewOptionGroupID(), Options: []ids.OptionID{w.oatMilk, w.sweet}}}
	w.publish("catalog", menu)
	w.drain()
	w.openAll(stated(w.oat, 0, "ml"))
	w.wantSoldOut(reasons{"small latte with oat": "stock:oat", "large latte with oat": "stock:oat"})
	w.open(stated(w.syrup, 10*ml, "ml"))
	w.wantSoldOut(reasons{
		"small latte with oat": "stock:oat", "large latte with oat": "stock:oat", "small latte with sweet": "stock:syrup",
		"large latte with sweet": "stock:syrup", "small latte": "stock:oat", "large latte": "stock:oat",
	})
	w.receive(stated(w.syrup, 1*ea, "l"))
	w.wantSoldOut(reasons{"small latte with oat": "stock:oat", "large latte with oat": "stock:oat"})
}

func TestWhatCameBackHasEnoughForTwo(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.openAll(stated(w.milk, 199*ml, "ml"))
	w.wantSoldOut(reasons{"small latte": "stock:milk", "large latte": "stock:milk"})
	w.hear()
	w.receive(stated(w.milk, 200*ml, "ml")) // 399 ml: one of each, but not two
	w.wantSoldOut(reasons{"small latte": "stock:milk", "large latte": "stock:milk"})
	w.wantChanges()
	w.receive(stated(w.milk, 1*ml, "ml"))
	w.wantSoldOut(reasons{"large latte": "stock:milk"})
	w.wantChanges("back: small latte")
	w.receive(stated(w.milk, 200*ml, "ml"))
	w.wantSoldOut(nil)
	w.wantChanges("back: large latte")
	w.sell(dining.ForHere, w.line(w.latte, w.small, 1)) // 400 ml, 300 ml: enough for one is enough to stay
	w.sell(dining.ForHere, w.line(w.latte, w.small, 1, opt(w.lessMilk, 1)))
	w.wantSoldOut(nil)
	w.wantChanges()
}

func TestOnlyTheMaterialThatWasShortMustHaveEnoughForTwo(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.openAll(stated(w.milk, 0, "ml"), stated(w.beans, 40*g, "g"))
	w.receive(stated(w.milk, 5000*ml, "ml"))
	w.wantSoldOut(reasons{"large latte with shot": "stock:beans"})
}

func TestACancelledOrderBringsBackWhatItHadUsedUp(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.openAll(stated(w.oat, 600*ml, "ml"))
	o := w.sell(dining.ForHere, w.line(w.latte, w.large, 2, opt(w.oatMilk, 1)))
	w.wantSoldOut(reasons{"large latte with oat": "stock:oat", "small latte with oat": "stock:oat"})
	w.cancel(o, orderingapi.Restock)
	w.wantSoldOut(nil)
}

func TestAStoreThatNeverStatedItsStockSellsEverything(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.sell(dining.Takeaway, w.line(w.latte, w.large, 5, opt(w.oatMilk, 1)))
	w.wantSoldOut(nil)
	if low, err := w.stock.LowStock(t.Context(), w.store, 5); err != nil || len(low) != 0 {
		t.Errorf("low stock %v, %v; nobody said what there is", low, err)
	}
	w.receive(stated(w.oat, 1*ea, "l")) // tracking begins with what is there
	if got := w.onHand()["oat"]; got != 1000*ml {
		t.Errorf("oat milk is %s ml after the first delivery of a litre", got.Decimal())
	}
	w.wantSoldOut(nil)
	w.checkSums()
}

func TestANewRecipeIsJudgedByTheStockThatIsThere(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.openAll(stated(w.milk, 250*ml, "ml"))
	w.wantSoldOut(reasons{"large latte": "stock:milk"})
	w.hear()
	smaller := w.menu(2)
	smaller.Recipes[1].Components[1].Quantity = 120 * ml
	w.publish("catalog", smaller)
	w.drain()
	w.wantSoldOut(nil)
	w.wantChanges("back: large latte")
	thirsty := w.menu(3)
	thirsty.Recipes[0].Components[1].Quantity = 251 * ml
	thirsty.Recipes = thirsty.Recipes[:1] // the other sizes are gone from the menu
	w.publish("catalog", thirsty)
	w.drain()
	w.wantSoldOut(reasons{"small latte": "stock:milk"})
}

func TestNewRecipesReachEveryStoreOfALargeChain(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for range 120 {
		w.store = ids.NewStoreID()
		w.openAll(stated(w.milk, 320*ml, "ml"))
	}
	w.drain()
	w.hear()
	thirsty := w.menu(2)
	thirsty.Recipes[0].Components[1].Quantity = 321 * ml
	w.publish("catalog", thirsty)
	w.drain()
	if got := w.changes(); len(got) != 120 || got[0] != "sold out: small latte (stock:milk)" || got[119] != got[0] {
		t.Errorf("said %d things: %v", len(got), got)
	}
}

func TestOtherStoresAreNotConcerned(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.openAll()
	here := w.store
	w.store = ids.NewStoreID()
	w.openAll(stated(w.milk, 0, "ml"))
	w.wantSoldOut(reasons{"small latte": "stock:milk", "large latte": "stock:milk"})
	w.store = here
	w.wantSoldOut(nil)
	if got := w.onHand()["milk"]; got != quantity.Milli(100_000)*ml {
		t.Errorf("milk is %s", got.Decimal())
	}
}
