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

// triesOfMutation is how often the test of a mutation may pass before the mutation counts as one that survives: what
// a mistake does can depend on who comes first, and on a busy machine that is another one now and then. The table
// says at which try it was caught.
const triesOfMutation = 4

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
			overlay := overlay(t, root, m)
			for try := 1; try <= triesOfMutation; try++ {
				caught, err := m.tested(t.Context(), root, overlay, server.URL("postgres"))
				must(t, err)
				if caught {
					verdict = "yes"
					if try > 1 {
						verdict = fmt.Sprintf("yes (%d)", try)
					}
					return
				}
			}
			t.Errorf("it survives %s", m.test)
		})
	}
}

// overlay writes the mutated files, of which no two are the same, and names the file that tells the compiler of them.
func overlay(t testing.TB, root string, all ...mutation) string {
	t.Helper()
	dir, replace := t.TempDir(), map[string]string{}
	for _, m := range all {
		file := filepath.Join(root, m.file)
		source, err := os.ReadFile(file)
		must(t, err)
		mutant := filepath.Join(dir, filepath.Base(m.file))
		must(t, os.WriteFile(mutant, []byte(m.apply(t, string(source))), 0o600))
		replace[file] = mutant
	}
	list, err := json.Marshal(map[string]map[string]string{"Replace": replace})
	must(t, err)
	path := filepath.Join(dir, "overlay.json")
	must(t, os.WriteFile(path, list, 0o600))
	return path
}

// tested runs the test of the mutation once and reports whether it failed. An error says that the run proves nothing.
func (m mutation) tested(ctx context.Context, root, overlay, database string) (caught bool, err error) {
	ctx, cancel := context.WithTimeout(ctx, 4*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, "go", "test", "-count=1", "-vet=off", "-timeout=45s", "-overlay="+overlay, "-run", "^("+m.test+")", "./"+m.pkg)
	cmd.Dir, cmd.Env = root, append(os.Environ(), "TEST_DATABASE_URL="+database)
	out, err := cmd.CombinedOutput()
	var exit *exec.ExitError
	switch {
	case err == nil && strings.Contains(string(out), "no tests to run"):
		return false, fmt.Errorf("there is no test %s in %s", m.test, m.pkg)
	case err == nil:
		return false, nil
	case !errors.As(err, &exit) || strings.Contains(string(out), "[build failed]") || ctx.Err() != nil:
		return false, fmt.Errorf("it proves nothing: %w\n%s", err, out)
	case !strings.Contains(string(out), "--- FAIL") && !strings.Contains(string(out), "panic: test timed out"):
		return false, fmt.Errorf("no test failed: %s", out)
	}
	return true, nil
}
