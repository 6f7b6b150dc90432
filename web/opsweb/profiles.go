package opsweb

import (
	"net/http"
	"runtime/pprof"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"maru/web/webkit"
)

// longestProfile stays within the time that the server gives an answer.
const longestProfile = 25 * time.Second

// registerProfiles adds what the Go tools read to say where time and memory go ("go tool pprof").
// They are for whoever may read the metrics, and for nobody else.
func (p Probes) registerProfiles(r *webkit.Router) {
	r.GET("/debug/pprof/profile", webkit.Public, p.profileCPU)
	for _, name := range []string{"allocs", "goroutine", "heap"} {
		r.GET("/debug/pprof/"+name, webkit.Public, func(c echo.Context) error {
			if !p.mayReadMetrics(c.Request()) {
				return echo.ErrNotFound
			}
			c.Response().Header().Set(echo.HeaderContentType, echo.MIMEOctetStream)
			return pprof.Lookup(name).WriteTo(c.Response(), 0)
		})
	}
}

// profileCPU records where CPU time goes for ?seconds=5, by default one second.
func (p Probes) profileCPU(c echo.Context) error {
	if !p.mayReadMetrics(c.Request()) {
		return echo.ErrNotFound
	}
	seconds, err := strconv.Atoi(c.QueryParam("seconds"))
	if err != nil {
		seconds = 1
	}
	c.Response().Header().Set(echo.HeaderContentType, echo.MIMEOctetStream)
	if err := pprof.StartCPUProfile(c.Response()); err != nil { // somebody else is recording
		return c.String(http.StatusConflict, err.Error()+"\n")
	}
	defer pprof.StopCPUProfile()
	select {
	case <-c.Request().Context().Done():
	case <-time.After(min(time.Duration(max(seconds, 0))*time.Second, longestProfile)):
	}
	return nil
}
