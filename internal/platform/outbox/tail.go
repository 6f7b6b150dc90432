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
	took   int // positions in the last batch
	pos    positions
	// restored is what the source's count was before the heads were noted.
	restored int64
	floor    [ids.Lanes]time.Time
	next     int
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

func (t *tail) poke(bool) {
	select {
	case t.wake <- struct{}{}:
	default:
	}
}

func (t *tail) run(ctx context.Context) {
	var rested time.Time
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
			rest, more := t.rest()
			if more { // nobody wakes it for what it has left
				pause(ctx, rest)
				continue
			}
			rested = time.Now().Add(rest)
		}
		select {
		case <-ctx.Done():
		case <-t.wake: // also where something came during the step
			if left := time.Until(rested); left > 0 { // no timer where nothing comes
				pause(ctx, left)
			}
		}
	}
}

// rest is how long the tail leaves what comes for the next batch: under load it takes many events at once,
// most of which others have published and have to be read. more says that something is there already.
func (t *tail) rest() (d time.Duration, more bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for lane, head := range t.src.heads() {
		more = more || head > t.pos[lane]
	}
	if t.took >= t.opts.maxBatch {
		return 0, more
	}
	return min(time.Duration(t.took)*tailEvent, paceMost), more
}

// tailEvent is for how long an event lets the next ones wait.
const tailEvent = 4 * time.Millisecond

// step loads, or handles one batch. Any failure makes the next step load again: the tables hold what
// the events would have said.
func (t *tail) step(ctx context.Context) (moved bool, err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if !t.loaded {
		t.took = 0
		return true, t.load(ctx)
	}
	defer func() {
		if err != nil {
			t.loaded = false
		}
	}()
	if err := t.src.makeSure(ctx); err != nil {
		return false, err
	}
	spans, err := t.ahead()
	if err != nil || len(spans) == 0 {
		return false, err
	}
	_, missing, err := t.src.readSpans(ctx, t.src.db, false, spans, t.kinds, t.opts.maxBytes)
	if err != nil {
		return false, err
	}
	if len(missing) > 0 {
		return false, missing[0]
	}
	if !t.src.stillThat(t.restored) {
		t.took = 0
		return true, nil // the next step looks
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
	t.took = 0
	for _, sp := range spans {
		t.took += int(sp.upto - t.pos[sp.lane])
		t.pos[sp.lane] = sp.upto
		if len(sp.rows) > 0 {
			t.floor[sp.lane] = floorAfter(sp.rows[0])
		}
	}
	return true, nil
}

func (t *tail) load(ctx context.Context) error {
	t.restored = t.src.restored.Load()
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
	if t.src.restored.Load() != t.restored {
		return nil, errWentBack
	}
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
		if t.spec.wanted != nil && !t.spec.wanted(ids.Lane(lane)) {
			t.pos[lane] = heads[lane]
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
