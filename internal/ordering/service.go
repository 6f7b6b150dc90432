// Package ordering takes orders and payments at a store and follows each order until it is handed
// over.
//
// It owns schema ordering: orders, lines, payments, pickup numbers, daily limits, carts, and its own
// copies of the stores, the published menu and what each store cannot make. It publishes
// OrderAccepted, OrderStatusChanged and OrderCancelled, and for its own replicas MenuTaken, StoreTaken
// and SellableChanged. It reacts to members.StoreOpened and
// StoreChanged, catalog.MenuPublished and inventory.AvailabilityChanged; see orderingapi and
// subscribe.go.
//
// While a customer waits it asks no other context anything: menu, stores and availability are in
// memory on every replica (shelf.go), and placing an order is one transaction of its own schema.
package ordering

import (
	"time"

	"maru/internal/kernel/ids"
	"maru/internal/platform/auth"
	"maru/internal/platform/errs"
	"maru/internal/platform/postgres"
)

// Errors that more than one use case returns.
var (
	ErrNotFound = errs.New(errs.NotFound, "ordering.not_found",
		"찾는 주문이 없어요.", "There is no such order.")
	ErrForbidden = errs.New(errs.Forbidden, "ordering.forbidden",
		"이 작업을 할 권한이 없어요.", "You are not allowed to do this.")
	ErrUnknownStore = errs.New(errs.NotFound, "ordering.unknown_store",
		"찾는 지점이 없어요.", "There is no such store.")
	ErrStarting = errs.New(errs.Unavailable, "ordering.starting",
		"주문을 받을 준비를 하고 있어요. 잠시 뒤에 다시 시도해 주세요.",
		"Ordering is starting. Please try again in a moment.")
	ErrNoMenu = errs.New(errs.Unavailable, "ordering.no_menu",
		"아직 발행된 메뉴가 없어요. 본사에서 메뉴를 발행하면 주문을 받을 수 있어요.",
		"No menu has been published yet. Orders can be taken once headquarters publishes one.")
)

// Service is the ordering context.
type Service struct {
	db     *postgres.DB
	now    func() time.Time
	shelf  *shelf
	intake *intake

	watchers []func(Changed)
	wanted   func(ids.Lane) bool // see WatchedIn
}

// New returns the context on its database. Until Subscribe's tail has loaded the shelf, every
// order is refused with ErrStarting.
func New(db *postgres.DB, now func() time.Time, options ...Option) *Service {
	s := &Service{db: db, now: now, shelf: newShelf(), intake: newIntake(db)}
	for _, o := range options {
		o(s)
	}
	return s
}

// Option changes how a Service works.
type Option func(*Service)

// Beside tells the service how to find out whether other replicas write to the same database: orders then
// wait for each other longer, since their transactions wait for those of the others anyway. Call it before the
// first order; without it a replica thinks itself alone.
func (s *Service) Beside(others func() bool) { s.intake.beside = others }

// LanesPerTransaction bounds of how many lanes the orders may be that are committed together: 1 where
// each lane may be on another server, 0, which is the default, for any number.
func LanesPerTransaction(n int) Option { return func(s *Service) { s.intake.lanes = n } }

// authorize returns ErrNotFound to people who have nothing to do with the store and ErrForbidden to
// those who may not do this there.
func authorize(by auth.Principal, perm auth.Permission, store ids.StoreID) error {
	switch {
	case !by.Reaches(store):
		return ErrNotFound
	case !by.MayAt(perm, store):
		return ErrForbidden
	}
	return nil
}

// actor returns the member for a column that is NULL where the program itself acted.
func actor(by auth.Principal) *ids.MemberID {
	if by.Member.IsZero() {
		return nil
	}
	return &by.Member
}

// deviceOf is the shared device that by works on, as it is stored: none is NULL.
func deviceOf(by auth.Principal) *ids.SessionID {
	device := by.Device()
	if device.IsZero() {
		return nil
	}
	return &device
}
