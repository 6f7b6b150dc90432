package outbox

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"maru/internal/kernel/ids"
	"maru/internal/kernel/lang"
	"maru/internal/platform/errs"
	"maru/internal/platform/event"
	"maru/internal/platform/failpoint"
)

// What a person can do wrong with a parked event.
var (
	// ErrNotParked is returned when there is no such parked event or key.
	ErrNotParked = errs.New(errs.NotFound, "outbox.not_parked",
		"보류된 항목이 없어요. 이미 처리되었을 수 있어요.", "Nothing is on hold there. It may have been dealt with already.")
	// ErrNoSubscription is returned for a name that the program does not declare.
	ErrNoSubscription = errs.New(errs.NotFound, "outbox.no_subscription",
		"{name}라는 구독이 없어요.", "There is no subscription called {name}.")
	// ErrNoReason is returned when an event is to be skipped without a reason.
	ErrNoReason = errs.New(errs.Invalid, "outbox.no_reason",
		"건너뛰는 이유를 적어 주세요.", "Say why it is skipped.").On("reason")
	// ErrFailedAgain is returned, around the error itself, when a retry did not get through either.
	ErrFailedAgain = errs.New(errs.Conflict, "outbox.failed_again",
		"다시 처리했지만 또 실패했어요. 이벤트는 그대로 보류되어 있어요.", "It failed once more. The event is still on hold; nothing was lost.")
)

// Redriven is what a person did with parked events or a cursor, for the record of it.
type Redriven struct {
	Subscription string
	Target       string // the subscribing context, which has to publish the record
	Lane         ids.Lane
	Key          string
	Skipped      int64 // position of the event that was given up; 0 of a retry
	Reason       string
	// FailedAgain says that the key is still on hold after the retry.
	FailedAgain bool
	// Reset says that the lane's cursor was set by hand, from one position to another.
	Reset    bool
	From, To int64
}

// Recorder makes the record of what was done; it is published in the same transaction.
type Recorder func(Redriven) event.Event

// retryBatch is how many parked events of a key are applied in one transaction.
const retryBatch = 100

// Retry applies the parked events of a key in their order and lets the key go on. When one fails
// again it and those behind it stay parked, and ErrFailedAgain is returned around its error. Nothing
// overtakes: the lane's cursor is locked meanwhile. The records are made once for each lane of the key.
func (d *Dispatcher) Retry(ctx context.Context, subscription, key string, records ...Recorder) error {
	r, err := d.runner(subscription)
	if err != nil {
		return err
	}
	rows, err := r.db.Query(ctx, r.sql.lanesOfKey, subscription, key)
	if err != nil {
		return fmt.Errorf("retry %s of %s: %w", key, subscription, err)
	}
	lanes, err := pgx.CollectRows(rows, pgx.RowTo[ids.Lane])
	if err != nil {
		return fmt.Errorf("retry %s of %s: %w", key, subscription, err)
	}
	if len(lanes) == 0 {
		return ErrNotParked
	}
	for _, lane := range lanes {
		for more := true; more; {
			if more, err = r.retryKey(ctx, lane, key, records); err != nil {
				return fmt.Errorf("retry %s of %s: %w", key, subscription, err)
			}
		}
	}
	r.poke(true)
	return nil
}

// RetryAll retries every key that a subscription has parked, in order of lane and key. It returns how
// many are free again and how many failed once more; their errors are stored with the events. The records
// are made for each key.
func (d *Dispatcher) RetryAll(ctx context.Context, subscription string, records ...Recorder) (freed, failed int, err error) {
	r, err := d.runner(subscription)
	if err != nil {
		return 0, 0, err
	}
	rows, err := r.db.Query(ctx, r.sql.parkedOf, subscription)
	if err != nil {
		return 0, 0, fmt.Errorf("parked keys of %s: %w", subscription, err)
	}
	keys, err := pgx.CollectRows(rows, pgx.RowToStructByPos[struct {
		Lane ids.Lane
		Key  string
	}])
	if err != nil {
		return 0, 0, fmt.Errorf("parked keys of %s: %w", subscription, err)
	}
	for _, k := range keys {
		var failure error
		for more := true; more && failure == nil; {
			more, failure = r.retryKey(ctx, k.Lane, k.Key, records)
		}
		if ctx.Err() != nil {
			return freed, failed, ctx.Err()
		}
		if failure != nil {
			failed++
			continue
		}
		freed++
	}
	r.poke(true)
	return freed, failed, nil
}

// runner returns the subscription of a name.
func (d *Dispatcher) runner(name string) (*runner, error) {
	for _, r := range d.runners {
		if r.spec.name == name {
			return r, nil
		}
	}
	return nil, ErrNoSubscription.With("name", name)
}

