package webkit_test

import (
	"bufio"
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"maru/internal/kernel/ids"
	"maru/internal/members/membersapi"
	"maru/internal/platform/auth"
	"maru/web/webkit"
	"maru/web/webkit/webtest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// listener is a browser that listens to a live stream.
type listener struct {
	t    *testing.T
	stop context.CancelFunc
	body *bufio.Reader
	res  *http.Response
}

func listen(t *testing.T, srv *webtest.Server, path string, cookie *http.Cookie) *listener {
	t.Helper()
	ctx, stop := context.WithTimeout(t.Context(), 20*time.Second)
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, srv.URL+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Accept", "text/event-stream")
	req.Header.Set("Accept-Encoding", "gzip, zstd")
	req.Header.Set("HX-Request", "true")
	if cookie != nil {
		req.AddCookie(cookie)
	}
	res, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	l := &listener{t: t, stop: stop, body: bufio.NewReader(res.Body), res: res}
	t.Cleanup(l.leave)
	return l
}

func (l *listener) leave() {
	l.stop()
	_ = l.res.Body.Close()
}

// next returns the name and data of the next event, or "closed".
func (l *listener) next() (event, data string) {
	l.t.Helper()
	for {
		line, err := l.body.ReadString('\n')
		if err != nil {
			return "closed", ""
		}
		switch line = strings.TrimSuffix(line, "\n"); {
		case strings.HasPrefix(line, "event: "):
			event = strings.TrimPrefix(line, "event: ")
		case strings.HasPrefix(line, "data: "):
			data = strings.TrimPrefix(line, "data: ")
		case line == "" && event != "":
			return event, data
		}
	}
}

func (l *listener) expect(event string) string {
	l.t.Helper()
	got, data := l.next()
	if got != event {
		l.t.Fatalf("event %q, want %q", got, event)
	}
	return data
}

func twoStores(t *testing.T) (*webtest.Server, membersapi.Store, membersapi.Store) {
	t.Helper()
	gangnam, hongdae := webtest.Store("gangnam", "강남역점"), webtest.Store("hongdae", "홍대입구점")
	srv := webtest.Start(t, webkit.Options{Stores: webtest.Stores{gangnam, hongdae}}, func(*webkit.Site) {})
	return srv, gangnam, hongdae
}

func TestAPageHearsWhatHappensInItsStoreAndNothingElse(t *testing.T) {
	t.Parallel()
	srv, gangnam, hongdae := twoStores(t)
	l := listen(t, srv, "/s/gangnam/live", srv.Cookie(webtest.Owner("김점장", gangnam)))
	if got := l.res.Header.Get("Content-Type") + l.res.Header.Get("Content-Encoding"); got != "text/event-stream" {
		t.Errorf("content: %s", got)
	}
	l.expect("sync")
	srv.Site.Hub().Publish(webkit.StoreTopic(hongdae.ID), "orders", nil)
	srv.Site.Hub().Publish(webkit.HQTopic, "sales", nil)
	srv.Site.Hub().Publish(webkit.StoreTopic(gangnam.ID), "orders", map[string]int{"number": 27})
	if data := l.expect("orders"); data != `{"number":27}` {
		t.Errorf("data: %s", data)
	}
}

func TestOnlyWhoMayEnterMayListen(t *testing.T) {
	t.Parallel()
	srv, gangnam, hongdae := twoStores(t)
	for path, want := range map[string]int{"/s/hongdae/live": http.StatusNotFound, "/hq/live": http.StatusForbidden} {
		if got := listen(t, srv, path, srv.Cookie(webtest.Owner("김점장", gangnam))).res.StatusCode; got != want {
			t.Errorf("%s: %d, want %d", path, got, want)
		}
	}
	if got := listen(t, srv, "/s/gangnam/live", nil).res.StatusCode; got != http.StatusUnauthorized {
		t.Errorf("nobody: %d", got)
	}
	if got := listen(t, srv, "/s/hongdae/live", srv.Cookie(webtest.HQ("박본사"))).res.StatusCode; got != http.StatusOK {
		t.Errorf("headquarters: %d", got)
	}
	_ = hongdae
}

func TestNothingInAnEventCanBeginAnother(t *testing.T) {
	t.Parallel()
	srv, gangnam, _ := twoStores(t)
	l := listen(t, srv, "/s/gangnam/live", srv.Cookie(webtest.Owner("김점장", gangnam)))
	l.expect("sync")
	hub, topic := srv.Site.Hub(), webkit.StoreTopic(gangnam.ID)
	hub.Publish(topic, "orders\ndata: {}\n\nevent: signed-out", nil)
	hub.Publish(topic, "", nil)
	hub.Publish(topic, "orders", make(chan int))
	hub.Publish(topic, "note", "one\r\n\r\nevent: signed-out\r\ndata: two")
	if data := l.expect("note"); data != `"one\r\n\r\nevent: signed-out\r\ndata: two"` {
		t.Errorf("data: %s", data)
	}
	hub.Publish(topic, "last", nil)
	l.expect("last")
}

func TestABrowserThatDoesNotReadIsCutOffAndHoldsNobodyUp(t *testing.T) {
	t.Parallel()
	srv, gangnam, _ := twoStores(t)
	hub, topic := srv.Site.Hub(), webkit.StoreTopic(gangnam.ID)
	cookie := srv.Cookie(webtest.Owner("김점장", gangnam))
	slow := listen(t, srv, "/s/gangnam/live", cookie)
	slow.expect("sync")
	padding := strings.Repeat("x", 256<<10)
	deadline := time.Now().Add(10 * time.Second)
	for i := 0; hub.Streams() > 0; i++ {
		if time.Now().After(deadline) {
			t.Fatal("the slow browser was never cut off")
		}
		begun := time.Now()
		hub.Publish(topic, "orders", padding+strconv.Itoa(i))
		if d := time.Since(begun); d > time.Second {
			t.Fatalf("Publish waited %s", d)
		}
	}
	back := listen(t, srv, "/s/gangnam/live", cookie)
	back.expect("sync")
	hub.Publish(topic, "orders", nil)
	back.expect("orders")
}

func TestThousandsOfEqualEventsAreOneThatWaits(t *testing.T) {
	t.Parallel()
	srv, gangnam, _ := twoStores(t)
	l := listen(t, srv, "/s/gangnam/live", srv.Cookie(webtest.Owner("김점장", gangnam)))
	l.expect("sync")
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for range 2_000 {
				srv.Site.Hub().Publish(webkit.StoreTopic(gangnam.ID), "orders", nil)
			}
		})
	}
	wg.Wait()
	srv.Site.Hub().Publish(webkit.StoreTopic(gangnam.ID), "stock", nil)
	for event := ""; event != "stock"; {
		if event, _ = l.next(); event == "closed" {
			t.Fatal("cut off by events that say the same")
		}
	}
}

