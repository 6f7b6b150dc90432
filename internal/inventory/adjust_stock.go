package inventory

import (
	"context"
	"fmt"

	"github.com/google/uuid"

	"maru/internal/inventory/inventoryapi"
	"maru/internal/kernel/ids"
	"maru/internal/kernel/quantity"
	"maru/internal/platform/auth"
)

// AdjustStock corrects balances: by what somebody counted, or by what was thrown away.
type AdjustStock struct {
	ID    uuid.UUID // as in ReceiveStock; of a count, its time says when the counting began
	Store ids.StoreID
	Kind  inventoryapi.Reason // Count or Waste
	Lines []AdjustedStock     // 1 to MaxLines; a material stands in one of them
	Note  string              // at most MaxNote characters: why
}

// AdjustedStock is a material that was counted or thrown away. A count may be zero.
type AdjustedStock struct {
	StockLine
	// Ledger is the balance, in the base unit, that the ledger had when the counting began. What moved since
	// is neither counted twice nor lost. Nobody asks for it where things are thrown away.
	Ledger quantity.Milli
}

// AdjustStock books a count, or what was thrown away, and publishes StockAdjusted, and AvailabilityChanged for
// what can be made no longer, or again. A count books the difference to Ledger, and begins the tracking of
// a material that nobody had counted. What is thrown away may leave a balance below zero: then it is to be counted.
//
// It returns ErrAdjustment for another Kind, the errors of ReceiveStock, and on lines ErrTwice for a material that
// stands in two and ErrNotCounted for throwing away what nobody has counted; and ErrCountedMeanwhile for a count beside
// another one.
func (s *Service) AdjustStock(ctx context.Context, by auth.Principal, cmd AdjustStock) (Booking, error) {
	doc := document{id: cmd.ID, store: cmd.Store, kind: cmd.Kind, note: cmd.Note}
	if doc.kind != inventoryapi.Count && doc.kind != inventoryapi.Waste {
		return Booking{}, ErrAdjustment.On("kind")
	}
	for _, l := range cmd.Lines {
		doc.lines = append(doc.lines, l.StockLine)
		if doc.kind == inventoryapi.Count {
			doc.ledger = append(doc.ledger, l.Ledger)
		}
	}
	b, err := s.bookDocument(ctx, by, doc)
	if err != nil {
		return Booking{}, fmt.Errorf("adjust stock of %s: %w", cmd.Store, err)
	}
	return b, nil
}
