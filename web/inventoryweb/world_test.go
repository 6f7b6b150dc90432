package inventoryweb_test

import (
	"log/slog"
	"testing"
	"time"

	"maru/internal/catalog/catalogapi"
	"maru/internal/inventory"
	"maru/internal/kernel/businessday"
	"maru/internal/kernel/dining"
	"maru/internal/kernel/ids"
	"maru/internal/kernel/lang"
	"maru/internal/kernel/quantity"
	"maru/internal/members/membersapi"
	"maru/internal/ordering/orderingapi"
	"maru/internal/platform/auth"
	"maru/internal/platform/event"
	"maru/internal/platform/outbox"
	"maru/internal/platform/outbox/outboxtest"
	"maru/internal/platform/postgres"
	"maru/internal/platform/postgres/pgtest"
	"maru/web/inventoryweb"
	"maru/web/webkit"
	"maru/web/webkit/apikit"
	"maru/web/webkit/webtest"
)

// shop is a site with the stock of a store that sells lattes, on a database of its own.
type shop struct {
	*webtest.Server
	t     *testing.T
	dbs   *postgres.Databases
	stock *inventory.Service
	post  *outbox.Dispatcher
	store membersapi.Store
	owner auth.Principal

	beans, milk, cup catalogapi.Material
	latte            ids.ItemID
	small            ids.SizeID
}

func newShop(t *testing.T) *shop {
	t.Helper()
	return newShopFor(t, nil)
}

func newShopFor(t *testing.T, sessions webkit.Sessions) *shop {
	t.Helper()
	s := &shop{
		t: t, dbs: pgtest.New(t), store: webtest.Store("gangnam", "강남점"),
		beans: material("beans", "원두", "Coffee beans", quantity.Gram, 500_000, map[string]quantity.Milli{"bag": 1_000_000}),
		milk:  material("milk", "우유", "Milk", quantity.Millilitre, 2_000_000, map[string]quantity.Milli{"carton": 1_000_000}),
		cup:   material("cup", "종이컵", "Paper cup", quantity.Each, 0, nil),
		latte: ids.NewItemID(), small: ids.NewSizeID(),
	}
	s.owner = webtest.Owner("김점주", s.store)
	s.stock = inventory.New(s.dbs.Context("inventory"), time.Now)
	s.Server = webtest.Start(t, webkit.Options{Sessions: sessions, Stores: webtest.Stores{s.store, webtest.Store("mapo", "마포점")}}, func(site *webkit.Site) {
		inventoryweb.Register(site, s.stock)
		api := apikit.New(slog.New(slog.DiscardHandler), "test")
		inventoryweb.RegisterAPI(api, s.stock)
		api.Mount(site.Router())
	})
	var subs outbox.Subscriptions
	s.stock.Subscribe(&subs)
	s.post = outbox.NewDispatcher(s.dbs, &subs, slog.New(slog.DiscardHandler))
	s.drain()
	return s
}

// withMenu publishes the materials and the one recipe.
func (s *shop) withMenu() *shop {
	s.t.Helper()
	s.hear("catalog",
		catalogapi.MaterialChanged{Material: s.beans}, catalogapi.MaterialChanged{Material: s.milk}, catalogapi.MaterialChanged{Material: s.cup},
		catalogapi.RecipesPublished{Version: 1, Recipes: []catalogapi.Recipe{{ItemID: s.latte, SizeID: s.small, Components: []catalogapi.Component{
			{MaterialID: s.beans.ID, Quantity: 18_000},
			{MaterialID: s.milk.ID, Quantity: 200_000},
			{MaterialID: s.cup.ID, Quantity: 1000, Dining: []dining.Option{dining.Takeaway}},
		}}}})
	return s
}

func material(code, ko, en string, base quantity.Unit, low quantity.Milli, packs map[string]quantity.Milli) catalogapi.Material {
	return catalogapi.Material{ID: ids.NewMaterialID(), Code: code, Name: lang.Text{Ko: ko, En: en}, Low: low, Scale: quantity.Scale{Base: base, Packs: packs}}
}

func (s *shop) drain() {
	s.t.Helper()
	if err := s.post.Drain(s.t.Context()); err != nil {
		s.t.Fatalf("drain: %v", err)
	}
}

func (s *shop) hear(source string, events ...event.Event) {
	s.t.Helper()
	outboxtest.Publish(s.t, s.dbs, source, events...)
	s.drain()
}

// sell sells n lattes to take away.
func (s *shop) sell(n int) {
	s.t.Helper()
	s.hear("ordering", orderingapi.OrderAccepted{
		OrderID: ids.NewOrderID(), StoreID: s.store.ID, MenuVersion: 1, Dining: dining.Takeaway, PickupNumber: 12,
		BusinessDate: businessday.NewDate(2026, 11, 22), Lines: []orderingapi.Line{{No: 1, ItemID: s.latte, SizeID: s.small, Quantity: n}},
	})
}

// open enters opening stock in base units.
func (s *shop) open(m catalogapi.Material, q quantity.Milli) {
	s.t.Helper()
	_, err := s.stock.OpeningStock(s.t.Context(), s.owner, inventory.OpeningStock{
		Store: s.store.ID, Lines: []inventory.StockLine{{Material: m.ID, Quantity: q, Unit: string(m.Scale.Base)}},
	})
	if err != nil {
		s.t.Fatal(err)
	}
	s.drain()
}
