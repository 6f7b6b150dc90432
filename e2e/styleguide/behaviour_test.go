//go:build e2e

package styleguide

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"maru/e2e/chrome"
	"maru/internal/members/membersapi"
	"maru/internal/platform/auth"
	"maru/web/webkit"
	"maru/web/webkit/showcase"
	"maru/web/webkit/webtest"
)

// tab is one tab of a browser, in which somebody is signed in at a store.
type tab struct {
	*chrome.Window
	url string
}

// shop is a site that can be cut off from its browsers.
type shop struct {
	srv   *webtest.Server
	front *httptest.Server
	store membersapi.Store
	owner auth.Principal // who works in every tab

	down, streamsDown atomic.Bool
}

func open(t *testing.T) *shop {
	t.Helper()
	s := &shop{store: webtest.Store("gangnam", "강남역점")}
	s.owner = webtest.Owner("김점장", s.store)
	s.srv = webtest.Start(t, webkit.Options{Stores: webtest.Stores{s.store}}, showcase.Register)
	site := s.srv.Site.Handler()
	s.front = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if s.down.Load() || s.streamsDown.Load() && strings.HasSuffix(r.URL.Path, "/live") {
			http.Error(w, "bad gateway", http.StatusBadGateway)
			return
		}
		site.ServeHTTP(w, r)
	}))
	t.Cleanup(func() {
		s.front.CloseClientConnections()
		s.front.Close()
	})
	return s
}

func (s *shop) tab(browser *chrome.Browser, t *testing.T, path string) *tab {
	t.Helper()
	b := &tab{browser.Tab(t, 1280, 800), s.front.URL}
	session := s.srv.Cookie(s.owner)
	b.Cookies(b.url, "lang=ko", session.Name+"="+session.Value)
	b.Go(b.url + path)
	b.Wait(`document.body?.dataset.live === "on"`)
	return b
}

func TestAPartOfAPageRefetchesItselfAndKeepsWhatAPersonDoes(t *testing.T) {
	browser := chrome.Start(t)
	s := open(t)
	b := s.tab(browser, t, "/s/gangnam/live-page")
	b.Wait(`document.getElementById("asked").textContent === "1"`) // the sync of the first connection
	b.Eval(`document.getElementById("more").open = true; document.getElementById("f-typed").focus()`)
	b.Key("half a na")
	s.srv.Site.Hub().Publish(webkit.StoreTopic(s.store.ID), "orders", nil)
	b.Wait(`document.getElementById("asked").textContent === "2"`)
	b.Wait(`document.querySelector("#more p").textContent === "2"`)
	b.Key("me")
	b.Wait(`document.activeElement.id === "f-typed" && document.activeElement.value === "half a name" && document.getElementById("more").open`)
}

func TestAPageThatLostItsConnectionSaysSoAndCatchesUpByItself(t *testing.T) {
	browser := chrome.Start(t)
	s := open(t)
	b := s.tab(browser, t, "/s/gangnam/live-page")
	b.Wait(`document.getElementById("asked").textContent === "1"`)
	s.down.Store(true)
	s.front.CloseClientConnections()
	b.Wait(`document.body.dataset.live === "off" && /기준/.test(document.querySelector("[data-live-since]").textContent)`)
	s.down.Store(false)
	b.Wait(`document.body.dataset.live === "on" && document.getElementById("asked").textContent === "2"`)
}

func TestAStreamThatFailsAtFirstIsTriedAgain(t *testing.T) {
	browser := chrome.Start(t)
	s := open(t)
	b := s.tab(browser, t, "/s/gangnam/live-page")
	s.streamsDown.Store(true)
	b.Go(b.url + "/s/gangnam/live-page")
	b.Wait(`document.body.dataset.live === "off"`)
	s.streamsDown.Store(false)
	b.Wait(`document.body.dataset.live === "on"`)
}

func TestTabsOfOneBrowserShareAStream(t *testing.T) {
	browser := chrome.Start(t)
	s := open(t)
	first := s.tab(browser, t, "/s/gangnam/live-page")
	second := s.tab(browser, t, "/s/gangnam/live-page")
	third := s.tab(browser, t, "/s/gangnam/live-page")
	if n := s.srv.Site.Hub().Streams(); n != 1 {
		t.Errorf("three tabs hold %d streams", n)
	}
	heard := `window.heard = 0; document.body.addEventListener("live:orders", () => window.heard++)`
	for _, b := range []*tab{first, second, third} {
		b.Eval(heard)
	}
	s.srv.Site.Hub().Publish(webkit.StoreTopic(s.store.ID), "orders", nil)
	for _, b := range []*tab{first, second, third} {
		b.Wait(`window.heard === 1`)
	}
	// The tab that reads the stream leaves; the others hear on, after a sync of their own.
	second.Eval(`window.synced = false; document.body.addEventListener("live:sync", () => window.synced = true)`)
	first.Go("about:blank")
	second.Wait(`window.synced && document.body.dataset.live === "on"`)
	s.srv.Site.Hub().Publish(webkit.StoreTopic(s.store.ID), "orders", nil)
	second.Wait(`window.heard === 2`)
	third.Wait(`window.heard === 2`)
	// All of them say when the connection is gone, and all come back.
	s.down.Store(true)
	s.front.CloseClientConnections()
	second.Wait(`document.body.dataset.live === "off"`)
	third.Wait(`document.body.dataset.live === "off"`)
	s.down.Store(false)
	second.Wait(`document.body.dataset.live === "on"`)
	third.Wait(`document.body.dataset.live === "on"`)
}

