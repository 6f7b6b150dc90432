package webkit_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/labstack/echo/v4"

	"maru/internal/kernel/lang"
	"maru/internal/platform/auth"
	"maru/internal/platform/errs"
	"maru/web/webkit"
	"maru/web/webkit/showcase"
	"maru/web/webkit/webtest"
)

func ok(c echo.Context) error { return c.String(http.StatusOK, "ok") }

func TestEveryRouteSaysWhoMayUseIt(t *testing.T) {
	t.Parallel()
	for name, register := range map[string]func(*webkit.Router){
		"no access at all":               func(r *webkit.Router) { r.GET("/x", webkit.Access{}, ok) },
		"a store that nobody checks":     func(r *webkit.Router) { r.GET("/s/:store/x", webkit.SignedIn, ok) },
		"a check of a store not in path": func(r *webkit.Router) { r.GET("/x", webkit.AtStore(auth.TakeOrders), ok) },
		"a permission nobody knows":      func(r *webkit.Router) { r.GET("/x", webkit.AtHQ("take_everything"), ok) },
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("registering %s was accepted", name)
				}
			}()
			register(webkit.New(webkit.Options{}).Router())
		}()
	}
}

func TestRoutesLetInWhoeverTheirAccessNames(t *testing.T) {
	t.Parallel()
	gangnam, hongdae := webtest.Store("gangnam", "강남역점"), webtest.Store("hongdae", "홍대입구점")
	srv := webtest.Start(t, webkit.Options{Stores: webtest.Stores{gangnam, hongdae}}, func(site *webkit.Site) {
		r := site.Router()
		r.GET("/open", webkit.Public, ok)
		r.GET("/mine", webkit.SignedIn, ok)
		r.GET("/s/:store/in", webkit.InStore, ok)
		r.GET("/s/:store/orders", webkit.AtStore(auth.TakeOrders), ok)
		r.GET("/s/:store/sales", webkit.AtStore(auth.ViewSales), ok)
		r.GET("/hq/sales", webkit.AtHQ(auth.ViewSales), ok)
	})
	people := map[string]*webtest.Client{
		"nobody": srv.Client(t), "hq": srv.As(t, webtest.HQ("박본사")),
		"owner": srv.As(t, webtest.Owner("김점장", gangnam)), "staff": srv.As(t, webtest.Staff("이바리", gangnam)),
	}
	const in, login, forbidden, unknown = http.StatusOK, http.StatusSeeOther, http.StatusForbidden, http.StatusNotFound
	for path, want := range map[string]map[string]int{
		"/open":             {"nobody": in, "hq": in, "owner": in, "staff": in},
		"/mine":             {"nobody": login, "hq": in, "owner": in, "staff": in},
		"/s/gangnam/in":     {"nobody": login, "hq": in, "owner": in, "staff": in},
		"/s/gangnam/orders": {"nobody": login, "hq": in, "owner": in, "staff": in},
		"/s/gangnam/sales":  {"nobody": login, "hq": in, "owner": in, "staff": forbidden},
		"/s/hongdae/orders": {"nobody": login, "hq": in, "owner": unknown, "staff": unknown},
		"/s/nowhere/orders": {"nobody": login, "hq": unknown, "owner": unknown, "staff": unknown},
		"/hq/sales":         {"nobody": login, "hq": in, "owner": forbidden, "staff": forbidden},
	} {
		got := map[string]int{}
		for who, browser := range people {
			got[who] = browser.Get(path).Status
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got)\n%s", path, diff)
		}
	}
}

func TestAStoreOfOthersLooksLikeOneThatDoesNotExist(t *testing.T) {
	t.Parallel()
	gangnam, hongdae := webtest.Store("gangnam", "강남역점"), webtest.Store("hongdae", "홍대입구점")
	srv := webtest.Start(t, webkit.Options{Stores: webtest.Stores{gangnam, hongdae}}, func(site *webkit.Site) {
		site.Router().GET("/s/:store/orders", webkit.AtStore(auth.TakeOrders), ok)
	})
	c := srv.As(t, webtest.Staff("이바리", gangnam))
	if a, b := c.Get("/s/hongdae/orders").Text("main"), c.Get("/s/nowhere/orders").Text("main"); a != b {
		t.Errorf("the answers differ: %q and %q", a, b)
	}
}

func TestWhoIsNotSignedInComesBackToWhereTheyWere(t *testing.T) {
	t.Parallel()
	srv := webtest.Start(t, webkit.Options{}, func(site *webkit.Site) {
		site.Router().GET("/mine", webkit.SignedIn, ok)
		site.Router().POST("/mine", webkit.SignedIn, ok)
		site.Router().GET("/api/v1/mine", webkit.SignedIn, ok)
	})
	c := srv.Client(t)
	c.Get("/mine?day=2026-11-22").Want(http.StatusSeeOther).WantRedirect("/login?next=%2Fmine%3Fday%3D2026-11-22")
	c.HX().With("HX-Current-URL", srv.URL+"/board?late=1").Post("/mine").Want(http.StatusUnauthorized).WantRedirect("/login?next=%2Fboard%3Flate%3D1")
	c.With("Referer", srv.URL+"/form").Post("/mine").WantRedirect("/login?next=%2Fform")
	c.With("Referer", "https://elsewhere.example/form").Post("/mine").WantRedirect("/login")
	p := c.Get("/api/v1/mine").Want(http.StatusUnauthorized)
	if got := p.Header.Get("Content-Type"); got != "application/problem+json" || !strings.Contains(p.Body, `"code":"web.sign_in"`) {
		t.Errorf("the API answers %s %s", got, p.Body)
	}
}

