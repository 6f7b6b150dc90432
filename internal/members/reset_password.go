package members

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"maru/internal/kernel/ids"
	"maru/internal/members/internal/membersdb"
	"maru/internal/platform/auth"
)

// ResetOf returns the login and name of the account whose password a link changes, or ErrLink.
func (s *Service) ResetOf(ctx context.Context, token string) (login, name string, err error) {
	m, _, err := s.resetTarget(ctx, membersdb.New(s.db), token)
	return m.Login, m.Name, err
}

func (s *Service) resetTarget(ctx context.Context, q *membersdb.Queries, token string) (membersdb.MemberByIDRow, ids.LinkID, error) {
	link, err := openLink(ctx, q, linkReset, token, s.now())
	if err != nil {
		return membersdb.MemberByIDRow{}, ids.LinkID{}, err
	}
	m, err := q.MemberByID(ctx, *link.MemberID)
	if err != nil {
		return m, link.LinkID, fmt.Errorf("member of a reset: %w", err)
	}
	if m.State != active {
		return m, link.LinkID, ErrLink
	}
	return m, link.LinkID, nil
}

// ResetPassword is a new password for whoever holds the link.
type ResetPassword struct {
	Token    string
	Password string
	Address  string // IP address of the request
	// DeviceKey is as in SignIn: the browser is known from then on.
	DeviceKey string
}

// ResetPassword sets the password, uses the link up, takes other links for it back, ends every session
// of the account and takes its PINs away. It returns ErrLink, and ErrWeakPassword after which the link is still good.
func (s *Service) ResetPassword(ctx context.Context, cmd ResetPassword) (ids.MemberID, error) {
	m, linkID, err := s.resetTarget(ctx, membersdb.New(s.db), cmd.Token)
	if err != nil {
		return ids.MemberID{}, fmt.Errorf("reset password: %w", err)
	}
	about, err := s.knownOf(ctx, auth.Principal{Member: m.MemberID}, m.Login, m.Name)
	if err != nil {
		return ids.MemberID{}, fmt.Errorf("reset password: %w", err)
	}
	if problem := weakness(cmd.Password, about...); problem != nil {
		return ids.MemberID{}, problem.On("password")
	}
	hash, err := s.passwords.Hash(ctx, cmd.Password)
	if err != nil {
		return ids.MemberID{}, fmt.Errorf("reset password: %w", err)
	}
	err = s.db.InTx(ctx, func(tx pgx.Tx) error {
		q, now := membersdb.New(tx), s.now()
		if err := useLink(ctx, q, linkID, m.MemberID, now, redeemer{cmd.DeviceKey, cmd.Address}); err != nil {
			return err
		}
		if err := q.RevokeResets(ctx, &now, &m.MemberID); err != nil {
			return err
		}
		if err := q.ChangePasswordHash(ctx, hash, &now, m.MemberID); err != nil {
			return err
		}
		if err := q.DeleteTOTPInProgress(ctx, m.MemberID); err != nil {
			return err
		}
		if err := endSessionsOf(ctx, tx, m.MemberID, now, passwordChanged); err != nil {
			return err
		}
		return record(ctx, tx, now, auth.Principal{Member: m.MemberID, Name: m.Name, Role: m.Role, Address: cmd.Address}, done{
			action: "password_reset", object: memberObject(m.MemberID, m.Name),
		})
	})
	if err != nil {
		return ids.MemberID{}, fmt.Errorf("reset password: %w", err)
	}
	s.sessions.forgetAllOf(m.MemberID)
	return m.MemberID, nil
}
