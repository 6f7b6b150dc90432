package outbox_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"maru/internal/kernel/ids"
	"maru/internal/platform/event"
	"maru/internal/platform/outbox"
	"maru/internal/platform/postgres"
	"maru/internal/platform/postgres/pgtest"
)

var hookNames = []string{"AfterClaim", "AfterHandle", "BeforeMove", "BeforeCommit", "AfterCommit"}

func hookAt(name string, h outbox.Hook) outbox.Hooks {
	switch name {
	case "AfterClaim":
		return outbox.Hooks{AfterClaim: h}
	case "AfterHandle":
		return outbox.Hooks{AfterHandle: h}
	case "BeforeMove":
		return outbox.Hooks{BeforeMove: h}
	case "BeforeCommit":
		return outbox.Hooks{BeforeCommit: h}
	case "AfterCommit":
		return outbox.Hooks{AfterCommit: h}
	}
	panic("no hook " + name)
}

var faults = map[string]outbox.Hook{
	"error": func(context.Context, string, pgx.Tx) error { return errors.New("a fault of the test") },
	"panic": func(context.Context, string, pgx.Tx) error { panic("a fault of the test") },
	"closed connection": func(ctx context.Context, _ string, tx pgx.Tx) error {
		if tx == nil {
			return nil
		}
		return tx.Conn().Close(ctx)
	},
	"ended session": func(ctx context.Context, _ string, tx pgx.Tx) error {
		if tx == nil {
			return nil
		}
		_, err := tx.Exec(ctx, "SELECT pg_terminate_backend(pg_backend_pid())")
		return err
	},
}

