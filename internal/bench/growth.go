package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"golang.org/x/sync/errgroup"

	"maru/internal/kernel/ids"
)

// storedPrefix begins the names of the databases that are kept between runs.
const storedPrefix = "bench_stored_"

// growth measures the intake on an empty database and on ones that hold the orders of two years, in
// turn. Making millions of orders takes longer than measuring: it is done once, and the databases stay.
func (b *bench) growth(ctx context.Context) error {
	for _, orders := range b.o.stored {
		if err := b.prepareStored(ctx, orders); err != nil {
			return fmt.Errorf("prepare %d stored orders: %w", orders, err)
		}
	}
	for _, orders := range append([]int{0}, b.o.stored...) {
		b.report.row("growth", storedOrders(orders)) // in this order, whichever is measured first
	}
	// Tables are tidied up once a minute, which takes a core for a second or two: it hit the one or the other by chance
	// and was most of the difference. How much there is of it follows from what is written, not from what is stored.
	if err := b.pg.restart(ctx, map[string]string{"autovacuum": "off"}); err != nil {
		return err
	}
	if err := b.rounds(always, func(last bool) error { return b.growthRound(ctx, last) }); err != nil {
		return err
	}
	return b.pg.restart(ctx, nil)
}

// growthRound compares an empty database with the fullest, and in the last round with all.
func (b *bench) growthRound(ctx context.Context, last bool) error {
	empty, err := b.growthOf(ctx, 0)
	if err != nil {
		return err
	}
	for n, orders := range b.o.stored {
		if n < len(b.o.stored)-1 && !last {
			continue
		}
		speed, err := b.growthOf(ctx, orders)
		if err != nil {
			return err
		}
		b.report.row("growth", storedOrders(orders)).add("of_empty", speed/empty)
	}
	return nil
}

func (b *bench) growthOf(ctx context.Context, orders int) (speed float64, err error) {
	database := work
	if orders == 0 {
		err = b.pg.clone(ctx, template, work)
	} else {
		database = storedName(orders)
	}
	if err != nil {
		return 0, err
	}
	w, err := b.openOn(ctx, b.o.maru, database, 1)
	if err != nil {
		return 0, err
	}
	defer w.close()
	plan := b.everywhere(growthClients)
	plan.Warm *= 2 // for what is read from the disk once
	plan.Window *= 2
	m, err := w.measure(ctx, plan)
	if err != nil {
		return 0, err
	}
	m.note(b.report.row("growth", storedOrders(orders)))
	return float64(m.Accepted) / m.Seconds, nil
}

const growthClients = 32

func storedName(orders int) string { return fmt.Sprintf("%s%d", storedPrefix, orders) }

func storedOrders(orders int) string {
	if orders == 0 {
		return "empty"
	}
	if orders%1_000_000 == 0 {
		return fmt.Sprintf("%d million stored orders", orders/1_000_000)
	}
	return fmt.Sprintf("%d stored orders", orders)
}

// stored is what is written on a database once it is complete.
type stored struct {
	Orders   int     `json:"orders"`
	Stores   int     `json:"stores"`
	Accounts int     `json:"accounts"`
	Lanes    int     `json:"lanes"`
	Months   int     `json:"months"`
	Seconds  float64 `json:"seconds"`
	Bytes    int64   `json:"bytes"`
}

const months = 24

