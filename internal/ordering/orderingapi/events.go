// Package orderingapi is what other contexts may know of orders.
package orderingapi

import (
	"time"

	"maru/internal/kernel/businessday"
	"maru/internal/kernel/dining"
	"maru/internal/kernel/ids"
	"maru/internal/kernel/lang"
	"maru/internal/kernel/money"
)

// Channel is the door through which an order came.
type Channel string

// The channels.
const (
	Register Channel = "register" // at the counter
	API      Channel = "api"      // an integrator
	Import   Channel = "import"   // sales that already happened elsewhere
)

// Status is a state of an order.
type Status string

// The states. Accepted to Completed is the way of a drink; the others are ends.
const (
	Accepted  Status = "accepted"  // 접수
	Preparing Status = "preparing" // 제조
	Ready     Status = "ready"     // 픽업
	Completed Status = "completed" // 완료
	Cancelled Status = "cancelled" // 취소
	Rejected  Status = "rejected"  // 거절: the store never took it on
)

// Line is a line of an order with everything copied onto it: later edits change no history.
type Line struct {
	No         int            `json:"no"` // from 1
	ItemID     ids.ItemID     `json:"item_id"`
	SizeID     ids.SizeID     `json:"size_id"`
	CategoryID ids.CategoryID `json:"category_id"`
	ItemName   lang.Text      `json:"item_name"`
	SizeName   lang.Text      `json:"size_name"`
	Quantity   int            `json:"quantity"`
	UnitPrice  money.Amount   `json:"unit_price"` // of the size, without options
	Options    []LineOption   `json:"options,omitempty"`
	Total      money.Amount   `json:"total"` // (unit price + options) × quantity - discount share
	TaxFree    bool           `json:"tax_free,omitempty"`
	Discount   money.Amount   `json:"discount,omitempty"` // the line's share of the order's discount, not in Total
}

// Discount is what is taken off an order as a whole. The zero Discount takes nothing off.
type Discount struct {
	Amount  money.Amount `json:"amount"`            // what is taken off; while it is asked for, 0 beside a percentage
	Percent int          `json:"percent,omitempty"` // from 1 to 100: what it was asked for as; 0: as an amount
	Reason  string       `json:"reason"`            // for the record; at most 100 characters
}

// LineOption is a chosen option of a line.
type LineOption struct {
	OptionID ids.OptionID `json:"option_id"`
	Name     lang.Text    `json:"name"`
	Price    money.Amount `json:"price"`    // per unit of the option
	Quantity int          `json:"quantity"` // on each unit of the line
}

// OrderAccepted says that an order was taken and paid.
type OrderAccepted struct {
	OrderID      ids.OrderID      `json:"order_id"`
	StoreID      ids.StoreID      `json:"store_id"`
	BusinessDate businessday.Date `json:"business_date"`
	Hour         int              `json:"hour"` // on the store's wall clock
	PlacedAt     time.Time        `json:"placed_at"`
	Channel      Channel          `json:"channel"`
	Dining       dining.Option    `json:"dining"`
	PickupNumber int              `json:"pickup_number"`
	MenuVersion  int64            `json:"menu_version"` // whose recipes apply
	Total        money.Amount     `json:"total"`
	Tax          money.Amount     `json:"tax"`
	Lines        []Line           `json:"lines"`
	By           ids.MemberID     `json:"by,omitzero"`
	Device       ids.SessionID    `json:"device_id,omitzero"` // the session on which it was done: the person's own, or a shared device's
	Discount     Discount         `json:"discount,omitzero"`  // not in Total; given by By
	Program      string           `json:"program,omitempty"`  // the name of the API key with which it was done, where By is nobody
}

// OrderStatusChanged says that an order moved on the board. Cancellations are OrderCancelled.
type OrderStatusChanged struct {
	OrderID ids.OrderID   `json:"order_id"`
	StoreID ids.StoreID   `json:"store_id"`
	From    Status        `json:"from"`
	To      Status        `json:"to"`
	At      time.Time     `json:"at"`
	By      ids.MemberID  `json:"by,omitzero"`
	Device  ids.SessionID `json:"device_id,omitzero"` // the session on which it was done: the person's own, or a shared device's
	Program string        `json:"program,omitempty"`  // the name of the API key with which it was done, where By is nobody
}

