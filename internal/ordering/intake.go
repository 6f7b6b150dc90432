package ordering

import (
	"context"
	"slices"
	"sync"
	"time"

	"maru/internal/kernel/ids"
	"maru/internal/kernel/money"
	"maru/internal/ordering/orderingapi"
	"maru/internal/platform/auth"
	"maru/internal/platform/postgres"
)

// The intake commits orders that arrive together in one transaction. An order that finds nobody writing
// is written at once and alone; orders that come while one is written share the next transaction. One flush
// of the log then serves many orders, and latency without load is that of a single order. A second
// transaction begins beside one that takes long, so that what holds that one up does not hold up everybody
// (docs/adr/0005).
//
// Where transactions were of several orders lately, those who were just answered are about to order again:
// the next one waits for them, for a fraction of what it takes itself. Where transactions take long because
// other replicas write too, a second one would only wait beside the first (docs/adr/0058).
const (
	writers       = 2 // transactions at a time: more only wait for each other's lanes
	patienceLeast = 10 * time.Millisecond
	patienceMost  = 100 * time.Millisecond
	crowded       = 4 // orders in a transaction, from which on the next one waits for company
	companyMost   = 2 * time.Millisecond
	// Where other replicas write, they have the machine while this one waits.
	companyBeside = 5 * time.Millisecond
	maxTogether   = 64 // orders in one transaction
	writeTimeout  = 10 * time.Second
)

type intake struct {
	db    *postgres.DB
	lanes int // that one transaction may span; 0: any number
	// beside reports whether other replicas write too; nil: nobody knows.
	beside func() bool

	mu      sync.Mutex
	waiting []*placing
	busy    int
	began   time.Time     // when the newest transaction did
	ended   time.Time     // when the last one did
	took    time.Duration // a transaction, of late
	last    int           // orders in the newest transaction
	before  int           // and in the one before
	left    int           // orders that waited when the last one ended
	// company is closed when enough orders wait; nil unless a writer waits for them.
	company chan struct{}
	enough  int
}

// placing is a priced order on its way to the database.
type placing struct {
	event   orderingapi.OrderAccepted // without the pickup number
	status  orderingapi.Status
	hash    []byte
	by      auth.Principal
	tenders []Tender
	change  money.Amount
	cart    *CartRead
	limits  int32 // the revision of the day's limits that limited is by
	limited map[ids.ItemID]int
	trace   string
	behind  int // how many numbers of its store and day are taken after its own, in the same transaction

	done chan answer
}

// answer is what became of one order. Answers are kept by order and not by id: two stores may well
// choose the same id.
type answer struct {
	receipt Receipt
	err     error
}

func newIntake(db *postgres.DB) *intake { return &intake{db: db} }

// place writes the order and returns when it is durable. The order of a caller that gives up is not written if no
// transaction has it yet; otherwise it may be, and the id tells when the caller asks again.
func (in *intake) place(ctx context.Context, o *placing) (Receipt, error) {
	o.done = make(chan answer, 1)
	in.mu.Lock()
	in.waiting = append(in.waiting, o)
	if in.company != nil && len(in.waiting) >= in.enough {
		close(in.company)
		in.company = nil
	}
	mine, wait := in.join()
	in.mu.Unlock()
	if mine { // whoever may write does so itself; others may have come meanwhile
		in.write(context.WithoutCancel(ctx), in.take())
		in.leave(context.WithoutCancel(ctx))
		select {
		case a := <-o.done: // nearly always: there was nobody else
			return a.receipt, a.err
		default:
		}
	}
	enough := time.NewTimer(wait)
	defer enough.Stop()
	for {
		select {
		case a := <-o.done:
			return a.receipt, a.err
		case <-ctx.Done():
			in.forget(o)
			return Receipt{}, ctx.Err()
		case <-enough.C:
			in.mu.Lock()
			mine, wait = in.join()
			in.mu.Unlock()
			if mine {
				go in.writeOn(context.WithoutCancel(ctx))
			}
			enough.Reset(wait)
		}
	}
}

// forget takes an order out that nobody waits for any more: while the database stalls, what waits is no more than
// there are callers, and nothing is sold long after its customer has left.
func (in *intake) forget(o *placing) {
	in.mu.Lock()
	defer in.mu.Unlock()
	if i := slices.Index(in.waiting, o); i >= 0 {
		in.waiting = slices.Delete(in.waiting, i, i+1)
	}
}

