//go:build faults

package faults

import (
	"bytes"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"maru/internal/platform/postgres"
)

// query reads rows of one context past everything of the program.
func query[T any](w *world, context, sql string, args ...any) []T {
	w.t.Helper()
	rows, err := tryQuery[T](w, context, sql, args...)
	must(w.t, err)
	return rows
}

func tryQuery[T any](w *world, context, sql string, args ...any) ([]T, error) {
	return tryCollect(w, context, sql, pgx.RowToStructByPos[T], args...)
}

func tryCollect[T any](w *world, context, sql string, scan pgx.RowToFunc[T], args ...any) ([]T, error) {
	conn, err := w.servers[context].connect(database)
	if err != nil {
		return nil, err
	}
	defer closeConn(conn)
	rows, err := conn.Query(w.t.Context(), sql, args...)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, scan)
}

// findings collects what is wrong.
type findings struct {
	w     *world
	wrong []string
}

func (f *findings) add(format string, args ...any) {
	f.wrong = append(f.wrong, fmt.Sprintf(format, args...))
}

// read is query for a check: a database that does not answer yet is a finding.
func read[T any](f *findings, context, sql string, args ...any) []T {
	return readSome(f, context, sql, pgx.RowToStructByPos[T], args...)
}

func readSome[T any](f *findings, context, sql string, scan pgx.RowToFunc[T], args ...any) []T {
	rows, err := tryCollect(f.w, context, sql, scan, args...)
	if err != nil {
		f.add("%s: %v", context, err)
	}
	return rows
}

// equal compares what must be, by key, with what is.
func equal[V comparable](f *findings, what string, want, got map[string]V) {
	for _, k := range slices.Sorted(maps.Keys(want)) {
		if have, ok := got[k]; !ok {
			f.add("%s: %s is missing (%v)", what, k, want[k])
		} else if have != want[k] {
			f.add("%s: %s is %v and must be %v", what, k, have, want[k])
		}
	}
	for _, k := range slices.Sorted(maps.Keys(got)) {
		if _, ok := want[k]; !ok {
			f.add("%s: %s is there (%v) and must not be", what, k, got[k])
		}
	}
}

// check compares all tables with what customers and suppliers were told, and returns what is wrong.
// Nothing in it uses the program: recipes, sums and positions are worked out here.
func (w *world) check() []string {
	f := &findings{w: w}
	c := w.crowd
	c.mu.Lock()
	defer c.mu.Unlock()
	f.wrong = append(f.wrong, c.wrong...)
	f.orders(c)
	f.pickupNumbers()
	f.limits(c)
	f.events(c)
	f.stock(c)
	f.sales(c)
	f.positions()
	return f.wrong
}

type orderRow struct {
	ID, Store, Status, Date string
	Total, Discount         int64
	Pickup                  int
	Lines, Changes          int
	Quantity, LineTotal     int64
	LineDiscount            int64
	Payments, Cancelled     int
	Paid, Received          int64
}

// orders: every acknowledged order is there once, with its lines and payments, and no other is.
func (f *findings) orders(c *crowd) {
	rows := read[orderRow](f, "ordering", `
		SELECT o.order_id::text, o.store_id::text, o.status, o.business_date::text, o.total, o.discount, o.pickup_number,
		       l.n::int, coalesce(ch.n, 0)::int, l.quantity::bigint, l.total::bigint, l.discount::bigint,
		       coalesce(p.n, 0)::int, coalesce(p.cancelled, 0)::int, coalesce(p.paid, 0)::bigint, coalesce(p.received, 0)::bigint
		FROM ordering.orders o
		LEFT JOIN (SELECT lane, order_id, count(*) AS n, sum(quantity) AS quantity, sum(total) AS total, sum(discount) AS discount FROM ordering.order_line GROUP BY 1, 2) l USING (lane, order_id)
		LEFT JOIN (SELECT lane, order_id, count(*) AS n FROM ordering.order_change GROUP BY 1, 2) ch USING (lane, order_id)
		LEFT JOIN (SELECT lane, order_id, count(*) AS n, count(*) FILTER (WHERE state = 'cancelled') AS cancelled, sum(amount) AS paid, sum(received) AS received
		           FROM ordering.payment GROUP BY 1, 2) p USING (lane, order_id)`)
	got := map[string]orderRow{}
	for _, r := range rows {
		if _, twice := got[r.ID]; twice {
			f.add("order %s is stored twice", r.ID)
		}
		c.adopt(r)
		r.Received = 0 // cash differs
		got[r.ID] = r
	}
	want := map[string]orderRow{}
	for id, o := range c.orders {
		r := orderRow{
			ID: id, Store: f.w.storeID[o.store], Status: o.status, Date: o.date, Total: o.total, Discount: o.discount, Pickup: o.pickup,
			Lines: len(o.lines), Changes: o.changes, LineTotal: o.total, LineDiscount: o.discount, Payments: o.payments, Paid: o.total,
		}
		for _, l := range o.lines {
			r.Quantity += l.quantity
		}
		if o.status == "cancelled" {
			r.Cancelled = o.payments
		}
		want[id] = r
	}
	equal(f, "order", want, got)
}

