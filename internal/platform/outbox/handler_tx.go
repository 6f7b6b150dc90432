package outbox

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"maru/internal/platform/postgres"
)

// Database is what the queries of a context are run on; sqlc's DBTX has the same shape.
type Database interface {
	Exec(ctx context.Context, sql string, args ...any) (pgconn.CommandTag, error)
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
	QueryRow(ctx context.Context, sql string, args ...any) pgx.Row
}

// AtEnd returns a database for those last writes of a handler whose results it does not need: they are
// sent together with the cursors, which saves a round trip. If one fails, the batch has failed. Where tx
// is not a handler's, they are run at once.
func AtEnd(tx pgx.Tx) Database {
	if h, ok := tx.(*handlerTx); ok {
		return h.end
	}
	return tx
}

// Foreseen reports whether tx is that of a round whose batch is given to the handler once more when a statement
// fails, with a transaction of which this is not so. In the first one a handler may leave at the end what the
// server refuses where it does not hold.
func Foreseen(tx pgx.Tx) bool {
	h, ok := tx.(*handlerTx)
	if !ok {
		return false
	}
	_, ok = h.Tx.(*foreseenTx)
	return ok
}

// handlerTx is a round's transaction as its handler sees it. A handler cannot end it; what it publishes
// or leaves for the end is kept until the cursors move.
type handlerTx struct {
	pgx.Tx
	end    *postgres.Pipeline
	events []outgoing
	source string // of the events
}

func newHandlerTx(tx pgx.Tx) *handlerTx { return &handlerTx{Tx: tx, end: postgres.NewPipeline()} }

var (
	errNotYours   = errors.New("outbox: a handler must not end the dispatcher's transaction")
	errTwoSources = errors.New("outbox: events of two contexts in one transaction")
)

func (*handlerTx) Commit(context.Context) error   { return errNotYours }
func (*handlerTx) Rollback(context.Context) error { return errNotYours }

func (h *handlerTx) publish(rows []outgoing, source string) error {
	if h.source != "" && h.source != source {
		return errTwoSources
	}
	h.source = source
	h.events = append(h.events, rows...)
	return nil
}

// flush sends what was left for the end, apart from events.
func (h *handlerTx) flush(ctx context.Context) error {
	p := h.end
	h.end = postgres.NewPipeline()
	return p.Send(ctx, h.Tx)
}

// send sends everything that was kept.
func (h *handlerTx) send(ctx context.Context) error {
	if len(h.events) > 0 {
		_ = queueRows(h.end.Batch, h.events, h.source)
	}
	return h.flush(ctx)
}

// reset forgets everything but the first n events.
func (h *handlerTx) reset(n int) {
	h.end = postgres.NewPipeline()
	h.events = h.events[:n]
}

// openTx is a transaction whose BEGIN is sent together with its first statements.
type openTx struct{ conn *pgx.Conn }

var errNoNesting = errors.New("outbox: a handler's transaction has no transactions in it: use SAVEPOINT")

func (t openTx) Begin(context.Context) (pgx.Tx, error) { return nil, errNoNesting }

func (t openTx) Commit(ctx context.Context) error {
	tag, err := t.conn.Exec(ctx, "COMMIT")
	if err == nil && tag.String() != "COMMIT" {
		return pgx.ErrTxCommitRollback
	}
	return err
}

// Rollback ends a transaction that may have ended already, or never have begun.
func (t openTx) Rollback(ctx context.Context) error {
	if t.conn.IsClosed() || t.conn.PgConn().TxStatus() == 'I' {
		return nil
	}
	_, err := t.conn.Exec(ctx, "ROLLBACK")
	return err
}

func (t openTx) CopyFrom(ctx context.Context, table pgx.Identifier, columns []string, rows pgx.CopyFromSource) (int64, error) {
	return t.conn.CopyFrom(ctx, table, columns, rows)
}

func (t openTx) SendBatch(ctx context.Context, b *pgx.Batch) pgx.BatchResults {
	return t.conn.SendBatch(ctx, b)
}

func (openTx) LargeObjects() pgx.LargeObjects { panic("outbox: handlers keep no large objects") }

func (t openTx) Prepare(ctx context.Context, name, sql string) (*pgconn.StatementDescription, error) {
	return t.conn.Prepare(ctx, name, sql)
}

func (t openTx) Exec(ctx context.Context, sql string, args ...any) (pgconn.CommandTag, error) {
	return t.conn.Exec(ctx, sql, args...)
}

func (t openTx) Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error) {
	return t.conn.Query(ctx, sql, args...)
}

func (t openTx) QueryRow(ctx context.Context, sql string, args ...any) pgx.Row {
	return t.conn.QueryRow(ctx, sql, args...)
}

func (t openTx) Conn() *pgx.Conn { return t.conn }
