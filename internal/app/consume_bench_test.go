package app_test

import (
	"context"
	"log/slog"
	"math"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"maru/internal/app"
	"maru/internal/catalog/catalogapi"
	"maru/internal/demo"
	"maru/internal/inventory"
	"maru/internal/kernel/businessday"
	"maru/internal/kernel/dining"
	"maru/internal/kernel/ids"
	"maru/internal/kernel/money"
	"maru/internal/ordering/orderingapi"
	"maru/internal/platform/auth"
	"maru/internal/platform/devpg"
	"maru/internal/platform/event"
	"maru/internal/platform/outbox"
	"maru/internal/platform/postgres"
)

// BenchmarkDrainOrders lets the program catch up with MARU_BENCH_EVENTS orders (20,000 without it) of two
// lines in 500 stores that track every material: stock, availability and figures, on a server that keeps
// what it committed. CPU is that of the program and of the server together.
func BenchmarkDrainOrders(b *testing.B) {
	w := newConsumption(b, 500)
	n := 20_000
	if s := os.Getenv("MARU_BENCH_EVENTS"); s != "" {
		var err error
		if n, err = strconv.Atoi(s); err != nil {
			b.Fatal(err)
		}
	}
	for b.Loop() {
		b.StopTimer()
		for batch := range slices.Chunk(w.orders(n), 500) {
			w.publish(batch)
		}
		w.forgetStatements()
		program, server := w.cpu()
		b.StartTimer()
		if err := w.Dispatcher.Drain(b.Context()); err != nil {
			b.Fatal(err)
		}
		b.StopTimer()
		program2, server2 := w.cpu()
		b.ReportMetric(float64((program2-program).Microseconds())/float64(n), "program-µs/order")
		b.ReportMetric(float64((server2-server).Microseconds())/float64(n), "server-µs/order")
		w.showStatements(n)
		b.StartTimer()
	}
	b.ReportMetric(float64(b.N*n)/b.Elapsed().Seconds(), "orders/s")
}

// BenchmarkOrdersApplied publishes 100 orders a second, each in a transaction of its own, whatever the
// program does meanwhile, and reports the time until stock and figures have them, with the CPU that
// following an order costs.
func BenchmarkOrdersApplied(b *testing.B) {
	w := newConsumption(b, 500)
	ctx, stop := context.WithCancel(b.Context())
	ended := make(chan struct{})
	go func() { defer close(ended); _ = w.Dispatcher.Run(ctx) }()
	if err := w.Dispatcher.Ready(ctx); err != nil {
		b.Fatal(err)
	}
	orders := w.orders(b.N)
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	if err := w.Dispatcher.Drain(ctx); err != nil { // the start has settled
		b.Fatal(err)
	}
	w.forgetStatements()
	program, server := w.cpu()
	b.ResetTimer()
	for _, o := range orders {
		<-tick.C
		w.publish([]event.Event{o})
	}
	if err := w.Dispatcher.Drain(b.Context()); err != nil {
		b.Fatal(err)
	}
	b.StopTimer()
	program2, server2 := w.cpu()
	b.ReportMetric(float64((program2-program).Microseconds())/float64(b.N), "program-µs/order")
	b.ReportMetric(float64((server2-server).Microseconds())/float64(b.N), "server-µs/order")
	w.showStatements(b.N)
	for _, of := range []string{"inventory.stock", "stats.sales"} {
		b.ReportMetric(w.lag(of, .5), of+"-p50-ms")
		b.ReportMetric(w.lag(of, .99), of+"-p99-ms")
	}
	stop()
	<-ended
}

// consumption is the program on a durable server of its own, with the demo's menu and any number of
// stores that have plenty of everything.
type consumption struct {
	*app.App
	b         *testing.B
	serverPID int
	stores    []ids.StoreID
	menu      catalogapi.Menu
	admin     *pgx.Conn
	rng       *rand.Rand
}

