package members

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"time"

	"github.com/jackc/pgx/v5"

	"maru/internal/kernel/ids"
	"maru/internal/members/internal/membersdb"
	"maru/internal/platform/auth"
	"maru/internal/platform/errs"
	"maru/internal/platform/trail"
)

// ErrCodeNeeded is the answer to a right password of somebody who uses a second factor. The Session that
// comes with it holds nothing but the Challenge for FinishSignIn.
var ErrCodeNeeded = errs.New(errs.Unauthorized, "members.code_needed",
	"인증 앱의 번호를 적어 주세요.", "Please enter the code from your authenticator app.")

// ErrChallengeOver is returned where the second step comes too late.
var ErrChallengeOver = errs.New(errs.Unauthorized, "members.challenge_over",
	"시간이 지났어요. 처음부터 다시 로그인해 주세요.", "That took too long. Please sign in again from the start.")

const (
	secondStep     = "second factor" // purpose of a sealed challenge
	secondStepLife = 5 * time.Minute
)

// challenge is what is sealed between the two steps of signing in.
type challenge struct {
	Member ids.MemberID `json:"member"`
	// Changed is when the password that was right had been changed.
	Changed *time.Time `json:"changed,omitempty"`
}

// ErrPasskeyNeeded is the answer to a right password where the role must use a second factor and a passkey is the only
// one that the account has: it must not be added another one by who knows no more than the password.
var ErrPasskeyNeeded = errs.New(errs.Unauthorized, "members.passkey_needed",
	"이 계정은 패스키로 로그인해야 해요. 패스키를 잃었으면 본사에 2단계 인증 초기화를 요청해 주세요.",
	"This account opens with its passkey. If you lost it, ask headquarters to reset your second factor.")

// askForPasskey returns ErrPasskeyNeeded for an account that no password alone may open.
func (s *Service) askForPasskey(ctx context.Context, member ids.MemberID, role auth.Role) error {
	if required, err := s.requiresFactor(ctx, role); err != nil || !required {
		return err
	}
	keys, err := membersdb.New(s.db).PasskeysOf(ctx, member)
	if err != nil || len(keys) == 0 {
		return err
	}
	return ErrPasskeyNeeded
}

// mayAddFactor is askForPasskey for somebody who was signed in by password when the rule came.
func (s *Service) mayAddFactor(ctx context.Context, by auth.Principal) error {
	if !by.NeedsFactor {
		return nil
	}
	return s.askForPasskey(ctx, by.Member, by.Role)
}

// asksForCode reports whether signing in as the member takes a code.
func (s *Service) asksForCode(ctx context.Context, member ids.MemberID) (bool, error) {
	row, err := membersdb.New(s.db).TOTP(ctx, member)
	if errors.Is(err, pgx.ErrNoRows) {
		return false, nil
	}
	return err == nil && row.ConfirmedAt != nil, err
}

// FinishSignIn begins the session of somebody whose password was right, when the code is right as well: of
// the app, or one of the recovery codes. It returns ErrWrongCode, ErrLocked after five of them, and
// ErrChallengeOver where the password was asked for too long ago or was changed since.
func (s *Service) FinishSignIn(ctx context.Context, sealed, code string, from SignIn) (Session, error) {
	var c challenge
	_, err := s.tokens.Unseal(secondStep, sealed, &c)
	if err != nil {
		return Session{}, ErrChallengeOver
	}
	account, err := membersdb.New(s.db).Account(ctx, c.Member)
	if err != nil {
		return Session{}, fmt.Errorf("finish sign-in: %w", err)
	}
	if !sameMoment(account.PasswordChangedAt, c.Changed) {
		return Session{}, ErrChallengeOver
	}
	entered := proof{by: "code", account: accountKey(account.Login), member: c.Member, address: from.Address}
	if err := s.checkCode(ctx, c.Member, entered.account, code); err != nil {
		s.refused(ctx, entered, err)
		return Session{}, fmt.Errorf("finish sign-in: %w", err)
	}
	s.accepted(ctx, entered)
	return s.beginSession(ctx, membersdb.InsertSessionParams{MemberID: c.Member}, from, func(tx pgx.Tx) error {
		return holdPassword(ctx, tx, c.Member, c.Changed)
	})
}

func sameMoment(a, b *time.Time) bool { return a == b || a != nil && b != nil && a.Equal(*b) }

// SecondFactorRule says whether people of a role must use a second factor, and how many do.
type SecondFactorRule struct {
	Role     auth.Role
	Required bool
	People   int
	WithTOTP int
}

// SecondFactorRules returns one for each role that somebody has, or that is required to.
func (s *Service) SecondFactorRules(ctx context.Context, by auth.Principal) ([]SecondFactorRule, error) {
	if !by.May(auth.ManageSettings) {
		return nil, ErrNotAllowed
	}
	q := membersdb.New(s.db)
	rules, err := q.SecondFactorRules(ctx)
	if err != nil {
		return nil, fmt.Errorf("rules of second factors: %w", err)
	}
	counts, err := q.SecondFactorCounts(ctx)
	if err != nil {
		return nil, fmt.Errorf("rules of second factors: %w", err)
	}
	byRole := map[auth.Role]*SecondFactorRule{}
	var out []*SecondFactorRule
	of := func(role auth.Role) *SecondFactorRule {
		if byRole[role] == nil {
			byRole[role] = &SecondFactorRule{Role: role}
			out = append(out, byRole[role])
		}
		return byRole[role]
	}
	for _, c := range counts {
		of(c.Role).People, of(c.Role).WithTOTP = int(c.People), int(c.WithCodes)
	}
	for _, r := range rules {
		of(r.Role).Required = true
	}
	all := make([]SecondFactorRule, len(out))
	for i, r := range out {
		all[i] = *r
	}
	return all, nil
}

// RequireSecondFactor sets or lifts the rule for a role. Who has none is led to set one up at the next page
// they open; nobody is thrown out.
func (s *Service) RequireSecondFactor(ctx context.Context, by auth.Principal, role auth.Role, required bool) error {
	if !by.May(auth.ManageSettings) {
		return ErrNotAllowed
	}
	now, action := s.now(), "second_factor_required"
	if !required {
		action = "second_factor_not_required"
	}
	err := s.db.InTx(ctx, func(tx pgx.Tx) error {
		by, err := s.mayNow(ctx, tx, by, auth.ManageSettings)
		if err != nil {
			return err
		}
		q := membersdb.New(tx)
		var changed int64
		if required {
			changed, err = q.SetSecondFactorRule(ctx, role, now, by.Name)
		} else {
			changed, err = q.LiftSecondFactorRule(ctx, role)
		}
		if err != nil || changed == 0 {
			return err
		}
		return record(ctx, tx, now, by, done{action: action, object: trail.Object{Kind: "role", ID: string(role)}})
	})
	if err != nil {
		return fmt.Errorf("require second factor: %w", err)
	}
	return nil
}

func otpURI(issuer, login, secret string) string {
	v := url.Values{"secret": {secret}, "issuer": {issuer}, "algorithm": {"SHA1"}, "digits": {"6"}, "period": {"30"}}
	u := url.URL{Scheme: "otpauth", Host: "totp", Path: "/" + issuer + ":" + login, RawQuery: v.Encode()}
	return u.String()
}
