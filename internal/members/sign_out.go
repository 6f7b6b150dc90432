package members

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"maru/internal/members/internal/membersdb"
	"maru/internal/platform/auth"
)

// SignOut ends the person's session: its tokens stop working here at once and on other replicas
// within sessionMemory. Signing out twice is no error. A shared device is one no more.
func (s *Service) SignOut(ctx context.Context, by auth.Principal) error {
	err := s.db.InTx(ctx, func(tx pgx.Tx) error {
		now, reason := s.now(), "signed_out"
		n, err := membersdb.New(tx).EndSession(ctx, &now, &reason, by.Session)
		if err != nil || n == 0 {
			return err
		}
		if !by.OnShared() {
			return record(ctx, tx, now, by, done{action: "signed_out", object: sessionObject(by.Session)})
		}
		return recordDevice(ctx, tx, now, by, by, "device_ended", fields{})
	})
	if err != nil {
		return fmt.Errorf("sign out %s: %w", by.Session, err)
	}
	s.sessions.forget(by.Session)
	return nil
}
