// Package trail is the audit record as every context leaves it: who changed what, when and from where,
// with what was there before and after. A context publishes it in the transaction of the change, so
// there is no change without its record and no record without its change; context audit keeps them.
//
//	outbox.Publish(ctx, tx, trail.Of("catalog", now, by, "price_changed", trail.Object{Kind: "item", ID: code}).
//		Change(before, after))
package trail

import (
	"encoding/json"
	"time"

	"maru/internal/kernel/ids"
	"maru/internal/platform/auth"
)

// Entry says that somebody did something. Make one with Of; it is an event of the context in which it
// was done.
type Entry struct {
	Source string      `json:"source"` // the context
	At     time.Time   `json:"at"`
	By     Actor       `json:"by,omitzero"`
	Action string      `json:"action"` // past tense, as in "price_changed"
	Object Object      `json:"object,omitzero"`
	Store  ids.StoreID `json:"store_id,omitzero"`
	Note   string      `json:"note,omitempty"` // the reason that was given
	// Before and After hold what differs, with secrets and personal data masked.
	Before json.RawMessage `json:"before,omitempty"`
	After  json.RawMessage `json:"after,omitempty"`
}

// Actor is who did it, as they were at that time.
type Actor struct {
	Member  ids.MemberID  `json:"member_id,omitzero"` // zero: the program, or nobody who had signed in
	Name    string        `json:"name,omitempty"`
	Role    auth.Role     `json:"role,omitempty"`
	Session ids.SessionID `json:"session_id,omitzero"`
	Address string        `json:"address,omitempty"` // IP address, where a request came from one
}

// Object is what it was done to.
type Object struct {
	Kind string `json:"kind"` // "item", "member", "store"
	ID   string `json:"id"`   // what people know it by where there is such a thing: a code; else an id
	Name string `json:"name,omitempty"`
}

// Of begins the record of what by did at a moment in a context.
func Of(source string, at time.Time, by auth.Principal, action string, object Object) Entry {
	return Entry{
		Source: source, At: at.UTC(), Action: action, Object: object,
		By: Actor{Member: by.Member, Name: by.Name, Role: by.Role, Session: by.Session, Address: by.Address},
	}
}

// In says at which store it was done.
func (e Entry) In(store ids.StoreID) Entry {
	e.Store = store
	return e
}

// Because adds the reason that was given.
func (e Entry) Because(note string) Entry {
	e.Note = note
	return e
}

// Change adds what was there before and after, nil where there was nothing. Of two objects only the
// members that differ are kept; secrets and personal data are masked (mask.go). It panics on what
// cannot be marshalled, which is a mistake of the program.
func (e Entry) Change(before, after any) Entry {
	e.Before, e.After = differing(before, after)
	return e
}

// Kind is the stored name of the records of a context, to subscribe to.
func Kind(source string) string { return source + ".audited" }

// EventKind implements event.Event, as do the methods below.
func (e Entry) EventKind() string { return Kind(e.Source) }

// EventVersion is the version of the record's form.
func (Entry) EventVersion() int { return 1 }

// EventLane is the lane of the store, or of the object where there is no store.
func (e Entry) EventLane() ids.Lane {
	if !e.Store.IsZero() {
		return e.Store.Lane()
	}
	return ids.LaneOf(name(e.EventKey()))
}

// EventKey names the object.
func (e Entry) EventKey() string { return e.Object.Kind + ":" + e.Object.ID }

type name string

// MarshalBinary lets a name have a lane.
func (n name) MarshalBinary() ([]byte, error) { return []byte(n), nil }
