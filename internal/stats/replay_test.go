package stats_test

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"

	"maru/internal/kernel/ids"
	"maru/internal/platform/outbox"
	"maru/internal/platform/outbox/outboxtest"
	"maru/internal/stats"
)

var allOfIt = stats.Over{From: day("2026-01-01"), To: day("2026-12-31")}

func (c *chain) replay(fresh bool) error {
	return c.dispatcher.Replay(c.t.Context(), "stats.sales", fresh, func(int64) {})
}

func (c *chain) exec(sql string) {
	c.t.Helper()
	if _, err := c.dbs.Context("stats").Exec(c.t.Context(), sql); err != nil {
		c.t.Fatal(err)
	}
}

// names of the indexes and constraints of stats' tables, which later migrations rely on.
func (c *chain) shape() []string {
	c.t.Helper()
	rows, err := c.dbs.Context("stats").Query(c.t.Context(), `
		SELECT indexdef FROM pg_indexes WHERE schemaname = 'stats'
		UNION ALL SELECT conrelid::regclass || ' ' || conname || ' ' || pg_get_constraintdef(oid) FROM pg_constraint WHERE connamespace = 'stats'::regnamespace
		UNION ALL SELECT relname || ' ' || COALESCE(reloptions::text, '') FROM pg_class WHERE relnamespace = 'stats'::regnamespace AND relkind = 'r'
		ORDER BY 1`)
	if err != nil {
		c.t.Fatal(err)
	}
	lines, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		c.t.Fatal(err)
	}
	return lines
}

func TestReplayHealsFiguresAndLeavesGoodOnesAlone(t *testing.T) {
	t.Parallel()
	c := newChain(t)
	store, coffee := ids.NewStoreID(), newProduct(4500)
	for n := range 20 {
		o := accepted(store, "2026-03-01", n%24, coffee.line(n%3+1))
		c.publish("ordering", o)
		if n%5 == 0 {
			c.publish("ordering", cancelled(o, "2026-03-02", 9))
		}
	}
	c.drain()
	before, shape := c.totals(allOfIt), c.shape()

	if err := c.replay(false); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(before, c.totals(allOfIt)); diff != "" {
		t.Errorf("a replay changed figures that were right (-before +after):\n%s", diff)
	}
	if diff := cmp.Diff(shape, c.shape()); diff != "" {
		t.Errorf("the tables are not as the migrations made them (-before +after):\n%s", diff)
	}
	c.exec("UPDATE stats.sales_hour SET revenue = revenue + 1, orders = 0")
	c.exec("DELETE FROM stats.sales_item")
	if err := c.replay(false); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(before, c.totals(allOfIt)); diff != "" {
		t.Errorf("the figures were not healed (-before +after):\n%s", diff)
	}
	c.publish("ordering", accepted(store, "2026-03-03", 10, coffee.line(1)))
	c.drain()
	if got := c.totals(allOfIt); got.Orders != before.Orders+1 {
		t.Errorf("%d orders after one more than %d", got.Orders, before.Orders)
	}
}

func TestReplayWhileOrdersGoOn(t *testing.T) {
	t.Parallel()
	c := newChain(t)
	store, coffee := ids.NewStoreID(), newProduct(4500)
	for range 50 {
		c.publish("ordering", accepted(store, "2026-03-01", 10, coffee.line(1)))
	}
	c.drain()
	c.exec("UPDATE stats.sales_hour SET orders = 1")
	var subs outbox.Subscriptions
	replica := stats.New(c.dbs.Context("stats"))
	replica.Subscribe(&subs)
	running := outbox.NewDispatcher(c.dbs, &subs, slog.New(slog.DiscardHandler))
	ctx, stop := context.WithCancel(t.Context())
	var all sync.WaitGroup
	var placed atomic.Int64
	all.Go(func() { _ = running.Run(ctx) })
	all.Go(func() {
		for ctx.Err() == nil && placed.Load() < 400 {
			outboxtest.Publish(t, c.dbs, "ordering", accepted(store, "2026-03-01", 10, coffee.line(1)))
			placed.Add(1)
		}
	})
	for range 3 {
		if err := c.replay(false); err != nil {
			t.Error(err)
		}
	}
	stop()
	all.Wait()
	c.drain()
	want := 50 + placed.Load()
	if got := c.totals(allOfIt); got.Orders != want || got.Units != want {
		t.Errorf("%d orders with %d units, want %d", got.Orders, got.Units, want)
	}
}

func TestReplayThatWasEndedInTheMiddleGoesOn(t *testing.T) {
	t.Parallel()
	c := newChain(t)
	store, coffee := ids.NewStoreID(), newProduct(4500)
	for range 60 {
		c.publish("ordering", accepted(store, "2026-03-01", 10, coffee.line(1)))
	}
	c.drain()
	for _, hook := range []string{"handled", "written", "committed"} {
		c.exec("UPDATE stats.sales_hour SET orders = 7")
		rounds := 0
		die := func(_ context.Context, name string, _ pgx.Tx) error {
			if rounds++; rounds > 2 {
				return errors.New("the process ends here")
			}
			return nil
		}
		hooks := map[string]outbox.Hooks{"handled": {AfterHandle: die}, "written": {BeforeCommit: die}, "committed": {AfterCommit: die}}[hook]
		var subs outbox.Subscriptions
		stats.New(c.dbs.Context("stats")).Subscribe(&subs)
		dying := outbox.NewDispatcher(c.dbs, &subs, slog.New(slog.DiscardHandler), outbox.WithBatch(10, 1<<20), outbox.WithHooks(hooks))
		if err := dying.Replay(t.Context(), "stats.sales", false, func(int64) {}); err == nil {
			t.Fatal("it did not end in the middle")
		}
		if got := c.totals(allOfIt); got.Orders != 7 {
			t.Errorf("%s: the live figures were touched: %d", hook, got.Orders)
		}
		if err := c.replay(false); err != nil {
			t.Fatal(err)
		}
		if got := c.totals(allOfIt); got.Orders != 60 || got.Units != 60 {
			t.Errorf("%s: %+v", hook, got)
		}
	}
}

func TestReplayRefusesWhatItCannotBuild(t *testing.T) {
	t.Parallel()
	c := newChain(t)
	store, coffee := ids.NewStoreID(), newProduct(4500)
	c.publish("ordering", accepted(store, "2026-03-01", 10, coffee.line(1)))
	c.publish("ordering", accepted(store, "2026-03-01", 10, coffee.line(1)))
	c.drain()
	if _, err := c.dbs.Context("ordering").Exec(t.Context(), "DELETE FROM ordering.outbox WHERE pos = 1"); err != nil {
		t.Fatal(err)
	}
	if err := c.replay(false); !errors.Is(err, outbox.ErrEventsGone) {
		t.Errorf("a replay from the middle: %v", err)
	}
	if got := c.totals(allOfIt); got.Orders != 2 {
		t.Errorf("the live figures were touched: %+v", got)
	}
	if err := c.dispatcher.Replay(t.Context(), "stats.nothing", false, func(int64) {}); !errors.Is(err, outbox.ErrNoSubscription) {
		t.Errorf("a replay of nothing: %v", err)
	}
}
