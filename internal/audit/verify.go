package audit

import (
	"bytes"
	"context"
	"encoding/hex"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"

	"maru/internal/audit/internal/auditdb"
	"maru/internal/kernel/businessday"
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
// beginning. That the end of the trail was cut off shows only against lines of an earlier report that
// were kept elsewhere: seen are such lines.
//
// keys are all keys that were ever in use, in any order; the trail's own and the zero Key are always tried.
func (s *Service) Verify(ctx context.Context, keys []Key, seen []string) (Report, error) {
	var r Report
	opts := pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly}
	err := pgx.BeginTxFunc(ctx, s.db.Pool, opts, func(tx pgx.Tx) error {
		r = Report{}
		v := verification{q: auditdb.New(tx), report: &r, keys: map[string]Key{"": {}, s.key.id(): s.key}, at: map[string][]byte{}}
		for _, k := range keys {
			v.keys[k.id()] = k
		}
		for _, line := range seen {
			v.expect(line)
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
}

func (v *verification) problem(format string, args ...any) {
	v.report.Problems = append(v.report.Problems, fmt.Sprintf(format, args...))
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
		d := last[h.Source]
		if h.Day != d.Day || h.N != d.N || !bytes.Equal(h.Hash, d.Hash) {
			v.problem("%s: the chain should end at %s, entry %d; its last day is %s with %d entries", h.Source, h.Day, h.N, d.Day, d.N)
		}
	}
	for place := range v.at {
		v.problem("%s: was in an earlier report and is gone", place)
	}
	return nil
}

// day follows one day of a chain from the hash before it and returns the last hash.
func (v *verification) day(ctx context.Context, d auditdb.AuditChainDay, previous []byte) ([]byte, error) {
	key, ok := v.keys[d.KeyID]
	if !ok {
		v.problem("%s %s: was bound with key %s, which was not given", d.Source, d.Day, d.KeyID)
		return d.Hash, nil
	}
	hash, n := previous, int64(0)
	for n < d.N {
		entries, err := v.q.EntriesOfDay(ctx, auditdb.EntriesOfDayParams{Source: d.Source, Day: d.Day, AfterN: n, AtMost: verifiedAtATime})
		if err != nil {
			return nil, err
		}
		if len(entries) == 0 {
			v.problem("%s %s: entries %d to %d are missing", d.Source, d.Day, n+1, d.N)
			return d.Hash, nil
		}
		for i := range entries {
			e := &entries[i]
			n++
			if e.N != n {
				v.problem("%s %s: entry %d is missing", d.Source, d.Day, n)
				return d.Hash, nil
			}
			want := key.bind(hash, e)
			if !bytes.Equal(want, e.Hash) {
				v.problem("%s %s: entry %d (%s, %s %s, by %s) or what is before it was changed", d.Source, d.Day, n, e.At.Format("15:04:05"), e.ObjectKind, e.Action, e.Actor)
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
