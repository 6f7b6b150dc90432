package outbox_test

import (
	"context"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"maru/internal/platform/outbox"
)

// A subscription that rests takes the first event at once, leaves what comes for later, and begins early when
// a whole batch waits: at full load its rest costs nothing.
func TestARestEndsWhenABatchWaits(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const full = 10
	taken, heard := make(chan int, 100), make(chan struct{}, 100)
	handle := w.effects("stats.test")
	var subs outbox.Subscriptions
	subs.OnEvery("stats.test", time.Hour, func(ctx context.Context, tx pgx.Tx, batch []outbox.Delivery) error {
		taken <- len(batch)
		return handle(ctx, tx, batch)
	}, outbox.Of[happened]())
	subs.Tail("ordering", func(context.Context) error { return nil }, func(_ context.Context, batch []outbox.Delivery) error {
		for range batch {
			heard <- struct{}{}
		}
		return nil
	}, outbox.Of[happened]())
	// One worker: a second one may see before the first event that nothing rests, and look for work only later.
	d := w.dispatcher(&subs, outbox.WithPoll(never), outbox.WithBatch(full, 1<<20), outbox.WithWorkers(1))
	w.runs(d)

	n := int64(0)
	publish := func() {
		n++
		w.publish(happened{Lane: 1, Key: "a", N: n})
		within(t, 10*time.Second, heard, "event") // the process knows of it
	}
	took := func(want int) {
		t.Helper()
		select {
		case got := <-taken:
			equal(t, want, got)
		case <-time.After(10 * time.Second):
			t.Fatalf("no batch although %d events wait", want)
		}
		w.eventually(func() bool { return d.Applied() == int(n) }) // until then they count as waiting
	}
	publish()
	took(1)
	for range 2 {
		for range full - 1 {
			publish()
		}
		if len(taken) > 0 {
			t.Fatalf("a batch of %d in the middle of the rest", <-taken)
		}
		publish()
		took(full)
	}
	w.appliedIn(10*time.Second, "stats.test", int(n))
	equal(t, "", w.check("stats.test"))
}

// A subscription that comes last leaves a backlog to the others of its source first, and is not kept waiting for
// the rest of its rest once they are through.
func TestTheLastGivesWay(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const full, events = 10, 60
	for n := range int64(events) {
		w.publish(happened{Lane: 1, Key: "a", N: n + 1})
	}
	soon, last := w.effects("stats.test"), w.effects("audit.test")
	begun, may := make(chan struct{}, events), make(chan struct{})
	there, lastTook := make(chan struct{}), make(chan int, events)
	var subs outbox.Subscriptions
	subs.On("stats.test", func(ctx context.Context, tx pgx.Tx, batch []outbox.Delivery) error {
		begun <- struct{}{}
		<-may
		return soon(ctx, tx, batch)
	}, outbox.Of[happened]())
	subs.OnLast("audit.test", time.Hour, func(ctx context.Context, tx pgx.Tx, batch []outbox.Delivery) error {
		lastTook <- len(batch)
		<-there
		return last(ctx, tx, batch)
	}, outbox.Of[happened]())
	d := w.dispatcher(&subs, outbox.WithPoll(never), outbox.WithBatch(full, 1<<20), outbox.WithWorkers(1))
	w.runs(d)

	within(t, 10*time.Second, begun, "round of the other")
	// It may have begun before the other was there, and is kept in that batch until now: before, it would take
	// one batch after the other, since there was nobody to give way to. After that it has an hour.
	close(there)
	taken := 0
	for range events/full - 1 {
		may <- struct{}{}
		within(t, 10*time.Second, begun, "round of the other")
		for len(lastTook) > 0 {
			taken += <-lastTook
		}
		if taken > full {
			t.Fatalf("the last took %d events although the other has whole batches before it", taken)
		}
	}
	close(may)
	w.appliedIn(10*time.Second, "stats.test", events)
	w.appliedIn(10*time.Second, "audit.test", events)
	equal(t, "", w.check("stats.test")+w.check("audit.test"))
}
