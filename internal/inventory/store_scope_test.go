package inventory_test

import (
	"errors"
	"testing"

	"maru/internal/inventory"
	"maru/internal/kernel/ids"
	"maru/internal/platform/auth"
)

// Whoever calls the use cases past the routes meets the same answers.
func TestStockIsReadByThoseWhoMay(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for name, c := range map[string]struct {
		by   auth.Principal
		want error
	}{
		"nobody":                    {auth.Principal{}, inventory.ErrNoStore},
		"staff of another store":    {auth.Principal{Role: auth.Staff, Stores: []ids.StoreID{ids.NewStoreID()}}, inventory.ErrNoStore},
		"a key without the right":   {auth.Principal{Role: auth.KeyOfStore, Stores: []ids.StoreID{w.store}}, inventory.ErrNotAllowed},
		"a key of another store":    {auth.Principal{Role: auth.KeyOfStore, Stores: []ids.StoreID{ids.NewStoreID()}, Scope: auth.Permissions}, inventory.ErrNoStore},
		"staff of the store":        {auth.Principal{Role: auth.Staff, Stores: []ids.StoreID{w.store}}, nil},
		"analyst of headquarters":   {auth.Principal{Role: auth.HQAnalyst}, nil},
		"a key with the permission": {auth.Principal{Role: auth.KeyOfStore, Stores: []ids.StoreID{w.store}, Scope: []auth.Permission{auth.ViewStock}}, nil},
	} {
		_, balances := w.stock.Balances(t.Context(), c.by, w.store, inventory.BalanceQuery{})
		_, movements := w.stock.Movements(t.Context(), c.by, w.store, w.beans.ID, ids.EntryID{}, 1)
		_, unavailable := w.stock.UnavailableAt(t.Context(), c.by, w.store)
		_, balance := w.stock.BalanceOf(t.Context(), c.by, w.store, "milk")
		for i, err := range []error{balances, movements, unavailable, balance} {
			if !errors.Is(err, c.want) || c.want == nil && err != nil && !errors.Is(err, inventory.ErrNoMaterial) {
				t.Errorf("%s, read %d: %v, want %v", name, i, err, c.want)
			}
		}
	}
}

func TestABookingIsReadByThoseWhoReachItsStore(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	booked, err := w.stock.ReceiveStock(t.Context(), w.boss, inventory.ReceiveStock{Store: w.store, Lines: []inventory.StockLine{stated(w.beans, 1, "g")}})
	if err != nil {
		t.Fatal(err)
	}
	other := ids.NewStoreID()
	for name, c := range map[string]struct {
		by    auth.Principal
		store ids.StoreID
		want  error
	}{
		"whoever booked it":              {w.boss, w.store, nil},
		"nobody":                         {auth.Principal{}, w.store, inventory.ErrNoDocument},
		"staff of another store":         {auth.Principal{Role: auth.Staff, Stores: []ids.StoreID{other}}, w.store, inventory.ErrNoDocument},
		"the same, asking as that store": {auth.Principal{Role: auth.Staff, Stores: []ids.StoreID{other}}, other, inventory.ErrNoDocument},
	} {
		if _, err := w.stock.BookingOf(t.Context(), c.by, c.store, booked.ID); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
}
