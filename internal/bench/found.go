package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"time"

	"golang.org/x/sync/errgroup"

	"maru/internal/app"
	"maru/internal/demo"
	"maru/internal/inventory"
	"maru/internal/kernel/ids"
	"maru/internal/kernel/lang"
	"maru/internal/kernel/quantity"
	"maru/internal/members"
	"maru/internal/platform/auth"
	"maru/internal/platform/postgres"
)

// founding is what runFound reads.
type founding struct {
	URL      string
	Stores   int
	Accounts int
}

const (
	secret   = "bench bench bench bench bench 26" //nolint:gosec // signs tokens of a private, throw-away installation
	password = "golmok-anjja-26"                  //nolint:gosec // the same
)

// Accounts and stores are numbered; store n is looked after by account n mod accounts.
func storeCode(n int) string { return fmt.Sprintf("bench-%04d", n) }

func accountName(n int) string {
	return fmt.Sprintf("bench-staff-%02d", n)
}

// runFound makes a franchise through the use cases that people use: the demo's menu and recipes, stores,
// accounts, and so much opening stock that nothing runs out. It is a process of its own because the
// number of lanes is compiled in.
func runFound(ctx context.Context, in io.Reader) error {
	var f founding
	if err := json.NewDecoder(in).Decode(&f); err != nil {
		return err
	}
	dbs := postgres.OneServer(f.URL)
	if err := postgres.Migrate(ctx, dbs); err != nil {
		return err
	}
	return withApp(ctx, dbs, func(ctx context.Context, a *app.App) error {
		c := demo.Contexts{Members: a.Members, Catalog: a.Catalog, Inventory: a.Inventory, Drain: a.Dispatcher.Drain}
		if _, err := demo.Found(ctx, c); err != nil {
			return err
		}
		if err := openStores(ctx, a, f); err != nil {
			return err
		}
		return a.Dispatcher.Drain(ctx)
	})
}

// withApp runs fn with the whole program in this process.
func withApp(ctx context.Context, dbs postgres.Config, fn func(context.Context, *app.App) error) error {
	a, err := app.Open(ctx, app.Options{
		Databases: dbs, Secrets: [][]byte{[]byte(secret)}, HashesAtOnce: 2, Log: slog.New(slog.DiscardHandler),
		Web: app.WebOptions{Insecure: true, Secure: func(*http.Request) bool { return false }, Zone: time.UTC},
	})
	if err != nil {
		return err
	}
	defer a.Close()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	running, stop := context.WithCancel(ctx)
	group, running := errgroup.WithContext(running)
	group.Go(func() error { return a.Run(running, listener) })
	group.Go(func() error {
		defer stop()
		if err := a.Dispatcher.Ready(running); err != nil {
			return err
		}
		return fn(running, a)
	})
	return group.Wait()
}

// openStores adds the stores, their staff and their stock.
func openStores(ctx context.Context, a *app.App, f founding) error {
	by := auth.System("bench")
	stores := make([]ids.StoreID, f.Stores)
	group, working := errgroup.WithContext(ctx)
	group.SetLimit(4)
	for n := range stores {
		group.Go(func() error {
			name := fmt.Sprintf("벤치 %d호점", n+1)
			s, err := a.Members.AddStore(working, by, members.AddStore{Code: storeCode(n), StoreCard: members.StoreCard{
				Name: lang.Text{Ko: name, En: storeCode(n)}, Region: "서울", TimeZone: "Asia/Seoul", Cutoff: 4 * 60,
			}})
			stores[n] = s.ID
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return err
	}
	for n := range f.Accounts {
		var workplaces []ids.StoreID
		for s := n; s < len(stores); s += f.Accounts {
			workplaces = append(workplaces, stores[s])
		}
		_, err := a.Members.CreateMember(ctx, by, members.CreateMember{
			Login: accountName(n), Name: fmt.Sprintf("바리스타 %d", n+1), Password: password, Role: auth.Staff, Workplaces: workplaces,
		})
		if err != nil {
			return err
		}
	}
	return openStock(ctx, a, stores)
}

// openStock gives every store half of the most that can be booked of every material.
func openStock(ctx context.Context, a *app.App, stores []ids.StoreID) error {
	if err := a.Dispatcher.Drain(ctx); err != nil {
		return err
	}
	materials, err := a.Inventory.Materials(ctx)
	if err != nil {
		return err
	}
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(4)
	for _, store := range stores {
		group.Go(func() error {
			cmd := inventory.OpeningStock{ID: ids.NewV7(), Store: store}
			for _, m := range materials {
				cmd.Lines = append(cmd.Lines, inventory.StockLine{Material: m.ID, Quantity: quantity.Max / 2, Unit: string(m.Scale.Base)})
			}
			_, err := a.Inventory.OpeningStock(ctx, auth.System("bench"), cmd)
			return err
		})
	}
	return group.Wait()
}
