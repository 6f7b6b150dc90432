package outbox

import (
	"context"
	"errors"
	"fmt"
	"time"

	"maru/internal/kernel/ids"
)

// Drain delivers until nothing is pending: what is published when it is called, and everything that
// the handlers publish meanwhile, through subscriptions of subscriptions; tails are loaded and fed.
// It works alone as well as beside Run and other replicas. Parked events do not keep it; it returns
// an error when an event still says Later although nothing else moves any more, when a subscription
// pauses or a lane is refused, when a tail fails (the next Drain loads it again), and when the
// database fails repeatedly.
func (d *Dispatcher) Drain(ctx context.Context) error {
	for {
		moved, pending, err := d.pass(ctx)
		switch {
		case err != nil:
			return err
		case moved:
			continue
		case pending == nil:
			return nil
		case errors.Is(pending, errElsewhere):
			if !pause(ctx, 2*time.Millisecond) {
				return ctx.Err()
			}
		default:
			return pending
		}
	}
}

var (
	errElsewhere = errors.New("outbox: lanes are in work elsewhere")
	errPaused    = errors.New("outbox: too many keys were parked")
)

// pass gives every subscription and tail its turn. It reports whether anything moved, and if not, why
// something is still pending.
func (d *Dispatcher) pass(ctx context.Context) (moved bool, pending, err error) {
	for _, s := range d.sources {
		if _, err := s.readHeads(ctx); err != nil {
			return false, nil, err
		}
	}
	for _, r := range d.runners {
		m, p, err := r.drain(ctx)
		if err != nil {
			return false, nil, err
		}
		moved = moved || m
		if pending == nil || errors.Is(pending, errElsewhere) && p != nil {
			pending = p
		}
	}
	for _, t := range d.tails {
		for more := true; more; {
			if more, err = t.step(ctx); err != nil {
				return false, nil, err
			}
			moved = moved || more
		}
	}
	return moved, pending, nil
}

// drain runs rounds until one does not move, and says what is left then.
func (r *runner) drain(ctx context.Context) (moved bool, pending, err error) {
	const attempts = 8
	if err := r.prepare(ctx); err != nil {
		return false, nil, err
	}
	if err := r.refresh(ctx); err != nil {
		return false, nil, err
	}
	r.mu.Lock()
	r.later = nil
	for lane := range r.passedSince {
		r.passedSince[lane] = time.Time{} // the end of a drain stores what was passed over
	}
	r.mu.Unlock()
	for failures := 0; ; {
		progress, err := r.round(ctx, true)
		if err != nil {
			if failures++; failures == attempts || !isTransient(err) {
				return moved, nil, err
			}
			r.failed(err)
			if !pause(ctx, backOff(failures)) {
				return moved, nil, ctx.Err()
			}
			continue
		}
		if !progress {
			break
		}
		moved = true
	}
	return moved, r.left(), nil
}

// left says why the subscription is not at the heads, or nil when it is.
func (r *runner) left() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.paused {
		return fmt.Errorf("%s: %w", r.spec.name, errPaused)
	}
	for lane := range r.refused {
		return fmt.Errorf("%s: cursor of lane %d is ahead of its head", r.spec.name, lane)
	}
	heads := r.src.heads()
	for lane := range ids.Lane(ids.Lanes) {
		if !r.ahead(lane, heads) {
			continue
		}
		if gap := r.gaps[lane]; gap != nil {
			return gap
		}
		if r.later != nil {
			return r.later
		}
		return errElsewhere
	}
	return nil
}
