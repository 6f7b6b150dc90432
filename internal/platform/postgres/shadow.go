package postgres

import (
	"context"
	"errors"
	"fmt"
	"regexp"

	"github.com/jackc/pgx/v5"
)

// A shadow is an empty table of the shape of another, filled beside it and then put into its place.
// All of these take a transaction of AsOwner: a context's role may not create or drop tables.

// AsOwner runs fn in a transaction as the login that migrated the schema and not as the context's role,
// which owns nothing. It waits for a lock only briefly, because everybody else would wait behind it,
// and runs fn again a few times where that was not enough.
func (db *DB) AsOwner(ctx context.Context, fn func(tx pgx.Tx) error) error {
	return db.asOwnerUnlessBusy(ctx, fn)
}

// CreateShadow creates the empty table shadow of db with columns, constraints, indexes and storage
// settings of table, for the context's role to use. One of the name that exists is dropped.
func CreateShadow(ctx context.Context, tx pgx.Tx, db *DB, table, shadow string) error {
	from, to := qualified(db, table), qualified(db, shadow)
	var options []string
	var partitioned, role bool
	err := tx.QueryRow(ctx, `
		SELECT COALESCE(c.reloptions, '{}'), c.relkind = 'p', EXISTS (SELECT 1 FROM pg_roles WHERE rolname = $2)
		FROM pg_class c
		WHERE c.oid = to_regclass($1)`, from, roleOf(db.Name)).Scan(&options, &partitioned, &role)
	if err != nil {
		return fmt.Errorf("table %s: %w", from, err)
	}
	if partitioned {
		return fmt.Errorf("table %s is partitioned and cannot be replaced as a whole", from)
	}
	statements := []string{
		"DROP TABLE IF EXISTS " + to,
		"CREATE TABLE " + to + " (LIKE " + from + " INCLUDING ALL)",
	}
	for _, o := range options {
		statements = append(statements, "ALTER TABLE "+to+" SET ("+o+")") // as the server itself wrote it
	}
	if role {
		statements = append(statements, "GRANT SELECT, INSERT, UPDATE, DELETE ON "+to+" TO "+pgx.Identifier{roleOf(db.Name)}.Sanitize())
	}
	for _, sql := range statements {
		if _, err := tx.Exec(ctx, sql); err != nil {
			return fmt.Errorf("shadow of %s: %w", from, err)
		}
	}
	return nil
}

// ShadowFits reports whether shadow exists and has the columns that table has.
func ShadowFits(ctx context.Context, tx pgx.Tx, db *DB, table, shadow string) (bool, error) {
	var fits bool
	err := tx.QueryRow(ctx, `
		SELECT to_regclass($2) IS NOT NULL AND (
			SELECT array_agg(attname || ' ' || format_type(atttypid, atttypmod) || attnotnull ORDER BY attnum)
			FROM pg_attribute WHERE attrelid = to_regclass($1) AND attnum > 0 AND NOT attisdropped
		) = (
			SELECT array_agg(attname || ' ' || format_type(atttypid, atttypmod) || attnotnull ORDER BY attnum)
			FROM pg_attribute WHERE attrelid = to_regclass($2) AND attnum > 0 AND NOT attisdropped
		)`, qualified(db, table), qualified(db, shadow)).Scan(&fits)
	return fits, err
}

// DropShadow drops a shadow that is not wanted any more; one that does not exist is no error.
func DropShadow(ctx context.Context, tx pgx.Tx, db *DB, shadow string) error {
	_, err := tx.Exec(ctx, "DROP TABLE IF EXISTS "+qualified(db, shadow))
	return err
}

// SwapShadow drops table and gives its name, and those of its indexes, to shadow.
func SwapShadow(ctx context.Context, tx pgx.Tx, db *DB, table, shadow string) error {
	old, err := indexesOf(ctx, tx, qualified(db, table))
	if err != nil {
		return err
	}
	own, err := indexesOf(ctx, tx, qualified(db, shadow))
	if err != nil {
		return err
	}
	for _, sql := range []string{
		"DROP TABLE " + qualified(db, table),
		"ALTER TABLE " + qualified(db, shadow) + " RENAME TO " + pgx.Identifier{table}.Sanitize(),
	} {
		if _, err := tx.Exec(ctx, sql); err != nil {
			return fmt.Errorf("swap %s: %w", table, err)
		}
	}
	if len(old) != len(own) {
		return errors.New("swap " + table + ": the tables do not have the same indexes")
	}
	for shape, name := range own {
		was, ok := old[shape]
		if !ok {
			return errors.New("swap " + table + ": the old table had no index" + shape)
		}
		if _, err := tx.Exec(ctx, "ALTER INDEX "+qualified(db, name)+" RENAME TO "+pgx.Identifier{was}.Sanitize()); err != nil {
			return fmt.Errorf("swap %s: %w", table, err)
		}
	}
	return nil
}

// indexShape cuts the names of index and table from a definition.
var indexShape = regexp.MustCompile(`^CREATE (UNIQUE )?INDEX .*? ON .*?( USING .*)$`)

// indexesOf returns the names of a table's indexes by what they are.
func indexesOf(ctx context.Context, tx pgx.Tx, table string) (map[string]string, error) {
	rows, err := tx.Query(ctx, `
		SELECT c.relname::text, pg_get_indexdef(i.indexrelid), i.indisprimary
		FROM pg_index i
		JOIN pg_class c ON c.oid = i.indexrelid
		WHERE i.indrelid = to_regclass($1)`, table)
	if err != nil {
		return nil, err
	}
	all := make(map[string]string)
	var name, definition string
	var primary bool
	_, err = pgx.ForEachRow(rows, []any{&name, &definition, &primary}, func() error {
		all[fmt.Sprintf("%s primary: %t", indexShape.ReplaceAllString(definition, "$1$2"), primary)] = name
		return nil
	})
	return all, err
}

func qualified(db *DB, table string) string { return pgx.Identifier{db.Name, table}.Sanitize() }
