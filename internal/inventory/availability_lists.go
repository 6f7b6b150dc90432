package inventory

import (
	"context"
	"fmt"
	"time"

	"maru/internal/inventory/inventoryapi"
	"maru/internal/kernel/ids"
	"maru/internal/platform/auth"
)

// Unavailable is something a store cannot make now.
type Unavailable struct {
	inventoryapi.Availability
	Since time.Time
}

// UnavailableAt returns everything the store cannot make for want of stock; what is not listed can be
// made. It returns ErrNoStore and ErrNotAllowed.
func (s *Service) UnavailableAt(ctx context.Context, by auth.Principal, store ids.StoreID) ([]Unavailable, error) {
	if err := mayView(by, store); err != nil {
		return nil, err
	}
	rows, err := s.read().UnavailableAt(ctx, uuidsOf([]ids.StoreID{store}))
	if err != nil {
		return nil, fmt.Errorf("unavailable at %s: %w", store, err)
	}
	list := make([]Unavailable, 0, len(rows))
	for _, row := range rows {
		list = append(list, Unavailable{
			Availability: inventoryapi.Availability{ItemID: row.ItemID, SizeID: row.SizeID, OptionID: row.OptionID, Reason: row.Reason},
			Since:        row.Since,
		})
	}
	return list, nil
}
