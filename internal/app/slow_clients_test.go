package app_test

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"maru/internal/app/apptest"
)

// Clients that send their request a byte at a time hold a connection each and nothing else: others are
// served meanwhile, and those that do not finish their headers are cut off.
func TestSlowClientsHoldNothingUp(t *testing.T) {
	t.Parallel()
	p := apptest.Start(t, apptest.Franchise(t))
	address := strings.TrimPrefix(p.URL, "http://")
	const slow = 300
	begun := time.Now()
	conns := make([]net.Conn, slow)
	for i := range conns {
		conn, err := net.Dial("tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = conn.Close() })
		text := "POST /login HTTP/1.1\r\nHost: " + address + "\r\nX-Slow: "
		if i%3 == 0 { // headers are whole, the body never comes
			text += "1\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 1000\r\n\r\nlogin="
		}
		if _, err := io.WriteString(conn, text); err != nil {
			t.Fatal(err)
		}
		conns[i] = conn
	}
	for range 20 {
		res, err := http.Get(p.URL + "/login") //nolint:noctx // the test's own server
		if err != nil {
			t.Fatal(err)
		}
		_ = res.Body.Close()
		if res.StatusCode != http.StatusOK {
			t.Errorf("beside %d slow clients: %s", slow, res.Status)
		}
	}
	t.Logf("20 pages beside %d slow clients took %s", slow, time.Since(begun).Round(time.Millisecond))
	for i, conn := range conns {
		if i%3 == 0 {
			continue
		}
		if err := conn.SetReadDeadline(begun.Add(30 * time.Second)); err != nil {
			t.Fatal(err)
		}
		if _, err := io.Copy(io.Discard, conn); err != nil { // nil: the server closed it
			t.Fatalf("a client without whole headers is still there after %s: %v", time.Since(begun), err)
		}
	}
	t.Logf("the last without whole headers was cut off after %s", time.Since(begun).Round(time.Millisecond))
}

// What is no request of a browser is refused: paths out of the site, headers in headers, too much of
// anything, and two lengths.
func TestRequestsNobodyShouldSend(t *testing.T) {
	t.Parallel()
	p := apptest.Start(t, apptest.Franchise(t))
	address := strings.TrimPrefix(p.URL, "http://")
	for name, c := range map[string]struct {
		raw  string
		want []int
	}{
		"a path out":         {"GET /assets/../../../etc/passwd HTTP/1.1\r\nHost: x\r\n\r\n", []int{301, 303, 307, 308, 400, 404}},
		"an encoded path":    {"GET /assets/%2e%2e/%2e%2e/etc/passwd HTTP/1.1\r\nHost: x\r\n\r\n", []int{301, 307, 308, 400, 404}},
		"an escaped slash":   {"GET /assets/..%2f..%2fgo.mod HTTP/1.1\r\nHost: x\r\n\r\n", []int{400, 404}},
		"a backslash":        {"GET /assets/..\\..\\go.mod HTTP/1.1\r\nHost: x\r\n\r\n", []int{400, 404}},
		"a zero":             {"GET /assets/app.css%00.txt HTTP/1.1\r\nHost: x\r\n\r\n", []int{400, 404}},
		"a header in a path": {"GET /login?next=%0d%0aSet-Cookie:%20a=b HTTP/1.1\r\nHost: x\r\n\r\n", []int{200}},
		"huge headers":       {"GET /login HTTP/1.1\r\nHost: x\r\nX: " + strings.Repeat("a", 100<<10) + "\r\n\r\n", []int{431}},
		"a huge body":        {"POST /login HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999\r\n\r\n", []int{413}},
		"two lengths":        {"POST /login HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nlogin", []int{400}},
		"chunks and length":  {"POST /login HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked, gzip\r\n\r\n0\r\n\r\n", []int{400, 501}},
		"no host":            {"GET /login HTTP/1.1\r\n\r\n", []int{400}},
		"a strange method":   {"TRACE /login HTTP/1.1\r\nHost: x\r\n\r\n", []int{404, 405}},
	} {
		conn, err := net.Dial("tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		if err := conn.SetDeadline(time.Now().Add(30 * time.Second)); err != nil {
			t.Fatal(err)
		}
		go func() { _, _ = io.WriteString(conn, c.raw) }() // the server may answer, and close, before it has read all
		res, err := http.ReadResponse(bufio.NewReader(conn), nil)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			_ = conn.Close()
			continue
		}
		ok := false
		for _, status := range c.want {
			ok = ok || res.StatusCode == status
		}
		if !ok || res.Header.Get("Set-Cookie") != "" {
			t.Errorf("%s: %s, cookie %q", name, res.Status, res.Header.Get("Set-Cookie"))
		}
		_ = res.Body.Close()
		_ = conn.Close()
	}
}

// Whatever next= says, signing in leads to a page of this site.
func TestSigningInLeadsNowhereElse(t *testing.T) {
	t.Parallel()
	p := apptest.Start(t, apptest.Franchise(t))
	browser := p.Browser(t, "hq", "golmok-anjja-26")
	for _, next := range []string{
		"https://evil.example", "//evil.example", `/\evil.example`, "/%5cevil.example", `\\evil.example`, "/\t/evil.example", "javascript:alert(1)",
		"http:evil.example", "/..//evil.example", "/%09/evil.example", "///evil.example", "/.//evil.example", "https:/evil.example", "/%2f%2fevil.example",
		"/login?next=//evil.example", "\x00//evil.example", "/s/../..//evil.example",
	} {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, p.URL+"/login?"+url.Values{"next": {next}}.Encode(), nil)
		if err != nil {
			t.Fatal(err)
		}
		res, err := browser.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		_ = res.Body.Close()
		if res.StatusCode == http.StatusBadRequest && strings.ContainsRune(next, 0) {
			continue // no address has a NUL in it
		}
		to, err := res.Location()
		if err != nil {
			t.Fatalf("%q: %s, %v", next, res.Status, err)
		}
		if to.Host != strings.TrimPrefix(p.URL, "http://") || strings.HasPrefix(to.Path, "//") || strings.Contains(res.Header.Get("Location"), `\`) {
			t.Errorf("%q leads to %q", next, res.Header.Get("Location"))
		}
	}
}
