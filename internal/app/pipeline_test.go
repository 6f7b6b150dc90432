package app_test

import (
	"bufio"
	"context"
	"fmt"
	"maps"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"maru/internal/app/apptest"
	"maru/internal/demo"
	"maru/internal/kernel/ids"
)

// shop is a store seen from outside, through one replica.
type shop struct {
	*apptest.Program
	t     *testing.T
	store string
	token string
}

func (s shop) call(method, path string, body, into any) int {
	s.t.Helper()
	return s.JSON(s.t, s.token, method, "/api/v1/stores/"+s.store+path, body, into)
}

func (s shop) want(status int, method, path string, body, into any) {
	s.t.Helper()
	if got := s.call(method, path, body, into); got != status {
		s.t.Fatalf("%s %s answers %d, want %d", method, path, got, status)
	}
}

func (s shop) menu() menu {
	s.t.Helper()
	return menuOf(s.t, s.Program, s.token, s.store)
}

// stock is what the store has by code of material, in thousandths of base units.
func (s shop) stock() map[string]int64 {
	s.t.Helper()
	var list struct {
		Materials []struct {
			Material string
			OnHand   int64 `json:"on_hand_milli"`
		}
	}
	s.want(http.StatusOK, http.MethodGet, "/stock", nil, &list)
	all := map[string]int64{}
	for _, m := range list.Materials {
		all[m.Material] = m.OnHand
	}
	return all
}

// used is what is less than before; what is more is negative.
func used(before, after map[string]int64) map[string]int64 {
	diff := map[string]int64{}
	for m := range after {
		if d := before[m] - after[m]; d != 0 {
			diff[m] = d
		}
	}
	return diff
}

type figures struct {
	Total struct {
		Net       int64 `json:"net_revenue"`
		Orders    int64 `json:"orders"`
		Cancelled int64 `json:"cancelled_orders"`
	}
}

func (s shop) sales() figures {
	s.t.Helper()
	var f figures
	now := time.Now()
	query := fmt.Sprintf("/statistics/sales?from=%s&to=%s", now.AddDate(0, 0, -2).Format(time.DateOnly), now.AddDate(0, 0, 2).Format(time.DateOnly))
	s.want(http.StatusOK, http.MethodGet, query, nil, &f)
	return f
}

// drain waits until everything that follows from what happened so far has happened.
func (s shop) drain() {
	s.t.Helper()
	if err := s.Dispatcher.Drain(s.t.Context()); err != nil {
		s.t.Fatal(err)
	}
}

// listen reads the store's live stream and returns the names of its events. The stream has begun when
// it returns.
func (s shop) listen(browser *http.Client) <-chan string {
	s.t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	s.t.Cleanup(cancel)
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, s.URL+"/s/"+s.store+"/live", nil)
	if err != nil {
		s.t.Fatal(err)
	}
	res, err := browser.Do(req)
	if err != nil {
		s.t.Fatal(err)
	}
	if res.StatusCode != http.StatusOK {
		s.t.Fatalf("the live stream answers %s", res.Status)
	}
	events := make(chan string, 1000)
	go func() {
		defer close(events)
		defer func() { _ = res.Body.Close() }()
		for lines := bufio.NewScanner(res.Body); lines.Scan(); {
			if name, ok := strings.CutPrefix(lines.Text(), "event: "); ok {
				events <- name
			}
		}
	}()
	s.hears(events, "sync")
	return events
}

// hears waits for an event of the stream.
func (s shop) hears(events <-chan string, name string) {
	s.t.Helper()
	timeout := time.After(30 * time.Second)
	for {
		select {
		case e, open := <-events:
			if !open {
				s.t.Fatalf("the stream ended before %q", name)
			}
			if e == name {
				return
			}
		case <-timeout:
			s.t.Fatalf("the stream never said %q", name)
		}
	}
}

// until waits for the stream to say that availability changed and for the menu to show it.
func (s shop) until(events <-chan string, what string, holds func(menu) bool) {
	s.t.Helper()
	began := time.Now()
	for !holds(s.menu()) {
		s.hears(events, "availability")
	}
	s.t.Logf("%s: %s after the answer, on another replica", what, time.Since(began).Round(time.Millisecond))
}

// Of the franchise's recipes: an iced latte to go with oat milk.
var oatLatte = map[string]int64{
	"beans": 18_000, "oat-milk": 180_000, "ice": 128_000, "ice-cup": 1000, "ice-lid": 1000, "straw": 1000,
}

func times(n int64, recipe map[string]int64) map[string]int64 {
	out := maps.Clone(recipe)
	for m := range out {
		out[m] *= n
	}
	return out
}

