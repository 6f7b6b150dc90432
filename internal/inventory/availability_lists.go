package inventory

import (
	"context"
	"fmt"
	"time"

	"maru/internal/inventory/inventoryapi"
	"maru/internal/kernel/ids"
)

// Unavailable is something a store cannot make now.
type Unavailable struct {
	inventoryapi.Availability
	Since time.Time
}

// UnavailableAt returns everything the store cannot make for want of stock; what is not listed can be
// made.
func (s *Service) UnavailableAt(ctx context.Context, store ids.StoreID) ([]Unavailable, error) {
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
