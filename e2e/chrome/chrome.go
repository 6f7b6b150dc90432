//go:build e2e

// Package chrome is the browser of the tests: windows that wait for what a person would see, complain of
// what the console complains of, and look for barriers with axe-core. Tests skip where there is no
// Chromium, and fail there with CI_BROWSER=required.
package chrome

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

	"github.com/chromedp/cdproto/browser"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/webauthn"
	"github.com/chromedp/chromedp"
)

// patience is how long a page may take to show what is waited for.
const patience = 20 * time.Second

// Browser is a running Chromium.
type Browser struct{ ctx context.Context }

// Start runs a browser until the test ends.
func Start(t *testing.T) *Browser {
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
	if err := chromedp.Do(ctx, chromedp.Navigate("about:blank")); err != nil {
		t.Fatal(err)
	}
	return &Browser{ctx: ctx}
}

// Window is a window with cookies of its own: a browser on another desk.
type Window struct {
	t          *testing.T
	ctx        context.Context
	complaints Pile[string]
}

// Window opens a window of the size, which closes when the test ends.
func (b *Browser) Window(t *testing.T, width, height int64) *Window {
	t.Helper()
	ctx, done := chromedp.NewContext(b.ctx, chromedp.WithNewBrowserContext())
	t.Cleanup(done)
	return open(t, ctx, width, height)
}

// Tab opens a window that shares its cookies with the other tabs of the browser.
func (b *Browser) Tab(t *testing.T, width, height int64) *Window {
	t.Helper()
	ctx, done := chromedp.NewContext(b.ctx)
	t.Cleanup(done)
	return open(t, ctx, width, height)
}

func open(t *testing.T, ctx context.Context, width, height int64) *Window { //nolint:revive // ctx is the window
	t.Helper()
	w := &Window{t: t, ctx: ctx}
	w.Resize(width, height)
	messages := chromedp.Console(ctx)
	go func() {
		for m, err := range messages {
			if err != nil {
				return
			}
			// That an answer was an error on purpose is no complaint.
			if (m.IsException() || m.Type == chromedp.ConsoleError || m.Type == chromedp.ConsoleWarning) && !strings.Contains(m.Text, "Failed to load resource") {
				w.complaints.Add(m.String())
			}
		}
	}()
	return w
}

// Do runs steps of chromedp.
func (w *Window) Do(steps ...chromedp.Action[chromedp.Void]) {
	w.t.Helper()
	if err := chromedp.Do(w.ctx, steps...); err != nil {
		w.t.Fatal(err)
	}
}

// Resize gives the window another size.
func (w *Window) Resize(width, height int64) {
	w.t.Helper()
	w.Do(chromedp.EmulateViewport(width, height))
}

// Go opens a page and waits until it is there whole. chromedp's own waiting takes the first end of loading that it
// hears of, which may be that of the page before: what is done next is done to that one then, and is lost.
func (w *Window) Go(url string) {
	w.t.Helper()
	ctx, done := context.WithTimeout(w.ctx, patience)
	defer done()
	arrivals := chromedp.Events(ctx, page.FrameNavigated)
	asked, err := chromedp.Call(ctx, page.Navigate, page.NavigateParams{URL: url})
	if err != nil || asked.ErrorText != "" {
		w.t.Fatalf("%s: %s %v", url, asked.ErrorText, err)
	}
	for arrived, err := range arrivals {
		if err != nil {
			w.t.Fatalf("%s: %v", url, err)
		}
		if arrived.Frame.LoaderID == asked.LoaderID {
			break
		}
	}
	w.Wait(`document.readyState === "complete"`)
}

// Eval runs JavaScript.
func (w *Window) Eval(js string) {
	w.t.Helper()
	if _, err := chromedp.Run(w.ctx, chromedp.Evaluate[chromedp.Void]("{"+js+"}")); err != nil {
		w.t.Fatalf("%s: %v", js, err)
	}
}

// Cookies sets cookies of a site, each name=value. They are there when it returns: what a page sets by document.cookie
// reaches the network on a way of its own, and a page that is opened next may be asked for without it.
func (w *Window) Cookies(site string, pairs ...string) {
	w.t.Helper()
	for _, pair := range pairs {
		name, value, _ := strings.Cut(pair, "=")
		if _, err := chromedp.Call(w.ctx, network.SetCookie, network.SetCookieParams{Name: name, Value: value, URL: site}); err != nil {
			w.t.Fatalf("cookie %s: %v", name, err)
		}
	}
}

