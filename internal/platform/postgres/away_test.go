package postgres_test

import (
	"errors"
	"net"
	"net/url"
	"testing"

	"github.com/jackc/pgx/v5"

	"maru/internal/platform/postgres"
	"maru/internal/platform/postgres/pgtest"
)

func TestAContextWhoseServerIsAwayIsMigratedLater(t *testing.T) {
	t.Parallel()
	cfg := pgtest.Config(pgtest.NewEmptyURL(t))
	there := cfg.URLs["inventory"]
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	gone := url.URL{Scheme: "postgres", User: url.User("postgres"), Host: l.Addr().String(), Path: "/maru", RawQuery: "sslmode=disable"}
	must(t, l.Close())
	cfg.URLs["inventory"] = gone.String()

	if _, err := postgres.MigrateReachable(t.Context(), cfg, "inventory"); err == nil {
		t.Error("a context that is needed was left out")
	}
	away, err := postgres.MigrateReachable(t.Context(), cfg, "members", "ordering")
	must(t, err)
	if len(away) != 1 || away["inventory"] == nil {
		t.Fatalf("away are %v", away)
	}
	cfg.Away = away
	cfg.URLs["inventory"] = there // the server comes back, with a database that was not migrated
	dbs, err := postgres.Open(t.Context(), cfg)
	must(t, err)
	t.Cleanup(dbs.Close)
	err = dbs.Context("inventory").Ping(t.Context())
	var as net.Error
	if !errors.As(err, &as) {
		t.Errorf("the gate let somebody in, or nobody takes it for a server that is away: %v", err)
	}
	must(t, dbs.Context("ordering").Ping(t.Context()))
	must(t, postgres.MigrateLate(t.Context(), cfg, "inventory"))
	var n int
	must(t, dbs.Context("inventory").QueryRow(t.Context(), "SELECT count(*) FROM inventory.stock").Scan(&n))
}

func TestAWrongDatabaseIsNotAway(t *testing.T) {
	t.Parallel()
	cfg := pgtest.Config(pgtest.NewEmptyURL(t))
	wrong, err := pgx.ParseConfig(cfg.URLs["stats"])
	must(t, err)
	u, err := url.Parse(cfg.URLs["stats"])
	must(t, err)
	u.Path = "/" + wrong.Database + "_of_nobody"
	cfg.URLs["stats"] = u.String()
	if away, err := postgres.MigrateReachable(t.Context(), cfg, "members", "ordering"); err == nil {
		t.Errorf("a database that does not exist is taken for a server that is away: %v", away)
	}
}
