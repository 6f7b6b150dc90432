package catalog

import (
	"context"

	"github.com/jackc/pgx/v5"

	"maru/internal/platform/auth"
	"maru/internal/platform/outbox"
	"maru/internal/platform/trail"
)

// record leaves in the audit trail what a change of the draft did, in its transaction. was and is are
// what stood there before and what stands there now, in one form, and nil for nothing.
func (s *Service) record(ctx context.Context, tx pgx.Tx, by auth.Principal, action string, what trail.Object, was, is any) error {
	return outbox.Publish(ctx, tx, trail.Of("catalog", s.now(), by, action, what).Change(was, is))
}
