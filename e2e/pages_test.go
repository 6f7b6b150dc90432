//go:build e2e

package e2e

import (
	"bytes"
	"fmt"
	"net/http"
	"os"
	"strconv"
	"strings"
	"testing"

	"maru/e2e/chrome"
	"maru/internal/demo"
	"maru/internal/imports"
	"maru/internal/kernel/ids"
	"maru/internal/members"
	"maru/internal/members/membersapi"
	"maru/internal/ordering"
	"maru/internal/ordering/orderingapi"
	"maru/internal/platform/auth"
)

// page is one thing to look at.
type page struct {
	name, login, path string
	steps             string // JavaScript that brings the page into a state
	reached           string // JavaScript that is true in that state
}

const content = `document.getElementById("content")`

func pages(t *testing.T, f *franchise) []page {
	t.Helper()
	americano, latte := itemOf(t, f.first, "americano").ID.String(), itemOf(t, f.first, "cafe-latte").ID.String()
	for n := range 9 {
		r := order(t, f.first, choose(t, f.first, "cafe-latte", 1+n%3, map[string]string{"milk": "oat"}), choose(t, f.first, "americano", 1, nil))
		for _, to := range []orderingapi.Status{orderingapi.Preparing, orderingapi.Ready, orderingapi.Completed}[:n%4] {
			must(t, f.first.Ordering.MoveOrder(t.Context(), auth.System("e2e"), ordering.MoveOrder{StoreID: sellable(t, f.first).Store, OrderID: r.OrderID, To: to}))
		}
	}
	last := order(t, f.first, choose(t, f.first, "cafe-latte", 2, map[string]string{"milk": "oat"}))
	shop, sheet := "/s/"+store, `document.getElementById("sheet").open`
	fill := fmt.Sprintf(`for (const id of [%q, %q, %q]) document.querySelector("#item-" + id + " .menu-card-add").click()`, americano, latte, americano)
	filled := `document.querySelectorAll("#cart-lines .cart-line").length >= 2`
	joining := append(joiningPages(t, f), importPages(t, f)...)
	return append(joining, []page{
		{"login", "", "/login", "", content},
		{"store-home", "seongsu", shop, "", content},
		{"register", "seongsu", shop + "/register", "", content},
		{"register-sheet", "seongsu", shop + "/register", fmt.Sprintf(`document.querySelector("#item-%s .menu-card-main").click()`, latte), sheet},
		{"register-cart", "seongsu", shop + "/register", fill, filled},
		{"register-pay", "seongsu", shop + "/register", `document.querySelector(".cart-pay").click()`, sheet + ` && document.getElementById("pay")`},
		{"register-discount", "seongsu", shop + "/register", `document.querySelector(".cart-discount-button").click()`, sheet + ` && document.getElementById("discount")`},
		{"register-held", "seongsu", shop + "/register", `document.querySelector('[hx-get$="register/held"]').click()`, sheet},
		{"board", "seongsu", shop + "/board", "", content},
		{"board-cancel", "seongsu", shop + "/board", `document.querySelector("[data-order] [hx-get$=cancel]").click()`, sheet},
		{"orders", "seongsu", shop + "/orders", "", content},
		{"order", "seongsu", shop + "/orders/" + last.OrderID.String(), "", content},
		{"stock", "seongsu", shop + "/stock", "", content},
		{"stock-material", "seongsu", shop + "/stock/milk", "", content},
		{"stock-adjust", "seongsu", shop + "/stock/milk/adjust", "", content},
		{"stock-receive", "seongsu", shop + "/stock/receive?m=milk&m=beans", "", content},
		{"stock-picker", "seongsu", shop + "/stock/receive", `document.querySelector("[data-open=picker]").click()`, `document.getElementById("picker").open`},
		{"store-sales", "seongsu", shop + "/sales", "", content},
		{"account", "seongsu", shop + "/stock", `document.getElementById("account").showPopover()`, `document.getElementById("account").matches(":popover-open")`},
		{"not-found", "seongsu", shop + "/orders/" + ids.NewOrderID().String(), "", content},
		{"hq-home", "hq", "/hq", "", content},
		{"hq-sales", "hq", "/hq/sales", "", content},
		{"hq-stores", "hq", "/hq/stores", "", content},
		{"hq-store-master", "hq", "/hq/store-master", "", content},
		{"hq-store-card", "hq", "/hq/store-master/stores/" + store, `document.querySelector("#owner details").open = true`, content},
		{"hq-store-new", "hq", "/hq/store-master/new", "", content},
		{"hq-menu", "hq", "/hq/menu", "", content},
		{"hq-item-new", "hq", "/hq/menu/new", "", content},
		{"hq-item", "hq", "/hq/menu/items/cafe-latte", "", content},
		{"hq-recipe", "hq", "/hq/menu/items/cafe-latte/sizes/r/recipe", "", content},
		{"hq-options", "hq", "/hq/menu/options", "", content},
		{"hq-option-group", "hq", "/hq/menu/options/milk", "", content},
		{"hq-sub-recipes", "hq", "/hq/menu/sub-recipes", "", content},
		{"hq-sub-recipe", "hq", "/hq/menu/sub-recipes/cold-brew", "", content},
		{"hq-materials", "hq", "/hq/materials", "", content},
		{"hq-material", "hq", "/hq/materials/milk", "", content},
		{"hq-versions", "hq", "/hq/menu/versions", "", content},
		{"hq-version", "hq", "/hq/menu/versions/1", "", content},
		{"hq-audit", "hq", "/hq/audit", `document.querySelector("details summary").click()`, `document.querySelector("details[open]")`},
		{"hq-operations", "hq", "/hq/operations", "", content},
		{"hq-keys", "hq", "/hq/keys", "", content},
		{"hq-second-factors", "hq", "/hq/second-factors", "", content},
		{"store-keys", "seongsu", shop + "/keys", "", content},
		{"store-staff", "seongsu", shop + "/staff", "", content},
		{"me-profile", "seongsu", "/me/profile", "", content},
		{"me-password", "seongsu", "/me/password", "", content},
		{"me-devices", "seongsu", "/me/devices", "", content},
		{"store-devices", demo.SharedStore, "/s/" + demo.SharedStore + "/devices", "", content},
		{"me-pin", "seongsu", "/me/pin", "", content},
		{"me-second-factor", "seongsu", "/me/second-factor", "", content},
	}...)
}

