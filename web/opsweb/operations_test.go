package opsweb_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"maru/internal/kernel/ids"
	"maru/internal/platform/auth"
	"maru/internal/platform/outbox"
	"maru/internal/platform/outbox/outboxtest"
	"maru/internal/platform/postgres"
	"maru/internal/platform/postgres/pgtest"
	"maru/web/opsweb"
	"maru/web/webkit"
	"maru/web/webkit/webtest"
)

// brewed is an event of the tests.
type brewed struct {
	Cup string `json:"cup"`
	Bad bool   `json:"bad"`
}

func (brewed) EventKind() string   { return "ordering.brewed" }
func (brewed) EventVersion() int   { return 1 }
func (brewed) EventLane() ids.Lane { return 7 }
func (b brewed) EventKey() string  { return b.Cup }

// office is a site with a subscription that spills bad cups until it is healed.
type office struct {
	*webtest.Server
	dbs      *postgres.Databases
	events   *outbox.Dispatcher
	healed   atomic.Bool
	notReady atomic.Bool
	applied  []string
}

func (o *office) handle(batch []outbox.Delivery) error {
	var cups []string
	for _, d := range batch {
		b := d.Event.(brewed)
		if b.Bad && !o.healed.Load() {
			return fmt.Errorf("spilled <b>%s</b>\nat the counter", b.Cup)
		}
		cups = append(cups, b.Cup)
	}
	o.applied = append(o.applied, cups...)
	return nil
}

// subscribe leaves the type of a transaction open: pages know no database, and neither do their tests.
func subscribe[H ~func(context.Context, Tx, []outbox.Delivery) error, Tx any](on func(string, H, ...outbox.Kind), name string, handle func([]outbox.Delivery) error) {
	on(name, func(_ context.Context, _ Tx, batch []outbox.Delivery) error { return handle(batch) }, outbox.Of[brewed]())
}

func open(t *testing.T, events ...brewed) (*office, *webtest.Client) {
	t.Helper()
	o := &office{dbs: pgtest.New(t)}
	var subs outbox.Subscriptions
	subscribe(subs.On, "inventory.cups", o.handle)
	o.events = outbox.NewDispatcher(o.dbs, &subs, slog.New(slog.DiscardHandler))
	started := time.Now()
	o.Server = webtest.Start(t, webkit.Options{}, func(s *webkit.Site) {
		opsweb.RegisterOperations(s, opsweb.Operations{
			Events: o.events, Version: "1.2", Started: started,
			Memory: func() opsweb.Memory { return opsweb.Memory{Menu: 12, Loaded: started, Heard: started} },
			Ready: func(context.Context) error {
				if o.notReady.Load() {
					return errors.New("database of stats: asleep")
				}
				return nil
			},
		})
	})
	for _, e := range events {
		outboxtest.Publish(t, o.dbs, "ordering", e)
	}
	if err := o.events.Drain(t.Context()); err != nil {
		t.Fatal(err)
	}
	return o, o.As(t, webtest.HQ("본사 김운영"))
}

