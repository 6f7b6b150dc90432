package outbox

import (
	"context"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"maru/internal/kernel/ids"
)

const batchSavepoint = "outbox_batch"

// claim begins the transaction, locks the cursors that no other replica has, sets a savepoint behind
// them and reads which keys wait, in one round trip.
func (b *batch) claim(ctx context.Context, planned []*claim) error {
	var q pgx.Batch
	q.Queue("BEGIN")
	lanes := make([]ids.Lane, len(planned))
	for i, c := range planned {
		lanes[i] = c.lane
	}
	b.queueClaims(&q, planned, lanes)
	q.Queue(b.sql.parkedKeys, lanes, b.spec.name).Query(func(rows pgx.Rows) error {
		b.blocked = make(map[laneKey]bool)
		var k laneKey
		_, err := pgx.ForEachRow(rows, []any{&k.lane, &k.key}, func() error {
			b.blocked[k] = true
			return nil
		})
		return err
	})
	b.queueMarks(&q, lanes)
	q.Queue("SAVEPOINT " + batchSavepoint)
	if err := b.tx.SendBatch(ctx, &q).Close(); err != nil {
		return err
	}
	b.leaveMarked()
	b.startSpans()
	return nil
}

// queueClaims locks the cursors in one statement; it has a form for one lane and one for several.
func (b *batch) queueClaims(q *pgx.Batch, planned []*claim, lanes []ids.Lane) {
	if len(planned) == 1 {
		q.Queue(b.sql.claim, lanes[0], b.spec.name).Query(func(rows pgx.Rows) error {
			_, err := pgx.ForEachRow(rows, []any{&planned[0].cursor}, func() error {
				b.claims = planned
				return nil
			})
			b.leaveContended(planned)
			return err
		})
		return
	}
	q.Queue(b.sql.claimMany, lanes, b.spec.name).Query(func(rows pgx.Rows) error {
		cursors := make(map[ids.Lane]int64, len(planned))
		var lane ids.Lane
		var pos int64
		_, err := pgx.ForEachRow(rows, []any{&lane, &pos}, func() error {
			cursors[lane] = pos
			return nil
		})
		for _, c := range planned {
			if at, locked := cursors[c.lane]; locked {
				c.cursor = at
				b.claims = append(b.claims, c)
			}
		}
		b.leaveContended(planned)
		return err
	})
}

// leaveContended leaves the lanes alone that another replica has.
func (b *batch) leaveContended(planned []*claim) {
	if len(b.claims) == len(planned) {
		return
	}
	for _, c := range planned {
		if !slices.Contains(b.claims, c) {
			b.leave(c.lane, contendedPause)
		}
	}
}

// startSpans says what is to be read of the claimed lanes.
func (b *batch) startSpans() {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, c := range b.claims {
		if c.cursor < b.known[c.lane] { // set back by hand: what was learnt beyond it is void
			b.passed[c.lane], b.floor[c.lane] = 0, time.Time{}
		}
		b.known[c.lane] = c.cursor
		c.after = c.cursor
		if b.passed[c.lane] > c.cursor {
			c.after = b.passed[c.lane]
		}
		share := c.share
		if b.careful {
			share = 1
		}
		c.upto = max(c.after, min(c.head, c.after+share))
		c.done = c.after
		c.stored = b.waits[c.lane] > 0
	}
}

// read fills the spans and makes the items, in the order of lane and position.
func (b *batch) read(ctx context.Context, source batcher) error {
	spans := b.spans()
	if len(spans) == 0 {
		return nil
	}
	full, missing, err := b.src.readSpans(ctx, source, true, spans, b.kinds, b.opts.maxBytes)
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
	b.makeItems()
	return nil
}

// spans are the stretches that are to be read.
func (b *batch) spans() []*span {
	var spans []*span
	for _, c := range b.claims {
		if c.upto > c.after {
			spans = append(spans, &c.span)
		}
	}
	return spans
}

// makeItems decodes what was read and is wanted.
func (b *batch) makeItems() {
	for _, c := range b.claims {
		for i := range c.rows {
			row := &c.rows[i]
			kind, wanted := b.spec.kinds[row.kind]
			if !wanted || b.skipped[lanePos{c.lane, row.pos}] {
				continue
			}
			it := item{claim: c, row: row, delivery: Delivery{
				Source: b.spec.source, Lane: c.lane, Pos: row.pos, Kind: row.kind, Key: row.key, At: row.at, Trace: row.trace,
			}}
			it.err = guarded(func() (err error) {
				it.delivery.Event, err = kind.read(row)
				return err
			})
			b.items = append(b.items, it)
		}
	}
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
	b.src.poke() // a lane may have been said to be filled further than it is now
	b.met.missing.Inc()
	b.log.Error("outbox: events are missing and the lane waits; was a partition dropped before it was read, or the database restored?",
		"error", gap)
}
