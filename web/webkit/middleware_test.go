package webkit_test

import (
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"maru/web/webkit"
	"maru/web/webkit/showcase"
	"maru/web/webkit/webtest"
)

func guide(t *testing.T) *webtest.Server {
	t.Helper()
	return webtest.Start(t, webkit.Options{Stores: webtest.Stores{webtest.Store("gangnam", "강남역점")}}, showcase.Register)
}

func TestPagesRunNoScriptButOurs(t *testing.T) {
	t.Parallel()
	c := guide(t).As(t, webtest.HQ("박본사"))
	first, second := c.Get("/hq").Want(http.StatusOK), c.Get("/hq")
	policy := first.Header.Get("Content-Security-Policy")
	if strings.Contains(policy, "unsafe") || strings.Contains(policy, "*") || !strings.HasPrefix(policy, "default-src 'none'") {
		t.Errorf("policy: %s", policy)
	}
	nonce := regexp.MustCompile(`'nonce-([^']+)'`).FindStringSubmatch(policy)
	if nonce == nil {
		t.Fatalf("no nonce in %s", policy)
	}
	if strings.Contains(second.Header.Get("Content-Security-Policy"), nonce[1]) {
		t.Error("two answers share a nonce")
	}
	if n := first.Doc.Find("script[src]").Length(); n != first.Doc.Find(`script[src][nonce="`+nonce[1]+`"]`).Length() || n == 0 {
		t.Error("a script has no nonce, or another")
	}
	if first.Has("[style]") || first.Has("style") || first.Has("[onclick]") || first.Has("script:not([src]):not([type='application/json'])") {
		t.Error("something is inline")
	}
	for _, h := range []string{"X-Content-Type-Options", "Referrer-Policy", "Permissions-Policy", "X-Request-Id"} {
		if first.Header.Get(h) == "" {
			t.Errorf("no header %s", h)
		}
	}
}

func TestWritesFromOtherSitesAreRefused(t *testing.T) {
	t.Parallel()
	srv := guide(t)
	form := url.Values{"lang": {"en"}}.Encode()
	for name, c := range map[string]struct {
		header, value string
		want          int
	}{
		"from another site":           {"Sec-Fetch-Site", "cross-site", http.StatusForbidden},
		"from another host":           {"Origin", "https://evil.example", http.StatusForbidden},
		"from our own page":           {"Sec-Fetch-Site", "same-origin", http.StatusSeeOther},
		"from a program, not browser": {"Accept", "*/*", http.StatusSeeOther},
	} {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, srv.URL+"/preferences/language", strings.NewReader(form))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		req.Header.Set(c.header, c.value)
		res, err := http.DefaultTransport.RoundTrip(req)
		if err != nil {
			t.Fatal(err)
		}
		body, _ := io.ReadAll(res.Body)
		if err := res.Body.Close(); err != nil {
			t.Fatal(err)
		}
		if res.StatusCode != c.want {
			t.Errorf("%s: %d, want %d\n%s", name, res.StatusCode, c.want, body)
		}
	}
}

func TestTheLanguageIsTheOneAskedForAndRemembered(t *testing.T) {
	t.Parallel()
	srv := guide(t)
	for header, want := range map[string]string{
		"": "ko", "en-US,en;q=0.9,ko;q=0.8": "en", "ko-KR": "ko", "fr-FR,de;q=0.5": "ko", "garbage;;q": "ko", "ja,en;q=0.5": "en",
	} {
		if got := srv.Client(t).With("Accept-Language", header).Get("/login").Attr("html", "lang"); got != want {
			t.Errorf("Accept-Language %q: %s, want %s", header, got, want)
		}
	}
	c := srv.Client(t).With("Accept-Language", "ko")
	if got := c.Get("/login?lang=en").Attr("html", "lang"); got != "en" {
		t.Errorf("?lang=en: %s", got)
	}
	if got := c.Get("/login").Attr("html", "lang"); got != "en" {
		t.Errorf("the next page: %s", got)
	}
	c.With("Referer", srv.URL+"/login?lang=en&x=1").Post("/preferences/language", "lang", "ko").WantRedirect("/login?x=1")
	if got := c.Get("/login").Attr("html", "lang"); got != "ko" {
		t.Errorf("after choosing Korean: %s", got)
	}
}

func TestTheThemeIsRemembered(t *testing.T) {
	t.Parallel()
	c := guide(t).Client(t)
	if c.Get("/login").Has("html[data-theme]") {
		t.Error("the system does not decide at first")
	}
	c.Post("/preferences/theme", "theme", "dark").Want(http.StatusSeeOther)
	if !c.Get("/login").Has(`html[data-theme="dark"]`) {
		t.Error("dark was not remembered")
	}
	c.Post("/preferences/theme", "theme", `"><script>`)
	if c.Get("/login").Has("html[data-theme]") {
		t.Error("nonsense is not the system's choice")
	}
}

func TestAPageOfOnePersonIsNotKeptByCaches(t *testing.T) {
	t.Parallel()
	p := guide(t).As(t, webtest.HQ("박본사")).Get("/hq")
	if got := p.Header.Get("Cache-Control"); got != "private, no-store" {
		t.Errorf("Cache-Control: %s", got)
	}
}
