package membersweb_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"maru/internal/platform/auth"
	"maru/web/webkit/webtest"
)

type tokens struct {
	Access  string `json:"access_token"`
	Refresh string `json:"refresh_token"`
	Expires int    `json:"expires_in"`
}

func decode[T any](t *testing.T, page *webtest.Page) T {
	t.Helper()
	var v T
	if err := json.Unmarshal([]byte(page.Body), &v); err != nil {
		t.Fatalf("%v: %s", err, page.Body)
	}
	return v
}

func (w *world) call(method, path, body string) *webtest.Page {
	w.t.Helper()
	return w.Client(w.t).SendBody(method, path, "application/json", body)
}

func bearer(c *webtest.Client, token string) *webtest.Client {
	return c.With("Authorization", "Bearer "+token)
}

const credentials = `{"login":"owner","password":"` + password + `"}`

func TestAProgramSignsInRefreshesAndSignsOut(t *testing.T) {
	t.Parallel()
	w := newWorld(t, false)
	w.member("owner", auth.Owner, w.store("gangnam"), w.store("busan"))
	w.store("daegu")
	page := w.call(http.MethodPost, "/api/v1/session", credentials).Want(http.StatusOK)
	first := decode[tokens](t, page)
	if first.Expires != 600 || page.Header.Get("Cache-Control") != "no-store" || len(page.Header.Values("Set-Cookie")) != 0 {
		t.Errorf("%+v %v", first, page.Header)
	}
	me := decode[struct {
		Name   string
		Role   string
		Stores []struct{ Code string }
	}](t, bearer(w.Client(t), first.Access).Get("/api/v1/session").Want(http.StatusOK))
	if me.Name != "김마루" || me.Role != "owner" || len(me.Stores) != 2 || me.Stores[0].Code != "busan" {
		t.Errorf("%+v", me)
	}
	w.wait(11 * time.Minute)
	bearer(w.Client(t), first.Access).Get("/api/v1/session").Want(http.StatusUnauthorized)
	second := decode[tokens](t, w.call(http.MethodPost, "/api/v1/session/refresh", `{"refresh_token":"`+first.Refresh+`"}`).Want(http.StatusOK))
	bearer(w.Client(t), second.Access).Get("/api/v1/stores").Want(http.StatusOK)
	bearer(w.Client(t), second.Access).SendBody(http.MethodDelete, "/api/v1/session", "", "").Want(http.StatusNoContent)
	bearer(w.Client(t), second.Access).Get("/api/v1/session").Want(http.StatusUnauthorized)
	w.call(http.MethodPost, "/api/v1/session/refresh", `{"refresh_token":"`+second.Refresh+`"}`).Want(http.StatusUnauthorized)
}

func TestEverybodySeesTheirOwnStores(t *testing.T) {
	t.Parallel()
	w := newWorld(t, false)
	w.member("owner", auth.Owner, w.store("gangnam"))
	w.store("busan")
	w.member("hq", auth.HQAdmin)
	for login, want := range map[string][]string{"owner": {"gangnam"}, "hq": {"busan", "gangnam"}} {
		list := decode[struct {
			Stores []struct {
				Code string
				Zone string `json:"time_zone"`
			}
		}](t, w.signedIn(login).Get("/api/v1/stores").Want(http.StatusOK)) // a browser's cookie is good as well
		var codes []string
		for _, s := range list.Stores {
			codes = append(codes, s.Code)
			if s.Zone != "Asia/Seoul" {
				t.Errorf("%+v", s)
			}
		}
		if diff := cmp.Diff(want, codes); diff != "" {
			t.Errorf("%s: %s", login, diff)
		}
	}
}

func TestRefusedSignInsOfProgramsAreProblems(t *testing.T) {
	t.Parallel()
	w := newWorld(t, false)
	w.member("owner", auth.HQAdmin)
	wrong := w.call(http.MethodPost, "/api/v1/session", `{"login":"owner","password":"no"}`).Want(http.StatusUnauthorized)
	unknown := w.call(http.MethodPost, "/api/v1/session", `{"login":"nobody","password":"no"}`).Want(http.StatusUnauthorized)
	type problem struct{ Code, Detail, Title string }
	if diff := cmp.Diff(decode[problem](t, wrong), decode[problem](t, unknown)); diff != "" {
		t.Error(diff)
	}
	for name, tc := range map[string]struct {
		page   *webtest.Page
		status int
		code   string
	}{
		"wrong password":                   {wrong, 401, "members.wrong_credentials"},
		"no password":                      {w.call(http.MethodPost, "/api/v1/session", `{"login":"owner"}`), 422, "web.invalid_input"},
		"unknown member":                   {w.call(http.MethodPost, "/api/v1/session", `{"login":"a","password":"b","role":"hq"}`), 422, "web.invalid_input"},
		"zero byte":                        {w.call(http.MethodPost, "/api/v1/session", `{"login":"a\u0000","password":"b"}`), 401, "members.wrong_credentials"},
		"made-up refresh":                  {w.call(http.MethodPost, "/api/v1/session/refresh", `{"refresh_token":"abc"}`), 401, "members.session_ended"},
		"no token":                         {w.Client(t).Get("/api/v1/session"), 401, "web.sign_in"},
		"wrong token":                      {bearer(w.Client(t), "abc.def.ghi").Get("/api/v1/session"), 401, "web.sign_in"},
		"wrong scheme":                     {w.Client(t).With("Authorization", "Basic b3duZXI6eA==").Get("/api/v1/session"), 401, "web.sign_in"},
		"wrong token beside a good cookie": {bearer(w.signedIn("owner"), "abc.def.ghi").Get("/api/v1/session"), 401, "web.sign_in"},
	} {
		if got := decode[problem](t, tc.page); tc.page.Status != tc.status || got.Code != tc.code {
			t.Errorf("%s: %d %+v", name, tc.page.Status, got)
		}
	}
	if h := w.Client(t).Get("/api/v1/session").Header.Get("WWW-Authenticate"); !strings.HasPrefix(h, "Bearer") {
		t.Errorf("WWW-Authenticate: %q", h)
	}
	for range 5 { // the failure above is forgotten: somebody has signed in from here since
		w.call(http.MethodPost, "/api/v1/session", `{"login":"owner","password":"no"}`)
	}
	locked := w.call(http.MethodPost, "/api/v1/session", credentials).Want(http.StatusTooManyRequests)
	if got := decode[problem](t, locked); got.Code != "members.locked" || locked.Header.Get("Retry-After") != "60" {
		t.Errorf("%+v, Retry-After %q", got, locked.Header.Get("Retry-After"))
	}
}