// adopt takes over an order that was refused at one replica while another request for it was on its
// way, and of which the customer therefore could not know.
func (c *crowd) adopt(r orderRow) {
	o := c.unsure[r.ID]
	if o == nil {
		return
	}
	o.pickup, o.date = r.Pickup, r.Date
	c.orders[o.id] = o
	delete(c.unsure, o.id)
}

// pickupNumbers are 1, 2, 3 … per store and day.
func (f *findings) pickupNumbers() {
	type day struct {
		Store, Date     string
		N, Last, Counts int64
	}
	for _, d := range read[day](f, "ordering", `
		SELECT o.store_id::text, o.business_date::text, count(DISTINCT o.pickup_number), max(o.pickup_number)::bigint, max(c.last)::bigint
		FROM ordering.orders o LEFT JOIN ordering.pickup_counter c USING (lane, store_id, business_date)
		GROUP BY 1, 2 HAVING count(DISTINCT o.pickup_number) <> count(*) OR max(o.pickup_number) <> count(*) OR max(c.last) <> count(*)`) {
		f.add("pickup numbers of %s on %s: %d different up to %d, counter %d", d.Store, d.Date, d.N, d.Last, d.Counts)
	}
}

// events: one for every order and every step of it.
func (f *findings) events(c *crowd) {
	type row struct {
		Kind, Key string
		N         int
	}
	got := map[string]int{}
	for _, r := range read[row](f, "ordering", `
		SELECT kind, key, count(*)::int FROM ordering.outbox
		WHERE kind IN ('ordering.order_accepted', 'ordering.order_status_changed', 'ordering.order_cancelled') AND key NOT LIKE 'poison%' GROUP BY 1, 2`) {
		got[r.Kind+" "+r.Key] = r.N
	}
	want := map[string]int{}
	for id, o := range c.orders {
		want["ordering.order_accepted "+id] = 1
		moves := o.changes
		if o.status == "cancelled" {
			moves--
			want["ordering.order_cancelled "+id] = 1
		}
		if moves > 0 {
			want["ordering.order_status_changed "+id] = moves
		}
	}
	equal(f, "event", want, got)
}

// uses is what the order takes, worked out from the drinks.
func (o *order) uses() uses {
	all := uses{}
	for _, l := range o.lines {
		d := drinks[l.drink]
		for m, n := range d.uses {
			all[m] += n * l.quantity
		}
		if o.dining == "takeaway" {
			for m, n := range d.away {
				all[m] += n * l.quantity
			}
		}
	}
	return all
}

