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
// Only statements without results can be queued; a query that returns rows fails at once.
type Pipeline struct{ Batch *pgx.Batch }

// NewPipeline returns an empty pipeline.
func NewPipeline() *Pipeline { return &Pipeline{Batch: &pgx.Batch{}} }

var errPipelineRows = errors.New("postgres: a pipeline queues statements without results only")

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

// Query refuses: rows cannot be read before they were asked for.
func (p *Pipeline) Query(context.Context, string, ...any) (pgx.Rows, error) {
	return nil, errPipelineRows
}

// QueryRow refuses, as Query does.
func (p *Pipeline) QueryRow(context.Context, string, ...any) pgx.Row { return refusedRow{} }

// SendBatch refuses: queue the statements one by one.
func (p *Pipeline) SendBatch(_ context.Context, b *pgx.Batch) pgx.BatchResults {
	return pgx.FailedBatchResults(b, errPipelineRows)
}

type refusedRow struct{}

func (refusedRow) Scan(...any) error { return errPipelineRows }
