package members

import (
	"context"

	"github.com/jackc/pgx/v5"

	"maru/internal/members/internal/membersdb"
	"maru/internal/platform/auth"
)

const passwordChanged = "password_changed" // why a session ended

// renew ends the session of a person who has proved anew who they are and stores one that goes on in its place: a copy of
// its tokens, whoever has it, is good for nothing from then on. The new one is of the same browser, and as old: a
// password alone does not prolong what once took a second factor. It comes after ownNow.
func (s *Service) renew(ctx context.Context, tx pgx.Tx, by auth.Principal, reason string) (newChain, error) {
	begun := s.beginChain()
	was, err := membersdb.New(tx).EndForNew(ctx, membersdb.EndForNewParams{
		EndedAt: &begun.at, EndReason: &reason, SessionID: by.Session, MemberID: by.Member,
	})
	if notFound(err) {
		return begun, ErrNotAllowed
	}
	if err != nil {
		return begun, err
	}
	if err := begun.insert(ctx, tx, membersdb.InsertSessionParams{
		MemberID: by.Member, Device: was.Device, DeviceHash: was.DeviceHash, Address: was.Address, Network: was.Network,
		StartedAt: was.StartedAt, ExpiresAt: s.limits.until(by.Role, was.StartedAt, begun.at), ByPasskey: was.ByPasskey,
	}); err != nil {
		return begun, err
	}
	return begun, record(ctx, tx, begun.at, by, done{action: "session_renewed", object: sessionObject(begun.session)})
}
