package members

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5"

	"maru/internal/kernel/ids"
	"maru/internal/kernel/lang"
	"maru/internal/members/internal/membersdb"
)

// Mail is a message to one person, as plain text.
type Mail struct {
	To      string `json:"to"`
	Subject string `json:"subject"`
	Body    string `json:"body"`
}

// Mailer hands mail to a mail server. Send may be asked twice for the same mail, when it is not known
// whether the first time succeeded.
type Mailer interface {
	Send(ctx context.Context, m Mail) error
}

// mailbox is where mail waits for the mailer. Without a mailer nothing is queued.
type mailbox struct {
	mailer Mailer
	site   string // address under which people reach the program, without a slash at the end
	bell   chan struct{}
}

func newMailbox() *mailbox { return &mailbox{bell: make(chan struct{}, 1)} }

// wake makes RunMail look at once. Losing the call costs mailPoll.
func (b *mailbox) wake() {
	select {
	case b.bell <- struct{}{}:
	default:
	}
}

// SendMailBy makes the program mail links as well as show them: by the mailer, as links to site. Call it
// before RunMail and before any use case.
func (s *Service) SendMailBy(m Mailer, site string) { s.mail.mailer, s.mail.site = m, site }

// MailsLinks reports whether links are mailed.
func (s *Service) MailsLinks() bool { return s.mail.mailer != nil }

const (
	mailPoll    = 5 * time.Second
	mailLease   = 2 * time.Minute // after which another replica takes a mail that one died over
	mailGivenUp = 3 * 24 * time.Hour
	mailLate    = 10 * time.Minute
	keepMail    = 30 * 24 * time.Hour
	sealedMail  = "mail"

	mailMessage   = "message"
	mailResetWish = "reset_wish"
)

// mailText is what a mail says.
type mailText struct {
	subject, body lang.Text // {name}, {franchise}, and what mailTo is given
	path          string    // of a link, before its token
	name          string
}

func invitationMail(name string) mailText {
	return mailText{path: "/join/", name: name, subject: lang.Text{
		Ko: "[{franchise}] 초대합니다. 계정을 만들어 주세요", En: "[{franchise}] You are invited to open your account",
	}, body: lang.Text{
		Ko: "{name}님, 안녕하세요.\n\n아래 링크에서 아이디와 비밀번호를 정하면 바로 시작할 수 있어요. 링크는 한 번만, 7일 동안 쓸 수 있어요.\n\n{link}\n\n초대를 기다리지 않았다면 이 메일은 지워도 돼요.\n",
		En: "Hello {name},\n\nfollow the link to choose a login and a password. It works once, for 7 days.\n\n{link}\n\nIf you did not expect this, you can delete this mail.\n",
	}}
}

func resetMail(name string) mailText {
	return mailText{path: "/reset/", name: name, subject: lang.Text{
		Ko: "[{franchise}] 비밀번호 다시 정하기", En: "[{franchise}] Choose a new password",
	}, body: lang.Text{
		Ko: "{name}님, 안녕하세요.\n\n아래 링크에서 새 비밀번호를 정할 수 있어요. 링크는 한 번만, 24시간 동안 쓸 수 있어요.\n\n{link}\n\n요청하지 않았다면 그대로 두세요. 비밀번호는 바뀌지 않아요.\n",
		En: "Hello {name},\n\nfollow the link to choose a new password. It works once, for 24 hours.\n\n{link}\n\nIf you did not ask for this, do nothing: your password stays as it is.\n",
	}}
}

// keysGoneMail tells an owner, the former and the new one alike, that the keys of a store are gone.
func keysGoneMail(name string) mailText {
	return mailText{name: name, subject: lang.Text{
		Ko: "[{franchise}] {store}의 점주가 바뀌어 API 키를 없앴어요", En: "[{franchise}] {store} has a new owner: its API keys are revoked",
	}, body: lang.Text{
		Ko: "{name}님, 안녕하세요.\n\n{store}의 점주가 바뀌어서 이 지점의 API 키를 모두 없앴어요.\n\n{keys}\n\n이 키를 쓰던 프로그램은 이제 지점의 자료를 읽거나 쓰지 못해요. 계속 쓸 프로그램에는 새 점주가 API 키 화면에서 새 키를 만들어 주세요.\n",
		En: "Hello {name},\n\n{store} has a new owner, and with the former one its API keys have gone.\n\n{keys}\n\nPrograms that used them reach the store no more. For those that shall go on, the new owner makes new keys on the page of API keys.\n",
	}}
}

// mailLink queues the mail with a link, in the transaction that makes the link. It does nothing without
// an address or a mailer.
func (s *Service) mailLink(ctx context.Context, tx pgx.Tx, link *Link, to string, say mailText) error {
	if s.mail.mailer == nil || to == "" {
		return nil
	}
	link.Email = to
	return s.mailTo(ctx, tx, to, say, "link", s.mail.site+say.path+link.Token)
}

