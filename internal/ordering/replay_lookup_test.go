package ordering_test

import (
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"maru/internal/kernel/ids"
	"maru/internal/platform/postgres"
	"maru/internal/platform/postgres/pgtest"
)

// TestAnOrderIsFoundByItsKeyHoweverManyThereAre looks at plans on tables that nobody analysed, as
// they are while a large file is imported: empty, when the plan is made that a session then keeps, and
// full. The whole key must be an index condition, or every order reads all orders of its lane.
func TestAnOrderIsFoundByItsKeyHoweverManyThereAre(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t).Context("ordering")
	for _, rows := range []int{0, 20_000} {
		_, err := db.Exec(t.Context(), `
			INSERT INTO ordering.orders (lane, order_id, store_id, business_date, pickup_number, status, channel, dining,
				menu_version, total, tax, body_hash, placed_at, placed_by_name, status_at)
			SELECT 7, gen_random_uuid(), md5(gs::text)::uuid, '2026-11-22', 1, 'completed', 'import', 'for_here', 1, 0, 0, '', now(), '', now()
			FROM generate_series(1, $1::integer) AS gs`, rows)
		if err != nil {
			t.Fatal(err)
		}
		plan := explain(t, db, `
			EXPLAIN SELECT order_id, store_id, business_date, pickup_number, total, tax, body_hash, placed_at
			FROM ordering.orders
			WHERE lane = $1 AND order_id = $2`, int16(7), ids.NewOrderID())
		if !strings.Contains(plan, "Index Cond: ((lane = '7'::smallint) AND (order_id = ") {
			t.Errorf("plan with %d orders:\n%s", rows, plan)
		}
	}
}

func explain(t *testing.T, db *postgres.DB, sql string, args ...any) string {
	t.Helper()
	rows, err := db.Query(t.Context(), sql, args...)
	if err != nil {
		t.Fatal(err)
	}
	plan, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		t.Fatal(err)
	}
	return strings.Join(plan, "\n")
}
