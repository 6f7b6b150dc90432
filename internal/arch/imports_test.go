package arch

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"strings"
	"testing"
)

const module = "maru"

// fewestContexts is how many contexts the rules must at least have seen: a rule that looks at
// nothing passes always.
const fewestContexts = 5

func TestPackagesImportOnlyWhatTheyMay(t *testing.T) {
	t.Parallel()
	packages := listPackages(t)
	paths := make([]string, 0, len(packages))
	for _, p := range packages {
		paths = append(paths, p.path)
	}
	house := newTree(paths)
	if len(house.contexts) < fewestContexts {
		t.Fatalf("only the contexts %v were found; there are at least %d", house.contexts, fewestContexts)
	}
	for _, p := range packages {
		if reason := house.unplaced(p.path); reason != "" {
			t.Errorf("%s: %s", p.path, reason)
		}
		for _, to := range p.imports {
			if reason := house.forbidden(p.path, to, false); reason != "" {
				t.Errorf("%s imports %s: %s", p.path, to, reason)
			}
		}
		for _, to := range p.testImports {
			if to == p.path {
				continue
			}
			if reason := house.forbidden(p.path, to, true); reason != "" {
				t.Errorf("the tests of %s import %s: %s", p.path, to, reason)
			}
		}
	}
}

func TestTheImportRulesCanFail(t *testing.T) {
	t.Parallel()
	house := newTree([]string{
		"internal/ordering/orderingapi", "internal/inventory/inventoryapi", "internal/catalog/catalogapi", "internal/ordering/statsapi",
	})
	if got := strings.Join(house.contexts, " "); got != "catalog inventory ordering" {
		t.Fatalf("contexts: %s", got)
	}
	for _, c := range []struct {
		from, to string
		test     bool
	}{
		{"internal/ordering", "internal/inventory", false},
		{"internal/ordering", "internal/inventory", true},
		{"internal/ordering", "internal/inventory/internal/inventorydb", false},
		{"internal/ordering", "web/webkit", false},
		{"internal/ordering", "github.com/labstack/echo/v4", false},
		{"internal/ordering", "github.com/a-h/templ", false},
		{"internal/ordering", "internal/app", true},
		{"internal/ordering", "db", false},
		{"internal/ordering/orderingapi", "internal/ordering", false},
		{"internal/ordering/orderingapi", "internal/platform/event", false},
		{"internal/ordering/orderingapi", "internal/catalog/catalogapi", false},
		{"internal/platform/outbox", "internal/ordering/orderingapi", false},
		{"internal/platform/outbox", "web/webkit", false},
		{"internal/platform/outbox", "github.com/labstack/echo/v4", false},
		{"internal/kernel/money", "internal/platform/errs", false},
		{"internal/kernel/money", "github.com/jackc/pgx/v5", false},
		{"web/orderingweb", "internal/inventory", false},
		{"web/orderingweb", "internal/inventory", true},
		{"web/orderingweb", "web/inventoryweb", false},
		{"web/orderingweb", "internal/platform/postgres", false},
		{"web/orderingweb", "github.com/jackc/pgx/v5", false},
		{"web/orderingweb", "github.com/jackc/pgx/v5/pgxpool", true},
		{"web/orderingweb", "internal/demo", true},
		{"web/webkit", "internal/ordering", false},
		{"web/webkit", "internal/ordering/orderingapi", false},
		{"web/webkit", "web/orderingweb", false},
		{"web/orderingweb", "github.com/chromedp/chromedp", true},
		{"db", "internal/kernel/ids", false},
		{"web/opsweb", "internal/ordering", false},
		{"web/opsweb", "internal/platform/postgres", false},
		{"web/orderingweb", "internal/platform/outbox", false},
		{"web/orderingweb", "internal/platform/trail", false},
		{"internal/arch", "internal/ordering", true},
		{"internal/shop", "internal/kernel/ids", false},
	} {
		if house.forbidden(c.from, c.to, c.test) == "" {
			t.Errorf("%s may import %s", c.from, c.to)
		}
	}
	for _, path := range []string{"internal/shop", "web/adminweb", "pkg/ordering", "internal/ordering/utils", "internal/common"} {
		if house.unplaced(path) == "" {
			t.Errorf("%s has a place", path)
		}
	}
}

