package membersapi

import (
	"time"

	"maru/internal/kernel/businessday"
	"maru/internal/kernel/ids"
	"maru/internal/kernel/lang"
)

// StoreV1 is a store in the first version of StoreOpened and StoreChanged, before stores had a status.
// Subscribers read it by outbox.From(1, …) with the functions below.
type StoreV1 struct {
	Store struct {
		ID       ids.StoreID        `json:"store_id"`
		Code     string             `json:"code"`
		Name     lang.Text          `json:"name"`
		Region   string             `json:"region"`
		TimeZone string             `json:"time_zone"`
		Cutoff   businessday.Cutoff `json:"cutoff_minutes"`
	} `json:"store"`
	At time.Time `json:"at"`
}

// StoreOpenedFromV1 reads the first version: every store was open.
func StoreOpenedFromV1(old StoreV1) StoreOpened { return StoreOpened{Store: old.store(), At: old.At} }

// StoreChangedFromV1 reads the first version.
func StoreChangedFromV1(old StoreV1) StoreChanged {
	return StoreChanged{Store: old.store(), At: old.At}
}

func (old StoreV1) store() Store {
	s := old.Store
	return Store{ID: s.ID, Code: s.Code, Name: s.Name, Region: s.Region, TimeZone: s.TimeZone, Cutoff: s.Cutoff, Status: Open}
}
