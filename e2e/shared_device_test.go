//go:build e2e

package e2e

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp/kb"

	"maru/e2e/chrome"
	"maru/internal/demo"
	"maru/internal/members"
)

// Two people of a store choose PINs, its owner makes the tablet at the counter a shared device, and they work on it one
// after the other: the order's history names both, and the device. Every page is looked at on the way.
func TestASharedDevice(t *testing.T) {
	browser, f := chrome.Start(t), found(t)
	url, shop := f.first.URL, "/s/"+store
	come := func(w *chrome.Window, login string) {
		w.Cookies(url, "lang=ko")
		signIn(w, url, login, demo.Password)
		w.Wait(`location.pathname.startsWith("/s/")`)
	}
	phone := browser.Window(t, 390, 844)
	pins := map[string]string{store + "-staff": "8305", store: "60417"}
	for login, pin := range pins {
		come(phone, login)
		phone.Go(url + "/me/pin")
		phone.Fill("#f-pin", "1234")
		phone.Fill("#f-old", demo.Password+kb.Enter)
		phone.Wait(`/이어지는 숫자/.test(document.querySelector(".field-problem")?.textContent)`)
		lookAt(t, phone, "pin-refused")
		phone.Resize(390, 844)
		phone.Fill("#f-pin", pin)
		phone.Fill("#f-old", demo.Password+kb.Enter)
		phone.Wait(`/부터 쓰고 있어요/.test(document.getElementById("content").textContent)`)
		phone.Eval(`fetch("/logout", {method: "POST"}).then(() => document.body.dataset.out = "1")`)
		phone.Wait(`document.body.dataset.out`)
	}

	w := browser.Window(t, 1280, 800)
	come(w, store)
	w.Go(url + shop + "/devices")
	lookAt(t, w, "devices-none")
	w.Resize(1280, 800)
	w.Fill("#f-name", "카운터")
	w.Fill("#f-old", demo.Password)
	w.Click(`form[action="` + shop + `/devices"] button:not([type=button])`)
	w.Wait(`location.pathname === "/shared" && document.querySelector(".person-tile")`)
	lookAt(t, w, "shared-people")
	lookAtWall(t, w, "shared-people")

	// By itself it shows who works here and nothing else.
	for _, path := range []string{shop, shop + "/register", shop + "/orders", "/me/password", "/me/pin", "/"} {
		w.Go(url + path)
		w.Wait(`location.pathname === "/shared"`)
	}
	if got := status(w, "/api/v1/session"); got != "401" {
		t.Errorf("the API answers the device %s", got)
	}

	pick := func(name string) {
		w.Eval(fmt.Sprintf(`[...document.querySelectorAll(".person-tile")].find((a) => a.querySelector(".person-name").textContent === %q).click()`, name))
		w.Wait(`document.querySelector("[data-pad]:not([hidden])") && document.activeElement?.name === "pin"`)
	}
	staff, owner := "", ""
	for who, suffix := range map[*string]string{&staff: "직원", &owner: "점주"} {
		*who = w.Text(fmt.Sprintf(`[...document.querySelectorAll(".person-tile:not(.person-tile-quiet)")].find((a) => a.textContent.includes(%q)).querySelector(".person-name").textContent`, suffix))
	}
	tap := func(digits string) {
		for _, d := range digits {
			w.Click(fmt.Sprintf(`[data-digit="%c"]`, d))
		}
		w.Click(`[data-pad] [type=submit]`)
	}

	// Touch: a wrong PIN, then the right one, and back where they wanted to go.
	w.Go(url + shop + "/register")
	w.Wait(`location.pathname === "/shared"`)
	pick(staff)
	lookAt(t, w, "shared-pad")
	lookAtWall(t, w, "shared-pad")
	w.Resize(1280, 800)
	tap("4081")
	w.Wait(`/PIN이 맞지 않아요/.test(document.querySelector(".field-problem")?.textContent)`)
	lookAt(t, w, "shared-pad-wrong")
	w.Resize(1280, 800)
	tap(pins[store+"-staff"])
	w.Wait(fmt.Sprintf("location.pathname === %q", shop+"/register"))
	live(w)
	lookAt(t, w, "shared-register")
	w.Resize(1280, 800)
	if got := status(w, "/me/devices"); got != "403" {
		t.Errorf("the account page answers a PIN with %s", got)
	}
	if got := status(w, shop+"/staff"); got != "403" {
		t.Errorf("the staff page answers a PIN with %s", got)
	}
	americano := itemOf(t, f.first, "americano").ID.String()
	w.Click("#item-" + americano + " .menu-card-add")
	w.Wait(`document.querySelectorAll("#cart-lines .cart-line").length === 1`)

	// The cart stays for whoever comes next.
	w.Click("[data-lock] button")
	w.Wait(`location.pathname === "/shared" && location.search.includes("register")`)
	pick(owner)
	w.Key(pins[store] + kb.Enter) // by keyboard, without touching the field
	w.Wait(fmt.Sprintf("location.pathname === %q", shop+"/register"))
	live(w)
	w.Wait(`document.querySelectorAll("#cart-lines .cart-line").length === 1`)
	w.Click("[data-lock] button")
	w.Wait(`location.pathname === "/shared"`)
	pick(staff)
	w.Key(pins[store+"-staff"] + kb.Enter)
	w.Wait(fmt.Sprintf("location.pathname === %q", shop+"/register"))
	live(w)
	w.Click(".cart-pay")
	w.Wait(`document.querySelector("#sheet[open] #pay")`)
	w.Click("#pay input[value=cash]")
	w.Fill("#pay [name=received]", "10000")
	w.Click("#pay [type=submit]")
	w.Wait(`document.querySelector(".placed-number")`)
	number := w.Text(`document.querySelector(".placed-number").textContent`)

	// The owner cancels what the barista took.
	w.Click("[data-lock] button")
	w.Wait(`location.pathname === "/shared"`)
	pick(owner)
	w.Key(pins[store] + kb.Enter)
	w.Wait(fmt.Sprintf("location.pathname === %q", shop+"/register"))
	w.Go(url + shop + "/orders?number=" + strings.TrimLeft(number, "0"))
	w.Click(`.row-target`)
	w.Wait(`document.querySelector("#order [hx-get$=cancel]")`)
	live(w)
	w.Click("#order [hx-get$=cancel]")
	w.Wait(`document.querySelector("#sheet[open] #cancel")`)
	w.Fill("#cancel [name=reason]", "손님이 마음을 바꿨어요")
	w.Click("#cancel [type=submit], #cancel button:not([type])")
	w.Wait(`/마음을 바꿨어요/.test(document.querySelector(".order-history").textContent)`)
	history := w.Text(`document.querySelector(".order-history").textContent`)
	for _, who := range []string{staff + " (카운터)", owner + " (카운터)"} {
		if !strings.Contains(history, who) {
			t.Errorf("the history does not name %s: %s", who, history)
		}
	}
	lookAt(t, w, "shared-history")

	// The store sees the device at work, and ends it from a phone: within seconds it is nobody's.
	come(phone, store)
	phone.Go(url + shop + "/devices")
	phone.Wait(`/사용 중/.test(document.querySelector("[id^=device-]").textContent)`)
	lookAt(t, phone, "devices")
	lookAtWall(t, phone, "devices")
	phone.Resize(390, 844)
	phone.Click(`form[action$="/end"] button`)
	phone.Wait(`/아직 공용 기기가 없어요/.test(document.getElementById("content").textContent)`)
	ended := time.Now()
	w.Go(url + shop + "/board")
	for time.Since(ended) < 20*time.Second && w.Text(`location.pathname`) != "/login" {
		w.Go(url + shop + "/board")
	}
	if w.Text(`location.pathname`) != "/login" {
		t.Errorf("the device goes on at %s", w.Text(`location.pathname`))
	}
	t.Logf("the ended device is at the sign-in page after %s", time.Since(ended).Round(time.Millisecond))
	clean(t, phone)
}

