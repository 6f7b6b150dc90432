package auditweb_test

import (
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"maru/internal/audit"
	"maru/internal/platform/auth"
	"maru/internal/platform/outbox"
	"maru/internal/platform/outbox/outboxtest"
	"maru/internal/platform/postgres/pgtest"
	"maru/internal/platform/trail"
	"maru/web/auditweb"
	"maru/web/webkit"
	"maru/web/webkit/webtest"
)

// office is a site with a trail of three acts.
func office(t *testing.T) (*webtest.Server, auth.Principal) {
	t.Helper()
	dbs := pgtest.New(t)
	service := audit.New(dbs.Context("audit"), audit.Key{}, time.Now)
	store := webtest.Store("gangnam", "강남점")
	hq, owner := webtest.HQ("본사 김감사"), webtest.Owner("강남 이점주", store)
	site := webtest.Start(t, webkit.Options{Stores: webtest.Stores{store}}, func(s *webkit.Site) {
		auditweb.Register(s, service, webtest.Stores{store})
	})
	at := time.Date(2026, 11, 20, 1, 0, 0, 0, time.UTC)
	outboxtest.Publish(t, dbs, "catalog",
		trail.Of("catalog", at, hq, "item_saved", trail.Object{Kind: "item", ID: "latte", Name: "카페라떼"}).
			Change(map[string]any{"price": 4500, "name": "라떼"}, map[string]any{"price": 4800, "name": "라떼"}),
		trail.Of("catalog", at.Add(time.Hour), hq, "something_new", trail.Object{Kind: "item", ID: "mocha", Name: "=HYPERLINK(\"x\")"}))
	outboxtest.Publish(t, dbs, "ordering",
		trail.Of("ordering", at.Add(24*time.Hour), owner, "daily_limit_set", trail.Object{Kind: "item", ID: "cake", Name: `<script>alert("케이크")</script>`}).In(store.ID))
	var subs outbox.Subscriptions
	service.Subscribe(&subs)
	if err := outbox.NewDispatcher(dbs, &subs, slog.New(slog.DiscardHandler)).Drain(t.Context()); err != nil {
		t.Fatal(err)
	}
	return site, hq
}

func TestTheTrailIsSearched(t *testing.T) {
	t.Parallel()
	site, hq := office(t)
	for query, want := range map[string][]string{
		"":                               {"하루 한정 수량 설정", "something new", "메뉴 저장"},
		"?person=점주":                     {"하루 한정 수량 설정"},
		"?store=강남점":                     {"하루 한정 수량 설정"},
		"?object=latte":                  {"메뉴 저장"},
		"?action=something_new":          {"something new"},
		"?from=2026-11-21&to=2026-11-21": {"하루 한정 수량 설정"},
		"?to=2026-11-20":                 {"something new", "메뉴 저장"},
		"?person=nobody":                 nil,
		"?before=not-an-id":              {"하루 한정 수량 설정", "something new", "메뉴 저장"},
		"?member=" + hq.Member.String():  {"something new", "메뉴 저장"},
		"?person=김감사&from=2026-11-20&object=mocha": {"something new"},
	} {
		page := site.As(t, hq).Get("/hq/audit" + query).Want(http.StatusOK)
		if got := page.Texts("tbody td:nth-child(3) span.font-semibold"); !slices.Equal(got, want) {
			t.Errorf("%s: %q, want %q", query, got, want)
		}
	}
	page := site.As(t, hq).Get("/hq/audit?object=latte").Want(http.StatusOK)
	if got := page.Texts("details dl div"); len(got) != 1 || !strings.Contains(got[0], "4500 → 4800") {
		t.Errorf("what changed: %q", got)
	}
	if body := site.As(t, hq).Get("/hq/audit").Body; strings.Contains(body, "<script>alert") {
		t.Error("a name runs as a script")
	}
}

func TestWhatCannotBeLookedForIsSaid(t *testing.T) {
	t.Parallel()
	site, hq := office(t)
	for _, query := range []string{"?store=nowhere", "?from=yesterday", "?member=me"} {
		page := site.As(t, hq).Get("/hq/audit" + query).Want(http.StatusUnprocessableEntity)
		if !page.Has(".field-problem") && !page.Has("[role=alert]") {
			t.Errorf("%s says nothing", query)
		}
	}
}

func TestAnExportWantsAReasonAndRunsNothing(t *testing.T) {
	t.Parallel()
	site, hq := office(t)
	c := site.As(t, hq)
	if page := c.Post("/hq/audit/export", "reason", "짧음").Want(http.StatusUnprocessableEntity); !strings.Contains(page.Body, "10자 이상") {
		t.Error("a short reason is refused without a word")
	}
	file := c.Post("/hq/audit/export", "reason", "정기 점검 자료로 내려받아요", "object", "mocha").Want(http.StatusOK)
	if !strings.Contains(file.Body, `"'=HYPERLINK`) || strings.Count(file.Body, "\n") != 2 {
		t.Errorf("the file:\n%s", file.Body)
	}
	page := c.Get("/hq/audit?action=trail_exported").Want(http.StatusOK)
	if !strings.Contains(page.Body, "정기 점검 자료로 내려받아요") {
		t.Error("the export is not in the trail")
	}
}
