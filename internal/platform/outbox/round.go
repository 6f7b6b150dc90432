package outbox

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"maru/internal/kernel/ids"
	"maru/internal/platform/postgres"
)

// round claims lanes, reads a batch from them, applies it and moves the cursors, all in one
// transaction of the subscriber. It reports whether anything moved; on an error nothing did, or the
// answer to the COMMIT was lost and the next claim will tell.
func (r *runner) round(ctx context.Context, eager bool) (progress bool, err error) {
	for range 3 { // each attempt leaves a connection that the next one takes
		if progress, err = r.roundOnce(ctx, eager); !errors.Is(err, errNotSure) {
			return progress, err
		}
	}
	return true, nil
}

// errNotSure ends a round that came to a new connection, behind which may be another outbox.
var errNotSure = errors.New("outbox: a connection is new")

func (r *runner) roundOnce(ctx context.Context, eager bool) (progress bool, err error) {
	restored, err := r.current(ctx)
	if err != nil {
		return false, err
	}
	claims, careful := r.plan(eager)
	if len(claims) == 0 {
		return false, nil
	}
	defer r.release(claims)
	b := &batch{runner: r, began: time.Now(), careful: careful, of: restored}
	if b.foresee(ctx, claims) {
		progress, err = b.withoutAsking(ctx)
		if !errors.Is(err, errOtherwise) {
			return progress, err
		}
	}
	b = &batch{runner: r, began: b.began, careful: careful, of: restored}
	for _, c := range claims {
		c.again() // what was foreseen is forgotten
	}
	return b.asking(ctx, claims)
}

// withoutAsking does a round that was foreseen.
func (b *batch) withoutAsking(ctx context.Context) (progress bool, err error) {
	r := b.runner
	if len(b.items) == 0 { // only foreign events, which is known without the database
		for _, c := range b.claims {
			c.done = c.upto
		}
		b.note(nil, b.began)
		return b.progress(), nil
	}
	conn, err := r.db.Acquire(ctx)
	if err != nil {
		return false, fmt.Errorf("round of %s: %w", r.spec.name, err)
	}
	c := &conns{writing: conn}
	defer c.release()
	if !r.src.stillThat(b.of) {
		return false, errNotSure
	}
	tx := &foreseenTx{openTx: openTx{conn.Conn()}, batch: b}
	b.tx, b.htx = tx, newHandlerTx(tx)
	defer func() {
		b.settle(err)
		if b.abandoned {
			c.abandon()
			return
		}
		rollBack(ctx, tx)
	}()
	if err := b.foreseenRound(ctx); err != nil {
		return false, fmt.Errorf("round of %s: %w", r.spec.name, err)
	}
	r.pauseIfStopped(false)
	return b.progress(), nil
}

// asking does a round the regular way.
func (b *batch) asking(ctx context.Context, claims []*claim) (progress bool, err error) {
	r := b.runner
	c, err := acquire(ctx, r.src.db, r.db)
	if err != nil {
		return false, fmt.Errorf("round of %s: %w", r.spec.name, err)
	}
	defer c.release()
	if !r.src.stillThat(b.of) {
		return false, errNotSure
	}
	var tx pgx.Tx = openTx{c.writing.Conn()}
	if r.redirect != nil {
		tx = redirectedTx{tx, r.redirect}
	}
	b.tx, b.htx = tx, newHandlerTx(tx)
	defer func() {
		b.settle(err)
		if b.abandoned {
			c.abandon()
			return
		}
		b.takeBack(ctx, err) // while the lanes are locked: the next replica would believe the marks
		rollBack(ctx, tx)
	}()
	if err := b.claim(ctx, claims); err != nil {
		return false, fmt.Errorf("claim lanes of %s: %w", r.spec.name, err)
	}
	if err := r.opts.hooks.AfterClaim.call(ctx, r.spec.name, tx); err != nil {
		return false, err
	}
	if err := b.read(ctx, c.reader(tx)); err != nil {
		return false, err
	}
	c.doneReading()
	if err := b.apply(ctx); err != nil {
		return false, fmt.Errorf("apply batch of %s: %w", r.spec.name, err)
	}
	if err := b.finish(ctx); err != nil {
		return false, fmt.Errorf("finish batch of %s: %w", r.spec.name, err)
	}
	if b.stopped || len(b.items) > 0 {
		r.pauseIfStopped(b.stopped)
	}
	return b.progress(), nil
}

// conns are the connections of one round: one where producer and subscriber share a pool.
type conns struct {
	reading, writing *pgxpool.Conn
}

// acquire takes a connection of both databases, always in the order of their names: two subscriptions
// in opposite directions could otherwise hold each other's last connection.
func acquire(ctx context.Context, read, write *postgres.DB) (*conns, error) {
	var c conns
	for _, db := range byName(read, write) {
		conn, err := db.Acquire(ctx)
		if err != nil {
			c.release()
			return nil, err
		}
		if db == write {
			c.writing = conn
		} else {
			c.reading = conn
		}
	}
	return &c, nil
}

func byName(a, b *postgres.DB) []*postgres.DB {
	switch {
	case a == b:
		return []*postgres.DB{a}
	case a.Name > b.Name:
		return []*postgres.DB{b, a}
	}
	return []*postgres.DB{a, b}
}

// reader is what the producer's tables are read with.
func (c *conns) reader(tx pgx.Tx) batcher {
	if c.reading == nil {
		return tx
	}
	return c.reading
}

// doneReading gives the producer's connection back while the handler is at work.
func (c *conns) doneReading() {
	if c.reading != nil {
		c.reading.Release()
		c.reading = nil
	}
}

func (c *conns) release() {
	c.doneReading()
	if c.writing != nil {
		c.writing.Release()
	}
}

// rollBack ends a transaction that may have ended already.
func rollBack(ctx context.Context, tx pgx.Tx) {
	if tx.Conn().IsClosed() {
		return
	}
	ending, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*time.Second)
	defer cancel()
	_ = tx.Rollback(ending)
}

// batch is what one round works on.
type batch struct {
	*runner
	of     int64 // the source's restored count when it was planned
	tx     pgx.Tx
	htx    *handlerTx // tx, as the handler sees it
	began  time.Time
	claims []*claim
	// blocked are the keys that wait in the claimed lanes; it grows while the round parks.
	blocked map[laneKey]bool
	items   []item
	parks   []park
	careful bool // one lane, one event
	marks   map[ids.Lane]mark
	marked  []*claim // of these marks are written
	applied int      // how many items the handler took
	stopped bool     // too many keys were parked
	stored  bool     // cursors were moved in the database
	// abandoned says that the handler did not end and still holds the transaction.
	abandoned bool
}

type laneKey struct {
	lane ids.Lane
	key  string
}

// item is one event for the handler, or one that could not be decoded.
type item struct {
	claim    *claim
	row      *record
	delivery Delivery
	err      error
}
