package cli

import (
	"context"
	"crypto/rand"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"golang.org/x/sync/errgroup"

	"maru/internal/app"
	"maru/internal/demo"
	"maru/internal/platform/auth"
	"maru/internal/platform/config"
	"maru/internal/platform/postgres"
	"maru/web/membersweb"
)

// historyDays is how many days of sales the demo begins with.
const historyDays = 21

var demoCommand = command{
	name: "demo", usage: "[--simulate 10x] [--data DIR]",
	summary: "runs a made-up franchise on its own PostgreSQL, with accounts whose passwords it prints",
	text: `Everybody can know these passwords: it is for looking at, on this machine. Data stays in the data folder;
delete the folder to begin anew. With DATABASE_URL it uses that database instead, which should be empty. Without MARU_SECRET
it keeps a secret of its own in the data folder.`,
	run: runDemo,
}

func runDemo(ctx context.Context, sys System, set *flag.FlagSet, args []string) error {
	speed := speedFlag(0)
	set.Var(&speed, "simulate", "let customers come: 1x as in a real store, 10x ten times as many")
	data := set.String("data", "", "folder of the demo's data (default: MARU_DATA)")
	if err := parse(set, args, 0); err != nil {
		return err
	}
	cfg, err := config.Load(sys.Getenv)
	if err != nil {
		return err
	}
	if *data != "" {
		cfg.DataDir = *data
	}
	if sys.Getenv("MARU_LISTEN") == "" {
		cfg.Listen = "127.0.0.1:8080" // everybody knows the passwords: nobody else's machine needs to reach it
	}
	if sys.Getenv("MARU_LOG_LEVEL") == "" {
		cfg.LogLevel = slog.LevelWarn // the accounts should stay on the screen
	}
	log := newLog(sys, cfg)
	return withDatabases(ctx, cfg, cfg.DataDir, log, func(ctx context.Context, dbs postgres.Config) error {
		o := options(cfg, dbs, log)
		o.Secrets = cfg.SigningSecrets()
		if len(o.Secrets) == 0 {
			secret, err := keptSecret(cfg.DataDir)
			if err != nil {
				return err
			}
			o.Secrets = [][]byte{secret}
		}
		for _, a := range demo.Accounts() {
			o.Web.DemoAccounts = append(o.Web.DemoAccounts, membersweb.DemoAccount{
				Login: a.Login, Password: a.Password, Name: a.Name, Who: a.Who, PIN: a.PIN, Devices: devicesOf(a),
			})
		}
		a, err := app.Open(ctx, o)
		if err != nil {
			return err
		}
		defer a.Close()
		listener, err := net.Listen("tcp", cfg.Listen)
		if err != nil {
			return fmt.Errorf("listen on %s: %w", cfg.Listen, err)
		}
		group, ctx := errgroup.WithContext(ctx)
		group.Go(func() error { return a.Run(ctx, listener) })
		group.Go(func() error {
			if err := furnish(ctx, sys, a, listener.Addr()); err != nil || speed == 0 {
				return ignoreEnd(ctx, err)
			}
			stores, err := a.Members.Stores(ctx)
			if err != nil {
				return ignoreEnd(ctx, err)
			}
			fmt.Fprintf(sys.Out, "Customers are coming, %gx as many as in real stores.\n", float64(speed))
			return demo.Simulation{Orders: a.Ordering, Stock: a.Inventory, Stores: stores, Speed: float64(speed), Log: log}.Run(ctx)
		})
		return group.Wait()
	})
}

// keptSecret returns the secret that stands in the demo's folder, and makes it the first time: with another one the
// PINs and authenticator apps of the demo would be good for nothing after it was started again.
func keptSecret(folder string) ([]byte, error) {
	path := filepath.Join(folder, "secret")
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return nil, err
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return os.ReadFile(path)
	}
	if err != nil {
		return nil, err
	}
	secret := []byte(rand.Text() + rand.Text())
	_, err = f.Write(secret)
	return secret, errors.Join(err, f.Close())
}

// furnish founds the franchise, gives it a past, and says how to come in.
func furnish(ctx context.Context, sys System, a *app.App, address net.Addr) error {
	began := time.Now()
	if err := a.Dispatcher.Ready(ctx); err != nil {
		return err
	}
	c := demo.Contexts{Members: a.Members, Catalog: a.Catalog, Inventory: a.Inventory, Drain: a.Dispatcher.Drain}
	accounts, err := demo.Found(ctx, c)
	if err != nil {
		return err
	}
	stores, err := a.Members.Stores(ctx)
	if err != nil {
		return err
	}
	_, last, err := a.Stats.SoldDays(ctx, stores[0].ID)
	if err != nil {
		return err
	}
	if last.IsZero() {
		fmt.Fprintf(sys.Out, "Making up %d days of sales ...\n", historyDays)
		n, err := demo.History(ctx, a.Ordering, stores, time.Now(), historyDays)
		if err != nil {
			return err
		}
		if err := a.Dispatcher.Drain(ctx); err != nil {
			return err
		}
		fmt.Fprintf(sys.Out, "%d orders placed, deducted and counted in %s.\n", n, time.Since(began).Round(time.Second/10))
	}
	if err := demo.OpenStock(ctx, c); err != nil {
		return err
	}
	_, port, _ := net.SplitHostPort(address.String())
	fmt.Fprintf(sys.Out, "\nMaru is at http://localhost:%s\n\n", port)
	w := tabwriter.NewWriter(sys.Out, 0, 0, 3, ' ', 0)
	fmt.Fprintln(w, "sign in as\tpassword\twho")
	for _, acc := range accounts {
		fmt.Fprintf(w, "%s\t%s\t%s\n", acc.Login, acc.Password, acc.Who.Ko+" "+acc.Name)
	}
	if err := w.Flush(); err != nil {
		return err
	}
	fmt.Fprintf(sys.Out, "\nTo switch people by PIN, sign in as %s, make the browser a shared device at /s/%[1]s/devices, and pick a name:\n\n", demo.SharedStore)
	fmt.Fprintln(w, "name\tPIN")
	for _, acc := range accounts {
		if acc.PIN != "" {
			fmt.Fprintf(w, "%s\t%s\n", acc.Name, acc.PIN)
		}
	}
	if err := w.Flush(); err != nil {
		return err
	}
	fmt.Fprintln(sys.Out, "\nCtrl-C stops it. These passwords are public: this is for looking at, not for real work.")
	return nil
}

// devicesOf is the page on which the account can make a browser a shared device at which people have PINs.
func devicesOf(a demo.Account) string {
	if a.PIN == "" || a.Role != auth.Owner {
		return ""
	}
	return "/s/" + a.Stores[0] + "/devices"
}

// ignoreEnd returns nil for errors that only say that the program is being stopped.
func ignoreEnd(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return nil
	}
	return err
}

// speedFlag reads "10x", "0.5x" or "10".
type speedFlag float64

// String implements flag.Value.
func (s *speedFlag) String() string { return strconv.FormatFloat(float64(*s), 'g', -1, 64) + "x" }

// Set implements flag.Value.
func (s *speedFlag) Set(text string) error {
	n, err := strconv.ParseFloat(strings.TrimSuffix(text, "x"), 64)
	if err != nil || n <= 0 || n > 1000 {
		return errors.New("write it as 1x, 10x, up to 1000x")
	}
	*s = speedFlag(n)
	return nil
}
