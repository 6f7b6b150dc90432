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
	end := page.Attr(`button[formaction$="/end"]`, "formaction")
	for _, path := range []string{end, "/me/devices/end-others"} {
		for _, wrong := range []string{"", "not mine"} {
			if again := laptop.Post(path, "old", wrong).Want(http.StatusUnprocessableEntity); !again.Has(`button[formaction="`+end+`"]`) || strings.Contains(again.Body, "not mine") {
				t.Errorf("%s with %q: %q", path, wrong, again.Text("main"))
			}
		}
	}
	phone.Get("/").WantRedirect("/hq")
	laptop.Post(end, "old", password).WantRedirect("/me/devices")
	phone.Get("/").WantRedirect("/login")
	laptop.Post(end, "old", password).Want(http.StatusNotFound)
	laptop.Post("/me/devices/not-a-session/end").Want(http.StatusNotFound)
	phone.Post("/login", "login", "hq", "password", password).Want(http.StatusSeeOther)
	laptop.Post("/me/devices/end-others", "old", password).WantRedirect("/me/devices")
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

// Whoever has copied the cookies of the very browser in which the password is changed is out with all others, and the
// person stays in, and is told of no theft: it was they themselves who ended it.
func TestNoCopyOfASessionOutlivesAChangeOfPassword(t *testing.T) {
	t.Parallel()
	w := newWorld(t, false)
	w.member("hq", auth.HQAdmin)
	c := w.Client(t)
	stolen := setCookies(t, c.Post("/login", "login", "hq", "password", password))
	thief := withCookies(w, t, stolen)
	thief.Get("/me/profile").Want(http.StatusOK)
	const next = "자전거 우산 복숭아 열두 시"
	changed := c.Post("/me/password", "old", password, "new", next).WantRedirect("/me/devices")
	fresh := setCookies(t, changed)
	for _, name := range []string{"maru-access", "maru-refresh"} {
		if fresh[name] == nil || fresh[name].Value == "" || fresh[name].Value == stolen[name].Value {
			t.Errorf("%s is no new one: %v", name, fresh[name])
		}
	}

	page := thief.Get("/me/profile").WantRedirect("/login?next=%2Fme%2Fprofile")
	if gone := setCookies(t, page); len(gone) != 0 {
		t.Errorf("the answer to what was under way in another tab takes the new cookies away: %v", gone)
	}
	refresh := func() {
		t.Helper()
		body := `{"refresh_token":"` + stolen["maru-refresh"].Value + `"}`
		w.Client(t).SendBody(http.MethodPost, "/api/v1/session/refresh", "application/json", body).Want(http.StatusUnauthorized)
	}
	refresh()
	c.Get("/me/profile").Want(http.StatusOK)
	w.wait(11 * time.Minute)
	c.Get("/me/profile").Want(http.StatusOK)
	w.wait(time.Minute)
	page = thief.Get("/me/profile").WantRedirect("/login?next=%2Fme%2Fprofile")
	if gone := setCookies(t, page)["maru-refresh"]; gone == nil || gone.MaxAge >= 0 {
		t.Errorf("cookies that are useless for long stay: %v", gone)
	}
	refresh()
	devices := c.Get("/me/devices").Want(http.StatusOK)
	if devices.Has(`[role="alert"]`) || !strings.Contains(devices.Text("main"), "이 기기에서만") {
		t.Errorf("%q", devices.Text("main"))
	}
	c.Post("/login", "login", "hq", "password", next).WantRedirect("/") // and not to a report of a theft
}

func TestMyAccountBeginsWithTheProfile(t *testing.T) {
	t.Parallel()
	w := newWorld(t, false)
	w.member("hq", auth.HQAdmin)
	w.signedIn("hq").Get("/me").WantRedirect("/me/profile")
	w.Client(t).Get("/me").WantRedirect("/login?next=%2Fme")
}
