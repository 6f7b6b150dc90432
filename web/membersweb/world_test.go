package membersweb_test

import (
	"log/slog"
	"net/http"
	"net/url"
	"sync"
	"testing"
	"time"

	"maru/internal/kernel/ids"
	"maru/internal/kernel/lang"
	"maru/internal/members"
	"maru/internal/platform/auth"
	"maru/internal/platform/postgres/pgtest"
	"maru/web/membersweb"
	"maru/web/webkit"
	"maru/web/webkit/apikit"
	"maru/web/webkit/webtest"
)

const password = "커피콩 볶는 우리 마을"

// world is a site with real sessions, and a clock that the test turns.
type world struct {
	*webtest.Server
	*members.Service

	t   *testing.T
	mu  sync.Mutex
	now time.Time

	public *url.URL // where the settings say that people reach it
}

func newWorld(t *testing.T, secure bool, demo ...membersweb.DemoAccount) *world {
	t.Helper()
	return newWorldAt(t, nil, secure, demo...)
}

// newWorldAt is newWorld with the address that the settings say.
func newWorldAt(t *testing.T, public *url.URL, secure bool, demo ...membersweb.DemoAccount) *world {
	t.Helper()
	w := &world{t: t, public: public, now: time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)}
	tokens, err := auth.NewTokens([][]byte{[]byte("a secret for tests that is long enough")}, w.clock)
	if err != nil {
		t.Fatal(err)
	}
	cheap := auth.NewPasswords(auth.Argon{MemoryKiB: 64, Passes: 1, Threads: 1}, 4)
	w.Service = members.New(pgtest.New(t).Context("members"), tokens, cheap, w.clock)
	sessions := membersweb.NewSessions(w.Service, membersweb.Secure(secure, nil))
	api := apikit.New(slog.New(slog.DiscardHandler), "test")
	membersweb.RegisterAPI(api, w.Service, w.clock)
	w.Server = webtest.Start(t, webkit.Options{Sessions: sessions, Stores: w.Service, Now: w.clock}, func(site *webkit.Site) {
		membersweb.Register(site, w.Service, sessions, demo, w.public)
		api.Mount(site.Router())
	})
	return w
}

func (w *world) clock() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.now
}

func (w *world) wait(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.now = w.now.Add(d)
}

func (w *world) store(code string) ids.StoreID {
	w.t.Helper()
	s, err := w.AddStore(w.t.Context(), auth.System("test"), members.AddStore{Code: code, StoreCard: members.StoreCard{
		Name: lang.Text{Ko: code + " 지점", En: code + " store"}, Region: "서울", Address: "테헤란로 1", TimeZone: "Asia/Seoul",
	}})
	if err != nil {
		w.t.Fatal(err)
	}
	return s.ID
}

func (w *world) member(login string, role auth.Role, stores ...ids.StoreID) {
	w.t.Helper()
	_, err := w.CreateMember(w.t.Context(), auth.System("test"), members.CreateMember{
		Login: login, Name: "김마루", Password: password, Role: role, Workplaces: stores,
	})
	if err != nil {
		w.t.Fatal(err)
	}
}

// signedIn returns a browser that went through the sign-in page.
func (w *world) signedIn(login string) *webtest.Client {
	w.t.Helper()
	c := w.Client(w.t)
	c.Post("/login", "login", login, "password", password).Want(http.StatusSeeOther)
	return c
}

// setCookies returns the cookies of an answer by name.
func setCookies(t *testing.T, page *webtest.Page) map[string]*http.Cookie {
	t.Helper()
	out := map[string]*http.Cookie{}
	for _, line := range page.Header.Values("Set-Cookie") {
		c, err := http.ParseSetCookie(line)
		if err != nil {
			t.Fatal(err)
		}
		if out[c.Name] != nil {
			t.Errorf("cookie %s is set twice", c.Name)
		}
		out[c.Name] = c
	}
	return out
}
