package members

import (
	"context"
	"log/slog"
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
