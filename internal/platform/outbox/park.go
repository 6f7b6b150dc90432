package outbox

import (
	"context"
	"fmt"
	"time"
	"unicode/utf8"

	"github.com/jackc/pgx/v5"

	"maru/internal/kernel/ids"
	"maru/internal/platform/postgres"
)

const (
	// A subscription may park this many keys in this time. More is a mistake in the handler and not in
	// the events, and parking the world would only make the repair longer.
	parkMost   = 20
	parkWindow = time.Minute

	errorMost = 2000 // bytes of an error that are stored
)

// park is an event on its way to the parked ones.
type park struct {
	item   *item
	reason string
	first  bool // its key was not blocked before
}

func (b *batch) parkFailed(it *item, failure error) {
	b.blocked[it.keyInLane()] = true
	b.parks = append(b.parks, park{item: it, reason: failure.Error(), first: true})
	b.log.Error("outbox: event parked", withTrace(it.row.trace, "kind", it.row.kind, "lane", it.claim.lane, "pos", it.row.pos,
		"key", it.row.key, "error", failure)...)
}

func (b *batch) parkBehind(it *item) {
	b.parks = append(b.parks, park{item: it, reason: "waits behind an earlier event of its key"})
}

// parkingBudget is how many more keys the subscription may park now. The count is taken from the
// database, so that it holds for all replicas and through restarts.
func (b *batch) parkingBudget(ctx context.Context) (int, error) {
	b.mu.Lock()
	paused := b.paused
	b.mu.Unlock()
	if paused {
		return 0, nil
	}
	var recent int
	err := b.tx.QueryRow(ctx, b.sql.recentlyParked, b.spec.name, time.Now().Add(-parkWindow)).Scan(&recent)
	return parkMost - recent, err
}

func (b *batch) queueParks(q *pgx.Batch) {
	now := time.Now()
	for _, p := range b.parks {
		row, lane := p.item.row, p.item.claim.lane
		q.Queue(b.sql.insertParked, lane, b.spec.name, row.pos, b.spec.source, row.kind, row.version, row.key,
			row.payload, row.trace, row.at, storedError(p.reason), boolToInt(p.first), now)
		if p.first {
			q.Queue(b.sql.insertParkedKey, lane, b.spec.name, row.key, now)
		}
	}
}

func boolToInt(b bool) int {
	if b {
		return 1
	}
	return 0
}

// storedError cuts an error to what is kept of it, in valid text.
func storedError(s string) string {
	if len(s) > errorMost {
		s = s[:errorMost]
	}
	valid := make([]rune, 0, len(s))
	for _, r := range s {
		if r != 0 && r != utf8.RuneError {
			valid = append(valid, r)
		}
	}
	return string(valid)
}

// pauseIfStopped ends a round's part in the question whether the subscription parks too much: a round
// that had to stop pauses it, a whole one ends the pause.
func (r *runner) pauseIfStopped(stopped bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.paused = stopped
	if stopped {
		r.pausedUntil = time.Now().Add(pausedPause)
		r.met.paused.Set(1)
		return
	}
	r.met.paused.Set(0)
}

// ParkedEvent is an event that a subscription could not apply, or one that waits behind such.
type ParkedEvent struct {
	Subscription string
	Source       string
	Lane         ids.Lane
	Pos          int64
	Kind         string
	Version      int
	Key          string
	Payload      []byte
	Trace        string
	At           time.Time
	// Error is why it was parked, or why the last retry failed.
	Error string
	// Attempts is how often it was tried one by one; 0 when it only waits for its key.
	Attempts int
	ParkedAt time.Time
}

// parkedPage is how many parked events are read at once.
const parkedPage = 500

// Parked lists parked events of all subscriptions, at most 500 of each subscribing context, in order
// of subscription, lane and position. EachParked has no such end.
func (d *Dispatcher) Parked(ctx context.Context) ([]ParkedEvent, error) {
	var all []ParkedEvent
	for _, db := range d.dbs.All() {
		some, err := parkedAfter(ctx, db, ParkedEvent{}, parkedPage)
		if err != nil {
			return nil, err
		}
		all = append(all, some...)
	}
	return all, nil
}

// EachParked calls fn with every parked event, in the order of Parked, until it returns an error. They are
// read page by page: what is retried meanwhile may be missing, and nothing comes twice.
func (d *Dispatcher) EachParked(ctx context.Context, fn func(ParkedEvent) error) error {
	for _, db := range d.dbs.All() {
		for last, more := (ParkedEvent{}), true; more; {
			page, err := parkedAfter(ctx, db, last, parkedPage)
			if err != nil {
				return err
			}
			for _, p := range page {
				if err := fn(p); err != nil {
					return err
				}
				last = p
			}
			more = len(page) == parkedPage
		}
	}
	return nil
}

// parkedAfter reads parked events of a context behind one of them; the zero one is before all.
func parkedAfter(ctx context.Context, db *postgres.DB, last ParkedEvent, most int) ([]ParkedEvent, error) {
	rows, err := db.Query(ctx, statements[db.Name].parkedList, most, last.Subscription, last.Lane, last.Pos)
	if err != nil {
		return nil, fmt.Errorf("parked events in %s: %w", db.Name, err)
	}
	page, err := pgx.CollectRows(rows, scanParked)
	if err != nil {
		return nil, fmt.Errorf("parked events in %s: %w", db.Name, err)
	}
	return page, nil
}

func scanParked(row pgx.CollectableRow) (ParkedEvent, error) {
	var p ParkedEvent
	err := row.Scan(&p.Lane, &p.Subscription, &p.Pos, &p.Source, &p.Kind, &p.Version, &p.Key, &p.Payload,
		&p.Trace, &p.At, &p.Error, &p.Attempts, &p.ParkedAt)
	return p, err
}
