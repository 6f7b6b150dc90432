package outbox

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"

	"maru/internal/kernel/ids"
	"maru/internal/platform/postgres"
)

// follower wants to hear of events of some kinds. It hears of others with the next poll, so that it does
// not fall behind what is in memory.
type follower struct {
	kinds map[string]Kind
	// poke wakes it. news says that there may be something for it; otherwise it is only to go on from what is
	// of no interest.
	poke func(news bool)
}

// positions is one position per lane.
type positions [ids.Lanes]int64

func (p *positions) sum() int64 {
	var n int64
	for _, pos := range p {
		n += pos
	}
	return n
}

// source is one producing context: its heads as last read or raised, and who wants to hear that they moved.
type source struct {
	db   *postgres.DB
	sql  *statementsOf
	bell *bell
	log  *slog.Logger

	// wake is rung by commits of this process and notifications of others.
	wake chan struct{}
	// committed says that this process committed something since the heads were last read.
	committed atomic.Bool

	// restored counts how often the outbox was found to be another one than before; see history.go.
	restored atomic.Int64
	pools    []*postgres.DB // all of the process: a server may have several addresses
	checked  atomic.Int64   // connections that were made when its history was last looked at

	reading sync.Mutex // makes reads of the heads one after the other, so that seen follows the database
	seen    atomic.Pointer[positions]
	told    atomic.Pointer[positions] // up to here the followers know
	said    atomic.Pointer[positions] // up to here the other replicas do

	recent    recent
	catching  sync.Mutex // held by the one who reads the newest events
	apart     bool       // its lanes are on several servers: a statement is of one lane
	followers []follower
}

// newSource returns the source of a context that hears of this process's commits.
func newSource(db *postgres.DB, log *slog.Logger) *source {
	s := quietSource(db, log)
	db.OnCommit(s.onCommit)
	return s
}

// quietSource returns a source that hears of nothing by itself.
func quietSource(db *postgres.DB, log *slog.Logger) *source {
	s := &source{db: db, sql: statements[db.Name], log: log.With("source", db.Name), wake: make(chan struct{}, 1)}
	s.seen.Store(new(positions))
	s.checked.Store(-1)
	s.told.Store(new(positions))
	s.said.Store(new(positions))
	return s
}

// onCommit hears of a transaction of this process. Where it says what it published, that is taken as it
// is: read, it would be the same. Otherwise the heads are read.
func (s *source) onCommit(note any) {
	p, ok := note.(*published)
	if !ok {
		s.committed.Store(true)
		s.poke()
		return
	}
	s.raise(func(heads *positions) {
		for lane, l := range p.lanes {
			heads[lane] = max(heads[lane], l.upto)
		}
	})
	s.recent.append(p)
	s.bell.tell(s.db.Name, func(n *news) { n.addPublished(p) })
	for _, f := range s.followers {
		if p.concerns(f.kinds) {
			f.poke(true)
		}
	}
}

// hear takes what another process has published: it was committed before it was announced.
func (s *source) hear(n *news) {
	if n.unsaid {
		s.poke()
		return
	}
	s.raise(func(heads *positions) {
		for lane, pos := range n.lanes {
			heads[lane] = max(heads[lane], pos)
		}
	})
	for _, f := range s.followers {
		if n.concerns(f.kinds) {
			f.poke(true)
		}
	}
}

// raise moves the heads to what is about to be told, or was.
func (s *source) raise(up func(*positions)) {
	for _, which := range []*atomic.Pointer[positions]{&s.seen, &s.told, &s.said} {
		for {
			before := which.Load()
			after := *before
			up(&after)
			if which.CompareAndSwap(before, &after) {
				break
			}
		}
	}
}

func (s *source) poke() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// heads returns the heads as far as this process knows them.
func (s *source) heads() *positions { return s.seen.Load() }

