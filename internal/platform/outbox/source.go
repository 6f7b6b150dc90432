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

// positions is one position per lane.
type positions [ids.Lanes]int64

func (p *positions) sum() int64 {
	var n int64
	for _, pos := range p {
		n += pos
	}
	return n
}

// source is one producing context: its heads as last read, and who wants to hear that they moved.
type source struct {
	db   *postgres.DB
	sql  *statementsOf
	bell *bell
	log  *slog.Logger

	// wake is rung by commits of this process, notifications of others, and Wake.
	wake chan struct{}
	// committed says that this process committed something since the heads were last read.
	committed atomic.Bool

	// restored counts how often heads were found below where they had been before.
	restored atomic.Int64

	reading sync.Mutex // makes reads of the heads one after the other, so that seen follows the database
	seen    atomic.Pointer[positions]

	recent    recent
	followers []func()
}

func newSource(db *postgres.DB, log *slog.Logger) *source {
	s := &source{db: db, sql: statements[db.Name], log: log.With("source", db.Name), wake: make(chan struct{}, 1)}
	s.seen.Store(new(positions))
	db.OnCommit(func() {
		s.committed.Store(true)
		s.poke()
	})
	return s
}

func (s *source) poke() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// heads returns the heads as last read.
func (s *source) heads() *positions { return s.seen.Load() }

func (s *source) readHeads(ctx context.Context) (*positions, error) {
	s.reading.Lock()
	defer s.reading.Unlock()
	got, err := scanPositions(ctx, s.db, s.sql.heads)
	if err != nil {
		return nil, fmt.Errorf("read heads of %s: %w", s.db.Name, err)
	}
	heads := new(positions)
	for lane, pos := range got {
		heads[lane] = pos
	}
	before := s.seen.Swap(heads)
	for lane, pos := range heads {
		if pos < before[lane] {
			s.restored.Add(1)
			s.log.Error("outbox: a head went back; was the database restored to an older state, or did it fail over and lose its last commits?",
				"lane", lane, "before", before[lane], "now", pos)
			break // one lane says it
		}
	}
	return heads, nil
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
	var announced int64
	failures := 0
	for {
		committed := s.committed.Swap(false)
		heads, err := s.readHeads(ctx)
		switch {
		case err == nil:
			failures = 0
			if total := heads.sum(); committed && total > announced {
				announced = total
				s.bell.announce(s.db.Name)
			}
			s.readRecent(ctx, heads)
			for _, poke := range s.followers {
				poke()
			}
		case ctx.Err() != nil:
			return
		default:
			s.recent.forget(nil)
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