func TestSingleKeysPressButtonsUnlessSomebodyTypes(t *testing.T) {
	browser := chrome.Start(t)
	s := open(t)
	b := s.tab(browser, t, "/s/gangnam")
	b.Key("n")
	b.Wait(`document.getElementById("cancel").open`)
	b.Eval(`document.getElementById("cancel").close()`)
	b.Eval(`document.dispatchEvent(new KeyboardEvent("keydown", {key: "ㅜ", code: "KeyN", bubbles: true}))`)
	b.Wait(`document.getElementById("cancel").open`)
	b.Eval(`document.getElementById("cancel").close(); document.getElementById("f-name").focus(); document.getElementById("f-name").setSelectionRange(99, 99)`)
	b.Key("n?")
	b.Wait(`!document.querySelector("dialog[open]") && document.getElementById("f-name").value.endsWith("n?")`)
	b.Eval(`document.activeElement.blur()`)
	b.Key("?")
	b.Wait(`document.getElementById("shortcuts").open && /새 메뉴/.test(document.getElementById("shortcuts").textContent)`)
	b.Key("\x1b")
	b.Wait(`!document.getElementById("shortcuts").open`)
}

func TestASheetOpensWithWhatWasLoadedAndGivesTheFocusBack(t *testing.T) {
	browser := chrome.Start(t)
	s := open(t)
	b := s.tab(browser, t, "/s/gangnam/register")
	b.Eval(`document.querySelector(".tile").focus()`)
	b.Key("\r")
	b.Wait(`document.getElementById("sheet").open && document.activeElement.value === "l"`)
	b.Eval(`document.querySelector("#sheet [data-step='1']").click()`)
	b.Wait(`document.querySelector("#sheet [name=quantity]").value === "2"`)
	b.Key("\x1b")
	b.Wait(`!document.getElementById("sheet").open && document.activeElement.matches(".tile")`)
}

func TestAnErrorIsToldAndChangesNothingElse(t *testing.T) {
	browser := chrome.Start(t)
	s := open(t)
	b := s.tab(browser, t, "/s/gangnam/register")
	b.Eval(`htmx.ajax("GET", "/s/gangnam/fails", {target: ".tile-grid"})`)
	b.Wait(`/콜드브루가 방금 품절/.test(document.getElementById("toasts").textContent) && document.querySelectorAll(".tile").length === 12`)
	s.down.Store(true)
	b.Eval(`document.getElementById("show-toast").click()`)
	b.Wait(`/연결이 되지 않아/.test(document.getElementById("toasts").textContent)`)
}

func TestAToastTakesTheActionBack(t *testing.T) {
	browser := chrome.Start(t)
	s := open(t)
	b := s.tab(browser, t, "/s/gangnam/register")
	b.Eval(`window.back = 0; document.body.addEventListener("order:moved-back", () => window.back++)`)
	b.Eval(`document.getElementById("show-toast").click()`)
	b.Wait(`document.querySelector("#toasts [hx-post]")`)
	b.Eval(`document.querySelector("#toasts [hx-post]").click()`)
	b.Wait(`window.back === 1 && !document.querySelector("#toasts [data-toast]")`)
}

func TestWhatWasTypedSurvivesLeavingThePage(t *testing.T) {
	browser := chrome.Start(t)
	s := open(t)
	b := s.tab(browser, t, "/s/gangnam")
	b.Eval(`document.getElementById("f-price").focus(); document.getElementById("f-price").select()`)
	b.Key("1234567")
	b.Wait(`document.getElementById("f-price").value === "1,234,567"`)
	b.Go(b.url + "/s/gangnam/board")
	b.Go(b.url + "/s/gangnam")
	b.Wait(`document.getElementById("f-price")?.value === "1,234,567"`)
}

func TestTheThemeChangesAtOnceAndStays(t *testing.T) {
	browser := chrome.Start(t)
	s := open(t)
	b := s.tab(browser, t, "/s/gangnam")
	b.Eval(`document.querySelector("#account [value=dark]").click()`)
	b.Wait(`document.documentElement.dataset.theme === "dark"`)
	b.Wait(`document.cookie.includes("theme=dark")`)
	b.Go(b.url + "/s/gangnam/board")
	b.Wait(`document.documentElement.dataset.theme === "dark"`)
}