// retryKey applies some parked events of a key in one transaction and reports whether there are more.
// A failure is written down before it is returned.
func (r *runner) retryKey(ctx context.Context, lane ids.Lane, key string, records []Recorder) (more bool, err error) {
	var failure error
	c, err := acquire(ctx, r.db, r.db)
	if err != nil {
		return false, err
	}
	defer c.release()
	b := &batch{runner: r}
	err = r.inTx(ctx, c, b, func(tx pgx.Tx) error {
		parked, err := r.lockParked(ctx, tx, lane, key)
		if err != nil {
			return err
		}
		more = len(parked) == retryBatch
		for _, p := range parked {
			failure = b.again(ctx, p)
			if failure != nil {
				if b.lost(failure) || isLater(failure) {
					return fmt.Errorf("%w: %w", ErrFailedAgain, failure)
				}
				if _, err := tx.Exec(ctx, r.sql.failParked, lane, r.spec.name, p.Pos, storedError(failure.Error())); err != nil {
					return err
				}
				return b.sendWith(ctx, records, Redriven{Lane: lane, Key: key, FailedAgain: true})
			}
			if _, err := tx.Exec(ctx, r.sql.deleteParked, lane, r.spec.name, p.Pos); err != nil {
				return err
			}
		}
		if more {
			if err := b.htx.send(ctx); err != nil {
				return err
			}
			return failpoint.Hit("retry.before-commit", r.spec.name)
		}
		if _, err = tx.Exec(ctx, r.sql.deleteParkedKey, lane, r.spec.name, key); err != nil {
			return err
		}
		if err := b.sendWith(ctx, records, Redriven{Lane: lane, Key: key}); err != nil {
			return err
		}
		return failpoint.Hit("retry.before-commit", r.spec.name)
	})
	if err != nil {
		return false, err
	}
	if failure != nil {
		failure = fmt.Errorf("%w: %w", ErrFailedAgain, failure)
	}
	if err := failpoint.Hit("retry.after-commit", r.spec.name); err != nil {
		return false, err
	}
	r.db.Committed(nil)
	return more, failure
}

// sendWith sends what the handlers published and the records of what was done, in one order of lanes.
func (b *batch) sendWith(ctx context.Context, records []Recorder, done Redriven) error {
	if err := b.record(ctx, b.htx, records, done); err != nil {
		return err
	}
	return b.htx.send(ctx)
}

// record publishes the records of what was done with a parked key.
func (r *runner) record(ctx context.Context, tx pgx.Tx, records []Recorder, done Redriven) error {
	done.Subscription, done.Target = r.spec.name, r.spec.target
	for _, record := range records {
		if err := Publish(ctx, tx, record(done)); err != nil {
			return err
		}
	}
	return nil
}

// inTx runs fn in a transaction of c in which b calls handlers.
func (r *runner) inTx(ctx context.Context, c *conns, b *batch, fn func(pgx.Tx) error) error {
	tx, err := c.writing.Begin(ctx)
	if err != nil {
		return err
	}
	defer func() {
		if b.abandoned {
			c.abandon()
			return
		}
		rollBack(ctx, tx)
	}()
	b.tx, b.htx = tx, newHandlerTx(tx)
	if err := fn(tx); err != nil {
		return err
	}
	return tx.Commit(ctx)
}

// lockParked locks the lane's cursor, so that no batch of the lane is under way, and then reads the
// first parked events of the key.
func (r *runner) lockParked(ctx context.Context, tx pgx.Tx, lane ids.Lane, key string) ([]ParkedEvent, error) {
	var cursor int64
	if err := tx.QueryRow(ctx, r.sql.lockCursor, lane, r.spec.name).Scan(&cursor); err != nil {
		return nil, fmt.Errorf("lock lane %d: %w", lane, err)
	}
	rows, err := tx.Query(ctx, r.sql.parkedOfKey, lane, r.spec.name, key, retryBatch)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, scanParked)
}

// again applies one parked event.
func (b *batch) again(ctx context.Context, p ParkedEvent) error {
	kind, known := b.spec.kinds[p.Kind]
	if !known {
		return fmt.Errorf("%s no longer wants %s", b.spec.name, p.Kind)
	}
	d := Delivery{Source: p.Source, Lane: p.Lane, Pos: p.Pos, Kind: p.Kind, Key: p.Key, At: p.At, Trace: p.Trace}
	if err := guarded(func() (err error) {
		d.Event, err = kind.decode(p.Version, p.Payload)
		return err
	}); err != nil {
		return err
	}
	return b.inSavepoint(ctx, d)
}

// Skip gives up one parked event: it is never applied, and stays in the table with the reason. When
// nothing else of its key is parked, the key goes on; what waits behind it needs a Retry. The records
// are published together with that.
func (d *Dispatcher) Skip(ctx context.Context, subscription string, lane ids.Lane, pos int64, reason string, records ...Recorder) error {
	if lang.Tidy(reason) == "" {
		return ErrNoReason
	}
	r, err := d.runner(subscription)
	if err != nil {
		return err
	}
	err = r.db.InTx(ctx, func(tx pgx.Tx) error {
		var cursor int64
		if err := tx.QueryRow(ctx, r.sql.lockCursor, lane, subscription).Scan(&cursor); err != nil {
			return err
		}
		var key string
		if err := tx.QueryRow(ctx, r.sql.parkedAt, lane, subscription, pos).Scan(&key); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, r.sql.skipParked, lane, subscription, pos, time.Now(), reason); err != nil {
			return err
		}
		rest, err := r.lockParked(ctx, tx, lane, key)
		if err != nil {
			return err
		}
		if len(rest) == 0 {
			if _, err = tx.Exec(ctx, r.sql.deleteParkedKey, lane, subscription, key); err != nil {
				return err
			}
		}
		return r.record(ctx, tx, records, Redriven{Lane: lane, Key: key, Skipped: pos, Reason: reason})
	})
	if errors.Is(err, pgx.ErrNoRows) {
		return ErrNotParked
	}
	if err != nil {
		return fmt.Errorf("skip lane %d, position %d of %s: %w", lane, pos, subscription, err)
	}
	r.log.Warn("outbox: parked event skipped", "lane", lane, "pos", pos, "reason", reason)
	r.poke(true)
	return nil
}
