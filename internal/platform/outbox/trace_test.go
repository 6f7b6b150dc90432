package outbox_test

import (
	"context"
	"testing"

	"github.com/jackc/pgx/v5"

	"maru/internal/kernel/traceparent"
	"maru/internal/platform/outbox"
)

func TestWhatAHandlerPublishesHasTheTraceOfItsEvents(t *testing.T) {
	t.Parallel()
	const one, other = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00"
	for name, c := range map[string]struct {
		traces []string
		want   string
	}{
		"one event":        {[]string{one}, one},
		"all the same":     {[]string{one, one}, one},
		"several":          {[]string{one, other}, ""},
		"one has none":     {[]string{one, ""}, ""},
		"nobody has one":   {[]string{"", ""}, ""},
		"one is not valid": {[]string{"00-evil"}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			var subs outbox.Subscriptions
			subs.On("inventory.test", func(ctx context.Context, tx pgx.Tx, batch []outbox.Delivery) error {
				return outbox.Publish(ctx, tx, echoed{batch[0].Event.(happened)})
			}, outbox.Of[happened]())
			d := w.dispatcher(&subs)
			must(t, w.dbs.Context("ordering").InTx(t.Context(), func(tx pgx.Tx) error {
				for _, trace := range c.traces {
					if err := outbox.Publish(traceparent.With(t.Context(), trace), tx, happened{Lane: 3, Key: "a"}); err != nil {
						return err
					}
				}
				return nil
			}))
			must(t, d.Drain(t.Context()))
			var got string
			must(t, w.dbs.Context("inventory").QueryRow(t.Context(), "SELECT trace FROM inventory.outbox WHERE kind = 'inventory.test_echoed'").Scan(&got))
			equal(t, c.want, got)
		})
	}
}
