//go:build failpoints

package failpoint

import (
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
)

// Enabled says whether the program was built with failpoints; code behind it is not in other builds.
const Enabled = true

const variable = "MARU_FAILPOINTS"

// rule is one line of what is to happen.
type rule struct {
	line          string
	point, detail string
	action, arg   string
	skip, times   int
}

var (
	mu      sync.Mutex
	seen    = map[string]int{} // how often the place of a rule was reached, by line
	reached = map[string]bool{}
)

// Hit does what the rules say about the point, and returns an error where they say so. Without a rule
// it does nothing.
func Hit(point, detail string) error {
	rules, file := read()
	if len(rules) == 0 {
		return nil
	}
	r := due(rules, file, point, detail)
	if r == nil {
		return nil
	}
	note(file, ".fired", r.line)
	switch r.action {
	case "kill":
		_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
		select {} // the signal ends it
	case "stop":
		_ = syscall.Kill(os.Getpid(), syscall.SIGSTOP)
	case "delay":
		d, err := time.ParseDuration(r.arg)
		if err != nil {
			panic("failpoint: " + r.line + ": " + err.Error())
		}
		time.Sleep(d)
	case "panic":
		panic("failpoint " + point + "/" + detail)
	case "error":
		return fmt.Errorf("failpoint %s/%s", point, detail)
	default:
		panic("failpoint: unknown action: " + r.line)
	}
	return nil
}

// Watched reports whether a rule waits for that point, or points are recorded: so that a place between two
// writes need not be made where nobody looks, and the program does as it does elsewhere.
func Watched(point, detail string) bool {
	rules, _ := read()
	return slices.ContainsFunc(rules, func(r rule) bool {
		return r.point == "record" || r.point == point && (r.detail == "" || r.detail == detail)
	})
}

// Now is the program's clock: time.Now, moved by the rule clock.
func Now() time.Time {
	now := time.Now()
	rules, _ := read()
	for _, r := range rules {
		if r.point != "clock" {
			continue
		}
		d, err := time.ParseDuration(r.action)
		if err != nil {
			panic("failpoint: " + r.line + ": " + err.Error())
		}
		now = now.Add(d)
	}
	return now
}

// due returns the rule that acts now. It counts, so it is called once a hit.
func due(rules []rule, file, point, detail string) *rule {
	mu.Lock()
	defer mu.Unlock()
	for i := range rules {
		r := &rules[i]
		if r.point == "record" && !reached[point+"/"+detail] {
			reached[point+"/"+detail] = true
			note(file, ".reached", point+"/"+detail)
		}
		if r.point != point || r.detail != "" && r.detail != detail {
			continue
		}
		n := seen[r.line]
		seen[r.line]++
		if n >= r.skip && n < r.skip+r.times {
			return r
		}
	}
	return nil
}

// note appends a line beside the file of rules; without a file nobody asks.
func note(file, suffix, line string) {
	if file == "" {
		return
	}
	f, err := os.OpenFile(file+suffix, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		panic("failpoint: " + err.Error())
	}
	defer func() { _ = f.Close() }()
	if _, err := f.WriteString(line + "\n"); err != nil {
		panic("failpoint: " + err.Error())
	}
}

func read() (rules []rule, file string) {
	text := os.Getenv(variable)
	if name, ok := strings.CutPrefix(text, "@"); ok {
		b, err := os.ReadFile(name)
		if err != nil {
			return nil, name // no file: nothing is to happen
		}
		text, file = string(b), name
	}
	for _, line := range strings.FieldsFunc(text, func(r rune) bool { return r == '\n' || r == ';' }) {
		if fields := strings.Fields(line); len(fields) > 0 {
			rules = append(rules, parse(line, fields))
		}
	}
	return rules, file
}

func parse(line string, fields []string) rule {
	r := rule{line: strings.TrimSpace(line), times: 1}
	place, what, _ := strings.Cut(fields[0], "=")
	r.point, r.detail, _ = strings.Cut(place, "/")
	r.action, r.arg, _ = strings.Cut(what, ":")
	for _, f := range fields[1:] {
		name, value, _ := strings.Cut(f, "=")
		n, err := strconv.Atoi(value)
		switch {
		case name == "id":
		case err != nil:
			panic("failpoint: " + line + ": " + err.Error())
		case name == "skip":
			r.skip = n
		case name == "times":
			r.times = n
		}
	}
	return r
}
