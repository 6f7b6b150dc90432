package statsweb_test

import (
	"bufio"
	"context"
	"net/http"
	"slices"
	"testing"

	"maru/internal/platform/auth"
	"maru/web/webkit/webtest"
)

// everybodyHQ signs in whoever asks, so that a plain HTTP client can hold a stream open.
type everybodyHQ struct{}

func (everybodyHQ) Authenticate(context.Context, *http.Request) (auth.Principal, []*http.Cookie, error) {
	return webtest.HQ("본사"), nil, nil
}

func (everybodyHQ) Alive(_ context.Context, who []auth.Principal) ([]bool, error) {
	return slices.Repeat([]bool{true}, len(who)), nil
}

func TestOpenPagesHearOfNewFigures(t *testing.T) {
	t.Parallel()
	gangnam, mapo := webtest.Store("gangnam", "강남점"), webtest.Store("mapo", "마포점")
	c := newChainFor(t, everybodyHQ{}, gangnam, mapo)
	heard := make(chan string, 64)
	for _, path := range []string{"/hq/live", "/s/gangnam/live", "/s/mapo/live"} {
		listen(t, c.URL, path, heard)
	}
	await := func(want ...string) {
		t.Helper()
		for len(want) > 0 {
			got := <-heard
			for i, w := range want {
				if got == w {
					want = append(want[:i], want[i+1:]...)
					break
				}
			}
		}
	}
	await("/hq/live event: sync", "/s/gangnam/live event: sync", "/s/mapo/live event: sync")
	c.sell(order(gangnam, "2026-11-22", 9, newThing("latte", "라떼", 5000), 1))
	await("/hq/live event: sales", "/s/gangnam/live event: sales")
	c.sell(order(mapo, "2026-11-22", 9, newThing("latte", "라떼", 5000), 1))
	await("/hq/live event: sales", "/s/mapo/live event: sales")
}

// listen sends what a stream says to heard, until the test ends.
func listen(t *testing.T, base, path string, heard chan<- string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, base+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = res.Body.Close() })
	go func() {
		for lines := bufio.NewScanner(res.Body); lines.Scan(); {
			if line := lines.Text(); len(line) > 7 && line[:7] == "event: " {
				heard <- path + " " + line
			}
		}
	}()
}
