package webkit

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/klauspost/compress/gzhttp"
	"github.com/labstack/echo/v4"

	"maru/internal/kernel/lang"
	"maru/internal/kernel/money"
	"maru/internal/members/membersapi"
	"maru/internal/platform/errs"
	"maru/web/webkit/problem"
)

// Options is what a site is made of.
type Options struct {
	Log        *slog.Logger
	Sessions   Sessions
	Stores     membersapi.Stores
	Franchises membersapi.Franchises
	Now        func() time.Time
	Zone       *time.Location // in which pages that belong to no store show times
	// IPExtractor says whose X-Forwarded-For is believed; nil believes nobody and takes the address of
	// the connection.
	IPExtractor echo.IPExtractor
	// Heartbeat is how often a live stream shows that it is alive; 20 s where zero.
	Heartbeat time.Duration
	// AskEvery is how often a live stream asks whether its session still holds; 5 s where zero.
	AskEvery time.Duration
	// Insecure is plain HTTP on this machine (the demo): no Strict-Transport-Security, no Secure cookies.
	Insecure bool
	// Key signs what a browser keeps for the next page; the same on every replica. Random where empty.
	Key []byte
}

// Site is the web edge of the program: one echo with the middleware every request passes, the router
// on which page packages register, the navigation they fill, and the hub of live updates.
type Site struct {
	Options
	echo   *echo.Echo
	router *Router
	nav    []NavItem
	hub    *Hub
	nets   *http.CrossOriginProtection
	keys   keyLimits

	uploads map[string]int64 // bytes of the file that a route takes, by path
}

// New returns a site without pages.
func New(o Options) *Site {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Zone == nil {
		o.Zone = time.UTC
	}
	if len(o.Key) == 0 {
		o.Key = []byte(rand.Text())
	}
	s := &Site{Options: o, echo: echo.New(), nets: http.NewCrossOriginProtection(), uploads: map[string]int64{}}
	s.router = &Router{site: s, routes: &[]Route{}}
	s.hub = newHub(o.Sessions, o.Log, cmp.Or(o.Heartbeat, heartbeatEvery), cmp.Or(o.AskEvery, askEvery))
	e := s.echo
	e.HideBanner, e.HidePort = true, true
	e.Logger.SetOutput(discard{})
	e.HTTPErrorHandler = s.answerError
	e.IPExtractor = o.IPExtractor
	if e.IPExtractor == nil {
		e.IPExtractor = echo.ExtractIPDirect()
	}
	e.Use(s.begin, s.accessLog, s.recoverPanic, s.headers, s.readable, s.limitBody, s.language, s.theme, s.frame, s.authenticate, s.limitKeys)
	s.mountOwn()
	return s
}

// Router returns the router on which page packages register.
func (s *Site) Router() *Router { return s.router }

// Hub returns the hub through which anything that happened reaches open pages.
func (s *Site) Hub() *Hub { return s.hub }

// Handler returns the whole site: compression, refusal of cross-origin writes, then the routes.
func (s *Site) Handler() http.Handler {
	s.nets.SetDenyHandler(http.HandlerFunc(s.refuseCrossOrigin))
	compress, err := gzhttp.NewWrapper(gzhttp.MinSize(1024), gzhttp.EnableZstd(true),
		gzhttp.ExceptContentTypes([]string{"text/event-stream", "font/woff2", "image/png", "image/jpeg", "image/webp", "audio/mpeg"}))
	if err != nil {
		panic("webkit: gzhttp refuses its options: " + err.Error())
	}
	return compress(s.nets.Handler(s.echo))
}

// Close ends all open streams, so that a server can shut down.
func (s *Site) Close() { s.hub.Close() }

func (s *Site) mountOwn() {
	r := s.router
	r.GET(assetsPath+"*", Public, echo.WrapHandler(http.HandlerFunc(serveAssets)))
	r.GET("/s/:store/live", InStore, s.storeStream)
	r.GET("/hq/live", InHQ, s.hqStream)
	r.POST("/preferences/language", Public, s.chooseLanguage)
	r.POST("/preferences/theme", Public, s.chooseTheme)
}

// frame completes the view with the franchise. Before it was founded there is none, and pages show
// the product's own name.
func (s *Site) frame(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		v := viewOf(c)
		v.franchise = membersapi.Franchise{Name: text.Product, Currency: money.KRW}
		if strings.HasPrefix(v.path, assetsPath) || s.Franchises == nil {
			return next(c)
		}
		f, err := s.Franchises.Franchise(c.Request().Context())
		switch {
		case err == nil:
			v.franchise = f
		case errs.KindOf(err) != errs.NotFound:
			return fmt.Errorf("franchise: %w", err)
		}
		return next(c)
	}
}

func (s *Site) authenticate(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		v := viewOf(c)
		if strings.HasPrefix(v.path, assetsPath) || s.Sessions == nil {
			return next(c)
		}
		p, cookies, err := s.Sessions.Authenticate(c.Request().Context(), c.Request())
		if err != nil && !errors.Is(err, context.Canceled) {
			return fmt.Errorf("authenticate: %w", err)
		}
		for _, cookie := range cookies {
			c.SetCookie(cookie)
		}
		p.Address = v.address
		v.principal = p
		return next(c)
	}
}

func (s *Site) refuseCrossOrigin(w http.ResponseWriter, r *http.Request) {
	s.guardAnswer(w.Header(), rand.Text())
	// It never reaches accessLog. No path: links hold secrets.
	s.Log.LogAttrs(r.Context(), slog.LevelWarn, "refused a write from another site", slog.String("method", r.Method),
		slog.String("site", r.Header.Get("Sec-Fetch-Site")), slog.String("origin", fmt.Sprintf("%.200s", r.Header.Get("Origin"))))
	problem.Write(w, r, problem.From(problem.ErrCrossOrigin, languageOf(r), ""))
}

// discard swallows what echo would print by itself; we log through slog.
type discard struct{}

func (discard) Write(p []byte) (int, error) { return len(p), nil }

// choosable are the languages of the switch, in their own names.
func choosable() []lang.Lang { return lang.All }
