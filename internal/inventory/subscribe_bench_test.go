package inventory_test

import (
	"context"
	"testing"

	"maru/internal/kernel/dining"
	"maru/internal/kernel/ids"
	"maru/internal/platform/event"
)

// BenchmarkConsumption delivers 500 orders of two lines over 50 stores that track everything: what the
// dispatcher, the ledger and the balances cost together.
func BenchmarkConsumption(b *testing.B) {
	w := newWorld(b)
	stores := make([]ids.StoreID, 50)
	for i := range stores {
		stores[i] = ids.NewStoreID()
		w.store = stores[i]
		w.openAll()
	}
	const orders = 500
	n := 0
	b.ResetTimer()
	for b.Loop() {
		b.StopTimer()
		batch := make([]event.Event, orders)
		for i := range batch {
			o := w.accepted(dining.Takeaway, w.line(w.latte, w.small, 1, opt(w.oatMilk, 1)), w.line(w.americano, w.cold, 2))
			o.StoreID = stores[(n+i)%len(stores)]
			batch[i] = o
		}
		n += orders
		w.publish("ordering", batch...)
		b.StartTimer()
		if err := w.post.Drain(context.Background()); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "orders/s")
}
