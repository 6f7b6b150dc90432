package members

import (
	"context"
	"fmt"
	"time"

	"maru/internal/members/internal/membersdb"
)

// keepEnded is how long sessions that are over stay readable.
const keepEnded = 90 * 24 * time.Hour

// Housekeep removes sessions that ended long ago and failures that count no more. Any replica may run
// it at any time; once a day is enough.
func (s *Service) Housekeep(ctx context.Context) error {
	q, now := membersdb.New(s.db), s.now()
	if _, err := q.DeleteOldSessions(ctx, now.Add(-keepEnded)); err != nil {
		return fmt.Errorf("remove old sessions: %w", err)
	}
	if _, err := q.DeleteOldLimits(ctx, now.Add(-forgetAfter)); err != nil {
		return fmt.Errorf("remove old limits of attempts: %w", err)
	}
	if _, err := q.DeleteSpentChallenges(ctx, now); err != nil {
		return fmt.Errorf("remove spent challenges: %w", err)
	}
	return nil
}