func TestAnOrderReachesStockFiguresAndEveryRegister(t *testing.T) {
	t.Parallel()
	url := apptest.Franchise(t)
	first, second := apptest.Start(t, url), apptest.Start(t, url)
	token := first.Token(t, "hq", demo.Password)
	a, b := shop{first, t, ownStore, token}, shop{second, t, ownStore, token}
	events := b.listen(second.Browser(t, "seongsu-staff", demo.Password))
	atFirst := a.stock()

	latte := func(n int) apiOrder {
		return order(a.menu(), "takeaway", line{"cafe-latte", "r", map[string]string{"milk": "oat"}, n})
	}
	one := latte(2)
	a.want(http.StatusCreated, http.MethodPost, "/orders", one, nil)
	b.hears(events, "orders")
	a.drain()
	wantUsed(t, times(2, oatLatte), used(atFirst, b.stock()))
	f := a.sales()
	if f.Total.Orders != 1 || f.Total.Net != one.Tenders[0].Amount {
		t.Errorf("the figures say %+v", f.Total)
	}

	// The same order again, and every event once more, change nothing.
	b.want(http.StatusOK, http.MethodPost, "/orders", one, nil)
	a.drain()
	b.drain()
	wantUsed(t, times(2, oatLatte), used(atFirst, a.stock()))
	if again := b.sales(); again != f {
		t.Errorf("the figures say %+v, before %+v", again, f)
	}

	// Whoever orders all the oat milk there is turns it sold out elsewhere, and only it.
	all := latte(int(a.stock()["oat-milk"] / oatLatte["oat-milk"]))
	a.want(http.StatusCreated, http.MethodPost, "/orders", all, nil)
	b.until(events, "sold out", func(m menu) bool { return m.soldOut("cafe-latte", "milk", "oat") })
	if m := b.menu(); !m.item("cafe-latte").Sizes[0].Available || m.soldOut("cafe-latte", "milk", "soy") {
		t.Error("without oat milk a latte is still to be had with another")
	}
	if status := b.call(http.MethodPost, "/orders", latte(1), nil); status != http.StatusConflict {
		t.Errorf("what is sold out was ordered: %d", status)
	}

	delivery := map[string]any{"id": ids.NewV7().String(), "lines": []map[string]any{{"material": "oat-milk", "quantity_milli": 12_000, "unit": "팩"}}}
	a.want(http.StatusCreated, http.MethodPost, "/receipts", delivery, nil)
	b.until(events, "back after a delivery", func(m menu) bool { return !m.soldOut("cafe-latte", "milk", "oat") })
	a.want(http.StatusOK, http.MethodPost, "/receipts", delivery, nil) // again: booked once
	a.drain()
	want := times(int64(2+all.Lines[0].Quantity), oatLatte)
	want["oat-milk"] -= 12 * 1_000_000
	wantUsed(t, want, used(atFirst, b.stock()))

	cancel := map[string]any{"reason": "손님이 마음을 바꿨어요", "disposition": "restock"}
	b.want(http.StatusOK, http.MethodPost, "/orders/"+one.ID+"/cancel", cancel, nil)
	a.drain()
	want = times(int64(all.Lines[0].Quantity), oatLatte)
	want["oat-milk"] -= 12 * 1_000_000
	wantUsed(t, want, used(atFirst, a.stock()))
	if got := b.sales().Total; got.Net != all.Tenders[0].Amount || got.Orders != 2 || got.Cancelled != 1 {
		t.Errorf("after a cancellation the figures say %+v", got)
	}
	if status := a.call(http.MethodPost, "/orders/"+one.ID+"/cancel", cancel, nil); status == http.StatusOK {
		a.drain()
		wantUsed(t, want, used(atFirst, a.stock()))
	}
}

func wantUsed(t *testing.T, want, got map[string]int64) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("used of the stock (-want +got):\n%s", diff)
	}
}

// A program that starts again has nothing left to do: what was delivered is not delivered again, and an
// order that is sent again is the one that is there. (That a batch whose cursor did not move leaves
// nothing behind is the outbox's own test.)
func TestARestartDeliversNothingTwice(t *testing.T) {
	t.Parallel()
	url := apptest.Franchise(t)
	p := apptest.Start(t, url)
	s := shop{p, t, ownStore, p.Token(t, "hq", demo.Password)}
	o := order(s.menu(), "takeaway", line{"cafe-latte", "r", map[string]string{"milk": "oat"}, 1}, line{"americano", "r", nil, 3})
	s.want(http.StatusCreated, http.MethodPost, "/orders", o, nil)
	s.drain()
	stock, sales := s.stock(), s.sales()
	p.Stop()

	p = apptest.Start(t, url)
	s.Program = p
	for range 2 {
		s.drain()
		s.want(http.StatusOK, http.MethodPost, "/orders", o, nil)
	}
	if diff := cmp.Diff(stock, s.stock()); diff != "" {
		t.Error(diff)
	}
	if got := s.sales(); got != sales {
		t.Errorf("figures %+v, before %+v", got, sales)
	}
}
