//go:build faults

package faults

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// outcome is one line of the table: a fault, and what it did.
type outcome struct {
	fault       string
	times       int
	orders      int64 // acknowledged while it went on
	again       int64 // requests that had to be sent again
	lost, twice int
	healed      []time.Duration // from its end until everything was right
	skipped     string
	failed      bool
}

// count tells what is missing from what is there too often, in what was still wrong when the patience
// ended.
func (o *outcome) count(wrong []string) {
	for _, line := range wrong {
		switch {
		case strings.Contains(line, " is missing ("):
			o.lost++
		case strings.Contains(line, " and must not be") || strings.Contains(line, " is stored twice"):
			o.twice++
		}
	}
}

type table struct{ lines []*outcome }

func (t *table) print(tb testing.TB) {
	var b strings.Builder
	fmt.Fprintf(&b, "%-64s %6s %8s %8s %5s %8s %s\n", "fault", "times", "orders", "repeats", "lost", "doubled", "healed in (most)")
	var orders, times int64
	for _, l := range t.lines {
		if l.skipped != "" {
			fmt.Fprintf(&b, "%-64s SKIPPED: %s\n", l.fault, l.skipped)
			continue
		}
		most := time.Duration(0)
		for _, h := range l.healed {
			most = max(most, h)
		}
		verdict := most.Round(10 * time.Millisecond).String()
		if l.failed {
			verdict = "NOT HEALED"
		}
		fmt.Fprintf(&b, "%-64s %6d %8d %8d %5d %8d %s\n", l.fault, l.times, l.orders, l.again, l.lost, l.twice, verdict)
		orders += l.orders
		times += int64(l.times)
	}
	fmt.Fprintf(&b, "%-64s %6d %8d\n", "all", times, orders)
	report(tb, b.String())
}
