package outbox

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"maru/internal/kernel/ids"
)

// An event can kill the process that handles it, or keep its handler for ever. Neither comes back as
// an error, so it must be written down before: the first batch of a lane that a process works on leaves
// a mark, committed on a connection of its own, which goes when the effects are committed. A process
// that finds another's mark knows that the batch ended somebody, and goes through it carefully: a lane
// alone, an event a round, each marked before it is tried. See docs/adr/0012.

// triesMost is how often an event is tried alone; what was not over then is parked without being tried
// again.
const triesMost = 2

// mark is what was written down about a lane.
type mark struct {
	lane     ids.Lane
	upto     int64 // the lane is gone through carefully up to here
	pos      int64 // the event that is tried alone, or 0
	attempts int   // how often it was tried alone
	run      string
}

// queueMarks reads the marks of lanes that this process has not finished a batch of yet.
func (b *batch) queueMarks(q *pgx.Batch, lanes []ids.Lane) {
	if !b.careful {
		lanes = b.unproven(lanes)
	}
	if len(lanes) == 0 {
		return
	}
	q.Queue(b.sql.marks, lanes, b.spec.name).Query(func(rows pgx.Rows) error {
		b.marks = make(map[ids.Lane]mark)
		var m mark
		_, err := pgx.ForEachRow(rows, []any{&m.lane, &m.upto, &m.pos, &m.attempts, &m.run}, func() error {
			b.marks[m.lane] = m
			return nil
		})
		return err
	})
}

func (r *runner) unproven(lanes []ids.Lane) []ids.Lane {
	r.mu.Lock()
	defer r.mu.Unlock()
	var some []ids.Lane
	for _, lane := range lanes {
		if !r.proven[lane] {
			some = append(some, lane)
		}
	}
	return some
}