func newConsumption(b *testing.B, stores int) *consumption {
	b.Helper()
	dir := b.TempDir()
	must(b, os.Chmod(dir, 0o711)) // the server's own user must get through to its data
	must(b, os.Chmod(filepath.Dir(dir), 0o711))
	server, err := devpg.Start(b.Context(), devpg.Options{Dir: dir, Durable: true, Log: slog.New(slog.DiscardHandler), Settings: statementSettings()})
	must(b, err)
	b.Cleanup(func() { _ = server.Stop(context.WithoutCancel(b.Context())) })
	must(b, server.CreateDatabase(b.Context(), "maru"))
	dbs := postgres.OneServer(server.URL("maru"))
	must(b, postgres.Migrate(b.Context(), dbs))
	a, err := app.Open(b.Context(), app.Options{
		Databases: dbs, Secrets: [][]byte{[]byte("a secret of at least 32 characters")}, HashesAtOnce: 1, Log: slog.New(slog.DiscardHandler),
		Web: app.WebOptions{Insecure: true, Secure: func(*http.Request) bool { return false }, Zone: time.UTC},
	})
	must(b, err)
	b.Cleanup(a.Close)
	w := &consumption{App: a, b: b, rng: rand.New(rand.NewPCG(1, 2))}
	pid, err := os.ReadFile(filepath.Join(dir, "data", "postmaster.pid"))
	must(b, err)
	first, _, _ := strings.Cut(string(pid), "\n")
	w.serverPID, err = strconv.Atoi(first)
	must(b, err)
	w.admin, err = pgx.Connect(b.Context(), server.URL("maru"))
	must(b, err)
	b.Cleanup(func() { _ = w.admin.Close(context.WithoutCancel(b.Context())) })
	for _, db := range a.Databases.All() {
		_, err := postgres.EnsurePartitions(b.Context(), db, nil, time.Now(), time.Now().AddDate(0, 0, 1))
		must(b, err)
	}
	_, err = demo.Found(b.Context(), demo.Contexts{Members: a.Members, Catalog: a.Catalog, Inventory: a.Inventory, Drain: a.Dispatcher.Drain})
	must(b, err)
	w.openStores(stores)
	return w
}

// openStores gives every store so much of every material that nothing runs out.
func (w *consumption) openStores(n int) {
	w.b.Helper()
	ctx := w.b.Context()
	var err error
	w.menu, err = w.Catalog.Published(ctx)
	must(w.b, err)
	materials, err := w.Inventory.Materials(ctx)
	must(w.b, err)
	var lines []inventory.StockLine
	for _, m := range materials {
		lines = append(lines, inventory.StockLine{Material: m.ID, Quantity: 1_000_000_000_000, Unit: string(m.Scale.Base)})
	}
	for range n {
		store := ids.NewStoreID()
		_, err := w.Inventory.OpeningStock(ctx, auth.System("bench"), inventory.OpeningStock{Store: store, Lines: lines})
		must(w.b, err)
		w.stores = append(w.stores, store)
	}
	must(w.b, w.Dispatcher.Drain(ctx))
}

// orders makes up n orders of two lines over all stores.
func (w *consumption) orders(n int) []event.Event {
	events := make([]event.Event, n)
	now := time.Now().UTC()
	for i := range events {
		o := orderingapi.OrderAccepted{
			OrderID: ids.NewOrderID(), StoreID: w.stores[w.rng.IntN(len(w.stores))], BusinessDate: businessday.DateOf(now), Hour: now.Hour(),
			PlacedAt: now, Channel: orderingapi.Register, Dining: dining.All[w.rng.IntN(len(dining.All))], PickupNumber: i%900 + 1,
			MenuVersion: w.menu.Version, By: ids.NewMemberID(),
		}
		for no := range 2 {
			o.Lines = append(o.Lines, w.line(no+1))
			o.Total += o.Lines[no].Total
		}
		o.Tax = o.Total / 11
		events[i] = o
	}
	return events
}

func (w *consumption) line(no int) orderingapi.Line {
	item := w.menu.Items[w.rng.IntN(len(w.menu.Items))]
	size := item.Sizes[w.rng.IntN(len(item.Sizes))]
	l := orderingapi.Line{
		No: no, ItemID: item.ID, SizeID: size.ID, CategoryID: item.Category, ItemName: item.Name, SizeName: size.Name,
		Quantity: 1 + w.rng.IntN(2), UnitPrice: size.Price,
	}
	price := size.Price
	for _, g := range w.menu.Groups {
		if !slices.Contains(item.Groups, g.ID) || g.Min == 0 && w.rng.IntN(4) > 0 {
			continue
		}
		o := g.Options[w.rng.IntN(len(g.Options))]
		l.Options = append(l.Options, orderingapi.LineOption{OptionID: o.ID, Name: o.Name, Price: o.Price, Quantity: 1})
		price += o.Price
	}
	l.Total = price * money.Amount(l.Quantity)
	return l
}

