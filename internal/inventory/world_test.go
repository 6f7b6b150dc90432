package inventory_test

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"maru/internal/catalog/catalogapi"
	"maru/internal/inventory"
	"maru/internal/inventory/inventoryapi"
	"maru/internal/kernel/businessday"
	"maru/internal/kernel/dining"
	"maru/internal/kernel/ids"
	"maru/internal/kernel/lang"
	"maru/internal/kernel/quantity"
	"maru/internal/ordering/orderingapi"
	"maru/internal/platform/auth"
	"maru/internal/platform/event"
	"maru/internal/platform/outbox"
	"maru/internal/platform/postgres"
	"maru/internal/platform/postgres/pgtest"
)

// world is a franchise that sells a latte in two sizes and an americano: inventory behind its doors,
// and the outboxes of its neighbours to put events into.
type world struct {
	t     testing.TB
	dbs   *postgres.Databases
	stock *inventory.Service
	post  *outbox.Dispatcher
	boss  auth.Principal
	store ids.StoreID

	beans, milk, oat, syrup, cup, mug         catalogapi.Material
	latte, americano                          ids.ItemID
	small, large, cold                        ids.SizeID
	shot, oatMilk, wholeMilk, sweet, lessMilk ids.OptionID
}

const (
	g  quantity.Milli = 1000
	ml quantity.Milli = 1000
	ea quantity.Milli = 1000
)

func newWorld(t testing.TB) *world {
	t.Helper()
	w := &world{t: t, dbs: pgtest.New(t), store: ids.NewStoreID(), boss: auth.System("test")}
	w.stock = inventory.New(w.dbs.Context("inventory"), func() time.Time { return time.Now().UTC().Truncate(time.Microsecond) })
	w.post = w.dispatcher(w.stock)
	material := func(code, ko string, base quantity.Unit, low quantity.Milli, packs map[string]quantity.Milli) catalogapi.Material {
		return catalogapi.Material{ID: ids.NewMaterialID(), Code: code, Name: lang.Text{Ko: ko, En: code}, Low: low, Scale: quantity.Scale{Base: base, Packs: packs}}
	}
	w.beans = material("beans", "원두", quantity.Gram, 500*g, map[string]quantity.Milli{"bag": 1000 * g})
	w.milk = material("milk", "우유", quantity.Millilitre, 1000*ml, map[string]quantity.Milli{"carton": 1000 * ml})
	w.oat = material("oat", "귀리 우유", quantity.Millilitre, 0, nil)
	w.syrup = material("syrup", "시럽", quantity.Millilitre, 0, nil)
	w.cup = material("cup", "종이컵", quantity.Each, 0, nil)
	w.mug = material("mug", "머그컵", quantity.Each, 0, nil)
	w.milk.Scale.Density = 1030
	w.latte, w.americano = ids.NewItemID(), ids.NewItemID()
	w.small, w.large, w.cold = ids.NewSizeID(), ids.NewSizeID(), ids.NewSizeID()
	w.shot, w.oatMilk, w.wholeMilk, w.sweet, w.lessMilk = ids.NewOptionID(), ids.NewOptionID(), ids.NewOptionID(), ids.NewOptionID(), ids.NewOptionID()
	var events []event.Event
	for _, m := range []catalogapi.Material{w.beans, w.milk, w.oat, w.syrup, w.cup, w.mug} {
		events = append(events, catalogapi.MaterialChanged{Material: m})
	}
	w.publish("catalog", append(events, w.menu(1))...)
	w.drain()
	return w
}

