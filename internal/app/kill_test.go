package app_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"

	"maru/internal/app/apptest"
	"maru/internal/demo"
	"maru/internal/kernel/ids"
)

const (
	clients       = 6
	ordersEach    = 30
	cancelEvery   = 10
	kills         = 4
	ordersPerKill = clients * ordersEach / (kills + 1)
)

var killStores = []string{"seongsu", "yeonnam", "haeundae"}

// drinks are what is ordered, and what one of it uses of the stock, worked out by hand from the recipes
// of the franchise, in thousandths of base units.
var drinks = []struct {
	line   line
	dining string
	uses   map[string]int64
}{
	{line{"cafe-latte", "r", map[string]string{"milk": "oat"}, 1}, "takeaway", oatLatte},
	{line{"americano", "r", nil, 1}, "for_here", map[string]int64{"beans": 18_000, "ice": 160_000}},
	{line{"americano", "l", map[string]string{"beans": "decaf"}, 1}, "takeaway", map[string]int64{
		"decaf-beans": 27_000, "ice": 216_000, "ice-cup-l": 1000, "ice-lid": 1000, "straw": 1000,
	}},
	{line{"cafe-latte", "r", map[string]string{"milk": "soy", "temperature": "hot"}, 1}, "takeaway", map[string]int64{
		"beans": 18_000, "soy-milk": 180_000, "hot-cup": 1000, "hot-lid": 1000, "sleeve": 1000,
	}},
}

// placed is an order that a replica has acknowledged.
type placed struct {
	store     string
	drink     int
	quantity  int64
	total     int64
	cancelled bool
}

// Two replicas take orders and are killed in turn. Clients send every order until it is acknowledged.
func TestNothingIsLostOrDoubledWhenReplicasAreKilled(t *testing.T) {
	t.Parallel()
	url := apptest.Franchise(t)
	addresses := []string{freeAddress(t), freeAddress(t)}
	var replicas [2]*process
	start := func(i int) {
		replicas[i] = launch(t, serveEnv(addresses[i], "DATABASE_URL="+url), "serve")
		replicas[i].ready(addresses[i])
	}
	start(0)
	start(1)
	before := apptest.Start(t, url)
	token := before.Token(t, "hq", demo.Password)
	expect := map[string]map[string]int64{}
	var m menu
	for _, store := range killStores {
		s := shop{before, t, store, token}
		s.want(http.StatusCreated, http.MethodPost, "/receipts", plenty(), nil)
		expect[store], m = s.stock(), s.menu()
	}
	before.Stop()

	crowd := &crowd{t: t, addresses: addresses, token: token, menu: m, acknowledged: map[string]*placed{}}
	var customers sync.WaitGroup
	for range clients {
		customers.Go(crowd.customer)
	}
	for n := range kills {
		crowd.await((n + 1) * ordersPerKill)
		replicas[n%2].kill()
		start(n % 2)
	}
	customers.Wait()
	t.Logf("%d orders acknowledged, %d requests had to be sent again, %d replicas killed",
		len(crowd.acknowledged), crowd.again.Load(), kills)

	after := apptest.Start(t, url)
	if err := after.Dispatcher.Drain(t.Context()); err != nil {
		t.Fatal(err)
	}
	wantOrders(t, after, crowd.acknowledged)
	for _, p := range crowd.acknowledged {
		for material, milli := range drinks[p.drink].uses {
			if !p.cancelled {
				expect[p.store][material] -= milli * p.quantity
			}
		}
	}
	for _, store := range killStores {
		s := shop{after, t, store, token}
		if diff := cmp.Diff(expect[store], s.stock()); diff != "" {
			t.Errorf("stock of %s (-worked out +booked):\n%s", store, diff)
		}
		wantFigures(t, s, crowd.acknowledged)
	}
	wantSound(t, after)
}

// plenty is a delivery after which nothing runs out.
func plenty() any {
	var lines []map[string]any
	for material, unit := range map[string]string{"beans": "g", "decaf-beans": "g", "oat-milk": "ml", "soy-milk": "ml"} {
		lines = append(lines, map[string]any{"material": material, "quantity_milli": 100_000_000, "unit": unit})
	}
	for _, material := range []string{"ice-cup", "ice-cup-l", "ice-lid", "straw", "hot-cup", "hot-lid", "sleeve"} {
		lines = append(lines, map[string]any{"material": material, "quantity_milli": 1_000_000, "unit": "ea"})
	}
	return map[string]any{"id": ids.NewV7().String(), "lines": lines}
}

type crowd struct {
	t         *testing.T
	addresses []string
	token     string
	menu      menu
	again     atomic.Int64

	mu           sync.Mutex
	acknowledged map[string]*placed
}

// customer places orders one after the other, and takes some back.
func (c *crowd) customer() {
	for n := range ordersEach {
		drink, store, quantity := rand.IntN(len(drinks)), killStores[rand.IntN(len(killStores))], 1+rand.IntN(3)
		l := drinks[drink].line
		l.quantity = quantity
		o := order(c.menu, drinks[drink].dining, l)
		path := "/api/v1/stores/" + store + "/orders"
		if status := c.insist(path, o); status != http.StatusCreated && status != http.StatusOK {
			c.t.Errorf("an order was answered with %d", status)
			return
		}
		p := &placed{store: store, drink: drink, quantity: int64(quantity), total: o.Tenders[0].Amount}
		if n%cancelEvery == 0 {
			// Cancelled before, by a request whose answer was lost, is cancelled.
			status := c.insist(path+"/"+o.ID+"/cancel", map[string]string{"reason": "마음이 바뀜", "disposition": "restock"})
			p.cancelled = status == http.StatusOK || status == http.StatusConflict
			if !p.cancelled {
				c.t.Errorf("a cancellation was answered with %d", status)
			}
		}
		c.mu.Lock()
		c.acknowledged[o.ID] = p
		c.mu.Unlock()
	}
}