// joiningPages are the pages on which people come to the franchise and are looked after.
func joiningPages(t *testing.T, f *franchise) []page {
	t.Helper()
	ctx, hq, m := t.Context(), auth.System("e2e"), f.first.Members
	number, err := m.Apply(ctx, members.Apply{
		BusinessNo: "124-81-00998", Name: "김마루", Phone: "010-1234-5678", Email: "owner@example.com", StoreWish: "성수동에 20평, 내년 봄", Address: "203.0.113.7",
	})
	must(t, err)
	waiting, err := m.Applications(ctx, hq, membersapi.Waiting, nil)
	must(t, err)
	invitation, err := m.Invite(ctx, hq, members.Invite{Name: "이본사", Role: auth.HQAnalyst})
	must(t, err)
	found, err := m.Members(ctx, hq, members.Find{Search: "seongsu-staff"})
	must(t, err)
	staff := found.List[0].ID
	reset, err := m.IssueReset(ctx, hq, staff)
	must(t, err)
	return []page{
		{"signup", "", "/signup", "", content},
		{"signup-number", "", "/signup/status", "", content},
		{"signup-status", "", "/signup/status/" + string(number), "", content},
		{"join", "", "/join/" + invitation.Token, "", content},
		{"reset", "", "/reset/" + reset.Token, "", content},
		{"forgot", "", "/forgot", "", content},
		{"hq-members", "hq", "/hq/members", "", content},
		{"hq-invitations", "hq", "/hq/invitations", "", content},
		{"hq-member-invite", "hq", "/hq/members/invite", "", content},
		{"hq-member", "hq", "/hq/members/" + staff.String(), "", content},
		{"hq-sign-ups", "hq", "/hq/sign-ups", "", content},
		{"hq-sign-up", "hq", "/hq/sign-ups/" + waiting.List[0].ID.String(), "", content},
		{"store-permissions", "seongsu", "/s/" + store + "/staff/" + staff.String() + "/permissions", "", content},
	}
}

// importPages are the pages on which a list of stores is imported.
func importPages(t *testing.T, f *franchise) []page {
	t.Helper()
	ctx, hq, m := t.Context(), auth.System("e2e"), f.first.Members
	file, err := os.ReadFile("../internal/imports/testdata/stores.csv")
	must(t, err)
	sheet, err := imports.ReadStores(bytes.NewReader(file), nil)
	must(t, err)
	fresh := members.NewStores{TimeZone: "Asia/Seoul", Cutoff: 240, Status: membersapi.Preparing}
	draft, err := m.KeepStoreList(ctx, hq, "본사 지점 목록.csv", file, sheet.Layout(fresh))
	must(t, err)
	done, err := m.KeepStoreList(ctx, hq, "지난 목록.csv", file, sheet.Layout(fresh))
	must(t, err)
	plans, err := m.PlanStores(ctx, hq, sheet.Lines, fresh)
	must(t, err)
	must(t, m.StartStoreList(ctx, hq, done, sheet.Lines, fresh, members.PlanDigest(plans), ""))
	_, err = m.StepStoreList(ctx, hq, done, sheet.Lines, fresh)
	must(t, err)
	const path = "/hq/store-master/imports"
	return []page{
		{"hq-store-imports", "hq", path, "", content},
		{"hq-store-columns", "hq", path + "/" + draft.String(), "", content},
		{"hq-store-preview", "hq", path + "/" + draft.String() + "/preview", "", content},
		{"hq-store-imported", "hq", path + "/" + done.String() + "/progress", "", content},
	}
}

// sizes are a phone, a laptop and a wall.
var sizes = []struct{ width, height int64 }{{390, 844}, {laptop, 800}, {1920, 1080}}

const laptop = 1280

