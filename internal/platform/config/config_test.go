package config_test

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"maru/internal/platform/config"
)

func env(pairs ...string) func(string) string {
	return func(name string) string {
		for i := 0; i+1 < len(pairs); i += 2 {
			if pairs[i] == name {
				return pairs[i+1]
			}
		}
		return ""
	}
}

const secret = "0123456789abcdef0123456789abcdef"

func TestWithoutAnyVariableTheDefaultsHold(t *testing.T) {
	t.Parallel()
	c, err := config.Load(env())
	if err != nil {
		t.Fatal(err)
	}
	if c.Listen != ":8080" || c.DataDir != "maru-data" || c.TimeZone.String() != "Asia/Seoul" || c.LogLevel != slog.LevelInfo {
		t.Errorf("%+v", c)
	}
	dbs := c.Databases("postgres://embedded/maru")
	for name, url := range dbs.URLs {
		if url != "postgres://embedded/maru" {
			t.Errorf("%s is at %s", name, url)
		}
	}
	if dbs.MaxConns["ordering"] != 8 || dbs.MaxConns["stats"] != 4 {
		t.Errorf("%v", dbs.MaxConns)
	}
}

func TestEveryVariableIsRead(t *testing.T) {
	t.Parallel()
	c, err := config.Load(env(
		"DATABASE_URL", "postgres://maru:hidden@db/maru", "MARU_DB_STATS", "postgres://stats/maru",
		"MARU_SECRET", secret+" , "+secret+"2", "MARU_DATA", "/var/lib/maru", "MARU_LISTEN", "127.0.0.1:9000",
		"MARU_PUBLIC_URL", "https://maru.example.com/", "MARU_TRUSTED_PROXIES", "10.0.0.0/8, 192.168.1.5,::1",
		"MARU_TIME_ZONE", "America/New_York", "MARU_POOL", "6", "MARU_POOL_ORDERING", "20", "MARU_HASHES_AT_ONCE", "3",
		"MARU_LOG_LEVEL", "debug", "MARU_LOG_FORMAT", "json", "MARU_SHUTDOWN_TIMEOUT", "5s", "MARU_NOTIFY", "off",
		"MARU_KEEP_EVENTS", "30", "MARU_ARCHIVE", "/var/lib/maru-archive",
	))
	if err != nil {
		t.Fatal(err)
	}
	if c.KeepEvents != 30 || c.Archive != "/var/lib/maru-archive" {
		t.Errorf("events are kept %d days, then in %q", c.KeepEvents, c.Archive)
	}
	if c.Notify {
		t.Error("MARU_NOTIFY is not read")
	}
	dbs := c.Databases(c.DatabaseURL)
	if dbs.URLs["stats"] != "postgres://stats/maru" || dbs.URLs["ordering"] != "postgres://maru:hidden@db/maru" {
		t.Errorf("%v", dbs.URLs)
	}
	if keys := c.SigningSecrets(); len(keys) != 2 || string(keys[1]) != secret+"2" {
		t.Errorf("%d secrets", len(keys))
	}
	for address, want := range map[string]bool{"10.1.2.3": true, "192.168.1.5": true, "192.168.1.6": false, "::1": true, "::ffff:10.0.0.1": true} {
		if got := c.Trusts(netip.MustParseAddr(address)); got != want {
			t.Errorf("trusts %s: %v", address, got)
		}
	}
	if c.PublicURL.String() != "https://maru.example.com" || c.Listen != "127.0.0.1:9000" || c.HashesAtOnce != 3 {
		t.Errorf("%+v", c)
	}
}

