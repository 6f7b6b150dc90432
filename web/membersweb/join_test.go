package membersweb_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"maru/internal/kernel/ids"
	"maru/internal/members"
	"maru/internal/platform/auth"
)

// The page of a link leaves the cookie by which the browser is known: who comes by an invitation or a new password signs in
// there, though all strangers have to wait.
func TestTheBrowserOfALinkIsNoStranger(t *testing.T) {
	t.Parallel()
	w := newWorld(t, false)
	store := w.store("gangnam")
	w.member("owner", auth.Owner, store)
	link, err := w.Invite(t.Context(), auth.System("test"), members.Invite{Name: "이직원", Role: auth.Staff, Stores: []ids.StoreID{store}})
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; ; i++ {
		_, err := w.SignIn(t.Context(), members.SignIn{Login: fmt.Sprint("guess", i), Password: "guess", Address: fmt.Sprintf("203.%d.%d.7", i%250, i/250)})
		if errors.Is(err, members.ErrStrangersWait) {
			break
		}
		if !errors.Is(err, members.ErrWrongCredentials) {
			t.Fatal(err)
		}
	}
	stranger := w.Client(t).In("ko").Post("/login", "login", "owner", "password", password).Want(http.StatusTooManyRequests)
	if text := stranger.Text(`[role="alert"]`); text != members.ErrStrangersWait.Text.Ko {
		t.Errorf("a stranger reads %q", text)
	}
	if !stranger.Has(`a[href="/forgot"]`) {
		t.Error("the way in that stays open is not on the page")
	}
	joining := w.Client(t)
	page := joining.Post("/join/"+link.Token, "login", "lee", "password", password, "name", "이직원").Want(http.StatusSeeOther)
	if setCookies(t, page)["maru-device"] == nil {
		t.Error("the browser is not remembered")
	}
	joining.Post("/login", "login", "lee", "password", password).Want(http.StatusSeeOther)
}

// Who has asked too often for a link is told when it works again and by what else to come in, and keeps what was typed.
func TestTooManyWishesForANewPasswordAreToldOnTheForm(t *testing.T) {
	t.Parallel()
	w := newWorld(t, false)
	w.SendMailBy(noPost{}, "https://maru.example.com")
	stranger := w.Client(t).In("ko")
	for range 10 {
		stranger.Post("/forgot", "login", "hong").WantRedirect("/forgot?sent=1")
	}
	page := stranger.Post("/forgot", "login", "hong").Want(http.StatusTooManyRequests)
	if text := page.Text(`[role="alert"]`); !strings.Contains(text, "6분 뒤에") {
		t.Errorf("the page says %q", text)
	}
	if wait := page.Header.Get("Retry-After"); wait == "" {
		t.Error("no Retry-After")
	}
	if login := page.Form("form").Get("login"); login != "hong" {
		t.Errorf("the login is %q now", login)
	}
}

// noPost is a mailer that nobody runs.
type noPost struct{}

func (noPost) Send(context.Context, members.Mail) error { return errors.ErrUnsupported }
