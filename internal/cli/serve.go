package cli

import (
	"context"
	"crypto/rand"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"maru/internal/app"
	"maru/internal/members"
	"maru/internal/platform/config"
	"maru/internal/platform/devpg"
	"maru/internal/platform/outbox"
	"maru/internal/platform/postgres"
	"maru/web/membersweb"
)

var serveCommand = command{
	name: "serve", summary: "migrates the database and serves web, API and live updates",
	text: `Needs MARU_SECRET and a database: DATABASE_URL, or MARU_DATA for an own PostgreSQL with its data in
that folder. Any number of replicas may run on one database. Stop it with SIGTERM or Ctrl-C: open
requests and the running batch of events are finished first.`,
	run: runServe,
}

func runServe(ctx context.Context, sys System, set *flag.FlagSet, args []string) error {
	if err := parse(set, args, 0); err != nil {
		return err
	}
	cfg, err := config.Load(sys.Getenv, append(someDatabase(sys), "MARU_SECRET")...)
	if err != nil {
		return err
	}
	log := newLog(sys, cfg)
	return withServer(ctx, cfg, cfg.DataDir, log, func(ctx context.Context, dbs postgres.Config) error {
		away, err := postgres.MigrateReachable(ctx, dbs, app.Needed...)
		if err != nil {
			return err
		}
		dbs.Away = away
		o := options(cfg, dbs, log)
		o.Secrets = cfg.SigningSecrets()
		a, err := app.Open(ctx, o)
		if err != nil {
			return err
		}
		defer a.Close()
		listener, err := net.Listen("tcp", cfg.Listen)
		if err != nil {
			return fmt.Errorf("listen on %s: %w", cfg.Listen, err)
		}
		log.Info("serving", "address", listener.Addr().String(), "version", Version())
		return a.Run(ctx, listener)
	})
}

// someDatabase is what a command requires that must not make a new database by mistake: an address, unless
// the folder of an own PostgreSQL is named.
func someDatabase(sys System) []string {
	if sys.Getenv("MARU_DATA") != "" {
		return nil
	}
	return []string{"DATABASE_URL"}
}

// options turns settings into what app needs; the secrets are the command's business.
func options(cfg config.Config, dbs postgres.Config, log *slog.Logger) app.Options {
	var dispatch []outbox.Option
	if !cfg.Notify {
		dispatch = append(dispatch, outbox.WithoutNotify())
	}
	return app.Options{
		KeepEvents: time.Duration(cfg.KeepEvents) * 24 * time.Hour, Archive: cfg.Archive,
		Outbox: dispatch, Databases: dbs, HashesAtOnce: cfg.HashesAtOnce, Log: log, LanesPerTransaction: cfg.LanesPerTransaction, Sessions: sessionLimits(cfg), AuditKey: auditKey(cfg), Mail: mailOptions(cfg),
		Web: app.WebOptions{
			Zone: cfg.TimeZone, IPExtractor: clientAddress(cfg), Secure: membersweb.Secure(publicTLS(cfg), cfg.Trusts), Insecure: !publicTLS(cfg), Public: cfg.PublicURL,
			MetricsToken: string(cfg.MetricsToken), Proxied: publicTLS(cfg) || len(cfg.TrustedProxies) > 0, Version: Version(), ShutdownGrace: cfg.ShutdownTimeout,
		},
	}
}

func sessionLimits(cfg config.Config) members.SessionLimits {
	hours := func(n int) time.Duration { return time.Duration(n) * time.Hour }
	return members.SessionLimits{
		Idle: hours(cfg.SessionIdle), Life: hours(cfg.SessionLife), IdleHQ: hours(cfg.SessionIdleHQ), LifeHQ: hours(cfg.SessionLifeHQ),
	}
}

// clientAddress believes X-Forwarded-For from the trusted proxies and from nobody else.
func clientAddress(cfg config.Config) echo.IPExtractor {
	if len(cfg.TrustedProxies) == 0 {
		return echo.ExtractIPDirect()
	}
	trust := []echo.TrustOption{echo.TrustLoopback(false), echo.TrustLinkLocal(false), echo.TrustPrivateNet(false)}
	for _, p := range cfg.TrustedProxies {
		trust = append(trust, echo.TrustIPRange(&net.IPNet{IP: p.Addr().AsSlice(), Mask: net.CIDRMask(p.Bits(), p.Addr().BitLen())}))
	}
	return echo.ExtractIPFromXFFHeader(trust...)
}

