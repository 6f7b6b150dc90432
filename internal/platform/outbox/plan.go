package outbox

import (
	"slices"
	"time"

	"maru/internal/kernel/ids"
)

// due is when a worker that nobody wakes looks again.
func (r *runner) due() time.Time {
	r.mu.Lock()
	defer r.mu.Unlock()
	now := time.Now()
	due := now.Add(refreshEvery)
	r.hurries.Store(r.waiting(now) >= int64(r.limit))
	if r.resume.After(now) || r.pausedUntil.After(now) {
		r.hurries.Store(false)
		if r.pausedUntil.After(r.resume) {
			return r.pausedUntil
		}
		return r.resume
	}
	heads := r.src.heads()
	for lane := range heads {
		if r.ahead(ids.Lane(lane), heads) && !r.busy[lane] && r.notBefore[lane].Before(due) {
			due = r.notBefore[lane]
		}
	}
	if !r.goesFirst() {
		if !r.second.more {
			return now.Add(refreshEvery)
		}
		if due.Before(r.second.until) {
			return r.second.until
		}
		return due
	}
	if !due.Before(r.rested) || !r.restingNow(now) {
		return due
	}
	if look := now.Add(wayPause); look.Before(r.rested) && r.givesWay() {
		return look
	}
	return r.rested
}

// resting says that the subscription leaves what there is for later.
func (r *runner) resting() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.restingNow(time.Now())
}

func (r *runner) restingNow(now time.Time) bool {
	if !r.goesFirst() {
		return r.second.resting(now)
	}
	if !now.Before(r.rested) || len(r.carefulTo) > 0 { // a careful round is of one event
		return false
	}
	return r.waiting(now) < int64(r.limit) || r.givesWay()
}

// waiting counts the events in lanes that may be taken now or are in work.
func (r *runner) waiting(now time.Time) (n int64) {
	heads := r.src.heads()
	for lane, head := range heads {
		if r.ahead(ids.Lane(lane), heads) && !r.notBefore[lane].After(now) {
			n += head - max(r.known[lane], r.passed[lane])
		}
	}
	return n
}

// givesWay says that another subscription to the same source has whole batches before it, and this one has time
// (OnLast). A full batch does not end its rest then. It is not starved: once it has rested it takes one.
func (r *runner) givesWay() bool {
	return slices.ContainsFunc(r.sooner, func(other *runner) bool { return other.hurries.Load() })
}

// ahead says that a lane has events that this process has not seen applied.
func (r *runner) ahead(lane ids.Lane, heads *positions) bool {
	_, refused := r.refused[lane]
	return !refused && heads[lane] > max(r.known[lane], r.passed[lane])
}

// claim is one lane in a round.
type claim struct {
	span
	// cursor is the stored position, locked; head what the lane was at least filled to.
	cursor, head int64
	// share is how much of the batch is the lane's.
	share int64
	// done is how far the round got.
	done int64
	// wanted says that something between cursor and done concerned the subscription.
	wanted bool
}

// again makes a claim what it was when it was planned.
func (c *claim) again() {
	c.span = span{lane: c.lane, floor: c.floor}
	c.cursor, c.done, c.wanted = 0, 0, false
}

// plan takes lanes that are ahead of their cursors and not in work, beginning where the last plan
// ended, until a batch is full: events of one lane are of few stores, so that a long backlog is worked
// off with few rows to touch. It returns them in ascending order and marks them busy; release ends
// that. Eager plans look at lanes that would be left alone for a while. A lane that has to be gone
// through carefully is a plan of its own; such plans and others take turns.
func (r *runner) plan(eager bool) (claims []*claim, careful bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	now := time.Now()
	defer func() {
		if len(claims) > 0 {
			r.rested = now.Add(max(r.pace, paceLeast))
		}
	}()
	r.hurries.Store(r.waiting(now) >= int64(r.limit))
	r.carefully = !r.carefully
	if len(r.carefulTo) == 0 {
		return r.planSome(eager, false), false
	}
	if claims = r.planSome(eager, r.carefully); len(claims) > 0 {
		return claims, r.carefully
	}
	return r.planSome(eager, !r.carefully), !r.carefully
}

func (r *runner) planSome(eager, careful bool) []*claim {
	now := time.Now()
	heads := r.src.heads()
	var claims []*claim
	most, room := ids.Lanes, int64(r.limit)
	if n := r.opts.lanes[r.spec.target]; n > 0 {
		most = n
	}
	if careful {
		most = 1
	}
	first := r.next
	for i := range ids.Lanes {
		lane := (first + i) % ids.Lanes
		if !r.ahead(ids.Lane(lane), heads) && !r.stale(lane, now) || r.busy[lane] || !eager && r.notBefore[lane].After(now) {
			continue
		}
		if _, is := r.carefulTo[ids.Lane(lane)]; is != careful {
			continue
		}
		if len(claims) == most || room <= 0 {
			r.next = lane
			r.wakeOne()
			break
		}
		r.busy[lane] = true
		share := max(min(heads[lane]-max(r.known[lane], r.passed[lane]), room), 1)
		room -= share
		claims = append(claims, &claim{
			span: span{lane: ids.Lane(lane), floor: r.floor[lane]},
			head: heads[lane], share: share,
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
