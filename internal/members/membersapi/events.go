// Package membersapi is what other contexts may know of members: its events and the reads that
// pages need.
package membersapi

import (
	"time"

	"maru/internal/kernel/ids"
	"maru/internal/kernel/lang"
)

// FranchiseFounded says that the franchise exists and which currency it has, for ever.
type FranchiseFounded struct {
	Name     lang.Text `json:"name"`
	Currency string    `json:"currency"` // ISO 4217
	At       time.Time `json:"at"`
}

// StoreOpened says that a store was added.
type StoreOpened struct {
	Store Store     `json:"store"`
	At    time.Time `json:"at"`
}

// StoreChanged says that a store's master data changed; Store is what holds now.
type StoreChanged struct {
	Store Store     `json:"store"`
	At    time.Time `json:"at"`
}

// EventKind implements event.Event, as do the methods below.
func (FranchiseFounded) EventKind() string   { return "members.franchise_founded" }
func (FranchiseFounded) EventVersion() int   { return 1 }
func (FranchiseFounded) EventLane() ids.Lane { return 0 }
func (FranchiseFounded) EventKey() string    { return "franchise" }

func (StoreOpened) EventKind() string     { return "members.store_opened" }
func (StoreOpened) EventVersion() int     { return 2 }
func (e StoreOpened) EventLane() ids.Lane { return e.Store.ID.Lane() }
func (e StoreOpened) EventKey() string    { return e.Store.ID.String() }

func (StoreChanged) EventKind() string     { return "members.store_changed" }
func (StoreChanged) EventVersion() int     { return 2 }
func (e StoreChanged) EventLane() ids.Lane { return e.Store.ID.Lane() }
func (e StoreChanged) EventKey() string    { return e.Store.ID.String() }
