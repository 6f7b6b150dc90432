package outbox_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"maru/internal/kernel/ids"
	"maru/internal/platform/outbox"
)

func TestPoisonParksItsKeyAndNothingElse(t *testing.T) {
	t.Parallel()
	for _, bad := range []string{"error", "panic", "sql", "swallowed sql"} {
		t.Run(bad, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			d := w.dispatcher(w.inventory())
			w.publish(
				happened{Lane: 1, Key: "a", N: 1}, happened{Lane: 1, Key: "a", N: 2, Bad: bad}, happened{Lane: 1, Key: "b", N: 3},
				happened{Lane: 1, Key: "a", N: 4}, happened{Lane: 2, Key: "c", N: 5},
			)
			must(t, d.Drain(t.Context()))
			w.publish(happened{Lane: 1, Key: "a", N: 6}, happened{Lane: 1, Key: "b", N: 7})
			must(t, d.Drain(t.Context()))
			must(t, w.replica().dispatcher(w.inventory()).Drain(t.Context()))

			equal(t, []effect{{1, 1, "a", 1}, {1, 3, "b", 3}, {2, 1, "c", 5}, {1, 6, "b", 7}}, w.applied("inventory.test"))
			equal(t, "", w.behind("inventory.test"))
			equal(t, []string{"1/2 1", "1/4 0", "1/5 0"}, w.parked(d))

			if err := d.Retry(t.Context(), "inventory.test", "a"); err == nil {
				t.Error("a retry of what still fails reported success")
			}
			equal(t, []string{"1/2 2", "1/4 0", "1/5 0"}, w.parked(d))

			w.healed.Store(true)
			must(t, d.Retry(t.Context(), "inventory.test", "a"))
			equal(t, nil, w.parked(d))
			equal(t, []effect{{1, 2, "a", 2}, {1, 4, "a", 4}, {1, 5, "a", 6}}, w.applied("inventory.test")[4:])

			w.publish(happened{Lane: 1, Key: "a", N: 8})
			must(t, d.Drain(t.Context()))
			equal(t, effect{1, 7, "a", 8}, w.applied("inventory.test")[7])
			if err := d.Retry(t.Context(), "inventory.test", "a"); !errors.Is(err, outbox.ErrNotParked) {
				t.Errorf("Retry of nothing = %v", err)
			}
		})
	}
}

// parked lists what is parked as "lane/pos attempts".
func (w *world) parked(d *outbox.Dispatcher) []string {
	w.t.Helper()
	all, err := d.Parked(w.t.Context())
	must(w.t, err)
	var short []string
	for _, p := range all {
		short = append(short, fmt.Sprintf("%d/%d %d", p.Lane, p.Pos, p.Attempts))
	}
	return short
}

func TestSkippedEventIsNeverAppliedAndThoseBehindItCanBe(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	d := w.dispatcher(w.inventory())
	w.publish(happened{Lane: 1, Key: "a", N: 1, Bad: "error"}, happened{Lane: 1, Key: "a", N: 2})
	must(t, d.Drain(t.Context()))
	must(t, d.Skip(t.Context(), "inventory.test", 1, 1, "counted by hand"))
	if err := d.Skip(t.Context(), "inventory.test", 1, 1, "again"); !errors.Is(err, outbox.ErrNotParked) {
		t.Errorf("second Skip = %v", err)
	}
	must(t, d.Drain(t.Context()))
	equal(t, nil, w.applied("inventory.test"))
	must(t, d.Retry(t.Context(), "inventory.test", "a"))
	w.publish(happened{Lane: 1, Key: "a", N: 3})
	must(t, d.Drain(t.Context()))
	equal(t, []effect{{1, 2, "a", 2}, {1, 3, "a", 3}}, w.applied("inventory.test"))
	equal(t, nil, w.parked(d))

	w.publish(happened{Lane: 1, Key: "z", N: 4, Bad: "error"})
	must(t, d.Drain(t.Context()))
	must(t, d.Skip(t.Context(), "inventory.test", 1, 4, "a test"))
	w.publish(happened{Lane: 1, Key: "z", N: 5})
	must(t, d.Drain(t.Context()))
	equal(t, effect{1, 5, "z", 5}, w.applied("inventory.test")[2])
}

func TestEventsThatCannotBeReadAreParked(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	d := w.dispatcher(w.inventory())
	w.publish(happened{Lane: 1, Key: "a", N: 1}, happened{Lane: 1, Key: "b", N: 2}, happened{Lane: 1, Key: "c", N: 3})
	w.exec("ordering", `UPDATE ordering.outbox SET payload = '["not", "an", "event"]' WHERE key = 'a'`)
	w.exec("ordering", `UPDATE ordering.outbox SET version = 0 WHERE key = 'b'`)
	must(t, d.Drain(t.Context()))
	equal(t, []effect{{1, 3, "c", 3}}, w.applied("inventory.test"))
	equal(t, []string{"1/1 1", "1/2 1"}, w.parked(d))
}

