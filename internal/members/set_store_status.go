package members

import (
	"context"
	"slices"

	"maru/internal/kernel/ids"
	"maru/internal/members/internal/membersdb"
	"maru/internal/members/membersapi"
	"maru/internal/platform/auth"
)

// SetStoreStatus opens, pauses or closes a store.
type SetStoreStatus struct {
	ID     ids.StoreID
	Seen   int64 // revision the author saw; 0 for programs
	Status membersapi.StoreStatus
	Reason string // why; a store that stops taking orders needs one
}

const maxStoreReason = 200

// SetStoreStatus changes the status and keeps the reason. Registers of a store that is paused or closed
// refuse new orders as soon as the event has reached them; orders that were placed can be finished. It returns
// ErrBadStatus, ErrReasonMissing, ErrBadText, ErrStoreStale and ErrNoStore.
func (s *Service) SetStoreStatus(ctx context.Context, by auth.Principal, cmd SetStoreStatus) (membersapi.Store, error) {
	reason := tidy(cmd.Reason)
	switch {
	case !by.May(auth.ManageStores):
		return membersapi.Store{}, ErrNotAllowed
	case !slices.Contains(membersapi.StoreStatuses, cmd.Status):
		return membersapi.Store{}, ErrBadStatus.On("status")
	case reason == "" && !cmd.Status.TakesOrders():
		return membersapi.Store{}, ErrStoreReason.On("reason")
	}
	if e := textProblem(reason, "reason", maxStoreReason); e != nil {
		return membersapi.Store{}, e
	}
	return s.changeStore(ctx, by, cmd.ID, cmd.Seen, reason, func(row membersdb.Store) StoreCard {
		card := cardOf(row)
		card.Status = cmd.Status
		return card
	})
}
