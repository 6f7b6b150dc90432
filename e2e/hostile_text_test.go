//go:build e2e

package e2e

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"maru/e2e/chrome"
	"maru/internal/demo"
	"maru/internal/imports"
	"maru/internal/kernel/ids"
	"maru/internal/kernel/lang"
	"maru/internal/members"
	"maru/internal/members/membersapi"
	"maru/internal/platform/auth"
)

// probe becomes an element of its own where a page, or a script of it, takes a text for markup; evil is a name that holds
// it, of the length that the shortest name may have.
const (
	probe = `"'><xss-probe onfocus=pwned()>`
	evil  = "☕️قهوة " + probe
)

// Whatever people are called, and whatever they write, is text on every page that shows it, after the scripts of the page
// have had it in their hands. TestWhateverPeopleTypeStaysText sends worse to every form, without a browser.
func TestHostileTextsStayText(t *testing.T) {
	browser, p := started(t)
	ctx, hq, m := t.Context(), auth.System("e2e"), p.Members

	// A store, a product, people, a device, links, keys, an application and a list of stores, all of hostile names.
	s, err := m.StoreByCode(ctx, store)
	must(t, err)
	master, err := m.StoreMaster(ctx, hq, store)
	must(t, err)
	card := master.StoreCard
	card.Name, card.Region, card.Address = lang.Text{Ko: evil, En: evil}, evil, evil
	_, err = m.ChangeStore(ctx, hq, members.ChangeStore{ID: s.ID, StoreCard: card})
	must(t, err)
	who, err := m.Authenticate(ctx, token(t, p, store))
	must(t, err)
	must(t, m.ChangeProfile(ctx, who, members.ChangeProfile{Name: evil}))
	must(t, m.SetPIN(ctx, who, members.SetPIN{Stores: who.Stores, PIN: "60417", Password: demo.Password}))
	_, _, err = m.CreateKey(ctx, hq, members.CreateKey{Name: evil, Permissions: []auth.Permission{auth.ViewSales}, PerMinute: 60, Days: 1})
	must(t, err)
	_, _, err = m.CreateKey(ctx, hq, members.CreateKey{Store: &s.ID, Name: evil, Permissions: []auth.Permission{auth.ViewSales}, PerMinute: 60, Days: 1})
	must(t, err)
	invitation, err := m.Invite(ctx, hq, members.Invite{Name: evil, Role: auth.Staff, Stores: []ids.StoreID{s.ID}})
	must(t, err)
	number, err := m.Apply(ctx, members.Apply{BusinessNo: "124-81-00998", Name: evil, Phone: "010-1234-5678", StoreWish: strings.Repeat(evil+"\n", 25), Address: "203.0.113.7"})
	must(t, err)
	waiting, err := m.Applications(ctx, hq, membersapi.Waiting, nil)
	must(t, err)
	application := waiting.List[0].ID
	must(t, m.RefuseApplication(ctx, hq, members.RefuseApplication{ID: application, Reason: evil}))
	file := "번호,지점명,시도,주소," + `"` + strings.ReplaceAll(evil, `"`, `""`) + `"` + "\n1," + strings.Repeat(`"`+strings.ReplaceAll(evil, `"`, `""`)+`",`, 3) + "\n"
	sheet, err := imports.ReadStores(strings.NewReader(file), nil)
	must(t, err)
	draft, err := m.KeepStoreList(ctx, hq, evil+".csv", []byte(file), sheet.Layout(members.NewStores{TimeZone: "Asia/Seoul", Status: membersapi.Preparing}))
	must(t, err)

	menu := at(t, browser, p, "hq", "/hq/menu/items/americano")
	for name, value := range map[string]string{"name_ko": evil, "name_en": evil} {
		menu.Eval(fmt.Sprintf(`document.querySelector('[name=%s]').value = %q`, name, value))
	}
	menu.Click(`form[action="/hq/menu/items/americano"] .btn-primary`)
	menu.Wait(`document.readyState === "complete" && document.querySelector("h1")?.textContent.includes("xss-probe")`)
	menu.Go(p.URL + "/hq/menu/versions")
	menu.Fill(`form[action="/hq/menu/versions"] input:not([type=hidden]), form[action="/hq/menu/versions"] textarea`, "x")
	menu.Eval(fmt.Sprintf(`document.querySelector('form[action="/hq/menu/versions"] :is(input:not([type=hidden]), textarea)').value = %q`, evil))
	menu.Click(`form[action="/hq/menu/versions"] .btn-primary`)
	menu.Wait(`location.pathname === "/hq/menu/versions/2"`)

	// The register has them all in its hands: search, sheet, cart, a cart with a name, and its toasts.
	shop := "/s/" + store
	w := at(t, browser, p, store, shop+"/register")
	live(w)
	harmless(t, w, "the register")
	w.Eval(`document.body.dispatchEvent(new KeyboardEvent("keydown", { key: "?", bubbles: true, cancelable: true }))`)
	w.Wait(`document.querySelector("dialog[open]")`)
	harmless(t, w, "the list of shortcuts")
	w.Eval(`document.querySelector("dialog[open]").close()`)
	w.Wait(`document.querySelector(".menu-card-main").closest("[id^=item-]")`)
	americano := "#item-" + itemOf(t, p, "americano").ID.String()
	w.Fill("[data-search]", probe)
	harmless(t, w, "the search of the register")
	w.Fill("[data-search]", "قهوة")
	w.Wait(fmt.Sprintf(`document.querySelector(%q).getClientRects().length && [...document.querySelectorAll("[id^=item-]")].filter(e => e.getClientRects().length).length === 1`, americano))
	w.Click(americano + " .menu-card-main")
	w.Wait(`document.querySelector("#sheet[open] #choice")`)
	harmless(t, w, "the sheet of an item")
	w.Click("#choice [type=submit]")
	w.Wait(`document.querySelectorAll("#cart-lines .cart-line").length === 1`)
	w.Click(`#cart [hx-get$="register/hold"]`)
	w.Fill("#hold [name=label]", probe)
	w.Click("#hold [type=submit], #hold button:not([type])")
	w.Wait(`document.querySelectorAll("#cart-lines .cart-line").length === 0 && !document.getElementById("sheet").open`)
	harmless(t, w, "a held cart")
	w.Click(`#cart [hx-get$="register/held"]`)
	w.Wait(`document.getElementById("held")?.textContent.includes("xss-probe")`)
	harmless(t, w, "the held carts")
	w.Click("#held .btn-primary")
	w.Wait(`document.querySelectorAll("#cart-lines .cart-line").length === 1`)
	w.Click("#cart-lines .cart-line [hx-post$=remove]")
	w.Wait(`document.querySelectorAll("#cart-lines .cart-line").length === 0 && document.querySelector("[data-toast]")`)
	harmless(t, w, "a toast")
	taken := order(t, p, choose(t, p, "americano", 2, nil))
	call[any](t, p, http.MethodPost, fmt.Sprintf("/stores/%s/orders/%s/cancel", store, order(t, p, choose(t, p, "americano", 1, nil)).OrderID), map[string]any{"reason": evil})
	must(t, p.Dispatcher.Drain(ctx))

	// Every page that shows one of them.
	for login, all := range map[string][]string{
		store: {
			shop, shop + "/board", shop + "/orders", shop + "/orders/" + taken.OrderID.String(), shop + "/stock", shop + "/sales", shop + "/staff", shop + "/keys", shop + "/devices",
			"/me/profile", "/me/devices", "/me/password", "/me/pin", "/me/second-factor",
		},
		"hq": {
			"/hq", "/hq/stores", "/hq/sales", "/hq/menu", "/hq/menu/items/americano", "/hq/menu/versions", "/hq/menu/versions/2", "/hq/members?q=xss", "/hq/members/" + who.Member.String(),
			"/hq/invitations", "/hq/sign-ups?state=refused", "/hq/sign-ups/" + application.String(), "/hq/keys", "/hq/audit", "/hq/store-master", "/hq/store-master/stores/" + store,
			"/hq/store-master/imports", "/hq/store-master/imports/" + draft.String(), "/hq/store-master/imports/" + draft.String() + "/preview",
		},
		"": {"/join/" + invitation.Token, "/signup/status/" + string(number)},
	} {
		v := browser.Window(t, 1280, 800)
		v.Cookies(p.URL, "lang=ko")
		if login != "" {
			v.Cookies(p.URL, "maru-access="+token(t, p, login))
		}
		for _, path := range all {
			v.Go(p.URL + path)
			v.Wait(`document.readyState === "complete" && (!document.body.dataset.liveUrl || document.body.dataset.live === "on")`)
			v.Settled()
			v.Eval(`for (const point of document.querySelectorAll("[data-chart] *, svg *")) point.dispatchEvent(new PointerEvent("pointerover", { bubbles: true }))`)
			harmless(t, v, path)
		}
	}

	// And a shared device of that name, on which that person works.
	device, err := m.SetUpDevice(ctx, who, members.SetUpDevice{Store: s.ID, Name: evil, LockAfter: members.DefaultLock, Password: demo.Password})
	must(t, err)
	d := browser.Window(t, 1280, 800)
	d.Cookies(p.URL, "maru-access="+device.AccessToken, "maru-refresh="+device.RefreshToken)
	d.Go(p.URL + "/shared?next=" + "%22%27%3E%3Cxss-probe%3E")
	d.Wait(`document.querySelector(".person-tile")`)
	harmless(t, d, "the people of a device")
	d.Eval(`[...document.querySelectorAll(".person-tile")].find((a) => a.textContent.includes("xss-probe")).click()`)
	d.Wait(`document.querySelector("[data-pad]:not([hidden])")`)
	harmless(t, d, "the pad of a device")
	d.Key("60417\r")
	d.Wait(`location.pathname.startsWith("/s/")`)
	harmless(t, d, "the store on a device")
}

// harmless fails where the page made something of a hostile text, or shows none.
func harmless(t *testing.T, w *chrome.Window, where string) {
	t.Helper()
	if found := w.Text(`[...document.querySelectorAll("xss-probe, [onfocus]")].map((e) => e.parentElement.outerHTML.slice(0, 300)).join("\n")`); found != "" {
		t.Errorf("%s: a text became markup: %s", where, found)
	}
	if w.Text(`document.documentElement.outerHTML.includes("xss-probe") || [...document.querySelectorAll("input")].some((i) => i.value.includes("xss-probe"))`) != "true" {
		t.Errorf("%s shows none of the hostile texts", where)
	}
	if wider := w.Wider(); wider > 0 {
		t.Errorf("%s is %d px wider than the window", where, wider)
	}
	for _, c := range w.Complaints() {
		t.Errorf("%s: console: %s", where, c)
	}
}
