//go:build e2e

package e2e

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp/kb"

	"maru/e2e/chrome"
	"maru/internal/app/apptest"
	"maru/internal/catalog/catalogapi"
	"maru/internal/demo"
	"maru/internal/kernel/dining"
	"maru/internal/kernel/ids"
	"maru/internal/ordering"
	"maru/internal/ordering/orderingapi"
	"maru/internal/platform/auth"
)

const store = "seongsu"

func TestPeopleAtWork(t *testing.T) {
	browser, f := chrome.Start(t), found(t)
	for _, c := range []struct {
		name string
		run  func(*testing.T, *chrome.Browser, *franchise)
	}{
		{"a barista takes an order, and the board of another replica moves it along", baristaTakesAnOrder},
		{"what runs out is sold out on open registers, and comes back with a delivery", stockRunsOut},
		{"a cart is held and recalled", cartIsHeld},
		{"a manager discounts an order, staff see no way to", managerDiscounts},
		{"headquarters changes a price, and registers have it", priceChanges},
		{"an order by keyboard alone", keyboardOnly},
		{"a lost connection is told and catches up", connectionIsLost},
		{"tabs share a stream, and each hears what it shows", tabsShareAStream},
	} {
		t.Run(c.name, func(t *testing.T) { c.run(t, browser, f) })
	}
}

// sellable is what the store sells, as the replica knows it.
func sellable(t *testing.T, p *apptest.Program) *ordering.Sellable {
	t.Helper()
	s, err := p.Members.StoreByCode(t.Context(), store)
	must(t, err)
	sell, err := p.Ordering.Sellable(s.ID)
	must(t, err)
	return sell
}

func itemOf(t *testing.T, p *apptest.Program, code string) *catalogapi.Item {
	t.Helper()
	menu := sellable(t, p).Menu
	i := slices.IndexFunc(menu.Items, func(i catalogapi.Item) bool { return i.Code == code })
	if i < 0 {
		t.Fatalf("the menu has no %s", code)
	}
	return &menu.Items[i]
}

// choose is the item's first size with the usual options, but for those of other by their group.
func choose(t *testing.T, p *apptest.Program, code string, quantity int, other map[string]string) ordering.Choice {
	t.Helper()
	sell, item := sellable(t, p), itemOf(t, p, code)
	c := ordering.Choice{ItemID: item.ID, SizeID: item.Sizes[0].ID, Quantity: quantity}
	for _, id := range item.Groups {
		group, _ := sell.Group(id)
		for _, o := range group.Options {
			if want, said := other[group.Code]; said && want == o.Code || !said && o.Default {
				c.Options = append(c.Options, ordering.ChosenOption{OptionID: o.ID, Quantity: 1})
			}
		}
	}
	return c
}

// order places one as another program would.
func order(t *testing.T, p *apptest.Program, choices ...ordering.Choice) ordering.Receipt {
	t.Helper()
	sell := sellable(t, p)
	cmd := ordering.PlaceOrder{ID: ids.NewOrderID(), StoreID: sell.Store, Channel: orderingapi.API, Dining: dining.Takeaway}
	tender := ordering.Tender{Kind: ordering.Cash}
	for _, c := range choices {
		priced, err := sell.Price(c)
		must(t, err)
		cmd.Lines = append(cmd.Lines, ordering.OrderLine{Choice: c})
		tender.Amount += priced.Total
	}
	cmd.Tenders = []ordering.Tender{tender}
	r, err := p.Ordering.PlaceOrder(t.Context(), auth.System("e2e"), cmd)
	must(t, err)
	return r
}

// onBoard is the JavaScript for the card of a pickup number in a column of the board.
func onBoard(status string, number int) string {
	return fmt.Sprintf(`[...document.querySelectorAll("#column-%s [data-order]")].find(c => parseInt(c.querySelector(".order-number").textContent) === %d)`, status, number)
}

