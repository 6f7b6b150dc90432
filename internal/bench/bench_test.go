package main

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"maru/internal/cli"
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
		"-rounds", "1", "-window", "200ms", "-warm", "50ms", "-stores", "3", "-clients", "1,4",
		"-json", filepath.Join(dir, "bench.json"), "-dir", filepath.Join(dir, "pg"),
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
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
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
	for _, want := range [][2]string{
		{"intake", "database alone, 4 clients"}, {"intake", "3 stores, 4 clients"}, {"intake", "one store, 1 clients"},
	} {
		if r := got.find(want[0], want[1]); r == nil || r.Median["orders_s"] <= 0 {
			t.Errorf("%v was not measured: %+v", want, r)
		}
	}
	for _, p := range parts {
		if !strings.Contains(table.String(), p.title) {
			t.Errorf("the table says nothing of %q:\n%s", p.title, table.String())
		}
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
