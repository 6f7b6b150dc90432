package outbox_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/jackc/pgx/v5"

	"maru/internal/kernel/ids"
	"maru/internal/platform/event"
	"maru/internal/platform/outbox"
	"maru/internal/platform/postgres"
	"maru/internal/platform/postgres/pgtest"
)

// happened is what ordering publishes in these tests. Bad makes the handler misbehave.
type happened struct {
	Lane ids.Lane
	Key  string
	N    int64
	Bad  string
}

func (happened) EventKind() string     { return "ordering.test_happened" }
func (happened) EventVersion() int     { return 1 }
func (e happened) EventLane() ids.Lane { return e.Lane }
func (e happened) EventKey() string    { return e.Key }

// ignored is of a kind that nobody subscribes to.
type ignored struct{ happened }

func (ignored) EventKind() string { return "ordering.test_ignored" }

// echoed is what inventory publishes about each happened.
type echoed struct{ happened }

func (echoed) EventKind() string { return "inventory.test_echoed" }

// world is a database with a table of effects in every context, which the handlers of these tests
// write and nothing keeps from being written twice.
type world struct {
	t   testing.TB
	url string
	dbs *postgres.Databases
	// healed makes every event applicable.
	healed *atomic.Bool
}

func newWorld(t testing.TB) *world {
	t.Helper()
	url := pgtest.NewURL(t)
	conn, err := pgx.Connect(t.Context(), url)
	must(t, err)
	defer func() { must(t, conn.Close(context.WithoutCancel(t.Context()))) }()
	for _, schema := range postgres.Contexts {
		_, err := conn.Exec(t.Context(), fmt.Sprintf(`
			CREATE TABLE %s.test_effect (
				seq bigserial PRIMARY KEY, subscription text NOT NULL, lane smallint NOT NULL, pos bigint NOT NULL,
				key text NOT NULL, n bigint NOT NULL)`, schema))
		must(t, err)
	}
	return &world{t: t, url: url, dbs: pgtest.Open(t, url), healed: new(atomic.Bool)}
}

// replica is the same world as another process would see it.
func (w *world) replica() *world {
	c := *w
	c.dbs = pgtest.Open(w.t, w.url)
	return &c
}

func (w *world) dispatcher(subs *outbox.Subscriptions, opts ...outbox.Option) *outbox.Dispatcher {
	return outbox.NewDispatcher(w.dbs, subs, slog.New(slog.DiscardHandler), opts...)
}

// inventory subscribes inventory alone.
func (w *world) inventory() *outbox.Subscriptions {
	var subs outbox.Subscriptions
	subs.On("inventory.test", w.effects("inventory.test"), outbox.Of[happened]())
	return &subs
}

var errPoison = errors.New("this event cannot be applied")

// effects returns a handler that writes one row per event.
func (w *world) effects(subscription string) outbox.Handler {
	schema, _, _ := strings.Cut(subscription, ".")
	return func(ctx context.Context, tx pgx.Tx, batch []outbox.Delivery) error {
		for _, d := range batch {
			e := d.Event.(happened)
			if err := w.writeEffect(ctx, tx, schema, subscription, d, e.N); err != nil {
				return err
			}
			if err := w.misbehave(ctx, tx, e); err != nil {
				return err
			}
		}
		return nil
	}
}

func (w *world) writeEffect(ctx context.Context, tx pgx.Tx, schema, subscription string, d outbox.Delivery, n int64) error {
	_, err := tx.Exec(ctx, "INSERT INTO "+schema+".test_effect (subscription, lane, pos, key, n) VALUES ($1, $2, $3, $4, $5)",
		subscription, d.Lane, d.Pos, d.Key, n)
	return err
}

func (w *world) misbehave(ctx context.Context, tx pgx.Tx, e happened) error {
	if w.healed.Load() {
		return nil
	}
	switch e.Bad {
	case "error":
		return errPoison
	case "panic":
		panic("poison")
	case "sql":
		_, err := tx.Exec(ctx, "SELECT 1/0")
		return err
	case "swallowed sql":
		_, _ = tx.Exec(ctx, "SELECT 1/0")
	case "later":
		return outbox.Later(errors.New("the menu has not come yet"))
	}
	return nil
}

