package outbox

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"maru/internal/kernel/ids"
)

// Mostly a round can be foreseen: this process moved the cursors last, and it published the events
// itself. Such a round does not ask first. It tells the server where the cursors are believed to be and
// that nothing is parked in their lanes, together with the first statements of the handler, and the
// server refuses all of it where that is wrong. A refused round is done again the regular way, as is one
// whose handler failed. Where this process was wrong once, others are at work on the same lanes, and it
// asks for a while.

// A subscription that was wrong asks for so long, and for twice as long each time it is wrong again.
const (
	askLeast = time.Second
	askMost  = time.Minute
)

// errOtherwise ends a foreseen round that has to be done the regular way.
var errOtherwise = errors.New("outbox: the round is not as foreseen")

// foresee prepares the batch of a round that need not ask, or reports false, with the claims half filled.
// Nothing is locked yet.
func (b *batch) foresee(ctx context.Context, planned []*claim) bool {
	if b.careful || b.spec.beside || b.skipped != nil || time.Now().Before(b.askUntilNow()) {
		return false
	}
	b.mu.Lock()
	for _, c := range planned {
		if !b.proven[c.lane] || b.waits[c.lane] > 0 || b.stale(int(c.lane), b.began) || b.gaps[c.lane] != nil {
			b.mu.Unlock()
			return false
		}
		c.cursor = b.known[c.lane]
	}
	b.mu.Unlock()
	b.claims = planned
	b.startSpans()
	spans := b.spans()
	if len(spans) < len(planned) || !b.src.catchUp(ctx, b.src.db, spans, false) {
		b.claims = nil
		return false
	}
	b.makeItems()
	for i := range b.items {
		if b.items[i].undecodable() {
			b.claims, b.items = nil, nil
			return false
		}
	}
	return true
}

func (r *runner) askUntilNow() time.Time {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.askUntil
}

// foreseenRound applies a batch that was foreseen.
func (b *batch) foreseenRound(ctx context.Context) error {
	err := b.applyForeseen(ctx)
	b.mu.Lock()
	defer b.mu.Unlock()
	if err == nil {
		b.met.foreseen.Inc()
		b.askFor = 0
	}
	if err == nil || b.lost(err) {
		return err
	}
	b.met.otherwise.Inc()
	b.log.Debug("outbox: a round was not as foreseen", "error", err)
	if b.tx.(*foreseenTx).refused {
		b.askFor = min(max(2*b.askFor, askLeast), askMost)
		b.askUntil = time.Now().Add(b.askFor)
	}
	return errOtherwise
}

func (b *batch) applyForeseen(ctx context.Context) error {
	if b.opts.hooks.AfterClaim.between(afterClaim, b.spec.name) {
		if err := b.tx.(*foreseenTx).begin(ctx); err != nil {
			return err
		}
		if err := b.opts.hooks.AfterClaim.call(ctx, b.spec.name, b.tx); err != nil {
			return err
		}
	}
	deliveries := make([]Delivery, len(b.items))
	for i := range b.items {
		deliveries[i] = b.items[i].delivery
		b.items[i].claim.wanted = true
	}
	if err := b.handle(ctx, deliveries); err != nil {
		return err
	}
	b.applied = len(deliveries)
	for _, c := range b.claims {
		c.done = c.upto
	}
	if err := b.afterHandle(ctx); err != nil {
		return err
	}
	return b.move(ctx)
}

// queueForeseen begins the transaction and claims what is foreseen, or fails.
func (b *batch) queueForeseen(q *pgx.Batch) {
	q.Queue("BEGIN")
	if len(b.claims) == 1 {
		c := b.claims[0]
		q.Queue(b.sql.claimForeseen, c.lane, b.spec.name, c.cursor)
		return
	}
	lanes, at := make([]ids.Lane, len(b.claims)), make([]int64, len(b.claims))
	for i, c := range b.claims {
		lanes[i], at[i] = c.lane, c.cursor
	}
	q.Queue(b.sql.claimManyForeseen, lanes, b.spec.name, at)
}

// foreseenTx is a transaction that begins, with what must hold in it, together with its first batch.
type foreseenTx struct {
	openTx
	batch   *batch
	begun   bool
	refused bool // the server said that it is otherwise
}

// begin sends the beginning by itself.
func (t *foreseenTx) begin(ctx context.Context) error {
	if t.begun {
		return nil
	}
	t.begun = true
	var q pgx.Batch
	t.batch.queueForeseen(&q)
	err := t.openTx.SendBatch(ctx, &q).Close()
	t.refused = err != nil
	return err
}

// SendBatch sends the beginning with q, if it has not been sent.
func (t *foreseenTx) SendBatch(ctx context.Context, q *pgx.Batch) pgx.BatchResults {
	if t.begun {
		return t.openTx.SendBatch(ctx, q)
	}
	t.begun = true
	var whole pgx.Batch
	t.batch.queueForeseen(&whole)
	n := whole.Len()
	whole.QueuedQueries = append(whole.QueuedQueries, q.QueuedQueries...)
	results := t.openTx.SendBatch(ctx, &whole)
	for range n {
		if _, err := results.Exec(); err != nil {
			t.refused = true
			_ = results.Close()
			return pgx.FailedBatchResults(q, err)
		}
	}
	return results
}

// Exec sends the beginning first, as do the following.
func (t *foreseenTx) Exec(ctx context.Context, sql string, args ...any) (pgconn.CommandTag, error) {
	if err := t.begin(ctx); err != nil {
		return pgconn.CommandTag{}, err
	}
	return t.openTx.Exec(ctx, sql, args...)
}

// Query runs a query.
func (t *foreseenTx) Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error) {
	if err := t.begin(ctx); err != nil {
		return nil, err
	}
	return t.openTx.Query(ctx, sql, args...)
}

// QueryRow runs a query for one row.
func (t *foreseenTx) QueryRow(ctx context.Context, sql string, args ...any) pgx.Row {
	if err := t.begin(ctx); err != nil {
		return failedRow{err}
	}
	return t.openTx.QueryRow(ctx, sql, args...)
}

// CopyFrom copies rows.
func (t *foreseenTx) CopyFrom(ctx context.Context, table pgx.Identifier, columns []string, rows pgx.CopyFromSource) (int64, error) {
	if err := t.begin(ctx); err != nil {
		return 0, err
	}
	return t.openTx.CopyFrom(ctx, table, columns, rows)
}

type failedRow struct{ err error }

// Scan returns why there is no row.
func (r failedRow) Scan(...any) error { return r.err }
