package members

import (
	"context"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/jackc/pgx/v5"

	"maru/internal/platform/auth"
	"maru/internal/platform/errs"
	"maru/internal/platform/trail"
)

// Errors of the reasons that are asked for about stores.
var (
	ErrStoreReason = errs.New(errs.Invalid, "members.store_reason",
		"주문을 멈추는 이유를 적어 주세요. 감사 기록에도 남아요.", "Say why the store stops taking orders. It is kept in the audit trail as well.")
	ErrExportReason = errs.New(errs.Invalid, "members.export_reason",
		"내려받는 이유를 열 글자 이상 적어 주세요.", "Say why you export this, in at least ten characters.")
)

const (
	minExportReason = 10
	maxExportReason = 500
	maxExportStores = 100_000
)

// ExportStores returns every store that a list shows, by name, and leaves in the audit trail that by took
// them out and why. It returns ErrNotAllowed, ErrExportReason and ErrBadText.
func (s *Service) ExportStores(ctx context.Context, by auth.Principal, find FindStores, reason string) ([]StoreMaster, error) {
	reason = tidy(reason)
	if !by.AtHQ() || !by.May(auth.ManageStores) {
		return nil, ErrNotAllowed
	}
	if utf8.RuneCountInString(reason) < minExportReason {
		return nil, ErrExportReason.On("reason")
	}
	if e := textProblem(reason, "reason", maxExportReason); e != nil {
		return nil, e
	}
	find.After, find.Before = nil, nil
	page, err := s.findStores(ctx, find, maxExportStores)
	if err != nil {
		return nil, fmt.Errorf("export stores: %w", err)
	}
	err = s.db.InTx(ctx, func(tx pgx.Tx) error {
		return record(ctx, tx, s.now(), by, done{
			action: "stores_exported", object: trail.Object{Kind: "store_list", ID: find.describe()}, note: reason,
			after: fields{"stores": len(page.List)},
		})
	})
	if err != nil {
		return nil, fmt.Errorf("export stores: %w", err)
	}
	return page.List, nil
}

// describe says what was looked for, for the trail.
func (f FindStores) describe() string {
	var parts []string
	say := func(name, value string) {
		if value != "" {
			parts = append(parts, name+"="+value)
		}
	}
	say("search", folded(f.Search))
	say("region", oneLine(tidy(f.Region), maxSearch))
	for _, status := range f.Statuses {
		say("status", string(status))
	}
	say("owner", string(f.Owner))
	if len(parts) == 0 {
		return "all"
	}
	return strings.Join(parts, " ")
}
