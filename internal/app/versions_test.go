package app_test

import (
	"context"
	"fmt"
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"

	"maru/internal/app/apptest"
	"maru/internal/demo"
	"maru/internal/kernel/ids"
	"maru/internal/platform/outbox/outboxtest"
	"maru/internal/platform/postgres"
)

// migrateAhead makes of every context what a later program may have made of it: columns that this one
// does not know in every table, with a default or empty, another table, and a version of its own.
func migrateAhead(t *testing.T, conn *pgx.Conn) {
	t.Helper()
	for _, context := range postgres.Contexts {
		rows, err := conn.Query(t.Context(), `
			SELECT c.oid::regclass::text FROM pg_class c
			WHERE c.relnamespace = to_regnamespace($1) AND c.relkind IN ('r', 'p') AND NOT c.relispartition AND c.relname <> 'goose_version'`, context)
		if err != nil {
			t.Fatal(err)
		}
		tables, err := pgx.CollectRows(rows, pgx.RowTo[string])
		if err != nil || len(tables) < 5 {
			t.Fatalf("%s has the tables %v, %v", context, tables, err)
		}
		for _, table := range tables {
			execAll(t, conn, fmt.Sprintf("ALTER TABLE %s ADD COLUMN of_a_later_program text, ADD COLUMN counted_later integer NOT NULL DEFAULT 7", table))
		}
		execAll(t, conn, fmt.Sprintf("CREATE TABLE %s.of_a_later_program (id integer PRIMARY KEY)", context),
			fmt.Sprintf("INSERT INTO %s.goose_version (version_id, is_applied) VALUES (99999, true)", context))
	}
}

func execAll(t *testing.T, conn *pgx.Conn, statements ...string) {
	t.Helper()
	for _, sql := range statements {
		if _, err := conn.Exec(t.Context(), sql); err != nil {
			t.Fatalf("%s: %v", sql, err)
		}
	}
}

// A later program has migrated the database and publishes events of its own. This one, which is older,
// works on, also when it is started anew: orders come in, stock and figures follow, nothing is parked, and
// the lanes in which the later program's events stand wait for it.
func TestAnOlderProgramWorksOnADatabaseOfANewerOne(t *testing.T) {
	t.Parallel()
	url := apptest.Franchise(t)
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close(context.Background()) })
	p := apptest.Start(t, url)
	s := shop{p, t, ownStore, p.Token(t, "hq", demo.Password)}
	m, before := s.menu(), s.stock()
	sell := func() {
		t.Helper()
		o := order(m, "takeaway", line{"cafe-latte", "r", map[string]string{"milk": "oat"}, 1})
		s.want(http.StatusCreated, http.MethodPost, "/orders", o, nil)
		s.want(http.StatusOK, http.MethodPost, "/orders/"+o.ID+"/status", map[string]string{"to": "preparing"}, nil)
		s.drain()
	}
	sell() // statements are prepared on what the tables were
	migrateAhead(t, conn)
	sell()
	p.Stop()

	if err := postgres.Migrate(t.Context(), postgres.OneServer(url)); err != nil {
		t.Fatalf("it does not start on the newer database: %v", err)
	}
	p = apptest.Start(t, url)
	s = shop{p, t, ownStore, p.Token(t, "hq", demo.Password)}
	sell()
	wantUsed(t, times(3, oatLatte), used(before, s.stock()))
	if got := s.sales(); got.Total.Orders != 3 {
		t.Errorf("%d orders in the figures", got.Total.Orders)
	}

	lane := ids.Lane(17)
	var taken bool
	if err := conn.QueryRow(t.Context(), "SELECT EXISTS (SELECT 1 FROM ordering.store WHERE lane = $1)", lane).Scan(&taken); err != nil || taken {
		t.Fatalf("the lane %d is a store's: %v", lane, err)
	}
	outboxtest.Publish(t, p.Databases, "ordering", later{lane, "ordering.order_accepted", 99}, later{lane, "ordering.of_a_later_program", 1})
	s.want(http.StatusCreated, http.MethodPost, "/orders", order(m, "takeaway", line{"americano", "r", nil, 1}), nil)
	if err := p.Dispatcher.Drain(t.Context()); err == nil {
		t.Error("the event of the later program was passed over")
	}
	all, err := p.Dispatcher.Status(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var waiting []string
	for _, sub := range all {
		if sub.ParkedEvents > 0 || len(sub.Refused) > 0 || sub.Missing > 0 {
			t.Errorf("%s: %+v", sub.Name, sub)
		}
		if sub.Newer > 0 {
			waiting = append(waiting, sub.Name)
		}
	}
	if diff := cmp.Diff([]string{"audit.ordering", "inventory.stock", "stats.sales"}, waiting); diff != "" {
		t.Errorf("those who wait for the later program: %s", diff)
	}
	if got := s.sales(); got.Total.Orders != 4 {
		t.Errorf("%d orders in the figures", got.Total.Orders)
	}
}

// later is an event of a later program.
type later struct {
	lane    ids.Lane
	kind    string
	version int
}

func (e later) EventKind() string   { return e.kind }
func (e later) EventVersion() int   { return e.version }
func (e later) EventLane() ids.Lane { return e.lane }
func (e later) EventKey() string    { return e.kind }
