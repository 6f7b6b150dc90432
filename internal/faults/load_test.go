//go:build faults

package faults

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"maru/internal/demo"
	"maru/internal/kernel/ids"
)

// drinks are what is ordered, with what one of it uses of the stock in thousandths of base units: at
// any place, and what is given along to those who take it away. Both are worked out by hand from the
// recipes of the demo's franchise.
var drinks = []drink{
	{"americano", "r", nil, uses{"beans": 18_000, "ice": 160_000}, iced},
	{"americano", "l", map[string]string{"beans": "decaf"}, uses{"decaf-beans": 27_000, "ice": 216_000}, uses{"ice-cup-l": 1000, "ice-lid": 1000, "straw": 1000}},
	{"cafe-latte", "r", map[string]string{"milk": "oat"}, uses{"beans": 18_000, "oat-milk": 180_000, "ice": 128_000}, iced},
	{"cafe-latte", "r", map[string]string{"milk": "soy", "temperature": "hot"}, uses{"beans": 18_000, "soy-milk": 180_000}, uses{"hot-cup": 1000, "hot-lid": 1000, "sleeve": 1000}},
	{"vanilla-latte", "r", nil, uses{"beans": 18_000, "milk": 170_000, "vanilla-syrup": 24_000, "ice": 128_000}, iced},
}

type drink struct {
	item, size string
	options    map[string]string // those that are not the usual ones, by their group
	uses, away uses
}

type uses map[string]int64

var iced = uses{"ice-cup": 1000, "ice-lid": 1000, "straw": 1000}

const (
	customers = 8
	// scarce is the store that keeps running out of oat milk and gets a little more.
	scarce = "haeundae"
)

var loadStores = []string{"seongsu", "yeonnam", "jeonju", scarce}

// plenty is what nothing runs out of: materials with the unit they are delivered in.
var plenty = map[string]string{
	"beans": "g", "decaf-beans": "g", "oat-milk": "ml", "soy-milk": "ml", "milk": "ml", "vanilla-syrup": "g",
	"ice-cup": "ea", "ice-cup-l": "ea", "ice-lid": "ea", "straw": "ea", "hot-cup": "ea", "hot-lid": "ea", "sleeve": "ea",
}

// order is what a customer knows of an order that was acknowledged.
type order struct {
	id          string
	store       string
	dining      string
	lines       []orderLine
	payments    int
	off         map[string]any // the discount, as it is asked for; nil: none
	discount    int64          // what it takes off
	total       int64          // after it
	pickup      int
	date        string
	status      string
	changes     int
	disposition string // of a cancellation: restock or gone

	body []byte
}

type orderLine struct {
	drink    int
	quantity int64
}

// document is a receipt, a count or waste that was acknowledged.
type document struct {
	store  string
	reason string
	moved  uses // what it adds to the stock
}

// crowd are the customers, the clerks and whoever keeps the stock.
type crowd struct {
	w    *world
	ctx  context.Context
	end  context.CancelFunc
	work sync.WaitGroup

	// going is held for reading by whoever has something under way.
	going sync.RWMutex

	again   atomic.Int64 // requests that had to be sent again
	refused atomic.Int64 // orders that were refused because something had run out
	acks    atomic.Int64 // orders acknowledged
	sold    atomic.Int64 // of them, carts

	mu     sync.Mutex
	orders map[string]*order
	// unsure are orders that were refused while another request for them was on its way.
	unsure    map[string]*order
	documents map[string]*document
	limits    map[string]int64 // of the day, by store: the most that was allowed
	wrong     []string         // answers that must not be
}

func (w *world) newCrowd() *crowd {
	c := &crowd{w: w, orders: map[string]*order{}, unsure: map[string]*order{}, documents: map[string]*document{}, limits: map[string]int64{}}
	c.ctx, c.end = context.WithCancel(context.Background())
	w.t.Cleanup(c.stop)
	return c
}

// begin lets the customers in.
func (c *crowd) begin() {
	for n := range customers {
		c.work.Go(func() { c.customer(rand.New(rand.NewPCG(*seed, uint64(n)))) })
	}
	c.work.Go(func() { c.supplier(rand.New(rand.NewPCG(*seed, 1000))) })
	for n, store := range registers {
		c.work.Go(func() { c.clerk(store, rand.New(rand.NewPCG(*seed, 2000+uint64(n)))) })
	}
}

