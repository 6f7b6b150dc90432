package outbox

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"maru/internal/kernel/ids"
)

// prepare sees to it that the subscription has a cursor in every lane.
func (r *runner) prepare(ctx context.Context) error {
	r.mu.Lock()
	prepared := r.prepared
	r.mu.Unlock()
	if prepared {
		return nil
	}
	stored, err := scanPositions(ctx, r.db, r.sql.cursors, r.spec.name)
	if err != nil {
		return fmt.Errorf("read cursors of %s: %w", r.spec.name, err)
	}
	if len(stored) < ids.Lanes {
		start, err := r.start(ctx)
		if err != nil {
			return fmt.Errorf("start of %s: %w", r.spec.name, err)
		}
		var b pgx.Batch
		for lane, pos := range start {
			b.Queue(r.sql.insertCursor, lane, r.spec.name, pos)
		}
		if err := r.db.SendBatch(ctx, &b).Close(); err != nil {
			return fmt.Errorf("insert cursors of %s: %w", r.spec.name, err)
		}
	}
	if err := r.refresh(ctx); err != nil {
		return err
	}
	r.mu.Lock()
	r.prepared = true
	r.mu.Unlock()
	return nil
}

// start returns where a new subscription begins: at the heads, or before the oldest event kept. The
// heads are read first, so that nothing published meanwhile is taken for dropped.
func (r *runner) start(ctx context.Context) (*positions, error) {
	heads, err := r.src.readHeads(ctx)
	if err != nil || r.spec.fromNow {
		return heads, err
	}
	start := *heads
	var b pgx.Batch
	for lane, head := range heads {
		if head == 0 {
			continue
		}
		b.Queue(r.src.sql.oldest, lane).Query(func(rows pgx.Rows) error {
			for rows.Next() {
				var pos int64
				if err := rows.Scan(&pos); err != nil {
					return err
				}
				start[lane] = min(pos-1, head)
			}
			return rows.Err()
		})
	}
	if b.Len() == 0 {
		return &start, nil
	}
	return &start, r.src.db.SendBatch(ctx, &b).Close()
}

func (r *runner) refreshIfDue(ctx context.Context) error {
	r.mu.Lock()
	due := time.Since(r.refreshed) > refreshEvery
	if due {
		r.refreshed = time.Now() // of several workers one is enough
	}
	r.mu.Unlock()
	if !due {
		return nil
	}
	return r.refresh(ctx)
}

// refresh compares the stored cursors with the heads: to learn what other replicas did, to notice a
// cursor that was set back by hand, and to refuse one that is ahead of its head. That happens when
// the producer's database was restored to an older state, or lost its last commits in a failover: the
// positions are given out a second time, and going on would pass over events without a word.
func (r *runner) refresh(ctx context.Context) error {
	stored, err := scanPositions(ctx, r.db, r.sql.cursors, r.spec.name)
	if err != nil {
		return fmt.Errorf("read cursors of %s: %w", r.spec.name, err)
	}
	heads, err := r.src.readHeads(ctx) // after the cursors, so no cursor can be ahead by chance
	if err != nil {
		return err
	}
	var parked int64
	if err := r.db.QueryRow(ctx, r.sql.parkedCount, r.spec.name).Scan(&parked); err != nil {
		return fmt.Errorf("count parked events of %s: %w", r.spec.name, err)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.refreshed = time.Now()
	var pending int64
	for lane := range ids.Lane(ids.Lanes) {
		cursor, head := stored[lane], heads[lane]
		if at, was := r.refused[lane]; was {
			if at == cursor {
				continue
			}
			delete(r.refused, lane)
		}
		if cursor > head {
			r.refused[lane] = cursor
			r.log.Error("outbox: cursor is ahead of its head and the lane is refused; was the producer's database restored to an older state? "+
				"Find out which events are missing here, then set the cursor by hand",
				"source", r.spec.source, "lane", lane, "cursor", cursor, "head", head)
			continue
		}
		if !r.busy[lane] {
			if cursor < r.known[lane] {
				r.passed[lane], r.floor[lane] = 0, time.Time{}
			}
			r.known[lane] = cursor
		}
		pending += head - max(cursor, r.passed[lane])
	}
	r.met.pending.Set(float64(pending))
	r.met.parked.Set(float64(parked))
	r.met.refused.Set(float64(len(r.refused)))
	return nil
}
