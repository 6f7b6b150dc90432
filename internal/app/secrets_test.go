package app_test

import (
	"bytes"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"

	"maru/internal/app/apptest"
	"maru/internal/demo"
	"maru/internal/members"
	"maru/internal/platform/auth"
)

type secretLog struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *secretLog) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *secretLog) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// Everything is asked for once, with secrets in every place where a person or program puts one, and the
// database is taken away at the end. No secret stands in the log, and none in a page.
func TestSecretsStayOutOfLogsAndPages(t *testing.T) {
	t.Parallel()
	var log secretLog
	p := apptest.StartLogging(t, apptest.Franchise(t), &log)
	const wrong = "a-wrong-password-nobody-has-77"
	status := p.JSON(t, "", http.MethodPost, "/api/v1/session", map[string]string{"login": "hq", "password": wrong}, nil)
	if status != http.StatusUnauthorized {
		t.Fatalf("a wrong password answers %d", status)
	}
	var session struct {
		Access  string `json:"access_token"`
		Refresh string `json:"refresh_token"`
	}
	p.JSON(t, "", http.MethodPost, "/api/v1/session", map[string]string{"login": "hq", "password": demo.Password}, &session)
	key, secret, err := p.Members.CreateKey(t.Context(), auth.System("test"), members.CreateKey{
		Name: "secrets", Permissions: []auth.Permission{auth.ViewChain}, PerMinute: 1, Days: 1,
	})
	if err != nil {
		t.Fatal(err)
	}
	p.JSON(t, secret, http.MethodGet, "/api/v1/session", nil, nil)
	if got := p.JSON(t, secret, http.MethodGet, "/api/v1/session", nil, nil); got != http.StatusTooManyRequests {
		t.Errorf("the second request of a key with one a minute: %d", got)
	}
	browser := p.Browser(t, "hq", demo.Password)
	site, _ := url.Parse(p.URL)
	secrets := []string{demo.Password, wrong, session.Access, session.Refresh, secret, secret[len(key.Prefix)+1:], apptest.Secret, "postgres://", "$argon2id$"}
	for _, c := range browser.Jar.Cookies(site) {
		secrets = append(secrets, c.Value)
	}
	const noPIN = "what-somebody-typed-as-a-pin"
	secrets = append(secrets, noPIN)
	counter := newWalk(t, p, byPIN)
	typed, err := counter.browser.PostForm(p.URL+"/shared/"+counter.worker(), url.Values{"pin": {noPIN}}) //nolint:noctx // the test's own server
	if err != nil {
		t.Fatal(err)
	}
	pad, err := io.ReadAll(typed.Body)
	_ = typed.Body.Close()
	if err != nil || typed.StatusCode != http.StatusUnprocessableEntity || strings.Contains(string(pad), noPIN) {
		t.Errorf("the pad answers %d, %v, and shows what was typed: %t", typed.StatusCode, err, strings.Contains(string(pad), noPIN))
	}
	for _, c := range counter.browser.Jar.Cookies(site) {
		secrets = append(secrets, c.Value)
	}
	pages := 0
	look := func(path string) {
		res, err := browser.Get(p.URL + path) //nolint:noctx // the test's own server
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(res.Body)
		_ = res.Body.Close()
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range secrets {
			if s != "" && strings.Contains(string(body), s) {
				t.Errorf("GET %s shows a secret (%.6s…)", path, s)
			}
		}
		pages++
	}
	for _, path := range []string{"/hq", "/hq/keys", "/hq/stores", "/hq/menu", "/hq/audit", "/s/seongsu", "/s/seongsu/keys", "/s/seongsu/register", "/api/openapi.json", "/nowhere?token=" + secret} {
		look(path)
	}
	p.Databases.Close()
	look("/hq")
	look("/s/seongsu/stock")
	p.JSON(t, session.Access, http.MethodGet, "/api/v1/stores/seongsu/stock", nil, nil)
	p.JSON(t, "", http.MethodPost, "/api/v1/session", map[string]string{"login": "hq", "password": demo.Password}, nil)
	p.Stop()
	written := log.String()
	for _, s := range secrets {
		if s != "" && strings.Contains(written, s) {
			i := strings.Index(written, s)
			t.Errorf("the log holds a secret: %.120s", written[max(0, i-100):])
		}
	}
	if lines := strings.Count(written, "\n"); lines < pages || !strings.Contains(written, `"level":"ERROR"`) {
		t.Errorf("%d lines of log without an error: the test does not look where secrets would be", lines)
	}
	t.Logf("%d pages, %d bytes of log, %d secrets", pages, len(written), len(secrets))
}
