package auth_test

import (
	"slices"
	"testing"

	"maru/internal/kernel/ids"
	"maru/internal/platform/auth"
)

func TestRolesOfAStoreHoldNothingOfHeadquarters(t *testing.T) {
	t.Parallel()
	for _, e := range auth.Catalogue {
		if e.AtHQ && e.Marked {
			t.Errorf("%s is headquarters', but owners may give it away", e.Permission)
		}
		if e.Name.Ko == "" || e.Name.En == "" || e.Means.Ko == "" || e.Means.En == "" {
			t.Errorf("%s does not say in both languages what it is", e.Permission)
		}
		for _, r := range auth.Roles {
			if e.AtHQ && !r.AtHQ && r.Role.Has(e.Permission) {
				t.Errorf("%s holds %s", r.Role, e.Permission)
			}
		}
	}
	for _, r := range auth.Roles {
		for _, perm := range r.Has {
			if _, known := auth.EntryOf(perm); !known {
				t.Errorf("%s holds %s, which is not in the catalogue", r.Role, perm)
			}
		}
	}
}

func TestOnlyTheAdminHoldsEverything(t *testing.T) {
	t.Parallel()
	for _, r := range auth.Roles {
		if all := len(r.Has) == len(auth.Permissions); all != (r.Role == auth.HQAdmin) {
			t.Errorf("%s holds %d of %d permissions", r.Role, len(r.Has), len(auth.Permissions))
		}
	}
	if slices.ContainsFunc(auth.Permissions, auth.HQAnalyst.Has) && auth.HQAnalyst.Has(auth.EditMenu) {
		t.Error("who only looks may change the menu")
	}
}

func TestAnExceptionHoldsInItsStoreOnly(t *testing.T) {
	t.Parallel()
	a, b, foreign := ids.NewStoreID(), ids.NewStoreID(), ids.NewStoreID()
	p := auth.Principal{Role: auth.Staff, Stores: []ids.StoreID{a, b}, Exceptions: []auth.Exception{
		{Store: a, Permission: auth.ViewSales, Granted: true},
		{Store: b, Permission: auth.CancelOrders, Granted: false},
		{Store: foreign, Permission: auth.ViewSales, Granted: true}, // of a store in which p works no more
	}}
	for _, c := range []struct {
		perm  auth.Permission
		store ids.StoreID
		want  bool
	}{
		{auth.ViewSales, a, true},
		{auth.ViewSales, b, false},
		{auth.ViewSales, foreign, false},
		{auth.CancelOrders, a, true},
		{auth.CancelOrders, b, false},
		{auth.TakeOrders, b, true},
		{auth.TakeOrders, foreign, false},
	} {
		if got := p.MayAt(c.perm, c.store); got != c.want {
			t.Errorf("%s: %v, want %v", c.perm, got, c.want)
		}
	}
	if !p.May(auth.ViewSales) || p.May(auth.ViewChain) || p.AtHQ() {
		t.Error("what p may do somewhere is wrong")
	}
	if (auth.Principal{}).May(auth.TakeOrders) || (auth.Principal{Role: "hq"}).May(auth.TakeOrders) {
		t.Error("nobody, or a role that is none, may do something")
	}
}