func (w *world) menu(version int64) catalogapi.RecipesPublished {
	part := func(m catalogapi.Material, q quantity.Milli, at ...dining.Option) catalogapi.Component {
		return catalogapi.Component{MaterialID: m.ID, Quantity: q, Dining: at}
	}
	options := []ids.OptionID{w.shot, w.oatMilk, w.wholeMilk, w.sweet, w.lessMilk}
	return catalogapi.RecipesPublished{
		Version: version,
		Recipes: []catalogapi.Recipe{
			{ItemID: w.latte, SizeID: w.small, Options: options, Components: []catalogapi.Component{
				part(w.beans, 18*g), part(w.milk, 200*ml), part(w.cup, 1*ea, dining.Takeaway), part(w.mug, 1*ea, dining.ForHere),
			}},
			{ItemID: w.latte, SizeID: w.large, Options: options, Components: []catalogapi.Component{
				part(w.beans, 36*g), part(w.milk, 300*ml), part(w.cup, 1*ea, dining.Takeaway), part(w.mug, 1*ea, dining.ForHere),
			}},
			{ItemID: w.americano, SizeID: w.cold, Options: []ids.OptionID{w.shot}, Components: []catalogapi.Component{
				part(w.beans, 18*g), part(w.cup, 1*ea, dining.Takeaway, dining.ForHere, dining.OwnCup),
			}},
		},
		Deltas: []catalogapi.OptionDelta{
			{OptionID: w.shot, Kind: catalogapi.Add, MaterialID: w.beans.ID, Quantity: 9 * g},
			{OptionID: w.oatMilk, Kind: catalogapi.Replace, MaterialID: w.milk.ID, With: w.oat.ID, Factor: 1000},
			{OptionID: w.sweet, Kind: catalogapi.Add, MaterialID: w.syrup.ID, Quantity: 15 * ml},
			{OptionID: w.lessMilk, Kind: catalogapi.Multiply, MaterialID: w.milk.ID, Factor: 500},
		},
	}
}

// dispatcher returns a replica that runs everything the service reacts to.
func (w *world) dispatcher(s *inventory.Service) *outbox.Dispatcher {
	var subs outbox.Subscriptions
	s.Subscribe(&subs)
	return outbox.NewDispatcher(w.dbs, &subs, slog.New(slog.DiscardHandler))
}

func (w *world) publish(source string, events ...event.Event) {
	w.t.Helper()
	err := w.dbs.Context(source).InTx(context.Background(), func(tx pgx.Tx) error {
		return outbox.Publish(context.Background(), tx, events...)
	})
	if err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) drain() {
	w.t.Helper()
	if err := w.post.Drain(context.Background()); err != nil {
		w.t.Fatal(err)
	}
}

// hear returns everything inventory has published since the last call.
func (w *world) hear() []event.Event {
	w.t.Helper()
	var subs outbox.Subscriptions
	var heard []event.Event
	subs.On("stats.test_listener", func(_ context.Context, _ pgx.Tx, batch []outbox.Delivery) error {
		for _, d := range batch {
			heard = append(heard, d.Event)
		}
		return nil
	}, outbox.Of[inventoryapi.AvailabilityChanged](), outbox.Of[inventoryapi.MaterialLow](), outbox.Of[inventoryapi.StockAdjusted]())
	if err := outbox.NewDispatcher(w.dbs, &subs, slog.New(slog.DiscardHandler), outbox.WithWorkers(1)).Drain(context.Background()); err != nil {
		w.t.Fatal(err)
	}
	return heard
}

func (w *world) line(item ids.ItemID, size ids.SizeID, n int, options ...orderingapi.LineOption) orderingapi.Line {
	return orderingapi.Line{No: 1, ItemID: item, SizeID: size, Quantity: n, Options: options}
}

func opt(id ids.OptionID, n int) orderingapi.LineOption {
	return orderingapi.LineOption{OptionID: id, Quantity: n}
}

// accepted is an order of the store; the caller publishes it.
func (w *world) accepted(at dining.Option, lines ...orderingapi.Line) orderingapi.OrderAccepted {
	return orderingapi.OrderAccepted{
		OrderID: ids.NewOrderID(), StoreID: w.store, Dining: at, MenuVersion: 1, PickupNumber: 7, Lines: lines,
		BusinessDate: businessday.NewDate(2026, 11, 22), Channel: orderingapi.Register,
	}
}

// sell accepts an order and lets inventory hear of it.
func (w *world) sell(at dining.Option, lines ...orderingapi.Line) orderingapi.OrderAccepted {
	w.t.Helper()
	o := w.accepted(at, lines...)
	w.publish("ordering", o)
	w.drain()
	return o
}

func (w *world) cancel(o orderingapi.OrderAccepted, what orderingapi.Disposition) {
	w.t.Helper()
	w.publish("ordering", cancellation(o, what))
	w.drain()
}

func cancellation(o orderingapi.OrderAccepted, what orderingapi.Disposition) orderingapi.OrderCancelled {
	return orderingapi.OrderCancelled{
		OrderID: o.OrderID, StoreID: o.StoreID, BusinessDate: o.BusinessDate, OrderDate: o.BusinessDate, From: orderingapi.Accepted,
		To: orderingapi.Cancelled, Reason: "손님 변심", Disposition: what, Lines: o.Lines,
	}
}

