package postgres

import (
	"context"
	"regexp"
	"strings"

	"github.com/jackc/pgx/v5"

	"maru/internal/platform/failpoint"
)

// statementFailpoints hits the failpoints sql.before and sql.after around every statement of a
// connection that writes, locks or ends a transaction, so that a test can fail between any two of
// them. The detail is the statement's name, or its verb and table where it has none.
type statementFailpoints struct{}

var (
	_ pgx.QueryTracer = statementFailpoints{}
	_ pgx.BatchTracer = statementFailpoints{}
)

func (statementFailpoints) TraceQueryStart(ctx context.Context, _ *pgx.Conn, data pgx.TraceQueryStartData) context.Context {
	return before(context.WithValue(ctx, statementKey{}, data.SQL), data.SQL)
}

func (statementFailpoints) TraceQueryEnd(ctx context.Context, _ *pgx.Conn, _ pgx.TraceQueryEndData) {
	if sql, ok := ctx.Value(statementKey{}).(string); ok {
		after(sql)
	}
}

func (statementFailpoints) TraceBatchStart(ctx context.Context, _ *pgx.Conn, data pgx.TraceBatchStartData) context.Context {
	for _, q := range data.Batch.QueuedQueries {
		ctx = before(ctx, q.SQL)
	}
	return ctx
}

func (statementFailpoints) TraceBatchQuery(_ context.Context, _ *pgx.Conn, data pgx.TraceBatchQueryData) {
	after(data.SQL)
}

func (statementFailpoints) TraceBatchEnd(context.Context, *pgx.Conn, pgx.TraceBatchEndData) {}

type statementKey struct{}

// before returns a context that has ended where the failpoint says that the statement fails.
func before(ctx context.Context, sql string) context.Context {
	if !matters.MatchString(sql) {
		return ctx
	}
	if err := failpoint.Hit("sql.before", statementName(sql)); err != nil {
		failed, cancel := context.WithCancelCause(ctx)
		cancel(err)
		return failed
	}
	return ctx
}

// after does not fail: what has been done is done.
func after(sql string) {
	if matters.MatchString(sql) {
		_ = failpoint.Hit("sql.after", statementName(sql))
	}
}

var matters = regexp.MustCompile(`(?i)\b(insert|update|delete|begin|commit|savepoint|pg_notify)\b`)

var tableName = regexp.MustCompile(`\b[a-z]+\.[a-z_]+\b`)

// statementName is one word: the name that sqlc wrote above the statement, or its verb and first table.
func statementName(sql string) string {
	sql = strings.TrimSpace(sql)
	if rest, ok := strings.CutPrefix(sql, "-- name: "); ok {
		name, _, _ := strings.Cut(rest, " ")
		return name
	}
	verb, _, _ := strings.Cut(sql, " ")
	verb, _, _ = strings.Cut(verb, "\n")
	if table := tableName.FindString(sql); table != "" {
		return strings.ToLower(verb) + "-" + table
	}
	return strings.ToLower(verb)
}