func TestFaultInTheMiddleOfARoundLosesAndDoublesNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var n int64
	for _, hook := range hookNames {
		for name, fault := range faults {
			w.publishSome(&n)
			var fired atomic.Bool
			d := w.dispatcher(w.inventory(), outbox.WithHooks(hookAt(hook, func(ctx context.Context, sub string, tx pgx.Tx) error {
				if fired.Swap(true) {
					return nil
				}
				return fault(ctx, sub, tx)
			})))
			func() {
				defer func() { _ = recover() }()
				_ = d.Drain(t.Context())
			}()
			if !fired.Load() {
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

func (w *world) publishSome(n *int64) {
	w.t.Helper()
	var events []event.Event
	for range 30 {
		*n++
		events = append(events, happened{Lane: ids.Lane(*n % 4), Key: fmt.Sprint(*n % 9), N: *n})
	}
	w.publish(events...)
}

// A handler whose effects are not in the dispatcher's transaction breaks the promise, and the checker
// that the other tests rely on sees it.
func TestCheckerSeesEffectsOutsideTheTransaction(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var n int64
	w.publishSome(&n)
	inside := w.effects("inventory.test")
	var subs outbox.Subscriptions
	subs.On("inventory.test", func(ctx context.Context, _ pgx.Tx, batch []outbox.Delivery) error {
		return w.dbs.Context("inventory").InTx(ctx, func(tx pgx.Tx) error { return inside(ctx, tx, batch) })
	}, outbox.Of[happened]())
	d := w.dispatcher(&subs, outbox.WithHooks(outbox.Hooks{BeforeCommit: faults["error"]}))
	_ = d.Drain(t.Context())
	must(t, w.dispatcher(&subs).Drain(t.Context()))
	if w.check("inventory.test") == "" {
		t.Error("effects were applied twice and the checker saw nothing")
	}
}

// Positions that do not follow the commits, as those of a sequence, are what the head rows are for:
// without them a committed event is passed over, and the checker sees it.
func TestCheckerSeesPositionsThatDoNotFollowTheCommits(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	d := w.dispatcher(w.inventory())
	must(t, d.Drain(t.Context()))
	slow, err := w.dbs.Context("ordering").Begin(t.Context())
	must(t, err)
	insert := func(tx interface {
		Exec(context.Context, string, ...any) (pgconn.CommandTag, error)
	}, pos int64,
	) {
		_, err := tx.Exec(t.Context(), `INSERT INTO ordering.outbox VALUES (1, $1, '2026-01-01', 'ordering.test_happened', 1, 'a', '{"N": 1}', '', '2026-01-01')`, pos)
		must(t, err)
	}
	insert(slow, 1) // took its number first and commits last
	insert(w.dbs.Context("ordering"), 2)
	w.exec("ordering", "UPDATE ordering.outbox_head SET pos = 2 WHERE lane = 1")
	if err := d.Drain(t.Context()); err == nil {
		t.Error("a hole before a committed event was passed over")
	}
	equal(t, nil, w.applied("inventory.test"))
	must(t, slow.Commit(t.Context()))
	must(t, d.Drain(t.Context()))
	equal(t, "", w.check("inventory.test"))
}

const crashURL, crashAt = "MARU_TEST_CRASH_URL", "MARU_TEST_CRASH_AT"

// TestCrashingChild is the other process of TestProcessThatDies; by itself it does nothing.
func TestCrashingChild(t *testing.T) {
	url := os.Getenv(crashURL)
	if url == "" {
		t.Skip("runs as a child of TestProcessThatDies")
	}
	w := &world{t: t, url: url, dbs: pgtest.Open(t, url), healed: new(atomic.Bool)}
	die := func(context.Context, string, pgx.Tx) error { os.Exit(7); return nil }
	subs, opts := w.inventory(), []outbox.Option{outbox.WithBatch(7, 1<<20)}
	if at := os.Getenv(crashAt); at == "handler" {
		inside := w.effects("inventory.test")
		subs = new(outbox.Subscriptions)
		subs.On("inventory.test", func(ctx context.Context, tx pgx.Tx, batch []outbox.Delivery) error {
			defer os.Exit(7)
			return inside(ctx, tx, batch)
		}, outbox.Of[happened]())
	} else {
		opts = append(opts, outbox.WithHooks(hookAt(at, die)))
	}
	must(t, outbox.NewDispatcher(w.dbs, subs, slog.New(slog.DiscardHandler), opts...).Drain(t.Context()))
}

func TestProcessThatDiesLosesAndDoublesNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var n int64
	for _, at := range append([]string{"handler"}, hookNames...) {
		w.publishSome(&n)
		child := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestCrashingChild$")
		child.Env = append(os.Environ(), crashURL+"="+w.url, crashAt+"="+at)
		out, err := child.CombinedOutput()
		var exit *exec.ExitError
		if !errors.As(err, &exit) || exit.ExitCode() != 7 {
			t.Fatalf("child at %s ended with %v\n%s", at, err, out)
		}
		must(t, w.dispatcher(w.inventory()).Drain(t.Context()))
		if wrong := w.check("inventory.test"); wrong != "" {
			t.Fatalf("killed at %s: %s", at, wrong)
		}
	}
}

func TestTransientErrorsAreRetriedAndNeverPark(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, err := range []error{
		&pgconn.PgError{Code: "40001"}, &pgconn.PgError{Code: "40P01"}, &pgconn.PgError{Code: "55P03"},
		&pgconn.PgError{Code: "57P01"}, &pgconn.PgError{Code: "08006"}, &pgconn.PgError{Code: "53100"},
		context.DeadlineExceeded,
	} {
		w.publish(happened{Lane: 1, Key: "a"}, happened{Lane: 2, Key: "b"})
		var calls atomic.Int32
		inside := w.effects("inventory.test")
		var subs outbox.Subscriptions
		subs.On("inventory.test", func(ctx context.Context, tx pgx.Tx, batch []outbox.Delivery) error {
			if calls.Add(1) <= 3 {
				return fmt.Errorf("as it happens: %w", err)
			}
			return inside(ctx, tx, batch)
		}, outbox.Of[happened]())
		d := w.dispatcher(&subs)
		must(t, d.Drain(t.Context()))
		equal(t, nil, w.parked(d))
		equal(t, "", w.check("inventory.test"))
	}
}

// Sessions are ended all the time under running dispatchers and publishers.
func TestSessionsEndedAtRandomLoseAndDoubleNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx, stop := context.WithCancel(t.Context())
	const enough = 200 // of however many tries: on a slow machine most meet a session that has just ended
	var running, publishing sync.WaitGroup
	for range 2 {
		d := w.replica().dispatcher(w.inventory(), outbox.WithBatch(5, 1<<20))
		running.Go(func() { _ = d.Run(ctx) })
	}
	publishing.Go(func() {
		stored := 0
		for n := int64(0); stored < enough && t.Context().Err() == nil; n++ {
			if w.dbs.Context("ordering").InTx(t.Context(), func(tx pgx.Tx) error { // a lost session loses its event too
				return outbox.Publish(t.Context(), tx, happened{Lane: ids.Lane(n % 5), Key: "a", N: n})
			}) == nil {
				stored++
			}
		}
	})
	done := make(chan struct{})
	running.Go(func() {
		conn, err := pgx.Connect(t.Context(), w.url)
		if err != nil {
			t.Error(err)
			return
		}
		defer func() { _ = conn.Close(context.WithoutCancel(t.Context())) }()
		for {
			select {
			case <-done:
				return
			default:
			}
			if _, err := conn.Exec(t.Context(), `
				SELECT pg_terminate_backend(pid), pg_sleep(0.02) FROM pg_stat_activity
				WHERE datname = current_database() AND pid <> pg_backend_pid() ORDER BY random() LIMIT 2`); err != nil {
				t.Error(err)
				return
			}
		}
	})
	publishing.Wait()
	close(done)
	stop()
	running.Wait()
	must(t, w.replica().dispatcher(w.inventory()).Drain(t.Context()))
	equal(t, "", w.check("inventory.test"))
	if n := len(w.applied("inventory.test")); n < enough {
		t.Errorf("of %d stored events %d were applied", enough, n)
	}
}

// A process that hangs in the middle of a batch loses its session, another one takes the lane over,
// and when the first goes on it can no longer commit.
func TestFrozenProcessIsOvertakenAndCommitsNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	cfg := pgtest.Config(w.url)
	cfg.Timeouts.IdleInTransaction = 300 * time.Millisecond
	dbs, err := postgres.Open(t.Context(), cfg)
	must(t, err)
	t.Cleanup(dbs.Close)

	w.publish(happened{Lane: 1, Key: "a", N: 1}, happened{Lane: 1, Key: "a", N: 2})
	frozen, thaw := make(chan struct{}), make(chan struct{})
	var once sync.Once
	zombie := outbox.NewDispatcher(dbs, w.inventory(), slog.New(slog.DiscardHandler), outbox.WithHooks(outbox.Hooks{
		AfterHandle: func(context.Context, string, pgx.Tx) error {
			once.Do(func() {
				close(frozen)
				<-thaw
			})
			return nil
		},
	}))
	ended := make(chan error, 1)
	go func() { ended <- zombie.Drain(t.Context()) }()
	<-frozen
	must(t, w.dispatcher(w.inventory()).Drain(t.Context()))
	equal(t, "", w.check("inventory.test"))
	close(thaw)
	must(t, <-ended)
	equal(t, "", w.check("inventory.test"))
}

