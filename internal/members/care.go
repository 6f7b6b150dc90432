package members

import (
	"context"
	"log/slog"
	"time"
)

const (
	careEvery = 3 * time.Second
	tellEvery = time.Minute
)

// Care does what must not wait for the hourly Housekeep, until ctx ends: new owners are let in, and former ones out,
// within careEvery of the moment, and refused sign-ins are told to the trail. Every replica runs it.
func (s *Service) Care(ctx context.Context, log *slog.Logger) error {
	s.careOnce(ctx, log, s.sealSecrets, "secrets of authenticator apps could not be sealed; it is tried again in an hour")
	told := time.Now()
	tick := time.NewTicker(careEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			s.careOnce(context.WithoutCancel(ctx), log, s.tellRefusals, "refused sign-ins could not be recorded")
			return nil
		case <-tick.C:
		}
		s.careOnce(ctx, log, s.applyPlanned, "changes of owners could not be applied; it is tried again in some seconds")
		if time.Since(told) >= tellEvery {
			told = time.Now()
			s.careOnce(ctx, log, s.tellRefusals, "refused sign-ins could not be recorded")
		}
	}
}

func (s *Service) careOnce(ctx context.Context, log *slog.Logger, do func(context.Context) error, problem string) {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	if err := do(ctx); err != nil && ctx.Err() == nil {
		log.WarnContext(ctx, problem, slog.Any("err", err))
	}
}
