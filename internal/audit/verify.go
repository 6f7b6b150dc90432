package audit

import (
	"bytes"
	"context"
	"encoding/hex"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"maru/internal/audit/internal/auditdb"
	"maru/internal/kernel/businessday"
	"maru/internal/platform/outbox"
	"maru/internal/platform/postgres"
)

// ChainDay is one day of one chain, as it was verified.
type ChainDay struct {
	Source  string
	Day     businessday.Date
	Entries int64
	Hash    string // hexadecimal, of the last entry: it stands for everything before it
}

// String is the day's line: what Verify was given is compared with it, so it never changes.
func (d ChainDay) String() string {
	return fmt.Sprintf("%s %s %d %s", d.Source, d.Day, d.Entries, d.Hash)
}

// Report says what was verified and what is wrong. Nothing is wrong when Problems is empty.
type Report struct {
	Days     []ChainDay
	Problems []string
}

const verifiedAtATime = 5000

// Verify reads the whole trail and computes every hash again. It finds entries that were changed,
// removed, put in by hand or put in another order, and days that were removed from the middle or the
// beginning. That the end of the trail was cut off, with all that tells of it in the chain, shows where the
// event that an entry was made of is still in its outbox, or where somebody is noted to have acted later than
// the trail says; always only against lines of an earlier report that were kept elsewhere: seen are such lines.
//
// outboxes returns the database of a context, to look into its outbox. keys are all keys that were ever in use, in any order; the trail's
// own is always tried. Where the trail has a key, a day that was bound without one is a problem, unless it is before unkeyedBefore: anybody
// can make such a day anew, and what the database says of keys could be made anew with it.
func (s *Service) Verify(ctx context.Context, outboxes func(context string) *postgres.DB, keys []Key, seen []string, unkeyedBefore businessday.Date) (Report, error) {
	var r Report
	opts := pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly}
	err := pgx.BeginTxFunc(ctx, s.db.Pool, opts, func(tx pgx.Tx) error {
		r = Report{}
		v := verification{q: auditdb.New(tx), report: &r, keys: map[string]Key{"": {}, s.key.id(): s.key}, at: map[string][]byte{}, unread: map[string]bool{}}
		for _, k := range keys {
			v.keys[k.id()] = k
		}
		v.keyed, v.unkeyedBefore = s.key.id() != "", unkeyedBefore
		for _, line := range seen {
			v.expect(line)
		}
		v.owed = map[eventAt]string{}
		for _, source := range sources {
			if err := v.owes(ctx, tx, source.name, outboxes(source.name)); err != nil {
				return err
			}
		}
		return v.run(ctx)
	})
	if err != nil {
		return Report{}, fmt.Errorf("verify the audit trail: %w", err)
	}
	return r, nil
}

type verification struct {
	q      *auditdb.Queries
	report *Report
	keys   map[string]Key
	at     map[string][]byte // "source day n" of lines of earlier reports, and the hash there
	unread map[string]bool   // "source day" of days that could not be followed to their end
	// keyed says that days have to be bound with a key, from unkeyedBefore on.
	keyed         bool
	unkeyedBefore businessday.Date
	owed          map[eventAt]string // the kinds of events that there has to be an entry of
}

// eventAt is the place of an event.
type eventAt struct {
	source string
	lane   int16
	pos    int64
}

// owes notes the last event of each lane that the trail has read: whatever is cut off the end of a chain, the
// newest entries go with it.
func (v *verification) owes(ctx context.Context, tx pgx.Tx, source string, db *postgres.DB) error {
	lanes, err := outbox.PassedBy(ctx, tx, "audit", db, subscription(source), kindsOf(source))
	if err != nil {
		return err
	}
	for _, l := range lanes {
		if l.Newest > 0 && l.Newest < l.Cursor {
			v.problem("%s: events %d to %d of lane %d were removed from the outbox", source, l.Newest+1, l.Cursor, l.Lane)
		}
		if l.Pos > 0 {
			v.owed[eventAt{source, int16(l.Lane), l.Pos}] = l.Kind
		}
	}
	return nil
}

// unpaid reports the events without an entry. Where a day could not be followed, entries are not known to be gone.
func (v *verification) unpaid() {
	lost := map[string]int{}
	example := map[string]string{}
	for at, kind := range v.owed {
		lost[at.source]++
		example[at.source] = max(example[at.source], fmt.Sprintf("%s at position %d of lane %d", kind, at.pos, at.lane))
	}
	for day := range v.unread {
		delete(lost, strings.Fields(day)[0])
	}
	for source, n := range lost {
		v.problem("%s: of %d events that were read into the trail there is no entry, such as %s: the end was cut off, or the subscription was set past them",
			source, n, example[source])
	}
}

func (v *verification) problem(format string, args ...any) {
	v.report.Problems = append(v.report.Problems, fmt.Sprintf(format, args...))
}

