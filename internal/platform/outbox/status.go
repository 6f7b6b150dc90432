package outbox

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"maru/internal/kernel/ids"
	"maru/internal/platform/postgres"
)

// SubscriptionStatus is how a subscription is doing, as all replicas together have written it down.
type SubscriptionStatus struct {
	Name   string
	Target string // the subscribing context
	Source string // the producing context; empty where an older program did not store it
	// Declared is false for a subscription that has cursors and that this program does not know.
	Declared bool
	// Begun is false for one that is declared and has no cursors yet.
	Begun bool
	// Pending is how many events the cursors are behind the heads. Foreign kinds count until a cursor
	// has passed them, which an idle subscription does every few seconds at most.
	Pending int64
	// Oldest is when the oldest of these was published; zero where nothing waits.
	Oldest time.Time
	// Newer are lanes whose next event this program is too old for; Missing those whose next event is
	// not there.
	Newer, Missing int
	// Refused are lanes whose cursors are ahead of the heads, or were when they were looked at.
	Refused []RefusedLane
	// ParkedEvents of ParkedKeys wait for somebody; SkippedEvents were given up.
	ParkedEvents, ParkedKeys, SkippedEvents int64
	// Paused says that it parked so many keys within a minute that it stopped parking.
	Paused bool
	// Careful are lanes in which a process has tried something that it has not finished.
	Careful int64
	// Rebuildable says that Replay can build it anew; Rebuilding that one is under way, or was left
	// unfinished, and how many events it still has to read.
	Rebuildable, Rebuilding bool
	RebuildPending          int64
}

// RefusedLane is a lane that was refused because its cursor was ahead of the head.
type RefusedLane struct {
	Lane ids.Lane
	// Cursor is where it stands; Head where the producer's head was when that was noticed.
	Cursor, Head int64
}

// state is what the tables of the subscribing context hold about a subscription.
type state struct {
	SubscriptionStatus
	cursors map[ids.Lane]int64
}

// Status tells how every subscription is doing that is declared or has cursors, in the order of their
// names. It works beside running replicas, and waits for nothing.
func (d *Dispatcher) Status(ctx context.Context) ([]SubscriptionStatus, error) {
	states := make(map[string]*state)
	for _, r := range d.runners {
		states[r.spec.name] = &state{SubscriptionStatus: SubscriptionStatus{
			Name: r.spec.name, Target: r.spec.target, Source: r.spec.source, Declared: true, Rebuildable: len(r.spec.tables) > 0,
		}}
	}
	for _, db := range d.dbs.All() {
		if err := d.readStates(ctx, db, states); err != nil {
			return nil, fmt.Errorf("status of the subscriptions of %s: %w", db.Name, err)
		}
	}
	// The heads come last, so that no cursor is ahead by chance.
	heads := make(map[string]*positions)
	for _, s := range states {
		if _, known := statements[s.Source]; !known || heads[s.Source] != nil {
			continue
		}
		h, err := d.peek(s.Source).readHeads(ctx)
		if err != nil {
			return nil, err
		}
		heads[s.Source] = h
	}
	for _, s := range states {
		if h := heads[s.Source]; h != nil && len(s.cursors) > 0 {
			if err := d.compareState(ctx, s, h); err != nil {
				return nil, err
			}
		}
	}
	for name, s := range states {
		if live, is := strings.CutSuffix(name, besideSuffix); is && states[live] != nil {
			states[live].Rebuilding, states[live].RebuildPending = true, s.Pending
			delete(states, name)
		}
	}
	all := make([]SubscriptionStatus, 0, len(states))
	for _, s := range states {
		all = append(all, s.SubscriptionStatus)
	}
	slices.SortFunc(all, func(a, b SubscriptionStatus) int { return cmp.Compare(a.Name, b.Name) })
	return all, nil
}

func (d *Dispatcher) readStates(ctx context.Context, db *postgres.DB, states map[string]*state) error {
	of := func(name string) *state {
		s, ok := states[name]
		if !ok {
			s = &state{SubscriptionStatus: SubscriptionStatus{Name: name, Target: db.Name}}
			states[name] = s
		}
		return s
	}
	sql := statements[db.Name]
	var b pgx.Batch
	b.Queue(sql.states).Query(func(rows pgx.Rows) error {
		var name, source string
		var lane ids.Lane
		var pos, head int64
		var refused bool
		_, err := pgx.ForEachRow(rows, []any{&name, &lane, &pos, &source, &refused, &head}, func() error {
			s := of(name)
			if s.cursors == nil {
				s.cursors = make(map[ids.Lane]int64, ids.Lanes)
			}
			s.cursors[lane], s.Begun = pos, true
			s.Source = cmp.Or(s.Source, source)
			if refused {
				s.Refused = append(s.Refused, RefusedLane{Lane: lane, Cursor: pos, Head: head})
			}
			return nil
		})
		return err
	})
	var name string
	var one, two int64
	b.Queue(sql.parkedStates).Query(func(rows pgx.Rows) error {
		_, err := pgx.ForEachRow(rows, []any{&name, &one, &two}, func() error {
			of(name).ParkedEvents, of(name).SkippedEvents = one, two
			return nil
		})
		return err
	})
	b.Queue(sql.keyStates, time.Now().Add(-parkWindow)).Query(func(rows pgx.Rows) error {
		_, err := pgx.ForEachRow(rows, []any{&name, &one, &two}, func() error {
			of(name).ParkedKeys, of(name).Paused = one, two >= parkMost
			return nil
		})
		return err
	})
	b.Queue(sql.markStates).Query(func(rows pgx.Rows) error {
		_, err := pgx.ForEachRow(rows, []any{&name, &one}, func() error {
			of(name).Careful = one
			return nil
		})
		return err
	})
	return db.SendBatch(ctx, &b).Close()
}

// compareState fills in what cursors and heads say together.
func (d *Dispatcher) compareState(ctx context.Context, s *state, heads *positions) error {
	refused := make(map[ids.Lane]bool)
	for _, r := range s.Refused {
		refused[r.Lane] = true
	}
	behind := make(map[ids.Lane]place)
	for lane, pos := range s.cursors {
		switch {
		case refused[lane]:
		case pos > heads[lane]:
			s.Refused = append(s.Refused, RefusedLane{Lane: lane, Cursor: pos, Head: heads[lane]})
		case pos < heads[lane]:
			s.Pending += heads[lane] - pos
			behind[lane] = place{after: pos}
		}
	}
	slices.SortFunc(s.Refused, func(a, b RefusedLane) int { return cmp.Compare(a.Lane, b.Lane) })
	nexts, err := d.peek(s.Source).nexts(ctx, behind)
	if err != nil {
		return err
	}
	s.Missing = len(behind) - len(nexts)
	if len(nexts) > 0 {
		s.Oldest = nexts[0].at
	}
	r, err := d.runner(s.Name)
	if err != nil {
		return nil //nolint:nilerr // it is not declared, so nobody knows what it wants
	}
	for _, n := range nexts {
		if kind, wanted := r.spec.kinds[n.kind]; wanted && n.version > kind.version {
			s.Newer++
		}
	}
	return nil
}

// peek is source for one that perhaps nothing here follows.
func (d *Dispatcher) peek(name string) *source {
	if s, ok := d.sources[name]; ok {
		return s
	}
	return quietSource(d.dbs.Context(name), d.log)
}
