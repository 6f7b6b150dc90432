package postgres

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// Pipeline collects writes so that they reach the server in one round trip. It has the shape sqlc
// expects of a database, so a generated query on a Pipeline is queued instead of sent:
//
//	p := postgres.NewPipeline()
//	q := orderingdb.New(p)
//	_ = q.InsertOrder(ctx, order) // queued: the error is Send's
//	err := p.Send(ctx, tx)
//
// A query that returns rows is queued after OnRows has said where they go; without it, it fails at once.
type Pipeline struct {
	Batch *pgx.Batch
	// Note is what InOneTrip gives to the listeners of OnCommit when the transaction has committed.
	Note any

	onRows func(pgx.Rows) error
}

// NewPipeline returns an empty pipeline.
func NewPipeline() *Pipeline { return &Pipeline{Batch: &pgx.Batch{}} }

var errPipelineRows = errors.New("postgres: a pipeline reads no rows before it was sent: say with OnRows where they go")

// Send sends what was queued and returns the first error of any statement.
func (p *Pipeline) Send(ctx context.Context, tx pgx.Tx) error {
	if p.Batch.Len() == 0 {
		return nil
	}
	return tx.SendBatch(ctx, p.Batch).Close()
}

// Exec queues a statement.
func (p *Pipeline) Exec(_ context.Context, sql string, args ...any) (pgconn.CommandTag, error) {
	p.Batch.Queue(sql, args...)
	return pgconn.CommandTag{}, nil
}

// OnRows makes the next query's rows go to fn when the pipeline is sent; the query itself returns none.
func (p *Pipeline) OnRows(fn func(pgx.Rows) error) { p.onRows = fn }

// Query queues a query whose rows OnRows has an address for. Of others it refuses to read rows before
// they were asked for.
func (p *Pipeline) Query(_ context.Context, sql string, args ...any) (pgx.Rows, error) {
	if p.onRows == nil {
		return nil, errPipelineRows
	}
	p.Batch.Queue(sql, args...).Query(p.onRows)
	p.onRows = nil
	return noRows{}, nil
}

// QueryRow refuses, as Query does.
func (p *Pipeline) QueryRow(context.Context, string, ...any) pgx.Row { return refusedRow{} }

// SendBatch refuses: queue the statements one by one.
func (p *Pipeline) SendBatch(_ context.Context, b *pgx.Batch) pgx.BatchResults {
	return pgx.FailedBatchResults(b, errPipelineRows)
}

// noRows is the end of a result.
type noRows struct{ pgx.Rows }

func (noRows) Close()     {}
func (noRows) Err() error { return nil }
func (noRows) Next() bool { return false }

type refusedRow struct{}

func (refusedRow) Scan(...any) error { return errPipelineRows }
