package postgres_test

import (
	"context"
	"testing"

	"github.com/jackc/pgx/v5"

	"maru/internal/platform/postgres/pgtest"
)

// A row waits for the default partition while its own is being attached; then it does not belong there
// any more.
func TestARowWhosePartitionIsBeingMadeIsWrittenAgain(t *testing.T) {
	t.Parallel()
	url := pgtest.NewURL(t)
	db := pgtest.Open(t, url).Context("ordering")
	owner, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = owner.Close(context.Background()) })
	exec := func(sql string) {
		t.Helper()
		if _, err := owner.Exec(t.Context(), sql); err != nil {
			t.Fatal(err)
		}
	}
	exec("CREATE TABLE ordering.drops (n int NOT NULL) PARTITION BY RANGE (n)")
	exec("CREATE TABLE ordering.drops_default PARTITION OF ordering.drops DEFAULT")
	exec("CREATE TABLE ordering.drops_low (n int NOT NULL)")
	exec("GRANT ALL ON ALL TABLES IN SCHEMA ordering TO PUBLIC")
	exec("BEGIN")
	exec("ALTER TABLE ordering.drops ATTACH PARTITION ordering.drops_low FOR VALUES FROM (0) TO (10)")

	attempts, written := 0, make(chan error, 1)
	go func() {
		written <- db.InTx(t.Context(), func(tx pgx.Tx) error {
			attempts++
			_, err := tx.Exec(t.Context(), "INSERT INTO ordering.drops (n) VALUES (7)")
			return err
		})
	}()
	for waiting := 0; waiting == 0; {
		err := owner.QueryRow(t.Context(), "SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = 'ordering.drops_default'::regclass").Scan(&waiting)
		if err != nil {
			t.Fatal(err)
		}
	}
	exec("COMMIT")
	if err := <-written; err != nil || attempts != 2 {
		t.Errorf("%d attempts, %v", attempts, err)
	}
}