// A cursor that was moved although its row was locked makes the round undo everything.
func TestACursorThatWasMovedUnderItsLockIsNotMovedAgain(t *testing.T) {
	t.Parallel()
	for _, commit := range []string{"in one round trip", "by itself"} {
		t.Run(commit, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.publish(happened{Lane: 1, Key: "a", N: 1}, happened{Lane: 1, Key: "a", N: 2}, happened{Lane: 1, Key: "a", N: 3})
			hooks := outbox.Hooks{BeforeMove: func(ctx context.Context, _ string, tx pgx.Tx) error {
				_, err := tx.Exec(ctx, "UPDATE inventory.outbox_cursor SET pos = 1 WHERE lane = 1")
				return err
			}}
			if commit == "by itself" {
				hooks.BeforeCommit = func(context.Context, string, pgx.Tx) error { return nil }
			}
			if err := w.dispatcher(w.inventory(), outbox.WithHooks(hooks)).Drain(t.Context()); err == nil {
				t.Error("the cursor was moved from where it was not")
			}
			equal(t, nil, w.applied("inventory.test"))
			must(t, w.dispatcher(w.inventory()).Drain(t.Context()))
			equal(t, "", w.check("inventory.test"))
		})
	}
}

// frozen is a dispatcher that applies one event a batch, has the effects of the event-th in a transaction, and goes
// on when it is told.
func (w *world) frozen(event int64) (goOn func()) {
	w.t.Helper()
	inWork, thaw, ended := make(chan struct{}), make(chan struct{}), make(chan error, 1)
	var batches atomic.Int64
	d := w.replica().dispatcher(w.inventory(), outbox.WithBatch(1, 1<<20), outbox.WithHooks(outbox.Hooks{AfterHandle: func(context.Context, string, pgx.Tx) error {
		if batches.Add(1) == event {
			close(inWork)
			<-thaw
		}
		return nil
	}}))
	go func() { ended <- d.Drain(w.t.Context()) }()
	<-inWork
	return sync.OnceFunc(func() {
		close(thaw)
		must(w.t, <-ended)
	})
}

