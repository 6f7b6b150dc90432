package outbox

import (
	"context"
	"errors"
	"fmt"
)

// apply gives the batch to the handler. When the batch fails because of what is in it, everything the
// handler did is undone and the events are given to it one by one.
func (b *batch) apply(ctx context.Context) error {
	tried, err := b.markBefore(ctx)
	if err != nil {
		return err
	}
	if tried {
		return b.parkUntried(ctx)
	}
	fits, err := b.wholeBatch(ctx)
	if err != nil {
		return err
	}
	if !fits {
		if err := b.oneByOne(ctx); err != nil {
			return err
		}
	}
	return b.afterHandle(ctx)
}

func (b *batch) afterHandle(ctx context.Context) error {
	if !b.opts.hooks.AfterHandle.between(afterHandle, b.spec.name) {
		return nil
	}
	if err := b.htx.flush(ctx); err != nil {
		return err
	}
	return b.opts.hooks.AfterHandle.call(ctx, b.spec.name, b.tx)
}

// wholeBatch reports false when the batch has to be gone through one by one.
func (b *batch) wholeBatch(ctx context.Context) (fits bool, err error) {
	deliveries := make([]Delivery, 0, len(b.items))
	for i := range b.items {
		it := &b.items[i]
		if b.blocked[it.keyInLane()] {
			b.parkBehind(it)
			continue
		}
		if it.undecodable() {
			b.parks = nil
			return false, nil
		}
		deliveries = append(deliveries, it.delivery)
	}
	if len(deliveries) > 0 {
		if err := b.handle(ctx, deliveries); err != nil {
			if b.lost(err) {
				return false, err
			}
			b.log.Debug("outbox: batch failed and is gone through one by one", "error", err, "events", len(deliveries))
			return false, b.undo(ctx)
		}
	}
	b.applied = len(deliveries)
	for _, c := range b.claims {
		c.done = c.upto
	}
	for i := range b.items {
		b.items[i].claim.wanted = true
	}
	return true, nil
}

// undo takes back everything since the cursors were claimed.
func (b *batch) undo(ctx context.Context) error {
	b.parks = nil
	b.applied = 0
	b.htx.reset(0)
	_, err := b.tx.Exec(ctx, "ROLLBACK TO SAVEPOINT "+batchSavepoint)
	return err
}

// oneByOne handles every event in a savepoint of its own. A lane whose next event must wait stops
// there; so does everything when too many keys were parked.
func (b *batch) oneByOne(ctx context.Context) error {
	budget, err := b.parkingBudget(ctx)
	if err != nil {
		return err
	}
	waiting := make(map[*claim]bool)
	for _, c := range b.claims {
		c.done = c.upto
	}
	for i := range b.items {
		it := &b.items[i]
		if waiting[it.claim] {
			continue
		}
		if b.blocked[it.keyInLane()] {
			b.parkBehind(it)
			it.claim.wanted = true
			continue
		}
		failure := it.err
		if failure == nil {
			failure = b.inSavepoint(ctx, it.delivery)
		}
		switch {
		case failure == nil:
			b.applied++
		case b.lost(failure):
			return failure
		case isLater(failure):
			waiting[it.claim] = true
			it.claim.done = it.row.pos - 1
			b.postpone(it, failure)
			continue
		case budget <= 0:
			b.stopAt(i, waiting)
			b.log.Error("outbox: too many keys were parked, the subscription pauses",
				withTrace(it.row.trace, "kind", it.row.kind, "lane", it.claim.lane, "pos", it.row.pos, "key", it.row.key, "error", failure)...)
			return nil
		default:
			budget--
			b.parkFailed(it, failure)
		}
		it.claim.wanted = true
	}
	return nil
}

// stopAt ends the round before item i: what comes before it, in order of lane and position, is done.
func (b *batch) stopAt(i int, waiting map[*claim]bool) {
	b.stopped = true
	at := b.items[i]
	if !waiting[at.claim] {
		at.claim.done = at.row.pos - 1
	}
	for _, c := range b.claims {
		if c.lane > at.claim.lane {
			c.done, c.wanted = c.after, false
		}
	}
}

func (b *batch) inSavepoint(ctx context.Context, d Delivery) error {
	if _, err := b.tx.Exec(ctx, "SAVEPOINT outbox_event"); err != nil {
		return err
	}
	published := len(b.htx.events)
	failure := b.handle(ctx, []Delivery{d})
	if failure == nil {
		failure = b.htx.flush(ctx)
	}
	end := "RELEASE SAVEPOINT outbox_event"
	if failure != nil {
		if b.lost(failure) {
			return failure
		}
		b.htx.reset(published)
		end = "ROLLBACK TO SAVEPOINT outbox_event"
	}
	if _, err := b.tx.Exec(ctx, end); err != nil {
		return err
	}
	return failure
}

// lost says that the round cannot go on with this transaction, whatever the events are like.
func (b *batch) lost(err error) bool {
	var hung *hungError
	return b.abandoned || errors.As(err, &hung) || b.tx.Conn().IsClosed() || isTransient(err) && !isLater(err)
}

func (it *item) undecodable() bool { return it.err != nil }

func (it *item) keyInLane() laneKey { return laneKey{it.claim.lane, it.row.key} }

// postpone leaves the lane of an event that must wait alone, longer each time.
func (b *batch) postpone(it *item, failure error) {
	later := fmt.Errorf("%s: %s at lane %d, position %d: %w", b.spec.name, it.row.kind, it.claim.lane, it.row.pos, failure)
	b.met.retries.Inc()
	b.mu.Lock()
	b.later = later
	b.waits[it.claim.lane]++
	waits := b.waits[it.claim.lane]
	b.mu.Unlock()
	b.leave(it.claim.lane, backOff(waits))
	if waits%60 == 10 { // they come every few seconds
		b.log.Warn("outbox: an event still has to wait, and its lane with it", withTrace(it.row.trace, "error", later, "attempts", waits)...)
	}
}
