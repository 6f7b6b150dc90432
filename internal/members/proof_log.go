package members

import (
	"context"
	"log/slog"

	"maru/internal/kernel/ids"
	"maru/internal/platform/auth"
	"maru/internal/platform/errs"
)

// proof is one time that somebody proved who they are, or did not: for the log. The trail keeps what came of it, and counts of
// what was refused, because nobody may be able to fill it; the log has a line for each, for whoever watches from outside.
type proof struct {
	by      string       // "password", "code", "passkey", "pin", "password again"
	account string       // of the login that was typed: its hash, since people type passwords into the wrong field
	member  ids.MemberID // where it is known whose it is
	session ids.SessionID
	address string
}

// LogProofs writes a line for each sign-in, code, PIN and passkey, right or wrong. Call it before the service is used.
func (s *Service) LogProofs(log *slog.Logger) { s.log = log }

// refused writes down that p was not accepted, and counts it where it was to sign in. Errors of the program are logged by who answers them.
func (s *Service) refused(ctx context.Context, p proof, err error) {
	e := errs.As(err)
	if e == nil || e.Kind == errs.Internal {
		return
	}
	s.log.LogAttrs(ctx, slog.LevelWarn, "proof refused", append(p.attrs(), slog.String("refused", e.Code))...)
	if p.by == "password" || p.by == "code" || p.by == "passkey" {
		s.countRefusal(e, p.address)
	}
}

// accepted writes down that p was right.
func (s *Service) accepted(ctx context.Context, p proof) {
	s.log.LogAttrs(ctx, slog.LevelInfo, "proof accepted", p.attrs()...)
}

func (p proof) attrs() []slog.Attr {
	attrs := []slog.Attr{slog.String("by", p.by), slog.String("address", p.address)}
	if p.account != "" {
		attrs = append(attrs, slog.String("account", p.account))
	}
	if !p.member.IsZero() {
		attrs = append(attrs, slog.String("member", p.member.String()))
	}
	if !p.session.IsZero() {
		attrs = append(attrs, slog.String("session", p.session.String()))
	}
	return attrs
}

// again is what somebody proves who is signed in already.
func again(by auth.Principal) proof {
	return proof{by: "password again", member: by.Member, session: by.Session, address: by.Address}
}

// pinOf is a PIN that is tried on a shared device.
func pinOf(device auth.Principal, member ids.MemberID) proof {
	return proof{by: "pin", member: member, session: device.Session, address: device.Address}
}
