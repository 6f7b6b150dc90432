package members

import (
	"context"
	"fmt"
	"time"

	"maru/internal/members/internal/membersdb"
)

// keepEnded is how long sessions that are over stay readable.
const keepEnded = 90 * 24 * time.Hour

// Housekeep removes sessions, links and mail that are over long ago and failures that count no more, and
// seals secrets under the newest key. Any replica may run it at any time; once an hour is enough.
func (s *Service) Housekeep(ctx context.Context) error {
	q, now := membersdb.New(s.db), s.now()
	if _, err := q.DeleteOldSessions(ctx, now.Add(-keepEnded)); err != nil {
		return fmt.Errorf("remove old sessions: %w", err)
	}
	if _, err := q.DeleteOldLimits(ctx, now.Add(-keepLimits)); err != nil {
		return fmt.Errorf("remove old limits of attempts: %w", err)
	}
	if _, err := q.DeleteSpentChallenges(ctx, now); err != nil {
		return fmt.Errorf("remove spent challenges: %w", err)
	}
	if _, err := q.DeleteOldLinks(ctx, now.Add(-keepLinks)); err != nil {
		return fmt.Errorf("remove old links: %w", err)
	}
	if _, err := q.DeleteOldStoreLists(ctx, now.Add(-keepLists)); err != nil {
		return fmt.Errorf("remove old store lists: %w", err)
	}
	before := now.Add(-keepMail)
	if _, err := q.DeleteOldMail(ctx, &before); err != nil {
		return fmt.Errorf("remove old mail: %w", err)
	}
	if err := s.sealSecrets(ctx); err != nil {
		return err
	}
	return s.applyPlanned(ctx)
}
