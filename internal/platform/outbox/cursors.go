package outbox

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"maru/internal/kernel/ids"
	"maru/internal/platform/errs"
	"maru/internal/platform/postgres"
)

// What a person can do wrong with cursors.
var (
	// ErrDeclared is returned when a subscription is to be forgotten or renamed that the program has.
	ErrDeclared = errs.New(errs.Conflict, "outbox.declared",
		"{name}은(는) 이 프로그램이 쓰는 구독이에요.", "{name} is a subscription of this program.")
	// ErrNoCursors is returned when there is nothing to forget or rename under a name.
	ErrNoCursors = errs.New(errs.NotFound, "outbox.no_cursors",
		"{name}의 커서가 없어요.", "There are no cursors of {name}.")
	// ErrHasCursors is returned when a subscription is to take over another's cursors and has its own.
	ErrHasCursors = errs.New(errs.Conflict, "outbox.has_cursors",
		"{name}에는 이미 커서가 있어요.", "{name} has cursors already.")
	// ErrOtherContext is returned when a subscription is to take over cursors of another context.
	ErrOtherContext = errs.New(errs.Invalid, "outbox.other_context",
		"두 구독은 같은 컨텍스트에 있어야 해요.", "Both subscriptions must be of one context.")
	// ErrNotRefused is returned when no lane of a subscription has to be set.
	ErrNotRefused = errs.New(errs.Conflict, "outbox.not_refused",
		"거부된 레인이 없어요. 레인과 위치를 직접 정하려면 둘 다 적어 주세요.", "No lane of it is refused. To set one anyway, give both lane and position.")
	// ErrBadPlace is returned for a lane that does not exist or a position beyond its head.
	ErrBadPlace = errs.New(errs.Invalid, "outbox.bad_place",
		"레인은 0부터 255까지, 위치는 0부터 {head}까지예요.", "Lanes are from 0 to 255, positions from 0 to {head}.")
)

// contextOf returns the database of a subscription that the program need not know.
func (d *Dispatcher) contextOf(subscription string) (*postgres.DB, error) {
	context, _, err := splitName(subscription)
	if err != nil {
		return nil, ErrNoCursors.With("name", subscription)
	}
	return d.dbs.Context(context), nil
}

// Forget removes the cursors, parked events and marks of a subscription that the program does not
// declare, so that nothing is kept for it any more. A program that still declares it would begin it
// anew, from the oldest event that is kept.
func (d *Dispatcher) Forget(ctx context.Context, subscription string) error {
	if _, err := d.runner(subscription); err == nil {
		return ErrDeclared.With("name", subscription)
	}
	db, err := d.contextOf(subscription)
	if err != nil {
		return err
	}
	sql := statements[db.Name]
	var gone int64
	err = pgx.BeginFunc(ctx, db.Pool, func(tx pgx.Tx) error {
		gone, err = inEveryLane(ctx, tx, []string{sql.forgetCursor, sql.forgetParked, sql.forgetKeys, sql.deleteMark}, subscription)
		return err
	})
	if err != nil {
		return fmt.Errorf("forget %s: %w", subscription, err)
	}
	if gone == 0 {
		return ErrNoCursors.With("name", subscription)
	}
	d.log.Warn("outbox: subscription forgotten", "subscription", subscription)
	return nil
}

