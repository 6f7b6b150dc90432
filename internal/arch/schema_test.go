package arch

import (
	"context"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"

	"maru/internal/platform/postgres"
	"maru/internal/platform/postgres/pgtest"
)

// schemaRules find what a schema must not contain. Each takes the contexts' schemas as $1 and
// returns one line per violation. goose_version is the migration tool's.
var schemaRules = []struct{ rule, sql string }{
	{"no foreign key leads into another context", `
		SELECT c.conrelid::regclass::text || ' -> ' || c.confrelid::regclass::text
		FROM pg_constraint c
		JOIN pg_class a ON a.oid = c.conrelid
		JOIN pg_class b ON b.oid = c.confrelid
		WHERE c.contype = 'f' AND c.conparentid = 0
		  AND a.relnamespace::regnamespace::text = ANY ($1) AND a.relnamespace <> b.relnamespace`},
	{"no view reads another context", `
		SELECT DISTINCT v.oid::regclass::text || ' -> ' || t.oid::regclass::text
		FROM pg_rewrite r
		JOIN pg_class v ON v.oid = r.ev_class
		JOIN pg_depend d ON d.classid = 'pg_rewrite'::regclass AND d.objid = r.oid AND d.refclassid = 'pg_class'::regclass
		JOIN pg_class t ON t.oid = d.refobjid
		WHERE v.relnamespace::regnamespace::text = ANY ($1) AND t.relnamespace <> v.relnamespace`},
	{"every table has a primary key", `
		SELECT c.oid::regclass::text
		FROM pg_class c
		WHERE c.relkind IN ('r', 'p') AND c.relnamespace::regnamespace::text = ANY ($1)
		  AND NOT EXISTS (SELECT 1 FROM pg_index i WHERE i.indrelid = c.oid AND i.indisprimary)`},
	{"in ordering every key begins with lane", `
		SELECT i.indrelid::regclass::text || ' ' || i.indexrelid::regclass::text
		FROM pg_index i
		JOIN pg_class c ON c.oid = i.indrelid
		LEFT JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0]
		WHERE i.indisunique AND 'ordering' = ANY ($1) AND c.relnamespace = to_regnamespace('ordering')
		  AND c.relname <> 'goose_version' AND a.attname IS DISTINCT FROM 'lane'`},
	{"no triggers", `
		SELECT t.tgrelid::regclass::text || ' ' || t.tgname
		FROM pg_trigger t
		JOIN pg_class c ON c.oid = t.tgrelid
		WHERE NOT t.tgisinternal AND c.relnamespace::regnamespace::text = ANY ($1)`},
	{"no rules", `
		SELECT c.oid::regclass::text || ' ' || r.rulename
		FROM pg_rewrite r
		JOIN pg_class c ON c.oid = r.ev_class
		WHERE r.rulename <> '_RETURN' AND c.relnamespace::regnamespace::text = ANY ($1)`},
	{"no functions", `
		SELECT p.oid::regprocedure::text
		FROM pg_proc p
		WHERE p.pronamespace::regnamespace::text = ANY ($1)`},
	{"what grows with time is partitioned and has an airbag", `
		SELECT p.partrelid::regclass::text
		FROM pg_partitioned_table p
		JOIN pg_class c ON c.oid = p.partrelid
		WHERE c.relnamespace::regnamespace::text = ANY ($1) AND p.partdefid = 0`},
}

func TestMigrationsKeepTheRulesOfTheSchemas(t *testing.T) {
	t.Parallel()
	found := schemaViolations(t, pgtest.NewURL(t))
	if diff := cmp.Diff(map[string][]string{}, found); diff != "" {
		t.Error(diff)
	}
}

func TestTheRulesOfTheSchemasCanFail(t *testing.T) {
	t.Parallel()
	url := pgtest.NewURL(t)
	conn := connectTo(t, url)
	_, err := conn.Exec(t.Context(), `
		CREATE TABLE ordering.stranger (lane smallint, store_id uuid REFERENCES members.store, PRIMARY KEY (lane, store_id));
		CREATE VIEW stats.peek AS SELECT store_id FROM members.store;
		CREATE TABLE catalog.keyless (n int);
		CREATE TABLE ordering.laneless (id uuid PRIMARY KEY, lane smallint);
		CREATE TABLE ordering.half (lane smallint, id uuid, code text, PRIMARY KEY (lane, id));
		CREATE UNIQUE INDEX half_code ON ordering.half (code);
		CREATE FUNCTION stats.noticed() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
		CREATE TRIGGER notice BEFORE INSERT ON stats.store FOR EACH ROW EXECUTE FUNCTION stats.noticed();
		CREATE RULE nothing AS ON DELETE TO members.store DO INSTEAD NOTHING;
		CREATE TABLE inventory.sliced (id uuid PRIMARY KEY) PARTITION BY RANGE (id)`)
	if err != nil {
		t.Fatal(err)
	}
	want := map[string][]string{
		"no foreign key leads into another context":             {"ordering.stranger -> members.store"},
		"no view reads another context":                         {"stats.peek -> members.store"},
		"every table has a primary key":                         {"catalog.keyless"},
		"in ordering every key begins with lane":                {"ordering.half ordering.half_code", "ordering.laneless ordering.laneless_pkey"},
		"no triggers":                                           {"stats.store notice"},
		"no rules":                                              {"members.store nothing"},
		"no functions":                                          {"stats.noticed()"},
		"what grows with time is partitioned and has an airbag": {"inventory.sliced"},
	}
	if diff := cmp.Diff(want, schemaViolations(t, url)); diff != "" {
		t.Error(diff)
	}
}

func schemaViolations(t *testing.T, url string) map[string][]string {
	t.Helper()
	conn := connectTo(t, url)
	found := map[string][]string{}
	for _, r := range schemaRules {
		rows, err := conn.Query(t.Context(), r.sql+" ORDER BY 1", postgres.Contexts)
		if err != nil {
			t.Fatalf("%s: %v", r.rule, err)
		}
		lines, err := pgx.CollectRows(rows, pgx.RowTo[string])
		if err != nil {
			t.Fatalf("%s: %v", r.rule, err)
		}
		if len(lines) > 0 {
			found[r.rule] = lines
		}
	}
	return found
}

// connectTo connects as the login that owns everything.
func connectTo(t *testing.T, url string) *pgx.Conn {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close(context.Background()) })
	return conn
}