// Key presses keys, one after the other.
func (w *Window) Key(keys string) {
	w.t.Helper()
	w.Do(chromedp.KeyEvent(keys))
}

// Click presses the first element that the selector finds, once it is there and can be pressed.
func (w *Window) Click(selector string) {
	w.t.Helper()
	w.Wait(fmt.Sprintf("(e => e && !e.disabled && e.getClientRects().length)(document.querySelector(%q))", selector))
	w.Eval(fmt.Sprintf("document.querySelector(%q).click()", selector))
}

// Fill types into an input as a person does, in place of what is there.
func (w *Window) Fill(selector, value string) {
	w.t.Helper()
	w.Wait(fmt.Sprintf("document.querySelector(%q)", selector))
	w.Eval(fmt.Sprintf("const e = document.querySelector(%q); e.focus(); e.select()", selector))
	w.Key(value)
}

// Text returns what the expression is as text.
func (w *Window) Text(js string) string {
	w.t.Helper()
	text, err := chromedp.Run(w.ctx, chromedp.Evaluate[string]("String("+js+")"))
	if err != nil {
		w.t.Fatalf("%s: %v", js, err)
	}
	return text
}

// Wait waits until the expression is true and returns how long that took.
func (w *Window) Wait(js string) time.Duration {
	w.t.Helper()
	began := time.Now()
	for {
		ok, err := chromedp.Run(w.ctx, chromedp.Evaluate[bool]("!!("+js+")"))
		if err == nil && ok {
			return time.Since(began)
		}
		if time.Since(began) > patience {
			w.keep("never")
			w.t.Fatalf("never: %s (%v)", js, err)
		}
		<-time.After(20 * time.Millisecond)
	}
}

// Authenticator gives the window a device that makes and uses passkeys, whose owner always agrees.
func (w *Window) Authenticator() {
	w.t.Helper()
	if _, err := chromedp.Call(w.ctx, webauthn.Enable, webauthn.EnableParams{}); err != nil {
		w.t.Fatal(err)
	}
	_, err := chromedp.Call(w.ctx, webauthn.AddVirtualAuthenticator, webauthn.AddVirtualAuthenticatorParams{Options: &webauthn.VirtualAuthenticatorOptions{
		Protocol: "ctap2", Transport: "internal", HasResidentKey: true, HasUserVerification: true, IsUserVerified: true, AutomaticPresenceSimulation: true,
	}})
	if err != nil {
		w.t.Fatal(err)
	}
}

// Copied presses the first element that the selector finds and returns what is on the clipboard then.
func (w *Window) Copied(selector string) string {
	w.t.Helper()
	in := chromedp.FromContext(w.ctx).BrowserContextID
	for _, name := range []string{"clipboard-read", "clipboard-write"} {
		if _, err := chromedp.CallBrowser(w.ctx, browser.SetPermission, browser.SetPermissionParams{
			Permission: &browser.PermissionDescriptor{Name: name}, Setting: browser.PermissionSettingGranted, BrowserContextID: in,
		}); err != nil {
			w.t.Fatal(err)
		}
	}
	if _, err := chromedp.Call(w.ctx, emulation.SetFocusEmulationEnabled, emulation.SetFocusEmulationEnabledParams{Enabled: true}); err != nil {
		w.t.Fatal(err)
	}
	w.Eval(`document.addEventListener("toast", () => document.body.dataset.copied = "1", { once: true })`)
	w.Click(selector)
	w.Wait(`document.body.dataset.copied`)
	text, err := chromedp.Run(w.ctx, chromedp.Evaluate[string](`navigator.clipboard.readText()`, chromedp.EvalAwaitPromise))
	if err != nil {
		w.t.Fatal(err)
	}
	return text
}

// Settled waits until what was begun is shown: answers have arrived, fonts are there, animations have
// ended.
func (w *Window) Settled() {
	w.t.Helper()
	const settled = `(async () => {
		const frames = () => new Promise(r => requestAnimationFrame(() => requestAnimationFrame(r)));
		for (await frames(); document.querySelector(".htmx-request"); ) await frames();
		await document.fonts.ready;
		await frames();
		await Promise.all(document.getAnimations().filter(a => a.effect?.getTiming().iterations !== Infinity).map(a => a.finished.catch(() => 0)));
		return true;
	})()`
	if _, err := chromedp.Run(w.ctx, chromedp.Evaluate[bool](settled, chromedp.EvalAwaitPromise)); err != nil {
		w.t.Fatal(err)
	}
}

