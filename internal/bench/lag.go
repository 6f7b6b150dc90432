package main

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

// lag measures how long after an order's commit its stock is booked and the open registers of its
// store have heard of it, at steady rates of orders.
//
// Stock: the server notes the time of every commit (track_commit_timestamp), so the lag is that
// between two commits in one clock, of the order's row and of the last row of the ledger that names
// the order. Nothing asks the database meanwhile.
//
// Register: every store has one page open, as a browser holds it. The lag is from the answer to the
// order to the arrival of "orders" in the page's stream, both in the clock of the load.
func (b *bench) lag(ctx context.Context) error {
	if err := b.pg.restart(ctx, notingCommits); err != nil {
		return err
	}
	if err := b.rounds(always, func(last bool) error { return b.lagRound(ctx, last) }); err != nil {
		return err
	}
	return b.pg.restart(ctx, nil)
}

// notingCommits is the setting of a server that can say when a transaction committed.
var notingCommits = map[string]string{"track_commit_timestamp": "on"}

func (b *bench) lagRound(ctx context.Context, last bool) error {
	w, err := b.open(ctx, 1)
	if err != nil {
		return err
	}
	defer w.close()
	err = w.lags(ctx, b.o.rates, func(rate int) *row { return b.report.row("lag", fmt.Sprintf("%d orders/s", rate)) })
	if err != nil || !last {
		return err
	}
	plan := b.steadily(b.o.rates[0])
	plan.Listen = true
	return w.profile(ctx, fmt.Sprintf("lag-%d", b.o.rates[0]), plan)
}

// lags measures at each rate in turn, on a server that notes the times of commits.
func (w *world) lags(ctx context.Context, rates []int, rowOf func(rate int) *row) error {
	b := w.b
	for _, rate := range rates {
		plan := b.steadily(rate)
		plan.Listen = true
		if rate <= 100 {
			plan.Window *= 2 // enough orders for a p99
		}
		m, err := w.measure(ctx, plan)
		if err != nil {
			return fmt.Errorf("%d orders/s: %w", rate, err)
		}
		r := rowOf(rate)
		m.note(r)
		if err := w.noteStockLag(ctx, r, m.began); err != nil {
			return err
		}
		r.add("heard_p50_ms", m.HeardP50MS)
		r.add("heard_p99_ms", m.HeardP99MS)
		r.add("unheard", float64(m.Unheard))
		r.add("memory_mb", m.memory)
	}
	return nil
}

// noteStockLag adds the times from the commits of orders placed after began to those of their stock.
func (w *world) noteStockLag(ctx context.Context, r *row, began time.Time) error {
	return w.b.pg.with(ctx, w.database, func(conn *pgx.Conn) error {
		var orders, booked int
		var p50, p99, most float64
		err := conn.QueryRow(ctx, `
			WITH placed AS (
				SELECT order_id, pg_xact_commit_timestamp(xmin) AS at FROM ordering.orders WHERE placed_at >= $1
			), booked AS (
				SELECT order_id, max(pg_xact_commit_timestamp(xmin)) AS at FROM inventory.ledger_order GROUP BY order_id
			), lags AS (
				SELECT extract(epoch FROM booked.at - placed.at)::double precision * 1000 AS ms FROM placed LEFT JOIN booked USING (order_id)
			)
			SELECT count(*), count(ms), coalesce(percentile_cont(0.5) WITHIN GROUP (ORDER BY ms), 0),
				coalesce(percentile_cont(0.99) WITHIN GROUP (ORDER BY ms), 0), coalesce(max(ms), 0)
			FROM lags`, began.UTC()).Scan(&orders, &booked, &p50, &p99, &most)
		if err != nil {
			return fmt.Errorf("lag of stock: %w", err)
		}
		if booked < orders {
			return fmt.Errorf("of %d orders only %d are in the ledger", orders, booked)
		}
		r.add("stock_p50_ms", p50)
		r.add("stock_p99_ms", p99)
		r.add("stock_max_ms", most)
		return nil
	})
}
