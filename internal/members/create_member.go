package members

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"maru/internal/kernel/ids"
	"maru/internal/members/internal/membersdb"
	"maru/internal/platform/auth"
	"maru/internal/platform/errs"
)

// CreateMember is what a new account is made of.
type CreateMember struct {
	Login      string // letters, digits and . _ @ + - ; upper and lower case are the same
	Name       string
	Password   string
	Role       auth.Role
	Workplaces []ids.StoreID // where somebody of a store works; none for a role of headquarters
}

// Errors of accounts.
var (
	ErrBadLogin = errs.New(errs.Invalid, "members.bad_login",
		"아이디는 영어, 숫자와 . _ @ + - 로 2자에서 64자까지예요.",
		"A login has 2 to 64 letters, digits and . _ @ + - characters.")
	ErrLoginTaken = errs.New(errs.Conflict, "members.login_taken",
		"이미 있는 아이디예요.", "That login is already in use.")
	ErrBadRole = errs.New(errs.Invalid, "members.bad_role",
		"역할을 골라 주세요.", "Please choose a role.")
	ErrNoWorkplace = errs.New(errs.Invalid, "members.no_workplace",
		"일하는 지점을 한 곳 이상 골라 주세요.", "Please choose at least one store to work in.")
	ErrNoHQWorkplace = errs.New(errs.Invalid, "members.no_hq_workplace",
		"본사 계정은 모든 지점을 봐요. 지점을 고르지 마세요.",
		"Headquarters accounts see every store; do not choose any.")
)

var loginForm = regexp.MustCompile(`^[a-z0-9._@+-]{2,64}$`)

// normalLogin brings a login into the form in which it is stored.
func normalLogin(login string) string { return strings.ToLower(strings.TrimSpace(login)) }

// CreateMember makes an account. It returns errs.Fields for bad input, ErrLoginTaken, and ErrNoStore
// for a workplace that does not exist.
func (s *Service) CreateMember(ctx context.Context, by auth.Principal, cmd CreateMember) (ids.MemberID, error) {
	if !by.May(auth.ManageMembers) {
		return ids.MemberID{}, ErrNotAllowed
	}
	cmd.Login, cmd.Name = normalLogin(cmd.Login), tidy(cmd.Name)
	cmd.Workplaces = slices.Clone(cmd.Workplaces)
	slices.SortFunc(cmd.Workplaces, func(a, b ids.StoreID) int { return strings.Compare(a.String(), b.String()) })
	cmd.Workplaces = slices.Compact(cmd.Workplaces)
	if problems := cmd.check(); len(problems) > 0 {
		return ids.MemberID{}, problems
	}
	hash, err := s.passwords.Hash(ctx, cmd.Password)
	if err != nil {
		return ids.MemberID{}, fmt.Errorf("create member: %w", err)
	}
	id, now := ids.NewMemberID(), s.now()
	err = s.db.InTx(ctx, func(tx pgx.Tx) error {
		by, err := s.mayNow(ctx, tx, by, auth.ManageMembers)
		if err != nil {
			return err
		}
		inserted, err := membersdb.New(tx).InsertMember(ctx, membersdb.InsertMemberParams{
			MemberID: id, Login: cmd.Login, Name: cmd.Name, Role: cmd.Role, PasswordHash: hash, CreatedAt: now,
		})
		if err != nil {
			return err
		}
		if inserted == 0 {
			return ErrLoginTaken.On("login")
		}
		if err := insertWorkplaces(ctx, tx, id, cmd.Workplaces, now); err != nil {
			return err
		}
		if cmd.Role == auth.Owner {
			if err := s.ownFreeStores(ctx, tx, by, id, cmd.Workplaces); err != nil {
				return err
			}
		}
		return record(ctx, tx, now, by, done{
			action: "member_created", object: memberObject(id, cmd.Name), store: firstStore(cmd.Workplaces),
			after: fields{"login": cmd.Login, "role": cmd.Role, "stores": cmd.Workplaces},
		})
	})
	if err != nil {
		return ids.MemberID{}, fmt.Errorf("create member: %w", err)
	}
	return id, nil
}

func insertWorkplaces(ctx context.Context, tx pgx.Tx, member ids.MemberID, stores []ids.StoreID, now time.Time) error {
	n, err := membersdb.New(tx).InsertWorkplaces(ctx, member, now, uuids(stores))
	if err != nil {
		return err
	}
	if int(n) != len(stores) {
		return ErrNoStore.On("workplaces")
	}
	return nil
}

func (cmd CreateMember) check() errs.Fields {
	var problems errs.Fields
	if !loginForm.MatchString(cmd.Login) {
		problems = append(problems, ErrBadLogin.On("login"))
	}
	switch {
	case cmd.Name == "":
		problems = append(problems, ErrNameMissing.On("name"))
	case !fits(cmd.Name, maxName):
		problems = append(problems, ErrBadText.With("max", "80").On("name"))
	}
	if problem := weakness(cmd.Password, cmd.Login, cmd.Name); problem != nil {
		problems = append(problems, problem.On("password"))
	}
	if e := roleProblem(cmd.Role, cmd.Workplaces, "workplaces"); e != nil {
		problems = append(problems, e)
	}
	return problems
}

// roleProblem says what is wrong with a role and the stores that go with it, or nil.
func roleProblem(role auth.Role, stores []ids.StoreID, field string) *errs.Error {
	switch role, known := role.Entry(); {
	case !known:
		return ErrBadRole.On("role")
	case role.AtHQ && len(stores) > 0:
		return ErrNoHQWorkplace.On(field)
	case !role.AtHQ && (len(stores) == 0 || slices.Contains(stores, ids.StoreID{UUID: uuid.Nil})):
		return ErrNoWorkplace.On(field)
	}
	return nil
}
