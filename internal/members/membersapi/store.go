package membersapi

import (
	"strings"

	"maru/internal/kernel/businessday"
	"maru/internal/kernel/ids"
	"maru/internal/kernel/lang"
)

// Store is a store (지점) as other contexts see it.
type Store struct {
	ID       ids.StoreID        `json:"store_id"`
	Code     string             `json:"code"` // in URLs and files: lower-case letters, digits and dashes
	Name     lang.Text          `json:"name"`
	Region   string             `json:"region"`
	TimeZone string             `json:"time_zone"` // IANA name, never empty
	Cutoff   businessday.Cutoff `json:"cutoff_minutes"`
	Status   StoreStatus        `json:"status"`
}

// Matches reports whether what somebody typed is part of the store's code, names or region, in any case. Nothing typed
// matches every store.
func (s Store) Matches(typed string) bool {
	typed = strings.ToLower(strings.TrimSpace(typed))
	for _, part := range []string{s.Code, s.Name.Ko, s.Name.En, s.Region} {
		if strings.Contains(strings.ToLower(part), typed) {
			return true
		}
	}
	return false
}

// StoreStatus says whether a store does business.
type StoreStatus string

// The statuses of a store. Headquarters moves a store between any two of them.
const (
	Preparing StoreStatus = "preparing" // not open to customers yet; it may practise with orders
	Open      StoreStatus = "open"
	Paused    StoreStatus = "paused" // for a while, as during renovation: takes no orders
	Closed    StoreStatus = "closed" // for good: takes no orders, its figures stay
)

// StoreStatuses lists them in the order of a store's life.
var StoreStatuses = []StoreStatus{Preparing, Open, Paused, Closed}

// TakesOrders reports whether a store in this status sells. What is no status does: that is how stores
// were stored before there were any.
func (s StoreStatus) TakesOrders() bool { return s != Paused && s != Closed }

// Hours are the opening hours of a week by time.Weekday, from Sunday.
type Hours [7]DayHours

// DayHours are the opening hours of a day, in minutes after midnight. Equal times are a day off; where
// Closes is the smaller one, the store closes after the next midnight.
type DayHours struct {
	Opens  int16 `json:"opens"`
	Closes int16 `json:"closes"`
}

// Off reports whether the store stays closed on the day.
func (h DayHours) Off() bool { return h.Opens == h.Closes }