func TestMailNeedsASenderAndAnAddressForItsLinks(t *testing.T) {
	t.Parallel()
	const server, from, site = "smtp://maru:hidden@mail.example.com:587", "Maru <maru@example.com>", "https://maru.example.com"
	if c, err := config.Load(env("MARU_SMTP", server, "MARU_MAIL_FROM", from, "MARU_PUBLIC_URL", site)); err != nil || string(c.SMTP) != server {
		t.Errorf("%v", err)
	}
	for name, getenv := range map[string]func(string) string{
		"no public address": env("MARU_SMTP", server, "MARU_MAIL_FROM", from),
		"no sender":         env("MARU_SMTP", server, "MARU_PUBLIC_URL", site),
		"no mail server":    env("MARU_SMTP", "ftp://maru:hidden@mail", "MARU_MAIL_FROM", from, "MARU_PUBLIC_URL", site),
	} {
		if _, err := config.Load(getenv); err == nil || strings.Contains(err.Error(), "hidden") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestAllProblemsAreReportedAtOnceAndNoSecretIs(t *testing.T) {
	t.Parallel()
	_, err := config.Load(env(
		"DATABASE_URL", "mysql://maru:hunter2@db", "MARU_SECRET", "tooshortpassword", "MARU_LISTEN", "8080",
		"MARU_PUBLIC_URL", "maru.example.com", "MARU_TRUSTED_PROXIES", "everybody", "MARU_TIME_ZONE", "Seoul",
		"MARU_POOL", "0", "MARU_LOG_LEVEL", "loud", "MARU_LOG_FORMAT", "xml", "MARU_SHUTDOWN_TIMEOUT", "soon", "MARU_NOTIFY", "maybe",
	), "MARU_SECRET")
	if err == nil {
		t.Fatal("accepted")
	}
	for _, name := range []string{
		"DATABASE_URL", "MARU_SECRET", "MARU_LISTEN", "MARU_PUBLIC_URL", "MARU_TRUSTED_PROXIES", "MARU_TIME_ZONE",
		"MARU_POOL", "MARU_LOG_LEVEL", "MARU_LOG_FORMAT", "MARU_SHUTDOWN_TIMEOUT", "MARU_NOTIFY",
	} {
		if !strings.Contains(err.Error(), "\n"+name+" ") {
			t.Errorf("%s is not named in:\n%v", name, err)
		}
	}
	for _, hidden := range []string{"hunter2", "tooshortpassword"} {
		if strings.Contains(err.Error(), hidden) {
			t.Errorf("a secret is in the message:\n%v", err)
		}
	}
}

func TestWhatACommandNeedsMustBeThere(t *testing.T) {
	t.Parallel()
	_, err := config.Load(env(), "DATABASE_URL", "MARU_SECRET")
	if err == nil || !strings.Contains(err.Error(), "DATABASE_URL is missing") || !strings.Contains(err.Error(), "MARU_SECRET is missing") {
		t.Fatal(err)
	}
}

func TestASecretMayComeFromAFile(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(file, []byte(secret+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := config.Load(env("MARU_SECRET_FILE", file), "MARU_SECRET")
	if err != nil || string(c.Secrets[0]) != secret {
		t.Fatalf("%v", err)
	}
	for name, getenv := range map[string]func(string) string{
		"both":    env("MARU_SECRET_FILE", file, "MARU_SECRET", secret),
		"no file": env("MARU_SECRET_FILE", file+".no"),
	} {
		if _, err := config.Load(getenv); err == nil || !strings.Contains(err.Error(), "MARU_SECRET_FILE") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestSecretsAreMaskedWhereverTheyArePrinted(t *testing.T) {
	t.Parallel()
	c, err := config.Load(env("DATABASE_URL", "postgres://maru:hunter2@db/maru", "MARU_DB_STATS", "postgres://x:hunter2@db/s", "MARU_SECRET", secret))
	if err != nil {
		t.Fatal(err)
	}
	var log strings.Builder
	slog.New(slog.NewJSONHandler(&log, nil)).Info("settings", "config", c, "url", c.DatabaseURL)
	asJSON, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	for form, printed := range map[string]string{
		"%v": fmt.Sprintf("%v", c), "%+v": fmt.Sprintf("%+v", c), "%#v": fmt.Sprintf("%#v", c), "String": c.DatabaseURL.String(),
		"json": string(asJSON), "log": log.String(),
	} {
		if strings.Contains(printed, "hunter2") || strings.Contains(printed, secret) {
			t.Errorf("%s shows a secret: %s", form, printed)
		}
	}
}

func TestTheTableOfTheREADMENamesEveryOption(t *testing.T) {
	t.Parallel()
	table, help := config.Markdown(), config.Help()
	for _, o := range config.Options {
		if o.Meaning == "" || !strings.Contains(table, "`"+o.Name+"`") || !strings.Contains(help, o.Name) {
			t.Errorf("%s is not explained", o.Name)
		}
	}
}