// prepareStored makes the database of so many orders where it is not there yet. While it is filled,
// the server cares for nothing but speed; it is started anew and durable afterwards.
func (b *bench) prepareStored(ctx context.Context, orders int) error {
	want := stored{Orders: orders, Stores: b.o.stores, Accounts: b.accounts(), Lanes: ids.Lanes, Months: months}
	if have, err := b.pg.storedIn(ctx, storedName(orders)); err != nil {
		return err
	} else if have != nil {
		took, bytes := have.Seconds, have.Bytes
		have.Seconds, have.Bytes = 0, 0
		if *have == want {
			b.note("%s were prepared by an earlier run in %.0f s (%.1f GB)", storedOrders(orders), took, float64(bytes)/1e9)
			return nil
		}
	}
	b.say("  preparing %s, once: it is kept in %s", storedOrders(orders), b.pg.dir)
	began := time.Now()
	if err := b.pg.clone(ctx, template, storedName(orders)); err != nil {
		return err
	}
	err := b.pg.restart(ctx, map[string]string{
		"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "wal_level": "minimal", "max_wal_senders": "0",
		"max_wal_size": "16GB", "checkpoint_timeout": "1h", "maintenance_work_mem": "512MB", "autovacuum": "off", "bgwriter_lru_maxpages": "0",
	})
	if err != nil {
		return err
	}
	if err := b.fill(ctx, storedName(orders), orders); err != nil {
		return err
	}
	if err := b.pg.exec(ctx, storedName(orders), "CHECKPOINT"); err != nil {
		return err
	}
	if err := b.pg.restart(ctx, nil); err != nil {
		return err
	}
	want.Seconds = time.Since(began).Seconds()
	if err := b.pg.mark(ctx, storedName(orders), &want); err != nil {
		return err
	}
	b.note("%s were prepared in %.0f s (%.1f GB); later runs use them again", storedOrders(orders), want.Seconds, float64(want.Bytes)/1e9)
	return nil
}

// note is shown under the table.
func (b *bench) note(format string, args ...any) {
	b.report.Notes = append(b.report.Notes, fmt.Sprintf(format, args...))
	b.say("  "+format, args...)
}

// storedIn returns what is written on a database, nil where there is no complete one.
func (c *cluster) storedIn(ctx context.Context, name string) (*stored, error) {
	var have *stored
	err := c.with(ctx, "postgres", func(conn *pgx.Conn) error {
		var text string
		err := conn.QueryRow(ctx, "SELECT coalesce(shobj_description(oid, 'pg_database'), '') FROM pg_database WHERE datname = $1", name).Scan(&text)
		if errors.Is(err, pgx.ErrNoRows) || err == nil && text == "" {
			return nil
		}
		if err != nil {
			return err
		}
		return json.Unmarshal([]byte(text), &have)
	})
	return have, err
}

// mark writes on a database that it is complete.
func (c *cluster) mark(ctx context.Context, name string, s *stored) error {
	return c.with(ctx, name, func(conn *pgx.Conn) error {
		if err := conn.QueryRow(ctx, "SELECT pg_database_size(current_database())").Scan(&s.Bytes); err != nil {
			return err
		}
		doc, err := json.Marshal(s)
		if err != nil {
			return err
		}
		_, err = conn.Exec(ctx, "COMMENT ON DATABASE "+pgx.Identifier{name}.Sanitize()+" IS '"+string(doc)+"'")
		return err
	})
}

// fill stores completed orders in the months before this one, the same number in each, with lines and
// payments, spread over the stores and over the hours. They are like the orders that are there already.
func (b *bench) fill(ctx context.Context, database string, orders int) error {
	pool, err := pgxpool.New(ctx, b.pg.url(database))
	if err != nil {
		return err
	}
	defer pool.Close()
	tables, err := prepareFilling(ctx, pool)
	if err != nil {
		return err
	}
	now := time.Now().UTC()
	thisMonth := time.Date(now.Year(), now.Month(), 1, 0, 0, 0, 0, time.UTC)
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(2)
	for n := range months {
		from := thisMonth.AddDate(0, n-months, 0)
		first, last := orders*n/months, orders*(n+1)/months
		if first == last {
			continue
		}
		for _, t := range tables {
			group.Go(func() error { return t.fillMonth(ctx, pool, from, first, last) })
		}
	}
	return group.Wait()
}

// storedTable is how rows of one table are made from those of the sample orders.
type storedTable struct {
	name    string
	columns string
	values  string
}

