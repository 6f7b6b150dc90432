package ordering

import (
	"strings"
	"time"

	"maru/internal/catalog/catalogapi"
	"maru/internal/kernel/businessday"
	"maru/internal/kernel/ids"
	"maru/internal/kernel/lang"
	"maru/internal/kernel/money"
	"maru/internal/members/membersapi"
	"maru/internal/platform/errs"
)

// Sellable is what one store sells at this moment: the menu in force, less what is sold out. It is a
// consistent picture that does not change while it is used.
type Sellable struct {
	Store    ids.StoreID
	Name     lang.Text
	Clock    businessday.Clock
	Status   membersapi.StoreStatus // whether the store takes orders; see Taking
	Currency money.Currency
	Menu     *catalogapi.Menu
	Age      time.Duration // since this replica last heard of any change

	ix    *menuIndex
	front *shopFront
	date  businessday.Date
}

// Block says why something cannot be ordered.
type Block string

// The reasons that a person is told apart.
const (
	BlockStock  Block = "stock"  // a material ran out
	BlockLimit  Block = "limit"  // today's limited quantity is sold
	BlockStore  Block = "store"  // the store switched it off
	BlockHidden Block = "hidden" // headquarters took it off
)

// Sellable returns what the store sells now. It returns ErrStarting until this replica has loaded what
// stores sell, ErrUnknownStore for a store that ordering does not know (yet) and ErrNoMenu before the
// first menu was published. It asks no database.
func (s *Service) Sellable(store ids.StoreID) (*Sellable, error) {
	now := s.now()
	s.shelf.mu.RLock()
	defer s.shelf.mu.RUnlock()
	if s.shelf.fresh.IsZero() {
		return nil, ErrStarting
	}
	front := s.shelf.stores[store]
	if front == nil {
		return nil, ErrUnknownStore
	}
	ix := s.shelf.menu
	if ix == nil {
		return nil, ErrNoMenu
	}
	currency, _ := money.ParseCurrency(ix.menu.Currency)
	return &Sellable{
		Store: store, Name: front.name, Clock: front.clock, Status: front.status, Currency: currency, Menu: &ix.menu,
		Age: now.Sub(s.shelf.fresh), ix: ix, front: front, date: front.clock.Date(now),
	}, nil
}

// MenuVersion returns the version that registers sell by on this replica, 0 before the first.
func (s *Service) MenuVersion() int64 {
	s.shelf.mu.RLock()
	defer s.shelf.mu.RUnlock()
	if s.shelf.menu == nil {
		return 0
	}
	return s.shelf.menu.menu.Version
}

// ErrNotTaking is returned for orders at a store that headquarters paused or closed.
var ErrNotTaking = errs.New(errs.Conflict, "ordering.store_not_taking",
	"지금은 이 지점에서 주문을 받을 수 없어요. 본사에서 지점을 다시 열면 받을 수 있어요.",
	"This store takes no orders now. It can again once headquarters opens it.")

// Taking returns ErrNotTaking where the store takes no orders, whatever there is to sell.
func (s *Sellable) Taking() error {
	if !s.Status.TakesOrders() {
		return ErrNotTaking
	}
	return nil
}

// Date returns the store's business date.
func (s *Sellable) Date() businessday.Date { return s.date }

// Item returns an item of the menu.
func (s *Sellable) Item(id ids.ItemID) (*catalogapi.Item, bool) {
	it, ok := s.ix.items[id]
	return it, ok
}

// Group returns an option group of the menu.
func (s *Sellable) Group(id ids.OptionGroupID) (*catalogapi.OptionGroup, bool) {
	g, ok := s.ix.groups[id]
	return g, ok
}

// SizeBlock says whether a size of an item cannot be ordered, and why.
func (s *Sellable) SizeBlock(item ids.ItemID, size ids.SizeID) (Block, bool) {
	if left, limited := s.Left(item); limited && left <= 0 {
		return BlockLimit, true
	}
	for _, key := range []blockKey{{item: item}, {item: item, size: size}} {
		if reason, blocked := s.front.blocks[key]; blocked {
			return blockOf(reason), true
		}
	}
	return "", false
}

// OptionBlock says whether an option cannot be ordered on that item and size, and why.
func (s *Sellable) OptionBlock(item ids.ItemID, size ids.SizeID, option ids.OptionID) (Block, bool) {
	for _, key := range []blockKey{{item: item, option: option}, {item: item, size: size, option: option}} {
		if reason, blocked := s.front.blocks[key]; blocked {
			return blockOf(reason), true
		}
	}
	return "", false
}

// ItemBlocked says whether no size of an item can be ordered, and why the first cannot.
func (s *Sellable) ItemBlocked(item ids.ItemID) (Block, bool) {
	it, ok := s.ix.items[item]
	if !ok {
		return BlockHidden, true
	}
	var first Block
	for i, size := range it.Sizes {
		block, blocked := s.SizeBlock(item, size.ID)
		if !blocked {
			return "", false
		}
		if i == 0 {
			first = block
		}
	}
	return first, true
}

// Left returns how many of an item may still be sold today, where the store limits it.
func (s *Sellable) Left(item ids.ItemID) (n int, limited bool) {
	l, limited := s.front.limits[s.date].items[item]
	return max(l.quantity-l.sold, 0), limited
}

// Limit returns today's limit of an item and how many of it are sold, where the store limits it.
func (s *Sellable) Limit(item ids.ItemID) (quantity, sold int, limited bool) {
	l, limited := s.front.limits[s.date].items[item]
	return l.quantity, l.sold, limited
}

// blockOf reads the reason inventory gave, "stock:milk" and the like.
func blockOf(reason string) Block {
	kind, _, _ := strings.Cut(reason, ":")
	if Block(kind) == BlockStore {
		return BlockStore
	}
	return BlockStock
}
