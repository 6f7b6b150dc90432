package inventory_test

import (
	"context"
	"log/slog"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"

	"maru/internal/kernel/dining"
	"maru/internal/ordering/orderingapi"
	"maru/internal/platform/outbox"
)

func TestAnOrderIsDeductedOnceWhereverTheServerDies(t *testing.T) {
	t.Parallel()
	for name, at := range map[string]func(h outbox.Hook) outbox.Hooks{
		"with the effects written":        func(h outbox.Hook) outbox.Hooks { return outbox.Hooks{AfterHandle: h} },
		"before the cursor moves":         func(h outbox.Hook) outbox.Hooks { return outbox.Hooks{BeforeMove: h} },
		"right before the commit":         func(h outbox.Hook) outbox.Hooks { return outbox.Hooks{BeforeCommit: h} },
		"after the commit, before a word": func(h outbox.Hook) outbox.Hooks { return outbox.Hooks{AfterCommit: h} },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.openAll(stated(w.milk, 700*ml, "ml"))
			w.drain()
			w.hear()
			var deaths atomic.Int32
			var subs outbox.Subscriptions
			w.stock.Subscribe(&subs)
			dying := outbox.NewDispatcher(w.dbs, &subs, slog.New(slog.DiscardHandler), outbox.WithHooks(at(
				func(ctx context.Context, subscription string, tx pgx.Tx) error {
					if subscription != "inventory.stock" || deaths.Add(1) > 2 {
						return nil
					}
					if tx == nil {
						return context.DeadlineExceeded
					}
					_, err := tx.Exec(ctx, "SELECT pg_terminate_backend(pg_backend_pid())")
					return err
				})))
			cancelled := w.accepted(dining.ForHere, w.line(w.latte, w.small, 1))
			w.publish("ordering", w.accepted(dining.ForHere, w.line(w.latte, w.small, 2)), cancelled, cancellation(cancelled, orderingapi.Waste))
			if err := dying.Drain(t.Context()); err != nil {
				t.Logf("the dying replica: %v", err)
			}
			w.drain()
			if deaths.Load() == 0 {
				t.Fatal("nothing died")
			}
			if got := w.onHand(); got["milk"] != 100*ml || got["beans"] != 100_000*g-54*g {
				t.Errorf("balances %v", got)
			}
			w.wantChanges("sold out: large latte (stock:milk)", "sold out: small latte (stock:milk)")
			w.checkSums()
		})
	}
}

func TestAnOrderThatCannotBeWorkedOutStopsNobodyElse(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	absurd := w.accepted(dining.OwnCup, w.line(w.americano, w.cold, 2_000_000_000))
	w.publish("ordering", absurd, cancellation(absurd, orderingapi.Restock), w.accepted(dining.OwnCup, w.line(w.americano, w.cold, 1)))
	w.drain()
	if diff := cmp.Diff(amounts{"beans": -18 * g, "cup": -1 * ea}, w.onHand()); diff != "" {
		t.Errorf("balances (-want +got):\n%s", diff)
	}
	parked, err := w.post.Parked(t.Context())
	if err != nil || len(parked) != 2 {
		t.Errorf("parked %v, %v; want the order and its cancellation behind it", parked, err)
	}
}
