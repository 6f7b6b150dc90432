// Package mail hands messages to a mail server by SMTP. It knows no context; whoever wants nothing lost
// keeps what is to be sent until Send has returned nil.
package mail

import (
	"context"
	"errors"
	"fmt"
	"net/mail"
	"net/url"
	"strconv"
	"time"

	gomail "github.com/wneessen/go-mail"
)

// sendTimeout is how long a mail server may take to accept one message.
const sendTimeout = 30 * time.Second

// Server is a mail server, and who writes.
type Server struct {
	host    string
	from    string
	options []gomail.Option
}

// ErrAddress is returned for the address of a mail server that cannot be one.
var ErrAddress = errors.New("mail: write the server as smtp://user:password@host:587 or smtps://user:password@host:465")

// New returns the server at address, for mail from the given mailbox, such as "Maru <maru@example.com>".
// smtp:// begins in the clear and insists on STARTTLS, smtps:// is TLS from the start; "?tls=off" after smtp:// sends
// without encryption, for a relay on the same machine.
func New(address, from string) (*Server, error) {
	u, err := url.Parse(address)
	if err != nil || u.Hostname() == "" || u.Path != "" && u.Path != "/" {
		return nil, ErrAddress
	}
	if _, err := mail.ParseAddress(from); err != nil {
		return nil, errors.New("mail: write the sender as maru@example.com or Maru <maru@example.com>")
	}
	s := &Server{host: u.Hostname(), from: from, options: []gomail.Option{gomail.WithTimeout(sendTimeout)}}
	port := 587
	switch tls := u.Query().Get("tls"); {
	case u.Scheme == "smtps" && tls == "":
		port = 465
		s.options = append(s.options, gomail.WithSSL())
	case u.Scheme == "smtp" && tls == "off":
		s.options = append(s.options, gomail.WithTLSPolicy(gomail.NoTLS))
	case u.Scheme == "smtp" && tls == "":
		s.options = append(s.options, gomail.WithTLSPolicy(gomail.TLSMandatory))
	default:
		return nil, ErrAddress
	}
	if p := u.Port(); p != "" {
		if port, err = strconv.Atoi(p); err != nil || port < 1 || port > 65535 {
			return nil, ErrAddress
		}
	}
	s.options = append(s.options, gomail.WithPort(port))
	if user := u.User.Username(); user != "" {
		password, _ := u.User.Password()
		s.options = append(s.options, gomail.WithSMTPAuth(gomail.SMTPAuthAutoDiscover), gomail.WithUsername(user), gomail.WithPassword(password))
	}
	return s, nil
}

// Send delivers a plain text to one mailbox. When it returns nil the server has taken it over. After an
// error it may have, too: a connection that is lost at the end cannot tell. Errors name no mailbox: they go into the log.
func (s *Server) Send(ctx context.Context, to, subject, body string) error {
	m := gomail.NewMsg()
	if err := m.From(s.from); err != nil {
		return fmt.Errorf("sender: %w", err)
	}
	if err := m.To(to); err != nil {
		return errors.New("recipient: not a mailbox")
	}
	m.Subject(subject)
	m.SetDate()
	m.SetMessageID()
	m.SetBodyString(gomail.TypeTextPlain, body)
	client, err := gomail.NewClient(s.host, s.options...)
	if err != nil {
		return fmt.Errorf("mail server: %w", err)
	}
	ctx, cancel := context.WithTimeout(ctx, sendTimeout)
	defer cancel()
	err = client.DialAndSendWithContext(ctx, m)
	var refused *gomail.SendError // its text holds the recipients, and what the server said of them
	if errors.As(err, &refused) {
		return fmt.Errorf("send mail: %s, answer %d %s", refused.Reason, refused.ErrorCode(), refused.EnhancedStatusCode())
	}
	if err != nil {
		return fmt.Errorf("send mail: %w", err)
	}
	return nil
}