func TestShuttingDownEndsEveryStream(t *testing.T) {
	t.Parallel()
	srv, gangnam, _ := twoStores(t)
	cookie := srv.Cookie(webtest.Owner("김점장", gangnam))
	streams := []*listener{listen(t, srv, "/s/gangnam/live", cookie), listen(t, srv, "/s/gangnam/live", cookie)}
	for _, l := range streams {
		l.expect("sync")
	}
	srv.Site.Close()
	srv.Site.Close()
	for _, l := range streams {
		l.expect("closed")
	}
	if got := listen(t, srv, "/s/gangnam/live", cookie).res.StatusCode; got != http.StatusServiceUnavailable {
		t.Errorf("a stream asked for afterwards: %d", got)
	}
}

func TestAStreamEndsWithItsSession(t *testing.T) {
	t.Parallel()
	gangnam := webtest.Store("gangnam", "강남역점")
	srv := webtest.Start(t, webkit.Options{Stores: webtest.Stores{gangnam}, Heartbeat: time.Hour, AskEvery: 20 * time.Millisecond}, func(*webkit.Site) {})
	l := listen(t, srv, "/s/gangnam/live", srv.Cookie(webtest.Owner("김점장", gangnam)))
	l.expect("sync")
	srv.SignOutAll()
	l.expect("signed-out")
	l.expect("closed")
}

// askedSessions let the same person in and answer what the hub asks as the test says.
type askedSessions struct {
	who    auth.Principal
	answer chan error // nil: the session holds
}

func (s askedSessions) Authenticate(context.Context, *http.Request) (auth.Principal, []*http.Cookie, error) {
	return s.who, nil, nil
}