func TestOldVersionsAreUpcast(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.publish(happened{Lane: 1, Key: "a", N: 41})
	w.exec("ordering", `UPDATE ordering.outbox SET version = 0, payload = '{"Lane": 1, "Key": "a", "Count": "42"}'`)
	type old struct {
		Lane  ids.Lane
		Key   string
		Count int64 `json:",string"`
	}
	var subs outbox.Subscriptions
	subs.On("inventory.test", w.effects("inventory.test"), outbox.Of(outbox.From(0, func(o old) happened {
		return happened{Lane: o.Lane, Key: o.Key, N: o.Count}
	})))
	must(t, w.dispatcher(&subs).Drain(t.Context()))
	equal(t, []effect{{1, 1, "a", 42}}, w.applied("inventory.test"))
}

func TestSubscriptionThatWouldParkTheWorldPauses(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	d := w.dispatcher(w.inventory())
	for n := range int64(40) {
		w.publish(happened{Lane: ids.Lane(n % 5), Key: fmt.Sprint(n), N: n, Bad: "error"})
	}
	if err := d.Drain(t.Context()); err == nil || !strings.Contains(err.Error(), "too many") {
		t.Errorf("Drain = %v", err)
	}
	equal(t, 20, len(w.parked(d)))
	// Another replica and another try park no more.
	if err := w.replica().dispatcher(w.inventory()).Drain(t.Context()); err == nil {
		t.Error("another replica parked on")
	}
	equal(t, 20, len(w.parked(d)))

	w.healed.Store(true)
	must(t, d.Drain(t.Context()))
	for n := range 40 {
		_ = d.Retry(t.Context(), "inventory.test", fmt.Sprint(n))
	}
	equal(t, nil, w.parked(d))
	equal(t, 40, len(w.applied("inventory.test")))
}

func TestEventThatMustWaitHoldsUpItsLaneOnly(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	d := w.dispatcher(w.inventory())
	w.publish(
		happened{Lane: 1, Key: "a", N: 1}, happened{Lane: 1, Key: "b", N: 2, Bad: "later"}, happened{Lane: 1, Key: "c", N: 3},
		happened{Lane: 2, Key: "d", N: 4},
	)
	if err := d.Drain(t.Context()); err == nil || !strings.Contains(err.Error(), "the menu has not come yet") {
		t.Errorf("Drain = %v", err)
	}
	equal(t, []effect{{1, 1, "a", 1}, {2, 1, "d", 4}}, w.applied("inventory.test"))
	equal(t, nil, w.parked(d))
	w.healed.Store(true)
	must(t, d.Drain(t.Context()))
	equal(t, []effect{{1, 2, "b", 2}, {1, 3, "c", 3}}, w.applied("inventory.test")[2:])
}

// What waits is looked at as it is in the database each time, not as it was when it was published.
func TestEventThatWaitedIsAppliedAsItWasMended(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.runs(w.dispatcher(w.inventory()))
	w.publish(happened{Lane: 1, Key: "a", N: 1}) // from now on the newest events are in memory
	w.eventually(func() bool { return len(w.applied("inventory.test")) == 1 })
	w.publish(happened{Lane: 1, Key: "a", N: 2, Bad: "later"}, happened{Lane: 2, Key: "b", N: 3})
	w.eventually(func() bool { return len(w.applied("inventory.test")) == 2 })
	w.exec("ordering", `UPDATE ordering.outbox SET payload = '{"Lane": 1, "Key": "a", "N": 4}' WHERE lane = 1 AND pos = 2`)
	w.eventually(func() bool { return len(w.applied("inventory.test")) == 3 })
	equal(t, []effect{{1, 1, "a", 1}, {2, 1, "b", 3}, {1, 2, "a", 4}}, w.applied("inventory.test"))
}

func TestHandlerCannotEndTheTransaction(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var subs outbox.Subscriptions
	subs.On("inventory.test", func(ctx context.Context, tx pgx.Tx, _ []outbox.Delivery) error {
		return tx.Commit(ctx)
	}, outbox.Of[happened]())
	d := w.dispatcher(&subs)
	w.publish(happened{Lane: 1, Key: "a"})
	must(t, d.Drain(t.Context()))
	equal(t, []string{"1/1 1"}, w.parked(d))
}

func TestAllParkedEventsAreListedHoweverManyThereAre(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	d := w.dispatcher(w.inventory())
	w.publish(happened{Lane: 1, Key: "a", N: 1, Bad: "error"}, happened{Lane: 2, Key: "b", N: 2, Bad: "error"})
	for n := range int64(1200) {
		w.publish(happened{Lane: ids.Lane(1 + n%2), Key: string(rune('a' + n%2)), N: 3 + n})
	}
	must(t, d.Drain(t.Context()))
	first, err := d.Parked(t.Context())
	must(t, err)
	equal(t, 500, len(first))
	var all []outbox.ParkedEvent
	must(t, d.EachParked(t.Context(), func(p outbox.ParkedEvent) error {
		if n := len(all); n > 0 && (p.Lane < all[n-1].Lane || p.Lane == all[n-1].Lane && p.Pos != all[n-1].Pos+1) {
			t.Fatalf("%d/%d follows %d/%d", p.Lane, p.Pos, all[n-1].Lane, all[n-1].Pos)
		}
		all = append(all, p)
		return nil
	}))
	equal(t, 1202, len(all))
}
