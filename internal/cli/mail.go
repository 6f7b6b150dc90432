package cli

import (
	"context"

	"maru/internal/app"
	"maru/internal/members"
	"maru/internal/platform/config"
	"maru/internal/platform/mail"
)

// postman lets members send its mail by a mail server.
type postman struct{ server *mail.Server }

// Send implements members.Mailer.
func (p postman) Send(ctx context.Context, m members.Mail) error {
	return p.server.Send(ctx, m.To, m.Subject, m.Body)
}

// mailOptions are those of the settings, which Load has checked.
func mailOptions(cfg config.Config) app.MailOptions {
	if cfg.SMTP == "" {
		return app.MailOptions{}
	}
	server, err := mail.New(string(cfg.SMTP), cfg.MailFrom)
	if err != nil {
		return app.MailOptions{}
	}
	return app.MailOptions{Mailer: postman{server}, Site: cfg.PublicURL.String()}
}
