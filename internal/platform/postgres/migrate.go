package postgres

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"hash/fnv"
	"io/fs"
	"path"
	"regexp"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"

	"maru/db"
)

// Migrate brings every context's schema to the newest version and gives the context's role its
// rights. Replicas that start at once wait for each other; a context that is up to date is left as
// it is.
func Migrate(ctx context.Context, cfg Config) error {
	for _, name := range Contexts {
		if err := migrateOne(ctx, cfg, name); err != nil {
			return err
		}
	}
	return nil
}

func migrateOne(ctx context.Context, cfg Config, name string) error {
	err := withMigrations(ctx, cfg, name, func(conn *pgx.Conn, provider *goose.Provider) error {
		applied, err := provider.Up(ctx)
		if err != nil {
			return err
		}
		if n := len(applied); n > 0 && cfg.Log != nil {
			cfg.Log.Info("migrated", "context", name, "applied", n, "version", applied[n-1].Source.Version)
		}
		separated, err := ensureRole(ctx, conn, name)
		if err != nil || !separated {
			return err
		}
		return grantSchema(ctx, conn, name)
	})
	if err != nil {
		return fmt.Errorf("migrate %s: %w", name, err)
	}
	return nil
}

// MigrateDown takes every context back to nothing: tables, rows and schema are gone afterwards. It
// fails when a down migration leaves something in the schema. Roles stay, for they belong to the
// whole server.
func MigrateDown(ctx context.Context, cfg Config) error {
	for i := len(Contexts) - 1; i >= 0; i-- {
		name := Contexts[i]
		err := withMigrations(ctx, cfg, name, func(conn *pgx.Conn, provider *goose.Provider) error {
			if _, err := provider.DownTo(ctx, 0); err != nil {
				return err
			}
			schema := pgx.Identifier{name}.Sanitize()
			_, err := conn.Exec(ctx, "DROP TABLE IF EXISTS "+schema+".goose_version; DROP SCHEMA IF EXISTS "+schema)
			return err
		})
		if err != nil {
			return fmt.Errorf("migrate %s down: %w", name, err)
		}
	}
	return nil
}

// MigrationStatus is where the schema of one context stands.
type MigrationStatus struct {
	Context string
	// Version is the newest migration applied, 0 for none; Latest the newest this program knows.
	Version, Latest int64
	// Pending is the number of migrations that Migrate would apply.
	Pending int
}

// Status reports where every context's schema stands, in the order of Contexts.
func Status(ctx context.Context, cfg Config) ([]MigrationStatus, error) {
	all := make([]MigrationStatus, 0, len(Contexts))
	for _, name := range Contexts {
		status := MigrationStatus{Context: name}
		err := withMigrations(ctx, cfg, name, func(_ *pgx.Conn, provider *goose.Provider) error {
			migrations, err := provider.Status(ctx)
			if err != nil {
				return err
			}
			for _, m := range migrations {
				status.Latest = max(status.Latest, m.Source.Version)
				if m.State == goose.StatePending {
					status.Pending++
				} else {
					status.Version = max(status.Version, m.Source.Version)
				}
			}
			return nil
		})
		if err != nil {
			return nil, fmt.Errorf("migration status of %s: %w", name, err)
		}
		all = append(all, status)
	}
	return all, nil
}

// connectMost is how long a server may take to let a migration in: one that is gone must not keep the
// program from starting.
const connectMost = 10 * time.Second

// withMigrations runs fn with the context's schema in place and its migrations to itself. The lock
// is an advisory one of the session, so a crash frees it.
func withMigrations(ctx context.Context, cfg Config, name string, fn func(*pgx.Conn, *goose.Provider) error) error {
	cc, err := pgx.ParseConfig(cfg.URLs[name])
	if err != nil {
		return err
	}
	wantPrimary(cc)
	cc.RuntimeParams["application_name"] = "maru/" + name + "/migrate"
	cc.RuntimeParams["timezone"] = "UTC"
	cc.RuntimeParams["statement_timeout"] = "0"
	cc.RuntimeParams["client_min_messages"] = "warning"
	if cc.ConnectTimeout == 0 || cc.ConnectTimeout > connectMost {
		cc.ConnectTimeout = connectMost
	}
	conn, err := pgx.ConnectConfig(ctx, cc)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }()
	if _, err := conn.Exec(ctx, "SELECT pg_advisory_lock($1)", advisoryKey("migrate", name)); err != nil {
		return fmt.Errorf("wait for another migration: %w", err)
	}
	if err := ensureSchema(ctx, conn, name); err != nil {
		return err
	}

	// A statement that waits long for a table holds up everybody behind it: better to fail and be
	// started again.
	cc.RuntimeParams["lock_timeout"] = "15000"
	sqlDB := stdlib.OpenDB(*cc)
	defer func() { _ = sqlDB.Close() }()
	provider, err := newProvider(sqlDB, name)
	if err != nil {
		return err
	}
	return fn(conn, provider)
}

func ensureSchema(ctx context.Context, conn *pgx.Conn, name string) error {
	var exists bool
	if err := conn.QueryRow(ctx, "SELECT to_regnamespace($1) IS NOT NULL", name).Scan(&exists); err != nil || exists {
		return err
	}
	_, err := conn.Exec(ctx, "CREATE SCHEMA IF NOT EXISTS "+pgx.Identifier{name}.Sanitize())
	return err
}

var migrationName = regexp.MustCompile(`^\d{5}_([a-z]+)_\w+\.sql$`)

func newProvider(sqlDB *sql.DB, name string) (*goose.Provider, error) {
	files, err := fs.Sub(db.Migrations, "migrations")
	if err != nil {
		return nil, err
	}
	foreign, own, err := splitMigrations(files, name)
	if err != nil {
		return nil, err
	}
	if own == 0 {
		return nil, errors.New("the program has no migrations for it")
	}
	options := []goose.ProviderOption{
		goose.WithExcludeNames(foreign),
		goose.WithTableName(name + ".goose_version"),
		goose.WithDisableGlobalRegistry(true),
	}
	return goose.NewProvider(goose.DialectPostgres, sqlDB, files, options...)
}

// splitMigrations returns the files that are not the context's and counts those that are. A file
// name that says no context is an error: it would be applied nowhere.
func splitMigrations(files fs.FS, name string) (foreign []string, own int, err error) {
	all, err := fs.Glob(files, "*.sql")
	if err != nil {
		return nil, 0, err
	}
	for _, file := range all {
		m := migrationName.FindStringSubmatch(path.Base(file))
		if m == nil || !isContext(m[1]) {
			return nil, 0, fmt.Errorf("migration %s is not named NNNNN_<context>_<what>.sql", file)
		}
		if m[1] == name {
			own++
		} else {
			foreign = append(foreign, file)
		}
	}
	return foreign, own, nil
}

func isContext(name string) bool {
	for _, c := range Contexts {
		if c == name {
			return true
		}
	}
	return false
}

// advisoryKey turns what a lock is for into the number PostgreSQL wants.
func advisoryKey(purpose, name string) int64 {
	h := fnv.New64a()
	_, _ = h.Write([]byte("maru/" + purpose + "/" + name))
	return int64(h.Sum64()) //nolint:gosec // any 64 bits will do
}
