package outbox_test

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"maru/internal/kernel/ids"
	"maru/internal/platform/outbox"
	"maru/internal/platform/postgres/pgtest"
)

const deadlyURL = "MARU_TEST_DEADLY_URL"

// deadly subscribes a handler that takes the whole process with it where Bad says so.
func (w *world) deadly() *outbox.Subscriptions {
	inside := w.effects("inventory.test")
	var subs outbox.Subscriptions
	subs.On("inventory.test", func(ctx context.Context, tx pgx.Tx, batch []outbox.Delivery) error {
		for _, d := range batch {
			if d.Event.(happened).Bad == "exit" {
				os.Exit(7)
			}
		}
		return inside(ctx, tx, batch)
	}, outbox.Of[happened]())
	return &subs
}

// TestDeadlyChild is the other process of TestEventThatKillsTheProcess; by itself it does nothing.
func TestDeadlyChild(t *testing.T) {
	url := os.Getenv(deadlyURL)
	if url == "" {
		t.Skip("runs as a child of TestEventThatKillsTheProcessIsParkedUntried")
	}
	w := &world{t: t, url: url, dbs: pgtest.Open(t, url), healed: new(atomic.Bool)}
	must(t, outbox.NewDispatcher(w.dbs, w.deadly(), slog.New(slog.DiscardHandler)).Drain(t.Context()))
}

func TestEventThatKillsTheProcessIsParkedUntried(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var n int64
	w.publishSome(&n)
	w.publish(happened{Lane: 1, Key: "deadly", N: 1000, Bad: "exit"}, happened{Lane: 1, Key: "deadly", N: 1001})
	w.publishSome(&n)
	deaths := 0
	for ; ; deaths++ {
		child := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestDeadlyChild$")
		child.Env = append(os.Environ(), deadlyURL+"="+w.url)
		out, err := child.CombinedOutput()
		if err == nil {
			break
		}
		var exit *exec.ExitError
		if !errors.As(err, &exit) || exit.ExitCode() != 7 {
			t.Fatalf("child ended with %v\n%s", err, out)
		}
		if deaths == 6 {
			t.Fatal("it kills one process after the other")
		}
	}
	equal(t, 3, deaths) // in a batch, and twice alone
	d := w.dispatcher(w.inventory())
	must(t, d.Drain(t.Context()))
	parked, err := d.Parked(t.Context())
	must(t, err)
	if len(parked) != 2 || parked[0].Key != "deadly" || parked[1].Key != "deadly" || !strings.Contains(parked[0].Error, "the process died") {
		t.Fatalf("parked: %+v", parked)
	}
	must(t, d.Retry(t.Context(), "inventory.test", "deadly")) // this program survives it
	applied := w.applied("inventory.test")
	equal(t, 62, len(applied))
	equal(t, 0, w.count("SELECT count(*) FROM inventory.outbox_mark"))
	var positions []int64
	for _, e := range applied {
		if e.Lane == 1 && e.Key != "deadly" {
			positions = append(positions, e.Pos)
		}
	}
	if !slices.IsSorted(positions) {
		t.Errorf("lane 1 was applied in the order %v", positions)
	}
}

func (w *world) count(sql string, args ...any) int {
	w.t.Helper()
	return int(collect[struct{ N int64 }](w, sql, args...)[0].N)
}

// hanging subscribes a handler that does not end where Bad says so.
func (w *world) hanging(subs *outbox.Subscriptions, name string) {
	inside := w.effects(name)
	subs.On(name, func(ctx context.Context, tx pgx.Tx, batch []outbox.Delivery) error {
		for _, d := range batch {
			if w.healed.Load() {
				break
			}
			switch d.Event.(happened).Bad {
			case "obedient": // takes an hour, but listens
				<-ctx.Done()
				return ctx.Err()
			case "deaf": // loops
				for !w.healed.Load() {
					time.Sleep(time.Millisecond)
				}
				return errors.New("much too late")
			case "slow sql":
				if _, err := tx.Exec(ctx, "SELECT pg_sleep(3600)"); err != nil {
					return err
				}
			}
		}
		return inside(ctx, tx, batch)
	}, outbox.Of[happened]())
}

