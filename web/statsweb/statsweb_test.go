package statsweb_test

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"maru/internal/catalog/catalogapi"
	"maru/internal/inventory/inventoryapi"
	"maru/internal/kernel/businessday"
	"maru/internal/kernel/ids"
	"maru/internal/kernel/lang"
	"maru/internal/kernel/money"
	"maru/internal/members/membersapi"
	"maru/internal/ordering/orderingapi"
	"maru/internal/platform/event"
	"maru/internal/platform/outbox"
	"maru/internal/platform/outbox/outboxtest"
	"maru/internal/platform/postgres"
	"maru/internal/platform/postgres/pgtest"
	"maru/internal/stats"
	"maru/web/statsweb"
	"maru/web/webkit"
	"maru/web/webkit/apikit"
	"maru/web/webkit/webtest"
)

// now is 14:20 on Sunday 22 November 2026 in Seoul.
var now = time.Date(2026, 11, 22, 5, 20, 0, 0, time.UTC)

// chain is a site with figures, on a database of its own.
type chain struct {
	*webtest.Server
	t          *testing.T
	dbs        *postgres.Databases
	dispatcher *outbox.Dispatcher
	stores     webtest.Stores
	shop       *shop
}

// shop answers for ordering and inventory, of which these pages know the contracts only.
type shop struct {
	open orderingapi.OpenOrders
	low  []inventoryapi.LowMaterial
}

func (s *shop) OpenOrders(context.Context, ids.StoreID) (orderingapi.OpenOrders, error) {
	return s.open, nil
}

func (s *shop) LowStock(_ context.Context, _ ids.StoreID, limit int) ([]inventoryapi.LowMaterial, error) {
	return s.low[:min(limit, len(s.low))], nil
}

func newChain(t *testing.T, stores ...membersapi.Store) *chain {
	t.Helper()
	return newChainFor(t, nil, stores...)
}

func newChainFor(t *testing.T, sessions webkit.Sessions, stores ...membersapi.Store) *chain {
	t.Helper()
	dbs := pgtest.New(t)
	service := stats.New(dbs.Context("stats"))
	c := &chain{t: t, dbs: dbs, stores: stores, shop: &shop{}}
	c.Server = webtest.Start(t, webkit.Options{Sessions: sessions, Stores: c.stores, Now: func() time.Time { return now }}, func(site *webkit.Site) {
		from := statsweb.Sources{Stats: service, Stores: c.stores, Queue: c.shop, Stock: c.shop}
		statsweb.Register(site, from)
		api := apikit.New(slog.New(slog.DiscardHandler), "test")
		statsweb.RegisterAPI(api, from)
		api.Mount(site.Router())
	})
	var subs outbox.Subscriptions
	service.Subscribe(&subs)
	c.dispatcher = outbox.NewDispatcher(dbs, &subs, slog.New(slog.DiscardHandler))
	var opened []event.Event
	for _, s := range stores {
		opened = append(opened, membersapi.StoreOpened{Store: s})
	}
	if len(opened) > 0 {
		outboxtest.Publish(t, dbs, "members", opened...)
	}
	c.drain()
	return c
}

func (c *chain) drain() {
	c.t.Helper()
	if err := c.dispatcher.Drain(c.t.Context()); err != nil {
		c.t.Fatalf("drain: %v", err)
	}
}

// sell publishes orders and waits until they are in the figures.
func (c *chain) sell(events ...event.Event) {
	c.t.Helper()
	outboxtest.Publish(c.t, c.dbs, "ordering", events...)
	c.drain()
}

// menu publishes the names of things.
func (c *chain) menu(things ...thing) {
	c.t.Helper()
	m := catalogapi.Menu{Version: 1}
	seen := map[ids.CategoryID]bool{}
	for _, p := range things {
		if !seen[p.category] {
			seen[p.category] = true
			m.Categories = append(m.Categories, catalogapi.Category{ID: p.category, Code: p.code + "s", Name: lang.Text{Ko: p.name.Ko + "류"}})
		}
		m.Items = append(m.Items, catalogapi.Item{ID: p.item, Code: p.code, Name: p.name, Category: p.category})
	}
	outboxtest.Publish(c.t, c.dbs, "catalog", catalogapi.MenuPublished{Menu: m})
	c.drain()
}

// thing is something that is sold in these tests.
type thing struct {
	code     string
	name     lang.Text
	item     ids.ItemID
	category ids.CategoryID
	price    money.Amount
}

func newThing(code, ko string, price money.Amount) thing {
	return thing{code: code, name: lang.Text{Ko: ko}, item: ids.NewItemID(), category: ids.NewCategoryID(), price: price}
}

func order(s membersapi.Store, date string, hour int, p thing, quantity int) orderingapi.OrderAccepted {
	total := p.price * money.Amount(quantity)
	return orderingapi.OrderAccepted{
		OrderID: ids.NewOrderID(), StoreID: s.ID, BusinessDate: day(date), Hour: hour, Total: total, Tax: money.VAT(total),
		Lines: []orderingapi.Line{{No: 1, ItemID: p.item, CategoryID: p.category, Quantity: quantity, UnitPrice: p.price, Total: total}},
	}
}

func cancel(o orderingapi.OrderAccepted, date string, hour int) orderingapi.OrderCancelled {
	return orderingapi.OrderCancelled{
		OrderID: o.OrderID, StoreID: o.StoreID, BusinessDate: day(date), Hour: hour, OrderDate: o.BusinessDate,
		Total: o.Total, Tax: o.Tax, Lines: o.Lines,
	}
}

func day(s string) businessday.Date {
	d, err := businessday.ParseDate(s)
	if err != nil {
		panic(err)
	}
	return d
}
