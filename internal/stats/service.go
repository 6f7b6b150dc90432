// Package stats knows what was sold: by store, business date, hour, item and category.
//
// It owns schema stats, which holds nothing but sums of events and the names they are shown under. It
// publishes SalesChanged, so that dashboards know when to read again, and reacts to the orders of
// orderingapi, the stores of membersapi and the menus of catalogapi; see subscribe.go.
package stats

import (
	"maru/internal/kernel/ids"
	"maru/internal/platform/postgres"
)

// Service answers what was sold. Its figures follow the orders within a second or two.
type Service struct {
	db       *postgres.DB
	watchers []func(ids.StoreID)
}

// New returns the statistics kept in db.
func New(db *postgres.DB) *Service { return &Service{db: db} }