func (c *crowd) stop() {
	c.end()
	c.work.Wait()
}

// pause waits until nobody has anything under way, and keeps everybody waiting until resume.
func (c *crowd) pause()  { c.going.Lock() }
func (c *crowd) resume() { c.going.Unlock() }

// rest makes customers as quick as customers of a busy chain are, and not as quick as a benchmark.
func (c *crowd) rest(r *rand.Rand) bool {
	select {
	case <-c.ctx.Done():
		return false
	case <-time.After(time.Duration(20+r.IntN(80)) * time.Millisecond):
		return true
	}
}

func (c *crowd) customer(r *rand.Rand) {
	var before *order
	for c.rest(r) {
		c.going.RLock()
		if o := c.place(r); o != nil {
			c.follow(r, o)
			before = o
		}
		if before != nil && r.IntN(12) == 0 {
			c.repeat(before)
		}
		c.going.RUnlock()
	}
}

// place places an order and comes back when it is acknowledged or refused.
func (c *crowd) place(r *rand.Rand) *order {
	o := &order{id: c.w.newID(), store: loadStores[r.IntN(len(loadStores))], dining: []string{"takeaway", "for_here"}[r.IntN(2)], status: "accepted"}
	for range 1 + r.IntN(3) {
		o.lines = append(o.lines, orderLine{r.IntN(len(drinks)), int64(1 + r.IntN(3))})
	}
	if r.IntN(6) == 0 {
		o.off = []map[string]any{{"amount": 700}, {"percent": 33}, {"percent": 100}}[r.IntN(3)]
		o.off["reason"] = "직원 할인"
	}
	body := c.w.menus[o.store].order(o, r.IntN(4) == 0)
	var err error
	if o.body, err = json.Marshal(body); err != nil {
		c.complain("order %s: %v", o.id, err)
		return nil
	}
	path := "/stores/" + o.store + "/orders"
	twice := r.IntN(10) == 0
	if twice { // sent at once, at two replicas
		c.work.Go(func() { c.once(r.Uint64(), path, o.body) })
	}
	var answer struct {
		Pickup int    `json:"pickup_number"`
		Date   string `json:"business_date"`
		Total  int64
	}
	status, tries := c.insist(http.MethodPost, path, o.body, &answer)
	switch status {
	case http.StatusCreated, http.StatusOK:
	case http.StatusConflict: // sold out; that nothing of it was written is checked
		c.refused.Add(1)
		if twice || tries > 1 {
			c.mu.Lock()
			c.unsure[o.id] = o
			c.mu.Unlock()
		}
		return nil
	case 0:
		return nil // the suite ends; what became of it is not known
	default:
		c.complain("order %s was answered with %d", o.id, status)
		return nil
	}
	if answer.Total != o.total {
		c.complain("order %s costs %d and was to cost %d", o.id, answer.Total, o.total)
	}
	o.pickup, o.date = answer.Pickup, answer.Date
	c.acks.Add(1)
	c.mu.Lock()
	c.orders[o.id] = o
	c.mu.Unlock()
	return o
}

// follow moves the order along the board, and takes some orders back.
func (c *crowd) follow(r *rand.Rand, o *order) {
	board := []string{"accepted", "preparing", "ready", "completed"}
	steps := r.IntN(len(board))
	for i := range steps {
		status, _ := c.insist(http.MethodPost, "/stores/"+o.store+"/orders/"+o.id+"/status", asJSON(map[string]string{"from": board[i], "to": board[i+1]}), nil)
		if status == 0 {
			c.forget(o)
			return
		}
		if status != http.StatusOK {
			c.complain("order %s could not be moved from %s to %s: %d", o.id, board[i], board[i+1], status)
			return
		}
		o.status = board[i+1]
		o.changes++
	}
	if r.IntN(4) != 0 {
		return
	}
	wish := []string{"restock", "waste", "remake", ""}[r.IntN(4)]
	body := map[string]string{"reason": "마음이 바뀜", "disposition": wish}
	if wish == "" {
		delete(body, "disposition")
	}
	status, _ := c.insist(http.MethodPost, "/stores/"+o.store+"/orders/"+o.id+"/cancel", asJSON(body), nil)
	if status == http.StatusConflict { // cancelled by an attempt whose answer was lost?
		var now struct{ Status string }
		status, _ = c.insist(http.MethodGet, "/stores/"+o.store+"/orders/"+o.id, nil, &now)
		if status == http.StatusOK && now.Status != "cancelled" {
			c.complain("order %s is %s and could not be cancelled", o.id, now.Status)
			return
		}
	}
	switch {
	case status == 0:
		c.forget(o)
		return
	case status != http.StatusOK:
		c.complain("order %s could not be cancelled: %d", o.id, status)
		return
	}
	o.disposition = "gone"
	if wish == "restock" || wish == "" && o.status == "accepted" {
		o.disposition = "restock"
	}
	o.status = "cancelled"
	o.changes++
}