func TestNextLeadsNowhereElse(t *testing.T) {
	t.Parallel()
	for next, want := range map[string]string{
		"/s/gangnam/register?x=1": "/s/gangnam/register?x=1", "": "/", "https://evil.example": "/", "//evil.example": "/",
		`/\evil.example`: "/", "/a\nSet-Cookie: x": "/", "javascript:alert(1)": "/", "/login?next=/login": "/", "/%2f/evil.example": "/",
	} {
		if got := webkit.SafeNext(next); got != want {
			t.Errorf("SafeNext(%q) = %q, want %q", next, got, want)
		}
	}
}

var errTaken = errs.New(errs.Conflict, "test.taken", "이미 있어요.", "It is there already.")

func failing(t *testing.T) *webtest.Server {
	t.Helper()
	return webtest.Start(t, webkit.Options{}, func(site *webkit.Site) {
		r := site.Router()
		for _, prefix := range []string{"/", "/api/"} {
			r.GET(prefix+"taken", webkit.Public, func(echo.Context) error { return errTaken })
			r.GET(prefix+"broken", webkit.Public, func(echo.Context) error { return errors.New("dial tcp 10.0.0.7: refused") })
			r.GET(prefix+"panics", webkit.Public, func(echo.Context) error { panic("index out of range in secret.go") })
			r.POST(prefix+"form", webkit.Public, func(c echo.Context) error {
				f := webkit.ReadForm(c)
				f.Text("name", 20)
				if err := f.Err(); err != nil {
					return err
				}
				return c.String(http.StatusOK, "ok")
			})
		}
	})
}

func TestErrorsAreToldInTheWayOfWhoeverAsks(t *testing.T) {
	t.Parallel()
	c := failing(t).Client(t)
	page := c.Get("/taken").Want(http.StatusConflict)
	if got := page.Text("main"); !strings.Contains(got, "이미 있어요.") {
		t.Errorf("the page says %q", got)
	}
	if got := c.In("en").Get("/taken").Text("main"); !strings.Contains(got, "It is there already.") {
		t.Errorf("the English page says %q", got)
	}
	fragment := c.In("ko").HX().Get("/taken").Want(http.StatusConflict)
	if got := strings.TrimSpace(fragment.Body); !strings.HasPrefix(got, `<hx-partial hx-target="#toasts"`) || !strings.Contains(got, "이미 있어요.") {
		t.Errorf("the fragment is %q", got)
	}
	api := c.Get("/api/taken").Want(http.StatusConflict)
	if !strings.Contains(api.Body, `"code":"test.taken"`) || api.Header.Get("Content-Type") != "application/problem+json" {
		t.Errorf("the API says %s", api.Body)
	}
	if got := c.Get("/nothing/here").Want(http.StatusNotFound).Text("h1"); got != "찾는 페이지가 없어요" {
		t.Errorf("an unknown page says %q", got)
	}
	if p := c.Get("/api/nothing").Want(http.StatusNotFound); !strings.Contains(p.Body, `"code":"web.not_found"`) {
		t.Errorf("an unknown API path says %s", p.Body)
	}
	if p := c.Send(http.MethodDelete, "/api/taken", nil).Want(http.StatusMethodNotAllowed); !strings.Contains(p.Body, `"code":"web.method_not_allowed"`) {
		t.Errorf("a method nobody handles says %s", p.Body)
	}
}

func TestNobodySeesInternals(t *testing.T) {
	t.Parallel()
	c := failing(t).Client(t)
	for _, path := range []string{"/broken", "/panics", "/api/broken", "/api/panics"} {
		p := c.Get(path).Want(http.StatusInternalServerError)
		for _, secret := range []string{"10.0.0.7", "secret.go", "goroutine", "panic"} {
			if strings.Contains(p.Body, secret) {
				t.Errorf("%s tells %q", path, secret)
			}
		}
	}
}

func TestABodyThatIsTooLargeIsRefusedInWords(t *testing.T) {
	t.Parallel()
	c := failing(t).Client(t)
	big := "name=" + strings.Repeat("x", 10<<20)
	p := c.SendBody(http.MethodPost, "/form", "application/x-www-form-urlencoded", big).Want(http.StatusRequestEntityTooLarge)
	if got := p.Text("main"); !strings.Contains(got, "너무 커요") {
		t.Errorf("the page says %q", got)
	}
	api := c.SendBody(http.MethodPost, "/api/form", "application/x-www-form-urlencoded", big).Want(http.StatusRequestEntityTooLarge)
	if !strings.Contains(api.Body, `"code":"web.too_large"`) {
		t.Errorf("the API says %s", api.Body)
	}
}

func TestAToastWaitsForThePageThatFollows(t *testing.T) {
	t.Parallel()
	srv := webtest.Start(t, webkit.Options{}, func(site *webkit.Site) {
		showcase.Register(site)
		site.Router().POST("/save", webkit.Public, func(c echo.Context) error {
			return webkit.RedirectWithToast(c, "/login", webkit.Toast{Kind: webkit.ToastDone, Text: lang.Text{Ko: "저장했어요.", En: "Saved."}})
		})
	})
	c := srv.Client(t)
	c.Post("/save").Want(http.StatusSeeOther).WantRedirect("/login")
	if got := c.In("en").Get("/login").Text("#toasts"); got != "Saved." {
		t.Errorf("the next page says %q", got)
	}
	if c.Get("/login").Has("#toasts [data-toast]") {
		t.Error("the page after that says it again")
	}
	if srv.Client(t).With("Cookie", "toast=garbage").Get("/login").Want(http.StatusOK).Has("#toasts [data-toast]") {
		t.Error("nonsense is shown")
	}
}
