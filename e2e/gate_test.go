//go:build e2e

package e2e

import (
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"sync"
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
	url   string
	came  chrome.Pile[visit]
	holds sync.Map // by path: what is closed when the request that is held there has come
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
	over := make(chan struct{})
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if came, held := g.holds.LoadAndDelete(r.URL.Path); held {
			close(came.(chan struct{}))
			select {
			case <-r.Context().Done():
			case <-over:
			}
			return
		}
		proxy.ServeHTTP(w, r)
	}))
	t.Cleanup(srv.Close)
	t.Cleanup(func() { close(over) })
	t.Cleanup(srv.CloseClientConnections) // the last to be said is the first to be done: streams are open
	g.url = srv.URL
	return g
}

// stall leaves the next request to the path without an answer, and closes what it returns when that has come.
func (g *gate) stall(path string) <-chan struct{} {
	came := make(chan struct{})
	g.holds.Store(path, came)
	return came
}

// take returns what came since the last time.
func (g *gate) take() []visit { return g.came.Take() }
