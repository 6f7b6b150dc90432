// Package inventoryapi is what other contexts may know of stock.
package inventoryapi

import (
	"time"

	"maru/internal/kernel/ids"
	"maru/internal/kernel/quantity"
)

// Availability says whether a store can make something. SizeID zero means every size of the item;
// OptionID zero means the item itself, otherwise that option on that item and size.
type Availability struct {
	ItemID    ids.ItemID   `json:"item_id"`
	SizeID    ids.SizeID   `json:"size_id,omitzero"`
	OptionID  ids.OptionID `json:"option_id,omitzero"`
	Available bool         `json:"available"`
	Reason    string       `json:"reason,omitempty"` // "stock" with the material's code after a colon; empty when available
}

// AvailabilityChanged says what a store can no longer make, or can make again, because of stock.
type AvailabilityChanged struct {
	StoreID ids.StoreID    `json:"store_id"`
	Changes []Availability `json:"changes"`
	At      time.Time      `json:"at"`
}

// MaterialLow says that a material of a store fell below its warning level.
type MaterialLow struct {
	StoreID    ids.StoreID    `json:"store_id"`
	MaterialID ids.MaterialID `json:"material_id"`
	OnHand     quantity.Milli `json:"on_hand"`
	Low        quantity.Milli `json:"low"`
	At         time.Time      `json:"at"`
}

// Reason is why stock moved.
type Reason string

// The reasons of ledger rows.
const (
	Sale     Reason = "sale"
	Reversal Reason = "reversal"
	Waste    Reason = "waste"
	Receipt  Reason = "receipt"
	Count    Reason = "count"
	Transfer Reason = "transfer"
	Opening  Reason = "opening"
)

// StockAdjusted says that people moved stock: goods received, opening stock entered, counted, thrown away.
type StockAdjusted struct {
	StoreID ids.StoreID    `json:"store_id"`
	Reason  Reason         `json:"reason"`
	Lines   []AdjustedLine `json:"lines"`
	At      time.Time      `json:"at"`
	By      ids.MemberID   `json:"by,omitzero"`
	Device  ids.SessionID  `json:"device_id,omitzero"` // the session on which it was done: the person's own, or a shared device's
	Program string         `json:"program,omitempty"`  // the name of the API key with which it was done, where By is nobody
	Note    string         `json:"note,omitempty"`     // why, as it was typed
}

// AdjustedLine is one material of a StockAdjusted.
type AdjustedLine struct {
	MaterialID ids.MaterialID `json:"material_id"`
	Quantity   quantity.Milli `json:"quantity"` // signed, base unit
	OnHand     quantity.Milli `json:"on_hand"`  // afterwards
}

// RecipesTaken says that recipes of a new menu version are here. Stores are judged by them in portions:
// those with ids after After have not been.
type RecipesTaken struct {
	Version int64       `json:"version"`
	After   ids.StoreID `json:"after_store_id,omitzero"`
}

// EventKind implements event.Event, as do the methods below.
func (AvailabilityChanged) EventKind() string     { return "inventory.availability_changed" }
func (AvailabilityChanged) EventVersion() int     { return 1 }
func (e AvailabilityChanged) EventLane() ids.Lane { return e.StoreID.Lane() }
func (e AvailabilityChanged) EventKey() string    { return e.StoreID.String() }

func (MaterialLow) EventKind() string     { return "inventory.material_low" }
func (MaterialLow) EventVersion() int     { return 1 }
func (e MaterialLow) EventLane() ids.Lane { return e.StoreID.Lane() }
func (e MaterialLow) EventKey() string    { return e.StoreID.String() }

func (StockAdjusted) EventKind() string     { return "inventory.stock_adjusted" }
func (StockAdjusted) EventVersion() int     { return 1 }
func (e StockAdjusted) EventLane() ids.Lane { return e.StoreID.Lane() }
func (e StockAdjusted) EventKey() string    { return e.StoreID.String() }

func (RecipesTaken) EventKind() string   { return "inventory.recipes_taken" }
func (RecipesTaken) EventVersion() int   { return 1 }
func (RecipesTaken) EventLane() ids.Lane { return 0 }
func (RecipesTaken) EventKey() string    { return "recipes" }