func TestHandlerThatDoesNotEndParksItsEventAndSlowsNobody(t *testing.T) {
	t.Parallel()
	for _, kind := range []string{"obedient", "deaf", "slow sql"} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.publish(
				happened{Lane: 1, Key: "a", N: 1}, happened{Lane: 1, Key: "stuck", N: 2, Bad: kind},
				happened{Lane: 1, Key: "c", N: 3}, happened{Lane: 1, Key: "stuck", N: 4}, happened{Lane: 2, Key: "d", N: 5},
			)
			var subs outbox.Subscriptions
			w.hanging(&subs, "inventory.test")
			subs.On("stats.test", w.effects("stats.test"), outbox.Of[happened]())
			d := w.dispatcher(&subs, outbox.WithHandlerLimit(150*time.Millisecond))
			ctx, stop := context.WithCancel(t.Context())
			ended := make(chan error, 1)
			go func() { ended <- d.Run(ctx) }()
			w.eventually(func() bool { return len(w.applied("stats.test")) == 5 })
			w.eventually(func() bool { return len(w.applied("inventory.test")) == 3 })
			w.eventually(func() bool { return len(w.parked(d)) == 2 })
			equal(t, []string{"1/2 1", "1/4 0"}, w.parked(d))
			stop()
			must(t, <-ended)
			w.healed.Store(true)
			must(t, d.Retry(t.Context(), "inventory.test", "stuck"))
			must(t, d.Drain(t.Context()))
			equal(t, 5, len(w.applied("inventory.test")))
		})
	}
}

// eventually waits until is says so; it fails the test after a time that no machine needs.
func (w *world) eventually(is func() bool) {
	w.t.Helper()
	w.eventuallyWithin(30*time.Second, is)
}

func (w *world) eventuallyWithin(patience time.Duration, is func() bool) {
	w.t.Helper()
	deadline := time.Now().Add(patience)
	for !is() {
		if time.Now().After(deadline) {
			w.t.Fatal("it never came about")
		}
		time.Sleep(5 * time.Millisecond)
	}
}

// newer is what a later version of the program publishes as happened.
type newer struct {
	happened
	More string
}

func (newer) EventVersion() int { return 2 }

func TestEventOfANewerProgramWaitsForOne(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	old := w.dispatcher(w.inventory())
	w.publish(happened{Lane: 1, Key: "a", N: 1})
	w.publish(newer{happened{Lane: 1, Key: "a", N: 2}, "more"}, newer{happened{Lane: 2, Key: "b", N: 3}, "more"})
	w.publish(happened{Lane: 1, Key: "a", N: 4}, happened{Lane: 3, Key: "c", N: 5})
	if err := old.Drain(t.Context()); err == nil || !strings.Contains(err.Error(), "newer than this program") {
		t.Errorf("Drain = %v", err)
	}
	equal(t, []effect{{1, 1, "a", 1}, {3, 1, "c", 5}}, w.applied("inventory.test"))
	equal(t, nil, w.parked(old))

	// The newer program runs beside the older one and takes what waits.
	var subs outbox.Subscriptions
	subs.On("inventory.test", func(ctx context.Context, tx pgx.Tx, batch []outbox.Delivery) error {
		for _, d := range batch {
			if err := w.writeEffect(ctx, tx, "inventory", "inventory.test", d, d.Event.(newer).N); err != nil {
				return err
			}
		}
		return nil
	}, outbox.Of(outbox.From(1, func(e happened) newer { return newer{happened: e} })))
	must(t, w.replica().dispatcher(&subs).Drain(t.Context()))
	must(t, old.Drain(t.Context()))
	equal(t, "", w.check("inventory.test"))
}

func TestNewSubscriptionWaitsWhileItMayBeAnOldOneUnderANewName(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.publish(happened{Lane: ids.Lane(1), Key: "a"})
	must(t, w.dispatcher(w.inventory()).Drain(t.Context()))
	var subs outbox.Subscriptions
	subs.On("inventory.renamed", w.effects("inventory.renamed"), outbox.Of[happened]())
	if err := w.dispatcher(&subs).Drain(t.Context()); err == nil || !strings.Contains(err.Error(), "inventory.test") {
		t.Errorf("Drain = %v; everything would be applied twice", err)
	}
	equal(t, nil, w.applied("inventory.renamed"))
}

// What has to wait, or fails outside of its handler, is no danger to anybody, however many replicas try it.
func TestWaitingAtManyReplicasIsNotDying(t *testing.T) {
	t.Parallel()
	for name, broken := range map[string]func(w *world) *outbox.Dispatcher{
		"later": func(w *world) *outbox.Dispatcher {
			var subs outbox.Subscriptions
			subs.On("inventory.test", func(context.Context, pgx.Tx, []outbox.Delivery) error {
				return outbox.Later(errors.New("the menu has not come yet"))
			}, outbox.Of[happened]())
			return w.replica().dispatcher(&subs)
		},
		"a failure": func(w *world) *outbox.Dispatcher {
			return w.replica().dispatcher(w.inventory(), outbox.WithHooks(outbox.Hooks{BeforeMove: faults["error"]}))
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.publish(happened{Lane: 1, Key: "a", N: 1}, happened{Lane: 1, Key: "b", N: 2})
			for range 5 {
				if err := broken(w).Drain(t.Context()); err == nil {
					t.Fatal("it did not fail")
				}
			}
			d := w.replica().dispatcher(w.inventory())
			must(t, d.Drain(t.Context()))
			equal(t, nil, w.parked(d))
			equal(t, "", w.check("inventory.test"))
		})
	}
}