// Disposition is what becomes of the material of a cancelled order.
type Disposition string

// The dispositions.
const (
	Restock Disposition = "restock" // nothing was used: it comes back
	Waste   Disposition = "waste"   // it was made and is thrown away
	Remake  Disposition = "remake"  // it was made wrong; a new one is made on a new order
)

// OrderCancelled says that an order was cancelled or rejected and its money given back.
type OrderCancelled struct {
	OrderID      ids.OrderID      `json:"order_id"`
	StoreID      ids.StoreID      `json:"store_id"`
	BusinessDate businessday.Date `json:"business_date"` // of the cancellation, the day it counts on
	Hour         int              `json:"hour"`          // of the cancellation
	OrderDate    businessday.Date `json:"order_date"`    // business date of the order itself
	From         Status           `json:"from"`
	To           Status           `json:"to"` // Cancelled or Rejected
	Reason       string           `json:"reason"`
	Disposition  Disposition      `json:"disposition"`
	Total        money.Amount     `json:"total"`
	Tax          money.Amount     `json:"tax"`
	Lines        []Line           `json:"lines"`
	At           time.Time        `json:"at"`
	By           ids.MemberID     `json:"by,omitzero"`
	Device       ids.SessionID    `json:"device_id,omitzero"` // the session on which it was done: the person's own, or a shared device's
	Program      string           `json:"program,omitempty"`  // the name of the API key with which it was done, where By is nobody
}

// MenuTaken says that registers sell by this menu version from now on. Every replica follows it to
// reload the menu it keeps in memory.
type MenuTaken struct {
	Version int64 `json:"version"`
}

// StoreTaken says that ordering knows a store, or its new master data.
type StoreTaken struct {
	StoreID ids.StoreID `json:"store_id"`
}

// SellableChanged says that items, sizes or options of a store were sold out or came back. Every
// replica follows it; registers show it.
type SellableChanged struct {
	StoreID ids.StoreID `json:"store_id"`
}

// EventKind implements event.Event, as do the methods below.
func (OrderAccepted) EventKind() string     { return "ordering.order_accepted" }
func (OrderAccepted) EventVersion() int     { return 1 }
func (e OrderAccepted) EventLane() ids.Lane { return e.StoreID.Lane() }
func (e OrderAccepted) EventKey() string    { return e.OrderID.String() }

func (OrderStatusChanged) EventKind() string     { return "ordering.order_status_changed" }
func (OrderStatusChanged) EventVersion() int     { return 1 }
func (e OrderStatusChanged) EventLane() ids.Lane { return e.StoreID.Lane() }
func (e OrderStatusChanged) EventKey() string    { return e.OrderID.String() }

func (OrderCancelled) EventKind() string     { return "ordering.order_cancelled" }
func (OrderCancelled) EventVersion() int     { return 1 }
func (e OrderCancelled) EventLane() ids.Lane { return e.StoreID.Lane() }
func (e OrderCancelled) EventKey() string    { return e.OrderID.String() }

func (MenuTaken) EventKind() string   { return "ordering.menu_taken" }
func (MenuTaken) EventVersion() int   { return 1 }
func (MenuTaken) EventLane() ids.Lane { return 0 }
func (MenuTaken) EventKey() string    { return "menu" }

func (StoreTaken) EventKind() string     { return "ordering.store_taken" }
func (StoreTaken) EventVersion() int     { return 1 }
func (e StoreTaken) EventLane() ids.Lane { return e.StoreID.Lane() }
func (e StoreTaken) EventKey() string    { return e.StoreID.String() }

func (SellableChanged) EventKind() string     { return "ordering.sellable_changed" }
func (SellableChanged) EventVersion() int     { return 1 }
func (e SellableChanged) EventLane() ids.Lane { return e.StoreID.Lane() }
func (e SellableChanged) EventKey() string    { return e.StoreID.String() }
