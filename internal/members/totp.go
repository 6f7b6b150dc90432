package members

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base32"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/pquerna/otp"
	"github.com/pquerna/otp/hotp"

	"maru/internal/kernel/ids"
	"maru/internal/members/internal/membersdb"
	"maru/internal/platform/auth"
	"maru/internal/platform/errs"
)

// Errors of second factors.
var (
	ErrWrongCode = errs.New(errs.Unauthorized, "members.wrong_code",
		"번호가 맞지 않거나 이미 쓴 번호예요. 앱에 새로 나온 번호를 적어 주세요.",
		"That code is not right, or was used before. Enter the newest one from your app.")
	ErrHasTOTP = errs.New(errs.Conflict, "members.has_totp",
		"인증 앱을 이미 쓰고 있어요.", "You use an authenticator app already.")
	ErrNoTOTP = errs.New(errs.Conflict, "members.no_totp",
		"인증 앱을 아직 쓰지 않아요.", "You do not use an authenticator app yet.")
	ErrFactorRequired = errs.New(errs.Forbidden, "members.factor_required",
		"이 역할은 2단계 인증을 꼭 써야 해요.", "Your role requires a second factor.")
)

const (
	codeEvery     = 30 * time.Second // RFC 6238's step
	enrolmentLife = 10 * time.Minute // from the password to the first code
)

// Enrolment is what an authenticator app is told, by picture or by hand.
type Enrolment struct {
	URI    string // otpauth://…
	Secret string // in base32
}

// SecondFactor is what a person sees of theirs.
type SecondFactor struct {
	TOTP      bool
	Since     time.Time // of TOTP
	CodesLeft int       // recovery codes that are left
	Required  bool      // by their role
}

// SecondFactor returns what the person uses.
func (s *Service) SecondFactor(ctx context.Context, by auth.Principal) (SecondFactor, error) {
	q := membersdb.New(s.db)
	f := SecondFactor{}
	row, err := q.TOTP(ctx, by.Member)
	if err != nil && !errors.Is(err, pgx.ErrNoRows) {
		return f, fmt.Errorf("second factor of %s: %w", by.Member, err)
	}
	if row.ConfirmedAt != nil {
		f.TOTP, f.Since = true, *row.ConfirmedAt
		left, err := q.RecoveryCodesLeft(ctx, by.Member)
		if err != nil {
			return f, fmt.Errorf("second factor of %s: %w", by.Member, err)
		}
		f.CodesLeft = int(left)
	}
	f.Required, err = s.requiresFactor(ctx, by.Role)
	return f, err
}

func (s *Service) requiresFactor(ctx context.Context, role auth.Role) (bool, error) {
	rules, err := membersdb.New(s.db).SecondFactorRules(ctx)
	if err != nil {
		return false, fmt.Errorf("rules of second factors: %w", err)
	}
	return slices.ContainsFunc(rules, func(r membersdb.MembersSecondFactorRule) bool { return r.Role == role }), nil
}

// BeginTOTP makes a new secret for an authenticator app. It counts for nothing until ConfirmTOTP, which has to come within
// enrolmentLife. It returns ErrWrongPassword on "old", ErrHasTOTP, and ErrPasskeyNeeded.
func (s *Service) BeginTOTP(ctx context.Context, by auth.Principal, password string) (Enrolment, error) {
	if err := s.mayAddFactor(ctx, by); err != nil {
		return Enrolment{}, fmt.Errorf("begin totp: %w", err)
	}
	if err := s.reauthenticate(ctx, by, password); err != nil {
		return Enrolment{}, fmt.Errorf("begin totp: %w", err)
	}
	raw := make([]byte, 20) // as many bytes as the hash has, RFC 4226 section 4
	_, _ = rand.Read(raw)   // never fails; the process ends where the system has no randomness
	secret := base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(raw)
	err := s.db.InTx(ctx, func(tx pgx.Tx) error {
		if err := s.ownNow(ctx, tx, by); err != nil {
			return err
		}
		n, err := membersdb.New(tx).BeginTOTP(ctx, by.Member, s.sealTOTP(by.Member, secret), s.now())
		if err == nil && n == 0 {
			err = ErrHasTOTP
		}
		return err
	})
	if err != nil {
		return Enrolment{}, fmt.Errorf("begin totp: %w", err)
	}
	return s.TOTPInProgress(ctx, by)
}

