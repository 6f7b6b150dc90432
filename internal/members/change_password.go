package members

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"maru/internal/members/internal/membersdb"
	"maru/internal/platform/auth"
	"maru/internal/platform/errs"
)

// ChangePassword is a person's own new password.
type ChangePassword struct {
	Old string
	New string
}

// Errors of changing a password.
var (
	ErrWrongPassword = errs.New(errs.Invalid, "members.wrong_password",
		"지금 비밀번호가 맞지 않아요.", "That is not your present password.")
	ErrSamePassword = errs.New(errs.Invalid, "members.same_password",
		"지금과 다른 비밀번호로 정해 주세요.", "Choose another password than the present one.")
)

// ChangePassword sets a new password and ends all sessions of the person, this one too, and their work on shared devices:
// whoever had got hold of the old one, or of the tokens of any session, is out. It returns the session in which the person
// goes on. Open links for a new password, and an authenticator app that was begun and not confirmed, are good no more. PINs stay, which the page says. It returns ErrWrongPassword, ErrSamePassword or ErrWeakPassword on their input, and
// ErrLocked after five wrong ones.
func (s *Service) ChangePassword(ctx context.Context, by auth.Principal, cmd ChangePassword) (Session, error) {
	q := membersdb.New(s.db)
	account, err := q.Account(ctx, by.Member)
	if err != nil {
		return Session{}, fmt.Errorf("change password: %w", err)
	}
	about, err := s.knownOf(ctx, by, account.Login, account.Name)
	if err != nil {
		return Session{}, fmt.Errorf("change password: %w", err)
	}
	if problem := weakness(cmd.New, about...); problem != nil {
		return Session{}, problem.On("new")
	}
	try, err := s.proveAgain(ctx, by, account.PasswordHash, cmd.Old)
	if err != nil {
		return Session{}, fmt.Errorf("change password: %w", err)
	}
	hash, err := s.passwords.Hash(ctx, cmd.New)
	if err != nil {
		return Session{}, fmt.Errorf("change password: %w", err)
	}
	var fresh newChain
	now := s.now()
	err = s.db.InTx(ctx, func(tx pgx.Tx) error {
		q := membersdb.New(tx)
		if err := s.ownNow(ctx, tx, by); err != nil {
			return err
		}
		if err := try.succeeded(ctx, tx); err != nil {
			return err
		}
		if cmd.Old == cmd.New {
			return nil
		}
		if err := q.ChangePasswordHash(ctx, hash, &now, by.Member); err != nil {
			return err
		}
		if err := q.RevokeResets(ctx, &now, &by.Member); err != nil {
			return err
		}
		if err := q.DeleteTOTPInProgress(ctx, by.Member); err != nil {
			return err
		}
		reason := passwordChanged
		if _, err := q.EndOtherSessionsOf(ctx, membersdb.EndOtherSessionsOfParams{
			EndedAt: &now, EndReason: &reason, MemberID: by.Member, Keep: by.Session.UUID,
		}); err != nil {
			return err
		}
		if err := q.LeaveDevicesOf(ctx, &by.Member); err != nil {
			return err
		}
		if err := record(ctx, tx, now, by, done{action: "password_changed", object: memberObject(by.Member, by.Name)}); err != nil {
			return err
		}
		fresh, err = s.renew(ctx, tx, by, passwordChanged)
		return err
	})
	if err != nil {
		return Session{}, fmt.Errorf("change password: %w", err)
	}
	if cmd.Old == cmd.New {
		return Session{}, ErrSamePassword.On("new")
	}
	s.sessions.forgetAllOf(by.Member)
	return s.open(ctx, fresh.session, fresh.token)
}

// proveAgain checks the password of somebody who is signed in, before something that a borrowed device
// must not do. The attempt it returns is still open.
func (s *Service) proveAgain(ctx context.Context, by auth.Principal, hash, password string) (attempt, error) {
	if by.OnShared() {
		return attempt{}, auth.ErrSharedDevice
	}
	try, err := s.announce(ctx, side{codeRule, "password/" + by.Member.String(), ""})
	if err != nil {
		s.refused(ctx, again(by), err)
		return try, err
	}
	ok, _, err := s.passwords.Verify(ctx, hash, password)
	if err != nil {
		return try, err
	}
	if !ok {
		s.refused(ctx, again(by), ErrWrongPassword)
		return try, errors.Join(try.failed(ctx), ErrWrongPassword.On("old"))
	}
	s.accepted(ctx, again(by))
	return try, nil
}

// knownOf lists what is no secret about a person, for weakness.
func (s *Service) knownOf(ctx context.Context, by auth.Principal, about ...string) ([]string, error) {
	stores, err := membersdb.New(s.db).StorePlainNamesOf(ctx, by.Member)
	if err != nil {
		return nil, err
	}
	for _, store := range stores {
		about = append(about, store.NameKo, store.NameEn, store.Code)
	}
	if f, err := s.Franchise(ctx); err == nil {
		about = append(about, f.Name.Ko, f.Name.En)
	}
	return about, nil
}
