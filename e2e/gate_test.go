//go:build e2e

package e2e

import (
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"testing"

	"maru/e2e/chrome"
	"maru/internal/app/apptest"
)

// visit is a request as it came from the browser, and its answer.
type visit struct {
	method, path, from string // from is Sec-Fetch-Site
	session            bool   // it carried the session
	status             int
}

// gate stands before the program and notes who comes.
type gate struct {
	url  string
	came chrome.Pile[visit]
}

func watched(t *testing.T, p *apptest.Program) *gate {
	t.Helper()
	to, err := url.Parse(p.URL)
	must(t, err)
	g := &gate{}
	proxy := &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) {
			r.SetURL(to)
			r.Out.Host = r.In.Host
		},
		ModifyResponse: func(res *http.Response) error {
			r := res.Request
			_, err := r.Cookie("maru-access")
			g.came.Add(visit{r.Method, r.URL.Path, r.Header.Get("Sec-Fetch-Site"), err == nil, res.StatusCode})
			return nil
		},
	}
	srv := httptest.NewServer(proxy)
	t.Cleanup(srv.Close)
	t.Cleanup(srv.CloseClientConnections) // the last to be said is the first to be done: streams are open
	g.url = srv.URL
	return g
}

// take returns what came since the last time.
func (g *gate) take() []visit { return g.came.Take() }
