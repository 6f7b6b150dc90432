package audit

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"maru/internal/audit/auditapi"
	"maru/internal/audit/internal/auditdb"
	"maru/internal/kernel/ids"
	"maru/internal/platform/auth"
)

// Search says which entries are wanted. Everything that is given must hold.
type Search struct {
	Person string       // part of a name
	Member ids.MemberID // exactly this person
	Store  ids.StoreID
	Object string // an object's id or code, whole
	Action string
	From   time.Time // zero: from the beginning
	To     time.Time // not included; zero: until now
	Before ids.EntryID
}

// Page is a page of entries, newest first.
type Page struct {
	Entries []auditapi.Entry
	Next    ids.EntryID // Search.Before of the next page; zero: there is none
	// OnlyPeople is not 0 where more people than that have the name; those who did something last are searched.
	OnlyPeople int
	// OrderUntil is not zero where an order's id was asked for: later entries of the order were not looked for.
	// A search with a To that is later looks further.
	OrderUntil time.Time
}

const (
	maxPage   = 200
	maxPeople = 50
	// orderDays is for how long after an order its entries are looked for where no later day was asked for:
	// orders have no index of their own in the trail.
	orderDays = 31
)

// Find returns a page of at most limit entries, newest first. It returns ErrNotAllowed.
func (s *Service) Find(ctx context.Context, by auth.Principal, search Search, limit int) (Page, error) {
	if !by.May(auth.ReadAudit) {
		return Page{}, ErrNotAllowed
	}
	page, err := s.find(ctx, search, min(max(limit, 1), maxPage))
	if err != nil {
		return Page{}, fmt.Errorf("find audit entries: %w", err)
	}
	return page, nil
}

func (s *Service) find(ctx context.Context, search Search, limit int) (Page, error) {
	q := auditdb.New(s.db)
	members, tooMany, err := s.people(ctx, q, search)
	if err != nil || members != nil && len(members) == 0 {
		return Page{}, err
	}
	rows, err := rowsOf(ctx, q, search, members, int32(limit)+1) //nolint:gosec // bounded
	if err != nil {
		return Page{}, err
	}
	var page Page
	if tooMany {
		page.OnlyPeople = maxPeople
	}
	if made, is := orderTime(search.Object); is && len(members) == 0 && search.Store.IsZero() && (len(rows) == 0 || rows[0].ObjectKind == "order") {
		_, page.OrderUntil = orderWindow(made, search)
	}
	if len(rows) > limit {
		rows = rows[:limit]
		page.Next = rows[limit-1].EntryID
	}
	if err := nameActors(ctx, q, rows); err != nil {
		return Page{}, err
	}
	if err := placeSessions(ctx, q, rows); err != nil {
		return Page{}, err
	}
	for i := range rows {
		page.Entries = append(page.Entries, shown(&rows[i]))
	}
	return page, nil
}

// nameActors gives entries that carry only an id the newest name of the person: events of orders and
// stock say who by id.
func nameActors(ctx context.Context, q *auditdb.Queries, rows []auditdb.AuditEntry) error {
	var nameless []uuid.UUID
	for i := range rows {
		if rows[i].Actor == "" && !rows[i].MemberID.IsZero() {
			nameless = append(nameless, rows[i].MemberID.UUID)
		}
	}
	if len(nameless) == 0 {
		return nil
	}
	found, err := q.PersonNames(ctx, nameless)
	if err != nil {
		return err
	}
	names := make(map[ids.MemberID]string, len(found))
	for _, p := range found {
		names[p.MemberID] = p.Name
	}
	for i := range rows {
		if rows[i].Actor == "" {
			rows[i].Actor = names[rows[i].MemberID]
		}
	}
	return nil
}

// placeSessions gives entries that carry only their session the address at which it was begun: events of orders
// say no more.
func placeSessions(ctx context.Context, q *auditdb.Queries, rows []auditdb.AuditEntry) error {
	var sessions []string
	for i := range rows {
		if rows[i].Address == "" && !rows[i].SessionID.IsZero() {
			sessions = append(sessions, rows[i].SessionID.String())
		}
	}
	if len(sessions) == 0 {
		return nil
	}
	found, err := q.SessionAddresses(ctx, sessions)
	if err != nil {
		return err
	}
	at := make(map[string]string, len(found))
	for _, f := range found {
		at[f.ObjectID] = f.Address
	}
	for i := range rows {
		if rows[i].Address == "" {
			rows[i].Address = at[rows[i].SessionID.String()]
		}
	}
	return nil
}

