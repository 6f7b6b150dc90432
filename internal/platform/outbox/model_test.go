package outbox_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/jackc/pgx/v5"
	"pgregory.net/rapid"

	"maru/internal/kernel/ids"
	"maru/internal/platform/event"
	"maru/internal/platform/outbox"
)

// model says what a subscription must have applied: every committed event, but of a key only what
// comes before its first poison, until that is healed.
type model struct {
	lanes   [3][]happened // committed, in order: the position is the index + 1
	blocked map[string]bool
	parked  map[string][]effect
	applied []effect
	read    [3]int
}

func newModel() *model {
	return &model{blocked: map[string]bool{}, parked: map[string][]effect{}}
}

func (m *model) drain() {
	for lane := range m.lanes {
		for ; m.read[lane] < len(m.lanes[lane]); m.read[lane]++ {
			e := m.lanes[lane][m.read[lane]]
			row := effect{ids.Lane(lane), int64(m.read[lane]) + 1, e.Key, e.N}
			if m.blocked[e.Key] || e.Bad != "" {
				m.blocked[e.Key] = true
				m.parked[e.Key] = append(m.parked[e.Key], row)
				continue
			}
			m.applied = append(m.applied, row)
		}
	}
}

func (m *model) heal() {
	for key, rows := range m.parked {
		m.applied = append(m.applied, rows...)
		delete(m.parked, key)
		delete(m.blocked, key)
	}
}

func sorted(rows []effect) []effect {
	return slices.SortedFunc(slices.Values(rows), func(a, b effect) int {
		if a.Lane != b.Lane {
			return int(a.Lane) - int(b.Lane)
		}
		return int(a.Pos - b.Pos)
	})
}

// Any history of transactions (committed in another order than begun, or rolled back), poison, faults
// in the middle of rounds, several replicas and writers at once whose sessions are ended, retries: the
// effects are those of the model.
func TestAnyHistoryHasTheEffectsOfTheModel(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	rapid.Check(t, func(rt *rapid.T) {
		w.reset()
		m := newModel()
		n := int64(0)
		draw := func(lane int) []event.Event {
			var events []event.Event
			for range rapid.IntRange(1, 4).Draw(rt, "events") {
				n++
				key := fmt.Sprintf("%d-%d", lane, rapid.IntRange(0, 2).Draw(rt, "key")) // a key stays in its lane
				bad := rapid.SampledFrom([]string{"", "", "", "", "", "", "error", "sql"}).Draw(rt, "bad")
				events = append(events, happened{Lane: ids.Lane(lane), Key: key, N: n, Bad: bad})
			}
			return events
		}
		first, second := w.dispatcher(w.inventory()), w.dispatcher(w.inventory(), outbox.WithBatch(3, 1<<20))
		for range rapid.IntRange(1, 10).Draw(rt, "steps") {
			switch rapid.SampledFrom([]string{"publish", "publish", "drain", "fault", "together", "heal"}).Draw(rt, "step") {
			case "publish":
				w.publishInterleaved(rt, m, draw)
			case "drain":
				d := rapid.SampledFrom([]*outbox.Dispatcher{first, second}).Draw(rt, "dispatcher")
				must(t, d.Drain(t.Context()))
				m.drain()
			case "fault":
				w.faultyDrain(rt)
			case "together":
				w.together(rt, draw, first, second)
				m.learn(w)
				must(t, second.Drain(t.Context()))
				m.drain()
			case "heal":
				must(t, first.Drain(t.Context()))
				m.drain()
				w.healed.Store(true)
				for key := range m.parked {
					must(t, first.Retry(t.Context(), "inventory.test", key))
				}
				w.healed.Store(false)
				m.heal()
			}
		}
		must(t, second.Drain(t.Context()))
		m.drain()
		got := w.applied("inventory.test")
		if diff := cmp.Diff(sorted(m.applied), sorted(got), cmpopts.EquateEmpty()); diff != "" {
			rt.Fatalf("effects of model (-) and program (+):\n%s", diff)
		}
		last := map[string]int64{}
		for _, e := range got {
			if e.Pos < last[e.Key] {
				rt.Fatalf("key %s: %d applied after %d", e.Key, e.Pos, last[e.Key])
			}
			last[e.Key] = e.Pos
		}
		if bad := w.gaps() + w.behind("inventory.test"); bad != "" {
			rt.Fatal(bad)
		}
	})
}

