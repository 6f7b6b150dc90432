package membersweb_test

import (
	"net/http"
	"net/http/httptest"
	"net/netip"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"maru/internal/kernel/lang"
	"maru/internal/platform/auth"
	"maru/web/membersweb"
	"maru/web/webkit/webtest"
)

func TestSigningInLeadsToWhereTheDayBegins(t *testing.T) {
	t.Parallel()
	w := newWorld(t, false)
	a, b := w.store("gangnam"), w.store("hongdae")
	w.store("busan")
	w.member("hq", auth.HQAdmin)
	w.member("one", auth.Staff, b)
	w.member("two", auth.Owner, a, b)
	w.Client(t).Get("/").WantRedirect("/login")
	w.signedIn("hq").Get("/").WantRedirect("/hq")
	w.signedIn("one").Get("/").WantRedirect("/s/hongdae")
	page := w.signedIn("two").In("ko").Get("/").Want(http.StatusOK)
	if diff := cmp.Diff("어느 지점에서 일하세요?", page.Text("h1")); diff != "" {
		t.Error(diff)
	}
	for _, code := range []string{"gangnam", "hongdae"} {
		if text := page.Text(`a[href="/s/` + code + `"]`); !strings.Contains(text, code+" 지점") {
			t.Errorf("%s: %q", code, text)
		}
	}
	if page.Has(`a[href="/s/busan"]`) {
		t.Error("a store that is not theirs is offered")
	}
}

func TestAWrongPasswordAndAnUnknownLoginLookTheSame(t *testing.T) {
	t.Parallel()
	w := newWorld(t, false)
	w.member("owner", auth.HQAdmin)
	wrong := w.Client(t).Post("/login", "login", "owner", "password", "secret-that-is-wrong").Want(http.StatusUnauthorized)
	unknown := w.Client(t).Post("/login", "login", "nobody", "password", "secret-that-is-wrong").Want(http.StatusUnauthorized)
	if diff := cmp.Diff(wrong.Text("main"), unknown.Text("main")); diff != "" {
		t.Error(diff)
	}
	if text := wrong.Text(`[role="alert"]`); text != "아이디나 비밀번호가 맞지 않아요." {
		t.Errorf("%q", text)
	}
	if got := wrong.Attr(`input[name="login"]`, "value"); got != "owner" {
		t.Errorf("what was typed is lost: %q", got)
	}
	if strings.Contains(wrong.Body, "secret-that-is-wrong") {
		t.Error("the password is in the page")
	}
	if len(setCookies(t, wrong)) != 0 {
		t.Error("cookies were set")
	}
	english := w.Client(t).In("en").Post("/login", "login", "owner", "password", "wrong")
	if text := english.Text(`[role="alert"]`); text != "The login or password is not right." {
		t.Errorf("%q", text)
	}
}

func TestTooManyFailuresSayHowLongToWait(t *testing.T) {
	t.Parallel()
	w := newWorld(t, false)
	w.member("owner", auth.HQAdmin)
	c := w.Client(t)
	for range 5 {
		c.Post("/login", "login", "owner", "password", "wrong").Want(http.StatusUnauthorized)
	}
	page := c.Post("/login", "login", "owner", "password", password).Want(http.StatusTooManyRequests)
	if text := page.Text(`[role="alert"]`); text != "로그인에 여러 번 실패했어요. 1분 뒤에 다시 해 주세요." {
		t.Errorf("%q", text)
	}
	if after := page.Header.Get("Retry-After"); after != "60" {
		t.Errorf("Retry-After: %q", after)
	}
	w.wait(time.Minute)
	c.Post("/login", "login", "owner", "password", password).WantRedirect("/")
}

func TestAnEmptyFormSaysWhatIsMissingBesideTheField(t *testing.T) {
	t.Parallel()
	w := newWorld(t, false)
	page := w.Client(t).Post("/login", "login", "", "password", "").Want(http.StatusUnprocessableEntity)
	for _, field := range []string{"login", "password"} {
		if page.Attr(`input[name="`+field+`"]`, "aria-invalid") != "true" {
			t.Errorf("%s is not marked", field)
		}
	}
}

func TestAfterSigningInOnlyPagesOfThisSiteFollow(t *testing.T) {
	t.Parallel()
	w := newWorld(t, false)
	w.member("hq", auth.HQAdmin)
	for next, want := range map[string]string{
		"/s/gangnam/stock?q=%EC%9A%B0%EC%9C%A0": "/s/gangnam/stock?q=%EC%9A%B0%EC%9C%A0", "": "/", "//evil.example": "/",
		"https://evil.example/": "/", `/\evil.example`: "/", "javascript:alert(1)": "/", "/\t/evil.example": "/", "/login": "/",
	} {
		w.Client(t).Post("/login", "login", "hq", "password", password, "next", next).WantRedirect(want)
	}
	c := w.Client(t)
	page := c.Get("/login?next=%2Fs%2Fgangnam%2Fstock")
	if got := page.Form(`form[action="/login"]`).Get("next"); got != "/s/gangnam/stock" {
		t.Errorf("the page forgets where to go: %q", got)
	}
	w.signedIn("hq").Get("/login?next=%2Fs%2Fgangnam").WantRedirect("/s/gangnam")
}

