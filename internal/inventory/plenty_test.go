package inventory_test

import (
	"context"
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"maru/internal/inventory"
	"maru/internal/kernel/dining"
	"maru/internal/kernel/quantity"
	"maru/internal/ordering/orderingapi"
)

// What a store has, can make and tells is the same whether its orders are booked without looking or by a
// replica that has just begun, which always looks.
func TestBookingWithoutLookingChangesNothing(t *testing.T) {
	t.Parallel()
	for seed := range uint64(4) {
		t.Run("", func(t *testing.T) {
			t.Parallel()
			quick, careful := newWorld(t), newWorld(t)
			both := func(do func(*world)) { do(quick); do(careful) }
			both(func(w *world) {
				w.openAll(stated(w.milk, 6_000*ml, "ml"), stated(w.oat, 2_000*ml, "ml"), stated(w.cup, 25*ea, "ea"))
				w.hear()
			})
			rng := rand.New(rand.NewPCG(seed, 7))
			version := int64(1)
			for step := range 60 {
				n, what := 1+rng.IntN(3), rng.IntN(20)
				menu := version
				both(func(w *world) {
					lines := []orderingapi.Line{w.line(w.latte, w.small, n), w.line(w.americano, w.cold, 1)}
					switch what {
					case 0:
						w.receive(stated(w.milk, quantity.Milli(n)*ea, "l"))
						return
					case 1:
						next := w.menu(menu + 1)
						next.Recipes[0].Components[1].Quantity = quantity.Milli(150+50*n) * ml
						w.publish("catalog", next)
						w.drain()
						return
					case 2:
						w.open(stated(w.cup, quantity.Milli(10*n)*ea, "ea"))
						return
					case 3, 4:
						lines[0] = w.line(w.latte, w.large, n, opt(w.oatMilk, 1))
					case 5:
						lines = lines[1:]
					}
					o := w.accepted(dining.All[step%len(dining.All)], lines...)
					o.MenuVersion = menu
					w.publish("ordering", o)
					if what == 6 {
						w.publish("ordering", cancellation(o, orderingapi.Restock))
					}
					if w == careful {
						w.post = w.dispatcher(inventory.New(w.dbs.Context("inventory"), nowUTC))
					}
					w.drain()
				})
				if what == 1 {
					version++
				}
				if diff := cmp.Diff(careful.onHand(), quick.onHand()); diff != "" {
					t.Fatalf("step %d: balances (-looked +did not):\n%s", step, diff)
				}
				if diff := cmp.Diff(careful.soldOut(), quick.soldOut(), cmpopts.EquateEmpty()); diff != "" {
					t.Fatalf("step %d: sold out (-looked +did not):\n%s", step, diff)
				}
				if diff := cmp.Diff(careful.changes(), quick.changes(), cmpopts.EquateEmpty(), cmpopts.SortSlices(func(a, b string) bool { return a < b })); diff != "" {
					t.Fatalf("step %d: said (-looked +did not):\n%s", step, diff)
				}
			}
			both((*world).checkSums)
			if n := quick.executed("MovePlenty"); n < 5 {
				t.Errorf("%d batches were booked without looking: the test compares nothing", n)
			}
			if n := careful.executed("MovePlenty"); n > 0 {
				t.Errorf("%d batches of replicas that had just begun were booked without looking", n)
			}
		})
	}
}

// A replica that takes for granted what another one has changed is told so by the server.
func TestWhatAnotherReplicaChangedIsNotTakenForGranted(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.openAll()
	small := func() { w.sell(dining.ForHere, w.line(w.latte, w.small, 1)) }
	for range 6 { // the first ones are how the replica comes to know the store
		small()
	}
	if w.executed("MovePlenty") == 0 {
		t.Fatal("no batch was booked without looking")
	}
	w.hear()
	other := inventory.New(w.dbs.Context("inventory"), nowUTC)
	if _, err := other.OpeningStock(t.Context(), w.boss, inventory.OpeningStock{Store: w.store, Lines: []inventory.StockLine{stated(w.milk, 500*ml, "ml")}}); err != nil {
		t.Fatal(err)
	}
	w.hear()
	small() // 300 ml: one large latte
	w.wantSoldOut(nil)
	small() // 100 ml
	w.wantSoldOut(reasons{"large latte": "stock:milk", "small latte": "stock:milk"})
	w.wantChanges("sold out: large latte (stock:milk)", "sold out: small latte (stock:milk)")
	small()
	small() // below zero nothing follows any more
	w.wantChanges()
	w.checkSums()
}

// executed returns how often the open connections of inventory executed a query.
func (w *world) executed(query string) (n int) {
	w.t.Helper()
	for _, conn := range w.dbs.Context("inventory").AcquireAllIdle(context.Background()) {
		var times int
		err := conn.QueryRow(context.Background(),
			"SELECT COALESCE(sum(generic_plans + custom_plans), 0) FROM pg_prepared_statements WHERE statement LIKE '-- name: ' || $1 || ' %'", query).Scan(&times)
		conn.Release()
		if err != nil {
			w.t.Fatal(err)
		}
		n += times
	}
	return n
}
