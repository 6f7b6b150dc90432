package outbox

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"

	"maru/internal/kernel/ids"
)

// recent holds the newest events of a source, which everybody in this process wants at the same
// moment: they are read and decoded once instead of by each subscription and tail. It holds only what
// was committed and lies without a gap before a head, and is emptied whenever the source's database
// fails: after a failover positions may be given out again.
type recent struct {
	mu    sync.Mutex
	kinds []string // that anybody wants
	lanes [ids.Lanes]recentLane
	bytes int
	begun bool
}

// recentLane holds the events after one position, up to another.
type recentLane struct {
	after, upto int64
	rows        []record
}

const (
	recentBytes    = 1 << 20 // of payload, over all lanes
	recentRowBytes = 200     // of a row beside its payload, about
	recentRows     = 512     // read at once; where there are more, everybody reads for himself
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
		if l := &c.lanes[sp.lane]; sp.after < l.after || sp.upto > l.upto {
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
	if heads != nil {
		for lane, pos := range heads {
			c.lanes[lane] = recentLane{after: pos, upto: pos}
		}
	}
}

// missing returns what has to be read to reach the heads; nothing when it begins anew, because it is
// too much or because a head went back.
func (c *recent) missing(heads *positions) []*span {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.begun {
		c.begin(heads)
		return nil
	}
	floor := time.Now().UTC().Truncate(24*time.Hour).AddDate(0, 0, -1)
	var spans []*span
	var n int64
	for lane, head := range heads {
		upto := c.lanes[lane].upto
		if n += head - upto; head < upto || n > recentRows {
			c.begin(heads)
			return nil
		}
		if head > upto {
			spans = append(spans, &span{lane: ids.Lane(lane), after: upto, upto: head, floor: floor})
		}
	}
	return spans
}

func (c *recent) add(spans []*span) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, sp := range spans {
		l := &c.lanes[sp.lane]
		for i := range sp.rows {
			sp.rows[i].shared = &decoded{}
			c.bytes += len(sp.rows[i].payload) + recentRowBytes
		}
		l.rows, l.upto = append(l.rows, sp.rows...), sp.upto
	}
	if c.bytes > recentBytes {
		for lane := range c.lanes {
			c.lanes[lane] = recentLane{after: c.lanes[lane].upto, upto: c.lanes[lane].upto}
		}
		c.bytes = 0
	}
}

// readRecent reads what came since the last call. Whatever fails here, the readers do for themselves.
func (s *source) readRecent(ctx context.Context, heads *positions) {
	if len(s.recent.kinds) == 0 {
		return
	}
	spans := s.recent.missing(heads)
	if len(spans) == 0 {
		return
	}
	var b pgx.Batch
	for _, sp := range spans {
		b.Queue(s.sql.readEvents, sp.lane, sp.after, sp.upto, sp.floor, s.recent.kinds, sp.upto-sp.after)
	}
	if full, missing, err := s.scanSpans(s.db.SendBatch(ctx, &b), spans, recentBytes); err != nil || full || len(missing) > 0 {
		s.recent.forget(heads)
		return
	}
	s.recent.add(spans)
}
