package webkit

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"
	"strings"
	"time"

	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"

	"maru/internal/platform/errs"
)

// maxBody is how many bytes a request may carry.
const maxBody = 1 << 20

// ErrTooLarge is the answer to a request of more bytes than its route takes.
var ErrTooLarge = errs.New(errs.TooLarge, "web.too_large",
	"보낸 내용이 너무 커요. 나누어서 보내 주세요.", "That is too much at once. Please send it in parts.")

// ErrTooMany is the answer to requests that come too often.
var ErrTooMany = errs.New(errs.TooMany, "web.too_many",
	"요청이 너무 잦아요. 잠시 뒤 다시 해 주세요.", "Too many requests. Please try again in a moment.")

// begin gives the request its id and its view.
func (s *Site) begin(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		r := c.Request()
		v := &requestView{
			site: s, now: s.Now(), zone: s.Zone, path: r.URL.Path, query: r.URL.RawQuery,
			nonce: rand.Text(), requestID: rand.Text()[:16], toast: s.keptToast(r), address: c.RealIP(),
		}
		c.Response().Header().Set(echo.HeaderXRequestID, v.requestID)
		ctx := context.WithValue(r.Context(), viewKey{}, v)
		c.SetRequest(r.WithContext(templ.WithNonce(ctx, v.nonce)))
		return next(c)
	}
}

// accessLog writes one line per request: never query values, bodies or cookies.
func (s *Site) accessLog(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		begun := time.Now()
		err := next(c)
		if err != nil {
			c.Error(err) // answers now, so that the status below is the one that was sent
		}
		v := viewOf(c)
		if strings.HasPrefix(v.path, assetsPath) {
			return nil
		}
		attrs := []slog.Attr{
			slog.String("method", c.Request().Method), slog.String("route", c.Path()), slog.Int("status", c.Response().Status),
			slog.Duration("took", time.Since(begun)), slog.String("request", v.requestID),
		}
		if v.store != nil {
			attrs = append(attrs, slog.String("store", v.store.Code))
		}
		if v.principal.SignedIn() {
			attrs = append(attrs, slog.String("member", v.principal.Member.String()))
		}
		s.Log.LogAttrs(c.Request().Context(), slog.LevelInfo, "request", attrs...)
		return nil
	}
}

func (s *Site) recoverPanic(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) (err error) {
		defer func() {
			switch r := recover(); r {
			case nil:
			case http.ErrAbortHandler:
				panic(r)
			default:
				err = fmt.Errorf("panic: %v\n%s", r, debug.Stack())
			}
		}()
		return next(c)
	}
}

// headers sets what every answer carries. Pages run no script but ours, by nonce; nothing is framed;
// nothing is sent to other sites.
func (s *Site) headers(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		s.guardAnswer(c.Response().Header(), viewOf(c).nonce)
		if !strings.HasPrefix(viewOf(c).path, assetsPath) {
			// Answers are one person's: no cache keeps them, on the way or on a shared tablet.
			c.Response().Header().Set("Cache-Control", "private, no-store")
		}
		return next(c)
	}
}

func (s *Site) guardAnswer(h http.Header, nonce string) {
	h.Set("Content-Security-Policy", "default-src 'none'; script-src 'nonce-"+nonce+"' 'strict-dynamic'; "+
		"style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; media-src 'self'; "+
		"manifest-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "same-origin")
	h.Set("Permissions-Policy", "camera=(), microphone=(), geolocation=(), payment=()")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	if !s.Insecure {
		h.Set("Strict-Transport-Security", "max-age=31536000")
	}
}

// limitBody refuses requests of more than maxBody bytes: at once where they say so, and where they do
// not, when the reader gets there.
func (s *Site) limitBody(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		r := c.Request()
		if r.ContentLength > maxBody {
			return ErrTooLarge
		}
		if r.Body != nil && r.Body != http.NoBody {
			r.Body = http.MaxBytesReader(c.Response(), r.Body, maxBody)
		}
		return next(c)
	}
}

// tooLarge reports whether err comes from reading a body over its limit.
func tooLarge(err error) bool {
	var tooBig *http.MaxBytesError
	return errors.As(err, &tooBig)
}
