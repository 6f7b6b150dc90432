package pgtest

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"sync"

	"github.com/jackc/pgx/v5"

	"maru/db"
	"maru/internal/platform/postgres"
)

// ensureTemplate returns the name of the migrated template database, made by the first test that
// asks, in whichever process.
func ensureTemplate(ctx context.Context, server string) (string, error) {
	made.Lock()
	defer made.Unlock()
	if made.name != "" {
		return made.name, nil
	}
	name, err := makeTemplate(ctx, server)
	if err == nil {
		made.name = name
	}
	return name, err
}

var made struct {
	sync.Mutex
	name string
}

func makeTemplate(ctx context.Context, server string) (string, error) {
	hash, err := migrationsHash()
	if err != nil {
		return "", err
	}
	name := "tmpl_" + hash
	conn, err := pgx.Connect(ctx, server)
	if err != nil {
		return "", err
	}
	defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }()
	// The other processes wait here; the lock ends with the connection.
	if _, err := conn.Exec(ctx, "SELECT pg_advisory_lock(hashtext($1))", "maru/pgtest/"+name); err != nil {
		return "", err
	}
	var exists bool
	err = conn.QueryRow(ctx, "SELECT EXISTS (SELECT 1 FROM pg_database WHERE datname = $1)", name).Scan(&exists)
	if err != nil || exists {
		return name, err
	}
	// Made under another name and renamed, so that a template is complete as soon as it exists.
	raw := "raw_" + hash
	for _, sql := range []string{
		"DROP DATABASE IF EXISTS " + raw + " WITH (FORCE)",
		"CREATE DATABASE " + raw + " TEMPLATE template0 STRATEGY FILE_COPY",
	} {
		if _, err := conn.Exec(ctx, sql); err != nil {
			return "", fmt.Errorf("%s: %w", sql, err)
		}
	}
	if err := postgres.Migrate(ctx, Config(onDatabase(server, raw))); err != nil {
		return "", err
	}
	for _, sql := range []string{
		"ALTER DATABASE " + raw + " WITH IS_TEMPLATE true ALLOW_CONNECTIONS false",
		"ALTER DATABASE " + raw + " RENAME TO " + name,
	} {
		if _, err := conn.Exec(ctx, sql); err != nil {
			return "", fmt.Errorf("%s: %w", sql, err)
		}
	}
	return name, nil
}

func migrationsHash() (string, error) {
	sum := sha256.New()
	err := fs.WalkDir(db.Migrations, ".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		b, err := db.Migrations.ReadFile(path)
		if err != nil {
			return err
		}
		_, _ = fmt.Fprintf(sum, "%s %d\n%s", path, len(b), b)
		return nil
	})
	return hex.EncodeToString(sum.Sum(nil))[:16], err
}