// join reports whether the caller has to write what waits, or how long it is to wait before asking again.
// The caller holds the lock.
func (in *intake) join() (mine bool, wait time.Duration) {
	patience := min(max(2*in.took, patienceLeast), patienceMost)
	if in.busy == writers || in.company != nil || len(in.waiting) == 0 {
		return false, patience // a writer takes what waits before it goes
	}
	if wait := patience - time.Since(in.began); in.busy > 0 && wait > 0 {
		return false, wait
	}
	in.busy++
	in.began = time.Now()
	return true, patience
}

// leave ends the part of an order that has written: others do not make it wait.
func (in *intake) leave(ctx context.Context) {
	in.mu.Lock()
	defer in.mu.Unlock()
	if len(in.waiting) == 0 {
		in.busy--
		return
	}
	go in.writeOn(ctx)
}

// writeOn commits what waits until nothing does.
func (in *intake) writeOn(ctx context.Context) {
	for {
		group := in.take()
		in.write(ctx, group)
		in.mu.Lock()
		if len(in.waiting) == 0 {
			in.busy--
			in.mu.Unlock()
			return
		}
		in.mu.Unlock()
	}
}

// write commits a group and notes how long that took.
func (in *intake) write(ctx context.Context, group []*placing) {
	if len(group) == 0 {
		return // the other writer was faster
	}
	began := time.Now()
	in.commit(ctx, group)
	in.mu.Lock()
	defer in.mu.Unlock()
	in.ended, in.left = time.Now(), len(in.waiting)
	in.took += (in.ended.Sub(began) - in.took) / 4
}

// take returns the orders of a writer's next transaction, after it has waited for company.
func (in *intake) take() []*placing {
	in.mu.Lock()
	defer in.mu.Unlock()
	if in.expects() {
		company := make(chan struct{})
		var wait time.Duration
		in.company = company
		in.enough, wait = in.most()
		in.mu.Unlock()
		timer := time.NewTimer(wait)
		select {
		case <-company:
		case <-timer.C:
		}
		timer.Stop()
		in.mu.Lock()
		in.company = nil
	}
	group := in.next()
	if n := len(group); n > 0 {
		in.began = time.Now()
		in.before, in.last = in.last, n
	}
	return group
}

// most is how many orders are worth waiting for, and for how long. Alone a replica waits for those it has just
// answered, while others it has not answered yet are on their way; beside others for nearly all that order
// here, which are those it has just answered and those that waited then. The caller holds the lock.
func (in *intake) most() (enough int, wait time.Duration) {
	if in.beside != nil && in.beside() {
		return min((in.last+in.left)*7/8, maxTogether), min(in.took/2, companyBeside)
	}
	return max(in.last, in.before) * 3 / 4, min(in.took/4, companyMost)
}

// expects reports whether more orders are about to come than wait. The caller holds the lock.
func (in *intake) expects() bool {
	enough, _ := in.most()
	return in.busy == 1 && max(in.last, in.before) >= crowded && len(in.waiting) < enough && time.Since(in.ended) < in.took
}

// next takes the orders of the next transaction: those that have waited longest, of as many lanes as a
// transaction may span. An order that was sent twice is in it once: the other copy's answer is what became of
// the first, which is there to be read when that one is committed. The caller holds the lock.
func (in *intake) next() []*placing {
	group := make([]*placing, 0, min(len(in.waiting), maxTogether))
	var rest []*placing
	var lanes []ids.Lane
	for i, o := range in.waiting {
		if len(group) == maxTogether {
			rest = append(rest, in.waiting[i:]...)
			break
		}
		lane := o.event.StoreID.Lane()
		known := in.lanes == 0 || slices.Contains(lanes, lane)
		if !known && len(lanes) == in.lanes || slices.ContainsFunc(group, o.isCopyOf) {
			rest = append(rest, o)
			continue
		}
		if !known {
			lanes = append(lanes, lane)
		}
		group = append(group, o)
	}
	in.waiting = rest
	return group
}

// isCopyOf reports whether both have the same key.
func (o *placing) isCopyOf(other *placing) bool {
	return o.event.OrderID == other.event.OrderID && o.event.StoreID.Lane() == other.event.StoreID.Lane()
}
