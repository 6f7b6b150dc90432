package membersweb_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"maru/internal/kernel/ids"
	"maru/internal/members"
	"maru/internal/platform/auth"
	"maru/web/webkit/webtest"
)

const pin = "8305"

// counter is a browser that its owner has made a shared device of the store mapo; owner is the owner's own.
func (w *world) counter() (device, owner *webtest.Client, person string) {
	w.t.Helper()
	w.member("owner", auth.Owner, w.store("mapo"))
	owner = w.signedIn("owner")
	form := owner.Get("/me/pin").Want(http.StatusOK).Form(`form[action="/me/pin"]`)
	form.Set("pin", pin)
	form.Set("old", password)
	owner.Send(http.MethodPost, "/me/pin", form).WantRedirect("/me/pin")
	device = w.signedIn("owner")
	device.Post("/s/mapo/devices", "name", "카운터", "lock", "3", "old", password).WantRedirect("/shared")
	return device, owner, device.Get("/shared").Want(http.StatusOK).Attr(".person-tile", "href")
}

func TestASharedDeviceShowsItsPeopleAndNothingElse(t *testing.T) {
	t.Parallel()
	w := newWorld(t, false)
	device, owner, person := w.counter()
	device.Get("/s/mapo/staff").WantRedirect("/shared?next=%2Fs%2Fmapo%2Fstaff")
	device.Get("/me/password").WantRedirect("/shared?next=%2Fme%2Fpassword")
	device.Get("/").WantRedirect("/shared")
	if to := device.HX().With("HX-Current-URL", "http://x/s/mapo/devices").Get("/s/mapo/devices").Want(http.StatusUnauthorized).Header.Get("HX-Redirect"); to != "/shared?next=%2Fs%2Fmapo%2Fdevices" {
		t.Errorf("a part of a page leads to %q", to)
	}
	owner.Get("/shared").Want(http.StatusNotFound)
	w.Client(t).Get("/shared").WantRedirect("/login?next=%2Fshared")
	// Who is not of the store has no pad, whatever the address says.
	device.Get("/shared/01a2b3c4-0000-7000-8000-000000000000").Want(http.StatusNotFound)
	device.Get("/shared/everybody").Want(http.StatusNotFound)
	page := device.Get(person).Want(http.StatusOK)
	if page.Has(`script:not([nonce])`) || page.Attr("#f-pin", "type") != "password" || page.Attr("#f-pin", "autocomplete") != "one-time-code" {
		t.Errorf("the pad: %.800s", page.Body)
	}
}

func TestPeopleComeAndGoByPIN(t *testing.T) {
	t.Parallel()
	w := newWorld(t, false)
	device, _, person := w.counter()
	page := device.Post(person+"?next=%2Fs%2Fmapo%2Forders", "pin", "4081").Want(http.StatusUnprocessableEntity)
	if text := page.Text(".field-problem"); !strings.Contains(text, "PIN이 맞지 않아요") || strings.Contains(page.Body, "4081") {
		t.Errorf("%q", text)
	}
	// The way on is kept, and is a way of this site.
	device.Send(http.MethodPost, page.Attr("form[data-pin]", "action"), page.Form("form[data-pin]")).Want(http.StatusUnprocessableEntity)
	device.Post(page.Attr("form[data-pin]", "action"), "pin", pin).WantRedirect("/s/mapo/orders")
	for _, next := range []string{"https%3A%2F%2Fevil.example", "%2F%2Fevil.example", "%2Fshared", "%2Flogin"} {
		device.Post(person+"?next="+next, "pin", pin).WantRedirect("/s/mapo/register")
	}
	if text := device.Get("/shared").Want(http.StatusOK).Text("#toasts"); !strings.Contains(text, "틀린 PIN: 1번") {
		t.Errorf("the person is not told of the wrong PINs: %q", text)
	}
	device.Get("/").WantRedirect("/s/mapo")
	for _, path := range []string{"/me/password", "/me/pin", "/me/devices", "/s/mapo/staff", "/s/mapo/devices", "/s/mapo/keys"} {
		device.Get(path).Want(http.StatusForbidden)
	}
	if text := device.Get("/me/password").Text("main"); !strings.Contains(text, "매장 공용 기기에서는") {
		t.Errorf("%q", text)
	}
	device.Post("/shared/lock", "next", "/s/mapo/orders?number=7").WantRedirect("/shared?next=%2Fs%2Fmapo%2Forders%3Fnumber%3D7")
	device.Get("/s/mapo/keys").WantRedirect("/shared?next=%2Fs%2Fmapo%2Fkeys")
	device.Post("/shared/lock", "next", "//evil.example").WantRedirect("/shared")
	device.Post(person, "pin", pin).WantRedirect("/s/mapo/register")
	device.Post("/logout").WantRedirect("/shared") // the device stays one
	device.Post(person, "pin", pin).WantRedirect("/s/mapo/register")
}

