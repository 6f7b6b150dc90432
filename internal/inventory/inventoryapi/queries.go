package inventoryapi

import (
	"context"

	"maru/internal/kernel/ids"
	"maru/internal/kernel/lang"
	"maru/internal/kernel/quantity"
)

// Stock answers what a store must look after.
type Stock interface {
	// LowStock returns the materials of the store that are below their warning level or below zero,
	// worst first, at most limit.
	LowStock(ctx context.Context, store ids.StoreID, limit int) ([]LowMaterial, error)
}

// LowMaterial is a material that runs out.
type LowMaterial struct {
	MaterialID ids.MaterialID
	Code       string
	Name       lang.Text
	Unit       quantity.Unit
	OnHand     quantity.Milli
	Low        quantity.Milli
}