// stock: every order's entries once, every document once; opening + received - used + given back, as counted and
// without what was thrown away, is what is there, and so is the sum of the ledger.
func (f *findings) stock(c *crowd) {
	want, balance := map[string]string{}, map[string]int64{}
	for code, opening := range f.w.start {
		for m, n := range opening {
			balance[f.w.storeID[code]+" "+m] += n
		}
	}
	for id, o := range c.orders {
		var entries []string
		for m, n := range o.uses() {
			entries = append(entries, fmt.Sprintf("%s sale %d", m, -n))
			if o.status == "cancelled" {
				entries = append(entries, fmt.Sprintf("%s reversal %d", m, n))
			}
			if o.disposition == "gone" {
				entries = append(entries, fmt.Sprintf("%s waste %d", m, -n))
			}
			if o.disposition != "restock" {
				balance[f.w.storeID[o.store]+" "+m] -= n
			}
		}
		slices.Sort(entries)
		want[id] = strings.Join(entries, ", ")
	}
	for id, d := range c.documents {
		var entries []string
		for m, n := range d.moved {
			entries = append(entries, fmt.Sprintf("%s %s %d", m, d.reason, n))
			balance[f.w.storeID[d.store]+" "+m] += n
		}
		slices.Sort(entries)
		want[id] = strings.Join(entries, ", ")
	}
	type row struct{ ID, Entries string }
	got := map[string]string{}
	for _, r := range read[row](f, "inventory", `
		SELECT coalesce(l.order_id, l.document_id)::text, string_agg(m.code || ' ' || l.reason || ' ' || l.milli, ', ' ORDER BY (m.code || ' ' || l.reason || ' ' || l.milli) COLLATE "C")
		FROM inventory.ledger l LEFT JOIN inventory.material m USING (material_id) WHERE l.reason <> 'opening' GROUP BY 1`) {
		got[r.ID] = r.Entries
	}
	equal(f, "ledger of", want, got)
	f.balances(balance)
	documents := map[string]bool{}
	for id := range c.documents {
		documents[id] = true
	}
	booked := map[string]bool{}
	type bookedRow struct{ ID string }
	for _, d := range read[bookedRow](f, "inventory", "SELECT document_id::text FROM inventory.document WHERE reason <> 'opening'") {
		booked[d.ID] = true
	}
	equal(f, "document", documents, booked)
}

func (f *findings) balances(want map[string]int64) {
	type row struct {
		Store, Material string
		OnHand, Ledger  int64
	}
	got := map[string]int64{}
	for _, r := range read[row](f, "inventory", `
		SELECT coalesce(s.store_id, l.store_id)::text, m.code, coalesce(s.on_hand, 0), coalesce(l.milli, 0)
		FROM inventory.stock s
		FULL JOIN (SELECT store_id, material_id, sum(milli)::bigint AS milli FROM inventory.ledger GROUP BY 1, 2) l USING (store_id, material_id)
		JOIN inventory.material m ON m.material_id = coalesce(s.material_id, l.material_id)`) {
		if r.OnHand != r.Ledger {
			f.add("balance of %s at %s is %d, its ledger says %d", r.Material, r.Store, r.OnHand, r.Ledger)
		}
		if r.OnHand != 0 || want[r.Store+" "+r.Material] != 0 {
			got[r.Store+" "+r.Material] = r.OnHand
		}
	}
	maps.DeleteFunc(want, func(k string, n int64) bool { _, there := got[k]; return n == 0 && !there })
	equal(f, "on hand", want, got)
	type sold struct{ Store, Thing string }
	stores := map[string]bool{}
	for _, context := range []string{"inventory", "ordering"} {
		for _, s := range read[sold](f, context, "SELECT store_id::text, item_id::text || size_id::text || option_id::text FROM "+context+".unavailable") {
			stores[s.Store+s.Thing] = !stores[s.Store+s.Thing]
		}
	}
	for k, differs := range stores {
		if differs {
			f.add("inventory and ordering do not agree on whether this can be had: %s", k)
		}
	}
}

type figures struct{ Orders, Units, Net, Cancelled, CancelledUnits, CancelledNet int64 }

// sales: the figures are those of the orders.
func (f *findings) sales(c *crowd) {
	want := map[string]figures{}
	items := map[string]int64{}
	for _, o := range c.orders {
		s := want[f.w.storeID[o.store]]
		units := int64(0)
		for _, l := range o.lines {
			units += l.quantity
			items[f.w.storeID[o.store]+" "+drinks[l.drink].item] += l.quantity
		}
		s.Orders++
		s.Units += units
		s.Net += o.total
		if o.status == "cancelled" {
			s.Cancelled++
			s.CancelledUnits += units
			s.CancelledNet += o.total
		}
		want[f.w.storeID[o.store]] = s
	}
	type row struct {
		Store                                                       string
		Orders, Units, Net, Cancelled, CancelledUnits, CancelledNet int64
	}
	got := map[string]figures{}
	for _, r := range read[row](f, "stats", `
		SELECT store_id::text, sum(orders)::bigint, sum(units)::bigint, sum(revenue)::bigint, sum(cancelled_orders)::bigint,
		       sum(cancelled_units)::bigint, sum(cancelled_revenue)::bigint FROM stats.sales_hour GROUP BY 1`) {
		got[r.Store] = figures{r.Orders, r.Units, r.Net, r.Cancelled, r.CancelledUnits, r.CancelledNet}
	}
	equal(f, "sales of", want, got)
	type item struct {
		Store, Item string
		Units       int64
	}
	sold := map[string]int64{}
	for _, r := range read[item](f, "stats", "SELECT s.store_id::text, i.code, sum(s.units)::bigint FROM stats.sales_item s JOIN stats.item i USING (item_id) GROUP BY 1, 2") {
		sold[r.Store+" "+r.Item] = r.Units
	}
	equal(f, "units sold of", items, sold)
}