func TestSessionCookiesAreOutOfReach(t *testing.T) {
	t.Parallel()
	for _, secure := range []bool{false, true} {
		w := newWorld(t, secure)
		w.member("hq", auth.HQAdmin)
		page := w.Client(t).Post("/login", "login", "hq", "password", password).Want(http.StatusSeeOther)
		prefix := ""
		if secure {
			prefix = "__Host-"
		}
		cookies := setCookies(t, page)
		for name, life := range map[string]int{"maru-access": 600, "maru-refresh": 24 * 3600} {
			c := cookies[prefix+name]
			if c == nil {
				t.Fatalf("secure %v: no cookie %s%s in %v", secure, prefix, name, cookies)
			}
			if !c.HttpOnly || c.SameSite != http.SameSiteLaxMode || c.Path != "/" || c.Domain != "" || c.Secure != secure || c.MaxAge != life {
				t.Errorf("secure %v: %s", secure, c.Raw)
			}
		}
	}
}

func TestHTTPSIsBelievedFromTrustedProxiesOnly(t *testing.T) {
	t.Parallel()
	trusts := func(a netip.Addr) bool { return a == netip.MustParseAddr("10.0.0.1") }
	for name, tc := range map[string]struct {
		from, proto string
		always      bool
		want        bool
	}{
		"plain":                {from: "203.0.113.1:5", want: false},
		"claimed by anybody":   {from: "203.0.113.1:5", proto: "https", want: false},
		"said by the proxy":    {from: "10.0.0.1:5", proto: "https", want: true},
		"mapped proxy address": {from: "[::ffff:10.0.0.1]:5", proto: "https", want: true},
		"proxy says http":      {from: "10.0.0.1:5", proto: "http", want: false},
		"always":               {from: "203.0.113.1:5", always: true, want: true},
	} {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.RemoteAddr = tc.from
		if tc.proto != "" {
			r.Header.Set("X-Forwarded-Proto", tc.proto)
		}
		if got := membersweb.Secure(tc.always, trusts)(r); got != tc.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

func TestNobodyNoticesThatTheAccessTokenExpired(t *testing.T) {
	t.Parallel()
	w := newWorld(t, false)
	w.member("hq", auth.HQAdmin)
	c := w.signedIn("hq")
	for range 3 {
		w.wait(11 * time.Minute)
		page := c.Get("/").WantRedirect("/hq")
		if cookies := setCookies(t, page); cookies["maru-access"] == nil || cookies["maru-refresh"] == nil {
			t.Fatalf("no new cookies: %v", cookies)
		}
		if cookies := setCookies(t, c.Get("/").WantRedirect("/hq")); len(cookies) != 0 {
			t.Fatalf("new cookies without need: %v", cookies)
		}
	}
}

func TestRequestsAtOnceDoNotLogThePersonOut(t *testing.T) {
	t.Parallel()
	w := newWorld(t, false)
	w.member("hq", auth.HQAdmin)
	signIn := w.Client(t).Post("/login", "login", "hq", "password", password)
	cookies := setCookies(t, signIn)
	w.wait(11 * time.Minute)
	var wg sync.WaitGroup
	for range 8 { // each as the first with the old cookies, as tabs of one browser are
		wg.Go(func() { withCookies(w, t, cookies).Get("/").WantRedirect("/hq") })
	}
	wg.Wait()
	w.wait(19 * time.Second)
	withCookies(w, t, cookies).Get("/").WantRedirect("/hq")
}

func withCookies(w *world, t *testing.T, cookies map[string]*http.Cookie) *webtest.Client {
	var pairs []string
	for name, c := range cookies {
		pairs = append(pairs, name+"="+c.Value)
	}
	return w.Client(t).With("Cookie", strings.Join(pairs, "; "))
}

func TestCopiedCookiesEndTheSessionForEverybody(t *testing.T) {
	t.Parallel()
	w := newWorld(t, false)
	w.member("hq", auth.HQAdmin)
	c := w.Client(t)
	stolen := setCookies(t, c.Post("/login", "login", "hq", "password", password))
	w.wait(11 * time.Minute)
	c.Get("/").WantRedirect("/hq")
	w.wait(time.Minute)
	thief := withCookies(w, t, stolen)
	page := thief.Get("/").WantRedirect("/login")
	if cookies := setCookies(t, page); cookies["maru-refresh"] == nil || cookies["maru-refresh"].MaxAge >= 0 {
		t.Errorf("useless cookies must be taken away: %v", cookies)
	}
	c.Get("/").WantRedirect("/login")
}

func TestSigningOutEndsTheSession(t *testing.T) {
	t.Parallel()
	w := newWorld(t, false)
	w.member("hq", auth.HQAdmin)
	c := w.Client(t)
	kept := setCookies(t, c.Post("/login", "login", "hq", "password", password))
	page := c.Post("/logout").WantRedirect("/login?signed_out=1")
	for name, cookie := range setCookies(t, page) {
		if cookie.MaxAge >= 0 || cookie.Value != "" {
			t.Errorf("%s is kept", name)
		}
	}
	c.Get("/").WantRedirect("/login")
	withCookies(w, t, kept).Get("/").WantRedirect("/login")
	if text := c.Get("/login?signed_out=1").Text("main"); !strings.Contains(text, "로그아웃했어요.") {
		t.Errorf("%q", text)
	}
	c.Post("/logout").WantRedirect("/login?signed_out=1") // twice is no error
}

func TestSigningOutWithAnExpiredAccessTokenEndsTheSessionToo(t *testing.T) {
	t.Parallel()
	w := newWorld(t, false)
	w.member("hq", auth.HQAdmin)
	c := w.Client(t)
	kept := setCookies(t, c.Post("/login", "login", "hq", "password", password))
	w.wait(11 * time.Minute)
	page := c.Post("/logout").WantRedirect("/login?signed_out=1")
	for name, cookie := range setCookies(t, page) {
		if cookie.MaxAge >= 0 {
			t.Errorf("%s is kept", name)
		}
	}
	withCookies(w, t, kept).Get("/").WantRedirect("/login")
}

func TestSigningInAgainEndsTheSessionBefore(t *testing.T) {
	t.Parallel()
	w := newWorld(t, false)
	w.member("hq", auth.HQAdmin)
	c := w.Client(t)
	before := setCookies(t, c.Post("/login", "login", "hq", "password", password))
	c.Post("/login", "login", "hq", "password", password).WantRedirect("/")
	withCookies(w, t, before).Get("/").WantRedirect("/login")
	c.Get("/").WantRedirect("/hq")
}

func TestASignInFormOfAnotherSiteIsRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t, false)
	w.member("hq", auth.HQAdmin)
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, w.URL+"/login", strings.NewReader("login=hq"))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Origin", "https://evil.example")
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusForbidden {
		t.Errorf("status %d", res.StatusCode)
	}
}

