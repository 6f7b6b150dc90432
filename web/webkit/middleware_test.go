package webkit_test

import (
	"bytes"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"

	"maru/internal/platform/auth"
	"maru/internal/platform/errs"
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

func TestAddressesThatAreNotTextAreRefused(t *testing.T) {
	t.Parallel()
	c := guide(t).As(t, webtest.HQ("박본사"))
	for _, address := range []string{"/hq?q=%00", "/hq?q=a%00b", "/hq?q=%FF", "/hq?%FF=1", "/hq/%00", "/hq/%FF", "/s/%00/sales", "/s/%C0%80/sales"} {
		c.Get(address).Want(http.StatusBadRequest)
	}
	c.Get("/hq?q=%EC%84%B1%EC%88%98+%25&x=%zz").Want(http.StatusOK)
}

// Whatever answers "later", an error, a form shown again or a line of text, says when: programs that keep to it do not hammer.
func TestWhoIsToComeAgainLaterIsToldWhen(t *testing.T) {
	t.Parallel()
	busy := errs.New(errs.TooMany, "test.busy", "바빠요.", "Busy.")
	server := webtest.Start(t, webkit.Options{}, func(site *webkit.Site) {
		r := site.Router()
		r.GET("/busy", webkit.Public, func(echo.Context) error { return busy })
		r.GET("/known", webkit.Public, func(echo.Context) error { return busy.After(90 * time.Second) })
		r.GET("/stopping", webkit.Public, func(echo.Context) error { return webkit.ErrStopping })
		r.GET("/shown-again", webkit.Public, func(c echo.Context) error { return webkit.Render(c, http.StatusTooManyRequests, templ.NopComponent) })
		r.GET("/text", webkit.Public, func(c echo.Context) error { return c.String(http.StatusServiceUnavailable, "not ready") })
		r.GET("/fine", webkit.Public, func(c echo.Context) error { return c.NoContent(http.StatusOK) })
	})
	for path, want := range map[string]string{
		"/busy": "5", "/known": "90", "/stopping": "5", "/shown-again": "5", "/text": "5", "/fine": "",
	} {
		if got := server.Client(t).Get(path).Header.Get("Retry-After"); got != want {
			t.Errorf("%s: Retry-After %q, want %q", path, got, want)
		}
	}
}

// What a reviewer looks for in the log: who tried what, from where, and why it was not given. A store that is somebody
// else's is answered like none at all, but told apart from a wrong turn by the line being a warning.
func TestTheLogSaysWhoWasRefusedWhat(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	mine, other := webtest.Store("gangnam", "강남역점"), webtest.Store("mapo", "마포점")
	srv := webtest.Start(t, webkit.Options{
		Log: slog.New(slog.NewJSONHandler(&log, nil)), Stores: webtest.Stores{mine, other},
	}, func(site *webkit.Site) {
		ok := func(c echo.Context) error { return c.NoContent(http.StatusOK) }
		site.Router().GET("/s/:store/staff", webkit.AtStore(auth.ManageStaff), ok)
		site.Router().GET("/s/:store/sold", webkit.AtStore(auth.TakeOrders), ok)
		site.Router().GET("/hq/things", webkit.AtHQ(auth.EditMenu), ok)
	})
	person := webtest.Staff("김직원", mine)
	c := srv.As(t, person)
	for _, tc := range []struct {
		path, refused, needs, asked string
		status                      int
	}{
		{"/s/gangnam/sold", "", "", "", http.StatusOK},
		{"/s/gangnam/staff", "web.forbidden", "store:manage_staff", "gangnam", http.StatusForbidden},
		{"/s/mapo/sold", "web.not_found", "store:take_orders", "mapo", http.StatusNotFound},
		{"/s/a%0Ab%22/sold", "web.not_found", "store:take_orders", "a\nb\"", http.StatusNotFound},
		{"/hq/things", "web.forbidden", "hq:edit_menu", "", http.StatusForbidden},
	} {
		log.Reset()
		c.Get(tc.path).Want(tc.status)
		if lines := strings.Count(log.String(), "\n"); lines != 1 {
			t.Fatalf("%s: %d lines", tc.path, lines)
		}
		var line struct {
			Time, Level, Address, Member, Refused, Needs string
			Asked                                        string `json:"store_asked"`
		}
		if err := json.Unmarshal(log.Bytes(), &line); err != nil {
			t.Fatal(err)
		}
		wantLevel := "WARN"
		if tc.refused == "" {
			wantLevel = "INFO"
		}
		if line.Level != wantLevel || line.Refused != tc.refused || line.Needs != tc.needs || line.Asked != tc.asked || line.Address != "127.0.0.1" || line.Time == "" {
			t.Errorf("%s: %s", tc.path, log.String())
		}
	}
	log.Reset()
	srv.Client(t).Get("/hq/things").Want(http.StatusSeeOther)
	if !strings.Contains(log.String(), `"refused":"web.sign_in"`) || !strings.Contains(log.String(), `"level":"INFO"`) {
		t.Errorf("nobody: %s", log.String())
	}
}

func TestOverTLSBrowsersComeBackOverTLS(t *testing.T) {
	t.Parallel()
	for insecure, want := range map[bool]string{false: "max-age=31536000; includeSubDomains", true: ""} {
		handler := webkit.New(webkit.Options{Insecure: insecure}).Handler()
		for _, path := range []string{"/login", "/no-such-page", "/assets/none.js", "/api/v1/none"} {
			for _, from := range []string{"same-origin", "cross-site"} {
				r := httptest.NewRequest(http.MethodPost, path, nil)
				r.Header.Set("Sec-Fetch-Site", from)
				w := httptest.NewRecorder()
				handler.ServeHTTP(w, r)
				if got := w.Header().Get("Strict-Transport-Security"); got != want {
					t.Errorf("%s from %s, insecure %v: %q", path, from, insecure, got)
				}
			}
		}
	}
}

func TestWritesFromOtherSitesAreRefused(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	srv := webtest.Start(t, webkit.Options{Log: slog.New(slog.NewTextHandler(&log, nil))}, showcase.Register)
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
		if told := strings.Contains(log.String(), "refused a write from another site"); told != (c.want == http.StatusForbidden) {
			t.Errorf("%s: the log says %q", name, log.String())
		}
		log.Reset()
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

func TestTheLogNamesTheTraceOfARequest(t *testing.T) {
	t.Parallel()
	const trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
	for sent, want := range map[string]bool{trace: true, "": false, trace + "x": false, strings.ToUpper(trace): false} {
		var log bytes.Buffer
		e := webtest.Start(t, webkit.Options{Log: slog.New(slog.NewTextHandler(&log, nil))}, showcase.Register)
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, e.URL+"/preferences/language", http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		if sent != "" {
			r.Header.Set("traceparent", sent)
		}
		res, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		_ = res.Body.Close()
		if got := strings.Contains(log.String(), "trace="+trace); got != want || strings.Contains(log.String(), "trace=") != want {
			t.Errorf("%q: %s", sent, log.String())
		}
	}
}
