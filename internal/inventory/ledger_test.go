package inventory_test

import (
	"context"
	"math/rand/v2"
	"sync"
	"testing"

	"maru/internal/inventory"
	"maru/internal/kernel/dining"
	"maru/internal/kernel/ids"
	"maru/internal/kernel/quantity"
	"maru/internal/ordering/orderingapi"
)

func TestBalancesAreTheSumOfTheLedgerWhateverHappensAtOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	stores := []ids.StoreID{ids.NewStoreID(), ids.NewStoreID(), ids.NewStoreID()}
	ctx := context.Background()

	var wg sync.WaitGroup
	for worker := range 2 {
		r := rand.New(rand.NewPCG(seed, uint64(worker)))
		wg.Go(func() { // people
			for range 25 {
				materials := []inventory.StockLine{
					stated(w.beans, quantity.Milli(r.Int64N(2000))*g+1, "g"), stated(w.milk, quantity.Milli(r.Int64N(3))*ea+1000, "carton"),
				}
				store := stores[r.IntN(len(stores))]
				var err error
				if r.IntN(3) == 0 {
					_, err = w.stock.OpeningStock(ctx, w.boss, inventory.OpeningStock{Store: store, Lines: materials})
				} else {
					_, err = w.stock.ReceiveStock(ctx, w.boss, inventory.ReceiveStock{Store: store, Lines: materials})
				}
				if err != nil {
					t.Error(err)
				}
			}
		})
	}
	customers := rand.New(rand.NewPCG(seed, 99))
	wg.Go(func() {
		for range 60 {
			o := w.accepted(dining.All[customers.IntN(3)], w.line(w.latte, w.small, 1+customers.IntN(3), opt(w.shot, 1)), w.line(w.americano, w.cold, 1))
			o.StoreID = stores[customers.IntN(len(stores))]
			w.publish("ordering", o)
			if customers.IntN(3) == 0 {
				w.publish("ordering", cancellation(o, []orderingapi.Disposition{orderingapi.Restock, orderingapi.Waste}[customers.IntN(2)]))
			}
		}
	})
	second := w.dispatcher(inventory.New(w.dbs.Context("inventory"), nowUTC))
	for _, d := range []interface{ Drain(context.Context) error }{w.post, second} {
		wg.Go(func() {
			for range 15 {
				if err := d.Drain(ctx); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	w.drain()
	w.checkSums()

	for _, store := range stores {
		w.store = store
		was := w.soldOut()
		w.publish("catalog", w.menu(9)) // judging everything anew must find nothing to correct
		w.drain()
		w.store = store
		w.wantSoldOut(was)
	}
}
