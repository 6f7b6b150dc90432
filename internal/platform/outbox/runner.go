package outbox

import (
	"context"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"maru/internal/kernel/ids"
	"maru/internal/platform/postgres"
)

// runner is one subscription at work in this process. Its workers share what it knows of the cursors;
// the truth is in the subscriber's database.
type runner struct {
	of   *Dispatcher
	spec subscription
	db   *postgres.DB
	sql  *statementsOf
	src  *source
	opts options
	log  *slog.Logger
	met  *subscriptionMetrics

	kinds []string
	wake  chan struct{}

	// sooner are those of the same source that this one gives way to.
	sooner []*runner
	// hurries says that a whole batch waits and nothing keeps this one from taking it.
	hurries atomic.Bool

	mu sync.Mutex
	// known is what the stored cursors are, as far as this process has seen. Where they are wrong they are
	// too low, which costs a claim in vain, or, after a crash of the server, too high until the next refresh.
	known positions
	// passed is how far lanes were read beyond the stored cursor without anything for this
	// subscription. It is stored now and then, so that an idle subscription does not write.
	passed      positions
	passedSince [ids.Lanes]time.Time
	floor       [ids.Lanes]time.Time
	busy        [ids.Lanes]bool // a worker of this process has the lane
	notBefore   [ids.Lanes]time.Time
	refused     map[ids.Lane]int64 // lanes whose cursors are ahead of their heads, and where they stand
	restored    int64              // what of the source's restored count was dealt with
	next        int                // the lane to begin the next plan with
	prepared    bool
	refreshed   time.Time
	failures    int
	resume      time.Time // no round before
	rested      time.Time // no round before, unless a batch is full
	pace        time.Duration
	alarmed     bool      // somebody is to be woken at the end of the rest
	second      secondRow // see standby.go
	askUntil    time.Time // see foreseen.go
	askFor      time.Duration
	paused      bool // too many keys were parked: no more of them are
	pausedUntil time.Time
	waits       [ids.Lanes]int             // how often in a row a lane's next event said Later
	later       error                      // what the last of them said
	gaps        map[ids.Lane]*missingError // lanes whose events are not there
	limit       int                        // events in the next batch
	proven      [ids.Lanes]bool            // this process has committed a batch of the lane
	carefulTo   map[ids.Lane]int64         // lanes that are gone through one event a round, and how far
	carefully   bool                       // whose turn it is
	excused     map[ids.Lane]bool          // careful rounds that failed through no fault of the event
	redirect    *redirect                  // of a rebuild: where its statements go
	skipped     map[lanePos]bool           // of a rebuild: what the live subscription gave up
	told        map[string]time.Time       // when a lasting trouble was last logged
}

const (
	// A cursor that passes over foreign events only is stored after this long, or this many.
	passedAge  = 5 * time.Second
	passedMost = 5000
	// The rounds of a subscription begin this far apart, and further apart the more events they bring,
	// unless batches are full: a round costs as much as twenty events, and what comes more often than a
	// thousand times a second shares it. See docs/adr/0050 for what that costs in lag.
	paceLeast = 5 * time.Millisecond
	paceEvent = time.Millisecond
	paceMost  = 25 * time.Millisecond
	// refreshEvery is how often the stored cursors are looked at apart from claims.
	refreshEvery = 5 * time.Second
	// contendedPause is how long a lane is left alone that another replica has claimed. That replica
	// hears of new events itself; this is for the case that it dies.
	contendedPause = 250 * time.Millisecond
	// missingPause is how long a lane is left alone whose events are not there.
	missingPause = 10 * time.Second
	// wayPause is how often one that gives way looks whether it still has to.
	wayPause = 50 * time.Millisecond
	// pausedPause is the time between two attempts of a subscription that parked too much.
	pausedPause = 30 * time.Second
)

func newRunner(d *Dispatcher, spec subscription) *runner {
	db := d.dbs.Context(spec.target)
	r := &runner{
		of: d, spec: spec, db: db, sql: statements[spec.target], src: d.source(spec.source), opts: d.opts,
		log: d.log.With("subscription", spec.name), met: d.metrics.of(spec.name),
		wake: make(chan struct{}, d.opts.workers), refused: make(map[ids.Lane]int64),
		gaps: make(map[ids.Lane]*missingError), limit: d.opts.maxBatch, pace: spec.every,
		carefulTo: make(map[ids.Lane]int64), excused: make(map[ids.Lane]bool), told: make(map[string]time.Time),
	}
	for kind := range spec.kinds {
		r.kinds = append(r.kinds, kind)
	}
	slices.Sort(r.kinds)
	return r
}

// poke wakes one worker; that one wakes the next when it leaves something. A subscription that rests is
// woken when it has rested.
func (r *runner) poke(news bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	now := time.Now()
	if !r.goesFirst() {
		r.hearOfMore(news, now)
		return
	}
	switch {
	case !r.restingNow(now):
		r.wakeOne()
	case !r.alarmed:
		r.alarmed = true
		r.wakeAfter(r.rested.Sub(now), &r.alarmed)
	}
}

// wakeAfter wakes a worker in a while, and takes back that somebody is to.
func (r *runner) wakeAfter(d time.Duration, alarmed *bool) {
	time.AfterFunc(d, func() {
		r.mu.Lock()
		defer r.mu.Unlock()
		*alarmed = false
		r.wakeOne()
	})
}

func (r *runner) wakeOne() {
	select {
	case r.wake <- struct{}{}:
	default:
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
	if time.Now().Before(r.resumeAt()) || r.resting() && !r.refreshDue() {
		return false, nil
	}
	err = guarded(func() error {
		if err := r.prepare(ctx); err != nil {
			return err
		}
		if err := r.refreshIfDue(ctx); err != nil {
			return err
		}
		if _, err := r.current(ctx); err != nil {
			return err
		}
		if free, err := r.mayGo(ctx); !free {
			return err
		}
		progress, err = r.round(ctx, false)
		if !progress {
			r.standBack()
		}
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
	r.refreshed = time.Time{} // a server that went down may have forgotten the last cursors
	failures := r.failures
	r.resume = time.Now().Add(backOff(failures))
	r.limit = max(r.limit/2, 1)
	r.mu.Unlock()
	r.met.retries.Inc()
	if failures > 3 && r.worthTelling("failures") {
		r.log.Warn("outbox: batch failed and is retried", "error", err, "failures", failures)
	} else {
		r.log.Debug("outbox: batch failed and is retried", "error", err, "failures", failures)
	}
}

func (r *runner) succeeded(applied int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.failures = 0
	r.resume = time.Time{}
	r.pace = max(r.spec.every, min(time.Duration(applied)*paceEvent, paceMost))
	r.limit = min(r.limit*2, r.opts.maxBatch)
}

// tellEvery is how often a trouble that lasts is logged.
const tellEvery = time.Minute

// worthTelling reports whether a lasting trouble should be logged again.
func (r *runner) worthTelling(what string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if time.Since(r.told[what]) < tellEvery {
		return false
	}
	r.told[what] = time.Now()
	return true
}
