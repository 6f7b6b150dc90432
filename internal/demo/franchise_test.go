package demo_test

import (
	"log/slog"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"maru/internal/catalog"
	"maru/internal/catalog/catalogapi"
	"maru/internal/demo"
	"maru/internal/inventory"
	"maru/internal/members"
	"maru/internal/platform/auth"
	"maru/internal/platform/outbox"
	"maru/internal/platform/postgres/pgtest"
)

// open returns the contexts of the demo on a database of the test's own.
func open(t *testing.T) demo.Contexts {
	t.Helper()
	dbs := pgtest.New(t)
	tokens, err := auth.NewTokens([][]byte{[]byte("a secret of more than thirty-two bytes")}, time.Now)
	must(t, err)
	c := demo.Contexts{
		Members:   members.New(dbs.Context("members"), tokens, auth.NewPasswords(auth.Argon{MemoryKiB: 64, Passes: 1, Threads: 1}, 2), time.Now),
		Catalog:   catalog.New(dbs.Context("catalog"), time.Now),
		Inventory: inventory.New(dbs.Context("inventory"), time.Now),
	}
	var subs outbox.Subscriptions
	c.Members.Subscribe(&subs)
	c.Catalog.Subscribe(&subs)
	c.Inventory.Subscribe(&subs)
	c.Drain = outbox.NewDispatcher(dbs, &subs, slog.New(slog.DiscardHandler)).Drain
	return c
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestTheDemoIsAFranchiseThatCanOpen(t *testing.T) {
	t.Parallel()
	c := open(t)
	accounts, err := demo.Found(t.Context(), c)
	must(t, err)
	must(t, demo.OpenStock(t.Context(), c))

	menu, err := c.Catalog.Published(t.Context())
	must(t, err)
	if len(menu.Categories) != 7 || len(menu.Items) < 45 {
		t.Errorf("%d items in %d categories", len(menu.Items), len(menu.Categories))
	}
	for _, item := range menu.Items {
		for _, size := range item.Sizes {
			if size.Price < 1000 || size.Price > 20_000 || size.Name.En == "" {
				t.Errorf("%s %s at %d", item.Code, size.Code, size.Price)
			}
			if n := size.Nutrition; n == nil || !n.Sample {
				t.Errorf("%s %s: made-up nutrition is not marked as sample", item.Code, size.Code)
			}
		}
		if item.Name.En == "" || len(item.Allergens) != len(catalog.AllergenCodes) {
			t.Errorf("%s is not complete", item.Code)
		}
	}
	stores, err := c.Members.Stores(t.Context())
	must(t, err)
	if len(stores) != 8 || len(accounts) != 13 {
		t.Errorf("%d stores, %d accounts", len(stores), len(accounts))
	}
	draft, err := c.Catalog.Draft(t.Context())
	must(t, err)
	for _, item := range draft.Items {
		for _, size := range item.Sizes {
			cost, err := draft.CostOf(draft.Recipes[size.ID].Components, "takeaway")
			must(t, err)
			if won := int64(cost) / 1_000_000; won < 100 || won > int64(size.Price)*6/10 {
				t.Errorf("%s %s costs %d won of %d", item.Code, size.Code, won, size.Price)
			}
		}
	}
}

// A visitor can try how people switch at a shared device: at one store they have the PINs that the demo prints.
func TestPeopleOfOneStoreHaveTheirPINs(t *testing.T) {
	t.Parallel()
	c := open(t)
	accounts, err := demo.Found(t.Context(), c)
	must(t, err)
	store, err := c.Members.StoreByCode(t.Context(), demo.SharedStore)
	must(t, err)
	devices, err := c.Members.SharedDevices(t.Context(), auth.System("test"), store.ID)
	must(t, err)
	if len(devices.Devices) != 1 || devices.Devices[0].Acting != "" {
		t.Fatalf("devices %+v", devices)
	}
	i := slices.IndexFunc(accounts, func(a demo.Account) bool { return a.PIN != "" && a.Role == auth.Owner })
	owner, err := c.Members.SignIn(t.Context(), members.SignIn{Login: accounts[i].Login, Password: accounts[i].Password})
	must(t, err)
	device, err := c.Members.SetUpDevice(t.Context(), owner.Principal, members.SetUpDevice{
		Store: store.ID, Name: "노트북", LockAfter: members.DefaultLock, Password: accounts[i].Password,
	})
	must(t, err)
	people, err := c.Members.PeopleAtDevice(t.Context(), device.Principal, store.ID)
	must(t, err)
	tried := 0
	for _, a := range accounts {
		for _, person := range people {
			if person.Name != a.Name || a.PIN == "" {
				continue
			}
			device, err = c.Members.SwitchPerson(t.Context(), device.Principal, members.SwitchPerson{
				Member: person.ID, PIN: a.PIN, RefreshToken: device.RefreshToken,
			})
			must(t, err)
			if tried++; device.Principal.Name != a.Name {
				t.Errorf("%s works as %q", a.Name, device.Principal.Name)
			}
		}
	}
	if tried != 2 {
		t.Errorf("%d people have a PIN", tried)
	}
	if _, err := demo.Found(t.Context(), c); err != nil {
		t.Errorf("a second start: %v", err)
	}
}

// Milk is chosen by a required option; without oat milk the latte is still sold.
func TestMilkIsNotInTheRecipesOfDrinksWithAChoiceOfMilk(t *testing.T) {
	t.Parallel()
	c := open(t)
	_, err := demo.Found(t.Context(), c)
	must(t, err)
	draft, err := c.Catalog.Draft(t.Context())
	must(t, err)
	milk, _ := draft.Group("milk")
	if milk.Min != 1 || len(milk.Options) != 3 {
		t.Fatalf("milk: %+v", milk)
	}
	for _, item := range draft.Items {
		if !slices.Contains(item.Groups, "milk") {
			continue
		}
		for _, size := range item.Sizes {
			uses := func(code string) bool {
				return slices.ContainsFunc(draft.Recipes[size.ID].Components, func(x catalog.Component) bool { return x.Material == code })
			}
			if uses("milk") || uses("oat-milk") || uses("soy-milk") || !uses("milk-of-choice") {
				t.Errorf("%s %s does not leave the milk to the customer", item.Code, size.Code)
			}
		}
	}
	for _, o := range milk.Options {
		if len(o.Deltas) != 1 || o.Deltas[0].Kind != catalogapi.Replace {
			t.Errorf("%s: %+v", o.Code, o.Deltas)
		}
	}
}

func TestASecondStartChangesNothing(t *testing.T) {
	t.Parallel()
	c := open(t)
	_, err := demo.Found(t.Context(), c)
	must(t, err)
	must(t, demo.OpenStock(t.Context(), c))
	_, err = c.Catalog.SaveCategory(t.Context(), auth.System("x"), catalog.SaveCategory{Code: "coffee", Name: demo.Name})
	must(t, err)
	before, err := c.Catalog.Draft(t.Context())
	must(t, err)
	_, err = demo.Found(t.Context(), c)
	must(t, err)
	must(t, demo.OpenStock(t.Context(), c))
	after, err := c.Catalog.Draft(t.Context())
	must(t, err)
	if diff := cmp.Diff(before, after); diff != "" {
		t.Error(diff)
	}
	versions, err := c.Catalog.Versions(t.Context(), 0, 10)
	must(t, err)
	if len(versions) != 1 {
		t.Errorf("%d versions", len(versions))
	}
}