func baristaTakesAnOrder(t *testing.T, browser *chrome.Browser, f *franchise) {
	board := at(t, browser, f.second, store, "/s/"+store+"/board") // the owner: staff may not cancel what is being made
	live(board)
	w := browser.Window(t, 1280, 800)
	w.Cookies(f.first.URL, "lang=ko")
	w.Go(f.first.URL + "/login")
	w.Fill("#f-login", "seongsu-staff")
	w.Fill("#f-password", demo.Password+kb.Enter)
	w.Wait(`location.pathname.startsWith("/s/seongsu")`)
	w.Go(f.first.URL + "/s/" + store + "/register")
	live(w)
	latte, oat := itemOf(t, f.first, "cafe-latte"), choose(t, f.first, "cafe-latte", 1, map[string]string{"milk": "oat"})
	w.Click("#item-" + latte.ID.String() + " .menu-card-main")
	w.Wait(`document.getElementById("sheet").open && document.getElementById("choice")`)
	for _, o := range oat.Options {
		w.Eval(fmt.Sprintf(`document.querySelector('#choice input[value="%s"]')?.click()`, o.OptionID))
	}
	w.Click("#choice [type=submit]")
	w.Wait(`document.querySelectorAll("#cart-lines .cart-line").length === 1 && /오트 밀크/.test(document.getElementById("cart-lines").textContent)`)
	w.Click(".cart-pay")
	w.Wait(`document.querySelector("#sheet[open] #pay")`)
	w.Click("#pay input[value=cash]")
	w.Fill("#pay [name=received]", "10000")
	w.Wait(`/4,600/.test(document.querySelector("[data-change-amount]").textContent)`) // of 4,800 + 600
	w.Click("#pay [type=submit]")
	w.Wait(`document.querySelector(".placed-number")`)
	paid := time.Now()
	number, err := strconv.Atoi(w.Text(`document.querySelector(".placed-number").textContent`))
	must(t, err)
	if change := w.Text(`document.querySelector(".placed-change").textContent`); !strings.Contains(change, "4,600") {
		t.Errorf("the change is %s", change)
	}

	board.Wait(onBoard("accepted", number))
	t.Logf("on the board of another replica %s after the receipt", time.Since(paid).Round(time.Millisecond))
	board.Eval(onBoard("accepted", number) + `.querySelector(".order-forward").click()`)
	board.Wait(onBoard("preparing", number))
	board.Click("[data-toast] [hx-post]")
	board.Wait(onBoard("accepted", number))
	for _, status := range []string{"preparing", "ready"} {
		board.Wait(fmt.Sprintf(`(c => c && !document.querySelector(".htmx-request"))(%s || %s)`, onBoard("accepted", number), onBoard("preparing", number)))
		board.Eval(fmt.Sprintf(`(%s || %s).querySelector(".order-forward").click()`, onBoard("accepted", number), onBoard("preparing", number)))
		board.Wait(onBoard(status, number))
	}
	board.Eval(onBoard("ready", number) + `.querySelector("[hx-get$=cancel]").click()`)
	board.Wait(`document.querySelector("#sheet[open] #cancel")`)
	board.Fill("#cancel [name=reason]", "손님이 마음을 바꿨어요")
	board.Click("#cancel [type=submit], #cancel button:not([type])")
	board.Wait("!(" + onBoard("ready", number) + ")")
	clean(t, board)
	clean(t, w)
}

// clean fails the test where the console of the window complained.
func clean(t *testing.T, w *chrome.Window) {
	t.Helper()
	for _, c := range w.Complaints() {
		t.Errorf("console: %s", c)
	}
}

type balances struct {
	Materials []struct {
		Material string
		OnHand   int64 `json:"on_hand_milli"`
		Unit     string
	}
}

func onHand(t *testing.T, f *franchise, material string) int64 {
	t.Helper()
	must(t, f.first.Dispatcher.Drain(t.Context()))
	for _, m := range call[balances](t, f.first, http.MethodGet, "/stores/"+store+"/stock", nil).Materials {
		if m.Material == material {
			return m.OnHand
		}
	}
	t.Fatalf("there is no %s", material)
	return 0
}

func receive(t *testing.T, f *franchise, material, unit string, milli int64) {
	t.Helper()
	call[any](t, f.first, http.MethodPost, "/stores/"+store+"/receipts", map[string]any{
		"id": ids.NewV7().String(), "lines": []any{map[string]any{"material": material, "quantity_milli": milli, "unit": unit}},
	})
}

// useUp orders the item until the material is not enough for one more.
func useUp(t *testing.T, f *franchise, material, item string, other map[string]string) {
	t.Helper()
	before := onHand(t, f, material)
	order(t, f.first, choose(t, f.first, item, 1, other))
	left := onHand(t, f, material)
	order(t, f.first, choose(t, f.first, item, int(left/(before-left)), other))
}

