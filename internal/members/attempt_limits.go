package members

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"

	"maru/internal/members/internal/membersdb"
	"maru/internal/platform/errs"
)

// ErrBusy is returned where more attempts are under way for one account, address or register than are
// looked at together, and they do not come to an end.
var ErrBusy = errs.New(errs.TooMany, "members.sign_in_busy",
	"지금 여러 곳에서 한꺼번에 로그인하고 있어요. 잠시 뒤 다시 해 주세요.",
	"Many people are signing in at this moment. Please try again shortly.")

// rule says how often something may fail. There are two kinds: a lock, which after the free failures
// closes for a minute and then for twice as long each time, up to an hour; and a budget, where every
// failure is forgiven after a while and never more than the free ones are owed.
type rule struct {
	kind    string
	free    int32
	forgive time.Duration // of one failure of a budget; zero: a lock
}

// The rules. How many tries they let through in an hour is measured by TestBruteForce and stands in
// ADR 0022.
var (
	deviceRule  = rule{kind: "device", free: 5}                              // one account on a device that knows it
	placeRule   = rule{kind: "place", free: 5}                               // one account from one address
	accountRule = rule{kind: "account", free: 20, forgive: 3 * time.Minute}  // one account from all strange addresses
	addressRule = rule{kind: "address", free: 30, forgive: time.Minute}      // one address, whatever the account
	networkRule = rule{kind: "network", free: 60, forgive: 30 * time.Second} // all strangers of one neighbourhood
	siteRule    = rule{kind: "site", free: 300, forgive: 6 * time.Second}    // everything strange together
	// Everything strange together where the account was used lately in the same neighbourhood.
	neighboursRule = rule{kind: "neighbours", free: 300, forgive: 6 * time.Second}
	codeRule       = rule{kind: "code", free: 5} // second factors of one account
	pinRule        = rule{kind: "pin", free: 5}  // one person's PIN on one shared device
	// One person's PIN on all shared devices of a store. Coming in gives nothing back, so that guesses between the
	// person's own right ones are bounded too.
	pinPersonRule = rule{kind: "pin_person", free: 10, forgive: 2 * time.Hour}
	pinsRule      = rule{kind: "pin_device", free: 10}                      // all PINs on one shared device
	storePINRule  = rule{kind: "pin_store", free: 30, forgive: time.Minute} // all PINs of one store
	// Wishes for a link for a new password, of which each counts: of one address, its neighbourhood and everybody.
	resetAddressRule = rule{kind: "reset_address", free: 10, forgive: 6 * time.Minute}
	resetNetworkRule = rule{kind: "reset_network", free: 30, forgive: 2 * time.Minute}
	resetSiteRule    = rule{kind: "reset_site", free: 300, forgive: 12 * time.Second}
)

const (
	firstLock   = time.Minute
	longestLock = time.Hour
	forgetAfter = 6 * time.Hour // without another failure, of a lock
	// keepLimits is for how long a counter is kept without another failure: longer than any budget takes to be full again.
	keepLimits = 24 * time.Hour
	// answerWithin is when an attempt that has not come to an end counts as failed: its program died.
	answerWithin = 30 * time.Second
	// patience is for how long an attempt waits while others of the same account or address are looked at.
	patience = 5 * time.Second
	// maxWaiting bounds how many attempts wait so in this program, and how many of them for one subject.
	maxWaiting, maxWaitingEach = 64, 16
)

// crowd reports whether people who have nothing to do with each other share the counter.
func (r rule) crowd() bool {
	return r.kind == networkRule.kind || r.kind == siteRule.kind || r.kind == neighboursRule.kind
}

// side is one counter that an attempt is counted in.
type side struct {
	rule    rule
	subject string
	account string // hash of the login where unlocking the account shall clear it
}

// counter is how often something has failed, and how many attempts are being looked at.
type counter struct {
	failures     int32
	last         time.Time
	lockedUntil  *time.Time
	pending      int32
	pendingUntil time.Time
}

// at brings a counter to the present: attempts without an end have failed, old failures are forgotten.
func (c counter) at(now time.Time, r rule) counter {
	if c.pending > 0 && !c.pendingUntil.After(now) {
		for range c.pending {
			c = c.failed(c.pendingUntil, r)
		}
		c.pending = 0
	}
	if r.forgive == 0 {
		if now.Sub(c.last) > forgetAfter {
			c.failures, c.lockedUntil = 0, nil
		}
		return c
	}
	if c.failures == 0 {
		c.last = now
		return c
	}
	forgiven := min(int64(now.Sub(c.last)/r.forgive), int64(c.failures))
	c.failures -= int32(forgiven) //nolint:gosec // at most failures
	c.last = c.last.Add(time.Duration(forgiven) * r.forgive)
	return c
}

