package inventory_test

import (
	"context"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"maru/internal/inventory"
	"maru/internal/inventory/inventoryapi"
	"maru/internal/kernel/dining"
	"maru/internal/kernel/ids"
	"maru/internal/kernel/quantity"
	"maru/internal/ordering/orderingapi"
	"maru/internal/platform/event"
)

type amounts = map[string]quantity.Milli

func TestAnOrderUsesItsRecipeOnceHoweverOftenItIsDelivered(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.openAll()
	w.publish("ordering", w.accepted(dining.Takeaway, w.line(w.latte, w.small, 3, opt(w.shot, 1)), w.line(w.americano, w.cold, 1)))
	w.drain()
	w.drain()
	second := w.dispatcher(inventory.New(w.dbs.Context("inventory"), nowUTC))
	if err := second.Drain(context.Background()); err != nil {
		t.Fatal(err)
	}
	want := amounts{
		"beans": 100_000*g - 3*(18+9)*g - 18*g, "milk": 100_000*ml - 600*ml, "oat": 100_000 * ml,
		"syrup": 100_000 * ml, "cup": 10_000*ea - 4*ea, "mug": 10_000 * ea,
	}
	if diff := cmp.Diff(want, w.onHand()); diff != "" {
		t.Errorf("balances (-want +got):\n%s", diff)
	}
	w.checkSums()
}

func TestLinesWithDifferentOptionsAreDeductedEachByItsOwn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.sell(dining.ForHere, w.line(w.latte, w.small, 1), w.line(w.latte, w.small, 1, opt(w.oatMilk, 1)), w.line(w.latte, w.small, 2, opt(w.lessMilk, 1), opt(w.shot, 2)))
	want := amounts{"beans": -4*18*g - 2*2*9*g, "milk": -200*ml - 2*100*ml, "oat": -200 * ml, "mug": -4 * ea}
	if diff := cmp.Diff(want, w.onHand()); diff != "" {
		t.Errorf("balances (-want +got):\n%s", diff)
	}
}

func TestAnOrderOfAMenuVersionThatHasNotArrivedWaitsForIt(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	o := w.accepted(dining.OwnCup, w.line(w.americano, w.cold, 1))
	o.MenuVersion = 2
	w.publish("ordering", o)
	if err := w.post.Drain(context.Background()); err == nil {
		t.Fatal("drained an order whose recipes are unknown")
	}
	w.publish("catalog", w.menu(2))
	w.drain()
	if diff := cmp.Diff(amounts{"beans": -18 * g, "cup": -1 * ea}, w.onHand()); diff != "" {
		t.Errorf("balances (-want +got):\n%s", diff)
	}
}

func TestCancellingGivesBackWhatTheLedgerSaysEvenAfterTheRecipeChanged(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name     string
		what     orderingapi.Disposition
		restored bool
	}{
		{"restock", orderingapi.Restock, true},
		{"waste", orderingapi.Waste, false},
		{"remake", orderingapi.Remake, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.openAll()
			before := w.onHand()
			o := w.sell(dining.Takeaway, w.line(w.latte, w.large, 2, opt(w.oatMilk, 1)))
			after := w.onHand()
			dearer := w.menu(2)
			dearer.Recipes[1].Components[0].Quantity = 500 * g
			w.publish("catalog", dearer)
			w.drain()
			w.cancel(o, c.what)
			w.cancel(o, c.what) // a second cancellation finds nothing
			want := after
			if c.restored {
				want = before
			}
			if diff := cmp.Diff(want, w.onHand()); diff != "" {
				t.Errorf("balances (-want +got):\n%s", diff)
			}
			page, err := w.stock.Movements(context.Background(), w.boss, w.store, w.beans.ID, ids.EntryID{}, 10)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, m := range page.Movements {
				got = append(got, string(m.Reason)+" "+m.Quantity.Decimal())
			}
			wantRows := []string{"reversal 72", "sale -72", "opening 100000"}
			if !c.restored {
				wantRows = append([]string{"waste -72"}, wantRows...)
			}
			if diff := cmp.Diff(wantRows, got); diff != "" {
				t.Errorf("movements (-want +got):\n%s", diff)
			}
			w.checkSums()
		})
	}
}

