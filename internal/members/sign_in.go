package members

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"maru/internal/kernel/ids"
	"maru/internal/kernel/lang"
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
	// DeviceKey is a random text of at least 32 characters that the browser keeps, by which it is known
	// again; empty for none.
	DeviceKey string
	// Code is of the second factor, where a program sends it at once; people are asked for it.
	Code string
}

// Session is a live sign-in: the person, and the tokens that prove it.
type Session struct {
	Principal      auth.Principal
	AccessToken    string // a JWT, good for auth.AccessTokenLife
	AccessExpires  time.Time
	RefreshToken   string // opaque; good once, see Refresh
	RefreshExpires time.Time
	// Copied says that somebody used a copy of an earlier session, and that the person has not been told
	// (see Devices). Only SignIn sets it.
	Copied bool
	// WrongPINs is how many wrong PINs were tried in the person's name in this store since they last came. Only
	// SwitchPerson sets it.
	WrongPINs int
	// Challenge is what FinishSignIn takes where a code is needed; everything else is empty then.
	Challenge string
}

// ErrWrongCredentials is the answer to a wrong password and to a login that does not exist alike.
var ErrWrongCredentials = errs.New(errs.Unauthorized, "members.wrong_credentials",
	"아이디나 비밀번호가 맞지 않아요.", "The login or password is not right.")

// SignIn begins a session. It returns ErrWrongCredentials, after the same time for every login, ErrLocked
// after too many failures of the account or the address, ErrStrangersWait where too many strangers failed, and ErrCodeNeeded with a Challenge where the
// password was right and a second factor is asked for. ErrPasskeyNeeded says that the password was right and only a passkey opens the account.
func (s *Service) SignIn(ctx context.Context, cmd SignIn) (Session, error) {
	login := normalLogin(cmd.Login)
	member, try, rehash, err := s.prove(ctx, login, cmd)
	if err != nil {
		return Session{}, fmt.Errorf("sign in: %w", err)
	}
	proved := func(tx pgx.Tx) error {
		if err := holdPassword(ctx, tx, member.MemberID, member.PasswordChangedAt); err != nil {
			return err
		}
		if err := try.succeeded(ctx, tx); err != nil || rehash == "" {
			return err
		}
		return membersdb.New(tx).UpdatePasswordHash(ctx, rehash, member.MemberID, member.PasswordHash)
	}
	asks, err := s.asksForCode(ctx, member.MemberID)
	if err == nil && !asks {
		err = s.askForPasskey(ctx, member.MemberID, member.Role)
	}
	if err != nil {
		return Session{}, fmt.Errorf("sign in: %w", errors.Join(try.unheard(ctx), err))
	}
	if !asks {
		return s.beginSession(ctx, membersdb.InsertSessionParams{MemberID: member.MemberID}, cmd, proved)
	}
	if err := s.db.InTx(ctx, proved); err != nil {
		return Session{}, fmt.Errorf("sign in: %w", err)
	}
	sealed, err := s.tokens.Seal(secondStep, secondStepLife, challenge{Member: member.MemberID, Changed: member.PasswordChangedAt})
	switch {
	case err != nil:
		return Session{}, fmt.Errorf("sign in: %w", err)
	case cmd.Code == "":
		return Session{Challenge: sealed}, ErrCodeNeeded.On("code")
	}
	return s.FinishSignIn(ctx, sealed, cmd.Code, cmd)
}

// holdPassword returns ErrWrongCredentials where the password was changed since it was seen, or the account is not
// active: checking it takes a moment, in which its owner may have ended every session that it opened.
func holdPassword(ctx context.Context, tx pgx.Tx, member ids.MemberID, changed *time.Time) error {
	_, err := membersdb.New(tx).HoldPassword(ctx, member, changed)
	if notFound(err) {
		return ErrWrongCredentials
	}
	return err
}

// beginSession stores a new session and returns it. row says whose it is; proved, where there is one,
// belongs into the same transaction.
func (s *Service) beginSession(ctx context.Context, row membersdb.InsertSessionParams, from SignIn, proved func(pgx.Tx) error) (Session, error) {
	begun := s.beginChain()
	row.Device, row.DeviceHash, row.Address = oneLine(from.Device, 200), deviceHash(from.DeviceKey), networkOf(from.Address)
	row.Network = neighbourhoodOf(from.Address)
	err := s.db.InTx(ctx, func(tx pgx.Tx) error {
		if proved != nil {
			if err := proved(tx); err != nil {
				return err
			}
		}
		m, err := membersdb.New(tx).MemberByID(ctx, row.MemberID)
		if err != nil {
			return err
		}
		if m.State != active {
			return ErrWrongCredentials
		}
		row.ExpiresAt = s.limits.until(m.Role, begun.at, begun.at)
		if err := begun.insert(ctx, tx, row); err != nil {
			return err
		}
		who := auth.Principal{Member: m.MemberID, Name: m.Name, Role: m.Role, Session: begun.session, Address: row.Address}
		return record(ctx, tx, begun.at, who, done{
			action: "signed_in", object: sessionObject(begun.session), after: fields{"device": row.Device, "passkey": row.ByPasskey},
		})
	})
	if err != nil {
		return Session{}, fmt.Errorf("begin session: %w", err)
	}
	session, err := s.open(ctx, begun.session, begun.token)
	if err != nil {
		return Session{}, err
	}
	copied, err := s.copied(ctx, session.Principal.Member)
	session.Copied = len(copied) > 0
	return session, err
}

// prove checks the password within the limits of attempts. The attempt it returns is still open.
func (s *Service) prove(ctx context.Context, login string, cmd SignIn) (member membersdb.MemberByLoginRow, try attempt, rehash string, err error) {
	sides, err := s.sidesOf(ctx, login, cmd.DeviceKey, cmd.Address)
	if err != nil {
		return member, try, "", err
	}
	typed := proof{by: "password", account: accountKey(login), address: cmd.Address}
	if try, err = s.announce(ctx, sides...); err != nil {
		s.refused(ctx, typed, err)
		return member, try, "", err
	}
	member, rehash, err = s.checkPassword(ctx, login, cmd.Password)
	typed.member = member.MemberID
	if err == nil {
		s.accepted(ctx, typed)
	}
	if errors.Is(err, ErrWrongCredentials) {
		s.refused(ctx, typed, err)
		if err := try.failedThen(ctx, s.lockRecord(login, cmd.Address, member.MemberID, member.Name)); err != nil {
			return member, try, "", err
		}
	}
	return member, try, rehash, err
}

// checkPassword returns the member whose login and password these are, and a new hash where the
// stored one is out of date. With ErrWrongCredentials it returns whose login it is, if anybody's.
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
		return member, "", ErrWrongCredentials
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
	return s.openKnown(id, token, known)
}

func (s *Service) openKnown(id ids.SessionID, token refreshToken, known knownSession) (Session, error) {
	access, expires, err := s.tokens.Issue(known.principal.Member, id)
	if err != nil {
		return Session{}, fmt.Errorf("issue access token: %w", err)
	}
	return Session{
		Principal: known.principal, AccessToken: access, AccessExpires: expires,
		RefreshToken: token.String(), RefreshExpires: known.expires,
	}, nil
}

// oneLine makes foreign text harmless: valid, on one line, of limited length.
func oneLine(s string, limit int) string {
	s = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return ' '
		}
		return r
	}, lang.WithoutTurns(strings.ToValidUTF8(s, "")))
	if runes := []rune(s); len(runes) > limit {
		s = string(runes[:limit])
	}
	return strings.TrimSpace(s)
}
