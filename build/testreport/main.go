// Command testreport reads the output of "go test -json" and writes what a person wants to see of
// it: one line per package, the output of what failed, and the counts at the end. It exits with 1
// when anything failed or when nothing was run.
//
//	go test -json ./... | go run ./build/testreport
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"
)

// event is one line of go test -json; see "go doc test2json".
type event struct {
	Action, Package, Test, Output, ImportPath string
	Elapsed                                   float64
}

// report collects what the events say.
type report struct {
	out                     io.Writer
	passed, failed, skipped int
	failedIn                map[string]int      // failed tests by package
	died                    bool                // a package ended without saying which test failed
	output                  map[string][]string // by package and test
	skips                   []string
}

func main() {
	r := newReport(os.Stdout)
	if err := r.read(os.Stdin); err != nil {
		fmt.Fprintln(os.Stderr, "testreport:", err)
		os.Exit(1)
	}
	if !r.end() {
		os.Exit(1)
	}
}

func newReport(out io.Writer) *report {
	return &report{out: out, failedIn: map[string]int{}, output: map[string][]string{}}
}

func (r *report) read(in io.Reader) error {
	lines := bufio.NewScanner(in)
	lines.Buffer(make([]byte, 0, 1<<20), 64<<20)
	for lines.Scan() {
		var e event
		if err := json.Unmarshal(lines.Bytes(), &e); err != nil {
			_, _ = fmt.Fprintln(r.out, lines.Text()) // what is not from go test is shown as it is
			continue
		}
		r.add(e)
	}
	return lines.Err()
}

func (r *report) add(e event) {
	key := e.Package + " " + e.Test
	switch e.Action {
	case "output":
		r.output[key] = append(r.output[key], e.Output)
	case "build-output":
		_, _ = fmt.Fprint(r.out, e.Output)
	case "pass", "fail", "skip":
		if e.Test == "" {
			r.endPackage(e, key)
		} else {
			r.endTest(e, key)
		}
		delete(r.output, key)
	}
}

func (r *report) endTest(e event, key string) {
	switch e.Action {
	case "pass":
		r.passed++
	case "skip":
		r.skipped++
		r.skips = append(r.skips, e.Package+" "+e.Test+": "+skipReason(r.output[key]))
	default:
		r.failed++
		r.failedIn[e.Package]++
		_, _ = fmt.Fprintf(r.out, "\n%s\n%s\n", e.Package, strings.Join(r.output[key], ""))
	}
}

// endPackage counts a package that did not build, or died, as one failure.
func (r *report) endPackage(e event, key string) {
	switch e.Action {
	case "pass":
		_, _ = fmt.Fprintf(r.out, "ok    %6.1fs  %s\n", e.Elapsed, e.Package)
	case "fail":
		if r.failedIn[e.Package] == 0 {
			r.failed++
			r.died = true
		}
		_, _ = fmt.Fprintf(r.out, "FAIL  %6.1fs  %s\n%s", e.Elapsed, e.Package, strings.Join(r.output[key], ""))
	}
}

// end writes the counts, and reports whether all is well.
func (r *report) end() bool {
	// A test that was running when its process died has output and no end.
	for key, output := range r.output {
		if text := strings.Join(output, ""); strings.TrimSpace(text) != "" && r.died {
			_, _ = fmt.Fprintf(r.out, "\n%s (no result)\n%s", key, text)
		}
	}
	for _, s := range r.skips {
		_, _ = fmt.Fprintln(r.out, "skip", s)
	}
	_, _ = fmt.Fprintf(r.out, "%d passed, %d failed, %d skipped\n", r.passed, r.failed, r.skipped)
	return r.failed == 0 && r.passed > 0
}

// skipReason is the last line that t.Skip wrote.
func skipReason(output []string) string {
	for i := len(output) - 1; i >= 0; i-- {
		line := strings.TrimSpace(output[i])
		if line != "" && !strings.HasPrefix(line, "---") && !strings.HasPrefix(line, "===") {
			return line
		}
	}
	return "no reason given"
}