// room returns how many attempts may be looked at together, or none and until when.
func (c counter) room(now time.Time, r rule) (n int32, closedUntil time.Time) {
	if r.forgive > 0 {
		if c.failures >= r.free {
			return 0, c.last.Add(r.forgive)
		}
		return r.free - c.failures, time.Time{}
	}
	if c.lockedUntil != nil && c.lockedUntil.After(now) {
		return 0, *c.lockedUntil
	}
	return max(1, r.free-c.failures), time.Time{}
}

// failed counts one failure.
func (c counter) failed(now time.Time, r rule) counter {
	c.failures++
	if r.forgive > 0 {
		if c.failures == 1 {
			c.last = now
		}
		return c
	}
	c.last = now
	if c.failures < r.free {
		return c
	}
	lock := longestLock
	if doublings := c.failures - r.free; doublings < 6 {
		lock = min(longestLock, firstLock<<doublings)
	}
	until := now.Add(lock)
	c.lockedUntil = &until
	return c
}

// attempt is one try to prove something: a password, a code, a PIN. It is announced before it is looked
// at, so that a hundred guesses sent at once are not all checked before the first has failed; the end is
// reported with succeeded or failed.
type attempt struct {
	s     *Service
	sides []side
}

// announce waits for its turn where as many attempts are being looked at as might fail without a lock,
// and returns ErrLocked where a side is closed, or ErrStrangersWait where only one of a crowd is, whether or not the attempt
// would be right.
func (s *Service) announce(ctx context.Context, sides ...side) (attempt, error) {
	a := attempt{s: s, sides: sides}
	busy, err := a.begin(ctx)
	if !busy || err != nil {
		return a, err
	}
	if !s.waiting.enter(sides[0].subject) {
		return a, ErrBusy
	}
	defer s.waiting.leave(sides[0].subject)
	giveUp := time.NewTimer(patience)
	defer giveUp.Stop()
	for pause := 20 * time.Millisecond; busy && err == nil; pause = min(2*pause, 250*time.Millisecond) {
		select {
		case <-ctx.Done():
			return a, ctx.Err()
		case <-giveUp.C:
			return a, ErrBusy
		case <-time.After(pause):
		}
		busy, err = a.begin(ctx)
	}
	return a, err
}

// begin counts the attempt as pending on all sides, or on none: where a side is closed, or has no room
// just now.
func (a attempt) begin(ctx context.Context) (busy bool, err error) {
	err = a.s.db.InTx(ctx, func(tx pgx.Tx) error {
		now := a.s.now()
		busy = false
		counters, err := a.load(ctx, tx, now)
		if err != nil {
			return err
		}
		var closed time.Time
		own := false // what is closed is the account's or the address's, not everybody's
		for i, c := range counters {
			n, until := c.room(now, a.sides[i].rule)
			switch {
			case n == 0:
				own = own || !a.sides[i].rule.crowd()
				if until.After(closed) {
					closed = until
				}
			case c.pending >= n:
				busy = true
			}
		}
		switch {
		case own:
			return ErrLocked.WithText("wait", waitText(closed.Sub(now))).After(closed.Sub(now))
		case !closed.IsZero():
			return ErrStrangersWait.After(closed.Sub(now))
		}
		if busy {
			return nil
		}
		for i := range counters {
			counters[i].pending++
			counters[i].pendingUntil = now.Add(answerWithin)
		}
		return a.store(ctx, tx, counters)
	})
	return busy, err
}

// failed reports that the attempt was wrong. It does so even if the person has gone meanwhile.
func (a attempt) failed(ctx context.Context) error { return a.failedThen(ctx, nil) }

// failedThen is failed; where this failure has closed a side, closed runs in the same transaction and hears
// until when.
func (a attempt) failedThen(ctx context.Context, closed func(ctx context.Context, tx pgx.Tx, until time.Time) error) error {
	ctx = context.WithoutCancel(ctx)
	return a.s.db.InTx(ctx, func(tx pgx.Tx) error {
		now, until := a.s.now(), time.Time{}
		err := a.end(ctx, tx, now, func(c counter, r rule) counter {
			c = c.failed(now, r)
			if n, opens := c.room(now, r); n == 0 && opens.After(until) {
				until = opens
			}
			return c
		})
		if err != nil || closed == nil || until.IsZero() {
			return err
		}
		return closed(ctx, tx, until)
	})
}