// records are the records of the audit trail that wait in inventory's outbox, as JSON.
func (o *office) records(t *testing.T) string {
	t.Helper()
	var all string
	err := o.dbs.Context("inventory").QueryRow(t.Context(),
		"SELECT coalesce(string_agg(payload::text, E'\\n' ORDER BY at), '') FROM inventory.outbox WHERE kind = 'inventory.audited'").Scan(&all)
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func TestARetryAppliesWhatWasOnHold(t *testing.T) {
	t.Parallel()
	o, c := open(t, brewed{"a", true}, brewed{"a", false}, brewed{"b", true}, brewed{"c", false})
	page := c.Get("/hq/operations").Want(http.StatusOK)
	if got := len(page.Texts("#held > li")); got != 3 {
		t.Errorf("%d events on hold are shown, want 3", got)
	}
	if got := page.Texts("#held form[action='/hq/operations/retry']"); len(got) != 2 {
		t.Errorf("%d keys can be retried, want 2: one button for each key", len(got))
	}
	if got := page.Text("#held > li:first-child"); !strings.Contains(got, "spilled <b>a</b>") || !strings.Contains(got, `"cup": "a"`) || !strings.Contains(got, "at the counter") {
		t.Errorf("the first event says %q", got)
	}
	if got := page.Text("#subscription-inventory\\.cups"); !strings.Contains(got, "2개 키의 이벤트 3개") {
		t.Errorf("the subscription says %q", got)
	}

	again := c.Send(http.MethodPost, "/hq/operations/retry", page.Form("#held form[action='/hq/operations/retry']")).Want(http.StatusUnprocessableEntity)
	if got := again.Text("[role=alert]"); !strings.Contains(got, "또 실패했어요") {
		t.Errorf("a retry in vain says %q", got)
	}
	o.healed.Store(true)
	c.Post("/hq/operations/retry", "subscription", "inventory.cups", "key", "a").WantRedirect("/hq/operations")
	if want := []string{"c", "a", "a"}; !slices.Equal(o.applied, want) {
		t.Errorf("applied %q, want %q", o.applied, want)
	}
	c.Post("/hq/operations/retry-all", "subscription", "inventory.cups").WantRedirect("/hq/operations")
	if want := []string{"c", "a", "a", "b"}; !slices.Equal(o.applied, want) {
		t.Errorf("applied %q, want %q", o.applied, want)
	}
	if page := c.Get("/hq/operations").Want(http.StatusOK); page.Has("#held") || !strings.Contains(page.Body, "보류된 이벤트가 없어요") {
		t.Error("something is still shown on hold")
	}
	trail := strings.Split(o.records(t), "\n")
	if len(trail) != 3 || !strings.Contains(trail[0], `"failed_again":true`) || !strings.Contains(trail[1], `"failed_again":false`) ||
		!strings.Contains(trail[2], `"key":"b"`) || strings.Count(o.records(t), "본사 김운영") != 3 {
		t.Errorf("the trail:\n%s", strings.Join(trail, "\n"))
	}
}

func TestASkipKeepsItsReason(t *testing.T) {
	t.Parallel()
	o, c := open(t, brewed{"a", true}, brewed{"a", false})
	form := c.Get("/hq/operations").Form("dialog form")
	form.Set("reason", "  ")
	if got := c.Send(http.MethodPost, "/hq/operations/skip", form).Want(http.StatusUnprocessableEntity).Text("[role=alert]"); !strings.Contains(got, "이유를 적어") {
		t.Errorf("without a reason it says %q", got)
	}
	form.Set("reason", "손으로 세었어요")
	c.Send(http.MethodPost, "/hq/operations/skip", form).WantRedirect("/hq/operations")
	var reason string
	err := o.dbs.Context("inventory").QueryRow(t.Context(), "SELECT skip_reason FROM inventory.outbox_parked WHERE pos = 1").Scan(&reason)
	if err != nil || reason != "손으로 세었어요" {
		t.Errorf("stored is %q, %v", reason, err)
	}
	if got := o.records(t); !strings.Contains(got, "parked_skipped") || !strings.Contains(got, "손으로 세었어요") || !strings.Contains(got, `"pos":1`) {
		t.Errorf("the trail:\n%s", got)
	}
	if got := c.Send(http.MethodPost, "/hq/operations/skip", form).Want(http.StatusUnprocessableEntity).Text("[role=alert]"); !strings.Contains(got, "이미 처리되었을") {
		t.Errorf("a second skip says %q", got)
	}
	c.Post("/hq/operations/retry", "subscription", "inventory.cups", "key", "a").WantRedirect("/hq/operations")
	if want := []string{"a"}; !slices.Equal(o.applied, want) {
		t.Errorf("applied %q, want what was behind it: %q", o.applied, want)
	}
}

func TestWrongInputIsRefusedAndChangesNothing(t *testing.T) {
	t.Parallel()
	o, c := open(t, brewed{"a", true})
	for _, pairs := range [][]string{
		{"/retry"},
		{"/retry", "subscription", "inventory.cups"},
		{"/retry", "subscription", "nobody", "key", "a"},
		{"/retry", "subscription", "inventory.cups", "key", "z"},
		{"/retry", "subscription", "inventory.cups", "key", "a\x00"},
		{"/retry-all"},
		{"/retry-all", "subscription", "'; DROP TABLE inventory.outbox_parked"},
		{"/skip"},
		{"/skip", "subscription", "inventory.cups", "lane", "7", "pos", "1"},
		{"/skip", "subscription", "inventory.cups", "lane", "7", "pos", "1", "reason", strings.Repeat("가", 501)},
		{"/skip", "subscription", "inventory.cups", "lane", "256", "pos", "1", "reason", "why"},
		{"/skip", "subscription", "inventory.cups", "lane", "7", "pos", "-1", "reason", "why"},
		{"/skip", "subscription", "inventory.cups", "lane", "7", "pos", "99999999999999999999", "reason", "why"},
		{"/skip", "subscription", "inventory.cups", "lane", "8", "pos", "1", "reason", "why"},
		{"/skip", "subscription", "nobody", "lane", "7", "pos", "1", "reason", "why"},
	} {
		page := c.Post("/hq/operations"+pairs[0], pairs[1:]...).Want(http.StatusUnprocessableEntity)
		if !page.Has("[role=alert]") || len(page.Texts("#held > li")) != 1 {
			t.Errorf("%q: %s", pairs, page.Text("main"))
		}
	}
	if got := o.records(t); got != "" {
		t.Errorf("the trail has what did not happen:\n%s", got)
	}
}

func TestOnlyOperationsReachThePage(t *testing.T) {
	t.Parallel()
	o, _ := open(t)
	store := webtest.Store("gangnam", "강남점")
	people := []auth.Principal{webtest.Owner("점주", store), webtest.Manager("매니저", store), webtest.Staff("직원", store)}
	for _, role := range []auth.Role{auth.HQMenu, auth.HQSupport, auth.HQAnalyst} {
		who := webtest.HQ("본사")
		who.Role = role
		people = append(people, who)
	}
	for _, who := range people {
		c := o.As(t, who)
		c.Get("/hq/operations").Want(http.StatusForbidden)
		for _, path := range []string{"retry", "retry-all", "skip"} {
			c.Post("/hq/operations/"+path, "subscription", "inventory.cups", "key", "a").Want(http.StatusForbidden)
		}
	}
	operations := webtest.HQ("본사 운영")
	operations.Role = auth.HQOperations
	o.As(t, operations).Get("/hq/operations").Want(http.StatusOK)
}

func TestThePageSaysHowTheServerIs(t *testing.T) {
	t.Parallel()
	o, c := open(t)
	page := c.In("en").Get("/hq/operations").Want(http.StatusOK)
	for _, want := range []string{"Version 12", "Loaded: just now", "Ready", "version 1.2"} {
		if !strings.Contains(strings.ToLower(page.Text("main")), strings.ToLower(want)) {
			t.Errorf("the page does not say %q:\n%s", want, page.Text("main"))
		}
	}
	o.notReady.Store(true)
	if got := c.In("en").Get("/hq/operations").Want(http.StatusOK).Text("[role=alert]"); !strings.Contains(got, "database of stats: asleep") {
		t.Errorf("a server that cannot serve says %q", got)
	}
	// A subscription that this program does not know is shown, with what to do.
	var subs outbox.Subscriptions
	subscribe(subs.On, "inventory.mugs", o.handle)
	newer := outbox.NewDispatcher(o.dbs, &subs, slog.New(slog.DiscardHandler))
	if err := newer.Rename(t.Context(), "inventory.cups", "inventory.mugs"); err != nil {
		t.Fatal(err)
	}
	if got := c.In("en").Get("/hq/operations").Text("#subscription-inventory\\.mugs"); !strings.Contains(got, "maru events rename inventory.mugs NEW") {
		t.Errorf("the unknown subscription says %q", got)
	}
}

// Events are shown up to a number, and how many there are beyond it.
func TestALongListSaysHowMuchIsMissing(t *testing.T) {
	t.Parallel()
	all := []brewed{{"a", true}}
	for range 204 {
		all = append(all, brewed{"a", false})
	}
	_, c := open(t, all...)
	page := c.Get("/hq/operations").Want(http.StatusOK)
	if got := len(page.Texts("#held > li")); got != 200 || !strings.Contains(page.Text("main"), "5개가 더 있어요") {
		t.Errorf("%d are shown: %.300s", got, page.Text("main"))
	}
}
