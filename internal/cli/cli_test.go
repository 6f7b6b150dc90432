package cli_test

import (
	"bytes"
	"flag"
	"os"
	"strings"
	"testing"

	"maru/internal/cli"
	"maru/internal/platform/config"
)

// run calls the program with an environment of its own.
func run(t *testing.T, env map[string]string, args ...string) (code int, out, problems string) {
	t.Helper()
	var stdout, stderr bytes.Buffer
	code = cli.Run(t.Context(), args, cli.System{Getenv: func(name string) string { return env[name] }, Out: &stdout, Err: &stderr})
	return code, stdout.String(), stderr.String()
}

func TestHelpExplainsEveryCommandAndSetting(t *testing.T) {
	t.Parallel()
	code, out, _ := run(t, nil, "help")
	if code != 0 {
		t.Errorf("exit code %d", code)
	}
	for _, name := range []string{"serve", "demo", "init", "migrate", "import", "events", "version"} {
		if !strings.Contains(out, "\n  "+name+" ") {
			t.Errorf("help does not name %s", name)
		}
		if code, more, _ := run(t, nil, "help", name); code != 0 || !strings.Contains(more, "Usage: maru "+name) {
			t.Errorf("help %s says %q", name, more)
		}
	}
	for _, o := range config.Options {
		if !strings.Contains(out, o.Name) {
			t.Errorf("help does not name %s", o.Name)
		}
	}
}

func TestServeNamesEverythingThatIsMissing(t *testing.T) {
	t.Parallel()
	code, _, problems := run(t, map[string]string{"MARU_LISTEN": "nowhere", "MARU_POOL": "many"}, "serve")
	if code != 1 {
		t.Errorf("exit code %d, want 1", code)
	}
	for _, name := range []string{"MARU_SECRET", "DATABASE_URL", "MARU_LISTEN", "MARU_POOL"} {
		if !strings.Contains(problems, name) {
			t.Errorf("the problems do not name %s:\n%s", name, problems)
		}
	}
	if code, _, problems := run(t, map[string]string{"DATABASE_URL": "postgres://localhost/maru", "MARU_SECRET": "short"}, "serve"); code != 1 || !strings.Contains(problems, "32") {
		t.Errorf("a short secret: exit code %d, %s", code, problems)
	}
}

func TestWrongCallsSaySo(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{{"serv"}, {"version", "extra"}, {"demo", "--simulate", "fast"}, {"import"}, {"import", "people", "x.csv"}, {"import", "menu"}, {"init"}, {"events"}, {"events", "list"}, {"events", "retry", "stats.sales"}, {"events", "skip", "stats.sales"}, {"events", "rename", "stats.sales"}} {
		code, out, problems := run(t, nil, args...)
		if code != 2 || out != "" || problems == "" {
			t.Errorf("maru %s: exit code %d, out %q, problems %q; want 2 and only problems", strings.Join(args, " "), code, out, problems)
		}
	}
}

var update = flag.Bool("update", false, "write the table of settings into README.md")

func TestReadmeHasTheTableOfSettings(t *testing.T) {
	t.Parallel()
	const begin, end = "<!-- config: made by internal/platform/config, held by a test -->\n", "<!-- /config -->"
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, ok := strings.Cut(string(readme), begin)
	table, _, closed := strings.Cut(rest, end)
	if !ok || !closed {
		t.Fatal("README.md has no place for the table of settings")
	}
	if table == config.Markdown() {
		return
	}
	if !*update {
		t.Fatal("README.md has another table of settings than the program; run this test with -update")
	}
	if err := os.WriteFile("../../README.md", []byte(strings.Replace(string(readme), table, config.Markdown(), 1)), 0o644); err != nil {
		t.Fatal(err)
	}
}
