package app_test

import (
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"maru/internal/app/apptest"
	"maru/internal/platform/auth"
)

var update = flag.Bool("update", false, "write docs/permissions.md anew")

const permissionsFile = "../../docs/permissions.md"

// What the table says in a cell.
const (
	cellYes       = "yes"
	cellSignIn    = "sign in"
	cellForbidden = "403"
	cellNotFound  = "404"
)

// column is a kind of caller of the table.
type column struct {
	title string
	role  auth.Role // empty: nobody, or key
	key   bool      // a program with an API key that holds every permission its place can hold
	other bool      // somebody of another store
	// A shared device of the own store: by itself, or with an owner who came by PIN.
	device, pin bool
}

var columns = append([]column{{title: "nobody"}}, func() (all []column) {
	for _, r := range slices.Backward(auth.Roles) {
		all = append(all, column{title: string(r.Role), role: r.Role})
	}
	return append(all, column{title: "other store", role: auth.Owner, other: true}, column{title: "key", key: true}, column{title: "device", device: true}, column{title: "PIN", pin: true})
}()...)

// cell is what the declared access of a route means for a kind of caller.
func cell(t *testing.T, r route, c column) string {
	t.Helper()
	scope, perm, _ := strings.Cut(r.access, ":")
	if perm != "" {
		if _, known := auth.EntryOf(auth.Permission(perm)); !known {
			t.Fatalf("%s asks for %q, which is not in the catalogue", r, perm)
		}
	}
	role, _ := c.role.Entry()
	may := perm == "" || c.role.Has(auth.Permission(perm))
	switch {
	case scope == "public":
		return cellYes
	case c.key:
		return keyCell(r, scope, perm)
	case c.device, c.pin:
		return deviceCell(c, r, scope, auth.Permission(perm))
	case c.role == "":
		return cellSignIn
	case scope == "shared device":
		return cellNotFound
	case scope == "signed in", scope == "caller", scope == "person":
		return cellYes
	case scope == "store" && c.other:
		return cellNotFound
	case scope == "store" && may, scope == "hq" && role.AtHQ && may:
		return cellYes
	case scope == "store", scope == "hq":
		return cellForbidden
	}
	t.Fatalf("%s has access %q: say in permissions_test.go what that means", r, r.access)
	return ""
}

// keyCell is what a key of headquarters may do that holds everything a key can.
func keyCell(r route, scope, perm string) string {
	e, _ := auth.EntryOf(auth.Permission(perm))
	switch {
	case !r.api:
		return cellSignIn
	case scope == "caller", perm == "" && scope != "signed in", e.Key:
		return cellYes
	}
	return cellForbidden
}

// deviceCell is what a shared device may do, and an owner who works on it by PIN.
func deviceCell(c column, r route, scope string, perm auth.Permission) string {
	switch {
	case !r.api && scope == "shared device":
		return cellYes
	case r.api || c.device:
		return cellSignIn
	case scope == "person", scope == "store" && (perm == "" || auth.Owner.Has(perm) && !perm.NeedsPassword()):
		return cellYes
	}
	return cellForbidden
}

