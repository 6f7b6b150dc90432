package members

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"maru/internal/kernel/ids"
	"maru/internal/members/internal/membersdb"
	"maru/internal/platform/errs"
)

// ErrSessionEnded is returned for a session that ended, expired or never was, and for a refresh
// token that was used before.
var ErrSessionEnded = errs.New(errs.Unauthorized, "members.session_ended",
	"로그인이 끝났어요. 다시 로그인해 주세요.", "Your session has ended. Please sign in again.")

// reuseGrace is for how long a used refresh token still gives the one that replaced it: two tabs send
// the same one at the same moment, and an answer gets lost on the way.
const reuseGrace = 20 * time.Second

// Refresh exchanges a refresh token for a new one and a new access token. Within reuseGrace of its
// use the same token gives the same successor again. After that, somebody holds a copy of it, and the
// session ends for everybody. It returns ErrSessionEnded then, and for a token that is not one.
func (s *Service) Refresh(ctx context.Context, token string) (Session, error) {
	presented, ok := parseRefreshToken(token)
	if !ok {
		return Session{}, ErrSessionEnded
	}
	var newest refreshToken
	var reused bool
	err := s.db.InTx(ctx, func(tx pgx.Tx) error {
		var err error
		newest, reused, err = s.rotate(ctx, tx, presented)
		return err
	})
	if err != nil {
		return Session{}, fmt.Errorf("refresh session: %w", err)
	}
	if reused {
		s.sessions.forget(presented.session)
		return Session{}, ErrSessionEnded
	}
	return s.open(ctx, presented.session, newest)
}

// rotate returns the token that replaces the presented one, or that it was used before; the session
// is then ended, which must commit.
func (s *Service) rotate(ctx context.Context, tx pgx.Tx, presented refreshToken) (newest refreshToken, reused bool, err error) {
	q, now := membersdb.New(tx), s.now()
	row, err := q.SessionForUpdate(ctx, presented.session)
	if errors.Is(err, pgx.ErrNoRows) {
		return newest, false, ErrSessionEnded
	}
	if err != nil {
		return newest, false, err
	}
	current, ours := presented.leadsTo(row.Generation, row.TokenHash, row.ChainKey)
	if !ours || row.EndedAt != nil || !row.ExpiresAt.After(now) {
		return newest, false, ErrSessionEnded
	}
	switch age := row.Generation - int64(presented.generation); {
	case age == 0:
		newest = current.next(row.ChainKey)
		return newest, false, q.RotateToken(ctx, membersdb.RotateTokenParams{
			Generation: int64(newest.generation), TokenHash: newest.hash(), RefreshedAt: now,
			ExpiresAt: now.Add(SessionLife), SessionID: presented.session,
		})
	case age == 1 && now.Sub(row.RefreshedAt) <= reuseGrace:
		return current, false, nil
	default:
		return newest, true, endSession(ctx, tx, presented.session, now, "token_reused")
	}
}

func endSession(ctx context.Context, tx pgx.Tx, id ids.SessionID, now time.Time, reason string) error {
	_, err := membersdb.New(tx).EndSession(ctx, &now, &reason, id)
	return err
}
