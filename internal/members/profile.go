package members

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"maru/internal/members/internal/membersdb"
	"maru/internal/platform/auth"
	"maru/internal/platform/errs"
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
	// Password is asked for where e-mail address or phone number become others: links for new passwords go to the one, and
	// headquarters calls the other before it gives an account back.
	Password string
}

// ErrPasswordForContact is returned, on "old", for a new e-mail address or phone number without the password.
var ErrPasswordForContact = errs.New(errs.Invalid, "members.password_for_contact",
	"전화번호나 이메일을 바꾸려면 비밀번호를 적어 주세요.", "To change your phone number or e-mail, please enter your password.")

// ChangeProfile returns errs.Fields for bad input, ErrPasswordForContact, and ErrWrongPassword on "old", or ErrLocked after
// five wrong ones.
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
	proved := false
	if cmd.Password != "" {
		if err := s.reauthenticate(ctx, by, cmd.Password); err != nil {
			return fmt.Errorf("change profile of %s: %w", by.Member, err)
		}
		proved = true
	}
	err := s.db.InTx(ctx, func(tx pgx.Tx) error {
		if err := s.ownNow(ctx, tx, by); err != nil {
			return err
		}
		q := membersdb.New(tx)
		m, err := lockMember(ctx, q, by.Member)
		if err != nil {
			return err
		}
		if !proved && (m.Email != c.email || m.Phone != c.phone) {
			return ErrPasswordForContact.On("old")
		}
		if err := q.UpdateProfile(ctx, membersdb.UpdateProfileParams{
			MemberID: m.MemberID, Name: name, Email: c.email, Phone: c.phone, BusinessNo: m.BusinessNo,
		}); err != nil {
			return err
		}
		now := s.now()
		if m.Email != c.email || m.Phone != c.phone { // who reads the old mailbox has no link any more
			if err := q.RevokeResets(ctx, &now, &m.MemberID); err != nil {
				return err
			}
		}
		return record(ctx, tx, now, by, done{
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
