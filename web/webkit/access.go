package webkit

import (
	"fmt"
	"slices"
	"strings"

	"maru/internal/platform/auth"
)

// Access says who may use a route. Every route is registered with one; there is no default.
type Access struct {
	kind accessKind
	perm auth.Permission
}

type accessKind int

const (
	undeclared accessKind = iota
	public
	signedIn
	person
	caller
	sharedDevice
	inStore
	atStore
	inHQ
	atHQ
)

// Who may use a route.
var (
	// Public is everybody, signed in or not.
	Public = Access{kind: public}
	// SignedIn is everybody who is signed in by themselves: a PIN on a shared device is not enough.
	SignedIn = Access{kind: signedIn}
	// Person is everybody who is signed in, by themselves or by PIN on a shared device of a store.
	Person = Access{kind: person}
	// SharedDevice is every shared device of a store, whether or not somebody works on it.
	SharedDevice = Access{kind: sharedDevice}
	// Caller is everybody who is signed in, and every program with an API key. Other accesses without a
	// permission are for people only.
	Caller = Access{kind: caller}
	// InStore is everybody who works in the store of the URL (:store), and HQ.
	InStore = Access{kind: inStore}
	// InHQ is everybody at headquarters.
	InHQ = Access{kind: inHQ}
)

// AtStore is everybody who holds the permission in the store of the URL (:store).
func AtStore(perm auth.Permission) Access { return Access{kind: atStore, perm: mustKnow(perm)} }

// AtHQ is everybody at headquarters who holds the permission.
func AtHQ(perm auth.Permission) Access { return Access{kind: atHQ, perm: mustKnow(perm)} }

// String names the access, for the table of routes: "public", "store:take_orders".
func (a Access) String() string {
	switch a.kind {
	case public:
		return "public"
	case signedIn:
		return "signed in"
	case person:
		return "person"
	case sharedDevice:
		return "shared device"
	case caller:
		return "caller"
	case inStore:
		return "store"
	case atStore:
		return "store:" + string(a.perm)
	case inHQ:
		return "hq"
	case atHQ:
		return "hq:" + string(a.perm)
	case undeclared:
	}
	return "undeclared"
}

// NeedsStore reports whether the route's path must name a store.
func (a Access) NeedsStore() bool { return a.kind == inStore || a.kind == atStore }

func mustKnow(perm auth.Permission) auth.Permission {
	if !slices.Contains(auth.Permissions, perm) {
		panic(fmt.Sprintf("webkit: %q is not a permission of the catalogue", perm))
	}
	return perm
}

// check panics where a path and its access cannot belong together: those are mistakes of the
// program, found at start.
func (a Access) check(path string) {
	named := slices.Contains(strings.Split(path, "/"), ":store")
	switch {
	case a.kind == undeclared:
		panic("webkit: " + path + " is registered without an access")
	case a.NeedsStore() && !named:
		panic("webkit: " + path + " needs /:store/ in its path for access " + a.String())
	case !a.NeedsStore() && named:
		panic("webkit: " + path + " names a store, but its access " + a.String() + " does not check it")
	}
}
