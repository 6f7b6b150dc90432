package outbox

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"maru/internal/platform/failpoint"
	"maru/internal/platform/postgres"
)

// Dispatcher brings events to subscriptions and tails. A program has one; any number of replicas of
// the program may run theirs on the same databases.
type Dispatcher struct {
	dbs     *postgres.Databases
	log     *slog.Logger
	opts    options
	sources map[string]*source
	runners []*runner
	tails   []*tail
	bells   []*bell
	metrics *metrics
}

type options struct {
	poll     time.Duration
	workers  int
	maxBatch int
	maxBytes int
	hooks    Hooks
	notify   bool
	// handlerLimit is how long one call of a handler may take.
	handlerLimit time.Duration
	// lanes bounds the lanes of one round, by the subscribing context.
	lanes map[string]int
	// run names this process in what it writes down about its attempts.
	run string
	// companyAge is how long another process counts as running after it was heard.
	companyAge time.Duration
}

// Option changes how a Dispatcher works; none is needed.
type Option func(*options)

// WithPoll sets how often the heads are read when nothing wakes the dispatcher: 250 ms without it.
// While notifications arrive it is at least a second.
func WithPoll(interval time.Duration) Option { return func(o *options) { o.poll = interval } }

// WithWorkers sets how many batches of one subscription, of different lanes, this process works on at
// once: 2 without it.
func WithWorkers(n int) Option { return func(o *options) { o.workers = n } }

// WithBatch bounds a batch, in events and in bytes of payload: 500 and 4 MiB without it.
func WithBatch(events, bytes int) Option {
	return func(o *options) { o.maxBatch, o.maxBytes = events, bytes }
}

// WithoutNotify leaves out NOTIFY and LISTEN, for servers behind a pooler that cannot do them. Other
// replicas then hear of an event at their next poll.
func WithoutNotify() Option { return func(o *options) { o.notify = false } }

// WithHandlerLimit sets how long one call of a handler may take, 30 s without it. A longer one is told
// to stop, its events are tried one by one, and the one that takes too long alone is parked.
func WithHandlerLimit(d time.Duration) Option { return func(o *options) { o.handlerLimit = d } }

// WithLanes bounds of how many lanes a round of a context's subscriptions may be: 1 where its database is
// distributed by lane. Without it, or with 0, a round may be of all.
func WithLanes(context string, n int) Option {
	return func(o *options) {
		if n > 0 {
			if o.lanes == nil {
				o.lanes = map[string]int{}
			}
			o.lanes[context] = n
		}
	}
}

// Hooks are called in the middle of a round, so that a test can fail there. A nil hook is not called;
// an error makes the round fail as if its transaction had.
type Hooks struct {
	// AfterClaim: the cursors of some lanes are locked, nothing is read yet.
	AfterClaim Hook
	// AfterHandle: the handler returned, its effects are in the transaction.
	AfterHandle Hook
	// BeforeMove: parked events and cursors are about to be written.
	BeforeMove Hook
	// BeforeCommit: everything is written.
	BeforeCommit Hook
	// AfterCommit: committed, and nobody told.
	AfterCommit Hook
}

// Hook is one of Hooks. After the commit tx is nil.
type Hook func(ctx context.Context, subscription string, tx pgx.Tx) error

func (h Hook) call(ctx context.Context, subscription string, tx pgx.Tx) error {
	if h == nil {
		return nil
	}
	return h(ctx, subscription, tx)
}

// The points of a build for fault tests at which hooks are called. BeforeCommit has none: with it a round would
// not be committed in one round trip with its cursors, as it is otherwise.
const (
	afterClaim  = "round.after-claim"
	afterHandle = "round.after-handle"
)

func failpointHooks() Hooks {
	at := func(point string) Hook {
		return func(_ context.Context, subscription string, _ pgx.Tx) error {
			return failpoint.Hit(point, subscription)
		}
	}
	return Hooks{
		AfterClaim: at(afterClaim), AfterHandle: at(afterHandle),
		BeforeMove: at("round.before-move"), AfterCommit: at("round.after-commit"),
	}
}

// between reports whether a hook stands between statements that go in one round trip where nobody looks. In a
// build for fault tests that is while something is to happen there: all other faults meet the round as it is.
func (h Hook) between(point, subscription string) bool {
	return h != nil && (!failpoint.Enabled || failpoint.Watched(point, subscription))
}

