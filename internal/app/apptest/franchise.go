package apptest

import (
	"testing"

	"maru/internal/demo"
	"maru/internal/platform/postgres/pgtest"
)

// Franchise returns a database in which the demo's franchise has been founded: stores, accounts (whose
// password is demo.Password), menu and stock, and no sales.
func Franchise(t testing.TB) (url string) {
	t.Helper()
	url = pgtest.NewURL(t)
	p := Start(t, url)
	c := demo.Contexts{Members: p.Members, Catalog: p.Catalog, Inventory: p.Inventory, Drain: p.Dispatcher.Drain}
	if _, err := demo.Found(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	if err := demo.OpenStock(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	p.Stop()
	return url
}