// succeeded reports that the attempt was right. Locks open and start afresh; of a budget only this
// attempt is given back: otherwise somebody with an account of their own could go on guessing those of
// others.
func (a attempt) succeeded(ctx context.Context, tx pgx.Tx) error {
	return a.end(ctx, tx, a.s.now(), func(c counter, r rule) counter {
		if r.forgive == 0 {
			c.failures, c.lockedUntil = 0, nil
		}
		return c
	})
}

// spend counts what may be done so many times, right or wrong, or says for how long it is closed and counts nothing.
func (a attempt) spend(ctx context.Context, tx pgx.Tx) (wait time.Duration, err error) {
	now := a.s.now()
	counters, err := a.load(ctx, tx, now)
	if err != nil {
		return 0, err
	}
	for i, c := range counters {
		if n, until := c.room(now, a.sides[i].rule); n == 0 {
			wait = max(wait, until.Sub(now))
		}
		counters[i] = c.failed(now, a.sides[i].rule)
	}
	if wait > 0 {
		return wait, nil
	}
	return 0, a.store(ctx, tx, counters)
}

// unheard reports that the attempt could not be looked at: it counts neither way.
func (a attempt) unheard(ctx context.Context) error {
	ctx = context.WithoutCancel(ctx)
	return a.s.db.InTx(ctx, func(tx pgx.Tx) error {
		return a.end(ctx, tx, a.s.now(), func(c counter, _ rule) counter { return c })
	})
}

func (a attempt) end(ctx context.Context, tx pgx.Tx, now time.Time, change func(counter, rule) counter) error {
	counters, err := a.load(ctx, tx, now)
	if err != nil {
		return err
	}
	for i, c := range counters {
		c.pending = max(0, c.pending-1)
		counters[i] = change(c, a.sides[i].rule)
	}
	return a.store(ctx, tx, counters)
}

// load reads and locks the counters, in the order of the sides, which is the same for everybody.
func (a attempt) load(ctx context.Context, tx pgx.Tx, now time.Time) ([]counter, error) {
	q := membersdb.New(tx)
	counters := make([]counter, len(a.sides))
	for i, side := range a.sides {
		row, err := q.LimitForUpdate(ctx, membersdb.LimitForUpdateParams{
			Kind: side.rule.kind, Subject: side.subject, Account: side.account, Now: now,
		})
		if err != nil {
			return nil, err
		}
		counters[i] = counter{
			failures: row.Failures, last: row.LastAt, lockedUntil: row.LockedUntil, pending: row.Pending, pendingUntil: row.PendingUntil,
		}.at(now, side.rule)
	}
	return counters, nil
}

func (a attempt) store(ctx context.Context, tx pgx.Tx, counters []counter) error {
	q := membersdb.New(tx)
	for i, c := range counters {
		if err := q.UpdateLimit(ctx, membersdb.UpdateLimitParams{
			Failures: c.failures, LastAt: c.last, LockedUntil: c.lockedUntil, Pending: c.pending, PendingUntil: c.pendingUntil,
			Kind: a.sides[i].rule.kind, Subject: a.sides[i].subject,
		}); err != nil {
			return err
		}
	}
	return nil
}

// ruleOf returns the rule by its kind.
func ruleOf(kind string) rule {
	all := []rule{
		deviceRule, placeRule, accountRule, addressRule, networkRule, neighboursRule, siteRule, codeRule, pinRule, pinPersonRule, pinsRule, storePINRule,
		resetAddressRule, resetNetworkRule, resetSiteRule,
	}
	return all[slices.IndexFunc(all, func(r rule) bool { return r.kind == kind })]
}

// queue counts the attempts that wait for their turn.
type queue struct {
	mu    sync.Mutex
	all   int
	bySub map[string]int
}

func newQueue() *queue { return &queue{bySub: make(map[string]int)} }

func (q *queue) enter(subject string) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.all >= maxWaiting || q.bySub[subject] >= maxWaitingEach {
		return false
	}
	q.all++
	q.bySub[subject]++
	return true
}

func (q *queue) leave(subject string) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.all--
	if q.bySub[subject]--; q.bySub[subject] == 0 {
		delete(q.bySub, subject)
	}
}