// people returns whose entries are wanted, nil where nobody was named and none where nobody has the name, and
// whether more people have it.
func (s *Service) people(ctx context.Context, q *auditdb.Queries, search Search) (members []uuid.UUID, more bool, err error) {
	if !search.Member.IsZero() {
		return []uuid.UUID{search.Member.UUID}, false, nil
	}
	name := strings.ToLower(strings.TrimSpace(search.Person))
	if name == "" {
		return nil, false, nil
	}
	pattern := "%" + strings.NewReplacer(`\`, `\\`, "%", `\%`, "_", `\_`).Replace(name) + "%"
	found, err := q.FindPersons(ctx, pattern, maxPeople+1)
	members = make([]uuid.UUID, 0, len(found))
	for _, p := range found[:min(len(found), maxPeople)] {
		members = append(members, p.MemberID.UUID)
	}
	return members, len(found) > maxPeople, err
}

// rowsOf reads by the narrowest thing that was given, each with an index of its own.
func rowsOf(ctx context.Context, q *auditdb.Queries, search Search, members []uuid.UUID, atMost int32) ([]auditdb.AuditEntry, error) {
	from, to := entriesFrom(search.From), entriesTo(search.To)
	if !search.Before.IsZero() && compareEntries(search.Before, to) < 0 {
		to = search.Before
	}
	switch {
	case len(members) > 0:
		return q.EntriesOfMembers(ctx, auditdb.EntriesOfMembersParams{
			MemberIds: members, FromID: from, ToID: to, Action: search.Action, ObjectID: search.Object,
			StoreID: search.Store.UUID, AtMost: atMost,
		})
	case !search.Store.IsZero():
		return q.EntriesOfStore(ctx, auditdb.EntriesOfStoreParams{
			StoreID: search.Store, FromID: from, ToID: to, Action: search.Action, ObjectID: search.Object, AtMost: atMost,
		})
	case search.Object != "":
		return ofObject(ctx, q, search, from, to, atMost)
	}
	return q.Entries(ctx, auditdb.EntriesParams{FromID: from, ToID: to, Action: search.Action, AtMost: atMost})
}

// ofObject finds an order by the time in its id: orders have no index of their own in the trail.
func ofObject(ctx context.Context, q *auditdb.Queries, search Search, from, to ids.EntryID, atMost int32) ([]auditdb.AuditEntry, error) {
	made, is := orderTime(search.Object)
	if !is {
		return q.EntriesOfObject(ctx, auditdb.EntriesOfObjectParams{ObjectID: search.Object, FromID: from, ToID: to, Action: search.Action, AtMost: atMost})
	}
	first, until := orderWindow(made, search)
	near := auditdb.EntriesOfOrderParams{
		ObjectID: search.Object, FromID: entriesFrom(first), ToID: entriesTo(until), Action: search.Action, AtMost: atMost,
	}
	if compareEntries(near.ToID, to) > 0 { // the next page
		near.ToID = to
	}
	rows, err := q.EntriesOfOrder(ctx, near)
	if err != nil || len(rows) > 0 {
		return rows, err
	}
	return q.EntriesOfObject(ctx, auditdb.EntriesOfObjectParams{ObjectID: search.Object, FromID: from, ToID: to, Action: search.Action, AtMost: atMost})
}

// orderTime returns when an order was made, where the object may be one.
func orderTime(object string) (time.Time, bool) {
	id, err := uuid.Parse(object)
	if err != nil {
		return time.Time{}, false
	}
	return ids.TimeOf(id)
}

// orderWindow is where entries of an order that was made then are looked for.
func orderWindow(made time.Time, search Search) (first, until time.Time) {
	first, until = made.Add(-25*time.Hour), made.AddDate(0, 0, orderDays)
	if search.From.After(first) {
		first = search.From
		if later := first.AddDate(0, 0, orderDays); later.After(until) {
			until = later
		}
	}
	if !search.To.IsZero() {
		until = search.To
	}
	return first, until
}

// Entry returns one entry, or ErrNoEntry or ErrNotAllowed.
func (s *Service) Entry(ctx context.Context, by auth.Principal, id ids.EntryID) (auditapi.Entry, error) {
	if !by.May(auth.ReadAudit) {
		return auditapi.Entry{}, ErrNotAllowed
	}
	row, err := auditdb.New(s.db).EntryByID(ctx, id)
	if errors.Is(err, pgx.ErrNoRows) {
		return auditapi.Entry{}, ErrNoEntry
	}
	if err != nil {
		return auditapi.Entry{}, fmt.Errorf("audit entry %s: %w", id, err)
	}
	return shown(&row), nil
}

// ByMember implements auditapi.Trail.
func (s *Service) ByMember(ctx context.Context, member ids.MemberID, atMost int) ([]auditapi.Entry, error) {
	page, err := s.find(ctx, Search{Member: member}, min(max(atMost, 1), maxPage))
	return page.Entries, err
}

// OnObject implements auditapi.Trail.
func (s *Service) OnObject(ctx context.Context, kind, id string, atMost int) ([]auditapi.Entry, error) {
	page, err := s.find(ctx, Search{Object: id}, min(max(atMost, 1), maxPage))
	if err != nil {
		return nil, err
	}
	var own []auditapi.Entry
	for _, e := range page.Entries {
		if e.Object.Kind == kind {
			own = append(own, e)
		}
	}
	return own, nil
}

func entriesFrom(at time.Time) ids.EntryID {
	if at.IsZero() {
		return ids.EntryID{}
	}
	return ids.EntryID{UUID: ids.FirstV7(at)}
}

func entriesTo(at time.Time) ids.EntryID {
	if at.IsZero() {
		return ids.EntryID{UUID: uuid.Max}
	}
	return ids.EntryID{UUID: ids.FirstV7(at)}
}

func compareEntries(a, b ids.EntryID) int { return bytes.Compare(a.UUID[:], b.UUID[:]) }

var _ auditapi.Trail = (*Service)(nil)

func shown(row *auditdb.AuditEntry) auditapi.Entry {
	return auditapi.Entry{
		ID: row.EntryID, Source: row.Source, At: row.At, Member: row.MemberID, Actor: row.Actor, Role: row.ActorRole,
		Session: row.SessionID, Address: row.Address, Action: row.Action,
		Object: auditapi.Object{Kind: row.ObjectKind, ID: row.ObjectID, Name: row.ObjectName},
		Store:  row.StoreID, Note: row.Note, Before: row.Before, After: row.After,
	}
}
