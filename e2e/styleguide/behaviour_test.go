//go:build e2e

package styleguide

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"maru/internal/members/membersapi"
	"maru/web/webkit"
	"maru/web/webkit/showcase"
	"maru/web/webkit/webtest"
)

// tab is one tab of a browser, in which somebody is signed in at a store.
type tab struct {
	t   *testing.T
	ctx context.Context
	url string
}

func (b *tab) do(steps ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	must(b.t, chromedp.Do(b.ctx, steps...))
}

func (b *tab) eval(js string) {
	b.t.Helper()
	_, err := chromedp.Run(b.ctx, chromedp.Evaluate[chromedp.Void]("{"+js+"}"))
	must(b.t, err)
}

// wait waits until the expression is true.
func (b *tab) wait(js string) {
	b.t.Helper()
	deadline := time.Now().Add(15 * time.Second)
	for {
		ok, err := chromedp.Run(b.ctx, chromedp.Evaluate[bool]("!!("+js+")"))
		if err == nil && ok {
			return
		}
		if time.Now().After(deadline) {
			b.t.Fatalf("never: %s (%v)", js, err)
		}
		<-time.After(30 * time.Millisecond)
	}
}

func (b *tab) key(keys string) {
	b.t.Helper()
	b.do(chromedp.KeyEvent(keys))
}

// shop is a site that can be cut off from its browsers.
type shop struct {
	srv   *webtest.Server
	front *httptest.Server
	store membersapi.Store

	down, streamsDown atomic.Bool
}

