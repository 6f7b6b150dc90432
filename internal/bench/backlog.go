package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"time"

	"github.com/jackc/pgx/v5"

	"maru/internal/kernel/ids"
	"maru/internal/ordering/orderingapi"
	"maru/internal/platform/event"
	"maru/internal/platform/outbox"
	"maru/internal/platform/postgres"
)

// waiting is what runBacklog reads.
type waiting struct {
	URL    string
	Events int
}

// runBacklog publishes events of accepted orders, through the outbox and while no program runs. They
// are like those of the orders in the database, each with an id of its own and spread over all stores.
func runBacklog(ctx context.Context, in io.Reader) error {
	var w waiting
	if err := json.NewDecoder(in).Decode(&w); err != nil {
		return err
	}
	dbs, err := postgres.Open(ctx, postgres.OneServer(w.URL))
	if err != nil {
		return err
	}
	defer dbs.Close()
	db := dbs.Context("ordering")
	samples, stores, err := samplesOf(ctx, db)
	if err != nil {
		return err
	}
	rng := rand.New(rand.NewPCG(26, uint64(w.Events))) //nolint:gosec // the same events in every run
	const together = 500
	for first := 0; first < w.Events; first += together {
		events := make([]event.Event, min(together, w.Events-first))
		for i := range events {
			e := samples[rng.IntN(len(samples))]
			e.OrderID, e.StoreID = ids.NewOrderID(), stores[rng.IntN(len(stores))]
			e.PickupNumber, e.PlacedAt = first+i+1, time.Now().UTC()
			events[i] = e
		}
		err := db.InTx(ctx, func(tx pgx.Tx) error { return outbox.Publish(ctx, tx, events...) })
		if err != nil {
			return err
		}
	}
	return nil
}

func samplesOf(ctx context.Context, db *postgres.DB) (samples []orderingapi.OrderAccepted, stores []ids.StoreID, err error) {
	rows, err := db.Query(ctx, "SELECT payload FROM ordering.outbox WHERE kind = $1 LIMIT 200", orderingapi.OrderAccepted{}.EventKind())
	if err != nil {
		return nil, nil, err
	}
	if samples, err = pgx.CollectRows(rows, pgx.RowTo[orderingapi.OrderAccepted]); err != nil {
		return nil, nil, err
	}
	if rows, err = db.Query(ctx, "SELECT store_id FROM ordering.store WHERE starts_with(code, 'bench-') ORDER BY code"); err != nil {
		return nil, nil, err
	}
	if stores, err = pgx.CollectRows(rows, pgx.RowTo[ids.StoreID]); err != nil {
		return nil, nil, err
	}
	if len(samples) == 0 || len(stores) == 0 {
		return nil, nil, errors.New("there are no orders to copy or no stores")
	}
	return samples, stores, nil
}

// backlog makes, once in a run, a database in which events wait, and returns its name.
func (b *bench) backlog(ctx context.Context, v variant, events int) (string, error) {
	name := fmt.Sprintf("%s_waiting_%d", v.template, events)
	if b.backlogs[name] {
		return name, nil
	}
	if err := b.pg.clone(ctx, v.template, name); err != nil {
		return "", err
	}
	if err := runSelf(ctx, v.self, "backlog", b.o.env, waiting{URL: b.pg.url(name), Events: events}); err != nil {
		return "", err
	}
	b.backlogs[name] = true
	return name, b.pg.exec(ctx, name, "VACUUM (ANALYZE)")
}

// drainOf measures how fast replicas apply what waits. Until all of them are up, another session holds
// the cursors; the clock runs from the first movement after that to the end.
func (b *bench) drainOf(ctx context.Context, v variant, replicas, events int, r *row) error {
	from, err := b.backlog(ctx, v, events)
	if err != nil {
		return err
	}
	if err := b.pg.clone(ctx, from, work); err != nil {
		return err
	}
	return b.pg.with(ctx, work, func(holder *pgx.Conn) error {
		hold, err := holder.Begin(ctx)
		if err != nil {
			return err
		}
		for _, schema := range []string{"inventory", "stats", "audit"} {
			if _, err := hold.Exec(ctx, "SELECT FROM "+schema+".outbox_cursor FOR UPDATE"); err != nil {
				return err
			}
		}
		programs, err := b.startPrograms(ctx, v.maru, work, replicas)
		if err != nil {
			return err
		}
		defer programs.stop()
		before, err := progressOf(ctx, holder)
		if err != nil {
			return err
		}
		w := &world{b: b, database: work, programs: programs}
		program, database, err := w.cpu()
		if err != nil {
			return err
		}
		if err := hold.Rollback(ctx); err != nil {
			return err
		}
		speeds, err := watchDrain(ctx, holder, before)
		if err != nil {
			return err
		}
		programAfter, databaseAfter, err := w.cpu()
		if err != nil {
			return err
		}
		r.add("events_s", min(speeds[0], speeds[1]))
		r.add("stock_s", speeds[0])
		r.add("sales_s", speeds[1])
		r.add("audit_s", speeds[2])
		r.add("cpu_event_ms", (programAfter-program+databaseAfter-database).Seconds()*1000/float64(before.behind()))
		return nil
	})
}

// watchDrain returns the events per second of each follower, from the first movement of any to its own end.
func watchDrain(ctx context.Context, conn *pgx.Conn, before progress) ([]float64, error) {
	ctx, cancel := context.WithTimeout(ctx, 3*time.Minute)
	defer cancel()
	speeds := make([]float64, len(followers))
	began, still := time.Time{}, before
	last := time.Now()
	for open := len(followers); open > 0; {
		p, err := progressOf(ctx, conn)
		if err != nil {
			return nil, fmt.Errorf("drain: %v of %d applied: %w", still.applied, before.published, err)
		}
		now := time.Now()
		if began.IsZero() && moved(before, p) {
			began = last // the movement came after the look before this one
		}
		last, still = now, p
		for i := range followers {
			if speeds[i] == 0 && p.applied[i] >= p.published {
				speeds[i] = float64(p.published-before.applied[i]) / now.Sub(began).Seconds()
				open--
			}
		}
		select {
		case <-ctx.Done():
		case <-time.After(5 * time.Millisecond):
		}
	}
	return speeds, nil
}

func moved(before, now progress) bool {
	for i, n := range now.applied {
		if n > before.applied[i] {
			return true
		}
	}
	return false
}

// drain measures how fast one replica and, once, several apply a backlog of orders.
func (b *bench) drain(ctx context.Context) error {
	return b.rounds(always, func(last bool) error {
		for n, replicas := range b.o.replicas {
			if n > 0 && !last {
				continue
			}
			r := b.report.row("drain", fmt.Sprintf("%d events, %s", b.o.backlog, replicaCount(replicas)))
			if err := b.drainOf(ctx, b.plain(), replicas, b.o.backlog, r); err != nil {
				return err
			}
		}
		return nil
	})
}

func replicaCount(n int) string {
	if n == 1 {
		return "1 replica"
	}
	return fmt.Sprintf("%d replicas", n)
}
