package outbox

import (
	"context"
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
	rows  []record
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

// readSpans reads the rows of all spans in one round trip. It keeps at most maxBytes of payload (but
// at least one row): the upto of the spans that did not fit is lowered to what was kept, and full is
// true. A span whose rows are not all there is returned in missing, without rows.
func (s *source) readSpans(ctx context.Context, db batcher, spans []*span, kinds []string, maxBytes int) (full bool, missing []*missingError, err error) {
	if s.recent.fill(spans) {
		return false, nil, nil
	}
	var b pgx.Batch
	for _, sp := range spans {
		b.Queue(s.sql.readEvents, sp.lane, sp.after, sp.upto, dayOrEarliest(sp.floor), kinds, sp.upto-sp.after)
	}
	return s.scanSpans(db.SendBatch(ctx, &b), spans, maxBytes)
}

func (s *source) scanSpans(results pgx.BatchResults, spans []*span, maxBytes int) (full bool, missing []*missingError, err error) {
	defer func() { _ = results.Close() }()
	size := 0
	var gaps []*span
	for _, sp := range spans {
		rows, err := results.Query()
		if err != nil {
			return false, nil, fmt.Errorf("read events of %s: %w", s.db.Name, err)
		}
		found := 0
		last := sp.after
		for rows.Next() {
			var r record
			if err := rows.Scan(&r.pos, &r.day, &r.kind, &r.version, &r.key, &r.payload, &r.trace, &r.at); err != nil {
				return false, nil, fmt.Errorf("read events of %s: %w", s.db.Name, err)
			}
			found++
			full = full || (size > 0 && size+len(r.payload) > maxBytes)
			if !full {
				size += len(r.payload) + 1
				sp.rows = append(sp.rows, r)
				last = r.pos
			}
		}
		if err := rows.Err(); err != nil {
			return false, nil, fmt.Errorf("read events of %s: %w", s.db.Name, err)
		}
		if int64(found) != sp.upto-sp.after {
			gaps = append(gaps, sp)
			missing = append(missing, &missingError{source: s.db.Name, lane: sp.lane, after: sp.after, upto: sp.upto, found: found, floored: !sp.floor.IsZero()})
			sp.rows = nil
			last = sp.after
		}
		if full {
			sp.upto = last
		}
	}
	if err := results.Close(); err != nil {
		return false, nil, fmt.Errorf("read events of %s: %w", s.db.Name, err)
	}
	for _, sp := range gaps {
		sp.upto, sp.floor = sp.after, time.Time{}
	}
	return full, missing, nil
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