// publishInterleaved has a transaction per lane open at once; they end in an order of their own.
func (w *world) publishInterleaved(rt *rapid.T, m *model, draw func(int) []event.Event) {
	type open struct {
		tx     pgx.Tx
		lane   int
		events []event.Event
	}
	var all []open
	for lane := range m.lanes {
		if rapid.Bool().Draw(rt, "used") {
			events := draw(lane)
			tx, err := w.dbs.Context("ordering").Begin(w.t.Context())
			must(w.t, err)
			must(w.t, outbox.Publish(w.t.Context(), tx, events...))
			all = append(all, open{tx, lane, events})
		}
	}
	if len(all) == 0 {
		return
	}
	for _, o := range rapid.Permutation(all).Draw(rt, "order") {
		if rapid.IntRange(0, 3).Draw(rt, "fate") == 0 {
			must(w.t, o.tx.Rollback(w.t.Context()))
			continue
		}
		must(w.t, o.tx.Commit(w.t.Context()))
		for _, e := range o.events {
			m.lanes[o.lane] = append(m.lanes[o.lane], e.(happened))
		}
	}
}

// together has writers publish in the same lanes, some of them in vain, while two replicas apply and
// sessions of readers are ended. What came of it stands in the outbox.
func (w *world) together(rt *rapid.T, draw func(int) []event.Event, replicas ...*outbox.Dispatcher) {
	var all sync.WaitGroup
	for range rapid.IntRange(1, 3).Draw(rt, "writers") {
		lane := rapid.IntRange(0, 2).Draw(rt, "lane")
		events, in := draw(lane), rapid.IntRange(0, 3).Draw(rt, "fate") > 0
		all.Go(func() {
			err := w.dbs.Context("ordering").InTx(w.t.Context(), func(tx pgx.Tx) error {
				if err := outbox.Publish(w.t.Context(), tx, events...); err != nil || in {
					return err
				}
				return errInVain
			})
			if err != nil && !errors.Is(err, errInVain) {
				w.t.Error(err)
			}
		})
	}
	for _, d := range replicas {
		all.Go(func() { _ = d.Drain(w.t.Context()) }) // one whose session was ended may give up; the next drain goes on
	}
	for range rapid.IntRange(0, 3).Draw(rt, "ended") {
		all.Go(func() {
			w.asOwner(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity
				WHERE datname = current_database() AND application_name = 'maru/inventory' ORDER BY random() LIMIT 1`)
		})
	}
	all.Wait()
	w.dbs.Context("inventory").Reset() // of sessions that ended while nobody used them
}

var errInVain = errors.New("this transaction is rolled back")

// learn takes over from the outbox in which order writers committed that were at work at once.
func (m *model) learn(w *world) {
	w.t.Helper()
	type row struct {
		Lane     ids.Lane
		Key, Bad string
		N        int64
	}
	m.lanes = [3][]happened{}
	for _, r := range collect[row](w, `SELECT lane, key, payload->>'Bad', (payload->>'N')::bigint FROM ordering.outbox ORDER BY lane, pos`) {
		m.lanes[r.Lane] = append(m.lanes[r.Lane], happened{Lane: r.Lane, Key: r.Key, Bad: r.Bad, N: r.N})
	}
}

// faultyDrain drains until a hook fails. What it had done before is not known, and need not be.
func (w *world) faultyDrain(rt *rapid.T) {
	at := rapid.SampledFrom(hookNames).Draw(rt, "hook")
	countdown := rapid.IntRange(1, 3).Draw(rt, "round")
	d := w.dispatcher(w.inventory(), outbox.WithBatch(2, 1<<20), outbox.WithHooks(hookAt(at, func(ctx context.Context, s string, tx pgx.Tx) error {
		if countdown--; countdown == 0 {
			return faults["error"](ctx, s, tx)
		}
		return nil
	})))
	if err := d.Drain(w.t.Context()); err != nil && !strings.Contains(err.Error(), "a fault of the test") {
		w.t.Fatal(err)
	}
}

// reset makes the database as it was.
func (w *world) reset() {
	w.t.Helper()
	w.asOwner(`
		DELETE FROM ordering.outbox;
		UPDATE ordering.outbox_head SET pos = 0;
		DELETE FROM inventory.outbox_cursor;
		DELETE FROM inventory.outbox_parked;
		DELETE FROM inventory.outbox_parked_key;
		DELETE FROM inventory.outbox_mark;
		DELETE FROM inventory.test_effect`)
}
