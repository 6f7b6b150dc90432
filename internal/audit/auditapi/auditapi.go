// Package auditapi is what other contexts' pages may know of the audit trail.
package auditapi

import (
	"context"
	"encoding/json"
	"time"

	"maru/internal/kernel/ids"
)

// Entry is one line of the trail: somebody did something.
type Entry struct {
	ID      ids.EntryID
	Source  string // the context in which it was done
	At      time.Time
	Member  ids.MemberID // zero: the program itself, or nobody who had signed in
	Actor   string       // the name at that time
	Role    string
	Session ids.SessionID
	Address string
	Action  string
	Object  Object
	Store   ids.StoreID // zero: no store
	Note    string      // the reason that was given
	// Before and After hold what differs, masked; nil where there was nothing.
	Before, After json.RawMessage
}

// Object is what something was done to.
type Object struct {
	Kind string
	ID   string
	Name string
}

// Trail answers what somebody did. Who asks must be allowed to read the trail; the page sees to it.
type Trail interface {
	// ByMember returns the newest acts of a person, newest first.
	ByMember(ctx context.Context, member ids.MemberID, atMost int) ([]Entry, error)
	// OnObject returns the newest acts on something, newest first.
	OnObject(ctx context.Context, kind, id string, atMost int) ([]Entry, error)
}
