//go:build faults

package faults

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"maru/internal/platform/devpg"
)

// Every mutation must be caught by its test. The tree is not touched: the compiler gets another file in
// place of the mutated one.
func TestMutationsAreCaught(t *testing.T) {
	server, err := devpg.StartTemporary(t.Context())
	must(t, err)
	t.Cleanup(func() { _ = server.Stop(context.Background()) })
	root, err := filepath.Abs("../..")
	must(t, err)
	var table strings.Builder
	fmt.Fprintf(&table, "%-68s %-8s %s\n", "mutation", "caught", "by")
	defer func() { report(t, table.String()) }()
	for _, m := range mutations {
		t.Run(strings.ReplaceAll(m.name, " ", "_"), func(t *testing.T) {
			verdict := "NO"
			defer func() { fmt.Fprintf(&table, "%-68s %-8s %s %s\n", m.name, verdict, m.pkg, m.test) }()
			file := filepath.Join(root, m.file)
			source, err := os.ReadFile(file)
			must(t, err)
			dir := t.TempDir()
			mutant, overlay := filepath.Join(dir, filepath.Base(m.file)), filepath.Join(dir, "overlay.json")
			must(t, os.WriteFile(mutant, []byte(m.apply(t, string(source))), 0o600))
			replace, err := json.Marshal(map[string]map[string]string{"Replace": {file: mutant}})
			must(t, err)
			must(t, os.WriteFile(overlay, replace, 0o600))
			ctx, cancel := context.WithTimeout(t.Context(), 4*time.Minute)
			defer cancel()
			cmd := exec.CommandContext(ctx, "go", "test", "-count=1", "-vet=off", "-timeout=45s", "-overlay="+overlay, "-run", "^("+m.test+")", "./"+m.pkg)
			cmd.Dir, cmd.Env = root, append(os.Environ(), "TEST_DATABASE_URL="+server.URL("postgres"))
			out, err := cmd.CombinedOutput()
			var exit *exec.ExitError
			switch {
			case err == nil && strings.Contains(string(out), "no tests to run"):
				t.Errorf("there is no test %s in %s", m.test, m.pkg)
			case err == nil:
				t.Errorf("it survives %s", m.test)
			case !errors.As(err, &exit) || strings.Contains(string(out), "[build failed]") || ctx.Err() != nil:
				t.Errorf("it proves nothing: %v\n%s", err, out)
			case !strings.Contains(string(out), "--- FAIL") && !strings.Contains(string(out), "panic: test timed out"):
				t.Errorf("no test failed: %s", out)
			default:
				verdict = "yes"
			}
		})
	}
}
