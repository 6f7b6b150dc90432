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

// ErrNoMember is returned for a person who does not exist.
var ErrNoMember = errs.New(errs.NotFound, "members.no_member",
	"그런 회원이 없어요.", "There is no such member.")

// Locks is what keeps a person from signing in just now.
type Locks struct {
	Failures int       // that are not forgotten yet, on all devices together
	Until    time.Time // when the last lock opens by itself; zero where nothing is locked
}

// LocksOf returns what keeps a person from signing in, for the page of headquarters.
func (s *Service) LocksOf(ctx context.Context, by auth.Principal, member ids.MemberID) (Locks, error) {
	if !by.May(auth.UnlockMembers) {
		return Locks{}, ErrNotAllowed
	}
	q := membersdb.New(s.db)
	login, err := q.LoginOf(ctx, member)
	if errors.Is(err, pgx.ErrNoRows) {
		return Locks{}, ErrNoMember
	}
	if err != nil {
		return Locks{}, fmt.Errorf("locks of %s: %w", member, err)
	}
	rows, err := q.LimitsOfAccount(ctx, accountKey(login))
	if err != nil {
		return Locks{}, fmt.Errorf("locks of %s: %w", member, err)
	}
	var locks Locks
	now := s.now()
	for _, row := range rows {
		r := ruleOf(row.Kind)
		c := counter{
			failures: row.Failures, last: row.LastAt, lockedUntil: row.LockedUntil, pending: row.Pending, pendingUntil: row.PendingUntil,
		}.at(now, r)
		if r.kind != accountRule.kind { // which counts the same failures once more
			locks.Failures += int(c.failures)
		}
		if n, until := c.room(now, r); n == 0 && until.After(locks.Until) {
			locks.Until = until
		}
	}
	return locks, nil
}

// Unlock forgets the failed attempts at a person's account, on every device and address: for somebody
// who called and must get in now. Limits of addresses and of the site stay. It returns ErrNotAllowed, and ErrNoMember, also for
// people of headquarters where by does not manage members.
func (s *Service) Unlock(ctx context.Context, by auth.Principal, member ids.MemberID) error {
	if !by.May(auth.UnlockMembers) {
		return ErrNotAllowed
	}
	err := s.db.InTx(ctx, func(tx pgx.Tx) error {
		by, err := s.mayNow(ctx, tx, by, auth.UnlockMembers)
		if err != nil {
			return err
		}
		q := membersdb.New(tx)
		m, err := q.MemberByID(ctx, member)
		if notFound(err) {
			return ErrNoMember
		}
		if err != nil {
			return err
		}
		if m.Role.AtHQ() && !by.May(auth.ManageMembers) {
			return ErrNoMember // as with links for their passwords: administrators look after headquarters
		}
		if _, err := q.ForgetLimitsOfAccount(ctx, accountKey(m.Login)); err != nil {
			return err
		}
		return record(ctx, tx, s.now(), by, done{action: "account_unlocked", object: memberObject(member, m.Name)})
	})
	if err != nil {
		return fmt.Errorf("unlock %s: %w", member, err)
	}
	return nil
}