// forget marks an order of which the last answer is not known, because the suite ended meanwhile.
func (c *crowd) forget(o *order) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.orders, o.id)
}

// repeat sends an order that was acknowledged long ago once more, and another one under its id.
func (c *crowd) repeat(o *order) {
	var answer struct {
		Pickup   int `json:"pickup_number"`
		Total    int64
		Replayed bool
	}
	path := "/stores/" + o.store + "/orders"
	if status, _ := c.insist(http.MethodPost, path, o.body, &answer); status != 0 &&
		(status != http.StatusOK || !answer.Replayed || answer.Pickup != o.pickup || answer.Total != o.total) {
		c.complain("order %s was sent again and answered with %d %+v", o.id, status, answer)
	}
	other := *o
	other.lines = []orderLine{{0, 7}}
	body := asJSON(c.w.menus[o.store].order(&other, false))
	if status, _ := c.insist(http.MethodPost, path, body, nil); status != 0 && status != http.StatusConflict {
		c.complain("another order under the id %s was answered with %d", o.id, status)
	}
}

// supplier delivers goods all the time, to one store so little that it keeps running out, and counts what is
// there and throws some away.
func (c *crowd) supplier(r *rand.Rand) {
	for c.rest(r) {
		c.going.RLock()
		store := loadStores[r.IntN(len(loadStores))]
		switch {
		case store == scarce && r.IntN(16) == 0:
			c.deliver(store, uses{"oat-milk": int64(1+r.IntN(3)) * 1_000_000})
		case store == oftenOut && r.IntN(12) == 0:
			c.raise(store, int64(5+r.IntN(30)))
		case store != scarce:
			materials := slices.Sorted(maps.Keys(plenty))
			m, n := materials[r.IntN(len(materials))], int64(1+r.IntN(9))*1000
			switch r.IntN(4) {
			case 0:
				c.book(store, "adjustments", document{store, "waste", uses{m: -n}}, map[string]any{"material": m, "quantity_milli": n, "unit": plenty[m]})
			case 1:
				c.count(store, m, n-5000)
			default:
				c.deliver(store, uses{m: n})
			}
		}
		c.going.RUnlock()
	}
}

// deliver books a receipt.
func (c *crowd) deliver(store string, got uses) {
	var lines []map[string]any
	for _, m := range slices.Sorted(maps.Keys(got)) {
		lines = append(lines, map[string]any{"material": m, "quantity_milli": got[m], "unit": plenty[m]})
	}
	c.book(store, "receipts", document{store, "receipt", got}, lines...)
}

// count counts a material, and finds some more of it, or less, than the ledger says. Customers go on ordering
// meanwhile.
func (c *crowd) count(store, material string, more int64) {
	var stock struct {
		Materials []struct {
			Material string
			OnHand   int64 `json:"on_hand_milli"`
		}
	}
	if status, _ := c.insist(http.MethodGet, "/stores/"+store+"/stock", nil, &stock); status != http.StatusOK {
		if status != 0 {
			c.complain("the stock of %s was answered with %d", store, status)
		}
		return
	}
	for _, b := range stock.Materials {
		if b.Material == material && b.OnHand+more >= 0 && more != 0 {
			c.book(store, "adjustments", document{store, "count", uses{material: more}},
				map[string]any{"material": material, "quantity_milli": b.OnHand + more, "unit": plenty[material], "ledger_milli": b.OnHand})
		}
	}
}

