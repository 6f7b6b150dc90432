package inventory

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"maru/internal/catalog/catalogapi"
	"maru/internal/inventory/internal/inventorydb"
	"maru/internal/inventory/inventoryapi"
	"maru/internal/kernel/ids"
	"maru/internal/kernel/lang"
	"maru/internal/kernel/quantity"
	"maru/internal/platform/auth"
)

// LowStock implements inventoryapi.Stock. Untracked materials are never low: nobody said what there is.
func (s *Service) LowStock(ctx context.Context, store ids.StoreID, limit int) ([]inventoryapi.LowMaterial, error) {
	rows, err := s.read().LowStock(ctx, store, int32(min(max(limit, 0), 10_000)))
	if err != nil {
		return nil, fmt.Errorf("low stock of %s: %w", store, err)
	}
	list := make([]inventoryapi.LowMaterial, 0, len(rows))
	for _, row := range rows {
		list = append(list, inventoryapi.LowMaterial{
			MaterialID: row.MaterialID, Code: row.Code, Name: lang.Text{Ko: row.NameKo, En: row.NameEn},
			Unit: quantity.Unit(row.Unit), OnHand: row.OnHand, Low: row.Low,
		})
	}
	return list, nil
}

// State is how a balance stands, in the order in which it wants attention.
type State int

// The states.
const (
	Negative  State = iota // below zero: something was not booked, count it
	Empty                  // nothing left
	Low                    // below the warning level
	Enough                 // nothing to do
	Untracked              // nobody ever stated how much there is
)

// Balance is a material of the franchise as it stands in a store.
type Balance struct {
	Material catalogapi.Material
	OnHand   quantity.Milli // meaningless where untracked
	State    State
	// CountSince is when the balance fell below zero, which says that it is wrong.
	CountSince *time.Time
	// MovedAt is when it last moved, nil for never.
	MovedAt *time.Time
	// PerDay is what the store used of it a day, over the last seven days.
	PerDay quantity.Milli
	// SoldOut is how many sizes and options cannot be had for want of it.
	SoldOut int
}

// DaysLeft returns for how many days the balance lasts at the pace of the last seven, in tenths of a
// day, and false where nothing was used or nobody knows what there is.
func (b Balance) DaysLeft() (tenths int64, ok bool) {
	if b.State == Untracked || b.PerDay <= 0 {
		return 0, false
	}
	return max(0, int64(b.OnHand)) * 10 / int64(b.PerDay), true
}

// urgency is the state, in which what will be gone within two days is as good as low: a warning level
// that was set too low should not hide it.
func (b Balance) urgency() State {
	if tenths, ok := b.DaysLeft(); ok && tenths < 20 && b.State == Enough {
		return Low
	}
	return b.State
}

// BalanceQuery narrows a list of balances. The zero value asks for everything, the most urgent first.
type BalanceQuery struct {
	Search  string // in code and name
	OnlyLow bool   // nothing that is Enough or Untracked
	Sort    BalanceSort
}

// BalanceSort is an order of balances.
type BalanceSort string

// The orders.
const (
	ByUrgency BalanceSort = ""     // negative, empty, low or gone within two days, the rest; each by days left
	ByName    BalanceSort = "name" // in the language of ctx
	ByDays    BalanceSort = "days" // fewest days left first
)

// mayView returns ErrNoStore to people who have nothing to do with the store, and ErrNotAllowed to those
// who may not see its stock.
func mayView(by auth.Principal, store ids.StoreID) error {
	switch {
	case !by.SignedIn() || !by.Reaches(store):
		return ErrNoStore
	case !by.MayAt(auth.ViewStock, store):
		return ErrNotAllowed
	}
	return nil
}

