package outbox

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"maru/internal/kernel/ids"
	"maru/internal/platform/postgres"
)

// round claims lanes, reads a batch from them, applies it and moves the cursors, all in one
// transaction of the subscriber. It reports whether anything moved; on an error nothing did, or the
// answer to the COMMIT was lost and the next claim will tell.
func (r *runner) round(ctx context.Context, eager bool) (progress bool, err error) {
	claims := r.plan(eager)
	if len(claims) == 0 {
		return false, nil
	}
	defer r.release(claims)

	began := time.Now()
	reading, writing, giveBack, err := acquire(ctx, r.src.db, r.db)
	if err != nil {
		return false, fmt.Errorf("round of %s: %w", r.spec.name, err)
	}
	defer giveBack()
	tx, err := writing.Begin(ctx)
	if err != nil {
		return false, fmt.Errorf("round of %s: %w", r.spec.name, err)
	}
	defer rollBack(ctx, tx)

	b := &batch{runner: r, tx: tx, began: began}
	if err := b.claim(ctx, claims); err != nil {
		return false, fmt.Errorf("claim lanes of %s: %w", r.spec.name, err)
	}
	if err := r.opts.hooks.AfterClaim.call(ctx, r.spec.name, tx); err != nil {
		return false, err
	}
	var source batcher = reading
	if reading == writing {
		source = tx
	}
	if err := b.read(ctx, source); err != nil {
		return false, err
	}
	if err := b.apply(ctx); err != nil {
		return false, fmt.Errorf("apply batch of %s: %w", r.spec.name, err)
	}
	if err := b.move(ctx); err != nil {
		return false, fmt.Errorf("finish batch of %s: %w", r.spec.name, err)
	}
	if b.stopped || len(b.items) > 0 {
		r.pauseIfStopped(b.stopped)
	}
	return b.progress(), nil
}

