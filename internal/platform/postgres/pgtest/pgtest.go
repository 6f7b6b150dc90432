// Package pgtest gives a test a real, migrated PostgreSQL database of its own.
//
// The server is the one of TEST_DATABASE_URL, which cmd/testpg sets for a whole "go test ./...", or
// else a temporary one that the first test of the process starts and that ends with the process. The
// migrations run once per server and version of the migrations, into a template database; a test's
// database is a copy of it.
package pgtest

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"net/url"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"maru/internal/platform/devpg"
	"maru/internal/platform/postgres"
)

// New returns the databases of all contexts, migrated and empty, in a PostgreSQL database that no
// other test sees. It is dropped when the test ends; that of a failed test stays, and its URL is
// logged, when MARU_KEEP_TEST_DB is set.
func New(t testing.TB) *postgres.Databases {
	t.Helper()
	return Open(t, NewURL(t))
}

// NewURL returns the connection URL of such a database, for tests that start a program of their own
// or open it twice, as two replicas do.
func NewURL(t testing.TB) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	server, err := serverURL()
	if err != nil {
		t.Fatalf("pgtest: %v", err)
	}
	template, err := ensureTemplate(ctx, server)
	if err != nil {
		t.Fatalf("pgtest: %v", err)
	}
	name := "test_" + randomHex()
	if err := execute(ctx, server, "CREATE DATABASE "+name+" TEMPLATE "+template+" STRATEGY FILE_COPY"); err != nil {
		t.Fatalf("pgtest: create database: %v", err)
	}
	t.Cleanup(func() { drop(t, server, name) })
	return onDatabase(server, name)
}

// NewEmptyURL returns the connection URL of a database of the test's own without anything in it.
func NewEmptyURL(t testing.TB) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	server, err := serverURL()
	if err != nil {
		t.Fatalf("pgtest: %v", err)
	}
	name := "test_" + randomHex()
	if err := execute(ctx, server, "CREATE DATABASE "+name+" TEMPLATE template0 STRATEGY FILE_COPY"); err != nil {
		t.Fatalf("pgtest: create database: %v", err)
	}
	t.Cleanup(func() { drop(t, server, name) })
	return onDatabase(server, name)
}

// Open opens the database of NewURL once more, as another replica would. The pools close when the
// test ends.
func Open(t testing.TB, url string) *postgres.Databases {
	t.Helper()
	dbs, err := postgres.Open(context.Background(), Config(url))
	if err != nil {
		t.Fatalf("pgtest: %v", err)
	}
	t.Cleanup(dbs.Close)
	return dbs
}

// Config is the configuration of a test's database: small pools that connect when they are used, and
// limits that a machine busy with many tests does not reach.
func Config(url string) postgres.Config {
	cfg := postgres.OneServer(url)
	cfg.Lazy = true
	cfg.MaxConns = map[string]int32{"ordering": 4}
	for _, name := range postgres.Contexts {
		if name != "ordering" {
			cfg.MaxConns[name] = 3
		}
	}
	cfg.Timeouts = postgres.Timeouts{Statement: time.Minute, Lock: 30 * time.Second, IdleInTransaction: time.Minute}
	return cfg
}

// serverURL names a server for this process; the first caller may have to start it.
var serverURL = sync.OnceValues(func() (string, error) {
	if given := os.Getenv("TEST_DATABASE_URL"); given != "" {
		return given, nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), 90*time.Second)
	defer cancel()
	server, err := devpg.StartTemporary(ctx) // its guard ends it when this process ends
	if err != nil {
		return "", err
	}
	return server.URL("postgres"), nil
})

func drop(t testing.TB, server, name string) {
	if t.Failed() && os.Getenv("MARU_KEEP_TEST_DB") != "" {
		t.Logf("database kept: %s", onDatabase(server, name))
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	if err := execute(ctx, server, "DROP DATABASE IF EXISTS "+name+" WITH (FORCE)"); err != nil {
		t.Logf("pgtest: drop database: %v", err)
	}
}

// execute runs one statement on a connection of its own: a pool shared by tests would look like a
// leak in each of them.
func execute(ctx context.Context, server, sql string) error {
	conn, err := pgx.Connect(ctx, server)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }()
	_, err = conn.Exec(ctx, sql)
	return err
}

// onDatabase is the server's URL with another database in it.
func onDatabase(server, name string) string {
	u, err := url.Parse(server)
	if err != nil {
		panic("pgtest: TEST_DATABASE_URL is not a URL: " + err.Error())
	}
	u.Path = "/" + name
	return u.String()
}

func randomHex() string {
	b := make([]byte, 8)
	_, _ = rand.Read(b) // never fails
	return fmt.Sprintf("%d_%s", os.Getpid(), hex.EncodeToString(b))
}