func stated(m catalogapi.Material, q quantity.Milli, unit string) inventory.StockLine {
	return inventory.StockLine{Material: m.ID, Quantity: q, Unit: unit}
}

// open enters opening stock in base units.
func (w *world) open(lines ...inventory.StockLine) {
	w.t.Helper()
	if _, err := w.stock.OpeningStock(context.Background(), w.boss, inventory.OpeningStock{Store: w.store, Lines: lines}); err != nil {
		w.t.Fatal(err)
	}
}

// openAll gives the store plenty of everything but what the caller says otherwise.
func (w *world) openAll(except ...inventory.StockLine) {
	w.t.Helper()
	lines := []inventory.StockLine{
		stated(w.beans, 100_000*g, "g"), stated(w.milk, 100_000*ml, "ml"), stated(w.oat, 100_000*ml, "ml"),
		stated(w.syrup, 100_000*ml, "ml"), stated(w.cup, 10_000*ea, "ea"), stated(w.mug, 10_000*ea, "ea"),
	}
	for _, e := range except {
		for i := range lines {
			if lines[i].Material == e.Material {
				lines[i] = e
			}
		}
	}
	w.open(lines...)
}

func (w *world) receive(lines ...inventory.StockLine) inventory.Booking {
	w.t.Helper()
	b, err := w.stock.ReceiveStock(context.Background(), w.boss, inventory.ReceiveStock{Store: w.store, Lines: lines})
	if err != nil {
		w.t.Fatal(err)
	}
	return b
}

// onHand returns the store's balances of everything that has one, by material code.
func (w *world) onHand() map[string]quantity.Milli {
	w.t.Helper()
	list, err := w.stock.Balances(context.Background(), w.boss, w.store, inventory.BalanceQuery{})
	if err != nil {
		w.t.Fatal(err)
	}
	got := map[string]quantity.Milli{}
	for _, b := range list {
		if b.MovedAt != nil {
			got[b.Material.Code] = b.OnHand
		}
	}
	return got
}

// soldOut returns what the store cannot make, in words.
func (w *world) soldOut() map[string]string {
	w.t.Helper()
	list, err := w.stock.UnavailableAt(context.Background(), w.boss, w.store)
	if err != nil {
		w.t.Fatal(err)
	}
	got := map[string]string{}
	for _, u := range list {
		got[w.words(u.Availability)] = u.Reason
	}
	return got
}

func (w *world) words(a inventoryapi.Availability) string {
	s := map[ids.SizeID]string{w.small: "small latte", w.large: "large latte", w.cold: "americano"}[a.SizeID]
	option := map[ids.OptionID]string{w.shot: "shot", w.oatMilk: "oat", w.wholeMilk: "whole", w.sweet: "sweet", w.lessMilk: "less milk"}[a.OptionID]
	if option != "" {
		s += " with " + option
	}
	return s
}

// changes returns what inventory said about availability since the last call of hear, in words.
func (w *world) changes() []string {
	w.t.Helper()
	var said []string
	for _, e := range w.hear() {
		c, ok := e.(inventoryapi.AvailabilityChanged)
		if !ok {
			continue
		}
		for _, a := range c.Changes {
			if a.Available {
				said = append(said, "back: "+w.words(a))
			} else {
				said = append(said, "sold out: "+w.words(a)+" ("+a.Reason+")")
			}
		}
	}
	return said
}

// checkSums proves that every balance is the sum of the ledger.
func (w *world) checkSums() {
	w.t.Helper()
	rows, err := w.dbs.Context("inventory").Query(context.Background(), `
		SELECT s.store_id::text || ' ' || m.code || ': ' || s.on_hand || ' instead of ' || COALESCE(l.milli, 0)
		FROM inventory.stock s
		JOIN inventory.material m USING (material_id)
		FULL JOIN (SELECT store_id, material_id, sum(milli) AS milli FROM inventory.ledger GROUP BY 1, 2) l USING (store_id, material_id)
		WHERE COALESCE(s.on_hand, 0) <> COALESCE(l.milli, 0)`)
	if err != nil {
		w.t.Fatal(err)
	}
	wrong, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		w.t.Fatal(err)
	}
	for _, s := range wrong {
		w.t.Errorf("balance is not the sum of the ledger: %s", s)
	}
}
