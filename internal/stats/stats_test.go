package stats_test

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/jackc/pgx/v5"

	"maru/internal/kernel/businessday"
	"maru/internal/kernel/ids"
	"maru/internal/kernel/lang"
	"maru/internal/kernel/money"
	"maru/internal/ordering/orderingapi"
	"maru/internal/platform/event"
	"maru/internal/platform/outbox"
	"maru/internal/platform/postgres"
	"maru/internal/platform/postgres/pgtest"
	"maru/internal/stats"
)

// chain is statistics on a database of their own, fed by events that the test publishes in the place
// of the contexts that really do.
type chain struct {
	*stats.Service
	t          *testing.T
	dbs        *postgres.Databases
	dispatcher *outbox.Dispatcher
}

func newChain(t *testing.T, before ...func(*stats.Service)) *chain {
	t.Helper()
	dbs := pgtest.New(t)
	c := &chain{Service: stats.New(dbs.Context("stats")), t: t, dbs: dbs}
	var subs outbox.Subscriptions
	for _, f := range before {
		f(c.Service)
	}
	c.Subscribe(&subs)
	c.dispatcher = outbox.NewDispatcher(dbs, &subs, slog.New(slog.DiscardHandler))
	return c
}

// publish commits events of one context together.
func (c *chain) publish(context string, events ...event.Event) {
	c.t.Helper()
	err := c.dbs.Context(context).InTx(c.t.Context(), func(tx pgx.Tx) error {
		return outbox.Publish(c.t.Context(), tx, events...)
	})
	if err != nil {
		c.t.Fatalf("publish: %v", err)
	}
}

func (c *chain) drain() {
	c.t.Helper()
	if err := c.dispatcher.Drain(c.t.Context()); err != nil {
		c.t.Fatalf("drain: %v", err)
	}
}

func (c *chain) totals(o stats.Over) stats.Sales {
	c.t.Helper()
	return must(c.t)(c.Totals(c.t.Context(), o))
}

func must(t *testing.T) func(stats.Sales, error) stats.Sales {
	return func(s stats.Sales, err error) stats.Sales {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
}

func read[T any](t *testing.T, f func(context.Context, stats.Over) ([]T, error), o stats.Over) []T {
	t.Helper()
	rows, err := f(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

// dates makes cmp compare dates as the values they are.
var dates = cmpopts.EquateComparable(businessday.Date{})

func day(s string) businessday.Date {
	d, err := businessday.ParseDate(s)
	if err != nil {
		panic(err)
	}
	return d
}

// product is something that is sold in these tests.
type product struct {
	item     ids.ItemID
	size     ids.SizeID
	category ids.CategoryID
	price    money.Amount
}

func newProduct(price money.Amount) product {
	return product{item: ids.NewItemID(), size: ids.NewSizeID(), category: ids.NewCategoryID(), price: price}
}

func (p product) line(quantity int) orderingapi.Line {
	return orderingapi.Line{
		ItemID: p.item, SizeID: p.size, CategoryID: p.category, ItemName: lang.Text{Ko: "품목"},
		Quantity: quantity, UnitPrice: p.price, Total: p.price * money.Amount(quantity),
	}
}

func accepted(store ids.StoreID, date string, hour int, lines ...orderingapi.Line) orderingapi.OrderAccepted {
	e := orderingapi.OrderAccepted{
		OrderID: ids.NewOrderID(), StoreID: store, BusinessDate: day(date), Hour: hour,
		PlacedAt: day(date).Midnight().Add(time.Duration(hour) * time.Hour), Channel: orderingapi.Register,
	}
	for i, l := range lines {
		l.No = i + 1
		e.Lines = append(e.Lines, l)
		e.Total += l.Total
	}
	e.Tax = money.VAT(e.Total)
	return e
}

func cancelled(o orderingapi.OrderAccepted, date string, hour int) orderingapi.OrderCancelled {
	return orderingapi.OrderCancelled{
		OrderID: o.OrderID, StoreID: o.StoreID, BusinessDate: day(date), Hour: hour, OrderDate: o.BusinessDate,
		From: orderingapi.Accepted, To: orderingapi.Cancelled, Reason: "손님 변심", Disposition: orderingapi.Restock,
		Total: o.Total, Tax: o.Tax, Lines: o.Lines, At: day(date).Midnight().Add(time.Duration(hour) * time.Hour),
	}
}
