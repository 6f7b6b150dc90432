package outbox_test

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"github.com/jackc/pgx/v5"

	"maru/internal/platform/event"
	"maru/internal/platform/outbox"
	"maru/internal/platform/postgres"
	"maru/internal/platform/postgres/pgtest"
)

func TestProducerAndSubscriberNeedNotShareADatabase(t *testing.T) {
	t.Parallel()
	here, there := newWorld(t), newWorld(t)
	cfg := pgtest.Config(here.url)
	cfg.URLs["inventory"] = there.url
	dbs, err := postgres.Open(t.Context(), cfg)
	must(t, err)
	t.Cleanup(dbs.Close)
	here.dbs = dbs

	var subs outbox.Subscriptions
	subs.On("inventory.test", here.effects("inventory.test"), outbox.Of[happened]())
	d := here.dispatcher(&subs, outbox.WithPoll(never))
	must(t, d.Drain(t.Context()))
	here.publish(happened{Lane: 1, Key: "a", N: 1}, happened{Lane: 2, Key: "b", N: 2, Bad: "error"}, happened{Lane: 1, Key: "c", N: 3})
	must(t, d.Drain(t.Context()))
	equal(t, nil, here.applied("inventory.test"))
	equal(t, []effect{{1, 1, "a", 1}, {1, 2, "c", 3}}, there.applied("inventory.test"))
	equal(t, []string{"2/1 1"}, here.parked(d))
}

// chain subscribes inventory to ordering's events, about each of which it publishes one, and stats to
// those; whoever is to be first has the first turn in a drain.
func (w *world) chain(statsFirst bool) *outbox.Subscriptions {
	var subs outbox.Subscriptions
	ons := []func(){
		func() {
			subs.On("stats.second", func(ctx context.Context, tx pgx.Tx, batch []outbox.Delivery) error {
				for _, d := range batch {
					if err := w.writeEffect(ctx, tx, "stats", "stats.second", d, d.Event.(echoed).N); err != nil {
						return err
					}
				}
				return nil
			}, outbox.Of[echoed]())
		},
		func() {
			subs.On("inventory.first", func(ctx context.Context, tx pgx.Tx, batch []outbox.Delivery) error {
				var answers []event.Event
				for _, d := range batch {
					answers = append(answers, echoed{d.Event.(happened)})
				}
				return outbox.Publish(ctx, tx, answers...)
			}, outbox.Of[happened]())
		},
	}
	if !statsFirst {
		slices.Reverse(ons)
	}
	for _, on := range ons {
		on()
	}
	return &subs
}

// A context that reads events and publishes others is brought back from a dump while its replicas go
// on with the old server. What it published after the dump is gone, whoever reads it has applied it, and
// the new server publishes something of its own at the same positions. That lane is refused, also after
// the heads have caught up with the cursor, until somebody says how it goes on; that is on record.
func TestSubscriberOfAContextBroughtBackFromADumpWaitsForAWord(t *testing.T) {
	t.Parallel()
	here, there := newWorld(t), newWorld(t)
	here.publish(happened{Lane: 1, Key: "a", N: 1}, happened{Lane: 1, Key: "a", N: 2}, happened{Lane: 2, Key: "b", N: 3})
	must(t, here.dispatcher(here.chain(true)).Drain(t.Context()))
	equal(t, []effect{{1, 1, "a", 1}, {1, 2, "a", 2}, {2, 1, "b", 3}}, here.applied("stats.second"))

	cfg := pgtest.Config(here.url)
	cfg.URLs["inventory"] = there.url // as it was before the first event
	dbs, err := postgres.Open(t.Context(), cfg)
	must(t, err)
	t.Cleanup(dbs.Close)
	moved := *here
	moved.dbs = dbs
	d := moved.dispatcher(moved.chain(true))
	if err := d.Drain(t.Context()); err == nil {
		t.Error("it was not noticed")
	}
	moved.publish(happened{Lane: 1, Key: "a", N: 4}, happened{Lane: 2, Key: "b", N: 5}, happened{Lane: 3, Key: "c", N: 6})
	_ = d.Drain(t.Context())
	equal(t, []effect{{3, 1, "c", 6}}, here.applied("stats.second")[3:]) // other lanes go on
	status := moved.status(d, "stats.second")
	equal(t, []outbox.RefusedLane{{Lane: 1, Cursor: 2, Head: 0}, {Lane: 2, Cursor: 1, Head: 0}}, status.Refused)

	// Whoever knows that the first three came back as they were goes on behind them in one lane, and lets
	// the program decide in the other.
	must(t, d.ResetLane(t.Context(), "stats.second", 1, 2, asHappened))
	lanes, err := d.Reset(t.Context(), "stats.second", asHappened)
	must(t, err)
	equal(t, []outbox.RefusedLane{{Lane: 2, Cursor: 1, Head: 0}}, lanes)
	must(t, d.Drain(t.Context()))
	equal(t, []effect{{1, 3, "a", 4}, {2, 1, "b", 3}, {2, 2, "b", 5}}, sorted(here.applied("stats.second")[4:]))
	equal(t, []effect{{1, 1, "stats.second from 2 to 2", 0}, {2, 1, "stats.second from 1 to 0", 0}},
		collect[effect](here, "SELECT lane, pos, key, 0::bigint FROM stats.outbox ORDER BY lane"))
}

// reset is the record of a cursor that was set by hand.
type reset struct{ happened }

func (reset) EventKind() string { return "stats.test_reset" }

func asHappened(r outbox.Redriven) event.Event {
	return reset{happened{Lane: r.Lane, Key: fmt.Sprintf("%s from %d to %d", r.Subscription, r.From, r.To)}}
}
