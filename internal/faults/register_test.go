//go:build faults

package faults

import (
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// clerk takes orders at the register of a store: puts a cart together, tap by tap, at whichever replica
// answers, and is paid for it. A tap that is sent again counts once, and a cart becomes one order.
type clerk struct {
	*crowd
	store string
	// again is when something was last sent a second time. The first one may still arrive afterwards, from
	// a process that was stopped, and stand in the next cart.
	again time.Time
}

// strayFor is how long a request that its sender gave up may wander: a stopped process goes on after
// half a minute.
const strayFor = 90 * time.Second

var (
	lineStep = regexp.MustCompile(`register/cart/lines/([0-9a-f-]{36})/step`)
	payCart  = regexp.MustCompile(`name="cart" value="([0-9a-f-]{36})"`)
	payTotal = regexp.MustCompile(`name="total" value="(\d+)"`)
	receipt  = regexp.MustCompile(`/orders/([0-9a-f-]{36})"`)
)

// registers are the stores that have a clerk: those where nothing runs out.
var registers = []string{"seongsu", "yeonnam"}

func (c *crowd) clerk(store string, r *rand.Rand) {
	at := &clerk{crowd: c, store: store}
	for c.rest(r) {
		c.going.RLock()
		if o := at.sell(r); o != nil {
			c.follow(r, o)
		}
		c.going.RUnlock()
	}
}

// press sends what a button sends until it is answered, and returns the answer; 0 when the suite ends.
func (k *clerk) press(method, path string, values url.Values) (status int, page string) {
	status, body, tries := k.insistOn(method, "/s/"+k.store+"/register"+path, "application/x-www-form-urlencoded", []byte(values.Encode()))
	if tries > 1 {
		k.again = time.Now()
	}
	return status, string(body)
}

// sell sells a cart, and returns the order it has become.
func (k *clerk) sell(r *rand.Rand) *order {
	if status, _ := k.press(http.MethodPost, "/cart/clear", nil); status != http.StatusOK {
		if status != 0 {
			k.complain("the cart at %s could not be cleared: %d", k.store, status)
		}
		return nil
	}
	o := &order{store: k.store, dining: "takeaway", status: "accepted", payments: 1}
	page := ""
	for range 1 + r.IntN(3) {
		l := orderLine{r.IntN(len(drinks)), int64(1 + r.IntN(2))}
		status, answer := k.press(http.MethodPost, "/cart/lines", k.w.menus[k.store].form(l, k.w.newID()))
		if status != http.StatusOK {
			if status != 0 {
				k.complain("%s could not be put into the cart at %s: %d", drinks[l.drink].item, k.store, status)
			}
			return nil
		}
		o.add(l)
		page = answer
	}
	if step := lineStep.FindStringSubmatch(page); step != nil && len(o.lines) == 1 && r.IntN(2) == 0 {
		status, _ := k.press(http.MethodPost, "/cart/lines/"+step[1]+"/step", url.Values{"by": {"1"}, "tap": {k.w.newID()}})
		if status != http.StatusOK {
			return nil // of a stray's line, say; the next one clears it
		}
		o.lines[0].quantity++
	}
	k.w.menus[k.store].order(o, false)
	o.payments = 1
	return k.pay(o)
}

// add puts a line into the order as a cart does: what is the same stands once.
func (o *order) add(l orderLine) {
	for i := range o.lines {
		if o.lines[i].drink == l.drink {
			o.lines[i].quantity += l.quantity
			return
		}
	}
	o.lines = append(o.lines, l)
}

// pay pays the cart, and pays it once more, as an impatient finger does.
func (k *clerk) pay(o *order) *order {
	status, sheet := k.press(http.MethodGet, "/pay", nil)
	cart, total := payCart.FindStringSubmatch(sheet), payTotal.FindStringSubmatch(sheet)
	if status != http.StatusOK || cart == nil || total == nil {
		if status != 0 {
			k.complain("the cart at %s cannot be paid: %d", k.store, status)
		}
		return nil
	}
	if total[1] != strconv.FormatInt(o.total, 10) {
		if time.Since(k.again) > strayFor {
			k.complain("the cart at %s costs %s and must cost %d", k.store, total[1], o.total)
		}
		return nil
	}
	body := url.Values{"cart": {cart[1]}, "total": {total[1]}, "kind": {"card"}, "approval": {"30012345"}}
	for range 2 {
		status, page := k.press(http.MethodPost, "/pay", body)
		id := receipt.FindStringSubmatch(page)
		if status == 0 {
			return nil
		}
		if status != http.StatusOK || id == nil || o.id != "" && o.id != id[1] {
			k.complain("the cart %s at %s was paid and answered with %d %v, first %s", cart[1], k.store, status, id, o.id)
			return nil
		}
		o.id = id[1]
	}
	var placed struct {
		Pickup int    `json:"pickup_number"`
		Date   string `json:"business_date"`
	}
	if status, _ := k.insist(http.MethodGet, "/stores/"+k.store+"/orders/"+o.id, nil, &placed); status != http.StatusOK {
		if status != 0 {
			k.complain("the order %s is answered with %d", o.id, status)
		}
		return nil
	}
	o.pickup, o.date = placed.Pickup, placed.Date
	k.sold.Add(1)
	k.acks.Add(1)
	k.mu.Lock()
	defer k.mu.Unlock()
	k.orders[o.id] = o
	return o
}

// form is a line as the register's sheet sends it.
func (m menu) form(l orderLine, tap string) url.Values {
	d := drinks[l.drink]
	v := url.Values{"tap": {tap}, "quantity": {strconv.FormatInt(l.quantity, 10)}}
	for _, item := range m.Items {
		for _, size := range item.Sizes {
			if item.Code != d.item || size.Code != d.size {
				continue
			}
			v.Set("item", item.ID)
			v.Set("size", size.ID)
			for _, g := range m.Groups {
				for _, opt := range g.Options {
					if want, chose := d.options[g.Code]; chose && want == opt.Code || !chose && opt.Default {
						v.Add("g-"+g.ID, opt.ID)
					}
				}
			}
		}
	}
	return v
}

// limitedItem is limited for the day at two stores: at one it never runs out, at the other it does, and
// a little more is allowed now and then.
const (
	limitedItem = "vanilla-latte"
	neverOut    = "seongsu"
	oftenOut    = "jeonju"
)

// onSale waits until every replica has heard that there is plenty of everything where there is.
func (c *crowd) onSale() {
	c.w.t.Helper()
	must(c.w.t, retry(c.w.t, patience, func() error {
		f := &findings{w: c.w}
		for _, store := range registers {
			var m menu
			status, answer := send(c.ctx, c.w.replicas[0].address, http.MethodGet, "/stores/"+store+"/menu", c.w.replicas[0].token(c.ctx), nil)
			if status != http.StatusOK || json.Unmarshal(answer, &m) != nil {
				f.add("the menu of %s answers %d", store, status)
			}
			for _, d := range drinks {
				if !m.has(d) {
					f.add("%s cannot be had at %s yet", d.item, store)
				}
			}
		}
		f.sameMenus()
		if len(f.wrong) > 0 {
			return errors.New(firstLines(f.wrong, 3))
		}
		return nil
	}))
}

// limit sets the limit of the day, at any replica, until it is answered.
func (c *crowd) limit(store string, n int64) {
	path := "/s/" + store + "/register/items/" + c.w.menus[store].item(limitedItem) + "/limit"
	status, _, _ := c.insistOn(http.MethodPost, path, "application/x-www-form-urlencoded", []byte(url.Values{"quantity": {strconv.FormatInt(n, 10)}}.Encode()))
	if status != 0 && status != http.StatusOK {
		c.complain("%s could not be limited to %d at %s: %d", limitedItem, n, store, status)
	}
	c.mu.Lock()
	c.limits[store] = max(c.limits[store], n)
	c.mu.Unlock()
}

// raise allows n more.
func (c *crowd) raise(store string, n int64) {
	c.mu.Lock()
	n += c.limits[store]
	c.mu.Unlock()
	c.limit(store, n)
}

// firstLimits sets limits, and waits until every replica sells by them.
func (c *crowd) firstLimits() {
	c.w.t.Helper()
	for store, n := range map[string]int64{neverOut: 90_000, oftenOut: 60} {
		c.limit(store, n)
		for _, r := range c.w.replicas {
			must(c.w.t, retry(c.w.t, patience, func() error {
				path := "/s/" + store + "/register/items/" + c.w.menus[store].item(limitedItem) + "/limit"
				_, sheet := request(c.ctx, r.address, http.MethodGet, path, r.token(c.ctx), "", nil)
				if !strings.Contains(string(sheet), fmt.Sprintf(`value="%d"`, n)) {
					return errors.New(r.name + " has not heard of the limit")
				}
				return nil
			}))
		}
	}
}

// has reports whether the drink can be had.
func (m menu) has(d drink) bool {
	for _, i := range m.Items {
		for _, size := range i.Sizes {
			if i.Code == d.item && size.Code == d.size {
				for group, code := range d.options {
					if slices.ContainsFunc(size.SoldOut, func(o soldOut) bool { return o.OptionID == m.option(group, code) }) {
						return false
					}
				}
				return size.Available
			}
		}
	}
	return false
}

func (m menu) option(group, code string) string {
	for _, g := range m.Groups {
		for _, opt := range g.Options {
			if g.Code == group && opt.Code == code {
				return opt.ID
			}
		}
	}
	return ""
}

func (m menu) item(code string) string {
	for _, i := range m.Items {
		if i.Code == code {
			return i.ID
		}
	}
	return ""
}

// limits: what counts as sold of a limited item is what was ordered of it on that day and not given
// back, and never more than was allowed.
func (f *findings) limits(c *crowd) {
	type row struct {
		Store, Date string
		Sold, Limit int64
	}
	stores := map[string]string{}
	for code, id := range f.w.storeID {
		stores[id] = code
	}
	rows := read[row](f, "ordering", "SELECT store_id::text, business_date::text, sold::bigint, quantity_limit::bigint FROM ordering.daily_limit")
	if len(rows) < len(c.limits) {
		f.add("%d of %d limits are there", len(rows), len(c.limits))
	}
	for _, r := range rows {
		store, taken := stores[r.Store], int64(0)
		for _, o := range c.orders {
			if o.store != store || o.date != r.Date || o.disposition == "restock" {
				continue
			}
			for _, l := range o.lines {
				if drinks[l.drink].item == limitedItem {
					taken += l.quantity
				}
			}
		}
		if r.Sold != taken || r.Sold > r.Limit || r.Limit > c.limits[store] {
			f.add("of the limited %s at %s %d of %d count as sold; %d were, and %d at most are allowed", limitedItem, store, r.Sold, r.Limit, taken, c.limits[store])
		}
	}
}