func TestOnlyTheDemoShowsAccounts(t *testing.T) {
	t.Parallel()
	account := membersweb.DemoAccount{Login: "hq", Password: password, Who: lang.Text{Ko: "본사", En: "Headquarters"}}
	if page := newWorld(t, false).Client(t).Get("/login"); strings.Contains(page.Body, "체험용") {
		t.Error("accounts are offered without a demo")
	}
	w := newWorld(t, false, account)
	w.member("hq", auth.HQAdmin)
	c := w.Client(t)
	page := c.Get("/login").Want(http.StatusOK)
	if text := page.Text("section"); !strings.Contains(text, "본사") || !strings.Contains(text, password) {
		t.Errorf("%q", text)
	}
	if text := page.Text("section"); strings.Contains(text, "PIN") {
		t.Errorf("PINs are shown although nobody has any: %q", text)
	}
	form := page.Form(`section form`)
	c.Send(http.MethodPost, "/login", form).WantRedirect("/")
	c.Get("/").WantRedirect("/hq")
}

func TestTheDemoLeadsToASharedDeviceAndTellsItsPINs(t *testing.T) {
	t.Parallel()
	who := lang.Text{Ko: "연남점 점주", En: "Owner"}
	w := newWorld(t, false, membersweb.DemoAccount{
		Login: "yeonnam", Password: password, Name: "이연우", Who: who, PIN: "60417", Devices: "/s/yeonnam/devices",
	})
	w.member("yeonnam", auth.Owner, w.store("yeonnam"))
	c := w.Client(t)
	page := c.Get("/login").Want(http.StatusOK)
	if text := page.Text("section dl"); !strings.Contains(text, "이연우") || !strings.Contains(text, "60417") {
		t.Errorf("%q", text)
	}
	c.Send(http.MethodPost, "/login", page.Form(`form:has(dl)`)).WantRedirect("/s/yeonnam/devices")
	c.Get("/s/yeonnam/devices").Want(http.StatusOK)
}

func TestEveryTextIsThereInBothLanguages(t *testing.T) {
	t.Parallel()
	for _, texts := range []any{membersweb.Text, membersweb.MeText} {
		v := reflect.ValueOf(texts)
		for i := range v.NumField() {
			s, ok := v.Field(i).Interface().(lang.Text)
			if !ok || s.Ko == "" || s.En == "" {
				t.Errorf("%s: %+v", v.Type().Field(i).Name, s)
			}
		}
	}
}
