package outbox_test

import (
	"context"
	"testing"

	"github.com/jackc/pgx/v5"

	"maru/internal/platform/outbox"
)

// What a handler leaves for the end fails after the handler has returned, together with the cursors:
// the events must be told apart all the same, and nobody may hear of those that failed.
func TestWhatFailsAtTheEndParksItsKeyAndNothingElse(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	calls := 0
	var subs outbox.Subscriptions
	subs.On("inventory.test", func(ctx context.Context, tx pgx.Tx, batch []outbox.Delivery) error {
		calls++
		for _, d := range batch {
			e := d.Event.(happened)
			if _, err := outbox.AtEnd(tx).Exec(ctx, `
				INSERT INTO inventory.test_effect (subscription, lane, pos, key, n)
				SELECT 'inventory.test', $1, $2, $3, 100 / ($4 - 2)`, d.Lane, d.Pos, d.Key, e.N); err != nil {
				return err
			}
			if err := outbox.Publish(ctx, tx, echoed{e}); err != nil {
				return err
			}
		}
		return nil
	}, outbox.Of[happened]())
	d := w.dispatcher(&subs)
	w.publish(happened{Lane: 1, Key: "b", N: 3}, happened{Lane: 2, Key: "c", N: 4})
	must(t, d.Drain(t.Context()))
	equal(t, 1, calls)

	w.publish(
		happened{Lane: 1, Key: "a", N: 1}, happened{Lane: 1, Key: "a", N: 2}, happened{Lane: 1, Key: "b", N: 3},
		happened{Lane: 1, Key: "a", N: 4}, happened{Lane: 2, Key: "c", N: 4},
	)
	must(t, d.Drain(t.Context()))
	must(t, w.replica().dispatcher(&subs).Drain(t.Context()))
	equal(t, []effect{{1, 1, "b", 100}, {2, 1, "c", 50}, {1, 2, "a", -100}, {1, 4, "b", 100}, {2, 2, "c", 50}}, w.applied("inventory.test"))
	equal(t, []string{"1/3 1", "1/5 0"}, w.parked(d))
	equal(t, "", w.behind("inventory.test"))
	var echoes int
	must(t, w.dbs.Context("inventory").QueryRow(t.Context(),
		"SELECT count(*) FROM inventory.outbox WHERE kind = 'inventory.test_echoed'").Scan(&echoes))
	equal(t, 5, echoes)

	if err := d.Retry(t.Context(), "inventory.test", "a"); err == nil {
		t.Error("a retry of what still fails reported success")
	}
}
