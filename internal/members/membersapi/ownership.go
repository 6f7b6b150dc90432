package membersapi

import (
	"context"
	"slices"

	"maru/internal/kernel/businessday"
	"maru/internal/kernel/ids"
)

// Ownerships answers which part of a store's past is whose. A page with records that are private to an
// owner (settlement, inquiries) shows an owner only those of dates that OwnerDays includes, headquarters all of
// them, and nobody else any: members.Service.PrivateDays decides so for a Principal.
type Ownerships interface {
	// OwnerDays returns the business dates in which the store was the member's; none for somebody who never
	// owned it.
	OwnerDays(ctx context.Context, member ids.MemberID, store ids.StoreID) (Days, error)
}

// Days is a set of business dates. The zero Days is empty.
type Days struct {
	All     bool
	Periods []Period // in order, without overlaps
}

// Include reports whether a date belongs to the set.
func (d Days) Include(date businessday.Date) bool {
	return d.All || slices.ContainsFunc(d.Periods, func(p Period) bool { return p.Includes(date) })
}

// Period is a run of business dates: From is the first of them, Until the first after them; zero where it
// goes on.
type Period struct {
	From, Until businessday.Date
}

// Includes reports whether a date lies in the period.
func (p Period) Includes(date businessday.Date) bool {
	return !date.Before(p.From) && (p.Until.IsZero() || date.Before(p.Until))
}
