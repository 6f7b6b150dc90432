package outbox

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"

	"maru/internal/kernel/ids"
	"maru/internal/platform/postgres"
)

// runner is one subscription at work in this process. Its workers share what it knows of the cursors;
// the truth is in the subscriber's database.
type runner struct {
	spec subscription
	db   *postgres.DB
	sql  *statementsOf
	src  *source
	opts options
	log  *slog.Logger
	met  *subscriptionMetrics

	kinds []string
	wake  chan struct{}

	mu sync.Mutex
	// known is what the stored cursors are at least. Where they are wrong they are too low, which costs
	// a claim in vain.
	known positions
	// passed is how far lanes were read beyond the stored cursor without anything for this
	// subscription. It is stored now and then, so that an idle subscription does not write.
	passed      positions
	passedSince [ids.Lanes]time.Time
	floor       [ids.Lanes]time.Time
	busy        [ids.Lanes]bool // a worker of this process has the lane
	notBefore   [ids.Lanes]time.Time
	refused     map[ids.Lane]int64 // cursors that are ahead of their heads, and where they stood
	next        int                // the lane to begin the next plan with
	prepared    bool
	refreshed   time.Time
	failures    int
	resume      time.Time // no round before
	paused      bool      // too many keys were parked: no more of them are
	pausedUntil time.Time
	waits       [ids.Lanes]int             // how often in a row a lane's next event said Later
	later       error                      // what the last of them said
	gaps        map[ids.Lane]*missingError // lanes whose events are not there
	limit       int                        // events in the next batch
}

const (
	// maxLanes bounds the lanes of one round, and with them its statements.
	maxLanes = 64
	// A cursor that passes over foreign events only is stored after this long, or this many.
	passedAge  = 5 * time.Second
	passedMost = 5000
	// refreshEvery is how often the stored cursors are looked at apart from claims.
	refreshEvery = 5 * time.Second
	// contendedPause is how long a lane is left alone that another replica has claimed. That replica
	// hears of new events itself; this is for the case that it dies.
	contendedPause = 250 * time.Millisecond
	// missingPause is how long a lane is left alone whose events are not there.
	missingPause = 10 * time.Second
	// pausedPause is the time between two attempts of a subscription that parked too much.
	pausedPause = 30 * time.Second
)

func newRunner(d *Dispatcher, spec subscription) *runner {
	db := d.dbs.Context(spec.target)
	r := &runner{
		spec: spec, db: db, sql: statements[spec.target], src: d.source(spec.source), opts: d.opts,
		log: d.log.With("subscription", spec.name), met: d.metrics.of(spec.name),
		wake: make(chan struct{}, d.opts.workers), refused: make(map[ids.Lane]int64),
		gaps: make(map[ids.Lane]*missingError), limit: d.opts.maxBatch,
	}
	for kind := range spec.kinds {
		r.kinds = append(r.kinds, kind)
	}
	slices.Sort(r.kinds)
	return r
}

func (r *runner) poke() {
	for range cap(r.wake) {
		select {
		case r.wake <- struct{}{}:
		default:
			return
		}
	}
}

// run is one worker. It stops between rounds when ctx ends; a round that has begun uses work.
func (r *runner) run(ctx, work context.Context) {
	for ctx.Err() == nil {
		progress, err := r.attempt(work)
		if err != nil && work.Err() == nil {
			r.failed(err)
		}
		if progress && err == nil {
			continue
		}
		timer := time.NewTimer(time.Until(r.due()))
		select {
		case <-ctx.Done():
		case <-r.wake:
		case <-timer.C:
		}
		timer.Stop()
	}
}

// attempt prepares what is not prepared and does one round, unless a failure before asked for a pause.
// What panics outside of handlers, which are guarded by themselves, must not take the program down.
func (r *runner) attempt(ctx context.Context) (progress bool, err error) {
	if time.Now().Before(r.resumeAt()) {
		return false, nil
	}
	err = guarded(func() error {
		if err := r.prepare(ctx); err != nil {
			return err
		}
		if err := r.refreshIfDue(ctx); err != nil {
			return err
		}
		progress, err = r.round(ctx, false)
		return err
	})
	return progress, err
}

