package outbox

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"maru/internal/kernel/ids"
	"maru/internal/kernel/traceparent"
	"maru/internal/platform/event"
	"maru/internal/platform/failpoint"
)

// Publish stores events in tx: they are delivered if and only if tx commits. All are of one context,
// whose database tx is in. It is one round trip, and the last thing before the commit: from here on
// the lanes of the events are locked, so that positions follow the order of the commits. What a handler
// publishes is kept and goes with the cursors.
func Publish(ctx context.Context, tx pgx.Tx, events ...event.Event) error {
	if len(events) == 0 {
		return nil
	}
	if h, ok := tx.(*handlerTx); ok {
		rows, source, err := encode(traceparent.From(ctx), events)
		if err != nil {
			return err
		}
		return h.publish(rows, source)
	}
	rows, source, err := encode(traceparent.From(ctx), events)
	if err != nil {
		return err
	}
	var b pgx.Batch
	queueRows(&b, rows, source)
	if err := tx.SendBatch(ctx, &b).Close(); err != nil {
		return fmt.Errorf("publish %s: %w", events[0].EventKind(), err)
	}
	return nil
}

type outgoing struct {
	lane    ids.Lane
	kind    string
	version int
	key     string
	payload []byte
	trace   string

	number *Numbered // of events of a Numbering: payload is what comes before the number, tail what comes after
	tail   []byte
}

// queueRows locks the lanes in ascending order, all before the first insert, so that two transactions of
// many lanes wait for each other instead of dead-locking. What it returns is complete when the batch has
// been sent, and true when its transaction has committed.
//
// The clock is read here and not passed in: "at" measures when the event was stored, for the lag and
// for the partition; nobody orders by it.
func queueRows(b *pgx.Batch, rows []outgoing, source string) *published {
	slices.SortStableFunc(rows, func(a, b outgoing) int { return cmp.Compare(a.lane, b.lane) })
	sql := statements[source]
	now := failpoint.Now().UTC()
	day := now.Truncate(24 * time.Hour)

	told := queueHeads(b, sql, rows, day, now)
	if len(rows) == 1 {
		r := rows[0]
		b.Queue(sql.insertEvent, r.lane, 0, day, r.kind, r.version, r.key, r.payload, r.trace, now).Exec(affects(1))
		return told
	}
	c := columnsOf(rows)
	b.Queue(sql.insertEvents, c.lanes, c.back, c.kinds, c.versions, c.keys, c.payloads, c.traces, day, now).Exec(affects(len(rows)))
	return told
}

// queueHeads takes the positions of rows, which are sorted by lane.
func queueHeads(b *pgx.Batch, sql *statementsOf, rows []outgoing, day, now time.Time) *published {
	told := &published{lanes: make(map[ids.Lane]*publishedLane, 1)}
	var lanes []int16
	var taken []int32
	for first := 0; first < len(rows); {
		last := endOfLane(rows, first)
		lanes, taken = append(lanes, int16(rows[first].lane)), append(taken, int32(last-first)) //nolint:gosec // small numbers
		told.lanes[rows[first].lane] = publishedRows(rows[first:last], day, now)
		first = last
	}
	if len(lanes) == 1 {
		b.Queue(sql.takePositions, lanes[0], taken[0]).Query(told.readHeads)
	} else {
		b.Queue(sql.takeManyPositions, lanes, taken).Query(told.readHeads)
	}
	return told
}

// columns are the rows of many events as the arrays in which they are sent: one statement for all, since
// a statement each would cost more than the rows do.
type columns struct {
	lanes, versions               []int16
	back                          []int32
	kinds, keys, payloads, traces []string
}

func columnsOf(rows []outgoing) columns {
	n := len(rows)
	c := columns{
		lanes: make([]int16, n), versions: make([]int16, n), back: make([]int32, n),
		kinds: make([]string, n), keys: make([]string, n), payloads: make([]string, n), traces: make([]string, n),
	}
	for first := 0; first < n; {
		last := endOfLane(rows, first)
		for i := first; i < last; i++ {
			r := &rows[i]
			c.lanes[i], c.back[i], c.versions[i] = int16(r.lane), int32(last-1-i), int16(r.version) //nolint:gosec // small numbers
			c.kinds[i], c.keys[i], c.payloads[i], c.traces[i] = r.kind, r.key, string(r.payload), r.trace
		}
		first = last
	}
	return c
}

func endOfLane(rows []outgoing, first int) int {
	last := first + 1
	for last < len(rows) && rows[last].lane == rows[first].lane {
		last++
	}
	return last
}

func encode(trace string, events []event.Event) (rows []outgoing, source string, err error) {
	rows = make([]outgoing, 0, len(events))
	for _, e := range events {
		own := trace
		if t, ok := e.(traced); ok {
			e, own = t.Event, t.trace
		}
		from, _, err := splitName(e.EventKind())
		if err != nil {
			return nil, "", fmt.Errorf("publish %T: %w", e, err)
		}
		if source == "" {
			source = from
		}
		if from != source {
			return nil, "", fmt.Errorf("publish %s: events of %s and %s in one transaction", e.EventKind(), source, from)
		}
		lane := e.EventLane()
		if lane < 0 || lane >= ids.Lanes {
			return nil, "", fmt.Errorf("publish %s: lane %d does not exist", e.EventKind(), lane)
		}
		payload, err := json.Marshal(e)
		if err != nil {
			return nil, "", fmt.Errorf("publish %s: %w", e.EventKind(), err)
		}
		rows = append(rows, outgoing{
			lane: lane, kind: e.EventKind(), version: e.EventVersion(), key: e.EventKey(), payload: payload, trace: own,
		})
	}
	return rows, source, nil
}

var errNoHead = errors.New("outbox: the lane has no head row: is the schema's outbox migrated?")

// affects checks that a statement touched the rows it is about.
func affects(n int) func(pgconn.CommandTag) error {
	return func(tag pgconn.CommandTag) error {
		if tag.RowsAffected() != int64(n) {
			return errNoHead
		}
		return nil
	}
}