// Every page at every size, in both languages, light and dark: nothing is wider than the window, the
// console says nothing, axe-core finds nothing. All four of language and theme are looked at on a laptop,
// the two that differ most at every size.
func TestEveryPageIsInOrder(t *testing.T) {
	browser, f := chrome.Start(t), found(t)
	all := pages(t, f)
	for path := range walked(f) {
		if !visited(all, path) {
			t.Errorf("%s is a page that nobody looks at: add it to pages, or to notPages with the reason", path)
		}
	}
	looked := 0
	for _, p := range all {
		t.Run(p.name, func(t *testing.T) {
			w := browser.Window(t, 1280, 800)
			if p.login != "" {
				w.Cookies(f.first.URL, "maru-access="+token(t, f.first, p.login))
			}
			for _, language := range []string{"ko", "en"} {
				for _, theme := range []string{"light", "dark"} {
					w.Cookies(f.first.URL, "lang="+language, "theme="+theme)
					looked += look(t, w, f.first.URL, p, language+"-"+theme)
				}
			}
		})
	}
	t.Logf("%d pages and states, %d looks", len(all), looked)
}

// look opens the page once and looks at it at every size.
func look(t *testing.T, w *chrome.Window, url string, p page, as string) int {
	t.Helper()
	w.Resize(sizes[0].width, sizes[0].height)
	w.Go(url + p.path)
	w.Wait(`document.readyState === "complete" && (!document.body.dataset.liveUrl || document.body.dataset.live === "on")`)
	if p.steps != "" {
		w.Eval(p.steps)
	}
	w.Wait(p.reached)
	looked := 0
	for _, s := range sizes {
		if s.width != laptop && as != "ko-light" && as != "en-dark" {
			continue
		}
		looked++
		name := p.name + "-" + strconv.FormatInt(s.width, 10) + "-" + as
		w.Resize(s.width, s.height)
		w.Wait(fmt.Sprintf("innerWidth === %d && !document.querySelector('.htmx-request')", s.width))
		w.Settled()
		if n := w.Wider(); n > 0 {
			t.Errorf("%s: %d px wider than the window", name, n)
		}
		w.Shot(name, false)
		for _, b := range w.Barriers() {
			t.Errorf("%s: %s", name, b)
		}
	}
	for _, c := range w.Complaints() {
		t.Errorf("%s %s: console: %s", p.name, as, c)
	}
	return looked
}

// notPages are routes that answer with something else than a page of their own.
var notPages = map[string]string{
	"/assets/*": "files", "/s/:store/live": "stream", "/hq/live": "stream", "/": "a redirect", "/me": "a redirect", "/livez": "for machines", "/readyz": "for machines",
	"/metrics": "for machines", "/debug/pprof/profile": "for machines", "/debug/pprof/allocs": "for machines", "/debug/pprof/goroutine": "for machines",
	"/debug/pprof/heap": "for machines", "/hq/store-choice": "part of hq-sign-up", "/hq/store-master/owner-choice": "part of hq-store-card", "/hq/audit/members/:member": "part of hq-member",
	"/hq/sales.csv": "a file", "/s/:store/sales.csv": "a file",
	"/s/:store/register/menu": "part of register", "/s/:store/register/cart": "part of register", "/s/:store/register/hold": "a sheet of register",
	"/s/:store/register/items/:item": "register-sheet", "/s/:store/register/items/:item/limit": "a sheet of register",
	"/s/:store/register/cart/lines/:line": "a sheet of register", "/s/:store/register/held": "register-held", "/s/:store/register/discount": "register-discount", "/s/:store/register/pay": "register-pay",
	"/s/:store/board/columns": "part of board", "/s/:store/board/count": "part of the frame", "/s/:store/orders/:order/state": "part of order",
	"/s/:store/orders/:order/cancel": "board-cancel", "/s/:store/stock-list": "part of stock", "/s/:store/stock-count": "part of the frame",
	"/s/:store/stock-receive-line": "part of stock-receive", "/s/:store/stock-movements/:material": "part of stock-material",
	"/hq/today": "part of hq-home", "/hq/figures": "part of hq-home", "/hq/sales/figures": "part of hq-sales", "/hq/stores/list": "part of hq-stores",
	"/s/:store/home/today": "part of store-home", "/s/:store/home/orders": "part of store-home", "/s/:store/home/stock": "part of store-home",
	"/s/:store/sales/figures": "part of store-sales",
	"/shared":                 "TestASharedDevice looks at it", "/shared/:member": "TestASharedDevice looks at it",
}

// walked are the routes that are pages.
func walked(f *franchise) map[string]bool {
	routes := map[string]bool{}
	for _, r := range f.first.Site.Router().Routes() {
		if r.Method == http.MethodGet && notPages[r.Path] == "" {
			routes[r.Path] = true
		}
	}
	return routes
}

// visited reports whether one of the pages is of the route.
func visited(all []page, route string) bool {
	want := strings.Split(route, "/")
	for _, p := range all {
		path, _, _ := strings.Cut(p.path, "?")
		got := strings.Split(path, "/")
		fits := len(got) == len(want)
		for i := 0; fits && i < len(want); i++ {
			fits = got[i] == want[i] || strings.HasPrefix(want[i], ":")
		}
		if fits {
			return true
		}
	}
	return false
}
