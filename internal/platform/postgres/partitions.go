package postgres

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"maru/internal/kernel/ids"
)

// Partition is one time slice of a partitioned table.
type Partition struct {
	// Table is the partitioned table, with its schema; Name the partition, with its schema.
	Table, Name string
	// From and To bound the slice: From is in it, To is not. Both are midnights in UTC.
	From, To time.Time
}

// PartitionReport says what EnsurePartitions did.
type PartitionReport struct {
	// Made are the partitions that did not exist before.
	Made []Partition
	// Blocked are those that could not be attached because the default partition already holds rows
	// of their range. Nothing is lost and writes go on; somebody has to move those rows.
	Blocked []Partition
}

// EnsurePartitions makes the partitions of db's tables that cover from to to, both included, where
// they are missing: months for tables partitioned by a UUIDv7, days for tables partitioned by a
// date. Without tables it looks after every partitioned table of the schema; names come without the
// schema. It may run on every replica at once and at any time: a new partition is created aside and
// attached, which lets reads and writes of the others go on.
func EnsurePartitions(ctx context.Context, db *DB, tables []string, from, to time.Time) (PartitionReport, error) {
	var report PartitionReport
	known, err := partitionedTables(ctx, db)
	if err != nil {
		return report, fmt.Errorf("partitioned tables of %s: %w", db.Name, err)
	}
	if len(tables) == 0 {
		for _, table := range known {
			tables = append(tables, table.name)
		}
	}
	for _, name := range tables {
		table, err := findTable(known, name)
		if err != nil {
			return report, err
		}
		for _, slice := range table.slices(from, to) {
			made, blocked, err := attach(ctx, db, slice)
			if err != nil {
				return report, fmt.Errorf("partition %s.%s: %w", db.Name, slice.name, err)
			}
			p := Partition{Table: db.Name + "." + name, Name: db.Name + "." + slice.name, From: slice.from, To: slice.to}
			if made {
				report.Made = append(report.Made, p)
			}
			if blocked {
				report.Blocked = append(report.Blocked, p)
			}
		}
	}
	return report, nil
}

type partitionedTable struct {
	name string
	key  string // the type of its one partition column: "uuid" or "date"
}

func findTable(known []partitionedTable, name string) (partitionedTable, error) {
	for _, table := range known {
		if table.name == name {
			return table, nil
		}
	}
	return partitionedTable{}, fmt.Errorf("table %s is not partitioned by range of one uuid or date", name)
}

func partitionedTables(ctx context.Context, db *DB) ([]partitionedTable, error) {
	rows, err := db.Query(ctx, `
		SELECT c.relname::text, a.atttypid::regtype::text
		FROM pg_partitioned_table p
		JOIN pg_class c ON c.oid = p.partrelid
		JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = p.partattrs[0]
		WHERE c.relnamespace = to_regnamespace($1)
		  AND p.partstrat = 'r' AND p.partnatts = 1
		  AND a.atttypid IN ('uuid'::regtype, 'date'::regtype)
		ORDER BY c.relname`, db.Name)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (partitionedTable, error) {
		var table partitionedTable
		err := row.Scan(&table.name, &table.key)
		return table, err
	})
}

type slice struct {
	table, name  string
	from, to     time.Time
	lower, upper string // the bounds as literals
}

func (t partitionedTable) slices(from, to time.Time) []slice {
	var all []slice
	from, to = from.UTC(), to.UTC()
	if t.key == "date" {
		day := time.Date(from.Year(), from.Month(), from.Day(), 0, 0, 0, 0, time.UTC)
		for ; !day.After(to); day = day.AddDate(0, 0, 1) {
			next := day.AddDate(0, 0, 1)
			all = append(all, slice{
				t.name, t.name + day.Format("_20060102"), day, next,
				day.Format(time.DateOnly), next.Format(time.DateOnly),
			})
		}
		return all
	}
	month := time.Date(from.Year(), from.Month(), 1, 0, 0, 0, 0, time.UTC)
	for ; !month.After(to); month = month.AddDate(0, 1, 0) {
		next := month.AddDate(0, 1, 0)
		all = append(all, slice{
			t.name, t.name + month.Format("_200601"), month, next,
			ids.FirstV7(month).String(), ids.FirstV7(next).String(),
		})
	}
	return all
}

// attach makes one partition in one transaction. The advisory lock keeps replicas from meeting in
// the middle; were it missing, the second would fail on the name and change nothing.
func attach(ctx context.Context, db *DB, s slice) (made, blocked bool, err error) {
	schema := pgx.Identifier{db.Name}.Sanitize()
	parent, child := schema+"."+pgx.Identifier{s.table}.Sanitize(), schema+"."+pgx.Identifier{s.name}.Sanitize()
	exists := func(q interface {
		QueryRow(ctx context.Context, sql string, args ...any) pgx.Row
	},
	) (found bool, err error) {
		return found, q.QueryRow(ctx, "SELECT to_regclass($1) IS NOT NULL", child).Scan(&found)
	}
	if found, err := exists(db); err != nil || found {
		return false, false, err
	}
	err = db.asOwnerUnlessBusy(ctx, func(tx pgx.Tx) error {
		made = false
		if _, err := tx.Exec(ctx, "SELECT pg_advisory_xact_lock($1)", advisoryKey("partitions", parent)); err != nil {
			return err
		}
		if found, err := exists(tx); err != nil || found {
			return err
		}
		create := fmt.Sprintf("CREATE TABLE %s (LIKE %s INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING STORAGE)", child, parent)
		if _, err := tx.Exec(ctx, create); err != nil {
			return err
		}
		// The bounds are dates and uuids written above, never input.
		_, err := tx.Exec(ctx, fmt.Sprintf("ALTER TABLE %s ATTACH PARTITION %s FOR VALUES FROM ('%s') TO ('%s')",
			parent, child, s.lower, s.upper))
		made = err == nil
		return err
	})
	switch {
	case hasCode(err, "23514"): // check_violation: the default partition holds rows of this range
		return false, true, nil
	case hasCode(err, "42P07"): // duplicate_table: another replica was faster
		return false, false, nil
	}
	return made && err == nil, false, err
}