func (w *world) publish(events ...event.Event) {
	w.t.Helper()
	must(w.t, w.dbs.Context("ordering").InTx(w.t.Context(), func(tx pgx.Tx) error {
		return outbox.Publish(w.t.Context(), tx, events...)
	}))
}

// effect is a row that a handler wrote, or should have.
type effect struct {
	Lane ids.Lane
	Pos  int64
	Key  string
	N    int64
}

// applied returns the effects of a subscription in the order in which they were written.
func (w *world) applied(subscription string) []effect {
	w.t.Helper()
	schema, _, _ := strings.Cut(subscription, ".")
	return collect[effect](w, "SELECT lane, pos, key, n FROM "+schema+".test_effect WHERE subscription = $1 ORDER BY seq", subscription)
}

// published returns what is in ordering's outbox of a kind, by lane and position.
func (w *world) published(kind string) []effect {
	w.t.Helper()
	return collect[effect](w, `SELECT lane, pos, key, (payload->>'N')::bigint AS n FROM ordering.outbox WHERE kind = $1 ORDER BY lane, pos`, kind)
}

func collect[T any](w *world, sql string, args ...any) []T {
	w.t.Helper()
	conn, err := pgx.Connect(w.t.Context(), w.url)
	must(w.t, err)
	defer func() { must(w.t, conn.Close(context.WithoutCancel(w.t.Context()))) }()
	rows, err := conn.Query(w.t.Context(), sql, args...)
	must(w.t, err)
	all, err := pgx.CollectRows(rows, pgx.RowToStructByPos[T])
	must(w.t, err)
	return all
}

// check finds what breaks the promise: an event without effect or with two, effects of a lane out of
// order, a gap between positions, a cursor that is not at its head. It returns a description.
func (w *world) check(subscription string) string {
	w.t.Helper()
	var wrong []string
	applied := w.applied(subscription)
	want := w.published("ordering.test_happened")
	last := map[ids.Lane]int64{}
	for _, e := range applied {
		if e.Pos <= last[e.Lane] {
			wrong = append(wrong, fmt.Sprintf("lane %d: %d applied after %d", e.Lane, e.Pos, last[e.Lane]))
		}
		last[e.Lane] = e.Pos
	}
	slices.SortStableFunc(applied, func(a, b effect) int {
		if a.Lane != b.Lane {
			return int(a.Lane) - int(b.Lane)
		}
		return int(a.Pos - b.Pos)
	})
	if diff := cmp.Diff(want, applied); diff != "" {
		wrong = append(wrong, "published (-) and applied (+) differ:\n"+diff)
	}
	wrong = append(wrong, w.gaps(), w.behind(subscription))
	return strings.TrimSpace(strings.Join(wrong, "\n"))
}

// gaps describes lanes whose positions are not 1, 2, 3 … head.
func (w *world) gaps() string {
	w.t.Helper()
	type lane struct {
		Lane  ids.Lane
		Head  int64
		Count int64
		Max   int64
	}
	bad := collect[lane](w, `
		SELECT h.lane, h.pos, count(o.pos), coalesce(max(o.pos), 0)
		FROM ordering.outbox_head h LEFT JOIN ordering.outbox o ON o.lane = h.lane
		GROUP BY h.lane, h.pos
		HAVING count(DISTINCT o.pos) <> h.pos OR coalesce(max(o.pos), 0) <> h.pos OR count(o.pos) <> h.pos`)
	if len(bad) == 0 {
		return ""
	}
	return fmt.Sprintf("positions with gaps: %+v", bad)
}

// behind describes cursors that are not at their heads.
func (w *world) behind(subscription string) string {
	w.t.Helper()
	schema, _, _ := strings.Cut(subscription, ".")
	type lane struct {
		Lane         ids.Lane
		Head, Cursor int64
	}
	bad := collect[lane](w, `
		SELECT h.lane, h.pos, c.pos FROM ordering.outbox_head h
		JOIN `+schema+`.outbox_cursor c ON c.lane = h.lane AND c.subscription = $1
		WHERE h.pos <> c.pos`, subscription)
	if len(bad) == 0 {
		return ""
	}
	return fmt.Sprintf("cursors not at their heads: %+v", bad)
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func equal[T any](t testing.TB, want, got T) {
	t.Helper()
	if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}
