package members

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"maru/internal/kernel/ids"
	"maru/internal/members/internal/membersdb"
	"maru/internal/platform/auth"
	"maru/internal/platform/errs"
)

// Choice is what an owner decided about a permission of one person.
type Choice string

// The choices.
const (
	AsRole   Choice = "role"     // what the person's role says
	Granted  Choice = "granted"  // whatever the role says
	Withheld Choice = "withheld" // whatever the role says
)

// SetPermission grants a marked permission to somebody who works in a store, withholds it, or leaves it
// to their role.
type SetPermission struct {
	Store      ids.StoreID
	Member     ids.MemberID
	Permission auth.Permission
	Choice     Choice
}

// Errors of permissions of single people.
var (
	ErrNotMarked = errs.New(errs.Invalid, "members.not_marked",
		"이 권한은 사람마다 정할 수 없어요.", "That permission cannot be given to single people.")
	ErrBadChoice = errs.New(errs.Invalid, "members.bad_choice",
		"허용, 막기, 역할대로 가운데 골라 주세요.", "Please choose whether to allow it, withhold it or leave it to the role.")
	ErrNoWorker = errs.New(errs.NotFound, "members.no_worker",
		"이 지점에서 일하는 사람이 아니에요.", "That person does not work in this store.")
	ErrOwnersHaveAll = errs.New(errs.Conflict, "members.owners_have_all",
		"점주의 권한은 바꿀 수 없어요.", "What an owner may do cannot be changed.")
)

// SetPermission stores the choice; sessions of the person know it within sessionMemory on every replica
// and at once on this one. It returns ErrNoWorker to whoever does not reach the store and for somebody
// who does not work there, ErrNotAllowed, ErrNotMarked, ErrBadChoice, and ErrOwnersHaveAll.
func (s *Service) SetPermission(ctx context.Context, by auth.Principal, cmd SetPermission) error {
	if err := mayManageStaff(by, cmd.Store); err != nil {
		return err
	}
	entry, known := auth.EntryOf(cmd.Permission)
	switch {
	case !known || !entry.Marked:
		return ErrNotMarked.On("permission")
	case cmd.Choice != AsRole && cmd.Choice != Granted && cmd.Choice != Withheld:
		return ErrBadChoice.On("choice")
	}
	err := s.db.InTx(ctx, func(tx pgx.Tx) error { return s.setPermission(ctx, tx, by, cmd) })
	if err != nil {
		return fmt.Errorf("set %s of %s: %w", cmd.Permission, cmd.Member, err)
	}
	s.sessions.forgetAllOf(cmd.Member)
	return nil
}

func (s *Service) setPermission(ctx context.Context, tx pgx.Tx, by auth.Principal, cmd SetPermission) error {
	q, now := membersdb.New(tx), s.now()
	by, err := s.rightsNow(ctx, tx, by, cmd.Store)
	if err != nil {
		return err
	}
	if err := mayManageStaff(by, cmd.Store); err != nil {
		return err
	}
	worker, err := q.WorkerForUpdate(ctx, cmd.Member, cmd.Store)
	if errors.Is(err, pgx.ErrNoRows) {
		return ErrNoWorker
	}
	if err != nil {
		return err
	}
	if worker.Role == auth.Owner {
		return ErrOwnersHaveAll
	}
	before, err := choiceOf(ctx, q, cmd)
	if err != nil || before == cmd.Choice {
		return err
	}
	if cmd.Choice == AsRole {
		err = q.DeleteException(ctx, cmd.Member, cmd.Store, string(cmd.Permission))
	} else {
		err = q.PutException(ctx, membersdb.PutExceptionParams{
			MemberID: cmd.Member, StoreID: cmd.Store, Permission: string(cmd.Permission), Granted: cmd.Choice == Granted, SetAt: now,
		})
	}
	if err != nil {
		return err
	}
	type state map[auth.Permission]Choice
	return record(ctx, tx, now, by, done{
		action: "permission_set", object: memberObject(cmd.Member, worker.Name), store: cmd.Store,
		before: state{cmd.Permission: before}, after: state{cmd.Permission: cmd.Choice},
	})
}

func choiceOf(ctx context.Context, q *membersdb.Queries, cmd SetPermission) (Choice, error) {
	rows, err := q.ExceptionsOf(ctx, cmd.Member)
	if err != nil {
		return "", err
	}
	return choiceIn(exceptionsOf(rows), cmd.Store, cmd.Permission), nil
}

func choiceIn(exceptions []auth.Exception, store ids.StoreID, perm auth.Permission) Choice {
	for _, e := range exceptions {
		if e.Store == store && e.Permission == perm {
			if e.Granted {
				return Granted
			}
			return Withheld
		}
	}
	return AsRole
}

func exceptionsOf(rows []membersdb.ExceptionsOfRow) []auth.Exception {
	if len(rows) == 0 {
		return nil
	}
	out := make([]auth.Exception, len(rows))
	for i, row := range rows {
		out[i] = auth.Exception{Store: row.StoreID, Permission: auth.Permission(row.Permission), Granted: row.Granted}
	}
	return out
}

// mayManageStaff returns ErrNoWorker to people who have nothing to do with the store, and
// ErrNotAllowed to those who may not look after its staff.
func mayManageStaff(by auth.Principal, store ids.StoreID) error {
	switch {
	case !by.Reaches(store):
		return ErrNoWorker
	case !by.MayAt(auth.ManageStaff, store):
		return ErrNotAllowed
	}
	return nil
}

// WorkerPermissions is what somebody who works in a store may do beside their role.
type WorkerPermissions struct {
	Member ids.MemberID
	Name   string
	Role   auth.Role
	Marked []MarkedPermission // empty for owners, who have all
}

// MarkedPermission is a permission that owners decide about for each person.
type MarkedPermission struct {
	auth.Entry
	ByRole bool // whether the role has it
	Choice Choice
}

// May reports whether the person has it.
func (m MarkedPermission) May() bool { return m.Choice == Granted || m.Choice == AsRole && m.ByRole }

// PermissionsOf returns what an owner can decide about somebody who works in the store. It returns
// ErrNoWorker and ErrNotAllowed.
func (s *Service) PermissionsOf(ctx context.Context, by auth.Principal, store ids.StoreID, member ids.MemberID) (WorkerPermissions, error) {
	if err := mayManageStaff(by, store); err != nil {
		return WorkerPermissions{}, err
	}
	q := membersdb.New(s.db)
	worker, err := q.Worker(ctx, member, store)
	if errors.Is(err, pgx.ErrNoRows) {
		return WorkerPermissions{}, ErrNoWorker
	}
	if err != nil {
		return WorkerPermissions{}, fmt.Errorf("permissions of %s: %w", member, err)
	}
	p := WorkerPermissions{Member: member, Name: worker.Name, Role: worker.Role}
	if worker.Role == auth.Owner {
		return p, nil
	}
	rows, err := q.ExceptionsOf(ctx, member)
	if err != nil {
		return WorkerPermissions{}, fmt.Errorf("permissions of %s: %w", member, err)
	}
	exceptions := exceptionsOf(rows)
	for _, e := range auth.Catalogue {
		if e.Marked {
			p.Marked = append(p.Marked, MarkedPermission{Entry: e, ByRole: worker.Role.Has(e.Permission), Choice: choiceIn(exceptions, store, e.Permission)})
		}
	}
	return p, nil
}
