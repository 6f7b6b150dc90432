package outbox_test

import (
	"context"
	"testing"

	"github.com/jackc/pgx/v5"

	"maru/internal/platform/event"
	"maru/internal/platform/outbox"
	"maru/internal/platform/postgres"
)

// settled is a dispatcher that has applied one event of lane 3 and thinks that it knows the lane.
func settled(t *testing.T) (*world, *outbox.Dispatcher) {
	t.Helper()
	w := newWorld(t)
	d := w.dispatcher(w.inventory())
	must(t, d.Drain(t.Context()))
	w.publish(happened{Lane: 3, Key: "a", N: 1})
	must(t, d.Drain(t.Context()))
	equal(t, []effect{{3, 1, "a", 1}}, w.applied("inventory.test"))
	return w, d
}

func TestAForeseenRoundAppliesWithoutAsking(t *testing.T) {
	t.Parallel()
	w, d := settled(t)
	w.publish(happened{Lane: 3, Key: "a", N: 2}, happened{Lane: 3, Key: "b", N: 3})
	foreseen, otherwise, err := d.Round(t.Context(), "inventory.test")
	must(t, err)
	if !foreseen || otherwise {
		t.Errorf("foreseen %v, otherwise %v", foreseen, otherwise)
	}
	if wrong := w.check("inventory.test"); wrong != "" {
		t.Error(wrong)
	}
}

// Whatever happened since this process looked last, the round sees it before anything is written.
func TestAForeseenRoundThatIsWrong(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		meanwhile func(t *testing.T, w *world)
		want      []effect
		behind    bool // the lane waits
	}{
		"another replica was faster": {
			func(t *testing.T, w *world) {
				t.Helper()
				w = w.replica()
				must(t, w.dispatcher(w.inventory()).Drain(t.Context()))
			},
			[]effect{{3, 1, "a", 1}, {3, 2, "a", 2}},
			false,
		},
		"the cursor was set back by hand": {
			func(_ *testing.T, w *world) {
				w.exec("inventory", "UPDATE inventory.outbox_cursor SET pos = 0 WHERE lane = 3 AND subscription = 'inventory.test'")
			},
			[]effect{{3, 1, "a", 1}, {3, 1, "a", 1}, {3, 2, "a", 2}},
			false,
		},
		"the key was parked": {
			func(_ *testing.T, w *world) {
				w.exec("inventory", "INSERT INTO inventory.outbox_parked_key (lane, subscription, key, parked_at) VALUES (3, 'inventory.test', 'a', now())")
			},
			[]effect{{3, 1, "a", 1}},
			false,
		},
		"the lane was refused": {
			func(_ *testing.T, w *world) {
				w.exec("inventory", "UPDATE inventory.outbox_cursor SET refused_pos = pos, refused_head = 0, refused_at = now() WHERE lane = 3 AND subscription = 'inventory.test'")
			},
			[]effect{{3, 1, "a", 1}},
			true,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, d := settled(t)
			w.publish(happened{Lane: 3, Key: "a", N: 2})
			c.meanwhile(t, w)
			foreseen, otherwise, err := d.Round(t.Context(), "inventory.test")
			must(t, err)
			if foreseen || !otherwise {
				t.Errorf("foreseen %v, otherwise %v", foreseen, otherwise)
			}
			if !c.behind {
				must(t, d.Drain(t.Context()))
			}
			equal(t, c.want, w.applied("inventory.test"))
			if behind := w.behind("inventory.test"); (behind != "") != c.behind {
				t.Errorf("the cursor: %q", behind)
			}
		})
	}
}

func TestAForeseenRoundLeavesALaneInWorkElsewhereAlone(t *testing.T) {
	t.Parallel()
	w, d := settled(t)
	w.publish(happened{Lane: 3, Key: "a", N: 2})
	other, err := w.dbs.Context("inventory").Begin(t.Context())
	must(t, err)
	_, err = other.Exec(t.Context(), "SELECT FROM inventory.outbox_cursor WHERE lane = 3 AND subscription = 'inventory.test' FOR UPDATE")
	must(t, err)
	_, otherwise, err := d.Round(t.Context(), "inventory.test")
	must(t, err)
	if !otherwise {
		t.Error("the round was committed while another replica had the lane")
	}
	must(t, other.Rollback(t.Context()))
	must(t, d.Drain(t.Context()))
	if wrong := w.check("inventory.test"); wrong != "" {
		t.Error(wrong)
	}
}

func TestPoisonInAForeseenRoundParksItsKeyAndNothingElse(t *testing.T) {
	t.Parallel()
	for _, bad := range []string{"error", "panic", "sql", "swallowed sql"} {
		t.Run(bad, func(t *testing.T) {
			t.Parallel()
			w, d := settled(t)
			w.publish(happened{Lane: 3, Key: "b", N: 2}, happened{Lane: 3, Key: "a", N: 3, Bad: bad}, happened{Lane: 3, Key: "a", N: 4}, happened{Lane: 3, Key: "b", N: 5})
			_, otherwise, err := d.Round(t.Context(), "inventory.test")
			must(t, err)
			if !otherwise {
				t.Error("the round with poison in it was committed as foreseen")
			}
			equal(t, []effect{{3, 1, "a", 1}, {3, 2, "b", 2}, {3, 5, "b", 5}}, w.applied("inventory.test"))
			if n := len(w.parked(d)); n != 2 {
				t.Errorf("%d events are parked, want the poison and the one behind it", n)
			}
		})
	}
}