// book books a document and comes back when it is acknowledged; every third it books twice.
func (c *crowd) book(store, door string, doc document, lines ...map[string]any) {
	id := c.w.newID()
	content := map[string]any{"id": id, "lines": lines}
	if door == "adjustments" {
		content["kind"] = doc.reason
	}
	body := asJSON(content)
	for range 1 + int(id[len(id)-1])%3/2 {
		status, _ := c.insist(http.MethodPost, "/stores/"+store+"/"+door, body, nil)
		if status == 0 || status == http.StatusConflict && doc.reason == "count" { // somebody else has counted it meanwhile
			return
		}
		if status != http.StatusCreated && status != http.StatusOK {
			c.complain("%s %s was answered with %d", doc.reason, id, status)
			return
		}
	}
	c.mu.Lock()
	c.documents[id] = &doc
	c.mu.Unlock()
}

func (c *crowd) complain(format string, args ...any) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.wrong = append(c.wrong, fmt.Sprintf(format, args...))
}

// insist sends a request of the JSON API until it is answered, and returns the status and how often it
// asked, or 0 when the suite ends first.
func (c *crowd) insist(method, path string, body []byte, into any) (status, tries int) {
	status, answer, tries := c.insistOn(method, "/api/v1"+path, "application/json", body)
	if into != nil && status > 0 && status < 300 {
		if err := json.Unmarshal(answer, into); err != nil {
			c.complain("%s %s is answered with %d and %q", method, path, status, answer)
		}
	}
	return status, tries
}

// insistOn sends the request to one replica and then the next until one answers.
func (c *crowd) insistOn(method, path, contentType string, body []byte) (status int, answer []byte, tries int) {
	first := rand.Int() // which replica a customer asks first
	for try := 0; c.ctx.Err() == nil; try++ {
		status, answer := c.ask(c.w.choose(first+try), method, path, contentType, body)
		if status > 0 && status < 500 && status != http.StatusUnauthorized && status != http.StatusTooManyRequests {
			return status, answer, try + 1
		}
		c.again.Add(1)
		if try > 0 { // somebody else is to get the processor
			<-time.After(10 * time.Millisecond)
		}
	}
	return 0, nil, 0
}

// choose returns a replica that has not just hung, as a balancer would, unless all have.
func (w *world) choose(n int) *replica {
	for i := range w.replicas {
		if r := w.replicas[(n+i)%len(w.replicas)]; time.Now().UnixNano() > r.avoid.Load() {
			return r
		}
	}
	return w.replicas[n%len(w.replicas)]
}

// once sends a request and does not care what becomes of it.
func (c *crowd) once(which uint64, path string, body []byte) {
	c.ask(c.w.replicas[which%uint64(len(c.w.replicas))], http.MethodPost, "/api/v1"+path, "application/json", body)
}

var browser = &http.Client{
	Timeout:   4 * time.Second,
	Transport: &http.Transport{MaxIdleConnsPerHost: customers + 4, IdleConnTimeout: time.Second},
	// A page sends those who are not signed in to the one where they do.
	CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
}

// ask sends a request once. Every replica has a clock of its own, so each gets the token it made.
func (c *crowd) ask(r *replica, method, path, contentType string, body []byte) (status int, answer []byte) {
	token := r.token(c.ctx)
	if token == "" {
		return 0, nil
	}
	began := time.Now()
	status, answer = request(c.ctx, r.address, method, path, token, contentType, body)
	if status == 0 && time.Since(began) >= browser.Timeout {
		r.avoid.Store(time.Now().Add(10 * time.Second).UnixNano())
	}
	if status == http.StatusUnauthorized {
		r.dropToken(token)
	}
	return status, answer
}

// send sends a request of the JSON API once.
func send(ctx context.Context, address, method, path, token string, body []byte) (int, []byte) {
	return request(ctx, address, method, "/api/v1"+path, token, "application/json", body)
}

