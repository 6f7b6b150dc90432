package postgres_test

import (
	"context"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"

	"maru/internal/platform/postgres"
	"maru/internal/platform/postgres/pgtest"
)

func TestMigrationsGoUpDownAndUpAndLeaveNothingBehind(t *testing.T) {
	t.Parallel()
	url := pgtest.NewEmptyURL(t)
	cfg := pgtest.Config(url)
	empty := objects(t, url)
	must(t, postgres.Migrate(t.Context(), cfg))
	first := objects(t, url)
	must(t, postgres.MigrateDown(t.Context(), cfg))
	if diff := cmp.Diff(empty, objects(t, url)); diff != "" {
		t.Fatalf("left behind by down (-before +after):\n%s", diff)
	}
	must(t, postgres.Migrate(t.Context(), cfg))
	if diff := cmp.Diff(first, objects(t, url)); diff != "" {
		t.Errorf("the second way up ends elsewhere (-first +second):\n%s", diff)
	}
	must(t, postgres.Migrate(t.Context(), cfg)) // and once more is nothing
}

func TestReplicasMayMigrateAtOnce(t *testing.T) {
	t.Parallel()
	cfg := pgtest.Config(pgtest.NewEmptyURL(t))
	errs := make([]error, 4)
	var all sync.WaitGroup
	for i := range errs {
		all.Go(func() { errs[i] = postgres.Migrate(context.Background(), cfg) })
	}
	all.Wait()
	for _, err := range errs {
		must(t, err)
	}
	status, err := postgres.Status(t.Context(), cfg)
	must(t, err)
	if len(status) != len(postgres.Contexts) {
		t.Fatalf("%d contexts", len(status))
	}
	for _, s := range status {
		if s.Pending != 0 || s.Version != s.Latest || s.Version == 0 {
			t.Errorf("%+v", s)
		}
	}
}

func TestStatusOfAnEmptyDatabaseIsAllPending(t *testing.T) {
	t.Parallel()
	status, err := postgres.Status(t.Context(), pgtest.Config(pgtest.NewEmptyURL(t)))
	must(t, err)
	for _, s := range status {
		if s.Version != 0 || s.Pending == 0 || s.Latest == 0 {
			t.Errorf("%+v", s)
		}
	}
}

// objects lists what is in the database besides PostgreSQL's own: schemas, tables, indexes, views,
// sequences, functions, types and their rights.
func objects(t *testing.T, url string) []string {
	t.Helper()
	conn := connect(t, url)
	rows, err := conn.Query(t.Context(), `
		SELECT 'schema ' || nspname FROM pg_namespace WHERE nspname !~ '^pg_' AND nspname <> 'information_schema'
		UNION ALL
		SELECT c.relkind::text || ' ' || n.nspname || '.' || c.relname || ' ' || COALESCE(c.relacl::text, '')
		FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
		WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
		UNION ALL
		SELECT 'function ' || n.nspname || '.' || p.proname
		FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
		WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
		UNION ALL
		SELECT 'type ' || n.nspname || '.' || t.typname
		FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace
		WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
		UNION ALL
		SELECT 'default rights ' || defaclnamespace::regnamespace::text || ' ' || defaclacl::text FROM pg_default_acl
		UNION ALL
		SELECT 'extension ' || extname FROM pg_extension
		ORDER BY 1`)
	must(t, err)
	names, err := pgx.CollectRows(rows, pgx.RowTo[string])
	must(t, err)
	return names
}

// connect connects as the login itself and not as a context's role.
func connect(t *testing.T, url string) *pgx.Conn {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	must(t, err)
	t.Cleanup(func() { _ = conn.Close(context.Background()) })
	return conn
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
