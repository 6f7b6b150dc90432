//go:build faults

package faults

import (
	"context"
	"flag"
	"fmt"
	"os"
	"strconv"
	"testing"
	"time"
)

var (
	runFor  = flag.Duration("faults.for", 0, "go on with faults in random order for this long; 0: each once")
	seed    = flag.Uint64("faults.seed", 1, "what customers do and which faults come comes from it")
	stopped = flag.Duration("faults.stop", 30*time.Second, "how long processes that are stopped last stay stopped at least; those before until the others have taken over")
	tableTo = flag.String("faults.table", "", "file to which the tables are written as well")
)

// program is the built binary.
var program string

func TestMain(m *testing.M) {
	flag.Parse()
	// Every wait has an end of its own; this is for the one that was forgotten.
	time.AfterFunc(*runFor+30*time.Minute, func() { panic("the suite does not come to an end") })
	os.Exit(run(m))
}

func run(m *testing.M) int {
	dir, err := os.MkdirTemp("", "maru-faults-bin-")
	if err == nil {
		defer func() { _ = os.RemoveAll(dir) }()
		program, err = buildProgram(context.Background(), dir)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return m.Run()
}

// report shows a table in the test's log, and adds it to the file that was asked for.
func report(t testing.TB, text string) {
	t.Log("\n" + text)
	if *tableTo == "" {
		return
	}
	f, err := os.OpenFile(*tableTo, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o644)
	must(t, err)
	defer func() { _ = f.Close() }()
	_, err = f.WriteString(text + "\n")
	must(t, err)
}

func portText(t testing.TB) string { return strconv.Itoa(freePort(t)) }
func pidText(pid int) string       { return strconv.Itoa(pid) }
