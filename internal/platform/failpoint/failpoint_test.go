//go:build failpoints

package failpoint_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"maru/internal/platform/failpoint"
)

func TestRulesActAtTheirPointAndOnce(t *testing.T) {
	file := filepath.Join(t.TempDir(), "rules")
	t.Setenv("MARU_FAILPOINTS", "@"+file)
	rules := func(text string) {
		t.Helper()
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	hit := func(point, detail string, fails bool) {
		t.Helper()
		if err := failpoint.Hit(point, detail); (err != nil) != fails {
			t.Errorf("%s/%s: %v", point, detail, err)
		}
	}
	hit("a", "x", false) // without a file
	rules("record\na/x=error\nb=error skip=1 times=2")
	hit("a", "y", false)
	hit("a", "x", true)
	hit("a", "x", false)
	for _, fails := range []bool{false, true, true, false} {
		hit("b", "any", fails)
	}
	if !failpoint.Watched("anywhere", "") {
		t.Error("while points are recorded, all are watched")
	}
	rules("a/x=error id=2\nclock=-1h")
	if !failpoint.Watched("a", "x") || failpoint.Watched("a", "y") || failpoint.Watched("b", "x") {
		t.Error("watched is what a rule is about")
	}
	hit("a", "x", true)
	if d := time.Since(failpoint.Now()); d < time.Hour || d > time.Hour+time.Minute {
		t.Errorf("the clock is %s behind", d)
	}
	fired, err := os.ReadFile(file + ".fired")
	if want := "a/x=error\nb=error skip=1 times=2\nb=error skip=1 times=2\na/x=error id=2\n"; err != nil || string(fired) != want {
		t.Errorf("fired %q, %v", fired, err)
	}
	reached, err := os.ReadFile(file + ".reached")
	if err != nil || strings.Join(strings.Fields(string(reached)), " ") != "a/y a/x b/any" {
		t.Errorf("reached %q, %v", reached, err)
	}
}
