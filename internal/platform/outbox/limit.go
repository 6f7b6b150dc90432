package outbox

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"maru/internal/platform/failpoint"
)

const (
	// handlerLimit is how long one call of a handler may take: a thousand times what it should.
	handlerLimit = 30 * time.Second
	// hangGrace is how long a handler that was told to stop may take to do so.
	hangGrace = time.Second
	// hangLeast is how long a call must have taken for a lost session to be its own fault: servers end
	// sessions that are silent within a transaction, after 5 s unless configured.
	hangLeast = 4 * time.Second
)

// hungError says that a handler did not end in time. Whether the events or the moment are to blame
// shows when they are tried alone.
type hungError struct {
	took      time.Duration
	events    int
	abandoned bool
	cause     error
}

func (e *hungError) Error() string {
	s := fmt.Sprintf("the handler did not end within its time: %s for %d events", e.took.Round(time.Millisecond), e.events)
	if e.abandoned {
		s += "; it does not stop either, and is left behind"
	}
	if e.cause != nil {
		s += ": " + e.cause.Error()
	}
	return s
}

func (e *hungError) Unwrap() error { return e.cause }

// handle calls the handler and turns what can go wrong around it into an error. A handler that does
// not even stop when it is told to is left behind with its connection, which is cut.
func (b *batch) handle(ctx context.Context, deliveries []Delivery) error {
	limited, cancel := context.WithTimeout(causedBy(ctx, deliveries), b.opts.handlerLimit)
	defer cancel()
	began := time.Now()
	done := make(chan error, 1)
	go func() {
		done <- guarded(func() error {
			if err := failpoint.Hit("round.handle", b.spec.name); err != nil {
				return err
			}
			return b.spec.handle(limited, b.htx, deliveries)
		})
	}()
	var err error
	select {
	case err = <-done:
	case <-limited.Done():
		grace := time.NewTimer(hangGrace)
		defer grace.Stop()
		select {
		case err = <-done:
		case <-grace.C:
			b.abandoned = true
			b.met.abandoned.Inc()
			go func() {
				<-done //nolint:errcheck // it came too late to matter
				b.met.abandoned.Dec()
			}()
			err = limited.Err()
		}
	}
	if b.abandoned || err != nil && b.overran(ctx, limited, time.Since(began), err) {
		hung := &hungError{took: time.Since(began), events: len(deliveries), abandoned: b.abandoned, cause: err}
		b.met.hung.Inc()
		b.log.Error("outbox: handler did not end in time; its events are tried one by one", "error", hung, "events", len(deliveries),
			"lane", deliveries[0].Lane, "pos", deliveries[0].Pos)
		return hung
	}
	if err == nil && b.tx.Conn().PgConn().TxStatus() == 'E' {
		return errors.New("the handler returned no error, but a statement of it failed")
	}
	return err
}

// overran says that a call failed because of the time it took.
func (b *batch) overran(ctx, limited context.Context, took time.Duration, err error) bool {
	if ctx.Err() != nil {
		return false // the program stops
	}
	if limited.Err() != nil {
		return true
	}
	if took < min(hangLeast, b.opts.handlerLimit) {
		return false
	}
	var pg *pgconn.PgError
	ended := errors.As(err, &pg) && (pg.Code == "57014" || pg.Code == "25P03") // statement and idle time-outs
	return ended || b.tx.Conn().IsClosed()
}

// abandon gives up the connection that a handler left behind still holds.
func (c *conns) abandon() {
	conn := c.writing.Hijack()
	c.writing = nil
	_ = conn.PgConn().Conn().Close() // the handler's next statement fails; nothing else of conn may be touched
}
