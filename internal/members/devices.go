package members

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"maru/internal/kernel/ids"
	"maru/internal/members/internal/membersdb"
	"maru/internal/platform/auth"
	"maru/internal/platform/errs"
)

// Device is one place where a person is signed in.
type Device struct {
	Session  ids.SessionID
	Device   string // what the browser or program calls itself
	Address  string // where it signed in from; a network of IPv6
	Since    time.Time
	LastUsed time.Time // to within auth.AccessTokenLife
	This     bool      // the one that asks
}

// CopiedSession is a session that was ended because two used it: one of them with a copy.
type CopiedSession struct {
	Device  string
	Address string
	Since   time.Time
	Ended   time.Time
}

// Devices is what a person sees of where they are signed in.
type Devices struct {
	Devices []Device
	Copied  []CopiedSession // not yet taken note of
}

// ErrNoDevice is returned for a session that is over, or another person's.
var ErrNoDevice = errs.New(errs.NotFound, "members.no_device",
	"이미 로그아웃된 기기예요.", "That device has been signed out already.")

// Devices lists where the person is signed in, last used first, and sessions of which somebody used a copy.
func (s *Service) Devices(ctx context.Context, by auth.Principal) (Devices, error) {
	q := membersdb.New(s.db)
	rows, err := q.LiveSessionsOf(ctx, by.Member, s.now())
	if err != nil {
		return Devices{}, fmt.Errorf("devices of %s: %w", by.Member, err)
	}
	var d Devices
	for _, row := range rows {
		d.Devices = append(d.Devices, Device{
			Session: row.SessionID, Device: row.Device, Address: row.Address, Since: row.StartedAt, LastUsed: row.RefreshedAt,
			This: row.SessionID == by.Session,
		})
	}
	d.Copied, err = s.copied(ctx, by.Member)
	return d, err
}

func (s *Service) copied(ctx context.Context, member ids.MemberID) ([]CopiedSession, error) {
	rows, err := membersdb.New(s.db).CopiedSessionsOf(ctx, member)
	if err != nil {
		return nil, fmt.Errorf("copied sessions of %s: %w", member, err)
	}
	var out []CopiedSession
	for _, row := range rows {
		out = append(out, CopiedSession{Device: row.Device, Address: row.Address, Since: row.StartedAt, Ended: *row.EndedAt})
	}
	return out, nil
}

// NoteCopies says that the person has read of the copied sessions. It is recorded: whoever holds another copy could say so
// before the person has.
func (s *Service) NoteCopies(ctx context.Context, by auth.Principal) error {
	now := s.now()
	err := s.db.InTx(ctx, func(tx pgx.Tx) error {
		n, err := membersdb.New(tx).NoteCopiedSessions(ctx, &now, by.Member)
		if err != nil || n == 0 {
			return err
		}
		return record(ctx, tx, now, by, done{action: "copies_noted", object: memberObject(by.Member, by.Name), after: fields{"sessions": n}})
	})
	if err != nil {
		return fmt.Errorf("note copied sessions: %w", err)
	}
	return nil
}

// EndDevice signs one of the person's own devices out. It asks for the password, but for the session that asks: whoever
// holds a copy of one must not be the one who throws the others out. It returns ErrNoDevice where it is not one of
// them, or not signed in any more, ErrWrongPassword on "old", and ErrLocked after five wrong ones.
func (s *Service) EndDevice(ctx context.Context, by auth.Principal, session ids.SessionID, password string) error {
	if session != by.Session {
		if err := s.reauthenticate(ctx, by, password); err != nil {
			return fmt.Errorf("end session %s: %w", session, err)
		}
	}
	now, reason := s.now(), "ended_by_member"
	err := s.db.InTx(ctx, func(tx pgx.Tx) error {
		n, err := membersdb.New(tx).EndSessionOf(ctx, membersdb.EndSessionOfParams{
			EndedAt: &now, EndReason: &reason, SessionID: session, MemberID: by.Member,
		})
		if err != nil {
			return err
		}
		if n == 0 {
			return ErrNoDevice
		}
		return record(ctx, tx, now, by, done{action: "session_ended", object: sessionObject(session)})
	})
	if err != nil {
		return fmt.Errorf("end session %s: %w", session, err)
	}
	s.sessions.forget(session)
	return nil
}

// EndOtherDevices signs all the person's devices out but the one that asks, and returns how many. It asks for the password
// as EndDevice does.
func (s *Service) EndOtherDevices(ctx context.Context, by auth.Principal, password string) (int, error) {
	if err := s.reauthenticate(ctx, by, password); err != nil {
		return 0, fmt.Errorf("end other sessions: %w", err)
	}
	now, reason := s.now(), "ended_by_member"
	var ended int64
	err := s.db.InTx(ctx, func(tx pgx.Tx) error {
		var err error
		if ended, err = membersdb.New(tx).EndOtherSessionsOf(ctx, membersdb.EndOtherSessionsOfParams{
			EndedAt: &now, EndReason: &reason, MemberID: by.Member, Keep: by.Session.UUID,
		}); err != nil || ended == 0 {
			return err
		}
		return record(ctx, tx, now, by, done{action: "sessions_ended", object: memberObject(by.Member, by.Name)})
	})
	if err != nil {
		return 0, fmt.Errorf("end other sessions: %w", err)
	}
	s.sessions.forgetAllOf(by.Member)
	return int(ended), nil
}

// forgetAllOf makes the next request of each session of the member read it anew.
func (c *sessionCache) forgetAllOf(member ids.MemberID) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.times++
	for id, known := range c.byID {
		if known.principal.Member == member {
			delete(c.byID, id)
		}
	}
}
