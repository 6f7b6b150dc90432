package outbox_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"maru/internal/kernel/ids"
	"maru/internal/platform/event"
	"maru/internal/platform/outbox"
)

func TestEventsArriveOnceAndInOrderOfTheirLane(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	d := w.dispatcher(w.inventory())
	for n := range int64(40) {
		w.publish(happened{Lane: ids.Lane(n % 3), Key: "a", N: n}, happened{Lane: 5, Key: "b", N: n})
	}
	must(t, d.Drain(t.Context()))
	equal(t, "", w.check("inventory.test"))
	equal(t, 80, len(w.applied("inventory.test")))

	must(t, d.Drain(t.Context()))
	must(t, w.replica().dispatcher(w.inventory()).Drain(t.Context()))
	equal(t, 80, len(w.applied("inventory.test")))
}

func TestBatchesStayWithinTheirLimits(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var events []event.Event
	for n := range int64(100) {
		events = append(events, happened{Lane: ids.Lane(n % 7), Key: "some longer text to fill the payload", N: n})
	}
	w.publish(events...)
	most := 0
	var subs outbox.Subscriptions
	handler := w.effects("inventory.test")
	subs.On("inventory.test", func(ctx context.Context, tx pgx.Tx, batch []outbox.Delivery) error {
		most = max(most, len(batch))
		return handler(ctx, tx, batch)
	}, outbox.Of[happened]())
	must(t, w.dispatcher(&subs, outbox.WithBatch(20, 1000)).Drain(t.Context()))
	equal(t, "", w.check("inventory.test"))
	if most > 15 {
		t.Errorf("a batch had %d events of some 80 bytes, with a limit of 1000 bytes", most)
	}
}

func TestSubscriptionsOfSubscriptionsAreDrained(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var subs outbox.Subscriptions
	subs.On("stats.second", func(ctx context.Context, tx pgx.Tx, batch []outbox.Delivery) error {
		for _, d := range batch {
			if err := w.writeEffect(ctx, tx, "stats", "stats.second", d, d.Event.(echoed).N); err != nil {
				return err
			}
		}
		return nil
	}, outbox.Of[echoed]())
	subs.On("inventory.first", func(ctx context.Context, tx pgx.Tx, batch []outbox.Delivery) error {
		var answers []event.Event
		for _, d := range batch {
			answers = append(answers, echoed{d.Event.(happened)})
		}
		return outbox.Publish(ctx, tx, answers...)
	}, outbox.Of[happened]())
	w.publish(happened{Lane: 1, Key: "a", N: 7}, happened{Lane: 2, Key: "b", N: 8})
	must(t, w.dispatcher(&subs).Drain(t.Context()))
	equal(t, []effect{{1, 1, "a", 7}, {2, 1, "b", 8}}, w.applied("stats.second"))
}

func TestTwoDispatchersShareTheWork(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx, stop := context.WithCancel(t.Context())
	var running sync.WaitGroup
	for range 2 {
		d := w.replica().dispatcher(w.inventory(), outbox.WithPoll(5*time.Millisecond), outbox.WithBatch(10, 1<<20))
		running.Go(func() { _ = d.Run(ctx) })
	}
	for n := range int64(300) {
		w.publish(happened{Lane: ids.Lane(n % 11), Key: "a", N: n})
	}
	must(t, w.dispatcher(w.inventory()).Drain(t.Context()))
	stop()
	running.Wait()
	equal(t, "", w.check("inventory.test"))
}

func TestNewSubscriptionBeginsWithTheOldestEventKept(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for n := range int64(5) {
		w.publish(happened{Lane: 1, Key: "a", N: n})
	}
	w.publish(happened{Lane: 2, Key: "a", N: 9})
	w.exec("ordering", "DELETE FROM ordering.outbox WHERE lane = 1 AND pos <= 3 OR lane = 2")
	d := w.dispatcher(w.inventory())
	must(t, d.Drain(t.Context()))
	w.publish(happened{Lane: 2, Key: "a", N: 10})
	must(t, d.Drain(t.Context()))
	equal(t, []effect{{1, 4, "a", 3}, {1, 5, "a", 4}, {2, 2, "a", 10}}, w.applied("inventory.test"))
}

func TestKindsNobodyWantsArePassedOver(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	d := w.dispatcher(w.inventory())
	must(t, d.Drain(t.Context()))
	w.publish(ignored{happened{Lane: 1, Key: "a"}}, happened{Lane: 1, Key: "a", N: 2}, ignored{happened{Lane: 2, Key: "a"}})
	must(t, d.Drain(t.Context()))
	equal(t, []effect{{1, 2, "a", 2}}, w.applied("inventory.test"))
	equal(t, "", w.behind("inventory.test"))
}

func TestCursorAheadOfItsHeadIsRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.publish(happened{Lane: 1, Key: "a"}, happened{Lane: 1, Key: "a"}, happened{Lane: 2, Key: "b"})
	must(t, w.dispatcher(w.inventory()).Drain(t.Context()))
	w.exec("ordering", "UPDATE ordering.outbox_head SET pos = 1 WHERE lane = 1")
	w.exec("ordering", "DELETE FROM ordering.outbox WHERE lane = 1 AND pos = 2")

	d := w.dispatcher(w.inventory())
	if err := d.Drain(t.Context()); err == nil {
		t.Error("a cursor ahead of its head was not noticed")
	}
	// Even when the head has caught up: what the positions say now is not what they said then.
	w.publish(happened{Lane: 1, Key: "new"}, happened{Lane: 1, Key: "new"}, happened{Lane: 2, Key: "b"})
	if err := d.Drain(t.Context()); err == nil {
		t.Error("a refused lane went on")
	}
	// And a process that never saw the head behind knows it, too.
	if err := w.replica().dispatcher(w.inventory()).Drain(t.Context()); err == nil {
		t.Error("a refused lane went on in another process")
	}
	equal(t, []effect{{1, 1, "a", 0}, {1, 2, "a", 0}, {2, 1, "b", 0}, {2, 2, "b", 0}}, w.applied("inventory.test"))

	w.exec("inventory", "UPDATE inventory.outbox_cursor SET pos = 1 WHERE lane = 1 AND subscription = 'inventory.test'")
	must(t, d.Drain(t.Context()))
	equal(t, 6, len(w.applied("inventory.test")))
}

func TestMissingEventsStopTheirLane(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	d := w.dispatcher(w.inventory())
	must(t, d.Drain(t.Context()))
	w.publish(happened{Lane: 1, Key: "a"}, happened{Lane: 1, Key: "a"}, happened{Lane: 2, Key: "b"})
	w.exec("ordering", "DELETE FROM ordering.outbox WHERE lane = 1 AND pos = 1")
	if err := d.Drain(t.Context()); err == nil {
		t.Error("a missing event was passed over")
	}
	equal(t, []effect{{2, 1, "b", 0}}, w.applied("inventory.test"))
}

func TestCursorsOfASubscriptionThatIsGoneAreLeftAlone(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.publish(happened{Lane: 1, Key: "a"})
	must(t, w.dispatcher(w.inventory()).Drain(t.Context()))
	subs := w.inventory()
	subs.On("inventory.other", w.effects("inventory.other"), outbox.Of[happened]())
	w.publish(happened{Lane: 1, Key: "a"})
	must(t, w.dispatcher(subs).Drain(t.Context()))
	w.publish(happened{Lane: 1, Key: "a"})
	must(t, w.dispatcher(w.inventory()).Drain(t.Context()))
	equal(t, "", w.check("inventory.test"))
	equal(t, 2, len(w.applied("inventory.other")))
	must(t, w.dispatcher(subs).Drain(t.Context()))
	equal(t, "", w.check("inventory.other"))
}

func TestProgrammersMistakesPanicAtStartUp(t *testing.T) {
	t.Parallel()
	nothing := func(context.Context, pgx.Tx, []outbox.Delivery) error { return nil }
	for name, wire := range map[string]func(*outbox.Subscriptions){
		"two of one name": func(s *outbox.Subscriptions) {
			s.On("inventory.a", nothing, outbox.Of[happened]())
			s.On("inventory.a", nothing, outbox.Of[happened]())
		},
		"two sources":        func(s *outbox.Subscriptions) { s.On("stats.a", nothing, outbox.Of[happened](), outbox.Of[echoed]()) },
		"no kinds":           func(s *outbox.Subscriptions) { s.On("stats.a", nothing) },
		"one kind twice":     func(s *outbox.Subscriptions) { s.On("stats.a", nothing, outbox.Of[happened](), outbox.Of[happened]()) },
		"an unknown context": func(s *outbox.Subscriptions) { s.On("kitchen.a", nothing, outbox.Of[happened]()) },
		"no context":         func(s *outbox.Subscriptions) { s.On("stock", nothing, outbox.Of[happened]()) },
		"a tail of another":  func(s *outbox.Subscriptions) { s.Tail("inventory", nil, nil, outbox.Of[happened]()) },
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s: accepted", name)
				}
			}()
			wire(new(outbox.Subscriptions))
		}()
	}
}

func (w *world) exec(context, sql string, args ...any) {
	w.t.Helper()
	_, err := w.dbs.Context(context).Exec(w.t.Context(), sql, args...)
	must(w.t, err)
}
