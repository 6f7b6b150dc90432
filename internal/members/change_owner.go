package members

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"maru/internal/kernel/businessday"
	"maru/internal/kernel/ids"
	"maru/internal/members/internal/membersdb"
	"maru/internal/members/membersapi"
	"maru/internal/platform/auth"
	"maru/internal/platform/errs"
)

// Errors of changing a store's owner.
var (
	ErrOwnerDate = errs.New(errs.Invalid, "members.owner_date",
		"언제부터 이 점주의 지점인지 날짜를 적어 주세요.", "Please say from which date the store is this owner's.")
	ErrOwnerBefore = errs.New(errs.Conflict, "members.owner_before",
		"지금 점주가 시작한 날({date})보다 뒤여야 해요.", "It must be after {date}, when the present owner began.")
	ErrOwnerPlanned = errs.New(errs.Conflict, "members.owner_planned",
		"{date}부터 바뀌는 것으로 이미 정해 두었어요. 먼저 그 예정을 취소해 주세요.",
		"A change on {date} is planned already. Cancel it first.")
	ErrSameOwner = errs.New(errs.Conflict, "members.same_owner",
		"이미 이 사람의 지점이에요.", "The store is this person's already.")
	ErrNoOwner = errs.New(errs.Invalid, "members.no_such_owner",
		"점주 계정의 아이디를 적어 주세요.", "Please enter the login of an owner's account.")
	ErrOwnerStale = errs.New(errs.Conflict, "members.owner_changed_meanwhile",
		"그 사이 점주가 바뀌었어요. 지금 점주를 확인하고 다시 정해 주세요.", "The owner changed meanwhile. Look who owns the store now, then decide again.")
	ErrNothingPlanned = errs.New(errs.NotFound, "members.nothing_planned",
		"취소할 예정이 없어요.", "There is no planned change to cancel.")
)

// ChangeOwner passes a store on.
type ChangeOwner struct {
	Store ids.StoreID
	Login string           // of the new owner
	Since businessday.Date // the first business date of the new owner; may be in the future
	Seen  *ids.MemberID    // the owner the author saw, zero for none; nil for programs
}

// ChangeOwner ends the present owner's period and begins the new one's. The former owner loses the store,
// and the new one gets it, when the date has come by the store's clock: at once, or some seconds after
// (Care). What takeOver takes away goes with it. It returns ErrOwnerBefore, ErrOwnerPlanned, ErrSameOwner, ErrNoOwner, ErrNoStore and,
// where the store has passed to somebody else since, ErrOwnerStale.
func (s *Service) ChangeOwner(ctx context.Context, by auth.Principal, cmd ChangeOwner) error {
	if !by.May(auth.ManageStores) {
		return ErrNotAllowed
	}
	if cmd.Since.IsZero() {
		return ErrOwnerDate.On("since")
	}
	err := s.db.InTx(ctx, func(tx pgx.Tx) error {
		by, err := s.mayNow(ctx, tx, by, auth.ManageStores)
		if err != nil {
			return err
		}
		login := normalLogin(cmd.Login)
		if !loginForm.MatchString(login) { // no account can have it, and the database might not take it
			return ErrNoOwner.On("login")
		}
		m, err := membersdb.New(tx).MemberIDByLogin(ctx, login)
		if notFound(err) || err == nil && (m.Role != auth.Owner || m.State != active) {
			return ErrNoOwner.On("login")
		}
		if err != nil {
			return err
		}
		former, err := checkOwnerSeen(ctx, tx, cmd.Store, cmd.Seen)
		if err != nil {
			return err
		}
		if err := s.passStore(ctx, tx, by, cmd.Store, m.MemberID, cmd.Since, false); err != nil {
			return err
		}
		return record(ctx, tx, s.now(), by, done{
			action: "owner_changed", object: memberObject(m.MemberID, m.Name), store: cmd.Store,
			before: former, after: fields{"owner": m.Name, "since": cmd.Since},
		})
	})
	if err != nil {
		return fmt.Errorf("change owner of %s: %w", cmd.Store, err)
	}
	s.tookOver()
	return nil
}