// A device that nobody touches goes back to its people by itself.
func TestASharedDeviceLocksItself(t *testing.T) {
	browser, f := chrome.Start(t), found(t)
	w := setUpDevice(t, browser, f)
	w.Go(f.first.URL + "/s/" + store + "/register")
	live(w)
	w.Eval(`document.body.dispatchEvent(new PointerEvent("pointerdown", {bubbles: true}))`)
	// The tab cannot wait for minutes: it is told that the last touch was long ago, as after a sleep.
	w.Eval(`const was = Date.now; Date.now = () => was() + 4 * 60_000; document.dispatchEvent(new Event("visibilitychange"))`)
	w.Wait(`location.pathname === "/shared" && location.search.includes("register")`)
	w.Go(f.first.URL + "/s/" + store + "/register")
	w.Wait(`location.pathname === "/shared"`)
	clean(t, w)
}

// A second tab of whoever worked before is nobody's place to go on: it leaves with them, whatever is open or half typed in it.
func TestATabLeavesWithItsPerson(t *testing.T) {
	browser, f := chrome.Start(t), found(t)
	url, shop := f.first.URL, "/s/"+store
	w := setUpDevice(t, browser, f)
	w.Go(url + shop + "/register")
	live(w)
	second := browser.Tab(t, 1280, 800)
	typeInto := func() {
		second.Go(url + shop + "/stock/receive")
		live(second)
		second.Eval(`document.querySelector("main input:not([type=hidden])").focus()`)
		second.Key("반쯤")
	}
	typeInto()
	w.Click(`[popovertarget=account]`)
	lookAt(t, w, "shared-account")
	w.Click(`#account form[action="/shared/lock"] button`)
	w.Wait(`location.pathname === "/shared" && document.querySelector(".person-tile")`)
	second.Wait(`location.pathname === "/shared" && !document.body.dataset.who`)
	if works := w.Text(`document.querySelector(".person-grid, .people-grid").textContent`); strings.Contains(works, "사용 중") {
		t.Errorf("somebody still works here: %s", works)
	}

	w.Eval(`document.querySelector(".person-tile:not(.person-tile-quiet)").click()`)
	w.Wait(`document.querySelector("[data-pad]:not([hidden])") && document.activeElement?.name === "pin"`)
	w.Key("60417" + kb.Enter)
	w.Wait(fmt.Sprintf("location.pathname === %q", shop+"/register"))
	typeInto()
	// A tab that slept was not told, and looks when it wakes.
	second.Eval(`window.slept = true; localStorage.setItem("person", "somebody else"); document.dispatchEvent(new Event("visibilitychange"))`)
	second.Wait(`!window.slept && document.readyState === "complete"`)

	// The owner ends the device from elsewhere.
	typeInto()
	ctx, m := t.Context(), f.first.Members
	owner, err := m.Authenticate(ctx, token(t, f.first, store))
	must(t, err)
	devices, err := m.SharedDevices(ctx, owner, owner.Stores[0])
	must(t, err)
	must(t, m.EndSharedDevice(ctx, owner, owner.Stores[0], devices.Devices[0].Session))
	second.Wait(`location.pathname === "/login"`)
	w.Wait(`location.pathname === "/login"`)
	clean(t, w)
	clean(t, second)
}