func open(t *testing.T) *shop {
	t.Helper()
	s := &shop{store: webtest.Store("gangnam", "강남역점")}
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

func (s *shop) tab(browser context.Context, t *testing.T, path string) *tab {
	t.Helper()
	ctx, done := chromedp.NewContext(browser)
	t.Cleanup(done)
	b := &tab{t: t, ctx: ctx, url: s.front.URL}
	b.do(chromedp.EmulateViewport(1280, 800), chromedp.Navigate(b.url+"/assets/LICENSES.txt"))
	b.eval(fmt.Sprintf("document.cookie = %q; document.cookie = 'lang=ko;path=/'", s.srv.Cookie(webtest.Owner("김점장", s.store)).String()))
	b.do(chromedp.Navigate(b.url + path))
	b.wait(`document.body?.dataset.live === "on"`)
	return b
}

func TestAPartOfAPageRefetchesItselfAndKeepsWhatAPersonDoes(t *testing.T) {
	browser := startBrowser(t)
	s := open(t)
	b := s.tab(browser, t, "/s/gangnam/live-page")
	b.wait(`document.getElementById("asked").textContent === "1"`) // the sync of the first connection
	b.eval(`document.getElementById("more").open = true; document.getElementById("f-typed").focus()`)
	b.key("half a na")
	s.srv.Site.Hub().Publish(webkit.StoreTopic(s.store.ID), "orders", nil)
	b.wait(`document.getElementById("asked").textContent === "2"`)
	b.wait(`document.querySelector("#more p").textContent === "2"`)
	b.key("me")
	b.wait(`document.activeElement.id === "f-typed" && document.activeElement.value === "half a name" && document.getElementById("more").open`)
}

func TestAPageThatLostItsConnectionSaysSoAndCatchesUpByItself(t *testing.T) {
	browser := startBrowser(t)
	s := open(t)
	b := s.tab(browser, t, "/s/gangnam/live-page")
	b.wait(`document.getElementById("asked").textContent === "1"`)
	s.down.Store(true)
	s.front.CloseClientConnections()
	b.wait(`document.body.dataset.live === "off" && /기준/.test(document.querySelector("[data-live-since]").textContent)`)
	s.down.Store(false)
	b.wait(`document.body.dataset.live === "on" && document.getElementById("asked").textContent === "2"`)
}

func TestAStreamThatFailsAtFirstIsTriedAgain(t *testing.T) {
	browser := startBrowser(t)
	s := open(t)
	b := s.tab(browser, t, "/s/gangnam/live-page")
	s.streamsDown.Store(true)
	b.do(chromedp.Navigate(b.url + "/s/gangnam/live-page"))
	b.wait(`document.body.dataset.live === "off"`)
	s.streamsDown.Store(false)
	b.wait(`document.body.dataset.live === "on"`)
}

func TestTabsOfOneBrowserShareAStream(t *testing.T) {
	browser := startBrowser(t)
	s := open(t)
	first := s.tab(browser, t, "/s/gangnam/live-page")
	second := s.tab(browser, t, "/s/gangnam/live-page")
	third := s.tab(browser, t, "/s/gangnam/live-page")
	if n := s.srv.Site.Hub().Streams(); n != 1 {
		t.Errorf("three tabs hold %d streams", n)
	}
	heard := `window.heard = 0; document.body.addEventListener("live:orders", () => window.heard++)`
	for _, b := range []*tab{first, second, third} {
		b.eval(heard)
	}
	s.srv.Site.Hub().Publish(webkit.StoreTopic(s.store.ID), "orders", nil)
	for _, b := range []*tab{first, second, third} {
		b.wait(`window.heard === 1`)
	}
	// The tab that reads the stream leaves; the others hear on, after a sync of their own.
	second.eval(`window.synced = false; document.body.addEventListener("live:sync", () => window.synced = true)`)
	first.do(chromedp.Navigate("about:blank"))
	second.wait(`window.synced && document.body.dataset.live === "on"`)
	s.srv.Site.Hub().Publish(webkit.StoreTopic(s.store.ID), "orders", nil)
	second.wait(`window.heard === 2`)
	third.wait(`window.heard === 2`)
	// All of them say when the connection is gone, and all come back.
	s.down.Store(true)
	s.front.CloseClientConnections()
	second.wait(`document.body.dataset.live === "off"`)
	third.wait(`document.body.dataset.live === "off"`)
	s.down.Store(false)
	second.wait(`document.body.dataset.live === "on"`)
	third.wait(`document.body.dataset.live === "on"`)
}

func TestSingleKeysPressButtonsUnlessSomebodyTypes(t *testing.T) {
	browser := startBrowser(t)
	s := open(t)
	b := s.tab(browser, t, "/s/gangnam")
	b.key("n")
	b.wait(`document.getElementById("cancel").open`)
	b.eval(`document.getElementById("cancel").close()`)
	b.eval(`document.dispatchEvent(new KeyboardEvent("keydown", {key: "ㅜ", code: "KeyN", bubbles: true}))`)
	b.wait(`document.getElementById("cancel").open`)
	b.eval(`document.getElementById("cancel").close(); document.getElementById("f-name").focus(); document.getElementById("f-name").setSelectionRange(99, 99)`)
	b.key("n?")
	b.wait(`!document.querySelector("dialog[open]") && document.getElementById("f-name").value.endsWith("n?")`)
	b.eval(`document.activeElement.blur()`)
	b.key("?")
	b.wait(`document.getElementById("shortcuts").open && /새 메뉴/.test(document.getElementById("shortcuts").textContent)`)
	b.key("\x1b")
	b.wait(`!document.getElementById("shortcuts").open`)
}

func TestASheetOpensWithWhatWasLoadedAndGivesTheFocusBack(t *testing.T) {
	browser := startBrowser(t)
	s := open(t)
	b := s.tab(browser, t, "/s/gangnam/register")
	b.eval(`document.querySelector(".tile").focus()`)
	b.key("\r")
	b.wait(`document.getElementById("sheet").open && document.activeElement.value === "l"`)
	b.eval(`document.querySelector("#sheet [data-step='1']").click()`)
	b.wait(`document.querySelector("#sheet [name=quantity]").value === "2"`)
	b.key("\x1b")
	b.wait(`!document.getElementById("sheet").open && document.activeElement.matches(".tile")`)
}

func TestAnErrorIsToldAndChangesNothingElse(t *testing.T) {
	browser := startBrowser(t)
	s := open(t)
	b := s.tab(browser, t, "/s/gangnam/register")
	b.eval(`htmx.ajax("GET", "/s/gangnam/fails", {target: ".tile-grid"})`)
	b.wait(`/콜드브루가 방금 품절/.test(document.getElementById("toasts").textContent) && document.querySelectorAll(".tile").length === 12`)
	s.down.Store(true)
	b.eval(`document.getElementById("show-toast").click()`)
	b.wait(`/연결이 되지 않아/.test(document.getElementById("toasts").textContent)`)
}

func TestAToastTakesTheActionBack(t *testing.T) {
	browser := startBrowser(t)
	s := open(t)
	b := s.tab(browser, t, "/s/gangnam/register")
	b.eval(`window.back = 0; document.body.addEventListener("order:moved-back", () => window.back++)`)
	b.eval(`document.getElementById("show-toast").click()`)
	b.wait(`document.querySelector("#toasts [hx-post]")`)
	b.eval(`document.querySelector("#toasts [hx-post]").click()`)
	b.wait(`window.back === 1 && !document.querySelector("#toasts [data-toast]")`)
}

func TestWhatWasTypedSurvivesLeavingThePage(t *testing.T) {
	browser := startBrowser(t)
	s := open(t)
	b := s.tab(browser, t, "/s/gangnam")
	b.eval(`document.getElementById("f-price").focus(); document.getElementById("f-price").select()`)
	b.key("1234567")
	b.wait(`document.getElementById("f-price").value === "1,234,567"`)
	b.do(chromedp.Navigate(b.url+"/s/gangnam/board"), chromedp.Navigate(b.url+"/s/gangnam"))
	b.wait(`document.getElementById("f-price")?.value === "1,234,567"`)
}

func TestTheThemeChangesAtOnceAndStays(t *testing.T) {
	browser := startBrowser(t)
	s := open(t)
	b := s.tab(browser, t, "/s/gangnam")
	b.eval(`document.querySelector("#account [value=dark]").click()`)
	b.wait(`document.documentElement.dataset.theme === "dark"`)
	b.wait(`document.cookie.includes("theme=dark")`)
	b.do(chromedp.Navigate(b.url + "/s/gangnam/board"))
	b.wait(`document.documentElement.dataset.theme === "dark"`)
}
