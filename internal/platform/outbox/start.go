package outbox

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"maru/internal/kernel/ids"
	"maru/internal/platform/postgres"
)

// cursor is one stored cursor.
type cursor struct {
	pos     int64
	refused bool // see refresh
	unnamed bool // stored by a program that did not store the source
}

func (r *runner) readCursors(ctx context.Context) (map[ids.Lane]cursor, error) {
	var lanes []int16
	var at []int64
	var refused, unnamed []bool
	if err := r.db.QueryRow(ctx, r.sql.cursors, r.spec.name).Scan(&lanes, &at, &refused, &unnamed); err != nil {
		return nil, fmt.Errorf("read cursors of %s: %w", r.spec.name, err)
	}
	all := make(map[ids.Lane]cursor, len(lanes))
	for i, lane := range lanes {
		if lane < 0 || lane >= ids.Lanes {
			return nil, fmt.Errorf("read cursors of %s: lane %d does not exist", r.spec.name, lane)
		}
		all[ids.Lane(lane)] = cursor{at[i], refused[i], unnamed[i]}
	}
	return all, nil
}

// prepare sees to it that the subscription has a cursor in every lane.
func (r *runner) prepare(ctx context.Context) error {
	r.mu.Lock()
	prepared := r.prepared
	r.mu.Unlock()
	if prepared {
		return nil
	}
	stored, err := r.readCursors(ctx)
	if err != nil {
		return err
	}
	if len(stored) == 0 {
		if err := r.mayBegin(ctx); err != nil {
			return err
		}
	}
	var b pgx.Batch
	if len(stored) < ids.Lanes {
		start, err := r.start(ctx)
		if err != nil {
			return fmt.Errorf("start of %s: %w", r.spec.name, err)
		}
		for lane, pos := range start {
			b.Queue(r.sql.insertCursor, lane, r.spec.name, pos, r.spec.source)
		}
	}
	for lane, c := range stored {
		if c.unnamed {
			b.Queue(r.sql.setSource, lane, r.spec.name, r.spec.source)
		}
	}
	if b.Len() > 0 {
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

// errUndecided keeps a new subscription from beginning.
var errUndecided = errors.New("outbox: a new subscription does not begin while its context has cursors of one that the program does not know: " +
	"it may be that one under a new name, and would apply everything a second time. Say which with \"maru events rename\" or \"maru events forget\"")

// mayBegin refuses to begin a new subscription where it may be an old one whose name was changed.
func (r *runner) mayBegin(ctx context.Context) error {
	if r.spec.beside {
		return nil
	}
	unknown, err := r.of.undeclared(ctx, r.db)
	if err == nil && len(unknown) > 0 {
		err = fmt.Errorf("%s: %w (unknown: %s)", r.spec.name, errUndecided, strings.Join(unknown, ", "))
	}
	return err
}

// undeclared returns the subscriptions that have cursors in db and that the program does not know.
// They are those of an older or newer program beside this one, or have been renamed or removed.
func (d *Dispatcher) undeclared(ctx context.Context, db *postgres.DB) ([]string, error) {
	rows, err := db.Query(ctx, statements[db.Name].others)
	if err != nil {
		return nil, fmt.Errorf("subscriptions in %s: %w", db.Name, err)
	}
	stored, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return nil, fmt.Errorf("subscriptions in %s: %w", db.Name, err)
	}
	return slices.DeleteFunc(stored, func(name string) bool {
		_, err := d.runner(strings.TrimSuffix(name, besideSuffix))
		return err == nil
	}), nil
}

// besideSuffix ends the name under which a subscription is rebuilt beside the live one.
const besideSuffix = "~rebuild"

// start returns where a new subscription begins: before the oldest event kept of each lane. The
// heads are read first, so that nothing published meanwhile is taken for dropped.
func (r *runner) start(ctx context.Context) (*positions, error) {
	heads, err := r.src.readHeads(ctx)
	if err != nil {
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

func (r *runner) refreshDue() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.refreshDueNow()
}

func (r *runner) refreshDueNow() bool {
	return time.Since(r.refreshed) > refreshEvery || r.restored != r.src.restored.Load()
}

func (r *runner) refreshIfDue(ctx context.Context) error {
	r.mu.Lock()
	due := r.refreshDueNow()
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
// cursor that was set by hand, and to refuse one that is ahead of its head. That happens when the
// producer's database was restored to an older state, or lost its last commits in a failover: the
// positions are given out a second time, and going on would pass over events without a word. The
// refusal is stored, because the heads soon catch up and nobody could see it any more; it ends when
// the cursor is set.
func (r *runner) refresh(ctx context.Context) error {
	stored, err := r.readCursors(ctx)
	if err != nil {
		return err
	}
	heads, err := r.src.readHeads(ctx) // after the cursors, so no cursor can be ahead by chance
	if err != nil {
		return err
	}
	var parked int64
	if err := r.db.QueryRow(ctx, r.sql.parkedCount, r.spec.name).Scan(&parked); err != nil {
		return fmt.Errorf("count parked events of %s: %w", r.spec.name, err)
	}
	pending := r.pendingAfter(stored, heads)
	if len(pending) > 0 {
		r.findMore()
	}
	waiting, err := r.src.nexts(ctx, pending)
	if err != nil {
		return err
	}
	refused := r.compare(stored, heads)
	r.met.parked.Set(float64(parked))
	r.met.oldest.Set(oldestAge(waiting, time.Now()).Seconds())
	if len(refused) == 0 {
		return nil
	}
	var b pgx.Batch
	for lane, cursor := range refused {
		b.Queue(r.sql.refuse, lane, r.spec.name, cursor, heads[lane], time.Now())
	}
	if err := r.db.SendBatch(ctx, &b).Close(); err != nil {
		return fmt.Errorf("refuse lanes of %s: %w", r.spec.name, err)
	}
	return nil
}

// pendingAfter returns how far the lanes are done that are behind their heads.
func (r *runner) pendingAfter(stored map[ids.Lane]cursor, heads *positions) map[ids.Lane]place {
	r.mu.Lock()
	defer r.mu.Unlock()
	behind := make(map[ids.Lane]place)
	for lane, c := range stored {
		if at := max(c.pos, r.passed[lane]); at < heads[lane] {
			behind[lane] = place{after: at, floor: r.floor[lane]}
		}
	}
	return behind
}

// compare takes over what the cursors say and returns the lanes that have to be refused.
func (r *runner) compare(stored map[ids.Lane]cursor, heads *positions) (refused map[ids.Lane]int64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.refreshed = time.Now()
	if restored := r.src.restored.Load(); r.restored != restored {
		r.restored = restored // positions beyond the stored cursors may be given out again
		r.passed, r.floor = positions{}, [ids.Lanes]time.Time{}
		for lane := range r.gaps { // of the other outbox
			r.notBefore[lane] = time.Time{}
		}
		clear(r.gaps)
	}
	refused = make(map[ids.Lane]int64)
	clear(r.refused)
	var pending int64
	waiting := 0
	for lane := range ids.Lane(ids.Lanes) {
		c, head := stored[lane], heads[lane]
		if c.refused {
			r.refused[lane] = c.pos
			continue
		}
		if c.pos > head {
			r.refused[lane], refused[lane] = c.pos, c.pos
			r.log.Error("outbox: cursor is ahead of its head and the lane is refused; was the producer's database restored to an older state? "+
				"\"maru events status\" says what to do",
				"source", r.spec.source, "lane", lane, "cursor", c.pos, "head", head)
			continue
		}
		if !r.busy[lane] {
			if c.pos < r.known[lane] || r.passed[lane] > head {
				r.passed[lane], r.floor[lane] = 0, time.Time{}
			}
			r.known[lane] = c.pos
		}
		pending += head - max(c.pos, r.passed[lane])
		if r.waits[lane] > 0 {
			waiting++
		}
	}
	r.met.pending.Set(float64(pending))
	r.met.refused.Set(float64(len(r.refused)))
	r.met.waiting.Set(float64(waiting))
	r.met.careful.Set(float64(len(r.carefulTo)))
	return refused
}

// place is how far a lane is done, and a day before which it has nothing more, where that is known.
type place struct {
	after int64
	floor time.Time
}

// next is the event after a place.
type next struct {
	lane    ids.Lane
	pos     int64
	at      time.Time
	kind    string
	version int
}

// nexts returns the events that follow the given places, of each lane one. A lane that has none there
// is left out: its place has a wrong floor, or its events are missing.
func (s *source) nexts(ctx context.Context, after map[ids.Lane]place) ([]next, error) {
	if len(after) == 0 {
		return nil, nil
	}
	read := s.nextsAtOnce
	if s.apart {
		read = s.nextsByLane
	}
	all, err := read(ctx, after)
	if err != nil {
		return nil, fmt.Errorf("next events of %s: %w", s.db.Name, err)
	}
	slices.SortFunc(all, func(a, b next) int { return a.at.Compare(b.at) })
	return all, nil
}

func (s *source) nextsByLane(ctx context.Context, after map[ids.Lane]place) (all []next, err error) {
	var b pgx.Batch
	for lane, p := range after {
		b.Queue(s.sql.at, lane, p.after+1, dayOrEarliest(p.floor)).Query(func(rows pgx.Rows) error {
			for rows.Next() {
				e := next{lane: lane, pos: p.after + 1}
				if err := rows.Scan(&e.at, &e.kind, &e.version); err != nil {
					return err
				}
				all = append(all, e)
			}
			return rows.Err()
		})
	}
	return all, s.db.SendBatch(ctx, &b).Close()
}

func (s *source) nextsAtOnce(ctx context.Context, after map[ids.Lane]place) ([]next, error) {
	var lanes []ids.Lane
	var at []int64
	floor := time.Now().UTC()
	for lane, p := range after {
		lanes, at = append(lanes, lane), append(at, p.after+1)
		if p.floor.Before(floor) { // the zero time is before all
			floor = p.floor
		}
	}
	rows, err := s.db.Query(ctx, s.sql.atMany, lanes, at, dayOrEarliest(floor))
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (e next, err error) {
		err = row.Scan(&e.lane, &e.pos, &e.at, &e.kind, &e.version)
		return e, err
	})
}

// oldestAge is how long the first of nexts has been waiting.
func oldestAge(nexts []next, now time.Time) time.Duration {
	if len(nexts) == 0 {
		return 0
	}
	return max(now.Sub(nexts[0].at), 0)
}

// undeclaredEvery is how often the program looks for subscriptions that it does not know.
const undeclaredEvery = time.Minute

// watchUndeclared says when there are subscriptions in the databases that this program does not know:
// nobody applies their events, and the outboxes are kept for them.
func (d *Dispatcher) watchUndeclared(ctx context.Context) {
	var told []string
	for {
		var unknown []string
		failed := false
		for _, db := range d.dbs.All() {
			names, err := d.undeclared(ctx, db)
			failed = failed || err != nil // the heads of this database cannot be read either, which is logged
			unknown = append(unknown, names...)
		}
		if !failed {
			d.metrics.undeclared.Set(float64(len(unknown)))
			if len(unknown) > 0 && !slices.Equal(unknown, told) {
				d.log.Warn("outbox: the database has cursors of subscriptions that this program does not know; they belong to another version that runs beside it, "+
					"or were renamed or removed: then \"maru events rename\" or \"maru events forget\"", "subscriptions", unknown)
			}
			told = unknown
		}
		if !pause(ctx, undeclaredEvery) {
			return
		}
	}
}
