package main

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"maru/internal/cli"
	"maru/internal/platform/postgres"
)

// The test's own binary is all the programs that bench starts.
const as = "MARU_TEST_AS"

func TestMain(m *testing.M) {
	var err error
	switch os.Getenv(as) {
	case "":
		os.Exit(m.Run())
	case "maru":
		os.Exit(cli.Run(context.Background(), os.Args[1:], cli.System{Getenv: os.Getenv, Out: os.Stdout, Err: os.Stderr}))
	default:
		err = command(context.Background(), os.Args[1:], os.Stdin, os.Stdout)
	}
	if err != nil {
		_, _ = io.WriteString(os.Stderr, err.Error())
		os.Exit(1)
	}
	os.Exit(0)
}

// Everything is measured once, for a moment: what comes out is not looked at, only that it comes out.
// Lanes are left out: their programs would have to be built.
func TestEveryPartRunsAndReports(t *testing.T) {
	t.Parallel()
	dir, err := os.MkdirTemp("", "maru-bench-") // t.TempDir is closed to the user the server runs as
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o711); err != nil {
		t.Fatal(err)
	}
	var table, progress bytes.Buffer
	o, err := parse([]string{
		"-rounds", "1", "-window", "1s", "-warm", "50ms", "-lead", "200ms", "-stores", "3", "-clients", "4",
		"-rates", "20,40", "-replicas", "2", "-only", "intake,lag,drain,replicas,replicas-lag,memory,growth,people", "-stored", "50", "-backlog", "40", "-idle", "10ms", "-pprof", filepath.Join(dir, "profiles"),
		"-set", "fsync=off", "-json", filepath.Join(dir, "bench.json"), "-dir", filepath.Join(dir, "pg"),
	}, &table)
	if err != nil {
		t.Fatal(err)
	}
	o.log = &progress
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	o.self, o.maru = []string{"env", as + "=bench", self}, []string{"env", as + "=maru", self}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute)
	defer cancel()
	if err := run(ctx, o); err != nil {
		t.Fatalf("%v\n%s", err, progress.String())
	}
	doc, err := os.ReadFile(filepath.Join(dir, "bench.json"))
	if err != nil {
		t.Fatal(err)
	}
	var got report
	if err := json.Unmarshal(doc, &got); err != nil {
		t.Fatal(err)
	}
	for _, want := range []struct{ part, name, metric string }{
		{"intake", "database alone, 4 clients", "orders_s"},
		{"intake", "3 stores, 4 clients", "ratio"},
		{"intake", "one store, 4 clients", "cpu_ms"},
		{"lag", "20 orders/s", "stock_p50_ms"},
		{"lag", "40 orders/s", "heard_p99_ms"}, // half of the pages may hear before the answer is there
		{"drain", "40 events, 2 replicas", "events_s"},
		{"replicas", "2 replicas, 4 clients", "orders_s"},
		{"replicas-lag", "2 replicas, 40 orders/s", "stock_p50_ms"},
		{"memory", "idle", "memory_mb"},
		{"growth", "50 stored orders", "of_empty"},
		{"people", "members, first page", "p99_ms"},
	} {
		if r := got.find(want.part, want.name); r == nil || r.Median[want.metric] <= 0 {
			t.Errorf("%v was not measured: %+v", want, r)
		}
	}
	for _, name := range []string{"intake.cpu", "lag-20.heap", "replicas-2.cpu"} {
		if info, err := os.Stat(filepath.Join(dir, "profiles", name+".pprof")); err != nil || info.Size() == 0 {
			t.Errorf("profile %s: %v", name, err)
		}
	}
	for _, p := range parts {
		if p.name != "lanes" && !strings.Contains(table.String(), p.title) {
			t.Errorf("the table says nothing of %q:\n%s", p.title, table.String())
		}
	}
}

// A number that moved to another place would be measured under a wrong name.
func TestOtherNumbersOfLanesReplaceTheOneThereIs(t *testing.T) {
	t.Parallel()
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	list, err := overlayOf(root, t.TempDir(), 64)
	if err != nil {
		t.Fatal(err)
	}
	var overlay struct{ Replace map[string]string }
	doc, err := os.ReadFile(list)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(doc, &overlay); err != nil {
		t.Fatal(err)
	}
	for path, by := range overlay.Replace {
		text, err := os.ReadFile(by)
		if err != nil {
			t.Fatal(err)
		}
		if s := string(text); strings.HasSuffix(path, "lane.go") != strings.Contains(s, "const Lanes = 64\n") ||
			strings.HasSuffix(path, ".sql") != strings.Contains(s, "generate_series(0, 63) AS lane") {
			t.Errorf("%s is replaced by %s", path, s)
		}
	}
	if want := len(postgres.Contexts) + 1; len(overlay.Replace) != want {
		t.Errorf("%d files are replaced, want the constant and the outbox of each of %d contexts", len(overlay.Replace), len(postgres.Contexts))
	}
}

func TestBarsAreJudgedByTheirDirection(t *testing.T) {
	t.Parallel()
	var r report
	r.row("intake", "500 stores, 32 clients").add("ratio", 0.9)
	r.row("intake", "500 stores, 128 clients").add("cpu_ms", 0.9)
	r.judge()
	if len(r.Bars) != 2 || r.Bars[0].verdict() != "must reached" || r.Bars[1].verdict() != "MISSED" {
		t.Errorf("%+v", r.Bars)
	}
}

func TestConstantsAreNotTakenForVariables(t *testing.T) {
	t.Parallel()
	if got := literal(`{"a":1,"b":"it's \n"}`, "json"); strings.Contains(strings.TrimSuffix(got, "::json"), ":") || !strings.Contains(got, `it''s \\n`) {
		t.Error(got)
	}
	if got := literal("", "uuid"); got != "NULL" {
		t.Error(got)
	}
}

// Run times in another unit, or of one thread only, would look like another program.
func TestRunTimesGrowWithWork(t *testing.T) {
	t.Parallel()
	pid := os.Getpid()
	began, before := ownCPU(), ranOf(pid, -1)
	if before == -1 {
		t.Skip("this kernel does not count run times")
	}
	for ownCPU()-began < 300*time.Millisecond {
		runtime.Gosched() // it only has to cost something
	}
	used, ran := ownCPU()-began, ranOf(pid, -1)-before
	if ran < used/3 || ran > 3*used { // others of this process go on between the two clocks
		t.Errorf("%s by run times, %s by the clock of the process", ran, used)
	}
}

func TestWithoutRunTimesTicksCount(t *testing.T) {
	t.Parallel()
	if got := ranOf(-1, time.Second); got != time.Second {
		t.Error(got)
	}
}