// insist sends the request to one replica and then the other until one answers, and returns the
// status.
func (c *crowd) insist(path string, body any) int {
	doc, err := json.Marshal(body)
	if err != nil {
		c.t.Error(err)
		return 0
	}
	client := &http.Client{Timeout: 20 * time.Second}
	for try := rand.IntN(2); c.t.Context().Err() == nil; try++ {
		req, err := http.NewRequestWithContext(c.t.Context(), http.MethodPost, "http://"+c.addresses[try%2]+path, bytes.NewReader(doc))
		if err != nil {
			c.t.Error(err)
			return 0
		}
		req.Header.Set("Content-Type", "application/json")
		req.Header.Set("Authorization", "Bearer "+c.token)
		res, err := client.Do(req)
		if err == nil {
			_ = res.Body.Close()
			if res.StatusCode < http.StatusInternalServerError {
				return res.StatusCode
			}
		}
		c.again.Add(1)
	}
	return 0
}

// await returns when n orders have been acknowledged.
func (c *crowd) await(n int) {
	c.t.Helper()
	deadline := time.Now().Add(2 * time.Minute)
	for got := -1; got < n; {
		c.mu.Lock()
		got = len(c.acknowledged)
		c.mu.Unlock()
		if c.t.Failed() || time.Now().After(deadline) {
			c.t.Fatalf("%d orders were acknowledged, waiting for %d", got, n)
		}
		<-time.After(5 * time.Millisecond)
	}
}

func wantOrders(t *testing.T, p *apptest.Program, acknowledged map[string]*placed) {
	t.Helper()
	rows, err := p.Databases.Context("ordering").Query(t.Context(), `
		SELECT o.order_id::text, o.total, o.status = 'cancelled', (SELECT count(*) FROM ordering.order_line l WHERE l.lane = o.lane AND l.order_id = o.order_id),
		       (SELECT count(*) FROM ordering.payment y WHERE y.lane = o.lane AND y.order_id = o.order_id)
		  FROM ordering.orders o`)
	if err != nil {
		t.Fatal(err)
	}
	type row struct {
		ID              string
		Total           int64
		Cancelled       bool
		Lines, Payments int
	}
	orders, err := pgx.CollectRows(rows, pgx.RowToStructByPos[row])
	if err != nil {
		t.Fatal(err)
	}
	if len(orders) != len(acknowledged) {
		t.Errorf("%d orders are stored, %d were acknowledged", len(orders), len(acknowledged))
	}
	for _, o := range orders {
		p := acknowledged[o.ID]
		if p == nil || p.total != o.Total || p.cancelled != o.Cancelled || o.Lines != 1 || o.Payments != 1 {
			t.Errorf("stored %+v, acknowledged %+v", o, p)
		}
	}
}

func wantFigures(t *testing.T, s shop, acknowledged map[string]*placed) {
	t.Helper()
	var want figures
	for _, p := range acknowledged {
		switch {
		case p.store != s.store:
			continue
		case p.cancelled:
			want.Total.Cancelled++
		default:
			want.Total.Net += p.total
		}
		want.Total.Orders++
	}
	if got := s.sales(); got != want {
		t.Errorf("figures of %s: %+v, want %+v", s.store, got.Total, want.Total)
	}
}

// wantSound checks what must hold of every database at any time: balances are the sums of the ledger,
// the positions of every outbox have no gaps, every subscription is at the end, and nothing is parked.
func wantSound(t *testing.T, p *apptest.Program) {
	t.Helper()
	const balances = `
		SELECT count(*) FROM inventory.stock s
		  FULL JOIN (SELECT store_id, material_id, sum(milli)::bigint AS milli FROM inventory.ledger GROUP BY store_id, material_id) l
		    ON l.store_id = s.store_id AND l.material_id = s.material_id
		 WHERE coalesce(s.on_hand, 0) <> coalesce(l.milli, 0)`
	if n := count(t, p, "inventory", balances); n != 0 {
		t.Errorf("%d balances are not the sum of their ledger", n)
	}
	for _, db := range p.Databases.All() {
		gaps := fmt.Sprintf(`
			SELECT count(*) FROM %[1]s.outbox_head h
			  LEFT JOIN (SELECT lane, count(*) AS n, min(pos) AS first, max(pos) AS last FROM %[1]s.outbox GROUP BY lane) o ON o.lane = h.lane
			 WHERE h.pos <> coalesce(o.last, 0) OR coalesce(o.n, 0) <> coalesce(o.last, 0) OR coalesce(o.first, 1) <> 1`, db.Name)
		if n := count(t, p, db.Name, gaps); n != 0 {
			t.Errorf("%d lanes of %s have gaps", n, db.Name)
		}
		if n := count(t, p, db.Name, "SELECT count(*) FROM "+db.Name+".outbox_parked"); n != 0 {
			t.Errorf("%d events are parked in %s", n, db.Name)
		}
	}
}

func count(t *testing.T, p *apptest.Program, schema, sql string) (n int) {
	t.Helper()
	if err := p.Databases.Context(schema).QueryRow(t.Context(), sql).Scan(&n); err != nil {
		t.Fatalf("%s: %v", schema, err)
	}
	return n
}
