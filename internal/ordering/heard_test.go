package ordering_test

import (
	"context"
	"encoding/json"
	"log/slog"
	"reflect"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"

	"maru/internal/kernel/money"
	"maru/internal/ordering"
	"maru/internal/ordering/orderingapi"
	"maru/internal/platform/outbox"
)

// Subscriptions of the process that takes an order get the order's event without a detour through its
// JSON. Whatever the order is like, and whether it is written alone or in a group, it must be what a
// subscription elsewhere reads.
func TestSubscriptionsHearOfAnOrderAsItIsStored(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	const orders = 60
	heard := make(chan orderingapi.OrderAccepted, 2*orders)
	var subs outbox.Subscriptions
	s.svc.Subscribe(&subs)
	subs.On("stats.heard", func(_ context.Context, _ pgx.Tx, batch []outbox.Delivery) error {
		for _, d := range batch {
			heard <- d.Event.(orderingapi.OrderAccepted)
		}
		return nil
	}, outbox.Of[orderingapi.OrderAccepted]())
	dispatcher := outbox.NewDispatcher(s.dbs, &subs, slog.New(slog.DiscardHandler), outbox.WithoutNotify())
	ctx, stop := context.WithCancel(t.Context())
	var running sync.WaitGroup
	running.Go(func() { _ = dispatcher.Run(ctx) })
	defer running.Wait()
	defer stop()

	place := func(n int) {
		lines := []ordering.OrderLine{s.lattes(n%3 + 1)}
		total := 6200 * (n%3 + 1)
		if n%2 == 0 {
			lines, total = append(lines, s.cookies(2)), total+6400
		}
		if n%5 == 0 {
			lines, total = []ordering.OrderLine{s.cookies(1)}, 3200
		}
		s.place(s.order(money.Amount(total), lines...))
	}
	for n := range orders / 3 {
		place(n)
	}
	var together sync.WaitGroup
	for n := range orders - orders/3 {
		together.Go(func() { place(n) })
	}
	together.Wait()
	for range orders {
		got := <-heard
		var payload []byte
		err := s.dbs.Context("ordering").QueryRow(t.Context(),
			"SELECT payload FROM ordering.outbox WHERE kind = 'ordering.order_accepted' AND payload->>'order_id' = $1", got.OrderID.String()).Scan(&payload)
		if err != nil {
			t.Fatal(err)
		}
		var stored orderingapi.OrderAccepted
		if err := json.Unmarshal(payload, &stored); err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(got, stored) {
			t.Fatalf("heard %+v\nstored %+v", got, stored)
		}
	}
}
