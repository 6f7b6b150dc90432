package membersweb

import (
	"github.com/labstack/echo/v4"

	"maru/internal/kernel/lang"
	"maru/internal/platform/errs"
	"maru/web/webkit"
)

// problemOf is the sentence of an expected error for a toast; the second result is false for others.
func problemOf(err error) (webkit.Toast, bool) {
	e := errs.As(err)
	if e == nil || e.Kind == errs.Internal {
		return webkit.Toast{}, false
	}
	return webkit.Toast{Kind: webkit.ToastProblem, Text: e.Text}, true
}

// after redirects with a toast that says what was done, or why it was not.
func after(c echo.Context, to string, err error, done lang.Text) error {
	if err == nil {
		return webkit.RedirectWithToast(c, to, webkit.Toast{Kind: webkit.ToastDone, Text: done})
	}
	if errs.KindOf(err) == errs.NotFound || errs.KindOf(err) == errs.Forbidden {
		return err
	}
	if toast, expected := problemOf(err); expected {
		return webkit.RedirectWithToast(c, to, toast)
	}
	return err
}
