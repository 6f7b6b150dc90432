package members

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"maru/internal/kernel/ids"
	"maru/internal/members/internal/membersdb"
	"maru/internal/platform/auth"
	"maru/internal/platform/errs"
)

// ErrSessionEnded is returned for a session that ended, expired or never was, and for a refresh
// token that was used before.
var ErrSessionEnded = errs.New(errs.Unauthorized, "members.session_ended",
	"로그인이 끝났어요. 다시 로그인해 주세요.", "Your session has ended. Please sign in again.")

// ErrSessionRenewed is ErrSessionEnded for tokens that were replaced within reuseGrace: the browser has newer ones by now,
// which an answer to what was under way in another tab must not take away.
var ErrSessionRenewed = errs.New(errs.Unauthorized, "members.session_ended", ErrSessionEnded.Text.Ko, ErrSessionEnded.Text.En)

// reuseGrace is for how long a used refresh token still gives the one that replaced it: two tabs send
// the same one at the same moment, and an answer gets lost on the way.
const reuseGrace = 20 * time.Second

// Refresh exchanges a refresh token for a new one and a new access token. Within reuseGrace of its
// use the same token gives the same successor again. After that, somebody holds a copy of it, and the
// session ends for everybody. It returns ErrSessionEnded then, and for a token that is not one. On a shared device to
// which somebody has come by PIN since the token was current, the grace gives the device itself and no tokens: whoever
// has copied a token of the locked device waits for that in vain, and a request under way in another tab does no harm.
func (s *Service) Refresh(ctx context.Context, token string) (Session, error) {
	return s.refresh(ctx, token, false)
}

// RefreshPerson is Refresh for programs: of a shared device, which is a browser, it returns ErrSessionEnded and leaves
// its session as it is.
func (s *Service) RefreshPerson(ctx context.Context, token string) (Session, error) {
	return s.refresh(ctx, token, true)
}

func (s *Service) refresh(ctx context.Context, token string, personOnly bool) (Session, error) {
	presented, ok := parseRefreshToken(token)
	if !ok {
		return Session{}, ErrSessionEnded
	}
	var k recognised
	var newest refreshToken
	var reused bool
	err := s.db.InTx(ctx, func(tx pgx.Tx) error {
		var err error
		k, newest, reused, err = s.rotate(ctx, tx, presented, personOnly)
		return err
	})
	if device, came := errors.AsType[*cameSince](err); came {
		return Session{Principal: device.principal}, nil
	}
	if err != nil {
		return Session{}, fmt.Errorf("refresh session: %w", err)
	}
	s.sessions.forget(presented.session) // a fresh token is of what is true now
	if reused {
		return Session{}, ErrSessionEnded
	}
	known, err := s.lookUp(ctx, presented.session)
	if err != nil {
		return Session{}, err
	}
	if k.cameAfter(known) {
		return Session{Principal: k.device()}, nil
	}
	return s.openKnown(presented.session, newest, known)
}

// rotate returns the token that replaces the presented one, or that it was used before; the session
// is then ended, which must commit. personOnly refuses shared devices.
func (s *Service) rotate(ctx context.Context, tx pgx.Tx, presented refreshToken, personOnly bool) (k recognised, newest refreshToken, reused bool, err error) {
	k, err = s.recognise(ctx, tx, presented)
	if err != nil {
		return k, newest, false, err
	}
	if personOnly && k.row.SharedStore != nil {
		return k, newest, false, ErrSessionEnded
	}
	switch k.worth {
	case newestToken:
		newest, err = k.replace(ctx, tx)
		return k, newest, false, err
	case oneBefore:
		if k.someoneCame() {
			return k, k.newest, false, &cameSince{principal: k.device()}
		}
		return k, k.newest, false, nil
	case twoBefore:
		return k, k.newest, false, &cameSince{principal: k.device()}
	default:
		return k, newest, true, k.endCopied(ctx, tx)
	}
}

// recognised is a token that a session really had, with the session's row, which is locked.
type recognised struct {
	row    membersdb.SessionForUpdateRow
	newest refreshToken // of the session
	worth  worth        // of the token that was presented
	who    auth.Principal
	now    time.Time
	until  time.Time // when the session ends if the token is replaced now
}

// worth is what a token that a session really had is good for.
type worth int

const (
	newestToken worth = iota
	oneBefore         // within reuseGrace of its use
	// twoBefore is on a shared device, within reuseGrace of somebody's coming: one tab refreshed at that moment, and this one
	// has not heard of either. It proves nothing any more.
	twoBefore
	usedBefore // somebody holds a copy
)

