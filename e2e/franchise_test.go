//go:build e2e

package e2e

import (
	"sync"
	"testing"
	"time"

	"maru/e2e/chrome"
	"maru/internal/app/apptest"
	"maru/internal/demo"
	"maru/internal/platform/postgres/pgtest"
)

// pastDays is how many days of sales the franchise has behind it.
const pastDays = 2

// franchise is the demo's franchise with some days of sales, on two replicas of the program.
type franchise struct {
	url           string
	first, second *apptest.Program
}

func found(t *testing.T) *franchise {
	t.Helper()
	f := &franchise{url: pgtest.NewURL(t)}
	f.first, f.second = apptest.Start(t, f.url), apptest.Start(t, f.url)
	p := f.first
	c := demo.Contexts{Members: p.Members, Catalog: p.Catalog, Inventory: p.Inventory, Drain: p.Dispatcher.Drain}
	_, err := demo.Found(t.Context(), c)
	must(t, err)
	stores, err := p.Members.Stores(t.Context())
	must(t, err)
	_, err = demo.History(t.Context(), p.Ordering, stores, time.Now(), pastDays)
	must(t, err)
	must(t, p.Dispatcher.Drain(t.Context()))
	must(t, demo.OpenStock(t.Context(), c))
	return f
}

// started is a browser and the program, for a franchise whose stores have sold nothing yet.
func started(t *testing.T) (*chrome.Browser, *apptest.Program) {
	t.Helper()
	return chrome.Start(t), apptest.Start(t, apptest.Franchise(t))
}

// tokens keeps one access token for each person: signing in costs a password hash.
var tokens sync.Map

func token(t *testing.T, p *apptest.Program, login string) string {
	t.Helper()
	type known struct {
		token string
		at    time.Time
	}
	if k, ok := tokens.Load(p.URL + login); ok && time.Since(k.(known).at) < 4*time.Minute {
		return k.(known).token
	}
	k := known{p.Token(t, login, demo.Password), time.Now()}
	tokens.Store(p.URL+login, k)
	return k.token
}

// at opens a page in a new window in which the person is signed in, in Korean and light.
func at(t *testing.T, browser *chrome.Browser, p *apptest.Program, login, path string) *chrome.Window {
	t.Helper()
	w := browser.Window(t, 1280, 800)
	w.Cookies(p.URL, "maru-access="+token(t, p, login), "lang=ko", "theme=light")
	w.Go(p.URL + path)
	return w
}

// live waits until the page hears of changes.
func live(w *chrome.Window) { w.Wait(`document.body?.dataset.live === "on"`) }

// call uses the API as headquarters and returns what it answers.
func call[T any](t *testing.T, p *apptest.Program, method, path string, body any) T {
	t.Helper()
	var answer T
	if status := p.JSON(t, token(t, p, "hq"), method, "/api/v1"+path, body, &answer); status >= 300 {
		t.Fatalf("%s %s answers %d: %+v", method, path, status, answer)
	}
	return answer
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
