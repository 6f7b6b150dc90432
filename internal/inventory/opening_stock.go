package inventory

import (
	"context"
	"fmt"

	"github.com/google/uuid"

	"maru/internal/inventory/inventoryapi"
	"maru/internal/kernel/ids"
	"maru/internal/platform/auth"
)

// OpeningStock says what is in a store when its stock is first looked after. A quantity may be zero.
type OpeningStock struct {
	ID    uuid.UUID // as in ReceiveStock
	Store ids.StoreID
	Lines []StockLine
	Note  string
}

// OpeningStock sets balances to what is there: the ledger gets the difference to what it said, so the
// balance stays the sum of the ledger. From then on the materials are tracked. Errors and events are
// those of ReceiveStock.
func (s *Service) OpeningStock(ctx context.Context, by auth.Principal, cmd OpeningStock) (Booking, error) {
	b, err := s.bookDocument(ctx, by, document{
		id: cmd.ID, store: cmd.Store, kind: inventoryapi.Opening, lines: cmd.Lines, note: cmd.Note,
	})
	if err != nil {
		return Booking{}, fmt.Errorf("opening stock of %s: %w", cmd.Store, err)
	}
	return b, nil
}
