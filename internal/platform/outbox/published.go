package outbox

import (
	"errors"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"

	"maru/internal/kernel/ids"
)

// published is what a transaction of this process stored. Told to the source when the transaction has
// committed, it saves two round trips for every order: nobody has to ask for the heads, nor for the rows.
type published struct {
	lanes map[ids.Lane]*publishedLane
}

// publishedLane is a stretch of one lane, without a gap, that ends at upto.
type publishedLane struct {
	upto    int64
	rows    []record
	numbers []*Numbered // of the rows of a Numbering
}

// publishedRows are rows of one lane, whose positions are not known yet.
func publishedRows(rows []outgoing, day, now time.Time) *publishedLane {
	l := &publishedLane{rows: make([]record, len(rows))}
	for i := range rows {
		r := &rows[i]
		if r.number != nil {
			if l.numbers == nil {
				l.numbers = make([]*Numbered, len(rows))
			}
			l.numbers[i] = r.number
		}
		l.rows[i] = record{
			day: day, kind: r.kind, version: r.version, key: r.key, payload: r.payload, trace: r.trace, at: now.Truncate(time.Microsecond), // as it is stored
		}
	}
	return l
}

// readHeads reads where the lanes end, which must be all of them: one without a head would lose its
// events.
func (p *published) readHeads(rows pgx.Rows) error {
	var lane ids.Lane
	var upto int64
	n := 0
	_, err := pgx.ForEachRow(rows, []any{&lane, &upto}, func() error {
		n++
		l := p.lanes[lane]
		if l == nil {
			return errNoHead
		}
		l.upto = upto
		for i := range l.rows {
			l.rows[i].pos = upto - int64(len(l.rows)-1-i)
		}
		return nil
	})
	if err == nil && n != len(p.lanes) {
		err = errNoHead
	}
	return err
}

// readNumbered reads the payloads that only the database knew, which must be those of all numbered events.
func (p *published) readNumbered(rows pgx.Rows) error {
	var lane ids.Lane
	var pos int64
	var payload []byte
	missing := 0
	for _, l := range p.lanes {
		for _, n := range l.numbers {
			if n != nil {
				missing++
			}
		}
	}
	_, err := pgx.ForEachRow(rows, []any{&lane, &pos, &payload}, func() error {
		missing--
		l := p.lanes[lane]
		if l == nil || pos > l.upto || pos <= l.upto-int64(len(l.rows)) {
			return errNoHead
		}
		i := pos - l.upto + int64(len(l.rows)) - 1
		r := &l.rows[i]
		before := len(r.payload)
		r.payload = payload
		if n := l.numbers[i]; n != nil && n.With != nil {
			number, err := leadingNumber(payload[before:])
			if err != nil {
				return err
			}
			r.shared = &decoded{event: n.With(number)}
		}
		return nil
	})
	if err == nil && missing != 0 {
		err = errNotAll
	}
	return err
}

var errNotAll = errors.New("outbox: the database did not store every event")

func leadingNumber(text []byte) (int, error) {
	end := 0
	for end < len(text) && text[end] >= '0' && text[end] <= '9' {
		end++
	}
	return strconv.Atoi(string(text[:end]))
}

// concerns reports whether any of the events is of one of the kinds.
func (p *published) concerns(kinds map[string]Kind) bool {
	for _, l := range p.lanes {
		for i := range l.rows {
			if _, wanted := kinds[l.rows[i].kind]; wanted {
				return true
			}
		}
	}
	return false
}