// document is docs/permissions.md: the catalogue, the roles and every route, for people to read.
func document(t *testing.T, routes []route) string {
	t.Helper()
	var b strings.Builder
	b.WriteString("# Permissions\n\n<!-- made from the catalogue, the roles and the routes: make permissions -->\n\n")
	fmt.Fprintf(&b, "%d permissions, %d roles, %d routes and operations. A test asks every one of them as every role, at home and in another\n"+
		"store, with no session and with tokens that are expired or forged, and compares the answers with this table.\n\n", len(auth.Catalogue), len(auth.Roles), len(routes))
	b.WriteString("## Roles\n\n| role | | may |\n|---|---|---|\n")
	for _, r := range auth.Roles {
		fmt.Fprintf(&b, "| `%s` | %s · %s | %s %s |\n", r.Role, r.Name.Ko, r.Name.En, r.Means.Ko, r.Means.En)
	}
	b.WriteString("\n## Permissions\n\nMarked ◇ is what an owner may grant to, or withhold from, single people of a store. Whoever has it by their role is ●.\n✱ is what a PIN on a shared device is not enough for.\n\n| permission |")
	for _, c := range columns {
		if c.role != "" && !c.other {
			fmt.Fprintf(&b, " %s |", c.title)
		}
	}
	b.WriteString(" means |\n|---|" + strings.Repeat(":-:|", len(auth.Roles)) + "---|\n")
	for _, e := range auth.Catalogue {
		mark := ""
		if e.Marked {
			mark = " ◇"
		}
		if e.Password {
			mark += " ✱"
		}
		fmt.Fprintf(&b, "| `%s`%s |", e.Permission, mark)
		for _, c := range columns {
			switch {
			case c.role == "" || c.other:
			case c.role.Has(e.Permission):
				b.WriteString(" ● |")
			default:
				b.WriteString(" |")
			}
		}
		fmt.Fprintf(&b, " %s: %s %s: %s |\n", e.Name.Ko, e.Means.Ko, e.Name.En, e.Means.En)
	}
	b.WriteString("\n## Routes\n\nAccess: `public` is everybody; `signed in` is every person; `person` also whoever came to a shared device by PIN;\n`shared device` is a shared device of a store, whether or not somebody works on it; `caller` is every person and every API key; `store` is whoever works in\n" +
		"the store of the address, and headquarters; `hq` is headquarters; after a colon stands the permission that it takes. 403 is refused,\n" +
		"404 does not exist for the caller, \"sign in\" leads to the sign-in page or answers 401. HEAD is answered like GET.\n`key` is a key of headquarters that holds every permission a key can have: keys open the JSON API and no page.\n`device` is a shared device of the store on which nobody works, `PIN` one on which an owner works.\n\n| route | access |")
	for _, c := range columns {
		fmt.Fprintf(&b, " %s |", c.title)
	}
	b.WriteString("\n|---|---|" + strings.Repeat(":-:|", len(columns)) + "\n")
	for _, r := range routes {
		fmt.Fprintf(&b, "| `%s` | %s |", r, r.access)
		for _, c := range columns {
			fmt.Fprintf(&b, " %s |", cell(t, r, c))
		}
		b.WriteString("\n")
	}
	return b.String()
}

// readTable returns the cells of the routes as the file states them: by route, then by column.
func readTable(t *testing.T) map[string]map[string]string {
	t.Helper()
	doc, err := os.ReadFile(permissionsFile)
	if err != nil {
		t.Fatal(err)
	}
	_, routes, found := strings.Cut(string(doc), "\n## Routes\n")
	if !found {
		t.Fatal("docs/permissions.md has no routes")
	}
	table := map[string]map[string]string{}
	for line := range strings.Lines(routes) {
		cells := strings.Split(strings.Trim(strings.TrimSpace(line), "|"), "|")
		if len(cells) != len(columns)+2 || !strings.HasPrefix(cells[0], " `") {
			continue
		}
		row := map[string]string{}
		for i, c := range columns {
			row[c.title] = strings.TrimSpace(cells[i+2])
		}
		table[strings.Trim(cells[0], " `")] = row
	}
	return table
}

func TestPermissionsTableIsFresh(t *testing.T) {
	t.Parallel()
	p := apptest.Start(t, apptest.Franchise(t))
	var routes []route
	for _, r := range surface(t, p) {
		if r.method != "HEAD" {
			routes = append(routes, r)
		}
	}
	want := document(t, routes)
	if *update {
		if err := os.WriteFile(permissionsFile, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(permissionsFile)
	if err != nil || string(got) != want {
		t.Fatalf("docs/permissions.md is not what the routes declare (%v): make permissions, and read what changed", err)
	}
	t.Logf("%d permissions, %d roles, %d routes and operations", len(auth.Catalogue), len(auth.Roles), len(routes))
}

// A permission that nothing asks for protects nothing.
func TestTheTableKnowsARouteThatIsNotInIt(t *testing.T) {
	t.Parallel()
	table := readTable(t)
	if len(table) < 50 || table["GET /nowhere"] != nil || table["GET /hq"]["staff"] != cellForbidden || table["GET /s/:store"]["other store"] != cellNotFound {
		t.Errorf("the table of %d routes is not read rightly", len(table))
	}
}
