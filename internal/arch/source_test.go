package arch

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// sourceRules are about what Go files may contain besides imports.
var sourceRules = []struct {
	rule    string
	pattern *regexp.Regexp
	exempt  []string // folders in which it is allowed
}{
	{
		"errors are told apart by SQLSTATE, never by the name of a constraint",
		// ConstraintName == "" asks whether there is one at all, which is how a missed partition is told
		// from a broken check.
		regexp.MustCompile(`\.ConstraintName\b[^=\n]*(==|!=)?\s*("[^"]|[a-z])`), nil,
	},
	{
		"positions and cursors of events are written by the outbox only", // reading them, as tests do, is free
		regexp.MustCompile(`(?i)\b(INSERT INTO|UPDATE|DELETE FROM|TRUNCATE)\s+\S*outbox_(head|cursor|parked)`),
		// bench writes them where the program is not running: it asks what the database alone could do.
		[]string{"internal/platform/outbox", "internal/arch", "internal/platform/postgres", "internal/platform/devpg", "internal/bench", "internal/faults"},
	},
}

func brokenSourceRules(path, source string) []string {
	var broken []string
	for _, r := range sourceRules {
		exempt := false
		for _, folder := range r.exempt {
			exempt = exempt || under(path, folder)
		}
		if !exempt && r.pattern.MatchString(source) {
			broken = append(broken, r.rule)
		}
	}
	return broken
}

func TestGoFilesKeepTheRules(t *testing.T) {
	t.Parallel()
	seen := 0
	root := os.DirFS("../..")
	for _, top := range []string{"internal", "web"} {
		err := fs.WalkDir(root, top, func(path string, entry fs.DirEntry, err error) error {
			if err != nil || entry.IsDir() || filepath.Ext(path) != ".go" {
				return err
			}
			if strings.HasPrefix(path, "internal/arch/") {
				return nil // the rules name what they forbid
			}
			seen++
			b, err := fs.ReadFile(root, path)
			if err != nil {
				return err
			}
			for _, rule := range brokenSourceRules(path, string(b)) {
				t.Errorf("%s: %s", path, rule)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if seen < 50 {
		t.Errorf("only %d Go files were looked at", seen)
	}
}

func TestTheRulesOfGoFilesCanFail(t *testing.T) {
	t.Parallel()
	for source, path := range map[string]string{
		`if pg.ConstraintName == "orders_pkey" {`:               "internal/ordering/place_order.go",
		`tx.Exec(ctx, "UPDATE ordering.outbox_head SET pos=1")`: "internal/ordering/place_order.go",
	} {
		if len(brokenSourceRules(path, source)) != 1 {
			t.Errorf("%s may contain %s", path, source)
		}
	}
	if broken := brokenSourceRules("internal/platform/outbox/publish.go", "UPDATE %s.outbox_head"); len(broken) > 0 {
		t.Errorf("the outbox: %v", broken)
	}
}
