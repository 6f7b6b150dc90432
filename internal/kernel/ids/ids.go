// Package ids holds the identifiers of Maru: one distinct type per noun, so that an order's id can
// never be passed where a store's is wanted.
//
// Every id is a UUIDv7 (RFC 9562 section 5.7) made in Go, never by the database: its first 48 bits
// are milliseconds since 1970, so ids made one after the other are neighbours in an index and big
// tables can be partitioned by them.
package ids

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"time"

	"github.com/google/uuid"
)

// One type per noun. The zero value of each means "none" and is never stored as a key.
type (
	// StoreID names a store (지점). It knows the store's lane.
	StoreID struct{ uuid.UUID }
	// MemberID names a person's account.
	MemberID struct{ uuid.UUID }
	// SessionID names one sign-in of a member on one device.
	SessionID struct{ uuid.UUID }
	// CategoryID names a menu category.
	CategoryID struct{ uuid.UUID }
	// ItemID names a menu item.
	ItemID struct{ uuid.UUID }
	// SizeID names one size of one item.
	SizeID struct{ uuid.UUID }
	// OptionGroupID names a group of options such as "milk".
	OptionGroupID struct{ uuid.UUID }
	// OptionID names one option of a group such as "oat milk".
	OptionID struct{ uuid.UUID }
	// MaterialID names a material (원부자재) of the stock ledger.
	MaterialID struct{ uuid.UUID }
	// RecipeID names a recipe or sub-recipe.
	RecipeID struct{ uuid.UUID }
	// CartID names a cart on a register.
	CartID struct{ uuid.UUID }
	// OrderID names an order. A client may make it; it is then the idempotency key.
	OrderID struct{ uuid.UUID }
	// KeyID names an API key of another program.
	KeyID struct{ uuid.UUID }
	// EntryID names a row of the stock ledger.
	EntryID struct{ uuid.UUID }
	// LinkID names a one-time link: an invitation, or the way to a new password.
	LinkID struct{ uuid.UUID }
	// ApplicationID names an owner's application to join.
	ApplicationID struct{ uuid.UUID }
)

// NewV7 returns a fresh UUIDv7 of now. It panics only when the system has no randomness.
func NewV7() uuid.UUID { return uuid.Must(uuid.NewV7()) }

// DerivedV7 returns the UUIDv7 whose time is at and whose other bits are taken from the SHA-256 of
// name: the same input always gives the same id. Imports use it, so that a second run names the
// same orders.
func DerivedV7(at time.Time, name string) uuid.UUID {
	var u uuid.UUID
	sum := sha256.Sum256([]byte(name))
	copy(u[:], sum[:16])
	ms := at.UnixMilli()
	binary.BigEndian.PutUint16(u[0:2], uint16(ms>>32)) //nolint:gosec // the upper 16 of 48 bits, cut on purpose
	binary.BigEndian.PutUint32(u[2:6], uint32(ms))     //nolint:gosec // the lower 32 of 48 bits, cut on purpose
	u[6] = u[6]&0x0f | 0x70
	u[8] = u[8]&0x3f | 0x80
	return u
}

// FirstV7 is a lower bound of every UUIDv7 of at's millisecond and later, and above every earlier one:
// PostgreSQL compares uuids as 16 bytes, the time is the first six, and the version and variant bits of
// a real one are more than the zeros here.
func FirstV7(at time.Time) uuid.UUID {
	var id uuid.UUID
	binary.BigEndian.PutUint64(id[:8], uint64(at.UnixMilli())<<16)
	return id
}

// TimeOf returns the moment in a UUIDv7, to the millisecond, and whether id is one.
func TimeOf(id uuid.UUID) (time.Time, bool) {
	if id.Version() != 7 {
		return time.Time{}, false
	}
	ms := int64(binary.BigEndian.Uint16(id[0:2]))<<32 | int64(binary.BigEndian.Uint32(id[2:6]))
	return time.UnixMilli(ms), true
}

// parse accepts the 36-character form only: uuid.Parse also takes braces and URNs, and an id has one
// spelling in URLs.
func parse(s string) (uuid.UUID, error) {
	if len(s) != 36 {
		return uuid.Nil, errNotCanonical
	}
	return uuid.Parse(s)
}

var errNotCanonical = errors.New("ids: want 36 characters, as in 0192f0c1-0000-7000-8000-000000000000")
