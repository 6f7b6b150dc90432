package outbox

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"maru/internal/kernel/businessday"
	"maru/internal/kernel/ids"
	"maru/internal/platform/event"
	"maru/internal/platform/failpoint"
	"maru/internal/platform/postgres"
)

// Numbering publishes events with a number in them that is taken in the same transaction, from a counter
// of the store's day. The number would have to be read first, and the event sent in a second round trip;
// instead the database writes it into the event's JSON.
type Numbering struct {
	schema    string
	hole      []byte
	one, many string
}

// Numbered is an event whose number is still 0.
type Numbered struct {
	Event event.Event
	Store ids.StoreID
	Day   businessday.Date
	// Behind is how many numbers of the day were taken after this event's.
	Behind int
	// Trace is that of the request, as its context carried it (see package traceparent), or empty.
	Trace string
	// With returns the event with its number. It must be what reading the event's JSON gives, and nobody may
	// write to it any more: subscriptions of this process get it as it is.
	With func(number int) event.Event
}

// NewNumbering returns the Numbering of a context's events. member is the number's name in their JSON.
// counter is a scalar subquery for the last number taken, over e.lane, e.store and e.day.
func NewNumbering(schema, member, counter string) *Numbering {
	in := func(sql string) string {
		return strings.NewReplacer("{schema}", schema, "{counter}", counter).Replace(sql)
	}
	return &Numbering{
		schema: schema, hole: []byte(`"` + member + `":0`),
		one: in(`
INSERT INTO {schema}.outbox (lane, pos, day, kind, version, key, payload, trace, at)
SELECT e.lane, (SELECT h.pos FROM {schema}.outbox_head h WHERE h.lane = e.lane),
	$2::date, $3::text, $4::smallint, $5::text, ($6::text || ({counter})::text || $7::text)::json, $8::text, $9::timestamptz
FROM (SELECT $1::smallint AS lane, $10::uuid AS store, $11::date AS day) AS e
RETURNING lane, pos, payload`),
		// One array in a subselect makes the planner expect ten rows with and without their number: it would
		// plan smaller groups anew each time (docs/adr/0044).
		many: in(`
INSERT INTO {schema}.outbox (lane, pos, day, kind, version, key, payload, trace, at)
SELECT e.lane, (SELECT h.pos FROM {schema}.outbox_head h WHERE h.lane = e.lane) - e.back,
	$8::date, e.kind, e.version, e.key, (e.payload || (({counter}) - e.behind)::text || e.tail)::json, e.trace, $9::timestamptz
FROM (
	SELECT unnest((SELECT $1::smallint[])) AS lane, unnest($2::int[]) AS back, unnest($3::text[]) AS kind, unnest($4::smallint[]) AS version,
		unnest($5::text[]) AS key, unnest($6::text[]) AS payload, unnest($7::text[]) AS trace,
		unnest($10::text[]) AS tail, unnest($11::uuid[]) AS store, unnest($12::date[]) AS day, unnest($13::int[]) AS behind
) AS e
RETURNING lane, pos, payload`),
	}
}

// Queue adds to p the statements that publish the events: the numbered ones and others, all of the
// Numbering's context. They must be the last of the transaction, behind the one that takes the numbers.
func (n *Numbering) Queue(p *postgres.Pipeline, numbered []Numbered, others []event.Event) error {
	rows := make([]outgoing, 0, len(numbered)+len(others))
	for i := range numbered {
		row, err := n.encode(&numbered[i])
		if err != nil {
			return err
		}
		rows = append(rows, row)
	}
	if len(others) > 0 {
		more, source, err := encode("", others)
		if err != nil {
			return err
		}
		if source != n.schema {
			return fmt.Errorf("publish %s: it is not an event of %s", others[0].EventKind(), n.schema)
		}
		rows = append(rows, more...)
	}
	if len(rows) == 0 {
		return nil
	}
	slices.SortStableFunc(rows, func(a, b outgoing) int { return cmp.Compare(a.lane, b.lane) })
	sql := statements[n.schema]
	now := failpoint.Now().UTC()
	day := now.Truncate(24 * time.Hour)
	told := queueHeads(p.Batch, sql, rows, day, now)
	n.queueRows(p.Batch, rows, day, now, told)
	p.Note = told
	return nil
}

func (n *Numbering) encode(e *Numbered) (outgoing, error) {
	rows, source, err := encode(e.Trace, []event.Event{e.Event})
	if err != nil {
		return outgoing{}, err
	}
	row := rows[0]
	at := bytes.Index(row.payload, n.hole)
	if at < 0 || source != n.schema {
		return outgoing{}, fmt.Errorf("publish %s: it is not an event of %s with %s", row.kind, n.schema, n.hole)
	}
	end := at + len(n.hole)
	row.payload, row.tail, row.number = row.payload[:end-1], row.payload[end:], e
	return row, nil
}

// queueRows sends the numbered rows and the others each in a statement of their own; all know their
// place in their lane.
func (n *Numbering) queueRows(b *pgx.Batch, rows []outgoing, day, now time.Time, told *published) {
	if len(rows) == 1 && rows[0].number != nil {
		r := rows[0]
		b.Queue(n.one, r.lane, day, r.kind, r.version, r.key, string(r.payload), string(r.tail), r.trace, now, r.number.Store, r.number.Day).
			Query(told.readNumbered)
		return
	}
	c := columnsOf(rows)
	var with, without columns
	var tails []string
	var stores []uuid.UUID
	var days []businessday.Date
	var behind []int32
	for i := range rows {
		if rows[i].number == nil {
			without.take(&c, i)
			continue
		}
		with.take(&c, i)
		tails, stores = append(tails, string(rows[i].tail)), append(stores, rows[i].number.Store.UUID)
		days, behind = append(days, rows[i].number.Day), append(behind, int32(rows[i].number.Behind)) //nolint:gosec // a group's size
	}
	if k := len(with.lanes); k > 0 {
		b.Queue(n.many, with.lanes, with.back, with.kinds, with.versions, with.keys, with.payloads, with.traces, day, now,
			tails, stores, days, behind).Query(told.readNumbered)
	}
	if k := len(without.lanes); k > 0 {
		b.Queue(statements[n.schema].insertEvents, without.lanes, without.back, without.kinds, without.versions, without.keys,
			without.payloads, without.traces, day, now).Exec(affects(k))
	}
}

// take appends row i of from.
func (c *columns) take(from *columns, i int) {
	c.lanes, c.back, c.versions = append(c.lanes, from.lanes[i]), append(c.back, from.back[i]), append(c.versions, from.versions[i])
	c.kinds, c.keys = append(c.kinds, from.kinds[i]), append(c.keys, from.keys[i])
	c.payloads, c.traces = append(c.payloads, from.payloads[i]), append(c.traces, from.traces[i])
}
