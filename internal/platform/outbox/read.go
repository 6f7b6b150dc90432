package outbox

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"

	"maru/internal/kernel/ids"
	"maru/internal/platform/event"
)

// record is one row of an outbox. The payload is nil when the reader does not want the kind.
type record struct {
	pos     int64
	day     time.Time
	kind    string
	version int
	key     string
	payload []byte
	trace   string
	at      time.Time
	shared  *decoded // by the readers of this process; nil where the row was read for one of them
}

// decoded is a row's event, once somebody has decoded it.
type decoded struct {
	mu    sync.Mutex
	event event.Event
}

// span is a stretch of one lane, and what was read of it.
type span struct {
	lane ids.Lane
	// after is the last position that is done with, upto the last to be read. Positions have no gaps,
	// so upto-after rows are expected.
	after, upto int64
	// floor is a day before which the stretch has no rows, to leave old partitions alone; zero when it
	// is not known.
	floor time.Time
	// stored says that memory will not do: the stretch begins with an event that waits, and may have been
	// mended where it is stored.
	stored bool
	rows   []record
}

// missingError says that positions which were given out have no rows.
type missingError struct {
	source      string
	lane        ids.Lane
	after, upto int64
	found       int
	floored     bool // days before the floor were not looked at
}

func (e *missingError) Error() string {
	return fmt.Sprintf("outbox of %s, lane %d: %d of the %d events from %d to %d are missing",
		e.source, e.lane, int(e.upto-e.after)-e.found, e.upto-e.after, e.after+1, e.upto)
}

type batcher interface {
	SendBatch(ctx context.Context, b *pgx.Batch) pgx.BatchResults
}

// readSpans reads the rows of all spans, which are in the order of their lanes, in one round trip. It keeps at most maxBytes of payload (but
// at least one row): the upto of the spans that did not fit is lowered to what was kept, and full is
// true. A span whose rows are not all there is returned in missing, without rows.
//
// holds says that db is a connection that the caller has, and not a pool.
func (s *source) readSpans(ctx context.Context, db batcher, holds bool, spans []*span, kinds []string, maxBytes int) (full bool, missing []*missingError, err error) {
	if s.catchUp(ctx, db, spans, holds) {
		return false, nil, nil
	}
	for _, sp := range spans {
		sp.rows = nil
	}
	return s.scanSpans(s.query(ctx, db, spans, kinds), spans, maxBytes)
}

// query asks for the rows of spans. Those of many lanes come in one answer, in which a lane's rows stand
// together.
func (s *source) query(ctx context.Context, db batcher, spans []*span, kinds []string) pgx.BatchResults {
	var b pgx.Batch
	if len(spans) == 1 || s.apart {
		for _, sp := range spans {
			b.Queue(s.sql.readEvents, sp.lane, sp.after, sp.upto, dayOrEarliest(sp.floor), kinds, sp.upto-sp.after)
		}
		return db.SendBatch(ctx, &b)
	}
	lanes, after, upto := make([]ids.Lane, len(spans)), make([]int64, len(spans)), make([]int64, len(spans))
	floor, most := spans[0].floor, int64(0)
	for i, sp := range spans {
		lanes[i], after[i], upto[i] = sp.lane, sp.after, sp.upto
		most = max(most, sp.upto-sp.after)
		if sp.floor.Before(floor) {
			floor = sp.floor
		}
	}
	b.Queue(s.sql.readManyEvents, lanes, after, upto, dayOrEarliest(floor), kinds, most)
	return db.SendBatch(ctx, &b)
}

// spanReader takes the rows of spans as they come.
type spanReader struct {
	spans    []*span
	found    []int
	size     int
	maxBytes int
	full     bool
}

func (r *spanReader) take(i int, row record) {
	sp := r.spans[i]
	r.found[i]++
	r.full = r.full || r.size > 0 && r.size+len(row.payload) > r.maxBytes
	if !r.full {
		r.size += len(row.payload) + 1
		sp.rows = append(sp.rows, row)
	}
}

func (s *source) scanSpans(results pgx.BatchResults, spans []*span, maxBytes int) (full bool, missing []*missingError, err error) {
	defer func() { _ = results.Close() }()
	r := spanReader{spans: spans, found: make([]int, len(spans)), maxBytes: maxBytes}
	if len(spans) == 1 || s.apart {
		for i := range spans {
			if err := r.scanOne(results, i); err != nil {
				return false, nil, fmt.Errorf("read events of %s: %w", s.db.Name, err)
			}
		}
	} else if err := r.scanMany(results); err != nil {
		return false, nil, fmt.Errorf("read events of %s: %w", s.db.Name, err)
	}
	if err := results.Close(); err != nil {
		return false, nil, fmt.Errorf("read events of %s: %w", s.db.Name, err)
	}
	for i, sp := range spans {
		if int64(r.found[i]) != sp.upto-sp.after {
			missing = append(missing, &missingError{source: s.db.Name, lane: sp.lane, after: sp.after, upto: sp.upto, found: r.found[i], floored: !sp.floor.IsZero()})
			sp.upto, sp.floor, sp.rows = sp.after, time.Time{}, nil
			continue
		}
		if r.full {
			sp.upto = sp.after + int64(len(sp.rows))
		}
	}
	s.recent.noteSpans(spans)
	return r.full, missing, nil
}

func (r *spanReader) scanOne(results pgx.BatchResults, i int) error {
	rows, err := results.Query()
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var row record
		if err := rows.Scan(&row.pos, &row.day, &row.kind, &row.version, &row.key, &row.payload, &row.trace, &row.at); err != nil {
			return err
		}
		r.take(i, row)
	}
	return rows.Err()
}

// errOrder is for a server that gives the rows otherwise than they were asked for.
var errOrder = errors.New("outbox: the events of the lanes came in another order")

// scanMany reads rows that come lane by lane as the spans do, each lane's by position.
func (r *spanReader) scanMany(results pgx.BatchResults) error {
	rows, err := results.Query()
	if err != nil {
		return err
	}
	defer rows.Close()
	i := 0
	for rows.Next() {
		var row record
		var lane ids.Lane
		if err := rows.Scan(&lane, &row.pos, &row.day, &row.kind, &row.version, &row.key, &row.payload, &row.trace, &row.at); err != nil {
			return err
		}
		for i < len(r.spans) && r.spans[i].lane != lane {
			i++
		}
		if i == len(r.spans) {
			return errOrder
		}
		if last := r.spans[i].rows; len(last) > 0 && last[len(last)-1].pos >= row.pos {
			return errOrder
		}
		r.take(i, row)
	}
	return rows.Err()
}

// floorAfter is the day below which events after r cannot be: positions follow the commits and days
// the publishers' clocks, which may differ, but not by a day.
func floorAfter(r record) time.Time { return r.day.AddDate(0, 0, -1) }

func dayOrEarliest(day time.Time) time.Time {
	if day.IsZero() {
		return time.Unix(0, 0).UTC()
	}
	return day
}