func (w *consumption) publish(events []event.Event) {
	w.b.Helper()
	must(w.b, w.Databases.Context("ordering").InTx(w.b.Context(), func(tx pgx.Tx) error {
		return outbox.Publish(w.b.Context(), tx, events...)
	}))
}

// statementSettings loads pg_stat_statements when MARU_BENCH_STATEMENTS asks for its table.
func statementSettings() map[string]string {
	if os.Getenv("MARU_BENCH_STATEMENTS") == "" {
		return nil
	}
	return map[string]string{"shared_preload_libraries": "pg_stat_statements", "pg_stat_statements.track_planning": "on"}
}

func (w *consumption) forgetStatements() {
	if os.Getenv("MARU_BENCH_STATEMENTS") == "" {
		return
	}
	w.b.Helper()
	for _, sql := range []string{"CREATE EXTENSION IF NOT EXISTS pg_stat_statements", "SELECT pg_stat_statements_reset()"} {
		_, err := w.admin.Exec(w.b.Context(), sql)
		must(w.b, err)
	}
}

// showStatements logs what the statements of n orders took.
func (w *consumption) showStatements(n int) {
	if os.Getenv("MARU_BENCH_STATEMENTS") == "" || n == 1 {
		return
	}
	w.b.Helper()
	rows, err := w.admin.Query(w.b.Context(), `
SELECT calls, rows, total_exec_time * 1000 / $1, total_plan_time * 1000 / $1, wal_bytes::float8 / $1,
	(shared_blks_hit + shared_blks_read)::float8 / $1, left(regexp_replace(query, '\s+', ' ', 'g'), 90)
FROM pg_stat_statements
WHERE total_exec_time + total_plan_time > 0.3 * $1 / 1000
ORDER BY total_exec_time DESC LIMIT 25`, float64(n))
	must(w.b, err)
	var calls, count int64
	var exec, plan, wal, blocks float64
	var query string
	_, err = pgx.ForEachRow(rows, []any{&calls, &count, &exec, &plan, &wal, &blocks, &query}, func() error {
		w.b.Logf("%7d calls %8d rows %6.1f µs %5.1f plan %6.0f B WAL %5.1f blocks  %s", calls, count, exec, plan, wal, blocks, query)
		return nil
	})
	must(w.b, err)
}

// cpu is the time on processors that this process and the database server have used.
func (w *consumption) cpu() (program, server time.Duration) {
	w.b.Helper()
	var own syscall.Rusage
	must(w.b, syscall.Getrusage(syscall.RUSAGE_SELF, &own))
	program = time.Duration(own.Utime.Nano() + own.Stime.Nano())
	processes, err := filepath.Glob("/proc/[0-9]*/stat")
	must(w.b, err)
	for _, p := range processes {
		stat, err := os.ReadFile(p)
		if err != nil {
			continue // it has ended
		}
		f := strings.Fields(string(stat[strings.LastIndexByte(string(stat), ')')+2:]))
		parent, pid := f[1], filepath.Base(filepath.Dir(p))
		ticks := func(i int) time.Duration {
			n, err := strconv.ParseInt(f[i], 10, 64)
			must(w.b, err)
			return time.Duration(n) * 10 * time.Millisecond
		}
		switch strconv.Itoa(w.serverPID) {
		case parent:
			server += ticks(11) + ticks(12)
		case pid:
			server += ticks(11) + ticks(12) + ticks(13) + ticks(14)
		}
	}
	return program, server
}

// lag is a quantile of a subscription's lag in milliseconds, read off the dispatcher's histogram.
func (w *consumption) lag(subscription string, q float64) float64 {
	w.b.Helper()
	families, err := w.Metrics.Gather()
	must(w.b, err)
	for _, f := range families {
		if f.GetName() != "maru_outbox_lag_seconds" {
			continue
		}
		for _, m := range f.GetMetric() {
			if m.GetLabel()[0].GetValue() != subscription {
				continue
			}
			want, before, from := q*float64(m.GetHistogram().GetSampleCount()), 0.0, 0.0
			for _, bucket := range m.GetHistogram().GetBucket() {
				n, to := float64(bucket.GetCumulativeCount()), bucket.GetUpperBound()
				if n >= want {
					return 1000 * (from + (to-from)*(want-before)/max(n-before, 1))
				}
				before, from = n, to
			}
		}
	}
	return math.Inf(1)
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
