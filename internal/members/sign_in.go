package members

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"maru/internal/kernel/ids"
	"maru/internal/members/internal/membersdb"
	"maru/internal/platform/auth"
	"maru/internal/platform/errs"
)

// SignIn is an attempt to sign in.
type SignIn struct {
	Login    string
	Password string
	Device   string // what the browser or program calls itself, for the list of sessions
	Address  string // where the attempt comes from
}

// Session is a live sign-in: the person, and the tokens that prove it.
type Session struct {
	Principal      auth.Principal
	AccessToken    string // a JWT, good for auth.AccessTokenLife
	AccessExpires  time.Time
	RefreshToken   string // opaque; good once, see Refresh
	RefreshExpires time.Time
}

// ErrWrongCredentials is the answer to a wrong password and to a login that does not exist alike.
var ErrWrongCredentials = errs.New(errs.Unauthorized, "members.wrong_credentials",
	"아이디나 비밀번호가 맞지 않아요.", "The login or password is not right.")

// SessionLife is how long a session, and a refresh token, lasts without being used.
const SessionLife = 30 * 24 * time.Hour

// SignIn begins a session. It returns ErrWrongCredentials, after the same time for every login, and
// ErrLocked after too many failures of the account or the address.
func (s *Service) SignIn(ctx context.Context, cmd SignIn) (Session, error) {
	login := normalLogin(cmd.Login)
	try := newAttempt(login, cmd.Address)
	err := s.db.InTx(ctx, func(tx pgx.Tx) error { return try.begin(ctx, tx, s.now()) })
	if err != nil {
		return Session{}, fmt.Errorf("sign in: %w", err)
	}
	member, rehash, err := s.checkPassword(ctx, login, cmd.Password)
	if err != nil {
		return Session{}, fmt.Errorf("sign in: %w", err)
	}
	begun := s.beginChain()
	err = s.db.InTx(ctx, func(tx pgx.Tx) error {
		q := membersdb.New(tx)
		if err := try.succeeded(ctx, tx); err != nil {
			return err
		}
		if rehash != "" {
			if err := q.UpdatePasswordHash(ctx, rehash, member.MemberID, member.PasswordHash); err != nil {
				return err
			}
		}
		return q.InsertSession(ctx, membersdb.InsertSessionParams{
			SessionID: begun.session, MemberID: member.MemberID, Device: oneLine(cmd.Device, 200), Address: networkOf(cmd.Address),
			StartedAt: begun.at, TokenHash: begun.token.hash(), ChainKey: begun.key, ExpiresAt: begun.at.Add(SessionLife),
		})
	})
	if err != nil {
		return Session{}, fmt.Errorf("sign in: %w", err)
	}
	return s.open(ctx, begun.session, begun.token)
}

// checkPassword returns the member whose login and password these are, and a new hash where the
// stored one is out of date.
func (s *Service) checkPassword(ctx context.Context, login, password string) (membersdb.MemberByLoginRow, string, error) {
	var none membersdb.MemberByLoginRow
	member, err := none, pgx.ErrNoRows
	if loginForm.MatchString(login) {
		member, err = membersdb.New(s.db).MemberByLogin(ctx, login)
	}
	if errors.Is(err, pgx.ErrNoRows) {
		if err := s.passwords.VerifyNobody(ctx, password); err != nil {
			return none, "", err
		}
		return none, "", ErrWrongCredentials
	}
	if err != nil {
		return none, "", err
	}
	ok, outdated, err := s.passwords.Verify(ctx, member.PasswordHash, password)
	if err != nil {
		return none, "", err
	}
	if !ok {
		return none, "", ErrWrongCredentials
	}
	if !outdated {
		return member, "", nil
	}
	rehash, err := s.passwords.Hash(ctx, password)
	return member, rehash, err
}

// open makes the Session of a live session whose newest refresh token is token.
func (s *Service) open(ctx context.Context, id ids.SessionID, token refreshToken) (Session, error) {
	known, err := s.lookUp(ctx, id)
	if err != nil {
		return Session{}, err
	}
	access, expires, err := s.tokens.Issue(known.principal.Member, id)
	if err != nil {
		return Session{}, fmt.Errorf("issue access token: %w", err)
	}
	return Session{
		Principal: known.principal, AccessToken: access, AccessExpires: expires,
		RefreshToken: token.String(), RefreshExpires: s.now().Add(SessionLife),
	}, nil
}

// oneLine makes foreign text harmless: valid, on one line, of limited length.
func oneLine(s string, limit int) string {
	s = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(s, ""))
	if runes := []rune(s); len(runes) > limit {
		s = string(runes[:limit])
	}
	return strings.TrimSpace(s)
}