func TestALaneInWorkElsewhereHoldsUpNoOther(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.publish(happened{Lane: 1, Key: "a", N: 1})
	goOn := w.frozen(1)
	defer goOn()
	w.publish(happened{Lane: 1, Key: "a", N: 2}, happened{Lane: 2, Key: "b", N: 3})
	ctx, stop := context.WithCancel(t.Context())
	var running sync.WaitGroup
	d := w.replica().dispatcher(w.inventory(), outbox.WithPoll(5*time.Millisecond))
	running.Go(func() { _ = d.Run(ctx) })
	w.eventuallyWithin(10*time.Second, func() bool { return len(w.applied("inventory.test")) == 1 })
	goOn()
	w.eventually(func() bool { return len(w.applied("inventory.test")) == 3 })
	stop()
	running.Wait()
	equal(t, "", w.check("inventory.test"))
}

// A replica claims a lane while another has it in work, and goes on when the other has committed. The other has
// finished a batch of the lane: the mark of a first one would keep this one away too.
func TestALaneIsNotInWorkTwice(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.publish(happened{Lane: 1, Key: "a", N: 1}, happened{Lane: 1, Key: "a", N: 2})
	goOn := w.frozen(2)
	defer goOn()
	claims := 0
	d := w.replica().dispatcher(w.inventory(), outbox.WithHooks(outbox.Hooks{AfterClaim: func(context.Context, string, pgx.Tx) error {
		claims++
		goOn()
		return nil
	}}))
	must(t, d.Drain(t.Context()))
	if claims == 0 {
		t.Error("nothing was claimed while the lane was in work elsewhere")
	}
	equal(t, []effect{{1, 1, "a", 1}, {1, 2, "a", 2}}, w.applied("inventory.test"))
	equal(t, "", w.check("inventory.test"))
}

func TestARetryWaitsForTheBatchThatIsInWork(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	d := w.dispatcher(w.inventory())
	w.publish(happened{Lane: 1, Key: "a", N: 1, Bad: "error"})
	must(t, d.Drain(t.Context()))
	w.healed.Store(true)
	w.publish(happened{Lane: 1, Key: "b", N: 2})
	goOn := w.frozen(1)
	defer goOn()
	retried := make(chan error, 1)
	go func() { retried <- d.Retry(t.Context(), "inventory.test", "a") }()
	w.eventually(func() bool {
		if len(retried) > 0 {
			t.Fatal("the retry did not wait for the batch")
		}
		return w.count("SELECT count(*) FROM pg_locks WHERE NOT granted AND locktype = 'transactionid' AND pid IN (SELECT pid FROM pg_stat_activity WHERE datname = current_database())") > 0
	})
	goOn()
	must(t, <-retried)
	equal(t, []effect{{1, 2, "b", 2}, {1, 1, "a", 1}}, w.applied("inventory.test"))
}