func (s askedSessions) Alive(ctx context.Context, who []auth.Principal) ([]bool, error) {
	select {
	case err := <-s.answer:
		alive := make([]bool, len(who))
		for i := range who {
			alive[i] = err == nil && who[i].Session == s.who.Session
		}
		return alive, err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func TestAskingForSessionsIsNotHeardAndAFailedLookUpEndsNothing(t *testing.T) {
	t.Parallel()
	gangnam := webtest.Store("gangnam", "강남역점")
	sessions := askedSessions{webtest.Owner("김점장", gangnam), make(chan error)}
	srv := webtest.Start(t, webkit.Options{
		Sessions: sessions, Stores: webtest.Stores{gangnam}, Heartbeat: time.Hour, AskEvery: time.Millisecond,
	}, func(*webkit.Site) {})
	l := listen(t, srv, "/s/gangnam/live", nil)
	l.expect("sync")
	for _, err := range []error{nil, errors.New("the database is away"), nil} {
		select {
		case sessions.answer <- err:
		case <-time.After(10 * time.Second):
			t.Fatal("nobody asks for the session")
		}
	}
	// While an answer is awaited events arrive all the same.
	srv.Site.Hub().Publish(webkit.StoreTopic(gangnam.ID), "orders", nil)
	if line, err := l.body.ReadString('\n'); line != "event: orders\n" {
		t.Errorf("after the questions comes %q, %v", line, err)
	}
}

// countedSessions let everybody in, each with a session of their own, and note how many are asked for at once.
type countedSessions struct {
	store membersapi.Store
	asked chan int
}

func (s countedSessions) Authenticate(context.Context, *http.Request) (auth.Principal, []*http.Cookie, error) {
	return webtest.Owner("김점장", s.store), nil, nil
}

func (s countedSessions) Alive(_ context.Context, who []auth.Principal) ([]bool, error) {
	select {
	case s.asked <- len(who):
	default: // nobody waits for it
	}
	return slices.Repeat([]bool{true}, len(who)), nil
}

func TestSessionsOfAllStreamsAreAskedForAtOnce(t *testing.T) {
	t.Parallel()
	const pages = 20
	gangnam := webtest.Store("gangnam", "강남역점")
	sessions := countedSessions{gangnam, make(chan int)}
	srv := webtest.Start(t, webkit.Options{
		Sessions: sessions, Stores: webtest.Stores{gangnam}, Heartbeat: time.Hour, AskEvery: 5 * time.Millisecond,
	}, func(*webkit.Site) {})
	for range pages {
		listen(t, srv, "/s/gangnam/live", nil).expect("sync")
	}
	<-sessions.asked // may have begun before the last page
	if n := <-sessions.asked; n != pages {
		t.Errorf("asked for %d sessions at once, want %d", n, pages)
	}
}

func TestAPageHearsOnlyWhatItListensTo(t *testing.T) {
	t.Parallel()
	srv, gangnam, _ := twoStores(t)
	hub, topic := srv.Site.Hub(), webkit.StoreTopic(gangnam.ID)
	cookie := srv.Cookie(webtest.Owner("김점장", gangnam))
	l := listen(t, srv, "/s/gangnam/live?on=orders,availability,orders", cookie)
	l.expect("sync")
	for _, event := range []string{"stock", "sales", "availability", "sales", "orders"} {
		hub.Publish(topic, event, nil)
	}
	l.expect("availability")
	l.expect("orders")
	for _, list := range []string{"orders,", "orders%0a", "a%20b", strings.Repeat("a,", 100) + "a"} {
		if got := listen(t, srv, "/s/gangnam/live?on="+list, cookie).res.StatusCode; got != http.StatusBadRequest && got != http.StatusUnprocessableEntity {
			t.Errorf("?on=%s: status %d", list, got)
		}
	}
}

// What is told to open pages only is not looked up where none is open.
func TestTheHubKnowsWhereAPageIsOpen(t *testing.T) {
	t.Parallel()
	gangnam := webtest.Store("gangnam", "강남역점")
	joined := make(chan ids.StoreID, 1)
	srv := webtest.Start(t, webkit.Options{Stores: webtest.Stores{gangnam}}, func(site *webkit.Site) {
		site.Hub().OnJoin(func(store ids.StoreID) {
			if !site.Hub().Watches(store.Lane()) {
				t.Error("it is told of a page that is not counted")
			}
			joined <- store
		})
	})
	hub, lane := srv.Site.Hub(), gangnam.ID.Lane()
	if hub.Watches(lane) {
		t.Error("a page is open before anybody came")
	}
	listen(t, srv, "/hq/live", srv.Cookie(webtest.HQ("박본사"))).expect("sync")
	l := listen(t, srv, "/s/gangnam/live", srv.Cookie(webtest.Owner("김점장", gangnam)))
	l.expect("sync")
	if got := <-joined; got != gangnam.ID {
		t.Errorf("told of %s", got)
	}
	if !hub.Watches(lane) || hub.Watches((lane+1)%ids.Lanes) {
		t.Error("the page is not counted in its lane alone")
	}
	l.leave()
	for deadline := time.Now().Add(10 * time.Second); hub.Watches(lane); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("a page that has gone is still counted")
		}
	}
}

func TestFramesArriveWholeAndInOrder(t *testing.T) {
	t.Parallel()
	srv, gangnam, _ := twoStores(t)
	l := listen(t, srv, "/s/gangnam/live", srv.Cookie(webtest.Owner("김점장", gangnam)))
	l.expect("sync")
	var want, got []string
	for i := range 40 {
		srv.Site.Hub().Publish(webkit.StoreTopic(gangnam.ID), "orders", i)
		want = append(want, strconv.Itoa(i))
		if i%10 == 9 {
			for range 10 {
				got = append(got, l.expect("orders"))
			}
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestAStreamOutlivesTheTimeoutsOfPages(t *testing.T) {
	t.Parallel()
	gangnam := webtest.Store("gangnam", "강남역점")
	srv := webtest.Start(t, webkit.Options{Stores: webtest.Stores{gangnam}, Heartbeat: 50 * time.Millisecond}, func(*webkit.Site) {})
	strict := httptest.NewUnstartedServer(srv.Site.Handler())
	strict.Config.ReadTimeout, strict.Config.WriteTimeout = 200*time.Millisecond, 200*time.Millisecond
	strict.Start()
	t.Cleanup(func() {
		srv.Site.Close()
		strict.Close()
	})
	front := *srv
	front.URL = strict.URL
	l := listen(t, &front, "/s/gangnam/live", srv.Cookie(webtest.Owner("김점장", gangnam)))
	for begun := time.Now(); time.Since(begun) < 600*time.Millisecond; {
		if _, err := l.body.ReadString('\n'); err != nil {
			t.Fatalf("cut off after %s", time.Since(begun))
		}
	}
}
