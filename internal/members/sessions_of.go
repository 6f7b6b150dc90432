package members

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"maru/internal/kernel/ids"
	"maru/internal/members/internal/membersdb"
	"maru/internal/platform/auth"
)

// endSessionsOf ends every session of a member and their work on shared devices, and takes their PINs away: whoever had
// got hold of the account may have chosen them.
func endSessionsOf(ctx context.Context, tx pgx.Tx, member ids.MemberID, now time.Time, reason string) error {
	q := membersdb.New(tx)
	if err := q.DeletePINsOf(ctx, member); err != nil {
		return err
	}
	if err := q.EndSessionsOf(ctx, &now, &reason, member); err != nil {
		return err
	}
	return q.LeaveDevicesOf(ctx, &member)
}

// DevicesOf returns where a member is signed in, for headquarters.
func (s *Service) DevicesOf(ctx context.Context, by auth.Principal, member ids.MemberID) ([]Device, error) {
	if !by.AtHQ() || !by.May(auth.ViewMembers) {
		return nil, ErrNotAllowed
	}
	d, err := s.Devices(ctx, auth.Principal{Member: member, Session: by.Session})
	return d.Devices, err
}

// EndSessionsOfMember signs a member out of one device, or of all where session is zero, which takes their PINs away too. Headquarters does
// it for people of stores, and for its own where it manages members. It returns ErrNoMember and ErrNoDevice.
func (s *Service) EndSessionsOfMember(ctx context.Context, by auth.Principal, member ids.MemberID, session ids.SessionID) error {
	err := s.db.InTx(ctx, func(tx pgx.Tx) error {
		q, now, reason := membersdb.New(tx), s.now(), "ended_by_hq"
		m, err := lockMember(ctx, q, member)
		if err != nil {
			return err
		}
		if helps := by.AtHQ() && by.May(auth.UnlockMembers) && !m.Role.AtHQ(); !helps {
			if err := mayManage(ctx, q, by, m.MemberID, m.Role); err != nil {
				return err
			}
		}
		if session.IsZero() {
			err = endSessionsOf(ctx, tx, member, now, reason)
		} else {
			var n int64
			n, err = q.EndSessionOf(ctx, membersdb.EndSessionOfParams{EndedAt: &now, EndReason: &reason, SessionID: session, MemberID: member})
			if err == nil && n == 0 {
				return ErrNoDevice
			}
		}
		if err != nil {
			return err
		}
		return record(ctx, tx, now, by, done{action: "sessions_ended", object: memberObject(member, m.Name)})
	})
	if err != nil {
		return fmt.Errorf("end sessions of %s: %w", member, err)
	}
	s.sessions.forgetAllOf(member)
	return nil
}

// forgetAll makes every session be read anew.
func (c *sessionCache) forgetAll() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.times++
	clear(c.byID)
}