func stockRunsOut(t *testing.T, browser *chrome.Browser, f *franchise) {
	w := at(t, browser, f.second, "seongsu-staff", "/s/"+store+"/register")
	live(w)
	w.Eval(`window.kept = true`) // gone with a reload
	card := "#item-" + itemOf(t, f.first, "sweet-potato-latte").ID.String()
	out := fmt.Sprintf(`document.querySelector("%s").matches(".menu-card-out")`, card)
	w.Wait("!" + out)
	useUp(t, f, "sweet-potato", "sweet-potato-latte", nil)
	t.Logf("an item is sold out on a register of another replica %s after the answer", w.Wait(out).Round(time.Millisecond))
	receive(t, f, "sweet-potato", "g", 5_000_000)
	t.Logf("and back %s after a delivery", w.Wait("!"+out).Round(time.Millisecond))

	w.Click("#item-" + itemOf(t, f.first, "cafe-latte").ID.String() + " .menu-card-main")
	w.Wait(`document.querySelector("#sheet[open] #choice")`)
	var oat ids.OptionID
	for _, o := range choose(t, f.first, "cafe-latte", 1, map[string]string{"milk": "oat"}).Options {
		if name := w.Text(fmt.Sprintf(`document.querySelector('#choice input[value="%s"]')?.closest("label").textContent ?? ""`, o.OptionID)); strings.Contains(name, "오트") {
			oat = o.OptionID
		}
	}
	option := fmt.Sprintf(`document.querySelector('#choice input[value="%s"]')`, oat)
	w.Wait(option + "?.disabled === false")
	useUp(t, f, "oat-milk", "cafe-latte", map[string]string{"milk": "oat"})
	w.Wait(option + `?.disabled && /품절/.test(` + option + `.closest("label").textContent)`)
	receive(t, f, "oat-milk", "ml", 9_000_000)
	w.Wait(option + "?.disabled === false")
	w.Wait("window.kept")
	clean(t, w)
}

func cartIsHeld(t *testing.T, browser *chrome.Browser, f *franchise) {
	w := at(t, browser, f.first, "seongsu", "/s/"+store+"/register")
	live(w)
	w.Click("#item-" + itemOf(t, f.first, "americano").ID.String() + " .menu-card-add")
	w.Wait(`document.querySelectorAll("#cart-lines .cart-line").length === 1`)
	w.Click(`#cart [hx-get$="register/hold"]`)
	w.Fill("#hold [name=label]", "창가 손님"+kb.Enter)
	w.Wait(`document.querySelectorAll("#cart-lines .cart-line").length === 0`)
	w.Wait(`!document.getElementById("sheet").open`)
	w.Click(`#cart [hx-get$="register/held"]`)
	w.Wait(`/창가 손님/.test(document.getElementById("held")?.textContent)`)
	w.Click("#held .btn-primary")
	w.Wait(`document.querySelectorAll("#cart-lines .cart-line").length === 1`)
	clean(t, w)
}

func managerDiscounts(t *testing.T, browser *chrome.Browser, f *franchise) {
	staff := at(t, browser, f.first, "seongsu-staff", "/s/"+store+"/register")
	live(staff)
	w := at(t, browser, f.first, "seongsu", "/s/"+store+"/register")
	live(w)
	add := "#item-" + itemOf(t, f.first, "americano").ID.String() + " .menu-card-add"
	for _, r := range []*chrome.Window{staff, w} { // the cart may hold what another test left
		r.Eval(`window.before = document.querySelector(".cart-total")?.textContent`)
		r.Click(add)
		r.Wait(`document.querySelectorAll("#cart-lines .cart-line").length && document.querySelector(".cart-total").textContent !== window.before`)
	}
	staff.Wait(`document.querySelector(".cart-discount") === null`)
	w.Eval(`window.before = document.querySelector(".cart-total").textContent`)
	w.Click(".cart-discount-button")
	w.Wait(`document.getElementById("sheet").open && document.getElementById("discount")`)
	w.Click(`[data-fill="percent"][data-fill-with="10"]`)
	w.Click(`[data-fill="reason"]`)
	w.Click(`#discount [type=submit]`)
	w.Wait(`!document.getElementById("sheet").open && /10%/.test(document.querySelector(".cart-discount")?.textContent)`)
	w.Wait(`document.querySelector(".cart-total").textContent !== window.before`)
	w.Click(".cart-discount-none")
	w.Wait(`document.querySelector(".cart-total").textContent === window.before`)
	for _, r := range []*chrome.Window{staff, w} { // the next one finds an empty cart
		r.Click(`.cart-actions [data-key="c"]`)
		r.Wait(`document.querySelectorAll("#cart-lines .cart-line").length === 0`)
	}
	clean(t, w)
	clean(t, staff)
}

