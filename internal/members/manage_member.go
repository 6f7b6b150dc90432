package members

import (
	"context"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"

	"maru/internal/kernel/ids"
	"maru/internal/members/internal/membersdb"
	"maru/internal/members/membersapi"
	"maru/internal/platform/auth"
	"maru/internal/platform/errs"
)

// Errors of looking after accounts.
var (
	ErrNotActive = errs.New(errs.Conflict, "members.not_active",
		"쓸 수 있는 계정이 아니에요. 먼저 다시 쓸 수 있게 해 주세요.", "This account is not active. Restore it first.")
	ErrOwnAccount = errs.New(errs.Conflict, "members.own_account",
		"자기 계정에는 할 수 없어요. 다른 관리자에게 부탁해 주세요.", "You cannot do this to your own account. Ask another administrator.")
	ErrClosedForGood = errs.New(errs.Conflict, "members.closed_for_good",
		"닫은 계정은 다시 열 수 없어요. 새로 초대해 주세요.", "A closed account cannot be opened again. Send a new invitation.")
	ErrWorksElsewhere = errs.New(errs.Forbidden, "members.works_elsewhere",
		"다른 점주의 지점에서도 일하는 사람이에요. 우리 지점에서 빼거나 본사에 요청해 주세요.",
		"This person also works for another owner. Take them off your store, or ask headquarters.")
)

const active = membersapi.Active

// lockMember reads a member for a change, or returns ErrNoMember.
func lockMember(ctx context.Context, q *membersdb.Queries, id ids.MemberID) (membersdb.MemberForUpdateRow, error) {
	m, err := q.MemberForUpdate(ctx, id)
	if notFound(err) {
		return m, ErrNoMember
	}
	return m, err
}

// mayManage returns nil where the person looks after the member's account: headquarters' administrators
// after every one, whoever manages the staff of stores after managers and staff who work nowhere else. It returns ErrWorksElsewhere for
// those who do, and ErrNoMember for anybody who is none of the person's business.
func mayManage(ctx context.Context, q *membersdb.Queries, by auth.Principal, member ids.MemberID, role auth.Role) error {
	if by.AtHQ() && by.May(auth.ManageMembers) {
		return nil
	}
	if role != auth.Manager && role != auth.Staff {
		return ErrNoMember
	}
	stores, err := q.Workplaces(ctx, member)
	if err != nil {
		return err
	}
	mine := func(store ids.StoreID) bool { return by.MayAt(auth.ManageStaff, store) }
	switch {
	case !slices.ContainsFunc(stores, mine):
		return ErrNoMember
	case slices.ContainsFunc(stores, func(store ids.StoreID) bool { return !mine(store) }):
		return ErrWorksElsewhere
	}
	return nil
}

// SetMemberState suspends an account, restores it, or closes it for good.
type SetMemberState struct {
	Member ids.MemberID
	State  membersapi.MemberState
	Note   string // why, for those who look after accounts; may be empty
}

