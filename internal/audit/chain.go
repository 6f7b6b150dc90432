package audit

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"maru/internal/audit/internal/auditdb"
	"maru/internal/kernel/businessday"
	"maru/internal/kernel/ids"
	"maru/internal/platform/outbox"
)

// add binds entries to the end of a source's chain, in tx. Whoever adds holds the chain's row until the
// commit, so positions have no gaps. A day begins with the first entry after midnight UTC and never
// goes back, whatever the clocks of two replicas say; its first entry is bound to the last of the day before.
func (s *Service) add(ctx context.Context, tx pgx.Tx, source string, entries []auditdb.AuditEntry) error {
	if len(entries) == 0 {
		return nil
	}
	q := auditdb.New(tx)
	head, err := s.lockHead(ctx, q, source)
	if err != nil {
		return err
	}
	p := roomFor(len(entries))
	p.Source, p.Day = source, head.Day
	b := s.key.binder()
	for i := range entries {
		e := &entries[i]
		head.N++
		e.Source, e.Day, e.N = source, head.Day, head.N
		e.At = e.At.UTC().Truncate(time.Microsecond)
		e.Address = strings.ToValidUTF8(e.Address, "")
		head.Hash = b.bind(head.Hash, e)
		e.Hash = head.Hash
		appendEntry(&p, e)
	}
	q = auditdb.New(outbox.AtEnd(tx))
	if err := q.AddEntries(ctx, p); err != nil {
		return fmt.Errorf("add %d entries: %w", len(entries), err)
	}
	if err := q.PutChainDay(ctx, auditdb.PutChainDayParams(head)); err != nil {
		return err
	}
	err = q.MoveHead(ctx, auditdb.MoveHeadParams{Source: source, Day: head.Day, N: head.N, Hash: head.Hash, KeyID: head.KeyID})
	if err != nil {
		return err
	}
	return putPersons(ctx, q, entries)
}

// lockHead returns where the chain ends: at position 0 of today when a day begins, or another key is used.
func (s *Service) lockHead(ctx context.Context, q *auditdb.Queries, source string) (auditdb.AuditHead, error) {
	today := businessday.DateOf(s.now().UTC())
	row, err := q.LockHead(ctx, source)
	if errors.Is(err, pgx.ErrNoRows) {
		err = q.BeginChain(ctx, source, today, s.key.id())
		if err == nil {
			row, err = q.LockHead(ctx, source)
		}
	}
	if err != nil {
		return auditdb.AuditHead{}, fmt.Errorf("lock the chain of %s: %w", source, err)
	}
	head := auditdb.AuditHead{Source: source, Day: row.Day, N: row.N, Hash: row.Hash, KeyID: row.KeyID}
	if row.Day.Before(today) {
		head.Day, head.N, head.KeyID = today, 0, s.key.id()
	}
	if head.KeyID != s.key.id() {
		return auditdb.AuditHead{}, fmt.Errorf("%w: the chain of %s is made with key %q today and this program has key %q",
			errKeyChanged, source, head.KeyID, s.key.id())
	}
	return head, nil
}

var errKeyChanged = errors.New("the audit key changed in the middle of a day; entries wait until midnight UTC or until the old key is back")

// roomFor returns parameters that n entries can be appended to without growing.
func roomFor(n int) auditdb.AddEntriesParams {
	texts := func() []string { return make([]string, 0, n) }
	uuids := func() []uuid.UUID { return make([]uuid.UUID, 0, n) }
	return auditdb.AddEntriesParams{
		EntryIds: uuids(), Ns: make([]int64, 0, n), Ats: make([]time.Time, 0, n), MemberIds: uuids(), Actors: texts(), Roles: texts(),
		SessionIds: uuids(), Addresses: texts(), Actions: texts(), ObjectKinds: texts(), ObjectIds: texts(), ObjectNames: texts(),
		StoreIds: uuids(), Notes: texts(), Befores: texts(), Afters: texts(), Lanes: make([]int16, 0, n), Positions: make([]int64, 0, n),
		Hashes: make([][]byte, 0, n),
	}
}

func appendEntry(p *auditdb.AddEntriesParams, e *auditdb.AuditEntry) {
	p.EntryIds = append(p.EntryIds, e.EntryID.UUID)
	p.Ns = append(p.Ns, e.N)
	p.Ats = append(p.Ats, e.At)
	p.MemberIds = append(p.MemberIds, e.MemberID.UUID)
	p.Actors = append(p.Actors, e.Actor)
	p.Roles = append(p.Roles, e.ActorRole)
	p.SessionIds = append(p.SessionIds, e.SessionID.UUID)
	p.Addresses = append(p.Addresses, e.Address)
	p.Actions = append(p.Actions, e.Action)
	p.ObjectKinds = append(p.ObjectKinds, e.ObjectKind)
	p.ObjectIds = append(p.ObjectIds, e.ObjectID)
	p.ObjectNames = append(p.ObjectNames, e.ObjectName)
	p.StoreIds = append(p.StoreIds, e.StoreID.UUID)
	p.Notes = append(p.Notes, e.Note)
	p.Befores = append(p.Befores, string(e.Before))
	p.Afters = append(p.Afters, string(e.After))
	p.Lanes = append(p.Lanes, e.SourceLane)
	p.Positions = append(p.Positions, e.SourcePos)
	p.Hashes = append(p.Hashes, e.Hash)
}

// putPersons remembers who is in the trail, to find them by name. Rows are written in the order of
// their ids: two batches of different chains may name the same people.
func putPersons(ctx context.Context, q *auditdb.Queries, entries []auditdb.AuditEntry) error {
	names := map[ids.MemberID]string{}
	last := time.Time{}
	for _, e := range entries {
		if !e.MemberID.IsZero() && e.Actor != "" {
			names[e.MemberID] = e.Actor
			if e.At.After(last) {
				last = e.At
			}
		}
	}
	if len(names) == 0 {
		return nil
	}
	var (
		members []uuid.UUID
		called  []string
	)
	for _, id := range slices.SortedFunc(maps.Keys(names), func(a, b ids.MemberID) int { return bytes.Compare(a.UUID[:], b.UUID[:]) }) {
		members, called = append(members, id.UUID), append(called, names[id])
	}
	return q.PutPersons(ctx, members, called, last)
}

// entryID is the id of the entry that an event made, the same however often it is applied.
func entryID(at time.Time, source string, lane ids.Lane, pos int64) ids.EntryID {
	name := append([]byte("audit "), source...)
	name = append(strconv.AppendInt(append(name, ' '), int64(lane), 10), ' ')
	return ids.EntryID{UUID: ids.DerivedV7(at, string(strconv.AppendInt(name, pos, 10)))}
}