// Rename gives the cursors and parked events of a subscription that the program no longer declares to
// one that it declares and that has not begun.
func (d *Dispatcher) Rename(ctx context.Context, from, to string) error {
	if _, err := d.runner(from); err == nil {
		return ErrDeclared.With("name", from)
	}
	r, err := d.runner(to)
	if err != nil {
		return err
	}
	db, err := d.contextOf(from)
	if err != nil {
		return err
	}
	if db != r.db {
		return ErrOtherContext
	}
	var moved int64
	err = pgx.BeginFunc(ctx, db.Pool, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, r.sql.lockCursors, to)
		if err != nil {
			return err
		}
		begun := rows.Next()
		rows.Close()
		if rows.Err() != nil || begun {
			return firstOf(rows.Err(), ErrHasCursors.With("name", to))
		}
		if _, err := inEveryLane(ctx, tx, []string{r.sql.deleteMark}, from); err != nil {
			return err
		}
		moved, err = inEveryLane(ctx, tx, []string{r.sql.renameCursor, r.sql.renameParked, r.sql.renameKeys}, from, to)
		return err
	})
	if err != nil {
		return fmt.Errorf("rename %s to %s: %w", from, to, err)
	}
	if moved == 0 {
		return ErrNoCursors.With("name", from)
	}
	d.log.Warn("outbox: subscription renamed", "from", from, "to", to)
	return nil
}

func firstOf(err error, otherwise error) error {
	if err != nil {
		return err
	}
	return otherwise
}

// inEveryLane runs statements that take a lane and args, lane by lane in ascending order, and returns
// how many rows they touched.
func inEveryLane(ctx context.Context, tx pgx.Tx, sql []string, args ...any) (rows int64, err error) {
	var b pgx.Batch
	for lane := range ids.Lane(ids.Lanes) {
		for _, s := range sql {
			b.Queue(s, append([]any{lane}, args...)...)
		}
	}
	results := tx.SendBatch(ctx, &b)
	for range b.Len() {
		tag, err := results.Exec()
		if err != nil {
			_ = results.Close()
			return 0, err
		}
		rows += tag.RowsAffected()
	}
	return rows, results.Close()
}

// Reset sets every refused lane of a subscription to where the producer's head was when the lane was
// refused: what came after that is new, and is applied. Events that had been published between the
// restore and that moment are passed over; whoever knows better sets the lane with ResetLane.
//
// What the subscription had applied of the lost events stays applied. The records say where the cursors
// were: with the reset, the refusal that said so is gone.
func (d *Dispatcher) Reset(ctx context.Context, subscription string, records ...Recorder) (lanes []RefusedLane, err error) {
	all, err := d.Status(ctx)
	if err != nil {
		return nil, err
	}
	for _, s := range all {
		if s.Name == subscription {
			lanes = s.Refused
		}
	}
	if _, err := d.runner(subscription); err != nil {
		return nil, err
	}
	if len(lanes) == 0 {
		return nil, ErrNotRefused
	}
	for _, l := range lanes {
		if err := d.ResetLane(ctx, subscription, l.Lane, l.Head, records...); err != nil {
			return nil, err
		}
	}
	return lanes, nil
}

// ResetLane sets one cursor. What lies between its old and its new position is applied a second time,
// or not at all: it is for putting right what a restored database has made wrong.
func (d *Dispatcher) ResetLane(ctx context.Context, subscription string, lane ids.Lane, pos int64, records ...Recorder) error {
	r, err := d.runner(subscription)
	if err != nil {
		return err
	}
	heads, err := r.src.readHeads(ctx)
	if err != nil {
		return err
	}
	if lane < 0 || lane >= ids.Lanes {
		return ErrBadPlace.With("head", "…")
	}
	if pos < 0 || pos > heads[lane] {
		return ErrBadPlace.With("head", fmt.Sprint(heads[lane]))
	}
	var from int64
	err = r.db.InTx(ctx, func(tx pgx.Tx) error {
		if err := tx.QueryRow(ctx, r.sql.lockCursor, lane, subscription).Scan(&from); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, r.sql.setCursor, lane, subscription, pos); err != nil {
			return err
		}
		return r.record(ctx, tx, records, Redriven{Lane: lane, Reset: true, From: from, To: pos})
	})
	if errors.Is(err, pgx.ErrNoRows) {
		return ErrNoCursors.With("name", subscription)
	}
	if err != nil {
		return fmt.Errorf("set lane %d of %s: %w", lane, subscription, err)
	}
	d.log.Warn("outbox: cursor set by hand", "subscription", subscription, "lane", lane, "from", from, "pos", pos)
	r.poke(true)
	return nil
}