// PartitionsBefore returns the partitions of one of db's tables that lie wholly before a moment,
// oldest first. The default partition is never among them.
func PartitionsBefore(ctx context.Context, db *DB, table string, before time.Time) ([]Partition, error) {
	known, err := partitionedTables(ctx, db)
	if err != nil {
		return nil, fmt.Errorf("partitioned tables of %s: %w", db.Name, err)
	}
	t, err := findTable(known, table)
	if err != nil {
		return nil, err
	}
	rows, err := db.Query(ctx, `
		SELECT child.relname::text
		FROM pg_inherits i
		JOIN pg_class child ON child.oid = i.inhrelid
		JOIN pg_class parent ON parent.oid = i.inhparent
		WHERE parent.relnamespace = to_regnamespace($1) AND parent.relname = $2
		ORDER BY child.relname`, db.Name, table)
	if err != nil {
		return nil, fmt.Errorf("partitions of %s.%s: %w", db.Name, table, err)
	}
	names, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return nil, fmt.Errorf("partitions of %s.%s: %w", db.Name, table, err)
	}
	var old []Partition
	for _, name := range names {
		p, ok := t.partition(db.Name, name)
		if ok && !p.To.After(before) {
			old = append(old, p)
		}
	}
	return old, nil
}

// partition reads a partition's range from its name, which attach gave it.
func (t partitionedTable) partition(schema, name string) (Partition, bool) {
	layout, next := "200601", func(at time.Time) time.Time { return at.AddDate(0, 1, 0) }
	if t.key == "date" {
		layout, next = "20060102", func(at time.Time) time.Time { return at.AddDate(0, 0, 1) }
	}
	from, err := time.Parse(layout, strings.TrimPrefix(name, t.name+"_"))
	if err != nil {
		return Partition{}, false
	}
	return Partition{Table: schema + "." + t.name, Name: schema + "." + name, From: from, To: next(from)}, true
}

// DropPartition empties a partition and removes it; one that is gone already is no error. Emptying
// gives the space back at once and disturbs nobody; removing needs the whole table for a moment, so
// it is tried with a short wait, a few times, and returns SQLSTATE 55P03 when the table is too busy:
// call it again later. Whether everybody has read what is in the partition is for the caller to know.
func DropPartition(ctx context.Context, db *DB, p Partition) error {
	return DropPartitionIf(ctx, db, p, func(pgx.Tx) error { return nil })
}

// DropPartitionIf is DropPartition where check, which sees the partition while nobody else does, returns
// no error before it is emptied.
func DropPartitionIf(ctx context.Context, db *DB, p Partition, check func(pgx.Tx) error) error {
	name := pgx.Identifier(strings.SplitN(p.Name, ".", 2)).Sanitize()
	// Writers of the table wait behind whoever waits for it: better to come back than to keep them long.
	const brief = "SET LOCAL lock_timeout = '100ms'"
	steps := []func(pgx.Tx) error{
		func(tx pgx.Tx) error {
			if _, err := tx.Exec(ctx, brief+"; LOCK TABLE "+name+" IN ACCESS EXCLUSIVE MODE"); err != nil {
				return err
			}
			if err := check(tx); err != nil {
				return err
			}
			_, err := tx.Exec(ctx, "TRUNCATE "+name)
			return err
		},
		func(tx pgx.Tx) error {
			_, err := tx.Exec(ctx, brief+"; DROP TABLE "+name)
			return err
		},
	}
	for _, step := range steps {
		err := db.asOwnerUnlessBusy(ctx, step)
		if hasCode(err, "42P01") { // undefined_table: another replica was faster
			return nil
		}
		if err != nil {
			return fmt.Errorf("drop partition %s: %w", p.Name, err)
		}
	}
	return nil
}

// asOwnerUnlessBusy runs fn in a transaction as the login that migrated the schema and not as the
// context's role, which owns nothing. It waits for a lock only briefly, because everybody else would
// wait behind it, and tries again a few times.
func (db *DB) asOwnerUnlessBusy(ctx context.Context, fn func(tx pgx.Tx) error) error {
	const attempts = 8
	for attempt := 1; ; attempt++ {
		err := pgx.BeginFunc(ctx, db.Pool, func(tx pgx.Tx) error {
			if _, err := tx.Exec(ctx, "SET LOCAL ROLE NONE; SET LOCAL lock_timeout = '500ms'"); err != nil {
				return err
			}
			return fn(tx)
		})
		if attempt == attempts || !hasCode(err, "55P03", "40P01") {
			return err
		}
		select {
		case <-ctx.Done():
			return err
		case <-time.After(time.Duration(attempt) * 100 * time.Millisecond):
		}
	}
}
