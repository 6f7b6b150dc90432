package demo

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"maru/internal/kernel/businessday"
	"maru/internal/kernel/ids"
	"maru/internal/members/membersapi"
	"maru/internal/ordering"
	"maru/internal/ordering/orderingapi"
	"maru/internal/platform/auth"
)

// atOnce is how many orders of the history are on their way together: enough for the intake to fill
// its transactions.
const atOnce = 128

// History gives the stores sales of the last days, up to now, so that charts say something, and
// returns how many orders that are. They go the way of imported sales: placed at their own time,
// consumed by inventory, summed up by stats. A store's day is made up from its id and date alone, so
// a second run names the same orders and adds nothing.
func History(ctx context.Context, orders *ordering.Service, stores []membersapi.Store, now time.Time, days int) (int, error) {
	var past []ordering.PlaceOrder
	for _, store := range stores {
		sell, err := orders.Sellable(store.ID)
		if err != nil {
			return 0, fmt.Errorf("history of %s: %w", store.Code, err)
		}
		today := sell.Clock.Date(now)
		for d := days; d >= 0; d-- {
			growth := 0.94 + 0.12*float64(days-d)/float64(days) // the chain is doing well
			past = append(past, day(sell, today.AddDays(-d), growth)...)
		}
	}
	past = slices.DeleteFunc(past, func(o ordering.PlaceOrder) bool { return !o.At.Before(now) })
	slices.SortStableFunc(past, func(a, b ordering.PlaceOrder) int { return a.At.Compare(b.At) })
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(atOnce)
	for _, o := range past {
		group.Go(func() error {
			_, err := orders.PlaceOrder(ctx, auth.System("demo"), o)
			return err
		})
	}
	return len(past), group.Wait()
}

// day makes up a day of a store, hour by hour.
func day(sell *ordering.Sellable, date businessday.Date, growth float64) []ordering.PlaceOrder {
	seed := uint64(digest([]byte(date.String())))<<32 | uint64(digest(sell.Store.UUID[:]))
	rng := rand.New(rand.NewPCG(seed, 20261122)) //nolint:gosec // a made-up day must be the same every time
	c := newCrowd(sell, rng)
	var orders []ordering.PlaceOrder
	for hour := range 24 {
		begin := time.Date(date.Year(), date.Month(), date.Day(), hour, 0, 0, 0, sell.Clock.Zone())
		expected := perSecond(sell.Store, begin) * 3600 * growth
		for range poisson(rng, expected) {
			at := begin.Add(time.Duration(rng.Int64N(int64(time.Hour)))).Truncate(time.Second)
			orders = append(orders, ordering.PlaceOrder{
				ID:      ids.OrderID{UUID: ids.DerivedV7(at, fmt.Sprint("demo ", sell.Store, date, len(orders)))},
				StoreID: sell.Store, Channel: orderingapi.Import, At: at, Dining: c.dining(), Lines: c.basket(),
			})
		}
	}
	return slices.DeleteFunc(orders, func(o ordering.PlaceOrder) bool { return len(o.Lines) == 0 })
}

// poisson draws how many customers come when expected of them do on average: one after the other,
// until the exponential waits between them add up to the hour.
func poisson(rng *rand.Rand, expected float64) int {
	n := 0
	for waited := rng.ExpFloat64(); waited < expected; waited += rng.ExpFloat64() {
		n++
	}
	return n
}
