package members

import (
	"context"
	"fmt"
	"slices"
	"strconv"

	"github.com/jackc/pgx/v5"

	"maru/internal/kernel/ids"
	"maru/internal/members/internal/membersdb"
	"maru/internal/members/membersapi"
	"maru/internal/platform/auth"
	"maru/internal/platform/errs"
	"maru/internal/platform/event"
	"maru/internal/platform/outbox"
)

// storesAtOnce is how many stores of a list one transaction holds: few enough that the lanes of their events are not
// locked for long.
const storesAtOnce = 200

// StoreCounts is how many lines came out how.
type StoreCounts struct {
	New       int `json:"new"`
	Changed   int `json:"changed"`
	Unchanged int `json:"unchanged"`
	Refused   int `json:"refused"`
}

// CountPlans counts what plans do.
func CountPlans(plans []StorePlan) StoreCounts {
	var c StoreCounts
	for _, p := range plans {
		c.add(p.Outcome)
	}
	return c
}

func (c *StoreCounts) add(o StoreOutcome) {
	switch o {
	case StoreIsNew:
		c.New++
	case StoreIsChanged:
		c.Changed++
	case StoreIsUnchanged:
		c.Unchanged++
	case StoreIsRefused:
		c.Refused++
	}
}

// ErrImportReason is returned for an import that changes the status of stores and does not say why.
var ErrImportReason = errs.New(errs.Invalid, "members.import_reason",
	"이 목록은 지점 {n}곳의 영업 상태를 바꿔요. 왜 바꾸는지 적어 주세요. 감사 기록에도 남아요.",
	"This list changes the status of {n} stores. Say why; it is kept in the audit trail as well.")

// ChangesStatus reports whether the plan changes the status of a store that is there.
func (p StorePlan) ChangesStatus() bool {
	return p.Outcome == StoreIsChanged && slices.ContainsFunc(p.Changes, func(c CardChange) bool { return c.Field == FieldStatus })
}

// StatusChanges counts the plans that change the status of a store.
func StatusChanges(plans []StorePlan) int {
	n := 0
	for _, p := range plans {
		if p.ChangesStatus() {
			n++
		}
	}
	return n
}

// importReason returns the reason as it is kept.
func importReason(plans []StorePlan, reason string) (string, error) {
	reason = tidy(reason)
	if n := StatusChanges(plans); n > 0 && reason == "" {
		return "", ErrImportReason.With("n", strconv.Itoa(n)).On("reason")
	}
	if e := textProblem(reason, "reason", maxStoreReason); e != nil {
		return "", e
	}
	return reason, nil
}

// ImportStores carries plans out, in transactions of a few hundred stores: stopping in between leaves whole stores, and
// going on, or beginning again, does the rest. A store that changed since its plan was made is refused. It returns the
// plans as they came out; told, where given, hears how many lines are done. Where the plans change the status of stores,
// reason is kept with each of them; without one it returns ErrImportReason.
func (s *Service) ImportStores(ctx context.Context, by auth.Principal, plans []StorePlan, reason string, told func(done int)) ([]StorePlan, error) {
	if !by.May(auth.ManageStores) {
		return nil, ErrNotAllowed
	}
	reason, problem := importReason(plans, reason)
	if problem != nil {
		return nil, problem
	}
	out := make([]StorePlan, 0, len(plans))
	for len(out) < len(plans) {
		batch := plans[len(out):min(len(out)+storesAtOnce, len(plans))]
		var done []StorePlan
		err := s.db.InTx(ctx, func(tx pgx.Tx) error {
			var events []event.Event
			var err error
			done, events, err = s.carryOut(ctx, tx, by, batch, reason)
			if err != nil {
				return err
			}
			return outbox.Publish(ctx, tx, events...)
		})
		if err != nil {
			return out, fmt.Errorf("import stores: %w", err)
		}
		s.directory.forget()
		out = append(out, done...)
		if told != nil {
			told(len(out))
		}
	}
	return out, nil
}

// carryOut does what plans say, and returns how they came out and the events that tell of it.
func (s *Service) carryOut(ctx context.Context, tx pgx.Tx, by auth.Principal, plans []StorePlan, reason string) ([]StorePlan, []event.Event, error) {
	q, out := membersdb.New(tx), make([]StorePlan, len(plans))
	var events []event.Event
	for i, p := range plans {
		told, ok, err := s.carryOutOne(ctx, q, by, p, reason)
		if err != nil {
			return nil, nil, fmt.Errorf("line %d: %w", p.Line, err)
		}
		if !ok {
			p.Outcome, p.Problems = StoreIsRefused, append(p.Problems[:len(p.Problems):len(p.Problems)], LineProblem{Reason: reasonMeanwhile})
		}
		out[i], events = p, append(events, told...)
	}
	return out, events, nil
}

// carryOutOne reports false where the store is not as the plan found it.
func (s *Service) carryOutOne(ctx context.Context, q *membersdb.Queries, by auth.Principal, p StorePlan, reason string) ([]event.Event, bool, error) {
	now := s.now()
	switch p.Outcome {
	case StoreIsUnchanged, StoreIsRefused:
		return nil, true, nil
	case StoreIsNew:
		store := p.card.store(ids.NewStoreID(), p.Code)
		n, err := q.InsertStore(ctx, membersdb.InsertStoreParams{
			StoreID: store.ID, Code: p.Code, NameKo: p.card.Name.Ko, NameEn: p.card.Name.En, Region: p.card.Region,
			Address: p.card.Address, Phone: p.card.Phone, TimeZone: p.card.TimeZone, CutoffMinutes: p.card.Cutoff, OpenedAt: now,
			Status: p.card.Status, Hours: p.card.Hours,
		})
		if err != nil || n == 0 {
			return nil, false, err
		}
		return []event.Event{
			recordOf(now, by, done{action: "store_opened", object: storeObject(store), store: store.ID, after: p.card.fields()}),
			membersapi.StoreOpened{Store: store, At: now},
		}, true, nil
	case StoreIsChanged:
	}
	row, err := q.StoreForUpdate(ctx, p.id)
	if notFound(err) || err == nil && row.Revision != p.revision {
		return nil, false, nil
	}
	if err != nil {
		return nil, false, err
	}
	if !p.ChangesStatus() {
		reason = ""
	}
	_, events, err := putStore(ctx, q, now, by, row, p.card, reason)
	return events, true, err
}
