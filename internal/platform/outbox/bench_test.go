package outbox_test

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"maru/internal/kernel/ids"
	"maru/internal/platform/event"
	"maru/internal/platform/outbox"
)

func BenchmarkPublish(b *testing.B) {
	for _, n := range []int{0, 1, 64} {
		b.Run(fmt.Sprintf("%d events of as many lanes", n), func(b *testing.B) {
			w := newWorld(b)
			var events []event.Event
			for i := range n {
				events = append(events, happened{Lane: ids.Lane(i), Key: "a", N: int64(i)})
			}
			b.ResetTimer()
			for b.Loop() {
				must(b, w.dbs.Context("ordering").InTx(b.Context(), func(tx pgx.Tx) error {
					if _, err := tx.Exec(b.Context(), "INSERT INTO ordering.test_effect (subscription, lane, pos, key, n) VALUES ('', 0, 0, '', 0)"); err != nil {
						return err
					}
					return outbox.Publish(b.Context(), tx, events...)
				}))
			}
			b.ReportMetric(float64(b.N*max(n, 1))/b.Elapsed().Seconds(), "events/s")
		})
	}
}

// BenchmarkDrain measures the dispatcher with a handler that does nothing.
func BenchmarkDrain(b *testing.B) {
	for _, lanes := range []int{1, 16, 256} {
		b.Run(fmt.Sprintf("%d lanes", lanes), func(b *testing.B) {
			w := newWorld(b)
			var subs outbox.Subscriptions
			subs.On("inventory.test", func(context.Context, pgx.Tx, []outbox.Delivery) error { return nil }, outbox.Of[happened]())
			d := w.dispatcher(&subs)
			must(b, d.Drain(b.Context()))
			const n = 10_000
			for b.Loop() {
				b.StopTimer()
				w.exec("ordering", `
					INSERT INTO ordering.outbox (lane, pos, day, kind, version, key, payload, trace, at)
					SELECT h.lane, h.pos + i, now()::date, 'ordering.test_happened', 1, 'key', '{"Lane": 1, "Key": "key", "N": 12}', '', now()
					FROM ordering.outbox_head h, generate_series(1, $1::int) AS i WHERE h.lane < $2::int`, n/lanes, lanes)
				w.exec("ordering", "UPDATE ordering.outbox_head SET pos = pos + $1 WHERE lane < $2", n/lanes, lanes)
				b.StartTimer()
				must(b, d.Drain(b.Context()))
			}
			b.ReportMetric(float64(b.N*(n/lanes)*lanes)/b.Elapsed().Seconds(), "events/s")
		})
	}
}

// BenchmarkCommitToEffect measures one event at a time, from before its transaction begins until the
// handler of a running dispatcher has it.
func BenchmarkCommitToEffect(b *testing.B) {
	w := newWorld(b)
	handed := make(chan struct{}, 1)
	var subs outbox.Subscriptions
	subs.On("inventory.test", func(context.Context, pgx.Tx, []outbox.Delivery) error {
		handed <- struct{}{}
		return nil
	}, outbox.Of[happened]())
	ctx, stop := context.WithCancel(b.Context())
	ended := make(chan struct{})
	d := w.dispatcher(&subs)
	must(b, d.Drain(ctx))
	go func() { defer close(ended); _ = d.Run(ctx) }()
	n := 0
	for b.Loop() {
		n++
		w.publish(happened{Lane: ids.Lane(n % 256), Key: "a"})
		<-handed
	}
	stop()
	<-ended
}

// BenchmarkLag publishes 500 single events a second, whatever the dispatcher does, and reports the
// time from publishing to the handler's call.
func BenchmarkLag(b *testing.B) {
	w := newWorld(b)
	var lags []time.Duration
	inside := w.effects("inventory.test")
	var subs outbox.Subscriptions
	subs.On("inventory.test", func(ctx context.Context, tx pgx.Tx, batch []outbox.Delivery) error {
		for _, d := range batch {
			lags = append(lags, time.Since(d.At))
		}
		return inside(ctx, tx, batch)
	}, outbox.Of[happened]())
	ctx, stop := context.WithCancel(b.Context())
	ended := make(chan struct{})
	d := w.dispatcher(&subs, outbox.WithWorkers(1))
	must(b, d.Drain(ctx))
	go func() { defer close(ended); _ = d.Run(ctx) }()
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	var publishing sync.WaitGroup
	n := 0
	for b.Loop() {
		<-tick.C
		n++
		publishing.Go(func() { w.publish(happened{Lane: ids.Lane(n % 256), Key: "a"}) })
	}
	publishing.Wait()
	stop()
	<-ended
	slices.Sort(lags)
	b.ReportMetric(float64(lags[len(lags)/2].Microseconds())/1000, "p50-ms")
	b.ReportMetric(float64(lags[len(lags)*99/100].Microseconds())/1000, "p99-ms")
}
