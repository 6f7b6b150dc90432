// Package opsweb is what machines ask the program about itself: is it alive, can it serve, how is it
// doing.
package opsweb

import (
	"context"
	"crypto/subtle"
	"log/slog"
	"net/http"
	"net/netip"
	"strings"
	"time"

	"github.com/labstack/echo/v4"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"maru/web/webkit"
)

// Probes is what the endpoints report.
type Probes struct {
	// Ready returns why this replica cannot serve, or nil.
	Ready   func(context.Context) error
	Metrics prometheus.Gatherer
	// Log hears why a replica is not ready.
	Log *slog.Logger
	// MetricsToken is the bearer token that /metrics asks for. Without one, only connections from this
	// machine are answered, and none where Proxied.
	MetricsToken string
	// Proxied says that people come through a proxy: one on this machine that says nothing of whom it serves would bring
	// the whole world to the figures.
	Proxied bool
}

// Register adds /livez, /readyz, /metrics and, for those who may read these, profiles.
func Register(site *webkit.Site, p Probes) {
	r := site.Router()
	r.GET("/livez", webkit.Public, func(c echo.Context) error { return c.String(http.StatusOK, "ok\n") })
	r.GET("/readyz", webkit.Public, p.ready)
	r.GET("/metrics", webkit.Public, p.metrics)
	p.registerProfiles(r)
}

// ready says only whether: why not is for the log, not for whoever asks.
func (p Probes) ready(c echo.Context) error {
	ctx, cancel := context.WithTimeout(c.Request().Context(), 2*time.Second)
	defer cancel()
	if err := p.Ready(ctx); err != nil {
		p.Log.Warn("not ready", "error", err)
		return c.String(http.StatusServiceUnavailable, "not ready\n")
	}
	return c.String(http.StatusOK, "ok\n")
}

func (p Probes) metrics(c echo.Context) error {
	if !p.mayReadMetrics(c.Request()) {
		return echo.ErrNotFound
	}
	promhttp.HandlerFor(p.Metrics, promhttp.HandlerOpts{}).ServeHTTP(c.Response(), c.Request())
	return nil
}

func (p Probes) mayReadMetrics(r *http.Request) bool {
	if p.MetricsToken != "" {
		token, _ := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
		return subtle.ConstantTimeCompare([]byte(token), []byte(p.MetricsToken)) == 1
	}
	// A proxy on this machine brings the whole world; most say so in a header.
	if p.Proxied || r.Header.Get("X-Forwarded-For") != "" || r.Header.Get("Forwarded") != "" {
		return false
	}
	from, err := netip.ParseAddrPort(r.RemoteAddr)
	return err == nil && from.Addr().Unmap().IsLoopback()
}