// checkOwnerSeen locks the store and returns its owner for the record, nil where it has none, and ErrOwnerStale where that
// is not the one that was seen.
func checkOwnerSeen(ctx context.Context, tx pgx.Tx, store ids.StoreID, seen *ids.MemberID) (former any, err error) {
	q := membersdb.New(tx)
	if _, err := q.StoreForUpdate(ctx, store); err != nil {
		if notFound(err) {
			return nil, ErrNoStore
		}
		return nil, err
	}
	owners, err := q.OwnersNow(ctx, uuids([]ids.StoreID{store}))
	if err != nil {
		return nil, err
	}
	var owner ids.MemberID
	for _, o := range owners {
		owner, former = o.MemberID, fields{"owner": o.Name}
	}
	if seen != nil && owner != *seen {
		return nil, ErrOwnerStale
	}
	return former, nil
}

// passStore writes the change and applies it where its day has come. A zero date is the store's today; with
// soften a date that cannot be, because the store has had its owner since, becomes the first that can.
func (s *Service) passStore(ctx context.Context, tx pgx.Tx, by auth.Principal, store ids.StoreID, owner ids.MemberID, since businessday.Date, soften bool) error {
	q, now := membersdb.New(tx), s.now()
	row, err := q.StoreForUpdate(ctx, store)
	if notFound(err) {
		return ErrNoStore
	}
	if err != nil {
		return err
	}
	today, err := storeToday(row.TimeZone, row.CutoffMinutes, now)
	if err != nil {
		return err
	}
	if since.IsZero() {
		since = today
	}
	latest, err := q.LatestOwnership(ctx, store)
	switch {
	case notFound(err):
	case err != nil:
		return err
	case latest.AppliedAt == nil && !soften:
		return ErrOwnerPlanned.With("date", latest.Since.String()).On("since")
	case latest.MemberID == owner && latest.UntilDay.IsZero():
		return ErrSameOwner.On("login")
	default:
		if !latest.Since.Before(since) {
			if !soften {
				return ErrOwnerBefore.With("date", latest.Since.String()).On("since")
			}
			since = latest.Since.AddDays(1)
		}
		if latest.UntilDay.IsZero() || since.Before(latest.UntilDay) {
			if err := q.EndOwnership(ctx, since, store, latest.Since); err != nil {
				return err
			}
		}
	}
	if err := q.InsertOwnership(ctx, membersdb.InsertOwnershipParams{
		StoreID: store, Since: since, MemberID: owner, NotedAt: now, NotedBy: by.Name,
	}); err != nil {
		return err
	}
	if today.Before(since) {
		return nil
	}
	return s.takeOver(ctx, tx, by, storeOf(row), since, owner)
}