// Complaints returns what the console complained of so far, and forgets it.
func (w *Window) Complaints() []string { return w.complaints.Take() }

// Wider returns by how many pixels the page is wider than the window.
func (w *Window) Wider() int {
	w.t.Helper()
	n, err := chromedp.Run(w.ctx, chromedp.Evaluate[int](`document.documentElement.scrollWidth - innerWidth`))
	if err != nil {
		w.t.Fatal(err)
	}
	return n
}

// Barriers returns what axe-core finds against WCAG 2.2 AA and its best practices.
func (w *Window) Barriers() []string {
	w.t.Helper()
	axe := axeSource(w.t)
	if _, err := chromedp.Run(w.ctx, chromedp.Evaluate[chromedp.Void]("if (!window.axe) {"+axe+"\n}; void 0")); err != nil {
		w.t.Fatal(err)
	}
	const run = `axe.run(document, {runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"], resultTypes: ["violations"]}).then(r => r.violations.flatMap(v => v.nodes.map(n => v.id + " " + n.target.join(" ") + ": " + n.failureSummary.replaceAll("\n", " "))))`
	found, err := chromedp.Run(w.ctx, chromedp.Evaluate[[]string](run, chromedp.EvalAwaitPromise))
	if err != nil {
		w.t.Fatal(err)
	}
	return found
}

// Shot keeps a picture of the window, or of the whole page, as test-results/<name>.png.
func (w *Window) Shot(name string, whole bool) {
	w.t.Helper()
	action := chromedp.CaptureScreenshot()
	if whole {
		action = chromedp.FullScreenshot(100)
	}
	png, err := chromedp.Run(w.ctx, action)
	if err != nil {
		w.t.Fatal(err)
	}
	file := filepath.Join(results(w.t), name+".png")
	if err := os.MkdirAll(filepath.Dir(file), 0o750); err != nil {
		w.t.Fatal(err)
	}
	if err := os.WriteFile(file, png, 0o600); err != nil {
		w.t.Fatal(err)
	}
}

// keep takes a picture of a failure, and says where the window is and what its console complained of.
func (w *Window) keep(why string) {
	const place = `document.readyState + " " + location.pathname + " live=" + document.body?.dataset.live + ": " + document.body?.innerText.slice(0, 200)`
	at, err := chromedp.Run(w.ctx, chromedp.Evaluate[string](place))
	w.t.Logf("%q (%v), the console: %q", at, err, w.Complaints())
	if png, err := chromedp.Run(w.ctx, chromedp.CaptureScreenshot()); err == nil {
		dir := filepath.Join(results(w.t), "failures")
		name := filepath.Join(dir, strings.ReplaceAll(w.t.Name(), "/", "-")+"-"+why+".png")
		if os.MkdirAll(dir, 0o750) == nil && os.WriteFile(name, png, 0o600) == nil {
			w.t.Logf("picture: %s", name)
		}
	}
}

var root = sync.OnceValues(func() (string, error) {
	dir, err := os.Getwd()
	for ; err == nil; dir = filepath.Dir(dir) {
		if _, missing := os.Stat(filepath.Join(dir, "go.mod")); missing == nil {
			return dir, nil
		}
		if dir == filepath.Dir(dir) {
			return "", os.ErrNotExist
		}
	}
	return "", err
})

func results(t *testing.T) string {
	t.Helper()
	dir, err := root()
	if err != nil {
		t.Fatal(err)
	}
	return filepath.Join(dir, "test-results")
}

func axeSource(t *testing.T) string {
	t.Helper()
	dir, err := root()
	if err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(filepath.Join(dir, "node_modules", "axe-core", "axe.min.js"))
	if err != nil {
		skip(t, "axe-core is not there; run npm ci")
	}
	return string(b)
}

func skip(t *testing.T, why string) {
	t.Helper()
	if os.Getenv("CI_BROWSER") == "required" {
		t.Fatal(why)
	}
	t.Skip(why)
}