// stop is problem for what keeps a day from being followed any further. What earlier reports say of the rest of
// it is not known then, and not gone.
func (v *verification) stop(d auditdb.AuditChainDay, format string, args ...any) {
	v.unread[d.Source+" "+d.Day.String()] = true
	v.problem("%s %s: %s", d.Source, d.Day, fmt.Sprintf(format, args...))
}

// expect notes a line of an earlier report.
func (v *verification) expect(line string) {
	parts := strings.Fields(line)
	if len(parts) == 0 {
		return
	}
	if len(parts) == 4 {
		if sum, err := hex.DecodeString(parts[3]); err == nil {
			v.at[strings.Join(parts[:3], " ")] = sum
			return
		}
	}
	v.problem("%q is not a line of a report", line)
}

func (v *verification) run(ctx context.Context) error {
	days, err := v.q.ChainDays(ctx)
	if err != nil {
		return err
	}
	heads, err := v.q.Heads(ctx)
	if err != nil {
		return err
	}
	counted, err := v.q.CountEntries(ctx)
	if err != nil {
		return err
	}
	known := map[string]int64{}
	last := map[string]auditdb.AuditChainDay{}
	previous := map[string][]byte{}
	for _, d := range days {
		hash, err := v.day(ctx, d, previous[d.Source])
		if err != nil {
			return err
		}
		previous[d.Source], last[d.Source] = hash, d
		known[d.Source+" "+d.Day.String()] = d.N
	}
	for _, c := range counted {
		if n := known[c.Source+" "+c.Day.String()]; n != c.N {
			v.problem("%s %s: there are %d entries, the chain has %d", c.Source, c.Day, c.N, n)
		}
	}
	for _, h := range heads {
		d, left := last[h.Source]
		if !left {
			v.problem("%s: the chain should end at %s, entry %d; nothing of it is left", h.Source, h.Day, h.N)
			continue
		}
		if h.Day != d.Day || h.N != d.N || !bytes.Equal(h.Hash, d.Hash) {
			v.problem("%s: the chain should end at %s, entry %d; its last day is %s with %d entries", h.Source, h.Day, h.N, d.Day, d.N)
		}
	}
	later, err := v.q.PersonsSeenLater(ctx)
	if err != nil {
		return err
	}
	for _, p := range later {
		v.problem("%s (%s) is noted to have done something at %s, and there is no entry of that moment", p.Name, p.MemberID, p.LastAt.UTC().Format(time.RFC3339))
	}
	v.unpaid()
	for place := range v.at {
		if day := place[:strings.LastIndexByte(place, ' ')]; !v.unread[day] {
			v.problem("%s: was in an earlier report and is gone", place)
		}
	}
	return nil
}

// day follows one day of a chain from the hash before it and returns the last hash.
func (v *verification) day(ctx context.Context, d auditdb.AuditChainDay, previous []byte) ([]byte, error) {
	key, ok := v.keys[d.KeyID]
	if !ok {
		v.stop(d, "was bound with key %s, which was not given", d.KeyID)
		return d.Hash, nil
	}
	if d.KeyID == "" && v.keyed && !d.Day.Before(v.unkeyedBefore) {
		v.problem("%s %s: was bound without a key, which whoever writes to the database could have done; where the key came into use later, say -unkeyed-before and its first day", d.Source, d.Day)
	}
	hash, n := previous, int64(0)
	b := key.binder()
	for n < d.N {
		entries, err := v.q.EntriesOfDay(ctx, auditdb.EntriesOfDayParams{Source: d.Source, Day: d.Day, AfterN: n, AtMost: verifiedAtATime})
		if err != nil {
			return nil, err
		}
		if len(entries) == 0 {
			v.stop(d, "entries %d to %d are missing", n+1, d.N)
			return d.Hash, nil
		}
		for i := range entries {
			e := &entries[i]
			delete(v.owed, eventAt{e.Source, e.SourceLane, e.SourcePos})
			n++
			if e.N != n {
				v.stop(d, "entry %d is missing", n)
				return d.Hash, nil
			}
			want := b.bind(hash, e)
			if !bytes.Equal(want, e.Hash) {
				v.stop(d, "entry %d (%s, %s %s, by %s) or what is before it was changed", n, e.At.Format("15:04:05"), e.ObjectKind, e.Action, e.Actor)
				return d.Hash, nil
			}
			hash = e.Hash
			place := fmt.Sprintf("%s %s %d", d.Source, d.Day, n)
			if sum, seen := v.at[place]; seen {
				delete(v.at, place)
				if !bytes.Equal(sum, hash) {
					v.problem("%s: the hash is another than in an earlier report: the chain was made anew", place)
				}
			}
		}
	}
	if !bytes.Equal(hash, d.Hash) {
		v.problem("%s %s: the day does not end with the hash that was noted", d.Source, d.Day)
	}
	v.report.Days = append(v.report.Days, ChainDay{Source: d.Source, Day: d.Day, Entries: d.N, Hash: hex.EncodeToString(d.Hash)})
	return d.Hash, nil
}
