package auditweb_test

import (
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"maru/internal/audit"
	"maru/internal/kernel/ids"
	"maru/internal/platform/auth"
	"maru/internal/platform/event"
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

// What a search leaves out it says, and an export leaves nothing out.
func TestASearchSaysWhatItLeavesOut(t *testing.T) {
	t.Parallel()
	dbs := pgtest.New(t)
	service := audit.New(dbs.Context("audit"), audit.Key{}, time.Now)
	hq, order := webtest.HQ("본사 김감사"), ids.NewOrderID()
	site := webtest.Start(t, webkit.Options{}, func(s *webkit.Site) { auditweb.Register(s, service, webtest.Stores{}) })
	acts := make([]event.Event, 0, 53)
	for i := range 51 {
		who := auth.Principal{Member: ids.NewMemberID(), Name: fmt.Sprintf("이직원%02d", i), Role: auth.Staff}
		acts = append(acts, trail.Of("ordering", time.Now(), who, "signed_in", trail.Object{Kind: "session", ID: "x"}))
	}
	late := time.Now().AddDate(0, 0, 40)
	acts = append(acts,
		trail.Of("ordering", time.Now(), hq, "order_moved", trail.Object{Kind: "order", ID: order.String()}),
		trail.Of("ordering", late, hq, "order_cancelled", trail.Object{Kind: "order", ID: order.String()}))
	outboxtest.Publish(t, dbs, "ordering", acts...)
	var subs outbox.Subscriptions
	service.Subscribe(&subs)
	if err := outbox.NewDispatcher(dbs, &subs, slog.New(slog.DiscardHandler)).Drain(t.Context()); err != nil {
		t.Fatal(err)
	}
	c := site.As(t, hq)

	if page := c.Get("/hq/audit?person=이직원").Want(http.StatusOK); !strings.Contains(page.Text("main"), "50명보다 많아서") {
		t.Error("51 people have the name, and the page says nothing")
	}
	if page := c.Get("/hq/audit?person=이직원1").Want(http.StatusOK); strings.Contains(page.Text("main"), "명보다 많아서") {
		t.Error("ten people are too many")
	}
	refused := c.Post("/hq/audit/export", "reason", "정기 점검 자료로 내려받아요", "person", "이직원").Want(http.StatusUnprocessableEntity)
	if !strings.Contains(refused.Body, "50명보다 많아요") {
		t.Error("an export of some of the people is not refused with the reason")
	}

	one := c.Get("/hq/audit?object=" + order.String()).Want(http.StatusOK)
	if got := one.Texts("tbody td:nth-child(3) span.font-semibold"); !slices.Equal(got, []string{"주문 단계 변경"}) || !strings.Contains(one.Text("main"), "까지만 찾았어요") {
		t.Errorf("within 31 days: %q, and what is left out is not said", got)
	}
	all := c.Get("/hq/audit?object=" + order.String() + "&to=" + late.AddDate(0, 0, 1).Format(time.DateOnly)).Want(http.StatusOK)
	if got := all.Texts("tbody td:nth-child(3) span.font-semibold"); !slices.Equal(got, []string{"주문 취소·환불", "주문 단계 변경"}) {
		t.Errorf("up to a later day: %q", got)
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
	} else if !page.Has("[id^=entry-]") {
		t.Error("with the reason what was found is gone")
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

// The page of a person loads what was done to them and what they did.
func TestAPersonsPartOfTheTrail(t *testing.T) {
	t.Parallel()
	site, hq := office(t)
	page := site.As(t, hq).Get("/hq/audit/members/" + hq.Member.String()).Want(http.StatusOK)
	if got := page.Texts("li p span.font-semibold"); !slices.Equal(got, []string{"something new", "메뉴 저장"}) {
		t.Errorf("%q", got)
	}
	if href := page.Attr("a.link", "href"); href != "/hq/audit?member="+hq.Member.String() {
		t.Errorf("all of it is at %s", href)
	}
	if page := site.As(t, hq).Get("/hq/audit?member=" + hq.Member.String()); !strings.Contains(page.Text("main"), "본사 김감사") ||
		!page.Has(`a[href="/hq/members/`+hq.Member.String()+`"]`) {
		t.Error("the search does not lead to the person")
	}
	site.As(t, hq).Get("/hq/audit/members/me").Want(http.StatusUnprocessableEntity)
}
