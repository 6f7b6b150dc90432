package outbox

import (
	"context"
	"fmt"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"maru/internal/kernel/ids"
)

// WithCompanyAge sets how long another process counts as running after it was heard.
func WithCompanyAge(d time.Duration) Option { return func(o *options) { o.companyAge = d } }

// Due is how long the workers of a subscription rest if nobody wakes them.
func (d *Dispatcher) Due(subscription string) time.Duration {
	return time.Until(d.mustRunner(subscription).due())
}

// Round does one round of a subscription with what this process knows of the cursors, which may be wrong
// by now. It reports whether the round was committed as foreseen, and whether it had to be done again.
func (d *Dispatcher) Round(ctx context.Context, subscription string) (foreseen, otherwise bool, err error) {
	r, err := d.runner(subscription)
	if err != nil {
		return false, false, err
	}
	if _, err := r.src.readHeads(ctx); err != nil {
		return false, false, err
	}
	was, again := valueOf(d.metrics.foreseen), valueOf(d.metrics.otherwise)
	_, err = r.round(ctx, true)
	return valueOf(d.metrics.foreseen) > was, valueOf(d.metrics.otherwise) > again, err
}

// Applied is how many events this process has applied and knows that it has: a moment later than the database.
func (d *Dispatcher) Applied() int { return int(valueOf(d.metrics.applied)) }

func valueOf(c prometheus.Collector) (sum float64) {
	r := prometheus.NewRegistry()
	r.MustRegister(c)
	families, err := r.Gather()
	if err != nil {
		panic(err)
	}
	for _, f := range families {
		for _, m := range f.GetMetric() {
			sum += m.GetCounter().GetValue()
		}
	}
	return sum
}

// HotStatements returns the SQL that runs for every event or batch of a schema, by what it does.
func HotStatements(schema string) map[string]string {
	s := statements[schema]
	return map[string]string{
		"takePositions": s.takePositions, "takeManyPositions": s.takeManyPositions, "insertEvent": s.insertEvent, "insertEvents": s.insertEvents, "readEvents": s.readEvents, "readManyEvents": s.readManyEvents, "oldest": s.oldest, "readAtMany": s.atMany,
		"claim": s.claim, "claimMany": s.claimMany, "claimForeseen": s.claimForeseen, "claimManyForeseen": s.claimManyForeseen, "lockCursor": s.lockCursor, "moveCursor": s.moveCursor, "moveCursorOrFail": s.moveCursorOrFail, "moveCursors": s.moveCursors, "moveCursorsOrFail": s.moveCursorsOrFail, "parkedKeys": s.parkedKeys,
	}
}

// ForgetRecent empties the newest events of the subscription's source.
func (d *Dispatcher) ForgetRecent(subscription string) {
	d.mustRunner(subscription).src.recent.forget(nil)
}

// Refresh looks at the stored cursors of a subscription.
func (d *Dispatcher) Refresh(ctx context.Context, subscription string) error {
	return d.mustRunner(subscription).refresh(ctx)
}

// ReadHeads reads the heads of a subscription's source, as anybody may who does not read the events.
func (d *Dispatcher) ReadHeads(ctx context.Context, subscription string) error {
	_, err := d.mustRunner(subscription).src.readHeads(ctx)
	return err
}

// Blindly does a round without reading the heads.
func (d *Dispatcher) Blindly(ctx context.Context, subscription string) error {
	_, err := d.mustRunner(subscription).round(ctx, true)
	return err
}

func (d *Dispatcher) mustRunner(subscription string) *runner {
	r, err := d.runner(subscription)
	if err != nil {
		panic(err)
	}
	return r
}

// Others returns how many other replicas this process knows of on the server of a subscription's source, and
// whether this one goes first with it.
func (d *Dispatcher) Others(subscription string) (n int, first bool) {
	r := d.mustRunner(subscription)
	r.mu.Lock()
	defer r.mu.Unlock()
	if members := r.src.bell.company.members.Load(); members != nil {
		n = len(*members) - 1
	}
	return n, r.goesFirst()
}

// Behind makes this process believe that another one goes first with a subscription, and returns what ends
// that belief.
func (d *Dispatcher) Behind(subscription string) (alone func()) {
	r := d.mustRunner(subscription)
	c := &r.src.bell.company
	for n := 0; ; n++ {
		other := fmt.Sprint("other ", n)
		c.heard(other, time.Now())
		if firstFor(*c.members.Load(), r.spec.source) == other {
			return func() { c.left(other) }
		}
		c.left(other)
	}
}

// Hear makes a subscription hear of what was published.
func (d *Dispatcher) Hear(ctx context.Context, subscription string) error {
	r := d.mustRunner(subscription)
	before := r.src.heads()
	heads, err := r.src.readHeads(ctx)
	if err == nil {
		r.poke(*heads != *before)
	}
	return err
}

// HearNews makes the source of a subscription hear what another process says.
func (d *Dispatcher) HearNews(subscription string, lane ids.Lane, pos int64, kind string) {
	d.mustRunner(subscription).src.hear(&news{lanes: map[ids.Lane]int64{lane: pos}, kinds: []string{kind}})
}

// Look does what a worker does when a replica that stands by has waited for long enough.
func (d *Dispatcher) Look(ctx context.Context, subscription string) (progress bool, err error) {
	r := d.mustRunner(subscription)
	r.mu.Lock()
	r.second.until = time.Time{}
	r.mu.Unlock()
	return r.attempt(ctx)
}
