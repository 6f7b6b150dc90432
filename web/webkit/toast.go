package webkit

import (
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
		//nolint:gosec // HttpOnly is set below, the rest by remember
		cookie := viewOf(c).site.remember(toastCookie, base64.RawURLEncoding.EncodeToString(b))
		cookie.MaxAge, cookie.HttpOnly = 60, true
		c.SetCookie(cookie)
	}
	return Redirect(c, to)
}

const toastCookie = "toast"

// keptToast returns the toast that waits for the next page, or nil. A cookie is what a browser says:
// anything that is not a toast of ours is nothing.
func keptToast(r *http.Request) *Toast {
	cookie, err := r.Cookie(toastCookie)
	if err != nil || len(cookie.Value) > 2048 {
		return nil
	}
	b, err := base64.RawURLEncoding.DecodeString(cookie.Value)
	if err != nil {
		return nil
	}
	var t Toast
	if json.Unmarshal(b, &t) != nil || t.Text.Ko == "" {
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
		cookie := v.site.remember(toastCookie, "") //nolint:gosec // it is taken away
		cookie.MaxAge = -1
		c.SetCookie(cookie)
	}
}
