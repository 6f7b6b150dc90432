package outbox

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"maru/internal/kernel/ids"
)

var errCursorMoved = errors.New("outbox: a cursor moved although its row was locked")

// finish moves the cursors. When what the handler left for the end cannot be written, the events are
// gone through one by one.
func (b *batch) finish(ctx context.Context) error {
	left := b.htx.end.Batch.Len() > 0
	err := b.move(ctx)
	if err == nil || !left || b.lost(err) {
		return err
	}
	b.log.Debug("outbox: the end of a batch failed and it is gone through one by one", "error", err)
	if err := b.undo(ctx); err != nil {
		return err
	}
	if err := b.oneByOne(ctx); err != nil {
		return err
	}
	return b.move(ctx)
}

// move writes what is left, parked events and cursors, and commits: all in one round trip, unless
// something has to be looked at between the writing and the commit.
func (b *batch) move(ctx context.Context) error {
	if err := b.opts.hooks.BeforeMove.call(ctx, b.spec.name, b.tx); err != nil {
		return err
	}
	if b.spec.beside {
		b.htx.events = nil // the world has heard of it
	}
	q := b.htx.end.Batch
	b.htx.end = nil
	b.queueParks(q)
	var moved []*claim
	now := time.Now()
	for _, c := range b.claims {
		if c.done > c.cursor && (c.wanted || b.enough(c, now)) {
			moved = append(moved, c)
		}
	}
	var unmarked []ids.Lane
	for _, c := range b.marked {
		if c.done > c.cursor {
			unmarked = append(unmarked, c.lane)
		}
	}
	b.queueUnmark(q, unmarked)
	atOnce := len(b.htx.events) == 0 && len(b.parks) == 0 && b.opts.hooks.BeforeCommit == nil
	var told *published
	if len(b.htx.events) > 0 {
		told = queueRows(q, b.htx.events, b.htx.source)
	}
	b.queueMoves(q, moved, atOnce)
	if q.Len() == 0 {
		b.note(nil, now) // only foreign events: nothing to write
		return nil
	}
	if atOnce {
		q.Queue("COMMIT")
	}
	if err := b.tx.SendBatch(ctx, q).Close(); err != nil {
		return err
	}
	if !atOnce {
		if err := b.opts.hooks.BeforeCommit.call(ctx, b.spec.name, b.tx); err != nil {
			return err
		}
		if err := b.tx.Commit(ctx); err != nil {
			return err
		}
	}
	if err := b.opts.hooks.AfterCommit.call(ctx, b.spec.name, nil); err != nil {
		return err
	}
	b.stored = true
	b.note(moved, now)
	b.succeeded(b.applied)
	b.measure()
	if told != nil {
		b.db.Committed(told)
	}
	return nil
}

// queueMoves moves the cursors in one statement. Where the COMMIT follows in the same round trip, the
// server itself has to stop before it if a cursor is not where it was.
func (b *batch) queueMoves(q *pgx.Batch, moved []*claim, atOnce bool) {
	switch len(moved) {
	case 0:
		return
	case 1:
		c := moved[0]
		if atOnce {
			q.Queue(b.sql.moveCursorOrFail, c.lane, b.spec.name, c.cursor, c.done, b.durability())
			return
		}
		q.Queue(b.sql.moveCursor, c.lane, b.spec.name, c.cursor, c.done).Exec(allMoved(1))
		return
	}
	lanes, was, upto := make([]ids.Lane, len(moved)), make([]int64, len(moved)), make([]int64, len(moved))
	for i, c := range moved {
		lanes[i], was[i], upto[i] = c.lane, c.cursor, c.done
	}
	if atOnce {
		q.Queue(b.sql.moveCursorsOrFail, lanes, b.spec.name, was, upto, b.durability())
		return
	}
	q.Queue(b.sql.moveCursors, lanes, b.spec.name, was, upto).Exec(allMoved(len(moved)))
}

// durability is the synchronous_commit of a round that has told nobody anything. Its COMMIT need not
// wait for the disk: a server that crashes forgets effects and cursors together, and the events, which
// their producer's COMMIT has put on the disk, are applied again (docs/adr/0050). The audit trail waits all
// the same: its newest hashes may have left the house.
func (b *batch) durability() *string {
	if b.spec.every > 0 {
		return nil // what the server is set to
	}
	off := "off"
	return &off
}

func allMoved(n int) func(pgconn.CommandTag) error {
	return func(tag pgconn.CommandTag) error {
		if tag.RowsAffected() != int64(n) {
			return errCursorMoved
		}
		return nil
	}
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
	if b.stored {
		return true
	}
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