// What the person before left cannot be read where the way out takes long, and the way out is tried until it works.
func TestALockThatStallsCoversThePage(t *testing.T) {
	browser, f := chrome.Start(t), found(t)
	g := watched(t, f.first)
	w := setUpDevice(t, browser, f)
	w.Go(g.url + "/s/" + store + "/orders")
	live(w)
	stalled := g.stall("/shared/lock")
	w.Click("[data-lock] button")
	w.Wait(`document.body.hidden && document.body.getClientRects().length === 0`)
	<-stalled
	w.Wait(`location.pathname === "/shared" && document.querySelector(".person-tile")`)
	clean(t, w)
}

// lookAtWall looks at the page in English on a wall screen.
func lookAtWall(t *testing.T, w *chrome.Window, name string) {
	t.Helper()
	site := w.Text("location.origin")
	w.Cookies(site, "lang=en")
	w.Resize(1920, 1080)
	w.Eval(`location.reload()`)
	w.Wait(`document.readyState === "complete" && document.documentElement.lang === "en"`)
	w.Settled()
	if wider := w.Wider(); wider > 0 {
		t.Errorf("%s is %d px wider than a wall", name, wider)
	}
	w.Shot("account/"+name+"-en-1920", false)
	for _, barrier := range w.Barriers() {
		t.Errorf("%s in English: %s", name, barrier)
	}
	w.Cookies(site, "lang=ko")
	w.Eval(`location.reload()`)
	w.Wait(`document.readyState === "complete" && document.documentElement.lang === "ko"`)
}

// setUpDevice returns a window in which the owner works on a shared device of the store by PIN.
func setUpDevice(t *testing.T, browser *chrome.Browser, f *franchise) *chrome.Window {
	t.Helper()
	ctx, m := t.Context(), f.first.Members
	owner, err := m.Authenticate(ctx, token(t, f.first, store))
	must(t, err)
	must(t, m.SetPIN(ctx, owner, members.SetPIN{Stores: owner.Stores, PIN: "60417", Password: demo.Password}))
	device, err := m.SetUpDevice(ctx, owner, members.SetUpDevice{Store: owner.Stores[0], Name: "카운터", LockAfter: members.DefaultLock, Password: demo.Password})
	must(t, err)
	device, err = m.SwitchPerson(ctx, device.Principal, members.SwitchPerson{Member: owner.Member, PIN: "60417", RefreshToken: device.RefreshToken})
	must(t, err)
	w := browser.Tab(t, 1280, 800)
	w.Cookies(f.first.URL, "maru-access="+device.AccessToken, "maru-refresh="+device.RefreshToken, "lang=ko")
	return w
}