// prepareFilling copies the orders that are there aside, with numbers, and numbers the stores.
func prepareFilling(ctx context.Context, pool *pgxpool.Pool) ([]storedTable, error) {
	for _, sql := range []string{
		"CREATE SCHEMA filling",
		"CREATE TABLE filling.sample AS SELECT order_id, row_number() OVER (ORDER BY order_id) - 1 AS k FROM ordering.orders",
		"CREATE TABLE filling.orders AS SELECT s.k, t.* FROM ordering.orders t JOIN filling.sample s USING (order_id)",
		"CREATE TABLE filling.order_line AS SELECT s.k, t.* FROM ordering.order_line t JOIN filling.sample s USING (order_id)",
		"CREATE TABLE filling.payment AS SELECT s.k, t.* FROM ordering.payment t JOIN filling.sample s USING (order_id)",
		"CREATE TABLE filling.store AS SELECT lane, store_id, row_number() OVER (ORDER BY store_id) - 1 AS n FROM ordering.store WHERE starts_with(code, 'bench-')",
		"ANALYZE filling.orders, filling.order_line, filling.payment, filling.store",
	} {
		if _, err := pool.Exec(ctx, sql); err != nil {
			return nil, fmt.Errorf("%s: %w", sql, err)
		}
	}
	// m.at is the moment of the order, m.i its number: everything else follows from the two.
	own := map[string]string{
		"lane": "s.lane", "store_id": "s.store_id", "order_id": `('0' || to_hex((extract(epoch FROM m.at) * 1000)::bigint * 65536 + 28672 + (m.i & 4095))
			|| to_hex((hashint8extended(m.i, 26) & 2305843009213693951) | (-9223372036854775807 - 1)))::uuid`,
		"placed_at": "m.at", "status_at": "m.at", "approved_at": "m.at", "status": "'completed'",
		"business_date": "((m.at AT TIME ZONE 'Asia/Seoul') - interval '4 hours')::date",
		"pickup_number": "(1 + (m.i / 500) % 100)::integer",
	}
	var all []storedTable
	for _, name := range []string{"orders", "order_line", "payment"} {
		rows, err := pool.Query(ctx, `SELECT attname::text FROM pg_attribute
			WHERE attrelid = to_regclass($1) AND attnum > 0 AND NOT attisdropped ORDER BY attnum`, "ordering."+name)
		if err != nil {
			return nil, err
		}
		columns, err := pgx.CollectRows(rows, pgx.RowTo[string])
		if err != nil {
			return nil, err
		}
		values := make([]string, len(columns))
		for i, c := range columns {
			values[i] = "t." + c
			if expr, replaced := own[c]; replaced {
				values[i] = expr
			}
		}
		all = append(all, storedTable{name, strings.Join(columns, ", "), strings.Join(values, ", ")})
	}
	return all, nil
}

// fillMonth makes the partition of a month with its rows in it and attaches it: without indexes until
// then, and made in the same transaction, so that the log holds none of it. It leaves the partition as the
// server's own tidying up would.
func (t storedTable) fillMonth(ctx context.Context, pool *pgxpool.Pool, from time.Time, first, last int) error {
	to := from.AddDate(0, 1, 0)
	child := "ordering." + t.name + from.Format("_200601")
	err := pgx.BeginFunc(ctx, pool, func(tx pgx.Tx) error {
		for _, sql := range []string{
			"SET LOCAL maintenance_work_mem = '512MB'",
			fmt.Sprintf("CREATE TABLE %s (LIKE ordering.%s INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING STORAGE)", child, t.name),
			fmt.Sprintf(`INSERT INTO %s (%s) SELECT %s
				FROM (SELECT i, '%s'::timestamptz + (i - %d) * interval '%f seconds' AS at FROM generate_series(%d, %d) AS i) m
				JOIN filling.%s t ON t.k = m.i %% (SELECT count(*) FROM filling.orders)
				JOIN filling.store s ON s.n = abs(hashint8extended(m.i, 11) %% (SELECT count(*) FROM filling.store))`,
				child, t.columns, t.values, from.Format(time.RFC3339), first, to.Sub(from).Seconds()/float64(last-first), first, last-1, t.name),
			fmt.Sprintf("ALTER TABLE ordering.%s ATTACH PARTITION %s FOR VALUES FROM ('%s') TO ('%s')", t.name, child, uuidOf(from), uuidOf(to)),
		} {
			if _, err := tx.Exec(ctx, sql); err != nil {
				return fmt.Errorf("%.80s: %w", sql, err)
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	_, err = pool.Exec(ctx, "VACUUM (FREEZE, ANALYZE) "+child)
	return err
}

// uuidOf is the lower bound of all ids of a moment.
func uuidOf(at time.Time) string {
	hex := fmt.Sprintf("%012x%020x", at.UnixMilli(), 0)
	return hex[:8] + "-" + hex[8:12] + "-" + hex[12:16] + "-" + hex[16:20] + "-" + hex[20:]
}