// Signing in with a password takes the device back; the page says so before.
func TestSigningInOnASharedDeviceEndsIt(t *testing.T) {
	t.Parallel()
	w := newWorld(t, false)
	device, owner, person := w.counter()
	device.Post(person, "pin", pin).WantRedirect("/s/mapo/register")
	if text := device.Get("/login").Want(http.StatusOK).Text("form"); !strings.Contains(text, "더 이상 매장 공용 기기가 아니에요") {
		t.Errorf("%q", text)
	}
	device.Post("/login", "login", "owner", "password", password).WantRedirect("/")
	device.Get("/me/password").Want(http.StatusOK)
	if page := owner.Get("/s/mapo/devices").Want(http.StatusOK); page.Has("[id^=device-]") {
		t.Error("the device is still there")
	}
}

func TestTheStoreEndsItsDevicesAndTakesPINsAway(t *testing.T) {
	t.Parallel()
	w := newWorld(t, false)
	device, owner, person := w.counter()
	page := owner.Get("/s/mapo/devices").Want(http.StatusOK)
	if text := page.Text("[id^=device-]"); !strings.Contains(text, "카운터") || !strings.Contains(text, "잠겨 있어요") {
		t.Errorf("%q", text)
	}
	owner.Post("/s/mapo/devices", "name", "", "lock", "3", "old", password).Want(http.StatusUnprocessableEntity)
	owner.Post("/s/mapo/devices", "name", "뒷방", "lock", "3", "old", "guess").Want(http.StatusUnprocessableEntity)
	owner.Post(page.Attr(`form[action$="/lock"]`, "action"), "lock", "30").WantRedirect("/s/mapo/devices")
	owner.Post(page.Attr(`form[action$="/lock"]`, "action"), "lock", "999").WantRedirect("/s/mapo/devices")
	if got := owner.Get("/s/mapo/devices").Attr(`[id^=device-] option[selected]`, "value"); got != "30" {
		t.Errorf("locks after %s minutes", got)
	}
	owner.Post(page.Attr(`form[action$="/remove"]`, "action")).WantRedirect("/s/mapo/devices")
	device.Post(person, "pin", pin).Want(http.StatusUnprocessableEntity)
	owner.Post(page.Attr(`form[action$="/end"]`, "action")).WantRedirect("/s/mapo/devices")
	device.Get("/shared").WantRedirect("/login?next=%2Fshared")
	owner.Post(page.Attr(`form[action$="/end"]`, "action")).Want(http.StatusNotFound)
}

