package ordering_test

import (
	"strings"
	"testing"

	"maru/internal/kernel/ids"
	"maru/internal/platform/postgres/pgtest"
)

// TestReplaysAreFoundByTheirKeyHoweverManyOrdersThereAre looks at the plan on a table that nobody
// analysed, as it is while a large file is imported: the whole key must be an index condition.
func TestReplaysAreFoundByTheirKeyHoweverManyOrdersThereAre(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t).Context("ordering")
	_, err := db.Exec(t.Context(), `
		INSERT INTO ordering.orders (lane, order_id, store_id, business_date, pickup_number, status, channel, dining,
			menu_version, total, tax, body_hash, placed_at, placed_by_name, status_at)
		SELECT 7, gen_random_uuid(), gen_random_uuid(), '2026-11-22', 1, 'completed', 'import', 'for_here', 1, 0, 0, '', now(), '', now()
		FROM generate_series(1, 20000)`)
	if err != nil {
		t.Fatal(err)
	}
	rows, err := db.Query(t.Context(), `
		EXPLAIN SELECT order_id, store_id, business_date, pickup_number, total, tax, body_hash, placed_at
		FROM ordering.orders
		WHERE lane = $1 AND order_id = $2`, int16(7), ids.NewOrderID())
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var plan strings.Builder
	for rows.Next() {
		var line string
		if err := rows.Scan(&line); err != nil {
			t.Fatal(err)
		}
		plan.WriteString(line[:min(len(line), 200)] + "\n")
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	if got := plan.String(); !strings.Contains(got, "Index Cond: ((lane = '7'::smallint) AND (order_id = ") || strings.Contains(got, "Filter") {
		t.Errorf("plan:\n%s", got)
	}
}
