package webkit

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"runtime/debug"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"

	"maru/internal/kernel/traceparent"
	"maru/internal/platform/errs"
	"maru/web/webkit/problem"
)

// maxBody is how many bytes a request may carry.
const maxBody = 1 << 20

// ErrTooLarge is the answer to a request of more bytes than its route takes.
var ErrTooLarge = errs.New(errs.TooLarge, "web.too_large",
	"보낸 내용이 너무 커요. 나누어서 보내 주세요.", "That is too much at once. Please send it in parts.")

// ErrTooMany is the answer to requests that come too often.
var ErrTooMany = errs.New(errs.TooMany, "web.too_many",
	"요청이 너무 잦아요. 잠시 뒤 다시 해 주세요.", "Too many requests. Please try again in a moment.")

// begin gives the request its id, the trace that it comes with, and its view.
func (s *Site) begin(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		r := c.Request()
		v := &requestView{
			site: s, now: s.Now(), zone: s.Zone, path: r.URL.Path, query: r.URL.RawQuery,
			nonce: rand.Text(), requestID: rand.Text()[:16], toast: s.keptToast(r), address: c.RealIP(),
		}
		c.Response().Header().Set(echo.HeaderXRequestID, v.requestID)
		ctx := r.Context()
		if sent := r.Header["Traceparent"]; len(sent) == 1 {
			ctx = traceparent.With(ctx, sent[0])
		}
		ctx = context.WithValue(ctx, viewKey{}, v)
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
			slog.Duration("took", time.Since(begun)), slog.String("request", v.requestID), slog.String("address", v.address),
		}
		attrs = append(append(attrs, v.who()...), traceOf(c))
		level := slog.LevelInfo
		if v.refused != nil {
			if v.principal.SignedIn() { // who is nobody yet only has to sign in
				level = slog.LevelWarn
			}
			attrs = append(attrs, slog.String("refused", v.refused.Code), slog.String("needs", v.needs.String()), slog.String("store_asked", v.storeAsked))
		} else if e := errs.As(err); e != nil {
			attrs = append(attrs, slog.String("code", e.Code))
		}
		s.Log.LogAttrs(c.Request().Context(), level, "request", attrs...)
		return nil
	}
}

// traceOf says in a line of the log which trace the request belongs to; it is left out where there is none.
func traceOf(c echo.Context) slog.Attr {
	trace := traceparent.From(c.Request().Context())
	if trace == "" {
		return slog.Attr{}
	}
	return slog.String("trace", trace)
}

// who says in a line of the log who asked, as far as it is known: never by name.
func (v *requestView) who() []slog.Attr {
	var attrs []slog.Attr
	if v.store != nil {
		attrs = append(attrs, slog.String("store", v.store.Code))
	}
	if p := v.principal; p.IsKey() {
		attrs = append(attrs, slog.String("key", p.Key.String()))
	} else if !p.Session.IsZero() {
		attrs = append(attrs, slog.String("member", p.Member.String()), slog.String("session", p.Session.String()))
	}
	return attrs
}

// refuse notes for the log that the request asked for what it may not have, and returns err as it is.
func (v *requestView) refuse(access Access, store string, err error) error {
	if v.refused == nil {
		v.refused, v.needs, v.storeAsked = errs.As(err), access, fmt.Sprintf("%.100s", store)
	}
	return err
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
		c.Response().Before(func() { problem.Later(c.Response().Header(), c.Response().Status) })
		return next(c)
	}
}

func (s *Site) guardAnswer(h http.Header, nonce string) {
	h.Set("Content-Security-Policy", "default-src 'none'; script-src 'nonce-"+nonce+"'; "+
		"style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; media-src 'self'; "+
		"manifest-src 'self'; worker-src 'none'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "same-origin")
	h.Set("Permissions-Policy", "camera=(), microphone=(), geolocation=(), payment=()")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	if !s.Insecure {
		h.Set("Strict-Transport-Security", "max-age=31536000; includeSubDomains")
	}
}

// readable refuses addresses that are not text, which the database would not take: a NUL byte, or bytes that
// are not UTF-8. Inputs of forms are looked at one by one, see Form.
func (s *Site) readable(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		u := c.Request().URL
		query := u.RawQuery
		if plain, err := url.QueryUnescape(query); err == nil {
			query = plain
		}
		for _, part := range []string{u.Path, query} {
			if !utf8.ValidString(part) || strings.ContainsRune(part, 0) {
				return problem.ErrMalformed
			}
		}
		return next(c)
	}
}

// limitBody refuses requests of more bytes than their route takes: at once where they say so, and where they do
// not, when the reader gets there.
func (s *Site) limitBody(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		r := c.Request()
		limit := s.bodyLimit(c.Path())
		if r.ContentLength > limit {
			return ErrTooLarge
		}
		if r.Body != nil && r.Body != http.NoBody {
			r.Body = http.MaxBytesReader(c.Response(), r.Body, limit)
		}
		return next(c)
	}
}

// tooLarge reports whether err comes from reading a body over its limit.
func tooLarge(err error) bool {
	var tooBig *http.MaxBytesError
	return errors.As(err, &tooBig)
}
