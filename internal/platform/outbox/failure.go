package outbox

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"runtime/debug"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"maru/internal/platform/postgres"
)

// Later marks err as "not yet": what the event needs has not arrived here, and the same call will
// work later. The event is retried with growing pauses and never parked; its lane waits, other lanes
// go on. Later(nil) is nil.
func Later(err error) error {
	if err == nil {
		return nil
	}
	return &laterError{err}
}

type laterError struct{ err error }

func (e *laterError) Error() string { return "not yet: " + e.err.Error() }
func (e *laterError) Unwrap() error { return e.err }

func isLater(err error) bool {
	var later *laterError
	return errors.As(err, &later)
}

// isTransient reports whether err says something about the moment and nothing about the event.
func isTransient(err error) bool {
	var pg *pgconn.PgError
	if errors.As(err, &pg) {
		return transientState(pg.Code) || postgres.MissedPartition(pg)
	}
	var hung *hungError
	if errors.As(err, &hung) {
		return true // what to do about it is known, see careful.go
	}
	var netErr net.Error
	var connect *pgconn.ConnectError
	switch {
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded),
		errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, net.ErrClosed),
		errors.Is(err, pgx.ErrTxClosed),
		errors.As(err, &netErr), errors.As(err, &connect), pgconn.SafeToRetry(err):
		return true
	}
	return false
}

// transientState knows the SQLSTATEs of a busy, stopping, failing-over or full server, of deadlocks,
// serialization failures and timeouts.
func transientState(code string) bool {
	switch code {
	case "40001", "40P01", "55P03", "57014", "25P03", "25006":
		return true
	}
	return strings.HasPrefix(code, "08") || strings.HasPrefix(code, "57P") || strings.HasPrefix(code, "53") ||
		strings.HasPrefix(code, "58")
}

// guarded calls fn and turns a panic into an error with the stack of the place.
func guarded(fn func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
		}
	}()
	return fn()
}
