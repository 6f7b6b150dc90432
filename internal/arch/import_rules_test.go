// Package arch holds the rules of the house that neither the compiler nor sqlc can hold, as tests:
// who may import whom, what a schema may contain, and how a query may be written.
package arch

import (
	"regexp"
	"slices"
	"strings"
)

// composition are the packages that put the program together: they may import everything, and
// nothing imports them but each other, main and the browser tests.
var composition = []string{"internal/app", "internal/bench", "internal/cli", "internal/demo", "internal/faults", "internal/imports"}

// operationsPages are the pages of the machinery itself, such as parked events; they are of no
// context.
const operationsPages = "web/opsweb"

// tree says what is where; it is read from the packages themselves.
type tree struct{ contexts []string }

var contractPath = regexp.MustCompile(`^internal/([a-z]+)/([a-z]+)api$`)

// newTree finds the contexts: a folder of internal with a contract in it.
func newTree(paths []string) tree {
	var t tree
	for _, p := range paths {
		m := contractPath.FindStringSubmatch(p)
		if m != nil && m[1] == m[2] && !slices.Contains(t.contexts, m[1]) {
			t.contexts = append(t.contexts, m[1])
		}
	}
	slices.Sort(t.contexts)
	return t
}

// forbidden says why the package from may not import the package to, or "". Packages of ours are
// given from the module's root, as in "internal/ordering"; main is ".".
func (t tree) forbidden(from, to string, isTest bool) string {
	if !ours(to) {
		return t.forbiddenLibrary(from, to)
	}
	if reason := t.forbiddenComposition(from, to); reason != "" || t.composes(from) {
		return reason
	}
	switch {
	case under(from, "internal/kernel"):
		return unless(under(to, "internal/kernel"), "the kernel imports nothing of ours")
	case under(from, "internal/arch"):
		return unless(isTest && (mechanism(to) || to == "db" || isContract(to)), "the rules look at the tree from outside")
	case under(from, "internal/platform"):
		return unless(mechanism(to) || to == "db", "the platform knows no context and no page")
	case under(from, "web"):
		return t.forbiddenPage(from, to, isTest)
	}
	if context := t.contextOf(from); context != "" {
		return t.forbiddenContext(context, from, to)
	}
	return unless(to == "db" && from == "db", "a package that has no place in the tree imports nothing of ours")
}

func (t tree) forbiddenLibrary(from, to string) string {
	page := under(from, "web") || from == "." || under(from, "internal/app") || under(from, "internal/cli")
	switch {
	case under(from, "internal/kernel") && strings.Contains(to, "."):
		return unless(to == "github.com/google/uuid" || to == "github.com/google/go-cmp/cmp" || to == "pgregory.net/rapid" ||
			under(to, "golang.org/x/text"), "the kernel stands on the standard library and uuid")
	case under(to, "github.com/labstack/echo") || under(to, "github.com/a-h/templ"):
		return unless(page, "HTTP and HTML are known under web and where the server is put together")
	case under(to, "github.com/jackc/pgx"):
		return unless(!under(from, "web"), "pages know no database")
	case under(to, "github.com/chromedp"):
		return unless(under(from, "e2e"), "a browser is driven by the browser tests only")
	}
	return ""
}

func (t tree) forbiddenComposition(from, to string) string {
	if !slices.ContainsFunc(composition, func(c string) bool { return under(to, c) }) {
		return ""
	}
	return unless(t.composes(from), "nothing imports what puts the program together")
}

// composes reports whether a package is where everything comes together.
func (t tree) composes(from string) bool {
	return from == "." || under(from, "e2e") ||
		slices.ContainsFunc(composition, func(c string) bool { return under(from, c) })
}

func (t tree) forbiddenContext(context, from, to string) string {
	if isContract(from) {
		return unless(under(to, "internal/kernel"), "a contract is a leaf: it imports the kernel only")
	}
	other := t.contextOf(to)
	switch {
	case under(to, "web"):
		return "a context knows no pages"
	case to == "db":
		return "migrations are the business of the platform"
	case other != "" && other != context:
		return unless(isContract(to), "contexts meet in contracts and events only")
	}
	return unless(other == context || mechanism(to), "a context imports its own, contracts, platform and kernel")
}

func (t tree) forbiddenPage(from, to string, isTest bool) string {
	shared := to == "web" || under(to, "web/webkit") || under(to, "internal/kernel") ||
		under(to, "internal/platform/errs") || under(to, "internal/platform/auth")
	if shared || isContract(to) && !under(from, "web/webkit") {
		return ""
	}
	if to == "internal/members/membersapi" { // every page shows at which store one is signed in
		return ""
	}
	if isTest && under(to, "internal/platform") {
		return ""
	}
	if under(from, operationsPages) && (to == "internal/platform/outbox" || to == "internal/platform/event" || to == "internal/platform/trail") {
		return ""
	}
	context := t.pagesOf(from)
	if under(to, "internal/platform") {
		return "pages know errors and principals of the platform, nothing else"
	}
	if context == "" {
		return "pieces shared by pages know no context"
	}
	return unless(to == "internal/"+context || under(to, "web/"+context+"web"), "pages call their own context, and others through contracts")
}

// contextOf is the context a package belongs to, or "".
func (t tree) contextOf(path string) string {
	for _, c := range t.contexts {
		if under(path, "internal/"+c) {
			return c
		}
	}
	return ""
}

// pagesOf is the context whose pages a package holds, or "".
func (t tree) pagesOf(path string) string {
	for _, c := range t.contexts {
		if under(path, "web/"+c+"web") {
			return c
		}
	}
	return ""
}

// unplaced says why a package may not be where it is, or "".
func (t tree) unplaced(path string) string {
	known := []string{"internal/kernel", "internal/platform", "internal/arch", "db", "e2e", "build", "web/webkit", operationsPages}
	known = append(known, composition...)
	placed := path == "." || path == "web" || t.contextOf(path) != "" || t.pagesOf(path) != "" ||
		slices.ContainsFunc(known, func(k string) bool { return under(path, k) })
	if !placed {
		return "the tree has no place for it: a context has a contract, pages are of a context"
	}
	for name := range strings.SplitSeq(path, "/") {
		if slices.Contains([]string{"util", "utils", "common", "helpers", "models", "types", "services"}, name) {
			return "it is named for where code was put, not for what it does"
		}
	}
	return ""
}

func isContract(path string) bool {
	m := contractPath.FindStringSubmatch(path)
	return m != nil && m[1] == m[2]
}

func mechanism(path string) bool {
	return under(path, "internal/platform") || under(path, "internal/kernel")
}

func ours(path string) bool {
	return path == "." || path == "db" || under(path, "internal") || under(path, "web") || under(path, "e2e")
}

func under(path, folder string) bool { return path == folder || strings.HasPrefix(path, folder+"/") }

func unless(fine bool, reason string) string {
	if fine {
		return ""
	}
	return reason
}
