package webkit

import (
	"bytes"
	"fmt"
	"net/http"

	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"
)

// Render writes a component as the answer. It is rendered to the end first, so that a failure in the
// middle becomes an error page and not half of one.
func Render(c echo.Context, status int, component templ.Component) error {
	var b bytes.Buffer
	if err := component.Render(c.Request().Context(), &b); err != nil {
		return fmt.Errorf("render %s: %w", c.Path(), err)
	}
	forgetToast(c)
	h := c.Response().Header()
	if h.Get("Cache-Control") == "" {
		h.Set("Cache-Control", "no-store") // pages show one person's data
	}
	return c.HTMLBlob(status, b.Bytes())
}

// Redirect sends the person to another page after an action: htmx changes the page, a plain form gets
// 303 See Other.
func Redirect(c echo.Context, to string) error {
	if isHTMX(c.Request()) {
		c.Response().Header().Set("HX-Redirect", to)
		return c.NoContent(http.StatusOK)
	}
	return c.Redirect(http.StatusSeeOther, to)
}

// Trigger makes htmx fire a DOM event on the page when the answer arrives, such as "cart:changed".
func Trigger(c echo.Context, event string) { c.Response().Header().Set("HX-Trigger", event) }
