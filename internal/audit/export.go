package audit

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/jackc/pgx/v5"

	"maru/internal/audit/auditapi"
	"maru/internal/audit/internal/auditdb"
	"maru/internal/kernel/ids"
	"maru/internal/kernel/lang"
	"maru/internal/platform/auth"
)

// MaxExport is how many entries an export may hold.
const MaxExport = 50_000

const (
	minReason = 10
	maxReason = 500
)

// Export returns every entry that a search finds, oldest page last, and leaves in the trail that by took
// them out and why. It returns ErrNotAllowed, ErrNoReason, ErrReasonTooLong, ErrTooManyPeople, ErrOrderWindow, or ErrTooMany.
func (s *Service) Export(ctx context.Context, by auth.Principal, search Search, reason string) ([]auditapi.Entry, error) {
	reason = lang.Tidy(strings.ToValidUTF8(strings.ReplaceAll(reason, "\x00", ""), ""))
	switch n := utf8.RuneCountInString(reason); {
	case !by.May(auth.ReadAudit):
		return nil, ErrNotAllowed
	case n < minReason:
		return nil, ErrNoReason.On("reason")
	case n > maxReason:
		return nil, ErrReasonTooLong.On("reason")
	}
	search.Before = ids.EntryID{}
	var all []auditapi.Entry
	for {
		page, err := s.find(ctx, search, maxPage)
		if err != nil {
			return nil, fmt.Errorf("export audit entries: %w", err)
		}
		if page.OnlyPeople > 0 {
			return nil, ErrTooManyPeople.With("max", strconv.Itoa(page.OnlyPeople)).On("person")
		}
		if search.To.IsZero() && !page.OrderUntil.IsZero() && page.OrderUntil.Before(s.now()) {
			return nil, ErrOrderWindow.With("days", strconv.Itoa(orderDays)).On("to")
		}
		all = append(all, page.Entries...)
		if len(all) > MaxExport {
			return nil, ErrTooMany.With("max", strconv.Itoa(MaxExport))
		}
		if page.Next.IsZero() {
			break
		}
		search.Before = page.Next
	}
	err := s.db.InTx(ctx, func(tx pgx.Tx) error {
		return s.add(ctx, tx, "audit", []auditdb.AuditEntry{{
			EntryID: ids.NewEntryID(), At: s.now(), MemberID: by.Member, Actor: by.Name, ActorRole: string(by.Role), SessionID: by.Session,
			Address: by.Address, Action: "trail_exported", ObjectKind: "trail", ObjectID: describe(search),
			StoreID: search.Store, Note: reason, After: text(`{"entries":%d}`, len(all)), SourceLane: -1,
		}})
	})
	if err != nil {
		return nil, fmt.Errorf("export audit entries: %w", err)
	}
	return all, nil
}

// describe says what was searched for, for the trail.
func describe(search Search) string {
	var parts []string
	say := func(name, value string) {
		if value != "" {
			parts = append(parts, name+"="+value)
		}
	}
	say("person", search.Person)
	if !search.Member.IsZero() {
		say("member", search.Member.String())
	}
	if !search.Store.IsZero() {
		say("store", search.Store.String())
	}
	say("object", search.Object)
	say("action", search.Action)
	if !search.From.IsZero() {
		say("from", search.From.UTC().Format("2006-01-02T15:04Z"))
	}
	if !search.To.IsZero() {
		say("to", search.To.UTC().Format("2006-01-02T15:04Z"))
	}
	if len(parts) == 0 {
		return "all"
	}
	return strings.Join(parts, " ")
}
