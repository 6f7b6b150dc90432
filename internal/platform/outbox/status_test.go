package outbox_test

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"maru/internal/platform/outbox"
)

func (w *world) status(d *outbox.Dispatcher, name string) outbox.SubscriptionStatus {
	w.t.Helper()
	all, err := d.Status(w.t.Context())
	must(w.t, err)
	for _, s := range all {
		if s.Name == name {
			return s
		}
	}
	w.t.Fatalf("%s is not in %+v", name, all)
	return outbox.SubscriptionStatus{}
}

func TestStatusTellsWhatWaitsAndWhy(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	d := w.dispatcher(w.inventory())
	equal(t, outbox.SubscriptionStatus{Name: "inventory.test", Target: "inventory", Source: "ordering", Declared: true}, w.status(d, "inventory.test"))
	w.publish(happened{Lane: 1, Key: "a", Bad: "error"}, happened{Lane: 1, Key: "a"}, happened{Lane: 2, Key: "b"})
	must(t, d.Drain(t.Context()))
	must(t, d.Skip(t.Context(), "inventory.test", 1, 1, "a test"))
	w.publish(happened{Lane: 2, Key: "c"}, newer{happened{Lane: 3, Key: "d"}, ""}, happened{Lane: 4, Key: "e"})
	w.exec("ordering", "DELETE FROM ordering.outbox WHERE lane = 4")

	// Another process sees it as well.
	s := w.status(w.replica().dispatcher(w.inventory()), "inventory.test")
	if s.Oldest.IsZero() {
		t.Error("no age of the oldest event")
	}
	want := outbox.SubscriptionStatus{
		Name: "inventory.test", Target: "inventory", Source: "ordering", Declared: true, Begun: true, Oldest: s.Oldest,
		Pending: 3, Newer: 1, Missing: 1, ParkedEvents: 1, ParkedKeys: 1, SkippedEvents: 1,
	}
	if diff := cmp.Diff(want, s); diff != "" {
		t.Error(diff)
	}
}

// A mark stays where a process that had the lane before took over, and did not look for one.
func TestStatusCountsNoMarkThatWasPassed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	d := w.dispatcher(w.inventory())
	w.publish(happened{Lane: 1, Key: "a"}, happened{Lane: 2, Key: "b"}, happened{Lane: 2, Key: "b"})
	must(t, d.Drain(t.Context()))
	for _, upto := range []int{1, 2, 3} {
		w.exec("inventory", `INSERT INTO inventory.outbox_mark (lane, subscription, upto, pos, attempts, run, at) VALUES ($1::int, 'inventory.test', $1::int, 0, 0, 'gone', now())`, upto)
	}
	equal(t, 1, w.status(d, "inventory.test").Careful)
}

func TestRefusedLaneIsSetRight(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	d := w.dispatcher(w.inventory())
	w.publish(happened{Lane: 1, Key: "a"}, happened{Lane: 1, Key: "a"}, happened{Lane: 2, Key: "b"})
	must(t, d.Drain(t.Context()))
	w.exec("ordering", "UPDATE ordering.outbox_head SET pos = 1 WHERE lane = 1")
	w.exec("ordering", "DELETE FROM ordering.outbox WHERE lane = 1 AND pos = 2")
	if err := d.Drain(t.Context()); err == nil {
		t.Error("it was not noticed")
	}
	w.publish(happened{Lane: 1, Key: "new", N: 7}, happened{Lane: 1, Key: "new", N: 8}, happened{Lane: 1, Key: "new", N: 9})
	equal(t, []outbox.RefusedLane{{Lane: 1, Cursor: 2, Head: 1}}, w.status(d, "inventory.test").Refused)

	lanes, err := d.Reset(t.Context(), "inventory.test")
	must(t, err)
	equal(t, []outbox.RefusedLane{{Lane: 1, Cursor: 2, Head: 1}}, lanes)
	must(t, d.Drain(t.Context()))
	equal(t, []effect{{1, 2, "new", 7}, {1, 3, "new", 8}, {1, 4, "new", 9}}, w.applied("inventory.test")[3:])
	if _, err := d.Reset(t.Context(), "inventory.test"); !errors.Is(err, outbox.ErrNotRefused) {
		t.Errorf("a second reset: %v", err)
	}
	for _, err := range []error{
		d.ResetLane(t.Context(), "inventory.test", 1, 5), d.ResetLane(t.Context(), "inventory.test", 1, -1),
		d.ResetLane(t.Context(), "inventory.test", 256, 0),
	} {
		if !errors.Is(err, outbox.ErrBadPlace) {
			t.Errorf("a cursor was set to nowhere: %v", err)
		}
	}
}

func TestSubscriptionThatIsGoneIsRenamedOrForgotten(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.publish(happened{Lane: 1, Key: "a", N: 1, Bad: "error"}, happened{Lane: 2, Key: "b", N: 2})
	before := w.dispatcher(w.inventory())
	must(t, before.Drain(t.Context()))
	w.publish(happened{Lane: 2, Key: "b", N: 3})

	var subs outbox.Subscriptions
	subs.On("inventory.new_name", w.effects("inventory.new_name"), outbox.Of[happened]())
	subs.On("stats.test", w.effects("stats.test"), outbox.Of[happened]())
	d := w.dispatcher(&subs)
	gone := w.status(d, "inventory.test")
	if gone.Declared || !gone.Begun || gone.Pending != 1 || gone.Source != "ordering" || gone.ParkedEvents != 1 {
		t.Errorf("%+v", gone)
	}
	if err := d.Rename(t.Context(), "inventory.test", "stats.test"); !errors.Is(err, outbox.ErrOtherContext) {
		t.Errorf("renamed into another context: %v", err)
	}
	must(t, d.Rename(t.Context(), "inventory.test", "inventory.new_name"))
	w.healed.Store(true)
	must(t, d.Drain(t.Context()))
	must(t, d.Retry(t.Context(), "inventory.new_name", "a"))
	equal(t, []effect{{2, 2, "b", 3}, {1, 1, "a", 1}}, w.applied("inventory.new_name"))

	if err := d.Forget(t.Context(), "inventory.new_name"); !errors.Is(err, outbox.ErrDeclared) {
		t.Errorf("forgot a subscription in use: %v", err)
	}
	must(t, before.Forget(t.Context(), "inventory.new_name"))
	if err := before.Forget(t.Context(), "inventory.new_name"); !errors.Is(err, outbox.ErrNoCursors) {
		t.Errorf("forgot twice: %v", err)
	}
	equal(t, 0, w.count("SELECT count(*) FROM inventory.outbox_cursor"))
}

func TestAllParkedKeysAreRetriedAtOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	d := w.dispatcher(w.inventory())
	w.publish(
		happened{Lane: 1, Key: "a", N: 1, Bad: "error"}, happened{Lane: 1, Key: "a", N: 2},
		happened{Lane: 2, Key: "b", N: 3, Bad: "panic"}, happened{Lane: 2, Key: "c", N: 4, Bad: "sql"},
	)
	must(t, d.Drain(t.Context()))
	freed, failed, err := d.RetryAll(t.Context(), "inventory.test")
	must(t, err)
	equal(t, [2]int{0, 3}, [2]int{freed, failed})
	w.healed.Store(true)
	freed, failed, err = d.RetryAll(t.Context(), "inventory.test")
	must(t, err)
	equal(t, [2]int{3, 0}, [2]int{freed, failed})
	equal(t, []effect{{1, 1, "a", 1}, {1, 2, "a", 2}, {2, 1, "b", 3}, {2, 2, "c", 4}}, w.applied("inventory.test"))
}
