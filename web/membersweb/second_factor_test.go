package membersweb_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"maru/internal/platform/auth"
)

func TestAPersonSetsUpAnAppAndSignsInWithIt(t *testing.T) {
	t.Parallel()
	w := newWorld(t, false)
	w.member("hq", auth.HQAdmin)
	if err := w.RequireSecondFactor(t.Context(), auth.System("test"), auth.HQAdmin, true); err != nil {
		t.Fatal(err)
	}
	c := w.signedIn("hq")
	c.Get("/").WantRedirect("/me/second-factor") // nothing else is open before
	c.Get("/me/devices").WantRedirect("/me/second-factor")
	if text := c.Get("/me/second-factor").Want(http.StatusOK).Text("main"); !strings.Contains(text, "2단계 인증을 써야 해요") {
		t.Errorf("%q", text)
	}
	c.Post("/me/second-factor/begin", "old", "wrong").Want(http.StatusUnprocessableEntity)
	page := c.Post("/me/second-factor/begin", "old", password).Want(http.StatusOK)
	if !strings.HasPrefix(page.Attr("main img", "src"), "data:image/png;base64,") || page.Header.Get("Cache-Control") != "no-store" {
		t.Error("no picture to scan, or one that is kept")
	}
	secret := strings.TrimSpace(page.Text(`main [class~="font-mono"]`))
	code := func() string {
		s, err := totp.GenerateCode(secret, w.clock())
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	c.Post("/me/second-factor/confirm", "code", "000000").Want(http.StatusUnauthorized)
	codes := c.Post("/me/second-factor/confirm", "code", code()).Want(http.StatusOK).Texts("ol li")
	if len(codes) != 10 {
		t.Fatalf("recovery codes: %v", codes)
	}
	c.Get("/").WantRedirect("/hq")

	again := w.Client(t)
	w.wait(time.Minute)
	page = again.Post("/login", "login", "hq", "password", password, "next", "/hq/menu").Want(http.StatusUnauthorized)
	for name := range setCookies(t, page) {
		if strings.Contains(name, "access") || strings.Contains(name, "refresh") {
			t.Errorf("half a sign-in sets %s", name)
		}
	}
	again.Get("/").WantRedirect("/login")
	form := page.Form(`form[action="/login/code"]`)
	form.Set("code", "123456")
	again.Send(http.MethodPost, "/login/code", form).Want(http.StatusUnauthorized)
	form.Set("code", code())
	again.Send(http.MethodPost, "/login/code", form).WantRedirect("/hq/menu")
	again.Get("/").WantRedirect("/hq")

	lost := w.Client(t)
	lost.Post("/login", "login", "hq", "password", password).Want(http.StatusUnauthorized)
	lost.Post("/login/code", "code", codes[0]).WantRedirect("/")
	w.Client(t).Post("/login/code", "code", codes[1]).Want(http.StatusUnauthorized) // without the password before
}

func TestAPasskeyOfNobodyOpensNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t, false)
	w.member("hq", auth.HQAdmin)
	c := w.Client(t)
	for _, body := range []string{"", "{}", `{"credential":{}}`, `{"credential":{"id":"AAAA","rawId":"AAAA","type":"public-key","response":{}}}`} {
		if page := c.SendBody(http.MethodPost, "/login/passkey", "application/json", body); (page.Status != http.StatusUnauthorized && page.Status != http.StatusUnprocessableEntity) || len(setCookies(t, page)) > 0 {
			t.Errorf("%s: %d", body, page.Status)
		}
	}
}

func TestHeadquartersSaysWhoMustUseASecondFactor(t *testing.T) {
	t.Parallel()
	w := newWorld(t, false)
	w.member("admin", auth.HQAdmin)
	w.member("analyst", auth.HQAnalyst)
	c := w.signedIn("admin")
	if text := c.In("ko").Get("/hq/second-factors").Want(http.StatusOK).Text("main"); !strings.Contains(text, "1명 중 0명이") {
		t.Errorf("%q", text)
	}
	c.Post("/hq/second-factors", "role", "nobody", "required", "1").Want(http.StatusUnprocessableEntity)
	c.Post("/hq/second-factors", "role", string(auth.HQAnalyst), "required", "1").WantRedirect("/hq/second-factors")
	analyst := w.signedIn("analyst")
	analyst.Get("/").WantRedirect("/me/second-factor")
	c.Post("/hq/second-factors", "role", string(auth.HQAnalyst), "required", "0").WantRedirect("/hq/second-factors")
	w.wait(6 * time.Second)
	analyst.Get("/").Want(http.StatusSeeOther)
	analyst.Get("/hq/second-factors").Want(http.StatusForbidden)
	w.Client(t).Get("/hq/second-factors").WantRedirect("/login?next=%2Fhq%2Fsecond-factors")
}
