// Package auth says who acts and what they may do. It knows no context: members fills a Principal,
// every use case takes one, and routes declare the Permission they need.
//
// The catalogue of permissions is in catalogue.go, the roles, which are sets of them, in roles.go. The
// table of routes and roles, docs/permissions.md, is made from both.
package auth

import (
	"slices"
	"time"

	"maru/internal/kernel/ids"
)

// Principal is the person (or the program itself) on whose behalf something is done. The zero
// Principal is nobody and may do nothing.
type Principal struct {
	Member  ids.MemberID
	Session ids.SessionID
	Address string // the IP address of the request, where there is one
	Name    string
	Role    Role
	Stores  []ids.StoreID // where somebody of a store works; empty for headquarters, who reach every store
	// Exceptions are what an owner granted to this person, or withheld from them, beside their role.
	Exceptions []Exception

	// Key is the API key of a program, which is no person: Member and Session are zero.
	Key       ids.KeyID
	Scope     []Permission // what the key may do
	PerMinute int          // requests of the key on one replica
	// NeedsFactor says that the person must set up a second factor before anything else.
	NeedsFactor bool
	// Shared is the shared device of a store on which the person works by PIN; Session is the device's then,
	// and Member is zero while nobody works on it. Zero for everybody else.
	Shared SharedDevice
}

// SharedDevice is a device that stays signed in as a store (ADR 0025).
type SharedDevice struct {
	Store ids.StoreID
	Name  string // what the store calls it
	// LocksAfter is after how long without a touch whoever works on it is sent away.
	LocksAfter time.Duration
}

// Exception is a marked permission that somebody has, or has not, in one store whatever their role says.
type Exception struct {
	Store      ids.StoreID
	Permission Permission
	Granted    bool
}

// System acts for the program: imports, the demo, jobs. It may do everything.
func System(name string) Principal { return Principal{Name: name, Role: HQAdmin} }

// SignedIn reports whether p is somebody.
func (p Principal) SignedIn() bool { return p.Role != "" }

// AtHQ reports whether p belongs to headquarters, and so reaches every store.
func (p Principal) AtHQ() bool { return p.Role == KeyOfHQ || p.Role.AtHQ() }

// IsKey reports whether p is a program with an API key.
func (p Principal) IsKey() bool { return p.Role == KeyOfHQ || p.Role == KeyOfStore }

// Program returns the name of the API key that p is, or nothing for people: events carry it where they carry no member.
func (p Principal) Program() string {
	if p.IsKey() {
		return p.Name
	}
	return ""
}

// OnShared reports whether p asks from a shared device of a store, whether or not somebody works on it.
func (p Principal) OnShared() bool { return !p.Shared.Store.IsZero() }

// Device returns the shared device on which p works; zero where p has the device for themselves.
func (p Principal) Device() ids.SessionID {
	if p.OnShared() {
		return p.Session
	}
	return ids.SessionID{}
}

// holds reports whether p's role, or key, has perm.
func (p Principal) holds(perm Permission) bool {
	if p.IsKey() {
		return slices.Contains(p.Scope, perm)
	}
	return p.Role.Has(perm)
}

// May reports whether p may use perm somewhere: at headquarters, or in one of p's stores.
func (p Principal) May(perm Permission) bool {
	if p.AtHQ() {
		return p.holds(perm)
	}
	return slices.ContainsFunc(p.Stores, func(s ids.StoreID) bool { return p.MayAt(perm, s) })
}

// MayAt reports whether p may use perm at the store.
func (p Principal) MayAt(perm Permission, store ids.StoreID) bool {
	if !p.Reaches(store) || p.OnShared() && perm.NeedsPassword() {
		return false
	}
	for _, e := range p.Exceptions {
		if e.Store == store && e.Permission == perm {
			return e.Granted
		}
	}
	return p.holds(perm)
}

// Reaches reports whether the store is p's business at all; where it is not, its records do not
// exist for p.
func (p Principal) Reaches(store ids.StoreID) bool {
	return p.AtHQ() || slices.Contains(p.Stores, store)
}