// ownFreeStores makes a new owner the owner of those of the stores that have none.
func (s *Service) ownFreeStores(ctx context.Context, tx pgx.Tx, by auth.Principal, owner ids.MemberID, stores []ids.StoreID) error {
	for _, store := range stores {
		_, err := membersdb.New(tx).LatestOwnership(ctx, store)
		if notFound(err) {
			err = s.passStore(ctx, tx, by, store, owner, businessday.Date{}, true)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// applyPlanned applies the changes of owners whose day has come.
func (s *Service) applyPlanned(ctx context.Context) error {
	planned, err := membersdb.New(s.db).PlannedOwnerships(ctx)
	if err != nil {
		return fmt.Errorf("planned owners: %w", err)
	}
	for _, p := range planned {
		today, err := storeToday(p.TimeZone, p.CutoffMinutes, s.now())
		if err != nil {
			return err
		}
		if today.Before(p.Since) {
			continue
		}
		if err := s.db.InTx(ctx, func(tx pgx.Tx) error {
			row, err := membersdb.New(tx).StoreForUpdate(ctx, p.StoreID)
			if err != nil {
				return err
			}
			return s.takeOver(ctx, tx, auth.Principal{}, storeOf(row), p.Since, p.MemberID)
		}); err != nil {
			return fmt.Errorf("new owner of %s: %w", p.StoreID, err)
		}
		s.tookOver()
	}
	return nil
}

// CancelOwnerChange takes back a change whose day has not come, or returns ErrNothingPlanned.
func (s *Service) CancelOwnerChange(ctx context.Context, by auth.Principal, store ids.StoreID) error {
	if !by.May(auth.ManageStores) {
		return ErrNotAllowed
	}
	err := s.db.InTx(ctx, func(tx pgx.Tx) error {
		by, err := s.mayNow(ctx, tx, by, auth.ManageStores)
		if err != nil {
			return err
		}
		q := membersdb.New(tx)
		if _, err := q.StoreForUpdate(ctx, store); err != nil {
			if notFound(err) {
				return ErrNoStore
			}
			return err
		}
		latest, err := q.LatestOwnership(ctx, store)
		if notFound(err) || err == nil && latest.AppliedAt != nil {
			return ErrNothingPlanned
		}
		if err != nil {
			return err
		}
		if err := q.DeleteOwnership(ctx, store, latest.Since); err != nil {
			return err
		}
		if err := q.ReopenOwnership(ctx, store, latest.Since); err != nil {
			return err
		}
		return record(ctx, tx, s.now(), by, done{
			action: "owner_change_cancelled", object: memberObject(latest.MemberID, ""), store: store, before: fields{"since": latest.Since},
		})
	})
	if err != nil {
		return fmt.Errorf("cancel change of owner of %s: %w", store, err)
	}
	return nil
}

func storeToday(zone string, cutoff businessday.Cutoff, now time.Time) (businessday.Date, error) {
	clock, err := businessday.NewClock(zone, cutoff)
	if err != nil {
		return businessday.Date{}, err
	}
	return clock.Date(now), nil
}

// Owner is who owned a store, and when.
type Owner struct {
	membersapi.Period
	Member  ids.MemberID
	Name    string
	Login   string
	NotedAt time.Time
	NotedBy string
	Planned bool // the day has not come
}

// Owners returns the owners of a store, the newest first.
func (s *Service) Owners(ctx context.Context, by auth.Principal, store ids.StoreID) ([]Owner, error) {
	if !by.AtHQ() || !by.May(auth.ManageStores) && !by.May(auth.ViewMembers) {
		return nil, ErrNotAllowed
	}
	rows, err := membersdb.New(s.db).OwnershipsOfStore(ctx, store)
	if err != nil {
		return nil, fmt.Errorf("owners of %s: %w", store, err)
	}
	out := make([]Owner, len(rows))
	for i, r := range rows {
		out[i] = Owner{
			Period: membersapi.Period{From: r.Since, Until: r.UntilDay}, Member: r.MemberID, Name: r.Name, Login: r.Login,
			NotedAt: r.NotedAt, NotedBy: r.NotedBy, Planned: r.AppliedAt == nil,
		}
	}
	return out, nil
}

// PrivateDays returns the business dates of the store whose private records (settlement, inquiries) the person may
// read: for headquarters all, for an owner those in which the store was theirs and while it is in their reach, for
// everybody else none.
func (s *Service) PrivateDays(ctx context.Context, by auth.Principal, store ids.StoreID) (membersapi.Days, error) {
	switch {
	case by.AtHQ():
		return membersapi.Days{All: true}, nil
	case by.Role != auth.Owner || !by.Reaches(store):
		return membersapi.Days{}, nil
	}
	return s.OwnerDays(ctx, by.Member, store)
}

// OwnerDays implements membersapi.Ownerships.
func (s *Service) OwnerDays(ctx context.Context, member ids.MemberID, store ids.StoreID) (membersapi.Days, error) {
	rows, err := membersdb.New(s.db).OwnershipsOfMemberAt(ctx, store, member)
	if err != nil {
		return membersapi.Days{}, fmt.Errorf("owner's days of %s: %w", store, err)
	}
	days := membersapi.Days{}
	for _, r := range rows {
		days.Periods = append(days.Periods, membersapi.Period{From: r.Since, Until: r.UntilDay})
	}
	return days, nil
}

// OwnerChoice is an owner that a store can be given to.
type OwnerChoice struct {
	ID    ids.MemberID
	Login string
	Name  string
	Phone string
}

const ownersShown = 12

// OwnersLike returns the first few owners with an active account whose name, login, e-mail, phone or business
// number holds what is searched for, by name; none where nothing is.
func (s *Service) OwnersLike(ctx context.Context, by auth.Principal, search string) ([]OwnerChoice, error) {
	if !by.AtHQ() || !by.May(auth.ManageStores) {
		return nil, ErrNotAllowed
	}
	pattern := likePattern(search)
	if pattern == "" {
		return nil, nil
	}
	rows, err := membersdb.New(s.db).OwnersLike(ctx, pattern, ownersShown)
	if err != nil {
		return nil, fmt.Errorf("owners like: %w", err)
	}
	out := make([]OwnerChoice, len(rows))
	for i, r := range rows {
		out[i] = OwnerChoice{ID: r.MemberID, Login: r.Login, Name: r.Name, Phone: r.Phone}
	}
	return out, nil
}