// recognise returns ErrSessionEnded for a token that the session never had, and for a session that is over.
func (s *Service) recognise(ctx context.Context, tx pgx.Tx, presented refreshToken) (recognised, error) {
	q, k := membersdb.New(tx), recognised{now: s.now()}
	var err error
	k.row, err = q.SessionForUpdate(ctx, presented.session)
	if errors.Is(err, pgx.ErrNoRows) {
		return k, ErrSessionEnded
	}
	if err != nil {
		return k, err
	}
	var ours bool
	k.newest, ours = presented.leadsTo(k.row.Generation, k.row.TokenHash, k.row.ChainKey)
	if ours && k.renewed() {
		return k, ErrSessionRenewed
	}
	if !ours || k.row.EndedAt != nil || !k.row.ExpiresAt.After(k.now) {
		return k, ErrSessionEnded
	}
	k.until = earlier(k.now.Add(s.limits.Idle), k.row.StartedAt.Add(deviceLife))
	if k.row.SharedStore == nil {
		m, err := q.MemberByID(ctx, ids.MemberID{UUID: k.row.Who})
		if err != nil {
			return k, err
		}
		k.who = auth.Principal{Member: m.MemberID, Name: m.Name, Role: m.Role, Session: presented.session}
		k.until = s.limits.until(m.Role, k.row.StartedAt, k.now)
	}
	if !k.until.After(k.now) { // the limits were made shorter since
		return k, ErrSessionEnded
	}
	switch age := k.row.Generation - int64(presented.generation); {
	case age == 0:
		k.worth = newestToken
	case age == 1 && k.now.Sub(k.row.RefreshedAt) <= reuseGrace:
		k.worth = oneBefore
	case age == 2 && k.someoneCame() && k.now.Sub(k.row.RefreshedAt) <= reuseGrace:
		k.worth = twoBefore
	default:
		k.worth = usedBefore
	}
	return k, nil
}

// renewed reports whether the session has ended just now because the person changed something that makes a new one.
func (k recognised) renewed() bool {
	reason, at := k.row.EndReason, k.row.EndedAt
	return at != nil && reason != nil && *reason == passwordChanged && k.now.Sub(*at) <= reuseGrace
}

// someoneCame reports whether somebody came to the shared device since its newest token was made.
func (k recognised) someoneCame() bool {
	return k.row.SharedStore != nil && k.row.ActingSince != nil && !k.row.ActingSince.Before(k.row.RefreshedAt)
}

// cameAfter reports whether somebody came to the shared device after the token was recognised: whoever refreshed it at that
// moment has not entered the PIN.
func (k recognised) cameAfter(now knownSession) bool {
	return k.row.SharedStore != nil && !now.principal.Member.IsZero() &&
		(k.row.ActingSince == nil || !k.row.ActingSince.Equal(now.actingSince))
}

func (k recognised) device() auth.Principal {
	return sharedDevice(k.row.SessionID, *k.row.SharedStore, *k.row.DeviceName, *k.row.LockSeconds)
}

// replace stores and returns the token after the session's newest.
func (k recognised) replace(ctx context.Context, tx pgx.Tx) (refreshToken, error) {
	newest := k.newest.next(k.row.ChainKey)
	return newest, membersdb.New(tx).RotateToken(ctx, membersdb.RotateTokenParams{
		Generation: int64(newest.generation), TokenHash: newest.hash(), RefreshedAt: k.now,
		ExpiresAt: k.until, SessionID: k.row.SessionID,
	})
}

// endCopied ends a session of which somebody holds a copy, and puts it on record: of a shared device the store learns it.
func (k recognised) endCopied(ctx context.Context, tx pgx.Tx) error {
	if err := endSession(ctx, tx, k.row.SessionID, k.now, "token_reused"); err != nil {
		return err
	}
	if k.row.SharedStore == nil {
		return record(ctx, tx, k.now, k.who, done{action: "session_copied", object: memberObject(k.who.Member, k.who.Name)})
	}
	return recordDevice(ctx, tx, k.now, k.device(), k.device(), "device_copied", fields{})
}

// cameSince says that somebody came to a shared device since the token was current.
type cameSince struct{ principal auth.Principal }

func (*cameSince) Error() string { return "members: somebody came to the device since" }

func endSession(ctx context.Context, tx pgx.Tx, id ids.SessionID, now time.Time, reason string) error {
	_, err := membersdb.New(tx).EndSession(ctx, &now, &reason, id)
	return err
}