func publicTLS(cfg config.Config) bool {
	return cfg.PublicURL != nil && cfg.PublicURL.Scheme == "https"
}

// withDatabases is withServer with all databases at this program's version.
func withDatabases(ctx context.Context, cfg config.Config, dir string, log *slog.Logger, fn func(context.Context, postgres.Config) error) error {
	return withServer(ctx, cfg, dir, log, func(ctx context.Context, dbs postgres.Config) error {
		if err := postgres.Migrate(ctx, dbs); err != nil {
			return err
		}
		return fn(ctx, dbs)
	})
}

// withServer finds the databases, starting an own PostgreSQL in dir where the settings name none, and
// stops what it started when fn has returned. The context of fn ends when that server ends by itself, and
// its error is the server's then.
func withServer(ctx context.Context, cfg config.Config, dir string, log *slog.Logger, fn func(context.Context, postgres.Config) error) (err error) {
	databases := func(url config.Secret) postgres.Config {
		dbs := cfg.Databases(url)
		dbs.Log = log
		return dbs
	}
	if cfg.DatabaseURL != "" {
		return fn(ctx, databases(cfg.DatabaseURL))
	}
	server, err := ownServer(ctx, dir, log)
	if err != nil {
		return err
	}
	defer func() {
		stopping, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Minute)
		defer cancel()
		if stopErr := server.Stop(stopping); stopErr != nil && err == nil {
			log.Error("PostgreSQL did not stop cleanly", "error", stopErr)
		}
	}()
	ctx, end := context.WithCancelCause(ctx)
	defer end(nil)
	go func() {
		select {
		case <-server.Done():
			end(server.Ended())
		case <-ctx.Done():
		}
	}()
	err = fn(ctx, databases(config.Secret(server.URL("maru"))))
	if cause := context.Cause(ctx); errors.Is(cause, devpg.ErrEnded) {
		return cause
	}
	return err
}

func ownServer(ctx context.Context, dir string, log *slog.Logger) (*devpg.Server, error) {
	full, moved, err := devpg.Place(dir)
	if err != nil {
		return nil, err
	}
	if moved {
		log.Warn("the user that PostgreSQL runs as may not enter the data folder's parents; the data is elsewhere", "wanted", dir, "data", full)
	}
	server, err := devpg.Start(ctx, devpg.Options{Dir: full, Durable: true, Log: log, Settings: map[string]string{"max_connections": "200"}})
	if err != nil {
		return nil, err
	}
	if err := server.CreateDatabase(ctx, "maru"); err != nil {
		return nil, errors.Join(err, server.Stop(context.WithoutCancel(ctx)))
	}
	return server, nil
}

var healthcheckCommand = command{
	name: "healthcheck", summary: "asks a running server whether it can serve (for containers)",
	run: func(ctx context.Context, sys System, set *flag.FlagSet, args []string) error {
		if err := parse(set, args, 0); err != nil {
			return err
		}
		cfg, err := config.Load(sys.Getenv)
		if err != nil {
			return err
		}
		_, port, err := net.SplitHostPort(cfg.Listen)
		if err != nil {
			return err
		}
		ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
		defer cancel()
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+net.JoinHostPort("127.0.0.1", port)+"/readyz", nil)
		if err != nil {
			return err
		}
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			return err
		}
		defer func() { _ = res.Body.Close() }()
		if res.StatusCode != http.StatusOK {
			return fmt.Errorf("the server answers %s", res.Status)
		}
		return nil
	},
}

// withApp opens the program on its migrated databases without serving.
func withApp(ctx context.Context, sys System, fn func(*app.App) error) error {
	cfg, err := config.Load(sys.Getenv)
	if err != nil {
		return err
	}
	log := newLog(sys, cfg)
	return withDatabases(ctx, cfg, cfg.DataDir, log, func(ctx context.Context, dbs postgres.Config) error {
		o := options(cfg, dbs, log)
		o.Secrets = [][]byte{[]byte(rand.Text() + rand.Text())} // nothing is signed here
		a, err := app.Open(ctx, o)
		if err != nil {
			return err
		}
		defer a.Close()
		return fn(a)
	})
}
