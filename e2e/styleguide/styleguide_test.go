//go:build e2e

// Package styleguide looks at every piece of webkit in a browser: at three widths, in both languages,
// light and dark. axe-core must find nothing; the pictures are kept in test-results/styleguide.
package styleguide

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"maru/e2e/chrome"
	"maru/internal/platform/auth"
	"maru/web/webkit"
	"maru/web/webkit/showcase"
	"maru/web/webkit/webtest"
)

// page is one thing to look at.
type page struct {
	name  string
	path  string
	who   auth.Principal
	steps string // JavaScript that brings the page into a state
}

var widths = map[string][2]int64{"390": {390, 844}, "1280": {1280, 800}, "1920": {1920, 1080}}

func TestThePiecesHaveNoAccessibilityViolations(t *testing.T) {
	browser := chrome.Start(t)
	gangnam := webtest.Store("gangnam", "강남역점")
	hongdae := webtest.Store("hongdae", "홍대입구점")
	srv := webtest.Start(t, webkit.Options{
		Stores: webtest.Stores{gangnam, hongdae},
		Now:    func() time.Time { return time.Date(2026, 11, 22, 1, 42, 0, 0, time.UTC) },
	}, showcase.Register)
	owner, hq := webtest.Owner("김점장", gangnam, hongdae), webtest.HQ("박본사")
	pages := []page{
		{"register", "/s/gangnam/register", owner, ""},
		{"sheet", "/s/gangnam/register", owner, `document.querySelector(".tile").click()`},
		{"parts", "/s/gangnam", owner, ""},
		{"dialog", "/s/gangnam", owner, `document.querySelector("[data-open=cancel]").click()`},
		{"toast", "/s/gangnam/register", owner, `htmx.ajax("GET", "/s/gangnam/toast", {swap: "none"}); htmx.ajax("GET", "/s/gangnam/fails", {swap: "none"})`},
		{"account", "/s/gangnam", owner, `document.getElementById("account").showPopover()`},
		{"empty", "/s/gangnam/board", owner, ""},
		{"offline", "/s/gangnam/board", owner, `window.dispatchEvent(new Event("offline")); document.body.dataset.live = "off"; document.querySelector("[data-live-since]").textContent = "· 10:42"`},
		{"dashboard", "/hq", hq, ""},
		{"signin", "/login", auth.Principal{}, ""},
		{"error", "/nothing", owner, ""},
	}
	only := os.Getenv("MARU_SHOTS_ONLY")
	for _, p := range pages {
		if only != "" && !strings.Contains(","+only+",", ","+p.name+",") {
			continue
		}
		for width, size := range widths {
			for _, language := range []string{"ko", "en"} {
				for _, theme := range []string{"light", "dark"} {
					// All four at the width in the middle, the two that differ most at the others.
					if width != "1280" && (language == "ko") != (theme == "light") {
						continue
					}
					name := fmt.Sprintf("%s-%s-%s-%s", p.name, width, language, theme)
					t.Run(name, func(t *testing.T) {
						look(browser, t, srv, p, size, language, theme, name)
					})
				}
			}
		}
	}
}

func look(browser *chrome.Browser, t *testing.T, srv *webtest.Server, p page, size [2]int64, language, theme, name string) {
	w := browser.Tab(t, size[0], size[1])
	w.Cookies(srv.URL, "lang="+language, "theme="+theme)
	if p.who.SignedIn() {
		session := srv.Cookie(p.who)
		w.Cookies(srv.URL, session.Name+"="+session.Value)
	}
	w.Go(srv.URL + p.path)
	if p.steps != "" {
		w.Eval(p.steps)
	}
	w.Settled()
	w.Shot("styleguide/"+name, p.name == "parts" || p.name == "dashboard")
	for _, c := range w.Complaints() {
		t.Error(c)
	}
	for _, b := range w.Barriers() {
		t.Error(b)
	}
	if n := w.Wider(); n > 0 {
		t.Errorf("the page is %d px wider than the window", n)
	}
}
