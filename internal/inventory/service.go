// Package inventory keeps the stock of every store: what orders used, what was received, what is left,
// and what a store can therefore not make.
//
// It owns schema inventory. It publishes AvailabilityChanged, MaterialLow and StockAdjusted, and for its
// own replicas RecipesTaken. It reacts to catalog's MaterialChanged and RecipesPublished and to ordering's
// OrderAccepted and OrderCancelled; see inventoryapi and subscribe.go.
//
// An order is deducted exactly once, in the transaction that moves the subscription's cursor. A short
// material never stops that: the balance goes below zero and is marked for counting.
package inventory

import (
	"time"

	"maru/internal/inventory/internal/inventorydb"
	"maru/internal/inventory/inventoryapi"
	"maru/internal/kernel/ids"
	"maru/internal/platform/postgres"
)

// Service is the inventory context.
type Service struct {
	db      *postgres.DB
	now     func() time.Time
	recipes recipeCache
	usage   usageCache
	plenty  plenty

	watchers []func(store ids.StoreID)
	wanted   func(ids.Lane) bool // see WatchedIn
}

var _ inventoryapi.Stock = (*Service)(nil)

// New returns the context on its database. now is the clock that moments are taken from.
func New(db *postgres.DB, now func() time.Time) *Service {
	return &Service{db: db, now: now}
}

func (s *Service) read() *inventorydb.Queries { return inventorydb.New(s.db) }
