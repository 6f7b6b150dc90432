package postgres_test

import (
	"errors"
	"log/slog"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"maru/internal/platform/postgres"
	"maru/internal/platform/postgres/pgtest"
)

func TestAContextCannotTouchAnothersTables(t *testing.T) {
	t.Parallel()
	dbs := pgtest.New(t)
	for _, sql := range []string{
		"SELECT count(*) FROM inventory.goose_version",
		"DELETE FROM inventory.outbox_head",
		"CREATE TABLE inventory.mine (id int PRIMARY KEY)",
		"CREATE TABLE ordering.mine (id int PRIMARY KEY)", // tables come from migrations only
	} {
		_, err := dbs.Context("ordering").Exec(t.Context(), sql)
		if code := sqlState(err); code != "42501" {
			t.Errorf("%s: %v", sql, err)
		}
	}
	if _, err := dbs.Context("inventory").Exec(t.Context(), "UPDATE inventory.outbox_head SET pos = pos"); err != nil {
		t.Errorf("its own tables: %v", err)
	}
}

func TestALoginWithoutTheRightToMakeRolesWorksUnseparated(t *testing.T) {
	t.Parallel()
	base := pgtest.NewEmptyURL(t)
	admin := connect(t, base)
	login := "plain_" + strings.ReplaceAll(time.Now().Format("150405.000000000"), ".", "_")
	name, err := url.Parse(base)
	must(t, err)
	_, err = admin.Exec(t.Context(), "CREATE ROLE "+login+" LOGIN; ALTER DATABASE "+strings.TrimPrefix(name.Path, "/")+" OWNER TO "+login)
	must(t, err)
	t.Cleanup(func() { dropLogin(t, base, login) })

	name.User = url.User(login)
	cfg := pgtest.Config(name.String())
	must(t, postgres.Migrate(t.Context(), cfg))
	var log strings.Builder
	cfg.Log = slog.New(slog.NewTextHandler(&log, nil))
	dbs, err := postgres.Open(t.Context(), cfg)
	must(t, err)
	defer dbs.Close()
	var user string
	must(t, dbs.Context("ordering").QueryRow(t.Context(), "SELECT current_user").Scan(&user))
	if user != login {
		t.Errorf("works as %s", user)
	}
	if n := strings.Count(log.String(), "not separated"); n != 1 {
		t.Errorf("the log says it %d times:\n%s", n, log.String())
	}
	if report, err := postgres.EnsurePartitions(t.Context(), dbs.Context("ordering"), nil, time.Now(), time.Now()); err != nil || len(report.Made) == 0 {
		t.Errorf("partitions: %+v, %v", report, err)
	}
}

func dropLogin(t *testing.T, url, login string) {
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		return // the database is gone, and the login harms nobody
	}
	_, _ = conn.Exec(t.Context(), "REASSIGN OWNED BY "+login+" TO CURRENT_USER; DROP OWNED BY "+login+"; DROP ROLE "+login)
	_ = conn.Close(t.Context())
}

// The servers are one here, which takes writes or does not: a standby says the same.
func TestOfSeveralServersOnlyOneThatTakesWritesIsUsed(t *testing.T) {
	t.Parallel()
	base := pgtest.NewURL(t)
	at, err := url.Parse(base)
	must(t, err)
	cc, err := pgx.ParseConfig(base)
	must(t, err)
	query, port := at.Query(), strconv.Itoa(int(cc.Port))
	query.Set("host", "/nowhere,"+cc.Host)
	query.Set("port", port+","+port)
	at.RawQuery, at.Host = query.Encode(), ""
	admin := connect(t, base)
	works := func(of string) error {
		dbs, err := postgres.Open(t.Context(), pgtest.Config(of))
		if err != nil {
			return err
		}
		defer dbs.Close()
		return dbs.Context("ordering").Ping(t.Context())
	}
	must(t, works(at.String()))
	_, err = admin.Exec(t.Context(), "ALTER DATABASE "+pgx.Identifier{cc.Database}.Sanitize()+" SET default_transaction_read_only = on")
	must(t, err)
	if err := works(base); err != nil {
		t.Errorf("the only server there is: %v", err)
	}
	if err := works(at.String()); !errors.Is(err, pgconn.ErrReadOnlyConnection) {
		t.Errorf("a server that takes no writes: %v", err)
	}
	if err := postgres.Migrate(t.Context(), pgtest.Config(at.String())); !errors.Is(err, pgconn.ErrReadOnlyConnection) {
		t.Errorf("to migrate on a server that takes no writes: %v", err)
	}
}

func TestSessionsAreAlike(t *testing.T) {
	t.Parallel()
	dbs, err := postgres.Open(t.Context(), postgres.OneServer(pgtest.NewURL(t)))
	must(t, err)
	defer dbs.Close()
	for name, want := range map[string]string{
		"application_name": "maru/ordering", "TimeZone": "UTC", "statement_timeout": "10s", "lock_timeout": "2s",
		"idle_in_transaction_session_timeout": "5s", "random_page_cost": "1.1",
	} {
		var got string
		must(t, dbs.Context("ordering").QueryRow(t.Context(), "SELECT current_setting($1)", name).Scan(&got))
		if got != want {
			t.Errorf("%s is %s, want %s", name, got, want)
		}
	}
	if got := dbs.Context("ordering").Config().MaxConns; got != 8 {
		t.Errorf("ordering has %d connections", got)
	}
	if got := dbs.Context("stats").Config().MaxConns; got != 4 {
		t.Errorf("stats has %d connections", got)
	}
}

func TestTimesComeBackInUTC(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t).Context("stats")
	in := time.Date(2026, 11, 22, 16, 5, 0, 0, time.FixedZone("KST", 9*3600))
	var out time.Time
	must(t, db.QueryRow(t.Context(), "SELECT $1::timestamptz", in).Scan(&out))
	if !out.Equal(in) || out.Location() != time.UTC {
		t.Errorf("stored %v, read %v", in, out)
	}
}

func TestAWrongURLIsAnErrorAtTheStart(t *testing.T) {
	t.Parallel()
	cfg := postgres.OneServer("postgres://nobody@127.0.0.1:1/none?connect_timeout=2")
	if _, err := postgres.Open(t.Context(), cfg); err == nil || !strings.Contains(err.Error(), "members") {
		t.Errorf("got %v", err)
	}
	if _, err := postgres.Open(t.Context(), postgres.Config{}); err == nil || !strings.Contains(err.Error(), "no connection URL") {
		t.Errorf("got %v", err)
	}
}

func sqlState(err error) string {
	var pg *pgconn.PgError
	if errors.As(err, &pg) {
		return pg.Code
	}
	return ""
}
