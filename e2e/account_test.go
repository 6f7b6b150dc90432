//go:build e2e

package e2e

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"maru/e2e/chrome"
	"maru/internal/demo"
)

// A person signs in, makes a passkey, signs in with it and nothing else, sets an authenticator app up, and
// signs in with its code. Every page is looked at on the way.
func TestAPersonsOwnAccount(t *testing.T) {
	browser, p := started(t)
	site := strings.Replace(p.URL, "127.0.0.1", "localhost", 1) // passkeys belong to names
	w := browser.Window(t, 1280, 800)
	w.Authenticator()
	signIn := func() {
		w.Go(site + "/login")
		w.Fill("#f-login", "hq")
		w.Fill("#f-password", demo.Password)
		w.Click(`form[action="/login"] button[type=submit]`)
	}
	at := func(path string) { w.Wait(fmt.Sprintf("location.pathname === %q", path)) }
	signOut := func() {
		w.Go(site + "/me/devices")
		w.Eval(`fetch("/logout", {method: "POST"}).then(() => document.body.dataset.out = "1")`)
		w.Wait(`document.body.dataset.out`)
	}
	signIn()
	at("/hq")

	w.Go(site + "/me/second-factor")
	lookAt(t, w, "account-second-factor")
	w.Fill(`#f-password-new-passkey`, "a wrong password")
	w.Click(`[data-passkey-new] button[type=submit]`)
	w.Wait(`document.querySelector("[data-passkey-new] [data-passkey-problem]:not([hidden])")`)
	w.Fill(`#f-password-new-passkey`, demo.Password)
	w.Click(`[data-passkey-new] button[type=submit]`)
	w.Wait(`document.querySelector('form[action="/me/passkeys/remove"]')`)
	lookAt(t, w, "account-passkey")

	signOut()
	w.Go(site + "/login?next=%2Fme%2Fdevices")
	lookAt(t, w, "login-passkey")
	w.Click(`[data-passkey-login] button[type=submit]`)
	at("/me/devices")
	lookAt(t, w, "account-devices")
	w.Go(site + "/me/password")
	lookAt(t, w, "account-password")

	w.Go(site + "/me/second-factor")
	w.Fill(`#f-password-begin`, demo.Password)
	w.Click(`form[action="/me/second-factor/begin"] button[type=submit]`)
	w.Wait(`document.querySelector("main img")`)
	lookAt(t, w, "account-enrol")
	secret := strings.TrimSpace(w.Text(`document.querySelector("main details p").textContent`))
	code, err := totp.GenerateCode(secret, time.Now())
	must(t, err)
	w.Fill("#f-code", code)
	w.Click(`form[action="/me/second-factor/confirm"] button[type=submit]`)
	w.Wait(`document.querySelectorAll("ol li").length === 10`)
	lookAt(t, w, "account-codes")
	recovery := w.Text(`document.querySelector("ol li").textContent`)
	signOut()
	signIn()
	w.Wait(`document.querySelector('form[action="/login/code"]')`)
	lookAt(t, w, "login-code")
	w.Fill("#f-code", recovery)
	w.Click(`form[action="/login/code"] button[type=submit]`)
	at("/hq")
	if found := w.Complaints(); len(found) > 0 {
		t.Errorf("the console complains: %v", found)
	}
}

// lookAt keeps pictures of the page on a phone and a desk, light and dark, and finds barriers.
func lookAt(t *testing.T, w *chrome.Window, name string) {
	t.Helper()
	for _, theme := range []string{"light", "dark"} {
		w.Eval(fmt.Sprintf("document.documentElement.dataset.theme = %q", theme))
		for _, width := range []int64{390, 1280} {
			w.Resize(width, 800)
			w.Settled()
			if wider := w.Wider(); wider > 0 {
				t.Errorf("%s is %d px wider than a window of %d", name, wider, width)
			}
			w.Shot(fmt.Sprintf("account/%s-%s-%d", name, theme, width), true)
		}
		for _, barrier := range w.Barriers() {
			t.Errorf("%s, %s: %s", name, theme, barrier)
		}
	}
}
