package postgres_test

import (
	"context"
	"testing"

	"maru/internal/platform/postgres"
	"maru/internal/platform/postgres/pgtest"
)

// A row that is committed while those before it are being moved is moved with them or stays: it is not lost.
func TestWhatIsWrittenDuringARescueIsKept(t *testing.T) {
	t.Parallel()
	url := pgtest.NewURL(t)
	createPartitioned(t, url)
	admin, db := connect(t, url), pgtest.Open(t, url).Context("stats")
	exec := func(sql string) {
		t.Helper()
		_, err := admin.Exec(t.Context(), sql)
		must(t, err)
	}
	exec("INSERT INTO stats.happening VALUES (1, '2031-10-31')")
	// The first row waits wherever it is written from now on, until somebody lets go of the lock.
	exec(`CREATE FUNCTION stats.slowly(id int) RETURNS boolean LANGUAGE plpgsql AS $$
		BEGIN
			IF id = 1 THEN
				PERFORM pg_advisory_xact_lock_shared(7101);
			END IF;
			RETURN true;
		END $$;
		ALTER TABLE stats.happening ADD CHECK (stats.slowly(id));
		SELECT pg_advisory_lock(7101)`)
	rescued := make(chan error, 1)
	go func() {
		_, err := postgres.RescueDefaults(context.WithoutCancel(t.Context()), db)
		rescued <- err
	}()
	for waiting := 0; waiting == 0; {
		must(t, admin.QueryRow(t.Context(), "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objid = 7101 AND NOT granted").Scan(&waiting))
	}
	_, err := db.Exec(t.Context(), "INSERT INTO stats.happening VALUES (2, '2031-10-31')")
	must(t, err)
	exec("SELECT pg_advisory_unlock(7101)")
	must(t, <-rescued)
	var kept, left int
	must(t, db.QueryRow(t.Context(), "SELECT count(*), count(*) FILTER (WHERE tableoid = 'stats.happening_default'::regclass) FROM stats.happening").Scan(&kept, &left))
	if kept != 2 || left != 0 {
		t.Errorf("%d of 2 rows are kept, %d of them in the default partition", kept, left)
	}
}
