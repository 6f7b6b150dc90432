// Package outboxtest publishes events in tests, in the place of the context that really does.
package outboxtest

import (
	"testing"

	"github.com/jackc/pgx/v5"

	"maru/internal/platform/event"
	"maru/internal/platform/outbox"
	"maru/internal/platform/postgres"
)

// Publish commits events of one context together.
func Publish(t testing.TB, dbs *postgres.Databases, context string, events ...event.Event) {
	t.Helper()
	err := dbs.Context(context).InTx(t.Context(), func(tx pgx.Tx) error {
		return outbox.Publish(t.Context(), tx, events...)
	})
	if err != nil {
		t.Fatalf("publish: %v", err)
	}
}
