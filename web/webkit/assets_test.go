package webkit_test

import (
	"net/http"
	"regexp"
	"strings"
	"testing"

	"maru/web/webkit"
)

func TestAssetsAreKeptForEverUnderANameThatChangesWithThem(t *testing.T) {
	t.Parallel()
	c := guide(t).Client(t)
	url := webkit.Asset("app.css")
	if !regexp.MustCompile(`^/assets/app\.[0-9a-f]{12}\.css$`).MatchString(url) {
		t.Errorf("Asset: %s", url)
	}
	p := c.Get(url).Want(http.StatusOK)
	if got := p.Header.Get("Cache-Control"); !strings.Contains(got, "immutable") {
		t.Errorf("Cache-Control: %s", got)
	}
	plain := c.Get("/assets/app.css").Want(http.StatusOK)
	if got := plain.Header.Get("Cache-Control"); got != "no-cache" {
		t.Errorf("plain name: %s", got)
	}
	c.With("If-None-Match", plain.Header.Get("ETag")).Get("/assets/app.css").Want(http.StatusNotModified)
	for _, path := range []string{"/assets/app.000000000000.css", "/assets/../web.go", "/assets/", "/assets/%2e%2e/web.go"} {
		c.Get(path).Want(http.StatusNotFound)
	}
}

func TestFontsAreKeptForEverToo(t *testing.T) {
	t.Parallel()
	c := guide(t).Client(t)
	css := c.Get(webkit.Asset("fonts.css")).Want(http.StatusOK).Body
	urls := regexp.MustCompile(`url\(([^)]+)\)`).FindAllStringSubmatch(css, -1)
	if len(urls) < 80 {
		t.Fatalf("fonts.css names %d files", len(urls))
	}
	p := c.Get(urls[0][1]).Want(http.StatusOK)
	if p.Header.Get("Content-Type") != "font/woff2" || !strings.Contains(p.Header.Get("Cache-Control"), "immutable") {
		t.Errorf("%s: %s, %s", urls[0][1], p.Header.Get("Content-Type"), p.Header.Get("Cache-Control"))
	}
}

func TestAMissingAssetOrIconIsFoundAtOnce(t *testing.T) {
	t.Parallel()
	for name, ask := range map[string]func(){
		"asset": func() { webkit.Asset("app.scss") },
		"icon":  func() { webkit.Icon("coffe", "") },
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("an unknown %s was accepted", name)
				}
			}()
			ask()
		}()
	}
}
