package membersweb_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"maru/internal/platform/auth"
)

const chromeOnPhone = "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Mobile Safari/537.36"

func TestAPersonEndsTheirOtherDevices(t *testing.T) {
	t.Parallel()
	w := newWorld(t, false)
	w.member("hq", auth.HQAdmin)
	phone := w.Client(t).With("User-Agent", chromeOnPhone)
	phone.Post("/login", "login", "hq", "password", password).Want(http.StatusSeeOther)
	laptop := w.signedIn("hq")
	page := laptop.Get("/me/devices").Want(http.StatusOK)
	if text := page.Text("main"); !strings.Contains(text, "Chrome · Android") || !strings.Contains(text, "이 기기") {
		t.Errorf("%q", text)
	}
	end := page.Attr(`form[action$="/end"]`, "action")
	laptop.Post(end).WantRedirect("/me/devices")
	phone.Get("/").WantRedirect("/login")
	laptop.Post(end).Want(http.StatusNotFound)
	laptop.Post("/me/devices/not-a-session/end").Want(http.StatusNotFound)
	phone.Post("/login", "login", "hq", "password", password).Want(http.StatusSeeOther)
	laptop.Post("/me/devices/end-others").WantRedirect("/me/devices")
	phone.Get("/").WantRedirect("/login")
	laptop.Get("/").WantRedirect("/hq")
}

func TestTheNextSignInTellsThatSomebodyUsedACopy(t *testing.T) {
	t.Parallel()
	w := newWorld(t, false)
	w.member("hq", auth.HQAdmin)
	c := w.Client(t)
	stolen := setCookies(t, c.Post("/login", "login", "hq", "password", password))
	w.wait(11 * time.Minute)
	c.Get("/").WantRedirect("/hq")
	w.wait(time.Minute)
	withCookies(w, t, stolen).Get("/").WantRedirect("/login")
	c.Post("/login", "login", "hq", "password", password, "next", "/hq/menu").WantRedirect("/me/devices?next=%2Fhq%2Fmenu")
	page := c.Get("/me/devices?next=%2Fhq%2Fmenu").Want(http.StatusOK)
	if text := page.Text(`[role="alert"]`); !strings.Contains(text, "복사해 쓴") {
		t.Errorf("%q", text)
	}
	c.Send(http.MethodPost, "/me/devices/read", page.Form(`form[action="/me/devices/read"]`)).WantRedirect("/hq/menu")
	if c.Get("/me/devices").Has(`[role="alert"]`) {
		t.Error("it is told again")
	}
	c.Post("/login", "login", "hq", "password", password).WantRedirect("/")
}

func TestThePasswordIsChangedOnAPage(t *testing.T) {
	t.Parallel()
	w := newWorld(t, false)
	w.member("hq", auth.HQAdmin)
	c, other := w.signedIn("hq"), w.signedIn("hq")
	page := c.Post("/me/password", "old", "wrong", "new", "password123").Want(http.StatusUnprocessableEntity)
	if text := page.Text("#new-problem, [id$=new-problem]"); !strings.Contains(text, "관계없는 낱말") {
		t.Errorf("no advice: %q", page.Text("form"))
	}
	page = c.In("en").Post("/me/password", "old", "wrong", "new", "password123").Want(http.StatusUnprocessableEntity)
	if text := page.Text("form"); !strings.Contains(text, "nothing to do with each other") {
		t.Errorf("%q", text)
	}
	const next = "자전거 우산 복숭아 열두 시"
	page = c.Post("/me/password", "old", "wrong", "new", next).Want(http.StatusUnprocessableEntity)
	if strings.Contains(page.Body, "자전거") {
		t.Error("the password is in the page")
	}
	c.Post("/me/password", "old", password, "new", next).WantRedirect("/me/devices")
	other.Get("/").WantRedirect("/login")
	c.Get("/").WantRedirect("/hq")
}