// mailTo queues a mail in both languages, its placeholders filled with pairs of names and values. It does nothing without
// an address or a mailer.
func (s *Service) mailTo(ctx context.Context, tx pgx.Tx, to string, say mailText, values ...string) error {
	if s.mail.mailer == nil || to == "" {
		return nil
	}
	franchise, err := s.Franchise(ctx)
	if err != nil && !errors.Is(err, ErrNotFounded) {
		return err
	}
	if franchise.Name.Ko == "" {
		franchise.Name = lang.Text{Ko: "마루", En: "Maru"}
	}
	filled := func(t lang.Text) lang.Text {
		return t.WithText("franchise", franchise.Name).With(append([]string{"name", say.name}, values...)...)
	}
	body, subject := filled(say.body), filled(say.subject)
	return s.queueMail(ctx, tx, mailMessage, Mail{
		To: to, Subject: oneLine(subject.Ko+" · "+subject.En, 200), Body: body.Ko + "\n—\n\n" + body.En,
	})
}

func (s *Service) queueMail(ctx context.Context, tx pgx.Tx, kind string, content any) error {
	doc, err := json.Marshal(content)
	if err != nil {
		return err
	}
	return membersdb.New(tx).InsertMail(ctx, membersdb.InsertMailParams{
		MailID: ids.NewV7(), Kind: kind, Sealed: s.tokens.Encrypt(sealedMail, doc), QueuedAt: s.now(),
	})
}

// RunMail sends what is queued until ctx ends. Every replica runs it; each mail is taken by one of them.
// A mail server that does not answer costs nothing but time: mail is tried again with growing pauses for
// three days, then given up, which LateMail and the log tell.
func (s *Service) RunMail(ctx context.Context, log *slog.Logger) error {
	for {
		for {
			found, err := s.sendNext(ctx, log)
			if err != nil && ctx.Err() == nil {
				log.WarnContext(ctx, "mail could not be looked after", slog.Any("err", err))
			}
			if err != nil || !found {
				break
			}
		}
		select {
		case <-ctx.Done():
			return nil
		case <-s.mail.bell:
		case <-time.After(mailPoll):
		}
	}
}

// sendNext looks after one mail and reports whether there was any.
func (s *Service) sendNext(ctx context.Context, log *slog.Logger) (bool, error) {
	if s.mail.mailer == nil {
		return false, nil
	}
	row, err := s.takeMail(ctx)
	if errors.Is(err, pgx.ErrNoRows) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("take mail: %w", err)
	}
	sendErr := s.deliver(ctx, row)
	if sendErr != nil && ctx.Err() != nil {
		return false, nil // the lease ends, and somebody else sends it
	}
	q, now := membersdb.New(s.db), s.now()
	if sendErr == nil {
		return true, q.FinishMail(ctx, membersdb.FinishMailParams{MailID: row.MailID, DoneAt: &now})
	}
	why := oneLine(sendErr.Error(), 300)
	if now.Sub(row.QueuedAt) > mailGivenUp {
		log.ErrorContext(ctx, "a mail was given up", slog.String("mail", row.MailID.String()), slog.String("err", why))
		return true, q.FinishMail(ctx, membersdb.FinishMailParams{MailID: row.MailID, DoneAt: &now, GivenUp: true, LastError: why})
	}
	log.WarnContext(ctx, "a mail waits for the mail server", slog.String("mail", row.MailID.String()), slog.String("err", why))
	return true, q.PutOffMail(ctx, membersdb.PutOffMailParams{
		MailID: row.MailID, Attempts: row.Attempts + 1, NextAt: now.Add(mailPause(row.Attempts)), LastError: why,
	})
}

// mailPause is how long a mail waits after a failure: 10 seconds, doubling up to an hour.
func mailPause(attempts int32) time.Duration {
	return min(time.Hour, 10*time.Second<<min(attempts, 10))
}

// takeMail leases the next mail that is due.
func (s *Service) takeMail(ctx context.Context) (membersdb.NextMailRow, error) {
	var row membersdb.NextMailRow
	err := s.db.InTx(ctx, func(tx pgx.Tx) error {
		q, now := membersdb.New(tx), s.now()
		var err error
		if row, err = q.NextMail(ctx, now); err != nil {
			return err
		}
		return q.PutOffMail(ctx, membersdb.PutOffMailParams{
			MailID: row.MailID, Attempts: row.Attempts, NextAt: now.Add(mailLease), LastError: "",
		})
	})
	return row, err
}

func (s *Service) deliver(ctx context.Context, row membersdb.NextMailRow) error {
	doc, err := s.tokens.Decrypt(sealedMail, row.Sealed)
	if err != nil {
		return err
	}
	if row.Kind == mailResetWish {
		var wish resetWish
		if err := json.Unmarshal(doc, &wish); err != nil {
			return err
		}
		return s.fulfilReset(ctx, wish)
	}
	var m Mail
	if err := json.Unmarshal(doc, &m); err != nil {
		return err
	}
	return s.mail.mailer.Send(ctx, m)
}

// LateMail returns how many mails have been waiting for more than ten minutes.
func (s *Service) LateMail(ctx context.Context) (int, error) {
	n, err := membersdb.New(s.db).LateMail(ctx, s.now().Add(-mailLate))
	if err != nil {
		return 0, fmt.Errorf("late mail: %w", err)
	}
	return int(n), nil
}
