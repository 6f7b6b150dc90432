package cli_test

import (
	"encoding/json"
	"errors"
	"testing"

	"github.com/jackc/pgx/v5"

	"maru/internal/platform/auth"
	"maru/internal/platform/postgres/pgtest"
	"maru/internal/platform/trail"
)

// Nobody is signed in yet when the first account of headquarters is made, and the trail begins with it all the same.
func TestInitLeavesARecordOfTheFirstAccount(t *testing.T) {
	t.Parallel()
	url := pgtest.NewURL(t)
	env := map[string]string{"DATABASE_URL": url, "LANG": "en_US.UTF-8", "MARU_LOG_LEVEL": "error"}
	code, out, problems := run(t, env, "init", "--name", "원두마을", "--login", "first")
	if code != 0 {
		t.Fatalf("maru init: exit code %d\n%s%s", code, out, problems)
	}
	contains(t, out, "원두마을 is founded", "Sign in as first")
	rows, err := pgtest.Open(t, url).Context("members").Query(t.Context(), "SELECT payload FROM members.outbox WHERE kind = 'members.audited' ORDER BY lane, pos")
	if err != nil {
		t.Fatal(err)
	}
	all, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (e trail.Entry, err error) {
		var raw []byte
		return e, errors.Join(row.Scan(&raw), json.Unmarshal(raw, &e))
	})
	if err != nil || len(all) != 1 {
		t.Fatalf("%d records, %v: %+v", len(all), err, all)
	}
	e, after := all[0], map[string]any{}
	if err := json.Unmarshal(e.After, &after); err != nil {
		t.Fatal(err)
	}
	if e.Action != "member_created" || e.By.Name != "maru init" || !e.By.Member.IsZero() || after["login"] != "first" || after["role"] != string(auth.HQAdmin) {
		t.Errorf("recorded %+v, after %s", e, e.After)
	}

	code, _, problems = run(t, env, "init", "--name", "원두마을", "--login", "first")
	if code != 1 {
		t.Errorf("a second time: exit code %d\n%s", code, problems)
	}
	if problems != "maru init: That login is already in use. (members.login_taken)\n" {
		t.Errorf("a second time: %q", problems)
	}
}
