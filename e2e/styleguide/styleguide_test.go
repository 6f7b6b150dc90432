//go:build e2e

// Package styleguide looks at every piece of webkit in a browser: at three widths, in both languages,
// light and dark. axe-core must find nothing; with MARU_SHOTS=folder the pictures are kept.
package styleguide

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

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
	axe := axeSource(t)
	browser := startBrowser(t)
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
						look(browser, t, srv, p, size, language, theme, name, axe)
					})
				}
			}
		}
	}
}

func look(browser context.Context, t *testing.T, srv *webtest.Server, p page, size [2]int64, language, theme, name, axe string) {
	tab, done := chromedp.NewContext(browser)
	defer done()
	cookies := fmt.Sprintf("lang=%s;path=/|theme=%s;path=/", language, theme)
	if p.who.SignedIn() {
		cookies += "|" + srv.Cookie(p.who).String()
	}
	set := `for (const c of ` + fmt.Sprintf("%q", cookies) + `.split("|")) document.cookie = c`
	err := chromedp.Do(tab,
		chromedp.EmulateViewport(size[0], size[1]),
		chromedp.Navigate(srv.URL+"/assets/LICENSES.txt"),
	)
	must(t, err)
	_, err = chromedp.Run(tab, chromedp.Evaluate[chromedp.Void](set))
	must(t, err)
	complaints := complaintsOf(tab)
	must(t, chromedp.Do(tab, chromedp.Navigate(srv.URL+p.path)))
	if p.steps != "" {
		_, err = chromedp.Run(tab, chromedp.Evaluate[chromedp.Void](p.steps))
		must(t, err)
	}
	_, err = chromedp.Run(tab, chromedp.Evaluate[bool](`Promise.all([document.fonts.ready, new Promise(r => setTimeout(r, 350))]).then(() => true)`, chromedp.EvalAwaitPromise))
	must(t, err)
	if dir := os.Getenv("MARU_SHOTS"); dir != "" {
		png, err := chromedp.Run(tab, shot(p.name))
		must(t, err)
		must(t, os.MkdirAll(dir, 0o755))
		must(t, os.WriteFile(filepath.Join(dir, name+".png"), png, 0o600))
	}
	for _, c := range complaints() {
		t.Error(c)
	}
	_, err = chromedp.Run(tab, chromedp.Evaluate[chromedp.Void](axe))
	must(t, err)
	found, err := chromedp.Run(tab, chromedp.Evaluate[[]string](
		`axe.run(document, {runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}).then(r => r.violations.flatMap(v => v.nodes.map(n => v.id + " " + n.target.join(" ") + ": " + n.failureSummary.replaceAll("\n", " "))))`,
		chromedp.EvalAwaitPromise))
	must(t, err)
	for _, f := range found {
		t.Error(f)
	}
	wide, err := chromedp.Run(tab, chromedp.Evaluate[int](`document.documentElement.scrollWidth - innerWidth`))
	must(t, err)
	if wide > 0 {
		t.Errorf("the page is %d px wider than the window", wide)
	}
}

// complaintsOf collects what goes wrong in the page's console, refusals by the Content-Security-Policy
// among it. That an answer was an error on purpose is none.
func complaintsOf(tab context.Context) func() []string {
	var mu sync.Mutex
	var found []string
	messages := chromedp.Console(tab)
	go func() {
		for m, err := range messages {
			if err != nil {
				return
			}
			if (m.IsException() || m.Type == chromedp.ConsoleError || m.Type == chromedp.ConsoleWarning) && !strings.Contains(m.Text, "Failed to load resource") {
				mu.Lock()
				found = append(found, m.String())
				mu.Unlock()
			}
		}
	}()
	return func() []string {
		mu.Lock()
		defer mu.Unlock()
		return found
	}
}

// shot takes the window where the page is made for it, and the whole page elsewhere.
func shot(name string) chromedp.Action[[]byte] {
	switch name {
	case "parts", "dashboard":
		return chromedp.FullScreenshot(100)
	}
	return chromedp.CaptureScreenshot()
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func axeSource(t *testing.T) string {
	t.Helper()
	b, err := os.ReadFile("../../node_modules/axe-core/axe.min.js")
	if err != nil {
		skip(t, "axe-core is not there; run npm ci")
	}
	return string(b)
}

func startBrowser(t *testing.T) context.Context {
	t.Helper()
	path, err := exec.LookPath("chromium")
	if err != nil {
		skip(t, "no chromium on this machine")
	}
	opts := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.NoSandbox,
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true))
	alloc, stop := chromedp.NewExecAllocator(context.Background(), opts...)
	t.Cleanup(stop)
	ctx, done := chromedp.NewContext(alloc)
	t.Cleanup(done)
	must(t, chromedp.Do(ctx, chromedp.Navigate("about:blank")))
	return ctx
}

func skip(t *testing.T, why string) {
	t.Helper()
	if os.Getenv("CI_BROWSER") == "required" {
		t.Fatal(why)
	}
	t.Skip(why)
}
