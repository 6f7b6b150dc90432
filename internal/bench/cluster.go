package main

import (
	"context"
	"fmt"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"maru/internal/platform/devpg"
)

// cluster is the private PostgreSQL: durable, with the settings of the program's own one.
type cluster struct {
	dir      string
	settings map[string]string
	server   *devpg.Server
}

func newCluster(dir string, settings map[string]string) (*cluster, error) {
	place, _, err := devpg.Place(dir)
	if err != nil {
		return nil, err
	}
	c := &cluster{dir: place, settings: map[string]string{"max_connections": "200"}}
	maps.Copy(c.settings, settings)
	return c, nil
}

// start starts the server with settings on top of the usual ones.
func (c *cluster) start(ctx context.Context, more map[string]string) error {
	settings := maps.Clone(c.settings)
	maps.Copy(settings, more)
	server, err := devpg.Start(ctx, devpg.Options{
		Dir: c.dir, Durable: true, Settings: settings, Log: slog.New(slog.DiscardHandler), StartTimeout: 3 * time.Minute,
	})
	if err != nil {
		return err
	}
	c.server = server
	return nil
}

func (c *cluster) stop(ctx context.Context) error {
	if c.server == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*time.Minute)
	defer cancel()
	err := c.server.Stop(ctx)
	c.server = nil
	return err
}

// url is the connection URL of a database for the superuser.
func (c *cluster) url(database string) string { return c.server.URL(database) }

// pid is the process id of the server's first process; the others are its children.
func (c *cluster) pid() (int, error) {
	file, err := os.ReadFile(filepath.Join(c.dir, "data", "postmaster.pid"))
	if err != nil {
		return 0, err
	}
	line, _, _ := strings.Cut(string(file), "\n")
	return strconv.Atoi(line)
}

// exec runs statements in one database, each by itself.
func (c *cluster) exec(ctx context.Context, database string, statements ...string) error {
	return c.with(ctx, database, func(conn *pgx.Conn) error {
		for _, sql := range statements {
			if _, err := conn.Exec(ctx, sql); err != nil {
				return fmt.Errorf("%s: %w", sql, err)
			}
		}
		return nil
	})
}

// with runs fn with a connection to one database.
func (c *cluster) with(ctx context.Context, database string, fn func(*pgx.Conn) error) error {
	conn, err := pgx.Connect(ctx, c.url(database))
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }()
	return fn(conn)
}

// clone makes a database that is a copy of another, in the place of one that has the name.
func (c *cluster) clone(ctx context.Context, from, name string) error {
	create := "CREATE DATABASE " + pgx.Identifier{name}.Sanitize()
	if from != "" {
		create += " TEMPLATE " + pgx.Identifier{from}.Sanitize()
	}
	return c.exec(ctx, "postgres", drop(name), create)
}

// dropAllBut removes the databases of an earlier measurement, except those whose name begins with prefix.
func (c *cluster) dropAllBut(ctx context.Context, prefix string) error {
	return c.with(ctx, "postgres", func(conn *pgx.Conn) error {
		rows, err := conn.Query(ctx, "SELECT datname::text FROM pg_database WHERE datname LIKE 'bench\\_%' AND NOT starts_with(datname, $1)", prefix)
		if err != nil {
			return err
		}
		names, err := pgx.CollectRows(rows, pgx.RowTo[string])
		if err != nil {
			return err
		}
		for _, name := range names {
			if _, err := conn.Exec(ctx, drop(name)); err != nil {
				return err
			}
		}
		return nil
	})
}

// restart starts the server anew with settings on top of the usual ones.
func (c *cluster) restart(ctx context.Context, more map[string]string) error {
	if err := c.stop(ctx); err != nil {
		return err
	}
	return c.start(ctx, more)
}

func drop(name string) string {
	return "DROP DATABASE IF EXISTS " + pgx.Identifier{name}.Sanitize() + " WITH (FORCE)"
}
