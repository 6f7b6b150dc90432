package arch

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var queryMethod = regexp.MustCompile(`(?m)^func \(q \*Queries\) (\w+)\(`)

// sqlc leaves the code of a file of queries that is gone where it is, and nobody is told of a query that nothing calls any more.
func TestGeneratedQueriesHaveASourceAndACaller(t *testing.T) {
	t.Parallel()
	generated, err := filepath.Glob("../*/internal/*db/*.sql.go")
	if err != nil || len(generated) < fewestContexts {
		t.Fatalf("found only %d generated files: %v", len(generated), err)
	}
	for _, path := range generated {
		module := filepath.Dir(filepath.Dir(filepath.Dir(path))) // ../members
		source := filepath.Join("../../db/queries", filepath.Base(module), strings.TrimSuffix(filepath.Base(path), ".go"))
		if _, err := os.Stat(source); err != nil {
			t.Errorf("%s is made of nothing: %v", path, err)
		}
		code, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		calls := callsIn(t, module)
		for _, m := range queryMethod.FindAllSubmatch(code, -1) {
			name := string(m[1])
			statement := strings.ToLower(name[:1]) + name[1:] // the constant, for hand-written round trips of several
			if !regexp.MustCompile(`\.` + name + `\b|\b` + statement + `\b`).MatchString(calls) {
				t.Errorf("%s: nothing calls %s", path, name)
			}
		}
	}
}

// callsIn is the code of a module but for what sqlc and tests are.
func callsIn(t *testing.T, module string) string {
	t.Helper()
	var all strings.Builder
	err := filepath.WalkDir(module, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, ".sql.go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		code, err := os.ReadFile(path)
		all.Write(code)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all.String()
}