// TOTPInProgress returns the secret that was begun lately and not confirmed, or ErrNoTOTP.
func (s *Service) TOTPInProgress(ctx context.Context, by auth.Principal) (Enrolment, error) {
	q := membersdb.New(s.db)
	row, err := q.TOTP(ctx, by.Member)
	if errors.Is(err, pgx.ErrNoRows) || err == nil && (row.ConfirmedAt != nil || s.now().Sub(row.BegunAt) > enrolmentLife) {
		return Enrolment{}, ErrNoTOTP
	}
	if err != nil {
		return Enrolment{}, fmt.Errorf("totp in progress: %w", err)
	}
	account, err := q.Account(ctx, by.Member)
	if err != nil {
		return Enrolment{}, fmt.Errorf("totp in progress: %w", err)
	}
	issuer := "Maru"
	if f, err := s.Franchise(ctx); err == nil {
		issuer = f.Name.Ko
	}
	secret, err := s.openTOTP(by.Member, row.Secret)
	if err != nil {
		return Enrolment{}, ErrNoTOTP // it was begun under a secret that is gone: begin anew
	}
	return Enrolment{URI: otpURI(issuer, account.Login, secret), Secret: secret}, nil
}

// ConfirmTOTP begins to ask for codes at sign-in, when the first has proved that the app has the secret. It
// returns recovery codes, which are shown once and never again. It returns ErrWrongCode, on "code".
func (s *Service) ConfirmTOTP(ctx context.Context, by auth.Principal, code string) ([]string, error) {
	try, err := s.announce(ctx, side{codeRule, "member/" + by.Member.String(), ""})
	if err != nil {
		return nil, fmt.Errorf("confirm totp: %w", err)
	}
	var codes []string
	now := s.now()
	err = s.db.InTx(ctx, func(tx pgx.Tx) error {
		if err := s.ownNow(ctx, tx, by); err != nil {
			return err
		}
		q := membersdb.New(tx)
		row, err := q.TOTPForUpdate(ctx, by.Member)
		if errors.Is(err, pgx.ErrNoRows) {
			return ErrNoTOTP
		}
		if err != nil {
			return err
		}
		if row.ConfirmedAt != nil {
			return ErrHasTOTP
		}
		if now.Sub(row.BegunAt) > enrolmentLife {
			return ErrNoTOTP
		}
		secret, err := s.openTOTP(by.Member, row.Secret)
		if err != nil {
			return err
		}
		step, ok := stepOf(secret, code, row.LastStep, now)
		if !ok {
			return ErrWrongCode.On("code")
		}
		if err := q.UseTOTP(ctx, step, &now, by.Member); err != nil {
			return err
		}
		if codes, err = newRecoveryCodes(ctx, q, by.Member, now); err != nil {
			return err
		}
		if err := try.succeeded(ctx, tx); err != nil {
			return err
		}
		return record(ctx, tx, now, by, done{action: "second_factor_added", object: memberObject(by.Member, by.Name)})
	})
	switch {
	case errors.Is(err, ErrWrongCode):
		err = errors.Join(try.failed(ctx), err)
	case err != nil:
		err = errors.Join(try.unheard(ctx), err)
	}
	if err != nil {
		return nil, fmt.Errorf("confirm totp: %w", err)
	}
	s.sessions.forgetAllOf(by.Member)
	return codes, nil
}

// RemoveTOTP stops asking for codes. It returns ErrFactorRequired where the role requires them.
func (s *Service) RemoveTOTP(ctx context.Context, by auth.Principal, password string) error {
	if required, err := s.requiresFactor(ctx, by.Role); err != nil || required {
		return errors.Join(err, ErrFactorRequired)
	}
	if err := s.reauthenticate(ctx, by, password); err != nil {
		return fmt.Errorf("remove totp: %w", err)
	}
	own := func(tx pgx.Tx) error { return s.ownNow(ctx, tx, by) }
	if err := s.removeTOTP(ctx, by, by.Member, "second_factor_removed", own, nil); err != nil {
		return fmt.Errorf("remove totp: %w", err)
	}
	return nil
}

// HeldFactors is what of a second factor somebody has.
type HeldFactors struct {
	TOTP     bool
	Passkeys int
}

// FactorsOf returns which second factors a person has, for the page of headquarters. It returns ErrNotAllowed.
func (s *Service) FactorsOf(ctx context.Context, by auth.Principal, member ids.MemberID) (HeldFactors, error) {
	if !by.AtHQ() || !by.May(auth.ViewMembers) {
		return HeldFactors{}, ErrNotAllowed
	}
	q := membersdb.New(s.db)
	row, err := q.TOTP(ctx, member)
	if err != nil && !errors.Is(err, pgx.ErrNoRows) {
		return HeldFactors{}, fmt.Errorf("factors of %s: %w", member, err)
	}
	keys, err := q.PasskeysOf(ctx, member)
	if err != nil {
		return HeldFactors{}, fmt.Errorf("factors of %s: %w", member, err)
	}
	return HeldFactors{TOTP: row.ConfirmedAt != nil, Passkeys: len(keys)}, nil
}

