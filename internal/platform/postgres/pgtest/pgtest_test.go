package pgtest_test

import (
	"context"
	"testing"

	"github.com/google/go-cmp/cmp"

	"maru/internal/platform/postgres"
	"maru/internal/platform/postgres/pgtest"
)

func TestEachTestHasAMigratedDatabaseOfItsOwn(t *testing.T) {
	t.Parallel()
	first, second := pgtest.New(t), pgtest.New(t)
	if a, b := currentDatabase(t, first), currentDatabase(t, second); a == b {
		t.Fatalf("both are database %s", a)
	}
	status, err := postgres.Status(t.Context(), pgtest.Config(pgtest.NewURL(t)))
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range status {
		if s.Pending != 0 || s.Version == 0 {
			t.Errorf("%s is at version %d with %d migrations pending", s.Context, s.Version, s.Pending)
		}
	}
}

func TestEveryContextWorksAsARoleOfItsOwn(t *testing.T) {
	t.Parallel()
	dbs := pgtest.New(t)
	got := map[string]string{}
	want := map[string]string{}
	for _, db := range dbs.All() {
		var role string
		if err := db.QueryRow(t.Context(), "SELECT current_user").Scan(&role); err != nil {
			t.Fatal(err)
		}
		got[db.Name], want[db.Name] = role, "maru_"+db.Name
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func currentDatabase(t *testing.T, dbs *postgres.Databases) string {
	t.Helper()
	var name string
	if err := dbs.Context("ordering").QueryRow(context.Background(), "SELECT current_database()").Scan(&name); err != nil {
		t.Fatal(err)
	}
	return name
}