// Balances returns the materials of the franchise as they stand in the store, ErrNoStore or ErrNotAllowed.
func (s *Service) Balances(ctx context.Context, by auth.Principal, store ids.StoreID, query BalanceQuery) ([]Balance, error) {
	if err := mayView(by, store); err != nil {
		return nil, err
	}
	rows, err := s.read().Balances(ctx, store)
	if err != nil {
		return nil, fmt.Errorf("balances of %s: %w", store, err)
	}
	perDay, err := s.usedPerDay(ctx, store)
	if err != nil {
		return nil, err
	}
	soldOut, err := s.soldOut(ctx, store)
	if err != nil {
		return nil, err
	}
	list := make([]Balance, 0, len(rows))
	for _, row := range rows {
		m, err := materialOf(inventorydb.InventoryMaterial{
			MaterialID: row.MaterialID, Code: row.Code, NameKo: row.NameKo, NameEn: row.NameEn,
			Unit: row.Unit, Packs: row.Packs, Density: row.Density, Low: row.Low,
		})
		if err != nil {
			return nil, err
		}
		b := Balance{
			Material: m, OnHand: quantity.Milli(row.OnHand), CountSince: row.CountSince, MovedAt: row.MovedAt,
			PerDay: perDay[m.ID], State: stateOf(row.Tracked, quantity.Milli(row.OnHand), m.Low), SoldOut: soldOut[m.Code],
		}
		if query.Wants(b) {
			list = append(list, b)
		}
	}
	query.sort(list, lang.From(ctx))
	return list, nil
}

// BalanceOf returns one material as it stands in the store, ErrNoStore, ErrNotAllowed or ErrNoMaterial.
func (s *Service) BalanceOf(ctx context.Context, by auth.Principal, store ids.StoreID, code string) (Balance, error) {
	if err := mayView(by, store); err != nil {
		return Balance{}, err
	}
	m, err := s.MaterialByCode(ctx, code)
	if err != nil {
		return Balance{}, err
	}
	b := Balance{Material: m, State: Untracked}
	row, err := s.read().Balance(ctx, store, m.ID)
	if errors.Is(err, pgx.ErrNoRows) {
		return b, nil
	}
	if err != nil {
		return Balance{}, fmt.Errorf("balance of %s at %s: %w", code, store, err)
	}
	perDay, err := s.usedPerDay(ctx, store)
	if err != nil {
		return Balance{}, err
	}
	soldOut, err := s.soldOut(ctx, store)
	if err != nil {
		return Balance{}, err
	}
	b.SoldOut = soldOut[m.Code]
	b.OnHand, b.CountSince, b.MovedAt, b.PerDay = row.OnHand, row.CountSince, &row.MovedAt, perDay[m.ID]
	b.State = stateOf(row.Tracked, row.OnHand, m.Low)
	return b, nil
}

// soldOut counts, by material code, the sizes and options that cannot be had for want of it.
func (s *Service) soldOut(ctx context.Context, store ids.StoreID) (map[string]int, error) {
	rows, err := s.read().SoldOutByReason(ctx, store)
	if err != nil {
		return nil, fmt.Errorf("sold out at %s: %w", store, err)
	}
	counts := make(map[string]int, len(rows))
	for _, row := range rows {
		counts[strings.TrimPrefix(row.Reason, stockReason)] = int(row.Things)
	}
	return counts, nil
}

func stateOf(tracked bool, onHand, low quantity.Milli) State {
	switch {
	case !tracked:
		return Untracked
	case onHand < 0:
		return Negative
	case onHand == 0:
		return Empty
	case onHand < low:
		return Low
	}
	return Enough
}

// Wants reports whether the list has b.
func (q BalanceQuery) Wants(b Balance) bool {
	if q.OnlyLow && b.State >= Enough {
		return false
	}
	needle := strings.ToLower(strings.TrimSpace(q.Search))
	if needle == "" {
		return true
	}
	return strings.Contains(strings.ToLower(b.Material.Name.Ko), needle) ||
		strings.Contains(strings.ToLower(b.Material.Name.En), needle) ||
		strings.Contains(strings.ToLower(b.Material.Code), needle)
}

func (q BalanceQuery) sort(list []Balance, l lang.Lang) {
	byName := func(a, b Balance) int {
		return cmp.Or(cmp.Compare(a.Material.Name.In(l), b.Material.Name.In(l)), cmp.Compare(a.Material.Code, b.Material.Code))
	}
	days := func(b Balance) int64 {
		tenths, ok := b.DaysLeft()
		if !ok {
			return 1 << 60
		}
		return tenths
	}
	slices.SortFunc(list, func(a, b Balance) int {
		switch q.Sort {
		case ByName:
			return byName(a, b)
		case ByDays:
			return cmp.Or(cmp.Compare(days(a), days(b)), byName(a, b))
		case ByUrgency:
		}
		return cmp.Or(cmp.Compare(a.urgency(), b.urgency()), cmp.Compare(days(a), days(b)), byName(a, b))
	})
}