func (r *runner) resumeAt() time.Time {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.pausedUntil.After(r.resume) {
		return r.pausedUntil
	}
	return r.resume
}

// failed notes a round that did not commit; the pauses grow and batches shrink.
func (r *runner) failed(err error) {
	r.mu.Lock()
	r.failures++
	failures := r.failures
	r.resume = time.Now().Add(backOff(failures))
	r.limit = max(r.limit/2, 1)
	r.mu.Unlock()
	r.met.retries.Inc()
	if failures > 3 {
		r.log.Warn("outbox: batch failed and is retried", "error", err, "failures", failures)
	} else {
		r.log.Debug("outbox: batch failed and is retried", "error", err, "failures", failures)
	}
}

func (r *runner) succeeded() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.failures = 0
	r.resume = time.Time{}
	r.limit = min(r.limit*2, r.opts.maxBatch)
}

// due is when a worker that nobody wakes looks again.
func (r *runner) due() time.Time {
	r.mu.Lock()
	defer r.mu.Unlock()
	now := time.Now()
	due := now.Add(refreshEvery)
	if r.resume.After(now) || r.pausedUntil.After(now) {
		if r.pausedUntil.After(r.resume) {
			return r.pausedUntil
		}
		return r.resume
	}
	heads := r.src.heads()
	for lane := range heads {
		if r.ahead(lane, heads) && !r.busy[lane] && r.notBefore[lane].Before(due) {
			due = r.notBefore[lane]
		}
	}
	return due
}

// ahead says that a lane has events that this process has not seen applied.
func (r *runner) ahead(lane int, heads *positions) bool {
	_, refused := r.refused[ids.Lane(lane)]
	return !refused && heads[lane] > max(r.known[lane], r.passed[lane])
}

// claim is one lane in a round.
type claim struct {
	span
	// cursor is the stored position, locked; head what the lane was at least filled to.
	cursor, head int64
	// done is how far the round got.
	done int64
	// wanted says that something between cursor and done concerned the subscription.
	wanted bool
}

// plan takes lanes that are ahead of their cursors and not in work, beginning where the last plan
// ended. It returns them in ascending order and marks them busy; release ends that. Eager plans look
// at lanes that would be left alone for a while.
func (r *runner) plan(eager bool) []*claim {
	r.mu.Lock()
	defer r.mu.Unlock()
	now := time.Now()
	heads := r.src.heads()
	var claims []*claim
	first := r.next
	for i := range ids.Lanes {
		lane := (first + i) % ids.Lanes
		if !r.ahead(lane, heads) && !r.stale(lane, now) || r.busy[lane] || !eager && r.notBefore[lane].After(now) {
			continue
		}
		if len(claims) == min(maxLanes, r.limit) {
			r.next = lane
			break
		}
		r.busy[lane] = true
		claims = append(claims, &claim{
			span: span{lane: ids.Lane(lane), floor: r.floor[lane]},
			head: heads[lane],
		})
	}
	slices.SortFunc(claims, func(a, b *claim) int { return int(a.lane) - int(b.lane) })
	return claims
}

// stale says that a lane's passed position has waited long enough to be stored.
func (r *runner) stale(lane int, now time.Time) bool {
	ahead := r.passed[lane] - r.known[lane]
	return ahead > 0 && (ahead > passedMost || now.Sub(r.passedSince[lane]) > passedAge)
}

func (r *runner) release(claims []*claim) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, c := range claims {
		r.busy[c.lane] = false
	}
}

// leave makes a lane wait before it is planned again.
func (r *runner) leave(lane ids.Lane, d time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.notBefore[lane] = time.Now().Add(jitter(d))
}

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
