package outbox

import (
	"context"
	"fmt"
	"time"

	"maru/internal/kernel/ids"
)

// Of the replicas that hear each other one goes first with a subscription (company.go). The others stand by:
// a while after they heard of events they look whether those were applied, and take part only where they
// were not, because the first one has too much to do, cannot, or is dead. See docs/adr/0051.

// standbyPause is how long the others wait before they look.
const standbyPause = 400 * time.Millisecond

// secondRow is what a subscription knows where another replica goes first.
type secondRow struct {
	members *[]string // for whom the next two hold
	first   bool

	more    bool      // there was news since the last look that found everything applied
	until   time.Time // no look before
	alarmed bool
	heads   *positions // at the last look, nil before the first one since there was news
}

func (s *secondRow) resting(now time.Time) bool { return !s.more || now.Before(s.until) }

// goesFirst says that the rounds are this process's to do. The caller holds the lock.
func (r *runner) goesFirst() bool {
	if r.src.bell == nil || r.spec.beside {
		return true
	}
	members := r.src.bell.company.members.Load()
	if members == nil {
		return true
	}
	if members != r.second.members {
		r.second.members, r.second.first = members, firstFor(*members, r.spec.source) == r.src.bell.company.self
	}
	return r.second.first
}

// hearOfMore begins the time after which this process looks. The caller holds the lock.
func (r *runner) hearOfMore(news bool, now time.Time) {
	s := &r.second
	if !news && !s.more {
		return
	}
	if !s.more {
		s.more, s.heads = true, r.src.heads()
		s.until = now.Add(r.standby())
	}
	if !s.alarmed {
		s.alarmed = true
		r.wakeAfter(max(s.until.Sub(now), 0), &s.alarmed)
	}
}

// findMore is hearOfMore for what was found and not heard: news are lost, and those of later events raise the
// heads past it.
func (r *runner) findMore() {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.goesFirst() {
		r.hearOfMore(true, time.Now())
	}
}

// standby is how long what is new may wait for the replica that goes first.
func (r *runner) standby() time.Duration { return jitter(standbyPause + 2*r.spec.every) }

// mayGo says whether a round is this process's to do: it goes first, or the one that does has left something
// for long.
func (r *runner) mayGo(ctx context.Context) (bool, error) {
	r.mu.Lock()
	s := &r.second
	if r.goesFirst() {
		s.heads, s.more = nil, false
		rests := r.restingNow(time.Now())
		r.mu.Unlock()
		return !rests, nil
	}
	if s.resting(time.Now()) {
		r.mu.Unlock()
		return false, nil
	}
	past, heads := s.heads, r.src.heads()
	s.until = time.Now().Add(r.standby()) // one worker looks
	r.mu.Unlock()
	left, behind, err := r.leftBelow(ctx, past, heads)
	if err != nil {
		return false, err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if left {
		s.until = time.Now()
		return true, nil
	}
	s.more, s.heads = behind, heads
	return false, nil
}

// leftBelow reports whether something for this subscription below past is not applied, and whether anything
// is below heads.
func (r *runner) leftBelow(ctx context.Context, past, heads *positions) (left, behind bool, err error) {
	stored, err := scanPositions(ctx, r.db, r.sql.openCursors, r.spec.name)
	if err != nil {
		return false, false, fmt.Errorf("read cursors of %s: %w", r.spec.name, err)
	}
	spans, behind := r.below(stored, past, heads)
	most := int64(0)
	for _, sp := range spans {
		if most += sp.upto - sp.after; most > int64(r.opts.maxBatch) {
			return true, true, nil
		}
	}
	if len(spans) == 0 {
		return false, behind, nil
	}
	// Cursors that pass over events of no interest are stored rarely.
	full, missing, err := r.src.readSpans(ctx, r.src.db, false, spans, r.kinds, r.opts.maxBytes)
	if err != nil || full || len(missing) > 0 {
		return true, true, err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.src.stillThat(r.restored) {
		return false, true, nil
	}
	for _, sp := range spans {
		for i := range sp.rows {
			if _, wanted := r.spec.kinds[sp.rows[i].kind]; wanted {
				return true, true, nil
			}
		}
		if !r.busy[sp.lane] && sp.upto > r.passed[sp.lane] && sp.after <= max(r.known[sp.lane], r.passed[sp.lane]) {
			r.passed[sp.lane], r.passedSince[sp.lane] = sp.upto, time.Now()
		}
	}
	return false, behind, nil
}

// below takes over what the cursors say, and returns what lies between them and past.
func (r *runner) below(stored map[ids.Lane]int64, past, heads *positions) (spans []*span, behind bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for lane := range ids.Lane(ids.Lanes) {
		pos, open := stored[lane]
		if !open {
			continue
		}
		if !r.busy[lane] {
			r.known[lane] = max(r.known[lane], pos)
		}
		done := max(pos, r.passed[lane])
		if done < past[lane] {
			spans = append(spans, &span{lane: lane, after: done, upto: past[lane], floor: r.floor[lane]})
		}
		behind = behind || done < heads[lane]
	}
	return spans, behind
}

// standBack ends a round in which nothing could be done. Where another goes first, the next look comes
// after a while.
func (r *runner) standBack() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.second.until = time.Now().Add(r.standby())
}
