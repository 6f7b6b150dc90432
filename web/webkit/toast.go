package webkit

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http"

	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"

	"maru/internal/kernel/lang"
)

// Toast is a short message that appears over the page, is read out, and goes away by itself.
type Toast struct {
	Kind ToastKind `json:"kind"`
	Text lang.Text `json:"text"`
	// Undo, where set, offers to take the action back: a POST to this path.
	Undo string `json:"undo,omitempty"`
}

// ToastKind says what sort of message a toast is.
type ToastKind string

// The kinds of toasts.
const (
	ToastDone    ToastKind = "done"
	ToastNote    ToastKind = "note"
	ToastProblem ToastKind = "problem"
)

// RenderWithToast renders component (the fragment that changed; nil for none) together with a toast.
func RenderWithToast(c echo.Context, status int, component templ.Component, t Toast) error {
	if component == nil {
		return Render(c, status, toastPartial(t))
	}
	return Render(c, status, templ.Join(component, toastPartial(t)))
}

// RedirectWithToast is Redirect; the page that follows shows the toast, once.
func RedirectWithToast(c echo.Context, to string, t Toast) error {
	if b, err := json.Marshal(t); err == nil {
		site := viewOf(c).site
		//nolint:gosec // HttpOnly is set below, the rest by remember
		cookie := site.remember(site.toastCookie(), base64.RawURLEncoding.EncodeToString(site.sign(b)))
		cookie.MaxAge, cookie.HttpOnly = 60, true
		c.SetCookie(cookie)
	}
	return Redirect(c, to)
}

// toastCookie names the cookie. Over https a browser takes one with the prefix only from this very host.
func (s *Site) toastCookie() string {
	if s.Insecure {
		return "toast"
	}
	return "__Host-toast"
}

// sign puts a signature before a text that comes back in a cookie.
func (s *Site) sign(text []byte) []byte {
	mac := hmac.New(sha256.New, s.Key)
	mac.Write(text)
	return append(mac.Sum(nil), text...)
}

// signed returns a text that sign has signed, and whether it has.
func (s *Site) signed(b []byte) ([]byte, bool) {
	if len(b) < sha256.Size {
		return nil, false
	}
	text := b[sha256.Size:]
	return text, hmac.Equal(s.sign(text), b)
}

// keptToast returns the toast that waits for the next page, or nil. A cookie is what a browser says, and
// others can plant one: anything that this site has not signed is nothing.
func (s *Site) keptToast(r *http.Request) *Toast {
	cookie, err := r.Cookie(s.toastCookie())
	if err != nil || len(cookie.Value) > 2048 {
		return nil
	}
	b, err := base64.RawURLEncoding.DecodeString(cookie.Value)
	if err != nil {
		return nil
	}
	b, ok := s.signed(b)
	var t Toast
	if !ok || json.Unmarshal(b, &t) != nil || t.Text.Ko == "" {
		return nil
	}
	if t.Undo != "" {
		t.Undo = ownPath(t.Undo)
	}
	return &t
}

// forgetToast removes the waiting toast where the page has just shown it.
func forgetToast(c echo.Context) {
	if v := viewOf(c); v.toastShown {
		cookie := v.site.remember(v.site.toastCookie(), "") //nolint:gosec // it is taken away
		cookie.MaxAge = -1
		c.SetCookie(cookie)
	}
}