func TestTheImportRulesLetThroughWhatIsMeant(t *testing.T) {
	t.Parallel()
	house := newTree([]string{"internal/ordering/orderingapi", "internal/inventory/inventoryapi"})
	for _, c := range []struct {
		from, to string
		test     bool
	}{
		{".", "internal/app", false},
		{"internal/app", "internal/ordering", false},
		{"internal/app", "web/orderingweb", false},
		{"internal/app", "github.com/labstack/echo/v4", false},
		{"internal/demo", "internal/imports", false},
		{"internal/ordering", "internal/ordering/orderingapi", false},
		{"internal/ordering", "internal/ordering/internal/orderingdb", false},
		{"internal/ordering", "internal/inventory/inventoryapi", false},
		{"internal/ordering", "internal/platform/outbox", false},
		{"internal/ordering", "internal/kernel/ids", false},
		{"internal/ordering", "github.com/jackc/pgx/v5", false},
		{"internal/ordering", "internal/platform/postgres/pgtest", true},
		{"internal/ordering/orderingapi", "internal/kernel/ids", false},
		{"internal/platform/postgres", "db", false},
		{"internal/platform/outbox", "internal/kernel/ids", false},
		{"internal/kernel/ids", "github.com/google/uuid", false},
		{"internal/kernel/money", "internal/kernel/lang", false},
		{"web/orderingweb", "internal/ordering", false},
		{"web/orderingweb", "internal/inventory/inventoryapi", false},
		{"web/orderingweb", "internal/platform/auth", false},
		{"web/orderingweb", "github.com/labstack/echo/v4", false},
		{"web/orderingweb", "internal/platform/postgres/pgtest", true},
		{"web/webkit", "internal/platform/errs", false},
		{"web/webkit", "web", false},
		{"web/webkit", "internal/members/membersapi", false},
		{"web/opsweb", "internal/platform/outbox", false},
		{"web/opsweb", "internal/platform/trail", false},
		{"e2e", "internal/app", true},
		{"e2e", "github.com/chromedp/chromedp", true},
		{"internal/arch", "internal/platform/postgres/pgtest", true},
	} {
		if reason := house.forbidden(c.from, c.to, c.test); reason != "" {
			t.Errorf("%s may not import %s: %s", c.from, c.to, reason)
		}
	}
}

type goPackage struct {
	path                 string
	imports, testImports []string
}

// listPackages asks the go command, which sees the tests and the browser tests too.
func listPackages(t *testing.T) []goPackage {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", "list", "-e", "-tags=e2e", "-json=ImportPath,Imports,TestImports,XTestImports", "./...")
	cmd.Dir = "../.."
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	var all []goPackage
	for decoder := json.NewDecoder(bytes.NewReader(out)); ; {
		var p struct {
			ImportPath                         string
			Imports, TestImports, XTestImports []string
		}
		if err := decoder.Decode(&p); errors.Is(err, io.EOF) {
			return all
		} else if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(p.ImportPath, "/node_modules/") {
			continue
		}
		all = append(all, goPackage{
			path: fromRoot(p.ImportPath), imports: fromRoots(p.Imports),
			testImports: fromRoots(append(p.TestImports, p.XTestImports...)),
		})
	}
}

func fromRoots(paths []string) []string {
	short := make([]string, 0, len(paths))
	for _, p := range paths {
		short = append(short, fromRoot(p))
	}
	return short
}

func fromRoot(path string) string {
	if path == module {
		return "."
	}
	return strings.TrimPrefix(path, module+"/")
}