// leaveMarked takes lanes whose last batch ended another process out of this round; they get rounds of
// their own.
func (b *batch) leaveMarked() {
	if b.careful || len(b.marks) == 0 {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	kept := b.claims[:0]
	for _, c := range b.claims {
		m, marked := b.marks[c.lane]
		if marked && m.upto > c.cursor && m.run != b.opts.run {
			b.carefulTo[c.lane] = m.upto
			b.log.Warn("outbox: a batch was not finished by the process that began it; its events are tried one by one",
				"lane", c.lane, "after", c.cursor, "upto", m.upto, "attempts", m.attempts)
			continue
		}
		kept = append(kept, c)
	}
	b.claims = kept
}

// markBefore writes down what is about to be tried. It reports true where the event has been tried
// often enough.
func (b *batch) markBefore(ctx context.Context) (enough bool, err error) {
	if !b.careful {
		return false, b.markFirst(ctx)
	}
	if len(b.items) == 0 {
		return false, nil
	}
	it := &b.items[0]
	m := b.marks[it.claim.lane]
	attempts := 1
	if m.pos == it.row.pos {
		attempts = m.attempts + 1
		b.mu.Lock()
		if b.excused[it.claim.lane] && m.run == b.opts.run {
			attempts = m.attempts // it was the database that failed, and not the event
		}
		b.mu.Unlock()
	}
	b.marked = []*claim{it.claim}
	if attempts > triesMost {
		return true, nil
	}
	b.mu.Lock()
	upto := max(b.carefulTo[it.claim.lane], it.row.pos)
	b.mu.Unlock()
	return false, b.putMarks(ctx, []ids.Lane{it.claim.lane}, []int64{upto}, it.row.pos, attempts)
}

func (b *batch) markFirst(ctx context.Context) error {
	var lanes []ids.Lane
	var uptos []int64
	b.mu.Lock()
	for i := range b.items {
		c := b.items[i].claim
		if !b.proven[c.lane] && (len(lanes) == 0 || lanes[len(lanes)-1] != c.lane) {
			lanes, uptos, b.marked = append(lanes, c.lane), append(uptos, c.upto), append(b.marked, c)
		}
	}
	b.mu.Unlock()
	if len(lanes) == 0 {
		return nil
	}
	return b.putMarks(ctx, lanes, uptos, 0, 0)
}

// queueUnmark deletes marks.
func (b *batch) queueUnmark(q *pgx.Batch, lanes []ids.Lane) {
	switch len(lanes) {
	case 0:
	case 1:
		q.Queue(b.sql.deleteMark, lanes[0], b.spec.name)
	default:
		q.Queue(b.sql.deleteMarks, lanes, b.spec.name)
	}
}

func (b *batch) putMarks(ctx context.Context, lanes []ids.Lane, uptos []int64, pos int64, attempts int) error {
	err := b.db.Aside(ctx, func(conn *pgx.Conn) error {
		_, err := conn.Exec(ctx, b.sql.putMarks, lanes, b.spec.name, uptos, pos, attempts, b.opts.run, time.Now())
		return err
	})
	if err != nil {
		return fmt.Errorf("mark lanes: %w", err)
	}
	return nil
}

// parkUntried parks the one event of a careful round without trying it once more.
func (b *batch) parkUntried(ctx context.Context) error {
	budget, err := b.parkingBudget(ctx)
	if err != nil {
		return err
	}
	it := &b.items[0]
	it.claim.done = it.claim.upto
	switch {
	case b.blocked[it.keyInLane()]:
		b.parkBehind(it)
	case budget <= 0:
		b.stopAt(0, map[*claim]bool{})
		return nil
	default:
		b.parkFailed(it, fmt.Errorf("it was tried in a batch and %d times alone, and each time the process died or the handler did not end", triesMost))
	}
	it.claim.wanted = true
	return nil
}

// settle keeps what a round has shown about its lanes: committed, they need no marks any more; hung,
// they are gone through carefully.
func (b *batch) settle(err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	var hung *hungError
	for _, c := range b.claims {
		switch {
		case err == nil && b.stored && c.done > c.cursor:
			b.proven[c.lane] = true
			delete(b.excused, c.lane)
			if b.carefulTo[c.lane] <= c.done {
				delete(b.carefulTo, c.lane)
			}
		case err == nil && b.carefulTo[c.lane] > 0 && c.done >= b.carefulTo[c.lane]:
			delete(b.carefulTo, c.lane) // only foreign events were left
		case errors.As(err, &hung):
			delete(b.excused, c.lane)
			if c.upto > c.after {
				b.carefulTo[c.lane] = max(b.carefulTo[c.lane], c.upto)
			}
		case err != nil && b.careful:
			b.excused[c.lane] = true
		}
	}
}

// takeBack undoes the marks of a round that ended without effects and of which nobody died: a handler
// that says Later, a deadlock or a database that is away is not the event's fault, whichever replica
// tries it next. Where the database is away, the marks stay, and excused keeps this process from
// counting them.
func (b *batch) takeBack(ctx context.Context, err error) {
	var hung *hungError
	if b.abandoned || errors.As(err, &hung) {
		return
	}
	var lanes []ids.Lane
	for _, c := range b.marked {
		if err != nil || !b.stored || c.done <= c.cursor {
			lanes = append(lanes, c.lane)
		}
	}
	if len(lanes) == 0 {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*time.Second)
	defer cancel()
	if !b.tx.Conn().IsClosed() && b.tx.Conn().PgConn().TxStatus() != 'I' {
		if err := b.undo(ctx); err != nil { // the marks may be deleted and locked in it
			b.log.Debug("outbox: marks could not be taken back", "error", err)
			return
		}
	}
	if b.careful {
		before := b.marks[lanes[0]]
		err = b.putMarks(ctx, lanes, []int64{before.upto}, before.pos, before.attempts)
	} else {
		err = b.db.Aside(ctx, func(conn *pgx.Conn) error {
			var q pgx.Batch
			b.queueUnmark(&q, lanes)
			return conn.SendBatch(ctx, &q).Close()
		})
	}
	if err != nil {
		b.log.Debug("outbox: marks could not be taken back", "error", err)
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, lane := range lanes {
		delete(b.excused, lane)
	}
}
