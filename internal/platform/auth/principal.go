// Package auth says who acts and what they may do. It knows no context: members fills a Principal,
// every use case takes one, and routes declare the Permission they need.
package auth

import (
	"slices"

	"maru/internal/kernel/ids"
)

// Role is a named set of permissions.
type Role string

// The roles.
const (
	HQ    Role = "hq"    // headquarters (본사): every store, menu, statistics
	Owner Role = "owner" // store owner (점주): everything of their own stores
	Staff Role = "staff" // barista: register, board and stock of the stores they work in
)

// Permission is one thing a person may do. Routes and use cases name permissions, never roles.
type Permission string

// The catalogue of permissions.
const (
	TakeOrders   Permission = "take_orders"   // register and carts of a store
	MoveOrders   Permission = "move_orders"   // order board: preparing, ready, completed
	CancelOrders Permission = "cancel_orders" // cancel an order with a reason
	ViewStock    Permission = "view_stock"    // balances and movements of a store
	ReceiveStock Permission = "receive_stock" // book received goods, set daily limits
	ViewSales    Permission = "view_sales"    // sales figures of a store
	ViewChain    Permission = "view_chain"    // HQ home: sales and stores of the whole chain
	EditMenu     Permission = "edit_menu"     // catalogue: items, prices, recipes, publishing
	RunOps       Permission = "run_ops"       // HQ operations: parked events, health

	ManageStores  Permission = "manage_stores"  // found the franchise, open and change stores
	ManageMembers Permission = "manage_members" // create accounts and say where people work
	ReadAudit     Permission = "read_audit"     // the trail of who did what
)

// Permissions lists the catalogue, for tables and tests.
var Permissions = []Permission{
	TakeOrders, MoveOrders, CancelOrders, ViewStock, ReceiveStock, ViewSales, ViewChain, EditMenu, RunOps,
	ManageStores, ManageMembers, ReadAudit,
}

var grants = map[Role][]Permission{
	HQ:    Permissions,
	Owner: {TakeOrders, MoveOrders, CancelOrders, ViewStock, ReceiveStock, ViewSales},
	Staff: {TakeOrders, MoveOrders, CancelOrders, ViewStock, ReceiveStock},
}

// Principal is the person (or the program itself) on whose behalf something is done. The zero
// Principal is nobody and may do nothing.
type Principal struct {
	Member  ids.MemberID
	Session ids.SessionID
	Address string // the IP address of the request, where there is one
	Name    string
	Role    Role
	Stores  []ids.StoreID // where an owner or a staff member works; empty for HQ, who may act everywhere
}

// System acts for the program: imports, the demo, jobs. It may do everything.
func System(name string) Principal { return Principal{Name: name, Role: HQ} }

// SignedIn reports whether p is somebody.
func (p Principal) SignedIn() bool { return p.Role != "" }

// May reports whether p's role grants perm at all, at some store or at headquarters.
func (p Principal) May(perm Permission) bool { return slices.Contains(grants[p.Role], perm) }

// MayAt reports whether p may use perm at the store.
func (p Principal) MayAt(perm Permission, store ids.StoreID) bool {
	return p.May(perm) && p.Reaches(store)
}

// Reaches reports whether the store is p's business at all; where it is not, its records do not
// exist for p.
func (p Principal) Reaches(store ids.StoreID) bool {
	return p.Role == HQ || slices.Contains(p.Stores, store)
}
