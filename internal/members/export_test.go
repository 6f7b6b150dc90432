package members

import (
	"context"
	"log/slog"

	"maru/internal/kernel/ids"
	"maru/internal/members/internal/membersdb"
)

// SendQueued looks after everything that is due, as RunMail does between two waits.
func (s *Service) SendQueued(ctx context.Context, log *slog.Logger) error {
	for {
		found, err := s.sendNext(ctx, log)
		if err != nil || !found {
			return err
		}
	}
}

// PINWeakness is pinWeakness.
var PINWeakness = pinWeakness

// TellRefusals is tellRefusals, as Care calls it every minute.
func (s *Service) TellRefusals(ctx context.Context) error { return s.tellRefusals(ctx) }

// BeginSessionOf begins a session as a passkey does, without one.
func (s *Service) BeginSessionOf(ctx context.Context, member ids.MemberID) error {
	_, err := s.beginSession(ctx, membersdb.InsertSessionParams{MemberID: member, ByPasskey: true}, SignIn{}, nil)
	return err
}
