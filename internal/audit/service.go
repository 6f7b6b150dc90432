// Package audit keeps the trail of who did what: it gathers the records that every context publishes
// with its changes, binds them into a chain of hashes, finds them again, and proves that none was
// removed or altered.
//
// It owns schema audit and reacts to the records of package trail and to the facts of ordering and
// inventory that are a record by themselves; see subscribe.go and docs/adr/0030. It publishes nothing.
package audit

import (
	"time"

	"maru/internal/platform/errs"
	"maru/internal/platform/postgres"
)

// Service holds the use cases of the audit trail.
type Service struct {
	db  *postgres.DB
	key Key
	now func() time.Time
}

// New returns the trail kept in db. key binds new entries; now is the clock.
func New(db *postgres.DB, key Key, now func() time.Time) *Service {
	return &Service{db: db, key: key, now: now}
}

// Errors of the trail.
var (
	ErrNotAllowed = errs.New(errs.Forbidden, "audit.not_allowed",
		"감사 기록을 볼 권한이 없어요.", "You may not read the audit trail.")
	ErrNoEntry = errs.New(errs.NotFound, "audit.no_entry",
		"그런 기록이 없어요.", "There is no such entry.")
	ErrNoReason = errs.New(errs.Invalid, "audit.no_reason",
		"내려받는 이유를 10자 이상 적어 주세요. 이 이유도 기록으로 남아요.",
		"Say in at least 10 characters why you export this. The reason is recorded too.")
	ErrReasonTooLong = errs.New(errs.Invalid, "audit.reason_too_long",
		"이유는 500자까지 쓸 수 있어요.", "A reason has at most 500 characters.")
	ErrTooManyPeople = errs.New(errs.Invalid, "audit.too_many_people",
		"그 이름이 들어간 사람이 {max}명보다 많아요. 빠지는 사람이 없게 이름을 더 적어 주세요.",
		"More than {max} people have that in their name. Write more of it, so that none is left out.")
	ErrOrderWindow = errs.New(errs.Invalid, "audit.order_window",
		"주문은 {days}일 동안의 기록만 찾아요. 빠지는 기록이 없게 마지막 날을 정해 주세요.",
		"Entries of an order are looked for during {days} days. Choose a last day, so that none is left out.")
	ErrTooMany = errs.New(errs.TooLarge, "audit.too_many",
		"한 번에 {max}건까지 내려받을 수 있어요. 기간을 줄여 주세요.",
		"An export holds at most {max} entries. Please choose a shorter period.")
)
