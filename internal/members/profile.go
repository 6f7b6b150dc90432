package members

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"maru/internal/members/internal/membersdb"
	"maru/internal/platform/auth"
)

// Profile is what a person sees of their own account.
type Profile struct {
	Login      string
	Name       string
	Email      string
	Phone      string
	BusinessNo string // ten digits; owners only
	Role       auth.Role
}

// Profile returns the person's own.
func (s *Service) Profile(ctx context.Context, by auth.Principal) (Profile, error) {
	m, err := membersdb.New(s.db).MemberByID(ctx, by.Member)
	if notFound(err) {
		return Profile{}, ErrNoMember
	}
	if err != nil {
		return Profile{}, fmt.Errorf("profile of %s: %w", by.Member, err)
	}
	return Profile{Login: m.Login, Name: m.Name, Email: m.Email, Phone: m.Phone, BusinessNo: m.BusinessNo, Role: m.Role}, nil
}

// ChangeProfile is what a person changes of it; login, role and business number are not theirs to change.
type ChangeProfile struct {
	Name  string
	Email string
	Phone string
}

// ChangeProfile returns errs.Fields for bad input.
func (s *Service) ChangeProfile(ctx context.Context, by auth.Principal, cmd ChangeProfile) error {
	name := tidy(cmd.Name)
	c, problems := checkContact(cmd.Email, cmd.Phone, "")
	if name == "" {
		problems = append(problems, ErrNameMissing.On("name"))
	} else if e := textProblem(name, "name", maxName); e != nil {
		problems = append(problems, e)
	}
	if len(problems) > 0 {
		return problems
	}
	err := s.db.InTx(ctx, func(tx pgx.Tx) error {
		q := membersdb.New(tx)
		m, err := lockMember(ctx, q, by.Member)
		if err != nil {
			return err
		}
		if err := q.UpdateProfile(ctx, membersdb.UpdateProfileParams{
			MemberID: m.MemberID, Name: name, Email: c.email, Phone: c.phone, BusinessNo: m.BusinessNo,
		}); err != nil {
			return err
		}
		return record(ctx, tx, s.now(), by, done{
			action: "profile_changed", object: memberObject(m.MemberID, name),
			before: fields{"name": m.Name, "email": m.Email, "phone": m.Phone}, after: fields{"name": name, "email": c.email, "phone": c.phone},
		})
	})
	if err != nil {
		return fmt.Errorf("change profile of %s: %w", by.Member, err)
	}
	s.sessions.forgetAllOf(by.Member) // the name is on every page
	return nil
}
