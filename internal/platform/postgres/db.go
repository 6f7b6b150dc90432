// Package postgres opens the databases of the contexts, migrates them and runs transactions.
//
// Every context has its own schema, role, pool and migrations; two contexts never share a
// transaction, so they need not share a server.
package postgres

import (
	"context"
	"errors"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"maru/internal/platform/failpoint"
)

// Contexts lists the bounded contexts that have a schema, in the order in which they are migrated.
var Contexts = []string{"members", "catalog", "ordering", "inventory", "stats", "audit"}

// DB is the database of one context.
type DB struct {
	*pgxpool.Pool
	// Name is the context's name and its schema.
	Name string

	mu        sync.RWMutex
	committed []func(note any)

	beside besidePool
}

// OnCommit makes fn run after every transaction of this process that commits. The dispatcher uses it to
// hear of new events without asking the database; fn must not block. note is what the transaction left
// for its listeners, or nil: see Pipeline.Note.
func (db *DB) OnCommit(fn func(note any)) {
	db.mu.Lock()
	defer db.mu.Unlock()
	db.committed = append(db.committed, fn)
}

// Committed tells the listeners of OnCommit that a transaction begun without InTx has committed.
func (db *DB) Committed(note any) {
	db.mu.RLock()
	defer db.mu.RUnlock()
	for _, fn := range db.committed {
		fn(note)
	}
}

// InTx runs fn in a READ COMMITTED transaction and commits. A serialization failure or a deadlock
// (SQLSTATE 40001, 40P01), and a row that lost its partition on the way (see MissedPartition), run fn
// again, at most five times: fn must have no effect outside tx. A connection lost during COMMIT is
// returned as it is: whether the transaction took place is then unknown, and the caller's idempotency
// key decides.
func (db *DB) InTx(ctx context.Context, fn func(tx pgx.Tx) error) error {
	const attempts = 5
	for attempt := 1; ; attempt++ {
		err := db.inTxOnce(ctx, fn)
		if err == nil {
			db.Committed(nil)
			return nil
		}
		if attempt == attempts || !retryable(err) {
			return err
		}
		pause := time.Duration(attempt) * (5*time.Millisecond + rand.N(10*time.Millisecond)) //nolint:gosec // jitter, not a secret
		select {
		case <-ctx.Done():
			return err
		case <-time.After(pause):
		}
	}
}

func (db *DB) inTxOnce(ctx context.Context, fn func(tx pgx.Tx) error) error {
	if err := failpoint.Hit("tx.begin", db.Name); err != nil {
		return err
	}
	err := pgx.BeginFunc(ctx, db.Pool, func(tx pgx.Tx) error {
		if err := fn(tx); err != nil {
			return err
		}
		return failpoint.Hit("tx.before-commit", db.Name)
	})
	if err != nil {
		return err
	}
	return failpoint.Hit("tx.after-commit", db.Name)
}

// InOneTrip runs what the pipeline has queued as one transaction, sent and answered at once: the server
// begins it with the first statement and commits it after the last, unless one of them fails. Nothing is
// tried again. As with InTx, a lost connection says nothing about whether the transaction took place; nor
// does an error of a function that was to read the results.
func (db *DB) InOneTrip(ctx context.Context, p *Pipeline) error {
	if err := failpoint.Hit("tx.begin", db.Name); err != nil {
		return err
	}
	if err := db.Pool.SendBatch(ctx, p.Batch).Close(); err != nil {
		return err
	}
	db.Committed(p.Note)
	return failpoint.Hit("tx.after-commit", db.Name)
}

func retryable(err error) bool {
	var pg *pgconn.PgError
	return errors.As(err, &pg) && (pg.Code == "40001" || pg.Code == "40P01" || MissedPartition(pg))
}

// MissedPartition reports whether err is that of a row which was on its way to the default partition
// when its own partition was attached. The same statement succeeds when it is run again. It is a check
// violation (23514) of no named constraint.
func MissedPartition(err *pgconn.PgError) bool {
	return err.Code == "23514" && err.ConstraintName == ""
}