func request(ctx context.Context, address, method, path, token, contentType string, body []byte) (int, []byte) {
	req, err := http.NewRequestWithContext(ctx, method, "http://"+address+path, bytes.NewReader(body))
	if err != nil {
		return 0, nil
	}
	if contentType != "" {
		req.Header.Set("Content-Type", contentType)
	}
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	res, err := browser.Do(req)
	if err != nil {
		return 0, nil
	}
	defer func() { _ = res.Body.Close() }()
	answer, err := io.ReadAll(res.Body)
	if err != nil {
		return 0, nil // cut in the middle: nobody knows
	}
	if strings.HasPrefix(res.Header.Get("Location"), "/login") {
		return http.StatusUnauthorized, answer
	}
	return res.StatusCode, answer
}

// token signs headquarters in where nobody has.
func (r *replica) token(ctx context.Context) string {
	r.tokenMu.Lock()
	defer r.tokenMu.Unlock()
	if r.tokenText != "" {
		return r.tokenText
	}
	status, answer := send(ctx, r.address, http.MethodPost, "/session", "", asJSON(map[string]string{"login": "hq", "password": demo.Password}))
	var session struct {
		Token string `json:"access_token"`
	}
	if status >= 200 && status < 300 && json.Unmarshal(answer, &session) == nil {
		r.tokenText = session.Token
	}
	return r.tokenText
}

func (r *replica) dropToken(token string) {
	r.tokenMu.Lock()
	defer r.tokenMu.Unlock()
	if r.tokenText == token {
		r.tokenText = ""
	}
}

func asJSON(v any) []byte {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err) // maps of strings and numbers
	}
	return b
}

// menu is what GET /stores/{store}/menu answers, as far as the customers need it.
type menu struct {
	Items []struct {
		ID, Code string
		Sizes    []struct {
			ID, Code  string
			Price     int64
			Available bool
			SoldOut   []soldOut `json:"sold_out_options"`
		}
		GroupIDs []string `json:"option_group_ids"`
	}
	Groups []struct {
		ID, Code string
		Options  []struct {
			ID, Code string
			Price    int64
			Default  bool
		}
	} `json:"option_groups"`
}

type soldOut struct {
	OptionID string `json:"option_id"`
}

// order writes the body of an order and notes in o what it must cost.
func (m menu) order(o *order, card bool) map[string]any {
	o.total = 0
	var lines []map[string]any
	for _, l := range o.lines {
		d := drinks[l.drink]
		for _, item := range m.Items {
			for _, size := range item.Sizes {
				if item.Code != d.item || size.Code != d.size {
					continue
				}
				options, unit := m.chosen(item.GroupIDs, d.options)
				o.total += (size.Price + unit) * l.quantity
				lines = append(lines, map[string]any{"item_id": item.ID, "size_id": size.ID, "options": options, "quantity": l.quantity})
			}
		}
	}
	o.discount = 0
	if amount, is := o.off["amount"].(int); is {
		o.discount = int64(amount)
	} else if percent, is := o.off["percent"].(int); is {
		o.discount = (o.total*int64(percent) + 50) / 100
	}
	o.total -= o.discount
	tenders := []map[string]any{{"kind": "cash", "amount": o.total, "received": o.total + 1000}}
	switch {
	case o.total == 0: // nothing is paid in no way
		tenders = []map[string]any{}
	case card:
		tenders = []map[string]any{{"kind": "cash", "amount": o.total / 2}, {"kind": "card", "amount": o.total - o.total/2, "approval": o.id[:8]}}
	}
	o.payments = len(tenders)
	body := map[string]any{"id": o.id, "dining": o.dining, "lines": lines, "tenders": tenders}
	if o.off != nil {
		body["discount"] = o.off
	}
	return body
}

func (m menu) chosen(groups []string, said map[string]string) (options []map[string]any, price int64) {
	for _, g := range m.Groups {
		if !slices.Contains(groups, g.ID) {
			continue
		}
		for _, opt := range g.Options {
			if want, chose := said[g.Code]; chose && want == opt.Code || !chose && opt.Default {
				options = append(options, map[string]any{"option_id": opt.ID, "quantity": 1})
				price += opt.Price
			}
		}
	}
	return options, price
}

// newID makes an id as a register does, by the clock on the wall of the store.
func (w *world) newID() string { return ids.NewV7().String() }