// acquire takes a connection of both databases, always in the order of their names: two subscriptions
// in opposite directions could otherwise hold each other's last connection. For one database it is
// one connection.
func acquire(ctx context.Context, read, write *postgres.DB) (reading, writing *pgxpool.Conn, giveBack func(), err error) {
	if read == write {
		conn, err := write.Acquire(ctx)
		if err != nil {
			return nil, nil, nil, err
		}
		return conn, conn, conn.Release, nil
	}
	first, second := read, write
	if write.Name < read.Name {
		first, second = write, read
	}
	a, err := first.Acquire(ctx)
	if err != nil {
		return nil, nil, nil, err
	}
	b, err := second.Acquire(ctx)
	if err != nil {
		a.Release()
		return nil, nil, nil, err
	}
	giveBack = func() { b.Release(); a.Release() }
	if first == read {
		return a, b, giveBack, nil
	}
	return b, a, giveBack, nil
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
	tx     pgx.Tx
	began  time.Time
	claims []*claim
	// blocked are the keys that wait in the claimed lanes; it grows while the round parks.
	blocked map[laneKey]bool
	items   []item
	parks   []park
	applied int  // how many items the handler took
	stopped bool // too many keys were parked
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

const batchSavepoint = "outbox_batch"

// claim locks the cursors that no other replica has, sets a savepoint behind them and reads which keys
// wait, in one round trip.
func (b *batch) claim(ctx context.Context, planned []*claim) error {
	var q pgx.Batch
	lanes := make([]ids.Lane, len(planned))
	for i, c := range planned {
		lanes[i] = c.lane
		q.Queue(b.sql.claim, c.lane, b.spec.name).Query(func(rows pgx.Rows) error {
			if !rows.Next() {
				b.leave(c.lane, contendedPause)
				return rows.Err()
			}
			if err := rows.Scan(&c.cursor); err != nil {
				return err
			}
			b.claims = append(b.claims, c)
			rows.Close()
			return rows.Err()
		})
	}
	q.Queue(b.sql.parkedKeys, lanes, b.spec.name).Query(func(rows pgx.Rows) error {
		b.blocked = make(map[laneKey]bool)
		var k laneKey
		_, err := pgx.ForEachRow(rows, []any{&k.lane, &k.key}, func() error {
			b.blocked[k] = true
			return nil
		})
		return err
	})
	q.Queue("SAVEPOINT " + batchSavepoint)
	if err := b.tx.SendBatch(ctx, &q).Close(); err != nil {
		return err
	}
	b.startSpans()
	return nil
}

// startSpans shares the batch limit out: every lane gets its part, what some leave goes to the others.
func (b *batch) startSpans() {
	b.mu.Lock()
	defer b.mu.Unlock()
	room := int64(b.limit)
	for i, c := range b.claims {
		b.known[c.lane] = c.cursor
		c.after = c.cursor
		if b.passed[c.lane] > c.cursor {
			c.after = b.passed[c.lane]
		}
		share := max(room/int64(len(b.claims)-i), 1)
		c.upto = max(c.after, min(c.head, c.after+share))
		c.done = c.after
		room = max(room-(c.upto-c.after), 0)
	}
}

// read fills the spans and makes the items, in the order of lane and position.
func (b *batch) read(ctx context.Context, source batcher) error {
	var spans []*span
	for _, c := range b.claims {
		if c.upto > c.after {
			spans = append(spans, &c.span)
		}
	}
	if len(spans) == 0 {
		return nil
	}
	full, missing, err := b.src.readSpans(ctx, source, spans, b.kinds, b.opts.maxBytes)
	if err != nil {
		return err
	}
	if full {
		b.mu.Lock()
		b.limit = max(b.limit/2, 1) // less is read in vain next time
		b.mu.Unlock()
	}
	for _, gap := range missing {
		b.missing(gap)
	}
	for _, c := range b.claims {
		for i := range c.rows {
			row := &c.rows[i]
			kind, wanted := b.spec.kinds[row.kind]
			if !wanted {
				continue
			}
			it := item{claim: c, row: row, delivery: Delivery{
				Source: b.spec.source, Lane: c.lane, Pos: row.pos, Kind: row.kind, Key: row.key, At: row.at, Trace: row.trace,
			}}
			it.err = guarded(func() (err error) {
				it.delivery.Event, err = kind.decode(row.version, row.payload)
				return err
			})
			b.items = append(b.items, it)
		}
	}
	return nil
}

// missing leaves a lane alone whose events are not there: to go on would be to lose them silently.
func (b *batch) missing(gap *missingError) {
	b.mu.Lock()
	b.floor[gap.lane] = time.Time{}
	b.mu.Unlock()
	if gap.floored {
		return // the days were guessed wrong: the next round looks at all of them
	}
	b.mu.Lock()
	b.gaps[gap.lane] = gap
	b.mu.Unlock()
	b.leave(gap.lane, missingPause)
	b.met.missing.Inc()
	b.log.Error("outbox: events are missing and the lane waits; was a partition dropped before it was read, or the database restored?",
		"error", gap)
}

var errCursorMoved = errors.New("outbox: a cursor moved although its row was locked")

// move writes parked events and cursors and commits.
func (b *batch) move(ctx context.Context) error {
	if err := b.opts.hooks.BeforeMove.call(ctx, b.spec.name, b.tx); err != nil {
		return err
	}
	var q pgx.Batch
	b.queueParks(&q)
	var moved []*claim
	now := time.Now()
	for _, c := range b.claims {
		if c.done > c.cursor && (c.wanted || b.enough(c, now)) {
			moved = append(moved, c)
			q.Queue(b.sql.moveCursor, c.lane, b.spec.name, c.cursor, c.done).Exec(func(tag pgconn.CommandTag) error {
				if tag.RowsAffected() != 1 {
					return errCursorMoved
				}
				return nil
			})
		}
	}
	if q.Len() == 0 {
		b.note(nil, now) // only foreign events: nothing to write
		return nil
	}
	if err := b.tx.SendBatch(ctx, &q).Close(); err != nil {
		return err
	}
	if err := b.opts.hooks.BeforeCommit.call(ctx, b.spec.name, b.tx); err != nil {
		return err
	}
	if err := b.tx.Commit(ctx); err != nil {
		return err
	}
	if err := b.opts.hooks.AfterCommit.call(ctx, b.spec.name, nil); err != nil {
		return err
	}
	b.note(moved, now)
	b.succeeded()
	b.measure()
	b.db.Committed() // the handler may have published
	return nil
}

func (b *batch) enough(c *claim, now time.Time) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	since := b.passedSince[c.lane]
	return c.done-c.cursor > passedMost || c.after > c.cursor && now.Sub(since) > passedAge
}

// note keeps what the round learnt for the next plan.
func (b *batch) note(moved []*claim, now time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, c := range moved {
		b.known[c.lane] = c.done
		b.passed[c.lane] = 0
	}
	for _, c := range b.claims {
		if c.done > c.after {
			b.waits[c.lane] = 0
			delete(b.gaps, c.lane)
		}
		if c.done > b.known[c.lane] && c.done > b.passed[c.lane] {
			if b.passed[c.lane] <= b.known[c.lane] {
				b.passedSince[c.lane] = now
			}
			b.passed[c.lane] = c.done
		}
		if len(c.rows) > 0 && c.done > c.after {
			b.floor[c.lane] = floorAfter(c.rows[0])
		}
	}
}

func (b *batch) progress() bool {
	for _, c := range b.claims {
		if c.done > c.after {
			return true
		}
	}
	return false
}

// measure observes the lag of what was applied, from publishing to this commit.
func (b *batch) measure() {
	now := time.Now()
	for _, it := range b.items {
		if it.delivery.Event != nil && it.row.pos <= it.claim.done {
			b.met.lag.Observe(max(now.Sub(it.row.at), 0).Seconds())
		}
	}
	b.met.applied.Add(float64(b.applied))
	if b.applied > 0 {
		b.met.batch.Observe(float64(b.applied))
		b.met.took.Observe(now.Sub(b.began).Seconds())
	}
}
