//go:build e2e

package e2e

import (
	"strings"
	"testing"

	"maru/internal/demo"
)

// What was typed and not sent is kept for whoever typed it: never a password, also while it is shown.
func TestNoPasswordIsKeptInTheBrowser(t *testing.T) {
	browser, p := started(t)
	w := at(t, browser, p, "hq", "/me/profile")
	w.Fill("#f-phone", "010-5555-0100")
	w.Click(`#f-old + button`)
	w.Wait(`document.getElementById("f-old").type === "text"`)
	w.Fill("#f-old", demo.Password)
	w.Go(p.URL + "/me/devices")
	w.Wait(`Object.values(sessionStorage).some((v) => v.includes("010-5555-0100"))`)
	if kept := w.Text(`JSON.stringify(sessionStorage)`); strings.Contains(kept, demo.Password) {
		t.Errorf("the password is kept: %s", kept)
	}
	w.Go(p.URL + "/me/profile")
	typed(t, w, map[string]string{"phone": "010-5555-0100", "old": ""})
	clean(t, w)
}

// A page that nothing keeps up to date knows all the same when its person leaves in another tab.
func TestAnAccountPageLeavesWithItsPerson(t *testing.T) {
	browser, p := started(t)
	first := browser.Tab(t, 1280, 800)
	first.Cookies(p.URL, "lang=ko")
	signIn(first, p.URL, "hq", demo.Password)
	second := browser.Tab(t, 1280, 800)
	second.Go(p.URL + "/me/devices")
	first.Click(`[popovertarget=account]`)
	first.Click(`#account form[action="/logout"] button`)
	first.Wait(`location.pathname === "/login"`)
	second.Wait(`location.pathname === "/login" && location.search.includes("devices")`)
	clean(t, second)
}

// Somebody who applies and walks away leaves nothing for whoever comes in next.
func TestAnApplicationIsForgottenAtTheDoor(t *testing.T) {
	browser, p := started(t)
	w := visitor(t, browser, p.URL, "ko", "/signup")
	w.Fill("#f-name", "김지원")
	w.Go(p.URL + "/signup/status")
	w.Go(p.URL + "/signup")
	typed(t, w, map[string]string{"name": "김지원"})
	w.Go(p.URL + "/login")
	w.Go(p.URL + "/signup")
	typed(t, w, map[string]string{"name": ""})
	clean(t, w)
}

// An export is a file: the page stays, and another can be asked for.
func TestASecondExportIsMade(t *testing.T) {
	browser, p := started(t)
	g := watched(t, p)
	w := at(t, browser, p, "hq", "/hq/audit")
	w.Go(g.url + "/hq/audit")
	exports := func() (n int) {
		for _, v := range g.take() {
			if strings.HasSuffix(v.path, "/export") && v.status == 200 {
				n++
			}
		}
		return n
	}
	w.Fill("#f-reason", "분기 점검에 쓸 기록이에요")
	for n := 1; n <= 2; n++ {
		w.Wait(`!document.querySelector("form[data-download]").dataset.sent`)
		w.Click(`form[data-download] button`)
		w.Wait(`document.querySelector("form[data-download]").dataset.sent`)
	}
	w.Wait(`!document.querySelector("form[data-download]").dataset.sent`)
	if got := exports(); got != 2 {
		t.Errorf("%d exports came of two", got)
	}
}