// WithHooks sets the hooks.
func WithHooks(h Hooks) Option { return func(o *options) { o.hooks = h } }

const healthyPoll = time.Second

// NewDispatcher makes the dispatcher of subs. It touches no database before Run or Drain.
func NewDispatcher(dbs *postgres.Databases, subs *Subscriptions, log *slog.Logger, opts ...Option) *Dispatcher {
	d := &Dispatcher{
		dbs: dbs, log: log, sources: make(map[string]*source), metrics: newMetrics(),
		opts: options{
			poll: 250 * time.Millisecond, workers: 2, maxBatch: 500, maxBytes: 4 << 20, notify: true,
			handlerLimit: handlerLimit, run: uuid.NewString(), companyAge: companyAge,
		},
	}
	if failpoint.Enabled {
		d.opts.hooks = failpointHooks()
	}
	for _, set := range opts {
		set(&d.opts)
	}
	for _, spec := range subs.subscriptions {
		r := newRunner(d, spec)
		r.src.followers = append(r.src.followers, follower{spec.kinds, r.poke})
		r.src.recent.want(spec.kinds)
		d.runners = append(d.runners, r)
	}
	for _, r := range d.runners {
		for _, other := range d.runners {
			if r.spec.last && !other.spec.last && other.spec.source == r.spec.source {
				r.sooner = append(r.sooner, other)
			}
		}
	}
	for _, spec := range subs.tails {
		t := newTail(d, spec)
		t.src.followers = append(t.src.followers, follower{spec.kinds, t.poke})
		t.src.recent.want(spec.kinds)
		d.tails = append(d.tails, t)
	}
	return d
}

// source returns the one source of a context, with the bell of the server it is on.
func (d *Dispatcher) source(name string) *source {
	if s, ok := d.sources[name]; ok {
		return s
	}
	s := newSource(d.dbs.Context(name), d.log)
	s.apart = d.opts.lanes[name] == 1
	s.pools = d.dbs.All()
	s.bell = d.bellOf(s)
	d.sources[name] = s
	return s
}

func (d *Dispatcher) bellOf(s *source) *bell {
	if !d.opts.notify {
		return nil
	}
	server := serverOf(s.db)
	for _, b := range d.bells {
		if b.server == server {
			b.sources = append(b.sources, s)
			return b
		}
	}
	b := newBell(d.opts.run, server, s, d.opts.companyAge, d.log)
	d.bells = append(d.bells, b)
	return b
}

// Run delivers until ctx ends, then finishes the batches it is in and returns nil. It needs no
// database to be up: it keeps trying.
func (d *Dispatcher) Run(ctx context.Context) error {
	// A batch that was begun may end after ctx does, but not much later.
	work, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	defer context.AfterFunc(ctx, func() {
		time.AfterFunc(shutdownGrace, stop)
	})()

	var all sync.WaitGroup
	for _, b := range d.bells {
		all.Go(func() { b.listen(ctx) })
		all.Go(func() { b.send(ctx) })
	}
	all.Go(func() { d.watchUndeclared(ctx) })
	for _, s := range d.sources {
		all.Go(func() { s.follow(ctx, d.opts.poll) })
	}
	for _, r := range d.runners {
		for range d.opts.workers {
			all.Go(func() { r.run(ctx, work) })
		}
	}
	for _, t := range d.tails {
		all.Go(func() { t.run(ctx) })
	}
	all.Wait()
	return nil
}

const shutdownGrace = 10 * time.Second

// InCompany reports whether other replicas were heard lately. It costs nothing.
func (d *Dispatcher) InCompany() bool {
	for _, b := range d.bells {
		if !b.company.alone() {
			return true
		}
	}
	return false
}

// Ready waits until every tail has loaded once, so that what the program keeps in memory is there, or
// until ctx ends.
func (d *Dispatcher) Ready(ctx context.Context) error {
	return d.loaded(ctx, func(*tail) bool { return true })
}

// Serving waits until the tails have loaded once without which nothing can be served (TailFirst), or
// until ctx ends. Databases of other contexts may be away.
func (d *Dispatcher) Serving(ctx context.Context) error {
	return d.loaded(ctx, func(t *tail) bool { return t.spec.first })
}

func (d *Dispatcher) loaded(ctx context.Context, which func(*tail) bool) error {
	for _, t := range d.tails {
		if !which(t) {
			continue
		}
		select {
		case <-t.ready:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}
