package outbox_test

import (
	"context"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"maru/internal/platform/outbox"
	"maru/internal/platform/postgres"
)

// The planner once turned such a query into a scan of the whole outbox as soon as it had statistics
// of a long backlog. So the plans are looked at with and without statistics, and with and without the
// values of the parameters.
func TestPlansUseThePrimaryKey(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	must(t, w.dispatcher(w.inventory()).Drain(t.Context()))
	day := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	_, err := postgres.EnsurePartitions(t.Context(), w.dbs.Context("ordering"), []string{"outbox"}, day, day.AddDate(0, 0, 2))
	must(t, err)
	w.exec("ordering", `
		INSERT INTO ordering.outbox (lane, pos, day, kind, version, key, payload, trace, at)
		SELECT n % 256, n / 256, '2026-03-01'::date + n / 60000, 'ordering.test_happened', 1, 'key', '{}', '', now()
		FROM generate_series(256, 200000) AS n`)
	w.exec("inventory", `
		INSERT INTO inventory.outbox_parked_key (lane, subscription, key, parked_at)
		SELECT n % 256, 'inventory.test', n::text, now() FROM generate_series(1, 2000) AS n`)

	values := map[string][]string{
		"takePositions": {"7", "1"}, "takeManyPositions": {"'{7,8}'", "'{1,2}'"}, "insertEvent": {"7", "0", "'2026-03-02'", "'k'", "1", "'key'", "'{}'", "''", "now()"},
		"insertEvents": {
			"'{7,7,8}'", "'{1,0,0}'", "'{k,k,k}'", "'{1,1,1}'", "'{a,b,c}'", "'{1,2,3}'", "'{a,b,c}'", "'2026-03-02'", "now()",
		},
		"readEvents": {"7", "100", "150", "'2026-03-01'", "'{ordering.test_happened}'", "50"}, "oldest": {"7"},
		"readManyEvents": {"'{7,8}'", "'{100,200}'", "'{150,201}'", "'2026-03-01'", "'{ordering.test_happened}'", "50"},
		"readAtMany":     {"'{7,8}'", "'{100,200}'", "'2026-03-01'"},
		"claim":          {"7", "'inventory.test'"}, "lockCursor": {"7", "'inventory.test'"}, "moveCursor": {"7", "'inventory.test'", "1", "2"},
		"moveCursorOrFail": {"7", "'inventory.test'", "1", "2", "'off'"},
		"claimForeseen":    {"7", "'inventory.test'", "1"}, "claimManyForeseen": {"'{7,8}'", "'inventory.test'", "'{1,1}'"},
		"claimMany":   {"'{7,8}'", "'inventory.test'"},
		"moveCursors": {"'{7,8}'", "'inventory.test'", "'{1,1}'", "'{2,2}'"}, "moveCursorsOrFail": {"'{7,8}'", "'inventory.test'", "'{1,1}'", "'{2,2}'", "'off'"},
		"parkedKeys": {"'{7,8}'", "'inventory.test'"},
	}
	for _, statistics := range []string{"without", "with"} {
		for _, schema := range []string{"ordering", "inventory"} {
			if statistics == "with" {
				for _, table := range []string{"outbox", "outbox_head", "outbox_cursor", "outbox_parked_key"} {
					w.asOwner("ANALYZE " + schema + "." + table)
				}
			}
			for name, sql := range outbox.HotStatements(schema) {
				produces := strings.HasPrefix(name, "take") || strings.HasPrefix(name, "insertEvent") || strings.HasPrefix(name, "read") || name == "oldest"
				if produces != (schema == "ordering") {
					continue
				}
				for _, mode := range []string{"force_custom_plan", "force_generic_plan"} {
					plan := w.explain(schema, mode, sql, values[name])
					if bad := badPlan(name, plan); bad != "" {
						t.Errorf("%s, %s statistics, %s: %s\n%s", name, statistics, mode, bad, plan)
					}
				}
			}
		}
	}
}

var badNode = regexp.MustCompile(`Seq Scan|Bitmap|Hash|\bSort  \(`)

func badPlan(name, plan string) string {
	small := name == "parkedKeys" || name == "insertEvents" || name == "takeManyPositions" // a few rows of small tables, in any order
	if bad := badNode.FindString(plan); bad != "" && !small {
		return "it has a " + bad
	}
	if name == "insertEvents" || name == "takeManyPositions" {
		return ""
	}
	if !strings.Contains(plan, "Index Cond: ") || !strings.Contains(plan, "lane = ") {
		return "it does not look up the lane"
	}
	if strings.HasPrefix(name, "read") && !strings.Contains(plan, "pos > ") && !strings.Contains(plan, "pos = ") {
		return "it does not look up the position"
	}
	return ""
}

func (w *world) explain(schema, mode, sql string, values []string) string {
	w.t.Helper()
	var plan []string
	must(w.t, pgx.BeginFunc(w.t.Context(), w.dbs.Context(schema).Pool, func(tx pgx.Tx) error {
		for _, step := range []string{"SET LOCAL plan_cache_mode = " + mode, "PREPARE looked_at AS " + sql} {
			if _, err := tx.Exec(w.t.Context(), step); err != nil {
				return err
			}
		}
		rows, err := tx.Query(w.t.Context(), "EXPLAIN EXECUTE looked_at("+strings.Join(values, ", ")+")", pgx.QueryExecModeSimpleProtocol)
		if err != nil {
			return err
		}
		if plan, err = pgx.CollectRows(rows, pgx.RowTo[string]); err != nil {
			return err
		}
		_, err = tx.Exec(w.t.Context(), "DEALLOCATE looked_at")
		return err
	}))
	return strings.Join(plan, "\n")
}

func (w *world) asOwner(sql string) {
	w.t.Helper()
	conn, err := pgx.Connect(w.t.Context(), w.url)
	must(w.t, err)
	defer func() { must(w.t, conn.Close(context.WithoutCancel(w.t.Context()))) }()
	_, err = conn.Exec(w.t.Context(), sql)
	must(w.t, err)
}

// Small groups are not planned anew each time they are stored: that took as long as storing them.
func TestEventsOfSmallGroupsAreStoredByOnePlan(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var custom, generic int
	must(t, pgx.BeginFunc(t.Context(), w.dbs.Context("ordering").Pool, func(tx pgx.Tx) error {
		for n := range int64(20) {
			if err := outbox.Publish(t.Context(), tx, happened{Lane: 1, Key: "a", N: n}, happened{Lane: 2, Key: "b", N: n}, happened{Lane: 3, Key: "c", N: n}); err != nil {
				return err
			}
		}
		return tx.QueryRow(t.Context(), `
			SELECT sum(custom_plans), sum(generic_plans)
			FROM pg_prepared_statements
			WHERE statement LIKE '%INSERT INTO ordering.outbox %'`).Scan(&custom, &generic)
	}))
	if custom > 5 || generic < 15 { // the server tries five times what planning with the values gains
		t.Errorf("of 20 groups %d were planned by themselves, %d by one plan", custom, generic)
	}
}
