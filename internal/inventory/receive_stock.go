package inventory

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"

	"maru/internal/inventory/inventoryapi"
	"maru/internal/kernel/ids"
	"maru/internal/kernel/quantity"
	"maru/internal/platform/auth"
)

// ReceiveStock says what was delivered to a store.
type ReceiveStock struct {
	// ID is made by the client, a UUIDv7, and makes the booking idempotent. Zero: one is made here.
	ID    uuid.UUID
	Store ids.StoreID
	Lines []StockLine // 1 to MaxLines; a material may stand in several
	Note  string      // at most MaxNote characters: the supplier, the delivery note's number
}

// StockLine is an amount of a material as a person states it.
type StockLine struct {
	Material ids.MaterialID
	Quantity quantity.Milli // thousandths of Unit
	Unit     string         // g, kg, ml, l, ea, or a pack of the material
}

// Booking is what became of a document: the answer to the first and to every repeated call.
type Booking struct {
	ID    uuid.UUID           `json:"id"`
	Store ids.StoreID         `json:"store_id"`
	Kind  inventoryapi.Reason `json:"kind"` // Receipt, Opening, Count or Waste
	Lines []BookedLine        `json:"lines"`
	At    time.Time           `json:"at"`
	// Repeated says that the document had been booked before and nothing was done now.
	Repeated bool `json:"-"`
}

// BookedLine is a line of a Booking.
type BookedLine struct {
	Material ids.MaterialID `json:"material_id"`
	Entered  quantity.Milli `json:"entered"`
	Unit     string         `json:"unit"`
	Quantity quantity.Milli `json:"quantity"` // signed, in the base unit: what the balance moved by
	OnHand   quantity.Milli `json:"on_hand"`  // of the material after the whole document
}

// The limits of one document.
const (
	MaxLines = 200
	MaxNote  = 200
)

// ReceiveStock books delivered goods and publishes StockAdjusted, and AvailabilityChanged for what can
// be made again. The first receipt of a material begins its tracking: what was used before does not
// count, and the goods are what is there.
//
// It returns ErrNoStore, ErrNotAllowed, ErrOtherBody, ErrNoLines, ErrTooManyLines, and errs.Fields with
// ErrUnknownMaterial, ErrQuantity, ErrUnit, ErrTooMuch or ErrTooLittle on "lines[0].quantity" and so on.
func (s *Service) ReceiveStock(ctx context.Context, by auth.Principal, cmd ReceiveStock) (Booking, error) {
	b, err := s.bookDocument(ctx, by, document{
		id: cmd.ID, store: cmd.Store, kind: inventoryapi.Receipt, lines: cmd.Lines, note: cmd.Note,
	})
	if err != nil {
		return Booking{}, fmt.Errorf("receive stock at %s: %w", cmd.Store, err)
	}
	return b, nil
}
