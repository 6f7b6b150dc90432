package postgres

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
)

// rescueMost bounds how many partitions one call of RescueDefaults makes of one table.
const rescueMost = 60

// RescueDefaults moves what has gone to default partitions, because no proper one was made ahead, into
// partitions of its time, and returns these. Readers see every row all the while. Writers are held up
// only where they still write rows of that time, and only while its last rows are moved.
func RescueDefaults(ctx context.Context, db *DB) ([]Partition, error) {
	known, err := partitionedTables(ctx, db)
	if err != nil {
		return nil, fmt.Errorf("partitioned tables of %s: %w", db.Name, err)
	}
	var made []Partition
	for _, table := range known {
		for range rescueMost {
			s, some, err := table.firstInDefault(ctx, db)
			if err != nil {
				return made, fmt.Errorf("default partition of %s.%s: %w", db.Name, table.name, err)
			}
			if !some {
				break
			}
			if err := rescue(ctx, db, s); err != nil {
				return made, fmt.Errorf("rescue %s.%s: %w", db.Name, s.name, err)
			}
			made = append(made, Partition{Table: db.Name + "." + table.name, Name: db.Name + "." + s.name, From: s.from, To: s.to})
		}
	}
	return made, nil
}

// DefaultRows counts the rows in the default partitions of db, up to 100,000 of each, by table.
func DefaultRows(ctx context.Context, db *DB) (map[string]int64, error) {
	known, err := partitionedTables(ctx, db)
	if err != nil {
		return nil, fmt.Errorf("partitioned tables of %s: %w", db.Name, err)
	}
	rows := make(map[string]int64, len(known))
	for _, table := range known {
		_, name, err := table.defaultPartition(ctx, db)
		if err != nil {
			return nil, fmt.Errorf("default partition of %s.%s: %w", db.Name, table.name, err)
		}
		var n int64
		if name != "" {
			if err := db.QueryRow(ctx, "SELECT count(*) FROM (SELECT 1 FROM "+name+" LIMIT 100000) AS few").Scan(&n); err != nil {
				return nil, fmt.Errorf("count %s: %w", name, err)
			}
		}
		rows[table.name] = n
	}
	return rows, nil
}

// defaultPartition returns the partition column and the quoted name of the default partition, which is
// empty where there is none.
func (t partitionedTable) defaultPartition(ctx context.Context, db *DB) (column, name string, err error) {
	err = db.QueryRow(ctx, `
		SELECT quote_ident(a.attname), COALESCE(quote_ident(n.nspname) || '.' || quote_ident(d.relname), '')
		FROM pg_partitioned_table p
		JOIN pg_attribute a ON a.attrelid = p.partrelid AND a.attnum = p.partattrs[0]
		LEFT JOIN pg_class d ON d.oid = p.partdefid
		LEFT JOIN pg_namespace n ON n.oid = d.relnamespace
		WHERE p.partrelid = to_regclass($1)`, qualified(db, t.name)).Scan(&column, &name)
	return column, name, err
}

// rescued is a slice whose rows are in a default partition.
type rescued struct {
	slice
	column, airbag string // the partition column and the default partition, quoted
}

// firstInDefault returns the slice of the earliest row in the default partition.
func (t partitionedTable) firstInDefault(ctx context.Context, db *DB) (r rescued, some bool, err error) {
	column, name, err := t.defaultPartition(ctx, db)
	if err != nil || name == "" {
		return r, false, err
	}
	var at time.Time
	query := fmt.Sprintf("SELECT %s FROM %s ORDER BY %[1]s LIMIT 1", column, name)
	switch t.key {
	case "uuid":
		var id uuid.UUID
		err = db.QueryRow(ctx, query).Scan(&id)
		at = time.UnixMilli(int64(binary.BigEndian.Uint64(id[:8]) >> 16))
	default:
		err = db.QueryRow(ctx, query).Scan(&at)
	}
	if errors.Is(err, pgx.ErrNoRows) {
		return r, false, nil
	}
	if err != nil {
		return r, false, err
	}
	return rescued{slice: t.slices(at, at)[0], column: column, airbag: name}, true, nil
}

// rescue makes the partition of a slice out of the rows that the default one holds of it. The first
// attempt keeps nobody waiting, and fails when such rows are written meanwhile; the second one makes
// writers of the table wait.
func rescue(ctx context.Context, db *DB, s rescued) error {
	parent, child := qualified(db, s.table), qualified(db, s.name)
	within := fmt.Sprintf(" WHERE %s >= '%s' AND %[1]s < '%[3]s'", s.column, s.lower, s.upper) // written above, never input
	attempt := func(first string) error {
		return db.asOwnerUnlessBusy(ctx, func(tx pgx.Tx) error {
			for _, sql := range []string{
				"SET LOCAL statement_timeout = '60s'",
				first,
				"CREATE TABLE " + child + " (LIKE " + parent + " INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING STORAGE INCLUDING INDEXES)",
				// In one statement: between two, somebody commits a row that only the second one sees.
				"WITH moved AS (DELETE FROM " + s.airbag + within + " RETURNING *) INSERT INTO " + child + " SELECT * FROM moved",
				fmt.Sprintf("ALTER TABLE %s ATTACH PARTITION %s FOR VALUES FROM ('%s') TO ('%s')", parent, child, s.lower, s.upper),
			} {
				if _, err := tx.Exec(ctx, sql); err != nil {
					return err
				}
			}
			return nil
		})
	}
	err := attempt("SELECT 1")
	if hasCode(err, "23514") { // check_violation: there are more rows of it already
		err = attempt("LOCK TABLE " + parent + " IN SHARE MODE")
	}
	if hasCode(err, "42P07") { // duplicate_table: another replica was faster
		return nil
	}
	return err
}
