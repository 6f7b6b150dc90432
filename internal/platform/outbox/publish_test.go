package outbox_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"

	"maru/internal/kernel/ids"
	"maru/internal/platform/event"
	"maru/internal/platform/outbox"
)

func TestRolledBackEventIsNotDelivered(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	d := w.dispatcher(w.inventory())
	errNo := errors.New("no")
	err := w.dbs.Context("ordering").InTx(t.Context(), func(tx pgx.Tx) error {
		must(t, outbox.Publish(t.Context(), tx, happened{Lane: 3, Key: "a", N: 1}))
		return errNo
	})
	if !errors.Is(err, errNo) {
		t.Fatalf("InTx = %v", err)
	}
	w.publish(happened{Lane: 3, Key: "a", N: 2})
	must(t, d.Drain(t.Context()))
	equal(t, []effect{{3, 1, "a", 2}}, w.applied("inventory.test"))
}

func TestEventsOfManyLanesTakeTheirPositionsTogether(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	trace := "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
	w.publish(happened{Lane: 9, Key: "before"})
	w.publish(
		outbox.Traced(trace, happened{Lane: 200, Key: "a", N: 1}),
		happened{Lane: 9, Key: "b", N: 2}, happened{Lane: 200, Key: "a", N: 3}, happened{Lane: 9, Key: "c", N: 4},
	)
	equal(t, []effect{{9, 1, "before", 0}, {9, 2, "b", 2}, {9, 3, "c", 4}, {200, 1, "a", 1}, {200, 2, "a", 3}},
		w.published("ordering.test_happened"))

	var traces []string
	var subs outbox.Subscriptions
	subs.On("stats.test", func(_ context.Context, _ pgx.Tx, batch []outbox.Delivery) error {
		for _, d := range batch {
			traces = append(traces, d.Trace)
		}
		return nil
	}, outbox.Of[happened]())
	must(t, w.dispatcher(&subs).Drain(t.Context()))
	equal(t, []string{"", "", "", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", ""}, traces)
}

func TestPublishRefusesWhatCouldNotBeDelivered(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for name, events := range map[string][]event.Event{
		"a lane that does not exist": {happened{Lane: ids.Lanes, Key: "a"}},
		"two contexts":               {happened{Key: "a"}, echoed{happened{Key: "a"}}},
	} {
		err := w.dbs.Context("ordering").InTx(t.Context(), func(tx pgx.Tx) error {
			return outbox.Publish(t.Context(), tx, events...)
		})
		if err == nil {
			t.Errorf("%s: published", name)
		}
	}
	equal(t, nil, w.published("ordering.test_happened"))
}

func TestPublishFailsWhereTheHeadIsMissing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, err := w.dbs.Context("ordering").Exec(t.Context(), "DELETE FROM ordering.outbox_head WHERE lane = 7")
	must(t, err)
	if err := w.dbs.Context("ordering").InTx(t.Context(), func(tx pgx.Tx) error {
		return outbox.Publish(t.Context(), tx, happened{Lane: 7, Key: "a"})
	}); err == nil {
		t.Error("an event was published into nothing")
	}
}

// Many publishers on few lanes, a third of them rolled back, against dispatchers that read all the
// while: positions have no gaps and everything committed is seen once.
func TestConcurrentPublishersLeaveNoGapsAndNothingIsMissed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	d := w.dispatcher(w.inventory(), outbox.WithoutNotify())
	ctx, stop := context.WithCancel(t.Context())
	var running sync.WaitGroup
	running.Go(func() { _ = d.Run(ctx) })

	const publishers, transactions = 6, 60
	errUndo := errors.New("undo")
	var all sync.WaitGroup
	for p := range publishers {
		all.Go(func() {
			random := rand.New(rand.NewPCG(1, uint64(p)))
			for i := range transactions {
				err := w.dbs.Context("ordering").InTx(t.Context(), func(tx pgx.Tx) error {
					var events []event.Event
					for e := range 1 + random.IntN(4) {
						lane := ids.Lane(random.IntN(3))
						events = append(events, happened{Lane: lane, Key: fmt.Sprint(p), N: int64(i*10 + e)})
					}
					if err := outbox.Publish(t.Context(), tx, events...); err != nil {
						return err
					}
					if random.IntN(3) == 0 {
						return errUndo
					}
					return nil
				})
				if err != nil && !errors.Is(err, errUndo) {
					t.Errorf("publish: %v", err)
				}
			}
		})
	}
	all.Wait()
	must(t, d.Drain(t.Context()))
	stop()
	running.Wait()
	equal(t, "", w.check("inventory.test"))
	if n := len(w.applied("inventory.test")); n < publishers*transactions/2 {
		t.Errorf("only %d events: the test lost its teeth", n)
	}
}
