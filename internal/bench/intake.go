package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/jackc/pgx/v5"

	"maru/internal/kernel/ids"
)

// intake measures, at every number of clients in turn, the database's own limit and HTTP orders over
// all stores and over one.
func (b *bench) intake(ctx context.Context) error {
	script, err := b.writeLimitScript(ctx)
	if err != nil {
		return err
	}
	return b.rounds(always, func(last bool) error {
		limits, err := b.limits(ctx, script)
		if err != nil {
			return err
		}
		return b.intakeRound(ctx, limits, last)
	})
}

func (b *bench) intakeRound(ctx context.Context, limits map[int]float64, last bool) error {
	w, err := b.open(ctx, 1)
	if err != nil {
		return err
	}
	defer w.close()
	for _, stores := range []int{b.o.stores, 1} {
		name := fmt.Sprintf("%d stores", stores)
		if stores == 1 {
			name = "one store"
		}
		for _, clients := range b.o.clients {
			plan := b.everywhere(clients)
			plan.Stores = storeCodes(stores)
			m, err := w.measure(ctx, plan)
			if err != nil {
				return fmt.Errorf("%s, %d clients: %w", name, clients, err)
			}
			r := b.report.row("intake", fmt.Sprintf("%s, %d clients", name, clients))
			m.note(r)
			if limit := limits[clients]; limit > 0 {
				r.add("ratio", float64(m.Accepted)/m.Seconds/limit)
			}
		}
	}
	if !last {
		return nil
	}
	return w.profile(ctx, "intake", b.everywhere(b.o.clients[len(b.o.clients)-1]))
}

// limits measures what the database can do with the same rows, by number of clients.
func (b *bench) limits(ctx context.Context, script string) (map[int]float64, error) {
	if err := b.pg.clone(ctx, template, work); err != nil {
		return nil, err
	}
	if _, _, err := b.pgbench(ctx, script, work, 8, b.o.warm); err != nil {
		return nil, err
	}
	limits := map[int]float64{}
	for _, clients := range b.o.clients {
		if clients > 64 {
			continue // each is a connection, and so many only hinder each other
		}
		before, err := b.databaseCPU()
		if err != nil {
			return nil, err
		}
		perSecond, average, err := b.pgbench(ctx, script, work, clients, b.o.window)
		if err != nil {
			return nil, err
		}
		after, err := b.databaseCPU()
		if err != nil {
			return nil, err
		}
		limits[clients] = perSecond
		r := b.report.row("intake", fmt.Sprintf("database alone, %d clients", clients))
		r.add("orders_s", perSecond)
		r.add("average_ms", average)
		r.add("cpu_database_ms", (after-before).Seconds()*1000/(perSecond*max(1, b.o.window.Seconds())))
	}
	return limits, nil
}

func (b *bench) writeLimitScript(ctx context.Context) (string, error) {
	var text string
	err := b.pg.with(ctx, template, func(conn *pgx.Conn) (err error) {
		text, err = limitScript(ctx, conn, b.o.stores, ids.Lanes)
		return err
	})
	if err != nil {
		return "", err
	}
	path := filepath.Join(b.pg.dir, "order.pgbench")
	return path, os.WriteFile(path, []byte(text), 0o600)
}
