package members

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"maru/internal/members/internal/membersdb"
	"maru/internal/platform/auth"
	"maru/internal/platform/errs"
)

// resetWish is somebody who does not know a password any more, before anybody has looked who it is.
type resetWish struct {
	Login string `json:"login"`
}

const resetsPerHour = 3 // by mail, of one account

// RequestReset is somebody who wants a link for a new password.
type RequestReset struct {
	Login   string
	Address string // IP address the wish comes from
}

// ErrTooManyResets is returned while an address, its neighbourhood or everybody asks for more links than are queued.
var ErrTooManyResets = errs.New(errs.TooMany, "members.too_many_resets",
	"새 비밀번호 요청이 너무 많이 들어왔어요. {wait} 뒤에 다시 하거나, 점주·본사에게 링크를 받아 주세요.",
	"There were too many requests for a new password. Please try again in {wait}, or ask your owner or headquarters for a link.")

// RequestReset asks for a link for a new password by mail. It answers the same, after the same work, for
// every login: whether there is such an account, and an address to mail to, is looked up later (RunMail).
// Without a mailer it does nothing. It returns ErrTooManyResets, whatever the login.
func (s *Service) RequestReset(ctx context.Context, cmd RequestReset) error {
	if s.mail.mailer == nil {
		return nil
	}
	err := s.db.InTx(ctx, func(tx pgx.Tx) error {
		if wait, err := s.wishes(cmd.Address).spend(ctx, tx); err != nil {
			return err
		} else if wait > 0 {
			return ErrTooManyResets.WithText("wait", waitText(wait)).After(wait)
		}
		return s.queueMail(ctx, tx, mailResetWish, resetWish{Login: oneLine(normalLogin(cmd.Login), 64)})
	})
	if err != nil {
		return fmt.Errorf("request reset: %w", err)
	}
	s.mail.wake()
	return nil
}

// wishes is what a wish for a link is counted in. The account is not among it: an answer that depends on it would tell that
// it exists; its mails are counted where they are sent.
func (s *Service) wishes(address string) attempt {
	return attempt{s: s, sides: []side{
		{resetAddressRule, networkOf(address), ""}, {resetNetworkRule, neighbourhoodOf(address), ""}, {resetSiteRule, "site", ""},
	}}
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