func priceChanges(t *testing.T, browser *chrome.Browser, f *franchise) {
	register := at(t, browser, f.second, "seongsu-staff", "/s/"+store+"/register")
	live(register)
	register.Eval(`window.kept = true`)
	w := at(t, browser, f.first, "hq", "/hq/menu/items/espresso")
	w.Fill(`[name="sizes.0.price"]`, "3700")
	w.Click(`#sizes .btn-primary`)
	w.Wait(`/3,700원/.test(document.getElementById("content").textContent)`)
	w.Go(f.first.URL + "/hq/menu/versions")
	w.Wait(`/3,700/.test(document.getElementById("content").textContent)`)
	w.Click(`form[action="/hq/menu/versions"] .btn-primary`)
	w.Wait(`location.pathname === "/hq/menu/versions/2"`)
	price := fmt.Sprintf(`/3,700/.test(document.querySelector("#item-%s .menu-card-price").textContent)`, itemOf(t, f.first, "espresso").ID)
	t.Logf("the new price is on a register of another replica %s after publishing", register.Wait(price).Round(time.Millisecond))
	register.Wait("window.kept")
	w.Go(f.first.URL + "/hq/menu/items/cafe-latte/sizes/r/recipe")
	w.Wait(`document.querySelector("h1") && /원두/.test(document.getElementById("content").textContent)`)
	clean(t, w)
	clean(t, register)
}

func keyboardOnly(t *testing.T, browser *chrome.Browser, f *franchise) {
	w := at(t, browser, f.first, "seongsu-staff", "/s/"+store+"/register")
	live(w)
	w.Wait(`document.querySelectorAll("#cart-lines .cart-line").length === 0`)
	// Not w.Key: the protocol types the character even where the page has taken the key.
	w.Eval(`document.body.dispatchEvent(new KeyboardEvent("keydown", { key: "/", bubbles: true, cancelable: true }))`)
	w.Wait(`document.activeElement.matches("[data-search]")`)
	w.Key("cappuccino")
	w.Key(kb.Enter)
	w.Wait(`document.getElementById("sheet").open && document.activeElement.closest("#choice [type=submit]")`)
	w.Key(kb.Enter)
	w.Wait(`!document.getElementById("sheet").open && document.querySelectorAll("#cart-lines .cart-line").length === 1`)
	w.Wait(`document.activeElement.matches("[data-search]")`)
	w.Key("flat white") // the next item: in place of what was looked for before
	w.Wait(`document.querySelector("[data-search]").value === "flat white" && document.querySelectorAll("[data-section]:not([hidden]) [data-item]:not([hidden])").length === 1`)
	w.Key(kb.Escape)
	w.Wait(`!document.activeElement.matches("input")`)
	w.Key("p")
	w.Wait(`document.querySelector("#sheet[open] #pay") && document.activeElement.name === "approval"`)
	w.Key("30412256")
	w.Key(kb.Enter)
	w.Wait(`document.querySelector(".placed-number") && !document.getElementById("sheet").open && document.activeElement.matches(".placed")`)
	w.Key(kb.Enter) // one too many
	w.Wait(`document.querySelector(".placed-number") && document.activeElement.matches(".placed")`)
	w.Key("n")
	w.Wait(`!document.querySelector(".placed-number")`)
	clean(t, w)
}

func connectionIsLost(t *testing.T, browser *chrome.Browser, f *franchise) {
	own := apptest.Start(t, f.url)
	w := at(t, browser, own, "seongsu-staff", "/s/"+store+"/board")
	live(w)
	address := strings.TrimPrefix(own.URL, "http://")
	own.Stop()
	w.Wait(`document.body.dataset.live === "off" && /기준/.test(document.querySelector("[data-live-since]").textContent) && document.querySelector("[data-live-since]").getClientRects().length`)
	missed := order(t, f.first, choose(t, f.first, "americano", 1, nil))
	apptest.StartAt(t, f.url, address)
	live(w)
	w.Wait(onBoard("accepted", missed.PickupNumber))
}

// tabsShareAStream opens a second tab that shows what the first, which holds the stream of both, does not.
func tabsShareAStream(t *testing.T, browser *chrome.Browser, f *franchise) {
	tab := func(page string) *chrome.Window {
		w := browser.Tab(t, 1280, 800)
		w.Cookies(f.first.URL, "maru-access="+token(t, f.first, "seongsu"))
		w.Go(f.first.URL + "/s/" + store + page)
		live(w)
		w.Eval(`window.heard = {}; for (const e of ["orders", "stock", "sync"]) document.body.addEventListener("live:" + e, () => heard[e] = (heard[e] ?? 0) + 1)`)
		return w
	}
	board := tab("/board")
	board.Settled()
	board.Eval("heard = {}")
	stock := tab("/stock")
	board.Wait("heard.sync") // the stream of both, opened anew with what the second shows
	first := order(t, f.first, choose(t, f.first, "americano", 1, nil))
	board.Wait(onBoard("accepted", first.PickupNumber))
	stock.Wait("heard.orders && heard.stock")

	stock.Eval("heard = {}")
	board.Go(f.first.URL + "/assets/LICENSES.txt") // the second tab goes on by itself
	stock.Wait(`heard.sync && document.body.dataset.live === "on"`)
	order(t, f.first, choose(t, f.first, "americano", 1, nil))
	stock.Wait("heard.stock")
	clean(t, stock)
}
