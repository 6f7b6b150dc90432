package cli_test

import (
	"context"
	"encoding/json"
	"regexp"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

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

func TestEventsShowsAndRepairsWhatIsParked(t *testing.T) {
	t.Parallel()
	url := pgtest.NewURL(t)
	contains(t, events(t, url, 0, "status"), "stats.sales", "inventory.stock", "ordering", "not begun")
	contains(t, events(t, url, 0, "parked"), "Nothing is parked.")

	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(context.WithoutCancel(t.Context())) }()
	payload, _ := json.Marshal(map[string]string{"no": "store"})
	for _, sql := range []string{
		"INSERT INTO stats.outbox_cursor (lane, subscription, pos, source) SELECT lane, 'stats.stores', 0, 'members' FROM generate_series(0, 255) AS lane",
		"INSERT INTO stats.outbox_cursor (lane, subscription, pos, source) SELECT lane, 'stats.old_name', 0, 'members' FROM generate_series(0, 255) AS lane",
		"UPDATE stats.outbox_cursor SET pos = 9 WHERE lane = 3 AND subscription = 'stats.stores'",
		`INSERT INTO stats.outbox_parked (lane, subscription, pos, source, kind, version, key, payload, trace, at, error, attempts, parked_at)
		 VALUES (7, 'stats.stores', 4, 'members', 'members.store_opened', 1, 'store-7', '` + string(payload) + `', '', now(), 'it would not', 1, now()),
		        (7, 'stats.stores', 5, 'members', 'members.nonsense', 1, 'store-8', '{}', '', now(), 'nor would this', 1, now())`,
		"INSERT INTO stats.outbox_parked_key (lane, subscription, key, parked_at) VALUES (7, 'stats.stores', 'store-7', now()), (7, 'stats.stores', 'store-8', now())",
	} {
		if _, err := conn.Exec(t.Context(), sql); err != nil {
			t.Fatal(err)
		}
	}
	contains(t, events(t, url, 0, "status"), "maru events reset stats.stores", "lane 3: applied up to 9, the head was at 0",
		"maru events parked stats.stores", "maru events forget stats.old_name")
	list := events(t, url, 0, "parked", "stats.stores", "--payload")
	contains(t, events(t, url, 0, "parked", "--payload", "stats.stores"), "stats.stores 7/4", "store-7", "it would not", `"no"`)
	contains(t, list, "stats.stores 7/4")
	contains(t, events(t, url, 0, "parked", "stats.menu"), "Nothing is parked.")

	contains(t, events(t, url, 1, "retry", "stats.stores", "store-8"), "no longer wants")
	contains(t, events(t, url, 1, "retry", "stats.stores", "store-9"), "Nothing is on hold there")
	contains(t, events(t, url, 1, "skip", "stats.stores", "7/5"), "Say why")
	contains(t, events(t, url, 0, "skip", "--reason", "made up by a test", "stats.stores", "7/5"), "skipped")
	contains(t, events(t, url, 0, "retry", "--all", "stats.stores"), "1 keys applied, 0 failed")
	contains(t, events(t, url, 0, "parked"), "Nothing is parked.")

	contains(t, events(t, url, 0, "reset", "stats.stores"), "lane 3 goes on behind 0")
	contains(t, events(t, url, 1, "reset", "stats.stores"), "No lane of it is refused")
	contains(t, events(t, url, 1, "rename", "stats.old_name", "stats.stores"), "has cursors already")
	contains(t, events(t, url, 0, "rename", "stats.old_name", "stats.menu"), "stats.menu goes on")
	contains(t, events(t, url, 1, "forget", "stats.menu"), "is a subscription of this program")
	if s := events(t, url, 0, "status"); !regexp.MustCompile(`stats\.stores +members +0 +- +0 +fine`).MatchString(s) {
		t.Errorf("not everything is fine:\n%s", s)
	}
}

func TestEventsDoesNotMigrateTheDatabaseOfServers(t *testing.T) {
	t.Parallel()
	contains(t, events(t, pgtest.NewEmptyURL(t), 1, "status"), "older than this program")
}
