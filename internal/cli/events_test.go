package cli_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"maru/internal/kernel/ids"
	"maru/internal/kernel/lang"
	"maru/internal/members/membersapi"
	"maru/internal/platform/outbox"
	"maru/internal/platform/outbox/outboxtest"
	"maru/internal/platform/postgres/pgtest"
)

// events runs "maru events" on a database and returns what it printed; it fails the test unless it
// ends with code.
func events(t *testing.T, url string, code int, args ...string) string {
	t.Helper()
	env := map[string]string{"DATABASE_URL": url, "LANG": "en_US.UTF-8", "MARU_LOG_LEVEL": "error"}
	got, out, problems := run(t, env, append([]string{"events"}, args...)...)
	if got != code {
		t.Fatalf("maru events %s: exit code %d, want %d\n%s%s", strings.Join(args, " "), got, code, out, problems)
	}
	return out + problems
}

func contains(t *testing.T, text string, wants ...string) {
	t.Helper()
	for _, want := range wants {
		if !strings.Contains(text, want) {
			t.Errorf("it does not say %q:\n%s", want, text)
		}
	}
}

// parkEverything publishes two stores and has them parked under stats.stores, by a program that also
// has a subscription of a name that is not used any more.
func parkEverything(t *testing.T, url string) (stores []membersapi.Store) {
	t.Helper()
	dbs := pgtest.Open(t, url)
	for n := range 2 {
		s := membersapi.Store{ID: ids.NewStoreID(), Code: fmt.Sprintf("store-%d", n), Name: lang.Text{Ko: "가게"}, TimeZone: "Asia/Seoul"}
		stores = append(stores, s)
		outboxtest.Publish(t, dbs, "members", membersapi.StoreOpened{Store: s})
	}
	var subs outbox.Subscriptions
	subs.On("stats.stores", func(context.Context, pgx.Tx, []outbox.Delivery) error { return errors.New("it would not") }, outbox.Of[membersapi.StoreOpened]())
	subs.On("stats.old_name", func(context.Context, pgx.Tx, []outbox.Delivery) error { return nil }, outbox.Of[membersapi.StoreOpened]())
	if err := outbox.NewDispatcher(dbs, &subs, slog.New(slog.DiscardHandler)).Drain(t.Context()); err != nil {
		t.Fatal(err)
	}
	return stores
}

func TestEventsShowsAndRepairsWhatIsParked(t *testing.T) {
	t.Parallel()
	url := pgtest.NewURL(t)
	contains(t, events(t, url, 0, "status"), "stats.sales", "inventory.stock", "ordering", "not begun")
	contains(t, events(t, url, 0, "parked"), "Nothing is parked.")

	stores := parkEverything(t, url)
	first, second := stores[0].ID.String(), stores[1].ID.String()
	contains(t, events(t, url, 0, "status"), "some parked", "2 events of 2 keys", "maru events parked stats.stores",
		"unknown here", "maru events forget stats.old_name")
	list := events(t, url, 0, "parked", "stats.stores", "--payload")
	contains(t, list, first, second, "members.store_opened", "it would not", `"store-1"`)
	if list = events(t, url, 0, "parked", "stats.stores"); strings.Contains(list, `"store-1"`) {
		t.Errorf("payloads are shown unasked:\n%s", list)
	}
	contains(t, events(t, url, 0, "parked", "stats.menu"), "Nothing is parked.")
	place := regexp.MustCompile(`stats\.stores (\d+/\d+) .*` + second).FindStringSubmatch(list)
	if place == nil {
		t.Fatalf("no place of %s in:\n%s", second, list)
	}

	contains(t, events(t, url, 1, "retry", "stats.stores", "nobody"), "Nothing is on hold there")
	contains(t, events(t, url, 1, "retry", "stats.nothing", "nobody"), "no subscription called stats.nothing")
	contains(t, events(t, url, 1, "skip", "stats.stores", place[1]), "Say why")
	contains(t, events(t, url, 1, "skip", "--reason", "a test", "stats.stores", "300/1"), "no place")
	contains(t, events(t, url, 0, "skip", "stats.stores", place[1], "--reason", "made up by a test"), "skipped")
	contains(t, events(t, url, 0, "retry", "--all", "stats.stores"), "1 keys applied, 0 failed")
	contains(t, events(t, url, 0, "parked"), "Nothing is parked.")

	contains(t, events(t, url, 1, "reset", "stats.stores"), "No lane of it is refused")
	contains(t, events(t, url, 0, "reset", "stats.stores", "7", "0"), "lane 7 goes on behind 0")
	if got, want := recorded(t, url), []string{"cursor_reset", "parked_retried", "parked_skipped"}; !slices.Equal(got, want) {
		t.Errorf("the trail has %v of %v", got, want)
	}
	contains(t, events(t, url, 1, "rename", "stats.old_name", "stats.stores"), "has cursors already")
	contains(t, events(t, url, 0, "rename", "stats.old_name", "stats.menu"), "stats.menu goes on")
	contains(t, events(t, url, 1, "forget", "stats.menu"), "is a subscription of this program")
	contains(t, events(t, url, 1, "forget", "stats.old_name"), "no cursors of stats.old_name")
	if s := events(t, url, 0, "status"); !regexp.MustCompile(`stats\.stores +members +0 +- +0 +fine`).MatchString(s) {
		t.Errorf("not everything is fine:\n%s", s)
	}

	contains(t, events(t, url, 1, "restore-archive", "members"), "MARU_ARCHIVE")
	contains(t, events(t, url, 1, "restore-archive", "members", "yesterday"), "2026-01-31")
	contains(t, events(t, url, 1, "replay", "inventory.stock"), "not made of events alone")
	contains(t, events(t, url, 0, "replay", "stats.stores"), "stats.stores is rebuilt")
	contains(t, events(t, url, 0, "replay", "--abort", "stats.stores"), "removed")
}

// recorded returns what stats has published for the audit trail.
func recorded(t *testing.T, url string) []string {
	t.Helper()
	rows, err := pgtest.Open(t, url).Context("stats").Query(t.Context(), "SELECT payload->>'action' FROM stats.outbox WHERE kind = 'stats.audited' ORDER BY 1")
	if err != nil {
		t.Fatal(err)
	}
	actions, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		t.Fatal(err)
	}
	return actions
}

func TestEventsDoesNotMigrateTheDatabaseOfServers(t *testing.T) {
	t.Parallel()
	contains(t, events(t, pgtest.NewEmptyURL(t), 1, "status"), "older than this program")
}

// Whoever forgets a subscription at a terminal is on the audit trail, under the name they give.
func TestWhatIsDoneToASubscriptionIsOnTheTrail(t *testing.T) {
	t.Parallel()
	url := pgtest.NewURL(t)
	parkEverything(t, url)
	events(t, url, 0, "forget", "stats.old_name", "-by", "kim")
	var n int
	err := pgtest.Open(t, url).Context("audit").QueryRow(t.Context(), `
		SELECT count(*) FROM audit.outbox
		 WHERE payload::text LIKE '%subscription_forgotten%' AND payload::text LIKE '%maru events, kim%' AND payload::text LIKE '%stats.old_name%'`).Scan(&n)
	if err != nil || n != 1 {
		t.Errorf("%d records, %v", n, err)
	}
}