// positions have no gaps, no cursor is ahead of what can be read, and nothing is parked that was not
// poison.
func (f *findings) positions() {
	for _, c := range postgres.Contexts {
		type lane struct{ Lane, Head, N, Different, First, Last int64 }
		for _, l := range read[lane](f, c, fmt.Sprintf(`
			SELECT h.lane::bigint, h.pos, count(o.pos), count(DISTINCT o.pos), coalesce(min(o.pos), 1), coalesce(max(o.pos), 0)
			FROM %[1]s.outbox_head h LEFT JOIN %[1]s.outbox o ON o.lane = h.lane GROUP BY h.lane, h.pos
			HAVING count(o.pos) <> h.pos OR count(DISTINCT o.pos) <> h.pos OR coalesce(max(o.pos), 0) <> h.pos OR coalesce(min(o.pos), 1) <> 1`, c)) {
			f.add("positions of %s: %+v", c, l)
		}
		type parked struct{ Subscription, Kind, Key, Error string }
		for _, p := range read[parked](f, c, "SELECT subscription, kind, key, left(error, 200) FROM "+c+".outbox_parked WHERE skipped_at IS NULL AND key NOT LIKE 'poison%'") {
			f.add("parked and no poison: %+v", p)
		}
	}
}

// settled checks what is true only some seconds after the last event: every cursor is at its head, also
// where the last events were of kinds that the subscription does not want, and none is refused.
func (w *world) settled() []string {
	f := &findings{w: w}
	for _, c := range w.cursors(f) {
		switch {
		case c.Refused:
			f.add("lane %d of %s is refused: its cursor is at %d, the head at %d", c.Lane, c.Subscription, c.Pos, c.head)
		case c.Pos != c.head:
			f.add("lane %d of %s is at %d, the head at %d", c.Lane, c.Subscription, c.Pos, c.head)
		}
	}
	f.sameMenus()
	return f.wrong
}

// cursor is how far a subscription is in a lane, and how far it can be.
type cursor struct {
	Subscription string
	Source       string // the context that publishes
	Lane, Pos    int64
	Refused      bool
	head         int64
}

// cursors reads all there are, and after them the heads.
func (w *world) cursors(f *findings) []cursor {
	var all []cursor
	for _, c := range postgres.Contexts {
		all = append(all, readSome(f, c, `
			SELECT subscription, source, lane::bigint, pos, refused_pos IS NOT DISTINCT FROM pos FROM `+c+".outbox_cursor", func(row pgx.CollectableRow) (cursor, error) {
			var c cursor
			err := row.Scan(&c.Subscription, &c.Source, &c.Lane, &c.Pos, &c.Refused)
			return c, err
		})...)
	}
	heads := map[string]map[int64]int64{}
	for _, c := range postgres.Contexts {
		heads[c] = w.heads(f, c)
	}
	for i := range all {
		all[i].head = heads[all[i].Source][all[i].Lane]
	}
	return all
}

// heads are the positions up to which a context has published.
func (w *world) heads(f *findings, context string) map[int64]int64 {
	type row struct{ Lane, Pos int64 }
	heads := map[int64]int64{}
	for _, r := range read[row](f, context, "SELECT lane::bigint, pos FROM "+context+".outbox_head") {
		heads[r.Lane] = r.Pos
	}
	return heads
}

// sameMenus: what replicas have in memory is the same everywhere.
func (f *findings) sameMenus() {
	for _, store := range loadStores {
		var first []byte
		for _, r := range f.w.replicas {
			status, answer := send(f.w.t.Context(), r.address, http.MethodGet, "/stores/"+store+"/menu", r.token(f.w.t.Context()), nil)
			if status != http.StatusOK {
				f.add("the menu of %s at %s answers %d", store, r.name, status)
				r.dropToken(r.token(f.w.t.Context()))
				continue
			}
			if first == nil {
				first = answer
			}
			if !bytes.Equal(first, answer) {
				f.add("the menu of %s at %s is not that of %s", store, r.name, f.w.replicas[0].name)
			}
		}
	}
}
