package outbox

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"maru/internal/kernel/ids"
)

// tail follows one source from positions in memory.
type tail struct {
	spec  tailSpec
	src   *source
	opts  options
	log   *slog.Logger
	kinds []string
	wake  chan struct{}
	ready chan struct{} // closed after the first load
	once  sync.Once

	mu     sync.Mutex
	loaded bool
	pos    positions
	floor  [ids.Lanes]time.Time
	next   int
}

func newTail(d *Dispatcher, spec tailSpec) *tail {
	t := &tail{
		spec: spec, src: d.source(spec.source), opts: d.opts, log: d.log.With("tail", spec.source),
		wake: make(chan struct{}, 1), ready: make(chan struct{}),
	}
	for kind := range spec.kinds {
		t.kinds = append(t.kinds, kind)
	}
	slices.Sort(t.kinds)
	return t
}

func (t *tail) poke() {
	select {
	case t.wake <- struct{}{}:
	default:
	}
}

func (t *tail) run(ctx context.Context) {
	for failures := 0; ctx.Err() == nil; {
		moved, err := t.step(ctx)
		switch {
		case err != nil && ctx.Err() == nil:
			failures++
			t.log.Warn("outbox: tail failed and loads again", "error", err, "failures", failures)
			pause(ctx, backOff(failures+2))
			continue
		case moved:
			failures = 0
			continue
		}
		select {
		case <-ctx.Done():
		case <-t.wake:
		}
	}
}

// step loads, or handles one batch. Any failure makes the next step load again: the tables hold what
// the events would have said.
func (t *tail) step(ctx context.Context) (moved bool, err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if !t.loaded {
		return true, t.load(ctx)
	}
	defer func() {
		if err != nil {
			t.loaded = false
		}
	}()
	spans, err := t.ahead()
	if err != nil || len(spans) == 0 {
		return false, err
	}
	_, missing, err := t.src.readSpans(ctx, t.src.db, spans, t.kinds, t.opts.maxBytes)
	if err != nil {
		return false, err
	}
	if len(missing) > 0 {
		return false, missing[0]
	}
	deliveries, err := t.decode(spans)
	if err != nil {
		return false, err
	}
	if len(deliveries) > 0 {
		if err := guarded(func() error { return t.spec.handle(ctx, deliveries) }); err != nil {
			return false, fmt.Errorf("handle events of %s: %w", t.spec.source, err)
		}
	}
	for _, sp := range spans {
		t.pos[sp.lane] = sp.upto
		if len(sp.rows) > 0 {
			t.floor[sp.lane] = floorAfter(sp.rows[0])
		}
	}
	return true, nil
}

func (t *tail) load(ctx context.Context) error {
	heads, err := t.src.readHeads(ctx) // before the tables: what is published between comes twice, not never
	if err != nil {
		return err
	}
	if err := guarded(func() error { return t.spec.load(ctx) }); err != nil {
		return fmt.Errorf("load for tail of %s: %w", t.spec.source, err)
	}
	t.pos, t.floor, t.loaded = *heads, [ids.Lanes]time.Time{}, true
	for lane := range t.floor {
		t.floor[lane] = time.Now().UTC().Truncate(24*time.Hour).AddDate(0, 0, -2)
	}
	t.once.Do(func() { close(t.ready) })
	return nil
}

var errWentBack = errors.New("outbox: a head went back, so the outbox was restored or its server failed over")

// ahead returns what is new, at most a batch of it.
func (t *tail) ahead() ([]*span, error) {
	heads := t.src.heads()
	room := int64(t.opts.maxBatch)
	var spans []*span
	first := t.next
	for i := range ids.Lanes {
		lane := (first + i) % ids.Lanes
		if heads[lane] < t.pos[lane] {
			return nil, errWentBack
		}
		if heads[lane] == t.pos[lane] {
			continue
		}
		if room == 0 {
			t.next = lane
			break
		}
		n := min(room, heads[lane]-t.pos[lane])
		room -= n
		spans = append(spans, &span{lane: ids.Lane(lane), after: t.pos[lane], upto: t.pos[lane] + n, floor: t.floor[lane]})
	}
	slices.SortFunc(spans, func(a, b *span) int { return int(a.lane) - int(b.lane) })
	return spans, nil
}

func (t *tail) decode(spans []*span) ([]Delivery, error) {
	var deliveries []Delivery
	for _, sp := range spans {
		for i := range sp.rows {
			row := &sp.rows[i]
			kind, wanted := t.spec.kinds[row.kind]
			if !wanted {
				continue
			}
			d := Delivery{
				Source: t.spec.source, Lane: sp.lane, Pos: row.pos, Kind: row.kind, Key: row.key, At: row.at, Trace: row.trace,
			}
			if err := guarded(func() (err error) {
				d.Event, err = kind.read(row)
				return err
			}); err != nil {
				return nil, err
			}
			deliveries = append(deliveries, d)
		}
	}
	return deliveries, nil
}
