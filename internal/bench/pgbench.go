package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"maru/internal/platform/devpg"
)

// findPgbench looks beside the server's programs, then on the PATH.
func findPgbench(ctx context.Context) (string, error) {
	found, err := devpg.Find(ctx)
	if err != nil {
		return "", err
	}
	for _, bin := range found {
		if path := filepath.Join(bin.Dir, "pgbench"); isProgram(path) {
			return path, nil
		}
	}
	if path, err := exec.LookPath("pgbench"); err == nil {
		return path, nil
	}
	return "", errors.New("there is no pgbench beside the PostgreSQL server: the database's own limit cannot be measured (Debian: postgresql-contrib or postgresql)")
}

func isProgram(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode()&0o111 != 0
}

// limitScript is the transaction of one order as the database could do it best: all statements of it
// in one round trip, prepared, the rows of a real order with ids and stores of their own. What the
// program must also do (looking for the id, limits, carts) is left out: it is the limit.
//
// Values come from an order that was placed in the database; columns that a later migration adds are
// copied along.
func limitScript(ctx context.Context, conn *pgx.Conn, stores, lanes int) (string, error) {
	var order string
	err := conn.QueryRow(ctx, `SELECT order_id::text FROM ordering.order_line GROUP BY order_id HAVING count(*) = 2 ORDER BY order_id LIMIT 1`).Scan(&order)
	if err != nil {
		return "", fmt.Errorf("an order to copy: %w", err)
	}
	const (
		id    = "('0' || to_hex(:a::bigint) || to_hex(:b::bigint))::uuid"
		store = "('0000000000007000800000' || :s::text)::uuid"
	)
	own := map[string]string{
		"lane": ":lane", "order_id": id, "store_id": store, "pickup_number": "c.last", "business_date": "current_date",
		"placed_at": "now()", "status_at": "now()", "approved_at": "now()", "at": "now()", "day": "(now() AT TIME ZONE 'UTC')::date",
		"pos": "h.pos",
	}
	is := "order_id = '" + order + "'"
	counter := " FROM ordering.pickup_counter c WHERE c.lane = :lane AND c.store_id = " + store + " AND c.business_date = current_date"
	head := " FROM ordering.outbox_head h WHERE h.lane = :lane"
	var script strings.Builder
	fmt.Fprintf(&script, `\set n :n + 1
\set s random(1000000000, %d)
\set lane mod(:s * 37, %d)
\set a (:ms + :n) * 65536 + 28672 + random(0, 4095)
\set b random(0, 2305843009213693951) - 9223372036854775807 - 1
\startpipeline
BEGIN;
INSERT INTO ordering.pickup_counter (lane, store_id, business_date, last) VALUES (:lane, %s, current_date, 1) ON CONFLICT (lane, store_id, business_date) DO UPDATE SET last = pickup_counter.last + 1;
`, 1_000_000_000+stores-1, lanes, store)
	for _, t := range []struct{ table, where, from string }{
		{"orders", is, counter},
		{"order_line", is, ""},
		{"payment", is, ""},
		{"outbox_head", "", ""},
		{"outbox", "key = '" + order + "'", head},
	} {
		if t.table == "outbox_head" {
			script.WriteString("UPDATE ordering.outbox_head SET pos = pos + 1 WHERE lane = :lane;\n")
			continue
		}
		insert, err := insertLike(ctx, conn, t.table, t.where, own, t.from)
		if err != nil {
			return "", err
		}
		script.WriteString(insert)
	}
	script.WriteString("COMMIT;\n\\endpipeline\n")
	return script.String(), nil
}

// insertLike writes the INSERT of rows like those of an order: the values of the columns in own, and
// of the others as they are.
func insertLike(ctx context.Context, conn *pgx.Conn, table, where string, own map[string]string, from string) (string, error) {
	rows, err := conn.Query(ctx, `SELECT attname::text, format_type(atttypid, atttypmod) FROM pg_attribute
		WHERE attrelid = to_regclass($1) AND attnum > 0 AND NOT attisdropped ORDER BY attnum`, "ordering."+table)
	if err != nil {
		return "", err
	}
	type column struct{ Name, Type string }
	columns, err := pgx.CollectRows(rows, pgx.RowToStructByPos[column])
	if err != nil {
		return "", err
	}
	names, texts := make([]string, len(columns)), make([]string, len(columns))
	for i, c := range columns {
		names[i] = c.Name
		texts[i] = "coalesce(" + c.Name + "::text, '')"
		if c.Type == "json" {
			texts[i] = c.Name + "::text"
		}
	}
	rows, err = conn.Query(ctx, "SELECT ARRAY["+strings.Join(texts, ", ")+"] FROM ordering."+table+" WHERE "+where)
	if err != nil {
		return "", err
	}
	found, err := pgx.CollectRows(rows, pgx.RowTo[[]string])
	if err != nil {
		return "", err
	}
	if len(found) == 0 {
		return "", fmt.Errorf("ordering.%s has no row where %s", table, where)
	}
	tuples := make([]string, len(found))
	for i, values := range found {
		for j, c := range columns {
			if expr, replaced := own[c.Name]; replaced {
				values[j] = expr
				continue
			}
			values[j] = literal(values[j], c.Type)
		}
		tuples[i] = strings.Join(values, ", ")
	}
	insert := "INSERT INTO ordering." + table + " (" + strings.Join(names, ", ") + ") "
	if from != "" {
		return insert + "SELECT " + tuples[0] + from + ";\n", nil
	}
	return insert + "VALUES (" + strings.Join(tuples, "), (") + ");\n", nil
}

// literal is a constant that pgbench does not take for one of its variables, whose names follow a colon.
func literal(value, typ string) string {
	if value == "" && typ != "text" {
		return "NULL"
	}
	escaped := strings.NewReplacer(`\`, `\\`, `'`, `''`, `:`, `\003A`).Replace(value)
	return "U&'" + escaped + "'::" + typ
}

var (
	tps     = regexp.MustCompile(`(?m)^tps = ([0-9.]+)`)
	latency = regexp.MustCompile(`(?m)^latency average = ([0-9.]+) ms`)
)

// pgbench runs the script and returns transactions per second and their average latency.
func (b *bench) pgbench(ctx context.Context, script, database string, clients int, length time.Duration) (perSecond, averageMS float64, err error) {
	cmd := exec.CommandContext(ctx, b.pgbenchPath, "-n", "-M", "prepared", "-f", script, "-c", strconv.Itoa(clients), //nolint:gosec // the server's own tool
		"-j", strconv.Itoa(min(clients, 2)), "-T", strconv.Itoa(max(1, int(length.Seconds()))),
		"-D", "ms="+strconv.FormatInt(time.Now().UnixMilli(), 10), "-D", "n=0", b.pg.url(database))
	out, err := cmd.CombinedOutput()
	if err != nil {
		return 0, 0, fmt.Errorf("pgbench: %w: %.2000s", err, out)
	}
	speed, average := tps.FindSubmatch(out), latency.FindSubmatch(out)
	if speed == nil || average == nil {
		return 0, 0, fmt.Errorf("pgbench says nothing of tps: %s", out)
	}
	if perSecond, err = strconv.ParseFloat(string(speed[1]), 64); err != nil {
		return 0, 0, err
	}
	averageMS, err = strconv.ParseFloat(string(average[1]), 64)
	return perSecond, averageMS, err
}
