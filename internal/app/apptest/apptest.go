// Package apptest runs the whole program in a test: a real database, its dispatcher, HTTP on a port of
// its own. Several programs on one database are replicas.
package apptest

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"maru/internal/app"
	"maru/internal/platform/postgres/pgtest"
)

// Program is one running replica.
type Program struct {
	*app.App
	URL string

	stop func()
}

// Secret signs the tokens of every program in tests, so that replicas accept each other's.
const Secret = "apptest apptest apptest apptest 1"

// Start runs a replica on the database of url (see pgtest.NewURL) until the test ends, and returns
// when it can serve.
func Start(t testing.TB, url string) *Program {
	t.Helper()
	return StartAt(t, url, "127.0.0.1:0")
}

// StartAt is Start on an address of the caller's choice: that of a replica that was stopped, for one.
func StartAt(t testing.TB, url, address string) *Program {
	t.Helper()
	return start(t, url, address, slog.New(slog.DiscardHandler))
}

// StartLogging is Start with a log of its own, down to the least level.
func StartLogging(t testing.TB, url string, log io.Writer) *Program {
	t.Helper()
	return start(t, url, "127.0.0.1:0", slog.New(slog.NewJSONHandler(log, &slog.HandlerOptions{Level: slog.LevelDebug})))
}

func start(t testing.TB, url, address string, log *slog.Logger) *Program {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	o := app.Options{
		Databases: pgtest.Config(url), Secrets: [][]byte{[]byte(Secret)}, HashesAtOnce: 4, Log: log,
		Web: app.WebOptions{Insecure: true, Secure: func(*http.Request) bool { return false }, Zone: seoul(t)},
	}
	a, err := app.Open(ctx, o)
	if err != nil {
		cancel()
		t.Fatal(err)
	}
	listener, err := net.Listen("tcp", address)
	if err != nil {
		cancel()
		a.Close()
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- a.Run(ctx, listener) }()
	stop := sync.OnceFunc(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("the program ended with: %v", err)
		}
		a.Close()
	})
	t.Cleanup(stop)
	ready, done := context.WithTimeout(ctx, time.Minute)
	defer done()
	if err := a.Dispatcher.Ready(ready); err != nil {
		t.Fatalf("the program is not ready: %v", err)
	}
	return &Program{App: a, URL: "http://" + listener.Addr().String(), stop: stop}
}

// Stop stops the replica as a signal would: open requests finish first. The end of the test does so
// anyway.
func (p *Program) Stop() { p.stop() }

func seoul(t testing.TB) *time.Location {
	t.Helper()
	loc, err := time.LoadLocation("Asia/Seoul")
	if err != nil {
		t.Fatal(err)
	}
	return loc
}

// Browser returns a browser with a session of its own that does not follow redirects. With an empty
// login nobody is signed in.
func (p *Program) Browser(t testing.TB, login, password string) *http.Client {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	browser := &http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	if login == "" {
		return browser
	}
	res, err := browser.PostForm(p.URL+"/login", url.Values{"login": {login}, "password": {password}})
	if err != nil {
		t.Fatal(err)
	}
	_ = res.Body.Close()
	if res.StatusCode != http.StatusSeeOther {
		t.Fatalf("sign-in of %s answered %s", login, res.Status)
	}
	return browser
}

// Token returns an access token for the JSON API.
func (p *Program) Token(t testing.TB, login, password string) string {
	t.Helper()
	var session struct {
		AccessToken string `json:"access_token"`
	}
	if status := p.JSON(t, "", http.MethodPost, "/api/v1/session", map[string]string{"login": login, "password": password}, &session); status >= 300 {
		t.Fatalf("a session of %s answered %d", login, status)
	}
	return session.AccessToken
}

// JSON sends body as JSON, or as it is when it is a string, with the token unless that is empty, decodes
// the answer into the last argument unless that is nil, and returns the status.
func (p *Program) JSON(t testing.TB, token, method, path string, body, into any) int {
	t.Helper()
	var reader io.Reader
	switch b := body.(type) {
	case nil:
	case string:
		reader = strings.NewReader(b)
	default:
		doc, err := json.Marshal(body)
		if err != nil {
			t.Fatal(err)
		}
		reader = bytes.NewReader(doc)
	}
	req, err := http.NewRequestWithContext(t.Context(), method, p.URL+path, reader)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	doc, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	if into != nil {
		if err := json.Unmarshal(doc, into); err != nil {
			t.Fatalf("%s %s answered %s, not JSON: %s", method, path, res.Status, doc)
		}
	}
	return res.StatusCode
}
