package outbox_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"maru/internal/kernel/ids"
	"maru/internal/platform/outbox"
)

// memory is what a replica keeps: how often each N was seen, by load or by event.
type memory struct {
	mu     sync.Mutex
	loads  int
	handed []int64
	fail   error
	saw    chan struct{} // gets a value after every load and every batch
}

func newMemory() *memory { return &memory{saw: make(chan struct{}, 1000)} }

func (m *memory) tail() *outbox.Subscriptions {
	var subs outbox.Subscriptions
	subs.Tail("ordering", m.load, m.handle, outbox.Of[happened]())
	return &subs
}

func (m *memory) load(context.Context) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.loads++
	m.saw <- struct{}{}
	return nil
}

func (m *memory) handle(_ context.Context, batch []outbox.Delivery) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := m.fail; err != nil {
		m.fail = nil
		return err
	}
	for _, d := range batch {
		m.handed = append(m.handed, d.Event.(happened).N)
	}
	m.saw <- struct{}{}
	return nil
}

func (m *memory) state() (loads int, handed []int64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.loads, append([]int64(nil), m.handed...)
}

func TestTailHearsEverythingAfterItsLoad(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	m := newMemory()
	d := w.dispatcher(m.tail())
	w.publish(happened{Lane: 1, Key: "a", N: 1})
	must(t, d.Drain(t.Context()))
	must(t, d.Ready(t.Context()))
	for n := range int64(700) { // more than a batch
		w.publish(happened{Lane: ids.Lane(4), Key: "a", N: 10 + n})
	}
	w.publish(ignored{happened{Lane: 4, Key: "a"}})
	must(t, d.Drain(t.Context()))
	must(t, d.Drain(t.Context()))
	loads, handed := m.state()
	equal(t, 1, loads)
	equal(t, 700, len(handed))
	for i, n := range handed {
		if n != 10+int64(i) {
			t.Fatalf("event %d came as number %d", n, i)
		}
	}
}

func TestTailLoadsAgainWhenItLostTheThread(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	m := newMemory()
	d := w.dispatcher(m.tail())
	drain := func() {
		for d.Drain(t.Context()) != nil { // reports why it lost the thread, then loads
		}
	}
	drain()

	m.fail = errors.New("no memory left")
	w.publish(happened{Lane: 1, Key: "a", N: 1})
	drain()
	loads, _ := m.state()
	equal(t, 2, loads)

	w.publish(happened{Lane: 1, Key: "a", N: 2}, happened{Lane: 1, Key: "a", N: 3})
	w.exec("ordering", "DELETE FROM ordering.outbox WHERE lane = 1 AND pos = 2")
	drain()
	loads, _ = m.state()
	equal(t, 3, loads)

	w.exec("ordering", "UPDATE ordering.outbox_head SET pos = 1 WHERE lane = 1")
	drain()
	loads, _ = m.state()
	equal(t, 4, loads)

	w.publish(happened{Lane: 2, Key: "a", N: 4})
	drain()
	loads, handed := m.state()
	equal(t, 4, loads)
	equal(t, []int64{4}, handed)
}

// within fails the test when nothing comes in time. The bound is for a machine that is busy with
// other things; what is asserted is that somebody is woken at all, and by what.
func within(t *testing.T, d time.Duration, ch <-chan struct{}, what string) {
	t.Helper()
	select {
	case <-ch:
	case <-time.After(d):
		t.Fatalf("%s: nothing in %v", what, d)
	}
}

func (w *world) runs(d *outbox.Dispatcher) {
	w.t.Helper()
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = d.Run(ctx)
	}()
	w.t.Cleanup(func() { stop(); <-ended })
	must(w.t, d.Ready(w.t.Context()))
}

const never = time.Hour // a poll that does not happen in the test

func TestCommitWakesTheDispatcherOfItsProcess(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	m := newMemory()
	w.runs(w.dispatcher(m.tail(), outbox.WithPoll(never), outbox.WithoutNotify()))
	within(t, 10*time.Second, m.saw, "load")
	for n := range int64(5) {
		w.publish(happened{Lane: 1, Key: "a", N: n})
		within(t, 10*time.Second, m.saw, "event")
	}
}

func TestNotificationWakesOtherReplicas(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	here, there := newMemory(), newMemory()
	listening := w.replica().dispatcher(there.tail(), outbox.WithPoll(never))
	w.runs(w.dispatcher(here.tail(), outbox.WithPoll(never)))
	w.runs(listening)
	within(t, 10*time.Second, there.saw, "load")
	w.hears(2)
	for n := range int64(5) {
		w.publish(happened{Lane: 1, Key: "a", N: n})
		within(t, 10*time.Second, there.saw, "event")
	}
}

// hears waits until n sessions listen.
func (w *world) hears(n int) {
	w.t.Helper()
	for deadline := time.Now().Add(10 * time.Second); ; {
		got := collect[struct{ N int }](w, "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'maru/outbox/listen' AND query = 'LISTEN maru_outbox' AND state = 'idle'")
		if got[0].N >= n {
			return
		}
		if time.Now().After(deadline) {
			w.t.Fatalf("%d of %d sessions listen", got[0].N, n)
		}
	}
}

func TestPollFindsWhatNobodyAnnounced(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	m := newMemory()
	w.runs(w.replica().dispatcher(m.tail(), outbox.WithPoll(20*time.Millisecond), outbox.WithoutNotify()))
	within(t, 10*time.Second, m.saw, "load")
	for n := range int64(2) { // the first may be seen by the look with which the dispatcher begins
		w.publish(happened{Lane: 1, Key: "a", N: n})
		within(t, 10*time.Second, m.saw, "event")
	}
}

func TestRunFinishesTheBatchItIsIn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	entered, leave := make(chan struct{}), make(chan struct{})
	inside := w.effects("inventory.test")
	var subs outbox.Subscriptions
	subs.On("inventory.test", func(ctx context.Context, tx pgx.Tx, batch []outbox.Delivery) error {
		close(entered)
		<-leave
		return inside(ctx, tx, batch)
	}, outbox.Of[happened]())
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- w.dispatcher(&subs).Run(ctx) }()
	w.publish(happened{Lane: 1, Key: "a", N: 1})
	within(t, 10*time.Second, entered, "batch")
	stop()
	close(leave)
	must(t, <-ended)
	equal(t, "", w.check("inventory.test"))
}

// What nobody looks at is left out; from when somebody does, everything comes.
func TestTailLeavesOutTheLanesThatNobodyWants(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	m := newMemory()
	wanted := map[ids.Lane]bool{1: true}
	var subs outbox.Subscriptions
	subs.TailWhere("ordering", func(lane ids.Lane) bool { return wanted[lane] }, m.load, m.handle, outbox.Of[happened]())
	d := w.dispatcher(&subs)
	must(t, d.Drain(t.Context()))
	w.publish(happened{Lane: 1, Key: "a", N: 1}, happened{Lane: 2, Key: "b", N: 2}, happened{Lane: 2, Key: "b", N: 3})
	must(t, d.Drain(t.Context()))
	wanted[2] = true
	w.publish(happened{Lane: 2, Key: "b", N: 4}, happened{Lane: 1, Key: "a", N: 5})
	must(t, d.Drain(t.Context()))
	clear(wanted)
	w.publish(happened{Lane: 1, Key: "a", N: 6})
	must(t, d.Drain(t.Context()))
	loads, handed := m.state()
	equal(t, 1, loads)
	equal(t, []int64{1, 5, 4}, handed)
}