// The faults of TestFaultInTheMiddleOfARoundLosesAndDoublesNothing, in rounds that are foreseen.
func TestFaultInAForeseenRoundLosesAndDoublesNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var n int64
	for _, hook := range hookNames {
		for name, fault := range faults {
			armed := false
			d := w.dispatcher(w.inventory(), outbox.WithHooks(hookAt(hook, func(ctx context.Context, sub string, tx pgx.Tx) error {
				if !armed {
					return nil
				}
				armed = false
				return fault(ctx, sub, tx)
			})))
			w.publishSome(&n)
			must(t, d.Drain(t.Context()))
			w.publishSome(&n)
			armed = true
			func() {
				defer func() { _ = recover() }()
				_, _, _ = d.Round(t.Context(), "inventory.test")
			}()
			if armed {
				t.Fatalf("%s was not reached", hook)
			}
			must(t, d.Drain(t.Context()))
			if wrong := w.check("inventory.test"); wrong != "" {
				t.Fatalf("%s at %s: %s", name, hook, wrong)
			}
			if p := w.parked(d); len(p) > 0 {
				t.Fatalf("%s at %s parked %v", name, hook, p)
			}
		}
	}
}

// What was foreseen and given up leaves nothing behind: here an event that has to wait ends the foresight,
// and then the newest events are not in memory any more.
func TestARoundThatIsNotForeseenReadsAnew(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var d *outbox.Dispatcher
	armed := false
	d = w.dispatcher(w.inventory(), outbox.WithHooks(outbox.Hooks{AfterClaim: func(context.Context, string, pgx.Tx) error {
		if armed {
			armed = false
			d.ForgetRecent("inventory.test")
		}
		return nil
	}}))
	must(t, d.Drain(t.Context()))
	w.publish(happened{Lane: 3, Key: "a", N: 1}, happened{Lane: 5, Key: "z", N: 1})
	must(t, d.Drain(t.Context()))
	w.publish(happened{Lane: 3, Key: "a", N: 2})
	w.publish(newer{happened: happened{Lane: 5, Key: "z", N: 2}})
	armed = true
	_, _, err := d.Round(t.Context(), "inventory.test")
	must(t, err)
	equal(t, []effect{{3, 1, "a", 1}, {5, 1, "z", 1}, {3, 2, "a", 2}}, w.applied("inventory.test"))
}

// failOver makes the servers lose everything of lane 3 behind position 1.
func (w *world) failOver() {
	w.exec("ordering", "UPDATE ordering.outbox_head SET pos = 1 WHERE lane = 3")
	w.exec("ordering", "DELETE FROM ordering.outbox WHERE lane = 3 AND pos > 1")
	w.exec("inventory", "UPDATE inventory.outbox_cursor SET pos = 1 WHERE lane = 3 AND subscription = 'inventory.test'")
	w.exec("inventory", "DELETE FROM inventory.test_effect WHERE lane = 3 AND pos > 1")
}

// numbering tells its process what it publishes, as orders do.
var numbering = outbox.NewNumbering("ordering", "pickup", "SELECT 1")

// Whoever notices a failover first: what was lost is not applied in the place of what came instead.
func TestWhatAFailoverLostIsNotAppliedFromMemory(t *testing.T) {
	t.Parallel()
	for name, publish := range map[string]func(*world, ...event.Event){
		"published here": func(w *world, events ...event.Event) {
			p := postgres.NewPipeline()
			must(w.t, numbering.Queue(p, nil, events))
			must(w.t, w.dbs.Context("ordering").InOneTrip(w.t.Context(), p))
		},
		"published elsewhere": func(w *world, events ...event.Event) { w.replica().publish(events...) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, d := settled(t)
			w.publish(happened{Lane: 3, Key: "a", N: 2})
			must(t, d.Drain(t.Context()))
			w.failOver()
			must(t, d.Refresh(t.Context(), "inventory.test"))
			publish(w, happened{Lane: 3, Key: "b", N: 77}, happened{Lane: 3, Key: "b", N: 78})
			must(t, d.Blindly(t.Context(), "inventory.test"))
			must(t, d.Drain(t.Context()))
			equal(t, []effect{{3, 1, "a", 1}, {3, 2, "b", 77}, {3, 3, "b", 78}}, w.applied("inventory.test"))
		})
	}
}

// Positions that were passed over in memory, because their events were of kinds that nobody wants, are given
// out again for events that somebody does.
func TestPositionsThatWerePassedAreLookedAtAgainAfterAFailover(t *testing.T) {
	t.Parallel()
	for name, more := range map[string]int{"fewer are published anew": 2, "more are": 5} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, d := settled(t)
			w.publish(ignored{happened{Lane: 3, Key: "x"}}, ignored{happened{Lane: 3, Key: "x"}}, ignored{happened{Lane: 3, Key: "x"}})
			_, _, err := d.Round(t.Context(), "inventory.test")
			must(t, err)
			w.failOver()
			must(t, d.ReadHeads(t.Context(), "inventory.test"))
			for n := range more {
				w.publish(happened{Lane: 3, Key: "b", N: int64(n)})
			}
			must(t, d.Drain(t.Context()))
			if wrong := w.check("inventory.test"); wrong != "" {
				t.Error(wrong)
			}
		})
	}
}

func TestARoundSpansAtMostAsManyLanesAsItMay(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	d := w.dispatcher(w.inventory(), outbox.WithLanes("inventory", 1))
	must(t, d.Drain(t.Context()))
	w.publish(happened{Lane: 3, Key: "a", N: 1}, happened{Lane: 5, Key: "b", N: 2})
	_, _, err := d.Round(t.Context(), "inventory.test")
	must(t, err)
	equal(t, []effect{{3, 1, "a", 1}}, w.applied("inventory.test"))
	must(t, d.Drain(t.Context()))
	if wrong := w.check("inventory.test"); wrong != "" {
		t.Error(wrong)
	}
}
