package outbox

import (
	"context"
	"time"

	"maru/internal/kernel/ids"
)

// What a process has in memory of an outbox, newest events and positions, is that of one history. A server that
// takes over without the last commits, or a database that was restored, goes on with another one, in which the
// same positions are given out again. A head that is lower than before says so; where as much was published
// anew before anybody looked, no head does. But nobody gets to another server without a new connection: after
// one was made, memory is not trusted until the last events that are known of each lane were found in the
// database as they were. See docs/adr/0058.

// tip is the last event of a lane that this process knows to be there.
type tip struct {
	record
	seen time.Time
}

// tipAge is for how long a tip is looked for: longer than any server is behind that takes over, shorter than any
// day of the outbox is kept.
const tipAge = time.Hour

// note keeps the last of rows, which are of one lane.
func (c *recent) note(lane ids.Lane, rows []record, now time.Time) {
	if len(rows) == 0 {
		return
	}
	if last := &rows[len(rows)-1]; last.pos >= c.tips[lane].pos {
		c.tips[lane] = tip{record{pos: last.pos, kind: last.kind, version: last.version, at: last.at}, now}
	}
}

// noteSpans keeps what was read of each lane.
func (c *recent) noteSpans(spans []*span) {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := time.Now()
	for _, sp := range spans {
		c.note(sp.lane, sp.rows, now)
	}
}

// forgetTips forgets those beyond the heads, or all.
func (c *recent) forgetTips(heads map[ids.Lane]int64, all bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for lane := range c.tips {
		if all || c.tips[lane].pos > heads[ids.Lane(lane)] {
			c.tips[lane] = tip{}
		}
	}
}

// youngTips returns the tips that have to be there, and the lanes that are filled beyond theirs.
func (c *recent) youngTips(heads map[ids.Lane]int64) (young map[ids.Lane]tip, unknown map[ids.Lane]int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	young, unknown = map[ids.Lane]tip{}, map[ids.Lane]int64{}
	for lane, head := range heads {
		t := c.tips[lane]
		if t.pos > 0 && time.Since(t.seen) < tipAge {
			young[lane] = t
		}
		if t.pos < head {
			unknown[lane] = head
		}
	}
	return young, unknown
}

// made is how many connections this process has made.
func (s *source) made() (n int64) {
	for _, db := range s.pools {
		n += db.Stat().NewConnsCount()
	}
	return n
}

// isSure reports whether every connection there is was made before the history was last looked at. Ask after
// the connection is there that is used.
func (s *source) isSure() bool { return s.made() == s.checked.Load() }

// makeSure looks at the history unless that is known to be the same.
func (s *source) makeSure(ctx context.Context) error {
	for range 3 { // looking may need a connection itself
		if s.isSure() {
			return nil
		}
		if _, err := s.readHeads(ctx); err != nil {
			return err
		}
	}
	return nil // whoever uses the memory asks again
}

// rewritten reports whether an event that this process has seen is not there, or another is in its place. It
// takes note of the last events of the lanes, read or not: positions are held where nothing was read.
func (s *source) rewritten(ctx context.Context, heads map[ids.Lane]int64) (bool, error) {
	young, unknown := s.recent.youngTips(heads)
	want := make(map[ids.Lane]int64, len(young))
	for lane, t := range young {
		want[lane] = t.pos
	}
	found, err := s.at(ctx, want)
	if err != nil {
		return false, err
	}
	for lane, t := range young {
		if is := found[lane]; !is.at.Equal(t.at) || is.kind != t.kind || is.version != t.version {
			s.log.Error("outbox: an event is gone, or another is in its place; was the database restored to an older state, or did it fail over and lose its last commits?",
				"lane", lane, "pos", t.pos, "kind", t.kind)
			return true, nil
		}
	}
	if found, err = s.at(ctx, unknown); err != nil {
		return false, err
	}
	s.recent.mu.Lock()
	defer s.recent.mu.Unlock()
	now := time.Now()
	for lane, is := range found {
		s.recent.note(lane, []record{is}, now)
	}
	return false, nil
}

// at reads what is at positions, as far as it is of the last two days.
func (s *source) at(ctx context.Context, positions map[ids.Lane]int64) (map[ids.Lane]record, error) {
	floor := time.Now().UTC().Truncate(24*time.Hour).AddDate(0, 0, -2)
	places := make(map[ids.Lane]place, len(positions))
	for lane, pos := range positions {
		places[lane] = place{after: pos - 1, floor: floor}
	}
	there, err := s.nexts(ctx, places)
	found := make(map[ids.Lane]record, len(there))
	for _, e := range there {
		found[e.lane] = record{pos: e.pos, at: e.at, kind: e.kind, version: e.version}
	}
	return found, err
}

// current makes sure that what a subscription knows is of the outbox as it is. It returns what the count of
// outboxes was then.
func (r *runner) current(ctx context.Context) (restored int64, err error) {
	if err := r.src.makeSure(ctx); err != nil {
		return 0, err
	}
	restored = r.src.restored.Load()
	r.mu.Lock()
	stale := r.restored != restored
	r.mu.Unlock()
	if stale {
		return restored, r.refresh(ctx)
	}
	return restored, nil
}

// stillThat reports whether the outbox is the one of a count.
func (s *source) stillThat(restored int64) bool { return s.isSure() && s.restored.Load() == restored }