// A device is a browser with pages: what it holds opens no API, not even while somebody works on it.
func TestTheTokensOfASharedDeviceOpenNoAPI(t *testing.T) {
	t.Parallel()
	w := newWorld(t, false)
	device, _, person := w.counter()
	cookies := setCookies(t, device.Post(person, "pin", pin).WantRedirect("/s/mapo/register"))
	for name, c := range map[string]*webtest.Client{
		"cookies": device, "as a bearer": w.Client(t).With("Authorization", "Bearer "+cookies["maru-access"].Value),
	} {
		c.Get("/api/v1/session").Want(http.StatusUnauthorized)
		c.Get("/api/v1/stores").Want(http.StatusUnauthorized)
		if name == "as a bearer" {
			c.Get("/s/mapo/devices").WantRedirect("/login?next=%2Fs%2Fmapo%2Fdevices")
		}
	}
	w.Client(t).SendBody(http.MethodPost, "/api/v1/session/refresh", "application/json", `{"refresh_token": "`+cookies["maru-refresh"].Value+`"}`).
		Want(http.StatusUnauthorized)
	device.Get("/").WantRedirect("/s/mapo") // and the device was not rotated away by it
}

// Pages refetch their parts while nobody is there: only what a person does keeps the device open.
func TestLookingAtPagesDoesNotKeepADeviceOpen(t *testing.T) {
	t.Parallel()
	w := newWorld(t, false)
	device, _, person := w.counter()
	device.Post(person, "pin", pin).WantRedirect("/s/mapo/register")
	who := strings.TrimPrefix(person, "/shared/")
	for range 3 {
		w.wait(members.DefaultLock - time.Second)
		device.Post("/shared/awake", "who", who).Want(http.StatusNoContent)
	}
	device.Post("/shared/awake", "who", ids.NewMemberID().String()).Want(http.StatusConflict) // a page of whoever worked before
	for range 2 {
		w.wait(members.DefaultLock / 2)
		device.HX().Get("/")
	}
	device.Get("/").WantRedirect("/shared")
	device.Post("/shared/awake", "who", who).Want(http.StatusConflict) // by which a page that was left open knows
	device.Get("/").WantRedirect("/shared")
}

// Whoever opens an account on the store's device, by a link, works on it by PIN afterwards: it stays the store's.
func TestALinkThatIsOpenedOnASharedDeviceLeavesItOne(t *testing.T) {
	t.Parallel()
	w := newWorld(t, false)
	device, owner, person := w.counter()
	for _, login := range []string{"somebody-works", "nobody-works"} {
		link, err := w.Invite(t.Context(), auth.System("test"), members.Invite{Name: "이직원", Role: auth.HQMenu})
		if err != nil {
			t.Fatal(err)
		}
		if login == "somebody-works" {
			device.Post(person, "pin", pin).WantRedirect("/s/mapo/register")
		}
		device.Post("/join/"+link.Token, "login", login, "password", password, "name", "이직원").WantRedirect("/shared")
		device.Get("/s/mapo/staff").WantRedirect("/shared?next=%2Fs%2Fmapo%2Fstaff")
	}
	if page := owner.Get("/s/mapo/devices").Want(http.StatusOK); !page.Has("[id^=device-]") {
		t.Error("the device is gone")
	}
}

// A session that cannot be one is not taken for all of them.
func TestSigningOutASessionThatCannotBeOneEndsNone(t *testing.T) {
	t.Parallel()
	w := newWorld(t, false)
	w.member("owner", auth.Owner, w.store("mapo"))
	w.member("admin", auth.HQAdmin)
	s, err := w.SignIn(t.Context(), members.SignIn{Login: "owner", Password: password, Address: "203.0.113.9"})
	if err != nil {
		t.Fatal(err)
	}
	path := "/hq/members/" + s.Principal.Member.String() + "/sign-out"
	admin := w.signedIn("admin")
	admin.Post(path, "session", "all").Want(http.StatusNotFound)
	if _, err := w.Authenticate(t.Context(), s.AccessToken); err != nil {
		t.Errorf("the session is over: %v", err)
	}
	admin.Post(path).Want(http.StatusSeeOther)
	if _, err := w.Authenticate(t.Context(), s.AccessToken); err == nil {
		t.Error("without one all end")
	}
}