// ResetSecondFactor takes app, recovery codes and passkeys away from somebody who has lost them, and signs
// the person out everywhere: who found the device may be using it. It is headquarters' to make sure who asks.
// Nobody does it to themselves, which would go around the password that removing one's own asks for. It returns
// ErrNotAllowed, ErrOwnAccount and ErrNoMember.
func (s *Service) ResetSecondFactor(ctx context.Context, by auth.Principal, member ids.MemberID) error {
	switch {
	case !by.AtHQ() || !by.May(auth.ManageMembers):
		return ErrNotAllowed
	case by.Member == member:
		return ErrOwnAccount
	}
	stillMay := func(tx pgx.Tx) error {
		_, err := s.mayNow(ctx, tx, by, auth.ManageMembers)
		return err
	}
	err := s.removeTOTP(ctx, by, member, "second_factor_reset", stillMay, func(tx pgx.Tx) error {
		if err := membersdb.New(tx).DeletePasskeysOf(ctx, member); err != nil {
			return err
		}
		return endSessionsOf(ctx, tx, member, s.now(), "ended_by_hq")
	})
	if err != nil {
		return fmt.Errorf("reset second factor of %s: %w", member, err)
	}
	return nil
}

// removeTOTP takes app and recovery codes away where allowed, which comes first in the transaction, returns nil; what
// else belongs to it is done in the same transaction.
func (s *Service) removeTOTP(ctx context.Context, by auth.Principal, member ids.MemberID, action string, allowed, also func(pgx.Tx) error) error {
	err := s.db.InTx(ctx, func(tx pgx.Tx) error {
		if err := allowed(tx); err != nil {
			return err
		}
		q := membersdb.New(tx)
		account, err := lockMember(ctx, q, member)
		if err != nil {
			return err
		}
		if err := q.DeleteRecoveryCodes(ctx, member); err != nil {
			return err
		}
		if err := q.DeleteTOTP(ctx, member); err != nil {
			return err
		}
		if also != nil {
			if err := also(tx); err != nil {
				return err
			}
		}
		return record(ctx, tx, s.now(), by, done{action: action, object: memberObject(member, account.Name)})
	})
	s.sessions.forgetAllOf(member)
	return err
}

// reauthenticate asks for the password of somebody who is signed in, within the limits of attempts.
func (s *Service) reauthenticate(ctx context.Context, by auth.Principal, password string) error {
	account, err := membersdb.New(s.db).Account(ctx, by.Member)
	if err != nil {
		return err
	}
	try, err := s.proveAgain(ctx, by, account.PasswordHash, password)
	if err != nil {
		return err
	}
	return s.db.InTx(ctx, func(tx pgx.Tx) error { return try.succeeded(ctx, tx) })
}

// checkCode uses up a code of the app, or a recovery code. It returns ErrWrongCode on "code".
func (s *Service) checkCode(ctx context.Context, member ids.MemberID, account, code string) error {
	try, err := s.announce(ctx, side{codeRule, "member/" + member.String(), account})
	if err != nil {
		return err
	}
	err = s.db.InTx(ctx, func(tx pgx.Tx) error {
		q, now := membersdb.New(tx), s.now()
		row, err := q.TOTPForUpdate(ctx, member)
		if err != nil {
			return err
		}
		secret, unreadable := s.openTOTP(member, row.Secret) // recovery codes need no secret
		if step, ok := stepOf(secret, code, row.LastStep, now); ok && unreadable == nil {
			if err := q.UseTOTP(ctx, step, row.ConfirmedAt, member); err != nil {
				return err
			}
			return try.succeeded(ctx, tx)
		}
		n, err := q.UseRecoveryCode(ctx, &now, member, hashOfRecovery(code))
		if err != nil {
			return err
		}
		if n == 0 {
			return ErrWrongCode.On("code")
		}
		return try.succeeded(ctx, tx)
	})
	if errors.Is(err, ErrWrongCode) {
		return errors.Join(try.failed(ctx), err)
	}
	return err
}

// stepOf returns the step of RFC 6238 to which a code belongs: now, or one before or after for clocks that
// differ. A step that is not after the last one that was used is none: a code is good once.
func stepOf(secret, code string, last int64, now time.Time) (int64, bool) {
	code = strings.Map(func(r rune) rune {
		if r == ' ' || r == '-' {
			return -1
		}
		return r
	}, code)
	current := now.Unix() / int64(codeEvery/time.Second)
	for step := current - 1; step <= current+1; step++ {
		want, err := hotp.GenerateCodeCustom(secret, uint64(step), hotp.ValidateOpts{Digits: otp.DigitsSix, Algorithm: otp.AlgorithmSHA1}) //nolint:gosec // after 1970
		if err != nil {
			return 0, false
		}
		if subtle.ConstantTimeCompare([]byte(want), []byte(code)) == 1 && step > last {
			return step, true
		}
	}
	return 0, false
}
