package members

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"maru/internal/members/internal/membersdb"
	"maru/internal/platform/auth"
	"maru/internal/platform/errs"
	"maru/internal/platform/outbox"
	"maru/internal/platform/trail"
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
	ErrSharedDevice = errs.New(errs.Forbidden, "members.shared_device",
		"매장 공용 기기에서는 할 수 없어요. 자기 기기로 로그인해 주세요.",
		"That cannot be done on a shared register. Please sign in on a device of your own.")
)

// ChangePassword sets a new password and ends all other sessions of the person: whoever had got hold of
// the old one is out. It returns ErrWrongPassword, ErrSamePassword or ErrWeakPassword on their input, and
// ErrLocked after five wrong ones.
func (s *Service) ChangePassword(ctx context.Context, by auth.Principal, cmd ChangePassword) error {
	q := membersdb.New(s.db)
	account, err := q.Account(ctx, by.Member)
	if err != nil {
		return fmt.Errorf("change password: %w", err)
	}
	about, err := s.knownOf(ctx, by, account.Login, account.Name)
	if err != nil {
		return fmt.Errorf("change password: %w", err)
	}
	if problem := weakness(cmd.New, about...); problem != nil {
		return problem.On("new")
	}
	try, err := s.proveAgain(ctx, by, account.PasswordHash, cmd.Old)
	if err != nil {
		return fmt.Errorf("change password: %w", err)
	}
	hash, err := s.passwords.Hash(ctx, cmd.New)
	if err != nil {
		return fmt.Errorf("change password: %w", err)
	}
	now := s.now()
	err = s.db.InTx(ctx, func(tx pgx.Tx) error {
		q := membersdb.New(tx)
		if err := try.succeeded(ctx, tx); err != nil {
			return err
		}
		if cmd.Old == cmd.New {
			return nil
		}
		if err := q.ChangePasswordHash(ctx, hash, &now, by.Member); err != nil {
			return err
		}
		reason := "password_changed"
		if _, err := q.EndOtherSessionsOf(ctx, membersdb.EndOtherSessionsOfParams{
			EndedAt: &now, EndReason: &reason, MemberID: by.Member, Keep: by.Session.UUID,
		}); err != nil {
			return err
		}
		return outbox.Publish(ctx, tx, trail.Of("members", now, by, "password_changed", trail.Object{Kind: "member", ID: by.Member.String(), Name: by.Name}))
	})
	if err != nil {
		return fmt.Errorf("change password: %w", err)
	}
	if cmd.Old == cmd.New {
		return ErrSamePassword.On("new")
	}
	s.sessions.forgetAllOf(by.Member)
	return nil
}

// proveAgain checks the password of somebody who is signed in, before something that a borrowed device
// must not do. The attempt it returns is still open.
func (s *Service) proveAgain(ctx context.Context, by auth.Principal, hash, password string) (attempt, error) {
	try, err := s.announce(ctx, side{codeRule, "password/" + by.Member.String(), ""})
	if err != nil {
		return try, err
	}
	ok, _, err := s.passwords.Verify(ctx, hash, password)
	if err != nil {
		return try, err
	}
	if !ok {
		return try, errors.Join(try.failed(ctx), ErrWrongPassword.On("old"))
	}
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
