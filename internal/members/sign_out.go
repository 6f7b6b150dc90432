package members

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"maru/internal/platform/auth"
)

// SignOut ends the person's session: its tokens stop working here at once and on other replicas
// within sessionMemory. Signing out twice is no error.
func (s *Service) SignOut(ctx context.Context, by auth.Principal) error {
	err := s.db.InTx(ctx, func(tx pgx.Tx) error { return endSession(ctx, tx, by.Session, s.now(), "signed_out") })
	if err != nil {
		return fmt.Errorf("sign out %s: %w", by.Session, err)
	}
	s.sessions.forget(by.Session)
	return nil
}
