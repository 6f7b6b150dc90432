package auditweb_test

import (
	"log/slog"
	"net/http"
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

// What changed is told in words: of fields, of states, of roles and permissions, of devices; what nobody named stands as it
// is stored.
func TestWhatChangedIsToldInWords(t *testing.T) {
	t.Parallel()
	dbs := pgtest.New(t)
	service := audit.New(dbs.Context("audit"), audit.Key{}, time.Now)
	store := webtest.Store("gangnam", "강남점")
	hq := webtest.HQ("본사 김감사")
	site := webtest.Start(t, webkit.Options{Stores: webtest.Stores{store}}, func(s *webkit.Site) { auditweb.Register(s, service, webtest.Stores{store}) })
	at := time.Date(2026, 11, 20, 1, 0, 0, 0, time.UTC)
	record := func(action, kind string, before, after any) trail.Entry {
		at = at.Add(time.Minute)
		return trail.Of("members", at, hq, action, trail.Object{Kind: kind, ID: action}).Change(before, after)
	}
	is := func(v ...any) map[string]any {
		m := map[string]any{}
		for i := 0; i < len(v); i += 2 {
			m[v[i].(string)] = v[i+1]
		}
		return m
	}
	outboxtest.Publish(
		t, dbs, "members",
		record("store_status_changed", "store", is("status", "open"), is("status", "paused")),
		record("order_moved", "order", is("status", "open"), is("status", "preparing")),
		record("signed_in", "session", nil, is("device", "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/140.0 Safari/537.36", "passkey", false)),
		record("invited", "link", nil, is("role", string(auth.HQAnalyst), "stores", []string{}, "email", "")),
		record("permission_set", "member", is(string(auth.ViewSales), "role"), is(string(auth.ViewSales), "granted")),
		record("store_changed", "store", is("name", is("ko", "강남점", "en", "Gangnam")), is("name", is("ko", "역삼점", "en", "Yeoksam"), "never_named", "as it is")),
	)
	var subs outbox.Subscriptions
	service.Subscribe(&subs)
	if err := outbox.NewDispatcher(dbs, &subs, slog.New(slog.DiscardHandler)).Drain(t.Context()); err != nil {
		t.Fatal(err)
	}
	for language, want := range map[string][]string{
		"ko": {"상태 영업 중 → 휴점", "상태 open → 제조", "기기 Chrome · Windows", "패스키로 아니요", "역할 본사 분석", "매출 보기 역할대로 → 허용", "이름 강남점 → 역삼점", "never_named – → as it is"},
		"en": {"Status Open → Paused", "Device Chrome · Windows", "With a passkey No", "Role HQ analyst", "See sales As the role → Allowed", "Name Gangnam → Yeoksam"},
	} {
		page := site.As(t, hq).In(language).Get("/hq/audit").Want(http.StatusOK)
		var told []string
		for _, row := range page.Doc.Find("details dl > div").EachIter() {
			told = append(told, strings.Join(strings.Fields(row.Find("dt").Text()+" "+row.Find("dd").Text()), " "))
		}
		all := strings.Join(told, "\n")
		for _, w := range want {
			if !strings.Contains(all, w) {
				t.Errorf("%s: %q is not told:\n%s", language, w, all)
			}
		}
		if strings.Contains(all, "E-mail") || strings.Contains(all, "이메일") {
			t.Errorf("%s: of what was made, what is empty is told:\n%s", language, all)
		}
	}
}
