package outbox

import (
	"context"
	"slices"
	"sync"
	"time"

	"maru/internal/kernel/ids"
)

// recent holds the newest events of a source, which everybody in this process wants at the same
// moment: they are read and decoded once instead of by each subscription and tail. It holds only what
// was committed and lies without a gap before a head, and is emptied whenever the heads cannot be read
// or went back: after a failover positions may be given out again.
type recent struct {
	mu    sync.Mutex
	kinds []string // that anybody wants
	lanes [ids.Lanes]recentLane
	bytes int // of the younger generation
	begun bool
	times int // how often it has begun: what was asked for before is not taken
	tips  [ids.Lanes]tip
}

// recentLane holds the events after one position, up to another. The first so many are of the older generation,
// which goes when the younger is full: what came last is there, however full it gets.
type recentLane struct {
	after, upto int64
	rows        []record
	older       int
}

const (
	// recentBytes is of payload in one generation, over all lanes. Both together are half a second of the most orders
	// that were measured, 4,000 a second: subscriptions that rest for a quarter find all there is.
	recentBytes    = 2 << 20
	recentRowBytes = 200 // of a row beside its payload, about
	recentRows     = 512 // read at once; where there are more, everybody reads for himself
)

// want adds the kinds of a reader. Call it before the source is followed.
func (c *recent) want(kinds map[string]Kind) {
	for name := range kinds {
		if !slices.Contains(c.kinds, name) {
			c.kinds = append(c.kinds, name)
		}
	}
	slices.Sort(c.kinds)
}

// fill gives the spans their rows if all are there.
func (c *recent) fill(spans []*span) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, sp := range spans {
		if l := &c.lanes[sp.lane]; sp.stored || sp.after < l.after || sp.upto > l.upto {
			return false
		}
	}
	for _, sp := range spans {
		l := &c.lanes[sp.lane]
		sp.rows = slices.Clone(l.rows[sp.after-l.after : sp.upto-l.after])
	}
	return true
}

// forget empties it, and begins again at the heads when there are any.
func (c *recent) forget(heads *positions) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.begin(heads)
}

func (c *recent) begin(heads *positions) {
	c.lanes, c.bytes, c.begun = [ids.Lanes]recentLane{}, 0, heads != nil
	c.times++
	if heads != nil {
		for lane, pos := range heads {
			c.lanes[lane] = recentLane{after: pos, upto: pos}
		}
	}
}

// missing returns what has to be read to reach the heads; nothing when it begins anew, because it is
// too much. times is for add.
func (c *recent) missing(heads *positions) (spans []*span, times int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.begun {
		c.begin(heads)
		return nil, c.times
	}
	floor := time.Now().UTC().Truncate(24*time.Hour).AddDate(0, 0, -1)
	var n int64
	for lane, head := range heads {
		upto := c.lanes[lane].upto
		if head < upto {
			continue // this process has published since the heads were read
		}
		if n += head - upto; n > recentRows {
			c.begin(heads)
			return nil, c.times
		}
		if head > upto {
			spans = append(spans, &span{lane: ids.Lane(lane), after: upto, upto: head, floor: floor})
		}
	}
	return spans, c.times
}

// add takes what was read, as far as it is not known yet.
func (c *recent) add(spans []*span, times int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if times != c.times {
		return
	}
	for _, sp := range spans {
		if upto := c.lanes[sp.lane].upto; upto >= sp.after {
			c.put(sp.lane, sp.rows[min(upto-sp.after, sp.upto-sp.after):], sp.upto)
		}
	}
	c.trim()
}

// append takes what this process has published, where it has everything before.
func (c *recent) append(p *published) {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := time.Now()
	for lane, l := range p.lanes {
		c.note(lane, l.rows, now)
	}
	if !c.begun {
		return
	}
	for lane, l := range p.lanes {
		if c.lanes[lane].upto == l.upto-int64(len(l.rows)) {
			c.put(lane, l.rows, l.upto)
		}
	}
	c.trim()
}

func (c *recent) put(lane ids.Lane, rows []record, upto int64) {
	l := &c.lanes[lane]
	for _, r := range rows {
		if !slices.Contains(c.kinds, r.kind) {
			r.payload = nil
		}
		if r.shared == nil {
			r.shared = &decoded{}
		}
		c.bytes += len(r.payload) + recentRowBytes
		l.rows = append(l.rows, r)
	}
	l.upto = max(l.upto, upto)
}

// trim lets the older generation go once the younger is full.
func (c *recent) trim() {
	if c.bytes <= recentBytes {
		return
	}
	c.bytes = 0
	for lane := range c.lanes {
		l := &c.lanes[lane]
		l.after += int64(l.older)
		l.older = copy(l.rows, l.rows[l.older:])
		clear(l.rows[l.older:])
		l.rows = l.rows[:l.older]
	}
}

// reaches reports whether the spans begin where events are held, so that they can be filled once more is
// read.
func (c *recent) reaches(spans []*span) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.begun {
		return false
	}
	for _, sp := range spans {
		if sp.stored || sp.after < c.lanes[sp.lane].after {
			return false
		}
	}
	return true
}

// catchUp gives the spans their rows, reading the newest events of all lanes where that is what they lack:
// who comes next finds them. Whatever fails here, the readers do for themselves. Whoever holds a
// connection, db, does not wait for others who may be waiting for one.
func (s *source) catchUp(ctx context.Context, db batcher, spans []*span, holds bool) bool {
	if s.recent.fill(spans) {
		return true
	}
	if !s.recent.reaches(spans) {
		if s.recent.starts() {
			s.recent.missing(s.heads()) // it begins
		}
		return false
	}
	if holds {
		if !s.catching.TryLock() {
			return false
		}
	} else {
		s.catching.Lock()
	}
	defer s.catching.Unlock()
	if s.recent.fill(spans) { // while this one waited
		return true
	}
	missing, times := s.recent.missing(s.heads())
	if len(missing) == 0 {
		return false
	}
	full, gaps, err := s.scanSpans(s.query(ctx, db, missing, s.recent.kinds), missing, recentBytes)
	if err != nil || full || len(gaps) > 0 {
		s.recent.forget(s.heads())
		return false
	}
	s.recent.add(missing, times)
	return s.recent.fill(spans)
}

// starts reports that nothing is held yet.
func (c *recent) starts() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return !c.begun
}
