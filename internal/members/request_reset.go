package members

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"maru/internal/members/internal/membersdb"
	"maru/internal/platform/auth"
)

// resetWish is somebody who does not know a password any more, before anybody has looked who it is.
type resetWish struct {
	Login string `json:"login"`
}

const resetsPerHour = 3 // by mail, of one account

// RequestReset asks for a link for a new password by mail. It answers the same, after the same work, for
// every login: whether there is such an account, and an address to mail to, is looked up later (RunMail).
// Without a mailer it does nothing.
func (s *Service) RequestReset(ctx context.Context, login string) error {
	if s.mail.mailer == nil {
		return nil
	}
	err := s.db.InTx(ctx, func(tx pgx.Tx) error {
		return s.queueMail(ctx, tx, mailResetWish, resetWish{Login: oneLine(normalLogin(login), 64)})
	})
	if err != nil {
		return fmt.Errorf("request reset: %w", err)
	}
	s.mail.wake()
	return nil
}

// fulfilReset makes the link of a wish and queues its mail, where there is somebody to send it to.
func (s *Service) fulfilReset(ctx context.Context, wish resetWish) error {
	// The mail names the franchise. Read for the first time within the transaction it would take a second connection while
	// others wait with theirs for the lock below, and where these are all there are, nobody gets on.
	if err := s.directory.ensure(ctx); err != nil {
		return err
	}
	err := s.db.InTx(ctx, func(tx pgx.Tx) error {
		q, now := membersdb.New(tx), s.now()
		m, err := q.MemberForReset(ctx, wish.Login)
		if errors.Is(err, pgx.ErrNoRows) {
			return nil
		}
		if err != nil {
			return err
		}
		if err := q.OneAtATime(ctx, "members.reset/"+m.MemberID.String()); err != nil { // other replicas send mail too
			return err
		}
		recent, err := q.RecentResets(ctx, &m.MemberID, now.Add(-time.Hour))
		if err != nil || recent >= resetsPerHour {
			return err
		}
		link, err := s.insertLink(ctx, tx, auth.Principal{Name: m.Name}, linkRow{kind: linkReset, member: &m.MemberID, name: m.Name, life: ResetLife})
		if err != nil {
			return err
		}
		if err := s.mailLink(ctx, tx, &link, m.Email, resetMail(m.Name)); err != nil {
			return err
		}
		return record(ctx, tx, now, auth.Principal{}, done{action: "reset_mailed", object: memberObject(m.MemberID, m.Name)})
	})
	if err == nil {
		s.mail.wake()
	}
	return err
}