func TestAnOrderAcceptedAndCancelledInOneBatchLeavesNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	o := w.accepted(dining.Takeaway, w.line(w.latte, w.small, 1))
	w.publish("ordering", o, cancellation(o, orderingapi.Restock))
	w.drain()
	for code, q := range w.onHand() {
		if q != 0 {
			t.Errorf("%s is %s", code, q.Decimal())
		}
	}
	w.checkSums()
}

func TestCancellingAnOrderThatUsedNothingChangesNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	o := w.sell(dining.Takeaway, w.line(ids.NewItemID(), ids.NewSizeID(), 1))
	w.cancel(o, orderingapi.Restock)
	if got := w.onHand(); len(got) != 0 {
		t.Errorf("balances %v, want none", got)
	}
}

func TestAShortMaterialIsDeductedBelowZeroAndMarkedForCounting(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.openAll(stated(w.milk, 250*ml, "ml"))
	w.hear()
	w.sell(dining.ForHere, w.line(w.latte, w.small, 2))
	b, err := w.stock.BalanceOf(context.Background(), w.boss, w.store, "milk")
	if err != nil {
		t.Fatal(err)
	}
	if b.OnHand != -150*ml || b.State != inventory.Negative || b.CountSince == nil {
		t.Errorf("milk stands at %s, state %d, to count since %v", b.OnHand.Decimal(), b.State, b.CountSince)
	}
	low, err := w.stock.LowStock(context.Background(), w.store, 5)
	if err != nil {
		t.Fatal(err)
	}
	if len(low) != 1 || low[0].Code != "milk" {
		t.Errorf("low stock is %v", low)
	}
	w.receive(stated(w.milk, 2*ea, "carton"))
	if b, err = w.stock.BalanceOf(context.Background(), w.boss, w.store, "milk"); err != nil || b.CountSince != nil || b.OnHand != 1850*ml {
		t.Errorf("after the delivery: %s, to count since %v, %v", b.OnHand.Decimal(), b.CountSince, err)
	}
}

func TestFallingBelowTheWarningLevelIsSaidOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.openAll(stated(w.beans, 530*g, "g"))
	w.hear()
	for range 3 {
		w.sell(dining.OwnCup, w.line(w.americano, w.cold, 1))
	}
	var said []event.Event
	for _, e := range w.hear() {
		if low, ok := e.(inventoryapi.MaterialLow); ok {
			said = append(said, low)
		}
	}
	if len(said) != 1 {
		t.Fatalf("said %d times: %v", len(said), said)
	}
	if low := said[0].(inventoryapi.MaterialLow); low.OnHand != 494*g || low.Low != 500*g || low.StoreID != w.store { //nolint:forcetypeassert // collected above
		t.Errorf("said %+v", low)
	}
}

func TestTwoDispatchersShareTheOrdersOfManyStores(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	want := quantity.Milli(0)
	var batch []event.Event
	for range 20 {
		store := ids.NewStoreID()
		for range 10 {
			o := w.accepted(dining.Takeaway, w.line(w.latte, w.small, 1))
			o.StoreID = store
			batch = append(batch, o)
			want -= 18 * g
		}
	}
	w.publish("ordering", batch...)
	second := w.dispatcher(inventory.New(w.dbs.Context("inventory"), nowUTC))
	var wg sync.WaitGroup
	for _, d := range []interface{ Drain(context.Context) error }{w.post, second} {
		wg.Go(func() {
			if err := d.Drain(context.Background()); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	var got int64
	if err := w.dbs.Context("inventory").QueryRow(context.Background(),
		`SELECT sum(on_hand) FROM inventory.stock WHERE material_id = $1`, w.beans.ID).Scan(&got); err != nil {
		t.Fatal(err)
	}
	if quantity.Milli(got) != want {
		t.Errorf("beans are %d, want %d", got, want)
	}
	w.checkSums()
}
