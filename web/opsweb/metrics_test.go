package opsweb_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/prometheus/client_golang/prometheus"

	"maru/web/opsweb"
	"maru/web/webkit"
)

// Figures and profiles say how the program is made and what it is busy with. Who may not read them finds nothing there.
func TestFiguresAreForWhoMayReadThem(t *testing.T) {
	t.Parallel()
	const token = "a token for the figures"
	for name, tc := range map[string]struct {
		token   string
		proxied bool
		from    string
		header  map[string]string
		want    int
	}{
		"from this machine":                     {from: "127.0.0.1:40000", want: http.StatusOK},
		"from this machine, IPv6":               {from: "[::1]:40000", want: http.StatusOK},
		"from elsewhere":                        {from: "10.0.0.9:40000", want: http.StatusNotFound},
		"through a proxy here that says so":     {from: "127.0.0.1:40000", header: map[string]string{"X-Forwarded-For": "203.0.113.9"}, want: http.StatusNotFound},
		"through a proxy that says it anew":     {from: "127.0.0.1:40000", header: map[string]string{"Forwarded": "for=203.0.113.9"}, want: http.StatusNotFound},
		"through a proxy here that is silent":   {from: "127.0.0.1:40000", proxied: true, want: http.StatusNotFound},
		"with the token":                        {token: token, proxied: true, from: "10.0.0.9:40000", header: map[string]string{"Authorization": "Bearer " + token}, want: http.StatusOK},
		"with another token":                    {token: token, from: "127.0.0.1:40000", header: map[string]string{"Authorization": "Bearer " + token + "x"}, want: http.StatusNotFound},
		"from this machine, where one is set":   {token: token, from: "127.0.0.1:40000", want: http.StatusNotFound},
		"with no token where none is asked for": {from: "10.0.0.9:40000", header: map[string]string{"Authorization": "Bearer "}, want: http.StatusNotFound},
	} {
		site := webkit.New(webkit.Options{Insecure: true})
		opsweb.Register(site, opsweb.Probes{
			Ready: func(context.Context) error { return nil }, Metrics: prometheus.NewRegistry(), MetricsToken: tc.token, Proxied: tc.proxied,
		})
		for _, path := range []string{"/metrics", "/debug/pprof/heap", "/debug/pprof/goroutine", "/debug/pprof/profile?seconds=0"} {
			r := httptest.NewRequest(http.MethodGet, path, nil)
			r.RemoteAddr = tc.from
			for key, value := range tc.header {
				r.Header.Set(key, value)
			}
			w := httptest.NewRecorder()
			site.Handler().ServeHTTP(w, r)
			if w.Code != tc.want {
				t.Errorf("%s %s: %d, want %d", path, name, w.Code, tc.want)
			}
		}
	}
}