// SetMemberState ends every session of an account that is not active any more, takes its PINs away and takes back what invitations and links for
// passwords it has made and nobody has used: here at once, on other replicas within
// sessionMemory. Setting the state that holds changes nothing. It returns ErrNoMember, ErrWorksElsewhere, ErrOwnAccount
// and ErrClosedForGood.
func (s *Service) SetMemberState(ctx context.Context, by auth.Principal, cmd SetMemberState) error {
	cmd.Note = tidy(cmd.Note)
	if e := textProblem(cmd.Note, "note", 200); e != nil {
		return e
	}
	if !slices.Contains(membersapi.MemberStates, cmd.State) {
		return ErrNoMember
	}
	err := s.db.InTx(ctx, func(tx pgx.Tx) error {
		q, now := membersdb.New(tx), s.now()
		stores, err := q.Workplaces(ctx, cmd.Member)
		if err != nil {
			return err
		}
		by, err := s.rightsNow(ctx, tx, by, stores...)
		if err != nil {
			return err
		}
		m, err := lockMember(ctx, q, cmd.Member)
		if err != nil {
			return err
		}
		if err := mayManage(ctx, q, by, m.MemberID, m.Role); err != nil {
			return err
		}
		switch {
		case cmd.Member == by.Member:
			return ErrOwnAccount
		case m.State == cmd.State:
			return nil
		case m.State == membersapi.Departed:
			return ErrClosedForGood
		}
		if err := q.SetMemberState(ctx, membersdb.SetMemberStateParams{
			MemberID: cmd.Member, State: cmd.State, StateNote: cmd.Note, StateSince: &now,
		}); err != nil {
			return err
		}
		if cmd.State != active {
			if err := q.RevokeResets(ctx, &now, &cmd.Member); err != nil {
				return err
			}
			if err := endSessionsOf(ctx, tx, cmd.Member, now, "ended_by_hq"); err != nil {
				return err
			}
			if err := s.withdrawLinksOf(ctx, tx, by, cmd.Member); err != nil {
				return err
			}
		}
		return record(ctx, tx, now, by, done{
			action: "member_" + map[membersapi.MemberState]string{active: "restored", membersapi.Suspended: "suspended", membersapi.Departed: "closed"}[cmd.State],
			object: memberObject(cmd.Member, m.Name), note: cmd.Note, before: fields{"state": m.State}, after: fields{"state": cmd.State},
		})
	})
	if err != nil {
		return fmt.Errorf("set state of %s: %w", cmd.Member, err)
	}
	s.sessions.forgetAllOf(cmd.Member)
	return nil
}

// SetWorkplaces says where a manager or staff member works.
type SetWorkplaces struct {
	Member ids.MemberID
	Stores []ids.StoreID
	// Among limits the change to these stores: work elsewhere stays as it is. Empty means everywhere, for
	// headquarters.
	Among []ids.StoreID
}

// SetWorkplaces takes effect like SetMemberState. An owner's stores follow from who owns them (ChangeOwner)
// and are not set here: ErrNoMember.
func (s *Service) SetWorkplaces(ctx context.Context, by auth.Principal, cmd SetWorkplaces) error {
	err := s.db.InTx(ctx, func(tx pgx.Tx) error {
		q, now := membersdb.New(tx), s.now()
		by, err := s.rightsNow(ctx, tx, by, by.Stores...)
		if err != nil {
			return err
		}
		hq := by.AtHQ() && by.May(auth.ManageMembers)
		m, err := lockMember(ctx, q, cmd.Member)
		if err != nil {
			return err
		}
		if m.Role != auth.Manager && m.Role != auth.Staff {
			return ErrNoMember
		}
		before, err := q.Workplaces(ctx, cmd.Member)
		if err != nil {
			return err
		}
		mine := func(store ids.StoreID) bool {
			return (len(cmd.Among) == 0 && hq || slices.Contains(cmd.Among, store)) && (hq || by.MayAt(auth.ManageStaff, store))
		}
		if !hq && !slices.ContainsFunc(before, func(store ids.StoreID) bool { return by.MayAt(auth.ManageStaff, store) }) {
			return ErrNoMember
		}
		var gone, added []ids.StoreID
		for _, store := range before {
			if mine(store) && !slices.Contains(cmd.Stores, store) {
				gone = append(gone, store)
			}
		}
		for _, store := range distinct(cmd.Stores) {
			if slices.Contains(before, store) {
				continue
			}
			if !mine(store) {
				return ErrNoStore.On("stores")
			}
			added = append(added, store)
		}
		if err := q.DeleteWorkplaces(ctx, cmd.Member, uuids(gone)); err != nil {
			return err
		}
		n, err := q.AddWorkplaces(ctx, cmd.Member, now, uuids(added))
		if err == nil && int(n) != len(added) {
			return ErrNoStore.On("stores")
		}
		if err != nil || len(gone)+len(added) == 0 {
			return err
		}
		return record(ctx, tx, now, by, done{
			action: "workplaces_set", object: memberObject(cmd.Member, m.Name), store: firstStore(append(added, gone...)),
			before: fields{"left": gone}, after: fields{"joined": added},
		})
	})
	if err != nil {
		return fmt.Errorf("set workplaces of %s: %w", cmd.Member, err)
	}
	s.sessions.forgetAllOf(cmd.Member)
	return nil
}
