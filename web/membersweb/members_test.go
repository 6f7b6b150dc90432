package membersweb_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"maru/internal/platform/auth"
)

// What headquarters does for somebody who cannot get in: the buttons are there when they are needed, and work.
func TestHeadquartersHelpsSomebodyWhoCannotGetIn(t *testing.T) {
	t.Parallel()
	w := newWorld(t, false)
	store := w.store("seongsu")
	w.member("boss", auth.HQAdmin)
	w.member("desk", auth.HQSupport)
	w.member("mina", auth.Owner, store)
	mina := w.signedIn("mina")
	page := mina.Post("/me/second-factor/begin", "old", password).Want(http.StatusOK)
	code, err := totp.GenerateCode(strings.TrimSpace(page.Text(`main [class~="font-mono"]`)), w.clock())
	if err != nil {
		t.Fatal(err)
	}
	mina.Post("/me/second-factor/confirm", "code", code).Want(http.StatusOK)
	thief := w.Client(t)
	for range 6 {
		thief.Post("/login", "login", "mina", "password", "wrong")
	}

	boss, desk := w.signedIn("boss"), w.signedIn("desk")
	at := strings.Fields(boss.Get("/hq/members?q=mina").Want(http.StatusOK).Attr("tbody th a", "href"))[0]
	page = desk.Get(at).Want(http.StatusOK)
	if !page.Has(`form[action="`+at+`/unlock"]`) || page.Has(`form[action="`+at+`/reset-factor"]`) {
		t.Error("support unlocks, and resets no second factor")
	}
	desk.Post(at + "/reset-factor").Want(http.StatusForbidden)
	desk.Post(at + "/unlock").WantRedirect(at)
	if desk.Get(at).Has(`form[action="` + at + `/unlock"]`) {
		t.Error("it still says locked")
	}

	page = boss.Get(at).Want(http.StatusOK)
	if !strings.Contains(page.Text("main dl"), "인증 앱") || !page.Has(`[hx-get="/hq/audit/members/`+strings.TrimPrefix(at, "/hq/members/")+`"]`) {
		t.Errorf("the page does not say what the person has: %s", page.Text("main dl"))
	}
	boss.Post(at + "/reset-factor").WantRedirect(at)
	page = boss.Get(at).Want(http.StatusOK)
	if page.Has(`form[action="`+at+`/reset-factor"]`) || !strings.Contains(page.Text("main dl"), "없음") {
		t.Error("it was not reset")
	}
	w.wait(10 * time.Second)
	mina.Get("/me/devices").WantRedirect("/login?next=%2Fme%2Fdevices")
	w.signedIn("mina") // without a code

	own := boss.Get("/hq/members?q=boss").Attr("tbody th a", "href")
	boss.Post(own + "/reset-factor").WantRedirect(own)
	if toast := boss.Get(own).Text("body"); !strings.Contains(toast, "자기 계정에는 할 수 없어요") {
		t.Error("people reset their own second factor without their password")
	}
}