func (s *source) readHeads(ctx context.Context) (*positions, error) {
	s.reading.Lock()
	defer s.reading.Unlock()
	before, made := s.seen.Load(), s.made()
	got, err := scanPositions(ctx, s.db, s.sql.heads)
	if err != nil {
		s.recent.forget(nil) // what comes up again may have lost the last of them
		return nil, fmt.Errorf("read heads of %s: %w", s.db.Name, err)
	}
	wentBack := false
	for lane, pos := range got {
		if pos < before[lane] && !wentBack { // one lane says it
			wentBack = true
			s.log.Error("outbox: a head went back; was the database restored to an older state, or did it fail over and lose its last commits?",
				"lane", lane, "before", before[lane], "now", pos)
		}
	}
	s.recent.forgetTips(got, false)
	if made != s.checked.Load() {
		other, err := s.rewritten(ctx, got)
		if err != nil {
			return nil, err
		}
		wentBack = wentBack || other
		s.recent.forgetTips(got, other)
	}
	if wentBack { // before anybody plans by the new heads
		s.recent.forget(nil)
		s.restored.Add(1)
	}
	defer s.checked.Store(made)
	for {
		known := s.seen.Load()
		heads := new(positions)
		for lane, pos := range got {
			heads[lane] = pos
			if !wentBack { // this process may have committed more since
				heads[lane] = max(pos, known[lane])
			}
		}
		if s.seen.CompareAndSwap(known, heads) {
			return heads, nil
		}
	}
}

type querier interface {
	QueryRow(ctx context.Context, sql string, args ...any) pgx.Row
}

// scanPositions runs a query for two arrays, lanes and their positions: one row is read in a fifth of
// the time of 256.
func scanPositions(ctx context.Context, db querier, sql string, args ...any) (map[ids.Lane]int64, error) {
	var lanes []int16
	var at []int64
	if err := db.QueryRow(ctx, sql, args...).Scan(&lanes, &at); err != nil {
		return nil, err
	}
	all := make(map[ids.Lane]int64, len(lanes))
	for i, lane := range lanes {
		if lane < 0 || lane >= ids.Lanes {
			return nil, fmt.Errorf("lane %d does not exist", lane)
		}
		all[ids.Lane(lane)] = at[i]
	}
	return all, nil
}

// headPause is the shortest time between two reads of the heads: what is committed meanwhile is seen
// by the second.
const headPause = time.Millisecond

// follow reads the heads whenever there is a reason to, and tells the followers. It returns when ctx
// ends.
func (s *source) follow(ctx context.Context, poll time.Duration) {
	failures := 0
	for {
		committed := s.committed.Swap(false)
		heads, err := s.readHeads(ctx)
		switch {
		case err == nil:
			failures = 0
			if committed {
				said := s.said.Swap(heads)
				s.bell.tell(s.db.Name, func(n *news) { n.addMoved(said, heads) })
			}
			moved := *s.told.Swap(heads) != *heads
			for _, f := range s.followers {
				f.poke(moved)
			}
		case ctx.Err() != nil:
			return
		default:
			s.committed.CompareAndSwap(false, committed)
			failures++
			s.log.Warn("outbox: heads cannot be read", "error", err, "failures", failures)
			if !pause(ctx, backOff(failures)) {
				return
			}
		}
		if !pause(ctx, headPause) {
			return
		}
		interval := poll
		if s.bell.healthy() {
			interval = max(interval, healthyPoll)
		}
		timer := time.NewTimer(jitter(interval))
		select {
		case <-ctx.Done():
			timer.Stop()
			return
		case <-s.wake:
			timer.Stop()
		case <-timer.C:
		}
	}
}

// pause waits, and reports false when ctx ended first.
func pause(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}

// backOff is the pause after a number of failures in a row: 10 ms and doubling up to 5 s, with jitter.
func backOff(failures int) time.Duration {
	d := 5 * time.Second
	if failures < 10 {
		d = min(d, 10*time.Millisecond<<max(failures-1, 0))
	}
	return jitter(d)
}

// jitter returns a duration within a fifth of d.
func jitter(d time.Duration) time.Duration {
	return d*4/5 + rand.N(d*2/5+1) //nolint:gosec // spreads load, not a secret
}
