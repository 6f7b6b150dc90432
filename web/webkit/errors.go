package webkit

import (
	"errors"
	"log/slog"
	"net/http"

	"github.com/labstack/echo/v4"

	"maru/internal/kernel/lang"
	"maru/internal/platform/errs"
	"maru/web/webkit/problem"
)

// answerError is the one place where an error becomes an answer: a problem document for programs, a
// toast for htmx, a page for everybody else. What nobody expected is logged with everything known
// about it and shown with nothing but a request id.
func (s *Site) answerError(err error, c echo.Context) {
	if c.Response().Committed {
		if !gone(c.Request(), err) {
			s.Log.ErrorContext(c.Request().Context(), "failed after the answer began", slog.Any("err", err), slog.String("route", c.Path()))
		}
		return
	}
	err = asHTTPError(err)
	if tooLarge(err) {
		err = ErrTooLarge
	}
	if gone(c.Request(), err) {
		c.Response().WriteHeader(499) // the browser went away; nobody reads this
		return
	}
	e, status := problem.Expected(err)
	problem.RetryAfter(c.Response().Header(), err)
	v := viewOf(c)
	if status >= http.StatusInternalServerError {
		s.Log.ErrorContext(c.Request().Context(), "request failed", slog.Any("err", err), slog.String("route", c.Path()),
			slog.String("method", c.Request().Method), slog.String("request", v.requestID), traceOf(c))
	}
	if werr := s.writeError(c, err, e, status); werr != nil {
		s.Log.ErrorContext(c.Request().Context(), "error page failed", slog.Any("err", werr), slog.String("request", v.requestID))
		if !c.Response().Committed {
			c.Response().WriteHeader(http.StatusInternalServerError)
		}
	}
}

func (s *Site) writeError(c echo.Context, err error, e *errs.Error, status int) error {
	r, v := c.Request(), viewOf(c)
	switch {
	case isAPI(r):
		problem.Write(c.Response(), r, problem.From(err, lang.From(r.Context()), v.requestID))
		return nil
	case isHTMX(r) && status == http.StatusUnauthorized:
		c.Response().Header().Set("HX-Redirect", doorPath(r.Context(), currentPage(r)))
		return c.NoContent(status)
	case isHTMX(r):
		return Render(c, status, toastPartial(Toast{Kind: ToastProblem, Text: sentence(err, e)}))
	case r.Method == http.MethodHead:
		return c.NoContent(status)
	}
	return Render(c, status, errorPage(e, status))
}

// sentence is what to tell about err: where it is about inputs, what is wrong with the first of them.
func sentence(err error, e *errs.Error) lang.Text {
	if fields := problem.FieldsOf(err); len(fields) > 0 {
		return fields[0].Text
	}
	return e.Text
}

// gone reports whether the request failed because the browser left.
func gone(r *http.Request, err error) bool {
	return r.Context().Err() != nil && errors.Is(err, r.Context().Err())
}
