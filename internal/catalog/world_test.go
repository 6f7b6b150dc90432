package catalog_test

import (
	"context"
	"errors"
	"log/slog"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"maru/internal/catalog"
	"maru/internal/catalog/catalogapi"
	"maru/internal/kernel/lang"
	"maru/internal/kernel/money"
	"maru/internal/kernel/quantity"
	"maru/internal/members/membersapi"
	"maru/internal/platform/auth"
	"maru/internal/platform/event"
	"maru/internal/platform/outbox"
	"maru/internal/platform/postgres"
	"maru/internal/platform/postgres/pgtest"
)

// world is a catalogue on a database of its own, with somebody who listens.
type world struct {
	t     *testing.T
	dbs   *postgres.Databases
	menu  *catalog.Service
	hq    auth.Principal
	now   time.Time
	out   *outbox.Dispatcher
	heard []event.Event
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{t: t, dbs: pgtest.New(t), hq: auth.System("테스트 본사"), now: time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)}
	w.menu = catalog.New(w.dbs.Context("catalog"), func() time.Time { return w.now })
	var subs outbox.Subscriptions
	w.menu.Subscribe(&subs)
	subs.On("stats.listener", w.listen,
		outbox.Of[catalogapi.MaterialChanged](), outbox.Of[catalogapi.RecipesPublished](), outbox.Of[catalogapi.MenuPublished]())
	w.out = outbox.NewDispatcher(w.dbs, &subs, slog.New(slog.DiscardHandler))
	return w
}

func (w *world) listen(_ context.Context, _ pgx.Tx, batch []outbox.Delivery) error {
	for _, d := range batch {
		w.heard = append(w.heard, d.Event)
	}
	return nil
}

// found founds the franchise, as members would say it.
func (w *world) found(currency string) {
	w.t.Helper()
	ctx := w.t.Context()
	w.must(w.dbs.Context("members").InTx(ctx, func(tx pgx.Tx) error {
		return outbox.Publish(ctx, tx, membersapi.FranchiseFounded{Name: lang.Text{Ko: "시험 커피"}, Currency: currency, At: w.now})
	}))
	w.drain()
}

func (w *world) drain() {
	w.t.Helper()
	w.must(w.out.Drain(w.t.Context()))
}

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) refused(err, want error) {
	w.t.Helper()
	if !errors.Is(err, want) {
		w.t.Fatalf("got %v, want %v", err, want)
	}
}

func (w *world) material(code string, scale quantity.Scale, cost string) {
	w.t.Helper()
	c, err := catalog.ParseCost(cost)
	w.must(err)
	_, err = w.menu.SaveMaterial(w.t.Context(), w.hq, catalog.SaveMaterial{
		Code: code, Name: lang.Text{Ko: "자재 " + code}, Scale: scale, Cost: c,
	})
	w.must(err)
}

func (w *world) category(code string) {
	w.t.Helper()
	_, err := w.menu.SaveCategory(w.t.Context(), w.hq, catalog.SaveCategory{Code: code, Name: lang.Text{Ko: "분류 " + code}})
	w.must(err)
}

func (w *world) item(code, category string, prices map[string]money.Amount, groups ...string) {
	w.t.Helper()
	_, err := w.menu.SaveItem(w.t.Context(), w.hq, catalog.SaveItem{
		Code: code, Category: category, Name: lang.Text{Ko: "메뉴 " + code}, OnSale: true, Groups: groups,
	})
	w.must(err)
	if len(prices) == 0 {
		return
	}
	var sizes []catalog.Size
	for _, size := range slices.Sorted(maps.Keys(prices)) {
		sizes = append(sizes, catalog.Size{Code: size, Name: lang.Text{Ko: size}, Price: prices[size]})
	}
	w.must(w.menu.SaveSizes(w.t.Context(), w.hq, catalog.SaveSizes{Item: code, Sizes: sizes}))
}

func (w *world) recipe(item, size string, components ...catalog.Component) {
	w.t.Helper()
	w.must(w.menu.SaveRecipe(w.t.Context(), w.hq, catalog.SaveRecipe{Item: item, Size: size, Components: components}))
}

func of(material string, n quantity.Milli, unit string) catalog.Component {
	return catalog.Component{Material: material, Entered: n, Unit: unit}
}

func ofSub(sub string, n quantity.Milli, unit string) catalog.Component {
	return catalog.Component{Sub: sub, Entered: n, Unit: unit}
}

func (w *world) publish(note string) int64 {
	w.t.Helper()
	v, err := w.menu.PublishMenu(w.t.Context(), w.hq, catalog.PublishMenu{Note: note})
	w.must(err)
	return v
}

func (w *world) draft() catalog.Draft {
	w.t.Helper()
	d, err := w.menu.Draft(w.t.Context())
	w.must(err)
	return d
}

var (
	grams   = quantity.Scale{Base: quantity.Gram}
	pieces  = quantity.Scale{Base: quantity.Each}
	carton  = quantity.Scale{Base: quantity.Millilitre, Packs: map[string]quantity.Milli{"팩": 1_000_000}}
	byDense = quantity.Scale{Base: quantity.Millilitre, Density: 1300}
)
