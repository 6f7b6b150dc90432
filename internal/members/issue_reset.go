package members

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"maru/internal/kernel/ids"
	"maru/internal/members/internal/membersdb"
	"maru/internal/platform/auth"
)

// IssueReset makes a one-time link by which a member chooses a new password; a link made before is good no
// more. Headquarters does it for people of stores, and for its own where it manages members; an owner does it for staff
// of the owner's stores. It returns ErrNoMember for everybody else, and ErrNotActive for a suspended or closed account.
func (s *Service) IssueReset(ctx context.Context, by auth.Principal, member ids.MemberID) (Link, error) {
	var link Link
	err := s.db.InTx(ctx, func(tx pgx.Tx) error {
		q, now := membersdb.New(tx), s.now()
		stores, err := q.Workplaces(ctx, member)
		if err != nil {
			return err
		}
		by, err := s.rightsNow(ctx, tx, by, stores...)
		if err != nil {
			return err
		}
		m, err := lockMember(ctx, q, member)
		if err != nil {
			return err
		}
		helps := by.AtHQ() && by.May(auth.UnlockMembers) && !m.Role.AtHQ()
		if !helps {
			if err := mayManage(ctx, q, by, m.MemberID, m.Role); err != nil {
				return err
			}
		}
		if m.State != active {
			return ErrNotActive
		}
		if err := q.RevokeResets(ctx, &now, &member); err != nil {
			return err
		}
		link, err = s.insertLink(ctx, tx, by, linkRow{kind: linkReset, member: &member, name: m.Name, life: ResetLife})
		if err != nil {
			return err
		}
		if err := s.mailLink(ctx, tx, &link, m.Email, resetMail(m.Name)); err != nil {
			return err
		}
		return record(ctx, tx, now, by, done{action: "reset_issued", object: memberObject(member, m.Name)})
	})
	if err != nil {
		return Link{}, fmt.Errorf("issue reset for %s: %w", member, err)
	}
	s.mail.wake()
	return link, nil
}
