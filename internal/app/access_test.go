package app_test

import (
	"cmp"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"maru/internal/app/apptest"
	"maru/internal/demo"
	"maru/internal/kernel/ids"
	"maru/internal/members"
	"maru/internal/platform/auth"
)

// publicRoutes is everything that answers people who are not signed in. Whoever makes another one
// says so here.
var publicRoutes = []string{
	"GET /assets/*", "GET /login", "POST /login", "POST /login/code", "POST /login/passkey", "POST /login/passkey/begin",
	"POST /logout", "POST /preferences/language", "POST /preferences/theme",
	"* /api/*", // its operations check their access themselves; the document and these two are for everybody:
	"GET /api/openapi.json", "POST /api/v1/session", "POST /api/v1/session/refresh",
	"GET /livez", "GET /readyz", "GET /metrics", // and, guarded as metrics are:
	"GET /debug/pprof/allocs", "GET /debug/pprof/goroutine", "GET /debug/pprof/heap", "GET /debug/pprof/profile",
	// People who are not in yet: applications, invitations, lost passwords. What a link is for is in the link.
	"GET /signup", "POST /signup", "GET /signup/status", "POST /signup/status", "GET /signup/status/:number",
	"GET /join/:token", "POST /join/:token", "GET /reset/:token", "POST /reset/:token", "GET /forgot", "POST /forgot",
}

// ownStore is where staff and owner of the walk work.
const ownStore = "seongsu"

// person is somebody of the walk: their login and the column of the table that says what they may.
type person struct {
	login  string
	role   auth.Role
	store  string // code; empty for headquarters
	column string
}

// people is an account of every role, and of every role of a store one elsewhere.
var people = func() map[string]person {
	all := map[string]person{}
	for _, r := range auth.Roles {
		name := string(r.Role)
		login := "walk-" + strings.ReplaceAll(name, "_", "-")
		if r.AtHQ {
			all[name] = person{login: login, role: r.Role, column: name}
			continue
		}
		all[name] = person{login: login, role: r.Role, store: ownStore, column: name}
		all["foreign "+name] = person{login: login + "-foreign", role: r.Role, store: "yeonnam", column: "other store"}
	}
	return all
}()

// hire creates the people of the walk.
func hire(t *testing.T, p *apptest.Program) {
	t.Helper()
	for _, who := range people {
		cmd := members.CreateMember{Login: who.login, Name: "한걸음", Password: demo.Password, Role: who.role}
		if who.store != "" {
			s, err := p.Members.StoreByCode(t.Context(), who.store)
			if err != nil {
				t.Fatal(err)
			}
			cmd.Workplaces = []ids.StoreID{s.ID}
		}
		if _, err := p.Members.CreateMember(t.Context(), auth.System("walk"), cmd); err != nil {
			t.Fatal(err)
		}
	}
}

// route is one thing that can be asked for: a page, an action or an operation of the API.
type route struct {
	method, path, access string
	api                  bool
}

func (r route) String() string { return r.method + " " + r.path }

func (r route) writes() bool { return r.method != http.MethodGet && r.method != http.MethodHead }

// surface is everything the program answers to, in the order in which it was registered.
func surface(t *testing.T, p *apptest.Program) []route {
	t.Helper()
	var all []route
	for _, r := range p.Site.Router().Routes() {
		all = append(all, route{method: r.Method, path: r.Path, access: r.Access.String()})
		if r.Method == http.MethodGet {
			all = append(all, route{method: http.MethodHead, path: r.Path, access: r.Access.String()})
		}
	}
	var doc struct {
		Servers []struct{ URL string }
		Paths   map[string]map[string]struct {
			Access string `json:"x-access"`
		}
	}
	if status := p.JSON(t, "", http.MethodGet, "/api/openapi.json", nil, &doc); status != http.StatusOK {
		t.Fatalf("the document of the API answers %d", status)
	}
	all = append(all, route{method: http.MethodGet, path: "/api/openapi.json", access: "public", api: true})
	for _, path := range slices.Sorted(maps.Keys(doc.Paths)) {
		for _, method := range slices.Sorted(maps.Keys(doc.Paths[path])) {
			all = append(all, route{
				method: strings.ToUpper(method), path: doc.Servers[0].URL + path, access: doc.Paths[path][method].Access, api: true,
			})
		}
	}
	return all
}

// walk asks for routes as somebody.
type walk struct {
	*apptest.Program
	t       *testing.T
	who     string
	browser *http.Client
	token   string // for the API, instead of cookies
	orderer string // token with which orders for the walk are placed
	header  http.Header
	// Of acts that are looked at: the path, what was prepared for the form, and what must not be recorded.
	asked, typed string
	secrets      []string
}

// ask requests the route as a browser of this site does, or a program with a token, its parameters
// filled in with things that exist. Streams are left at once.
func (w *walk) ask(r route) *http.Response {
	w.t.Helper()
	return w.send(r, w.fill(r))
}

func (w *walk) send(r route, path string) *http.Response {
	w.t.Helper()
	body, contentType := "", ""
	switch {
	case !r.writes():
	case r.api:
		body, contentType = "{}", "application/json"
	default:
		body, contentType = w.form(r), "application/x-www-form-urlencoded"
	}
	req, err := http.NewRequestWithContext(w.t.Context(), r.method, w.URL+path, strings.NewReader(body))
	if err != nil {
		w.t.Fatal(err)
	}
	req.Header.Set("Sec-Fetch-Site", "same-origin")
	maps.Copy(req.Header, w.header)
	if contentType != "" {
		req.Header.Set("Content-Type", contentType)
	}
	client := w.browser
	if w.token != "" && r.api {
		client = &http.Client{}
		req.Header.Set("Authorization", "Bearer "+w.token)
	}
	res, err := client.Do(req)
	if err != nil {
		w.t.Fatalf("%s as %s: %v", r, w.who, err)
	}
	if !strings.HasPrefix(res.Header.Get("Content-Type"), "text/event-stream") {
		b, err := io.ReadAll(res.Body)
		if err != nil {
			w.t.Fatalf("%s as %s: %v", r, w.who, err)
		}
		res.Body = io.NopCloser(strings.NewReader(string(b)))
		checkHeaders(w.t, r, res, string(b))
		return res
	}
	_ = res.Body.Close() // the stream goes on for ever
	return res
}

var script = regexp.MustCompile(`<script[^>]*>`)

// checkHeaders checks what every answer carries, and every page in particular.
func checkHeaders(t *testing.T, r route, res *http.Response, body string) {
	t.Helper()
	want := map[string]string{
		"X-Content-Type-Options": "nosniff", "Referrer-Policy": "same-origin", "Cross-Origin-Opener-Policy": "same-origin",
		"Cross-Origin-Resource-Policy": "same-origin",
	}
	for name, value := range want {
		if got := res.Header.Get(name); got != value {
			t.Errorf("%s (%d): %s is %q", r, res.StatusCode, name, got)
		}
	}
	if !strings.HasPrefix(res.Header.Get("Content-Type"), "text/html") {
		return
	}
	if got := res.Header.Get("Cache-Control"); !strings.Contains(got, "no-store") {
		t.Errorf("%s: Cache-Control %q: a shared tablet would keep the page", r, got)
	}
	policy := res.Header.Get("Content-Security-Policy")
	nonce := regexp.MustCompile(`script-src 'nonce-([^']+)'`).FindStringSubmatch(policy)
	if nonce == nil || strings.Contains(policy, "unsafe") || !strings.Contains(policy, "default-src 'none'") || !strings.Contains(policy, "frame-ancestors 'none'") {
		t.Errorf("%s: Content-Security-Policy %q", r, policy)
		return
	}
	for _, tag := range script.FindAllString(body, -1) {
		if !strings.Contains(tag, `nonce="`+nonce[1]+`"`) {
			t.Errorf("%s: %s does not carry the nonce", r, tag)
		}
	}
}

func newWalk(t *testing.T, p *apptest.Program, who string) *walk {
	t.Helper()
	w := &walk{Program: p, t: t, who: who, header: http.Header{}, orderer: p.Token(t, "hq", demo.Password)}
	if someone, ok := people[who]; ok {
		w.browser, w.token = p.Browser(t, someone.login, demo.Password), p.Token(t, someone.login, demo.Password)
	} else {
		w.browser = p.Browser(t, "", "")
	}
	if who == device || who == byPIN {
		w.onDevice()
	}
	return w
}

// outcome is how an answer deals with who asks, whatever it says about the thing.
func outcome(r route, res *http.Response) string {
	to := res.Header.Get("Location") + res.Header.Get("HX-Redirect")
	switch {
	case strings.HasPrefix(to, "/login") && r.path != "/logout", strings.HasPrefix(to, "/shared") && !strings.HasPrefix(r.path, "/shared"), res.StatusCode == http.StatusUnauthorized:
		return "sign in"
	case res.StatusCode == http.StatusForbidden:
		return "forbidden"
	case res.StatusCode == http.StatusNotFound:
		return "not found"
	case res.StatusCode >= http.StatusInternalServerError:
		return "failed"
	}
	return "admitted"
}

// expected is what the table says about the route and somebody.
func expected(t *testing.T, table map[string]map[string]string, r route, who string) string {
	t.Helper()
	title := "nobody"
	if who == "key" || who == device || who == byPIN {
		title = who
	}
	if someone, ok := people[who]; ok {
		title = someone.column
	}
	name := r.String()
	if r.method == http.MethodHead {
		name = http.MethodGet + " " + r.path
	}
	said := table[name][title]
	if scope, perm, _ := strings.Cut(r.access, ":"); who == "foreign key" && r.api && r.access != "public" {
		said = map[string]string{"store": cellNotFound, "caller": cellYes}[scope]
		if said == "" || scope == "caller" && perm != "" {
			said = cellForbidden
		}
	}
	if scope, _, _ := strings.Cut(r.access, ":"); title == "other store" && scope != "store" {
		said = table[name][string(people[who].role)] // elsewhere or not is no difference here
	}
	switch said {
	case cellYes:
		return "admitted"
	case cellSignIn:
		return "sign in"
	case cellForbidden:
		return "forbidden"
	case cellNotFound:
		return "not found"
	}
	t.Fatalf("docs/permissions.md does not say what %s may do with %s: make permissions", who, name)
	return ""
}

func TestEveryRouteAdmitsWhomItDeclaresAndNobodyElse(t *testing.T) {
	t.Parallel()
	p := apptest.Start(t, apptest.Franchise(t))
	hire(t, p)
	routes, table := surface(t, p), readTable(t)
	cases := 0
	for _, who := range append([]string{"nobody", "key", "foreign key", device, byPIN}, slices.Sorted(maps.Keys(people))...) {
		w := newWalk(t, p, who)
		switch who {
		case "key":
			w.token = keyOf(t, p, "")
		case "foreign key":
			w.token = keyOf(t, p, "yeonnam")
		}
		for _, r := range routes {
			if r.access == "public" {
				continue
			}
			asked := w
			if r.path == "/api/v1/session" && r.method == http.MethodDelete {
				asked = newWalk(t, p, who) // it ends its session
				asked.token = cmp.Or(asked.token, w.token)
			}
			res := asked.ask(r)
			if got, want := outcome(r, res), expected(t, table, r, who); got != want {
				b, _ := io.ReadAll(res.Body)
				t.Errorf("%s (%s) as %s: %s with %s, want %s\n%.300s", r, r.access, who, got, res.Status, want, b)
			}
			wantForm(t, r, who, res)
			if people[who].login != "" && strings.HasPrefix(r.path, "/me/devices/") || who == byPIN && r.path == "/shared/lock" {
				w = newWalk(t, p, who) // their sessions may have ended
			}
			cases++
		}
	}
	t.Logf("%d routes and operations, %d people, %d cases", len(routes), len(people)+1, cases)
}

// keyOf returns an API key with every permission that a key can have: of headquarters, or of a store.
func keyOf(t *testing.T, p *apptest.Program, store string) string {
	t.Helper()
	cmd := members.CreateKey{Name: "walk", PerMinute: members.MaxPerMinute, Days: 1}
	if store != "" {
		s, err := p.Members.StoreByCode(t.Context(), store)
		if err != nil {
			t.Fatal(err)
		}
		cmd.Store = &s.ID
	}
	for _, e := range members.KeyPermissions(auth.System("walk"), cmd.Store) {
		cmd.Permissions = append(cmd.Permissions, e.Permission)
	}
	_, secret, err := p.Members.CreateKey(t.Context(), auth.System("walk"), cmd)
	if err != nil {
		t.Fatal(err)
	}
	return secret
}

// wantForm checks how people are refused: programs by a problem document, browsers by the way to the
// sign-in page.
func wantForm(t *testing.T, r route, who string, res *http.Response) {
	t.Helper()
	switch {
	case r.api && res.StatusCode >= 400:
		if got := res.Header.Get("Content-Type"); got != "application/problem+json" {
			t.Errorf("%s as %s: refused with %s", r, who, got)
		}
	case who == device && outcome(r, res) == "sign in":
		if to := res.Header.Get("Location"); !r.api && (res.StatusCode != http.StatusSeeOther || !strings.HasPrefix(to, "/shared")) {
			t.Errorf("%s as %s: %s leads to %q", r, who, res.Status, to)
		}
	case !r.api && people[who].login == "" && who != device && who != byPIN: // a key is nobody to pages
		if to := res.Header.Get("Location"); res.StatusCode != http.StatusSeeOther || !strings.HasPrefix(to, "/login") {
			t.Errorf("%s as %s: %s leads to %q", r, who, res.Status, to)
		}
	}
}

func TestPublicRoutesAreThoseThatWereMeantToBe(t *testing.T) {
	t.Parallel()
	p := apptest.Start(t, apptest.Franchise(t))
	var public []string
	for _, r := range surface(t, p) {
		if r.access == "public" && r.method != http.MethodHead {
			public = append(public, r.String())
			if r.method == "*" {
				continue
			}
			path := strings.ReplaceAll(r.path, "*", "app.css")
			res := newNobody(t, p).send(r, path)
			if got := outcome(r, res); got != "admitted" && r.path != "/api/v1/session/refresh" {
				t.Errorf("%s: %s", r, res.Status)
			}
		}
	}
	slices.Sort(public)
	want := slices.Sorted(slices.Values(publicRoutes))
	if !slices.Equal(public, want) {
		t.Errorf("public are\n  %s\nwant\n  %s", strings.Join(public, "\n  "), strings.Join(want, "\n  "))
	}
}

func newNobody(t *testing.T, p *apptest.Program) *walk {
	t.Helper()
	return newWalk(t, p, "nobody")
}

func TestATokenThatIsExpiredOrForgedIsNobody(t *testing.T) {
	t.Parallel()
	p := apptest.Start(t, apptest.Franchise(t))
	now, secret := time.Now, [][]byte{[]byte(apptest.Secret)}
	tokens := func(secrets [][]byte, at time.Time) *auth.Tokens {
		made, err := auth.NewTokens(secrets, func() time.Time { return at })
		if err != nil {
			t.Fatal(err)
		}
		return made
	}
	good := p.Token(t, "hq", demo.Password)
	claims, err := tokens(secret, now()).Verify(good)
	if err != nil {
		t.Fatal(err)
	}
	issue := func(from *auth.Tokens, member ids.MemberID, session ids.SessionID) string {
		token, _, err := from.Issue(member, session)
		if err != nil {
			t.Fatal(err)
		}
		return token
	}
	parts := strings.Split(good, ".")
	bad := map[string]string{
		"expired":         issue(tokens(secret, now().Add(-time.Hour)), claims.Member, claims.Session),
		"other secret":    issue(tokens([][]byte{[]byte("another secret of at least thirty-two bytes")}, now()), claims.Member, claims.Session),
		"unknown session": issue(tokens(secret, now()), claims.Member, ids.NewSessionID()),
		"no signature":    parts[0] + "." + parts[1] + ".",
		"alg none":        "eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0." + parts[1] + ".",
		"garbage":         "garbage",
	}
	cases := 0
	for name, token := range bad {
		w := newNobody(t, p)
		w.who, w.token = name, token
		site, _ := url.Parse(p.URL)
		w.browser.Jar.SetCookies(site, []*http.Cookie{{Name: "maru-access", Value: token, Path: "/"}, {Name: "maru-refresh", Value: token, Path: "/"}})
		for _, r := range surface(t, p) {
			if r.access == "public" {
				continue
			}
			if got := outcome(r, w.ask(r)); got != "sign in" {
				t.Errorf("%s with a token that is %s: %s", r, name, got)
			}
			cases++
		}
	}
	t.Logf("%d cases", cases)
	if status := p.JSON(t, good, http.MethodGet, "/api/v1/session", nil, nil); status != http.StatusOK {
		t.Errorf("the true token answers %d", status)
	}
}

func TestEveryWriteRefusesOtherSites(t *testing.T) {
	t.Parallel()
	p := apptest.Start(t, apptest.Franchise(t))
	hire(t, p)
	w := newWalk(t, p, "hq_admin")
	w.token = "" // the cookie is what another site's request would carry
	cases := 0
	for _, r := range surface(t, p) {
		if !r.writes() || r.method == "*" {
			continue
		}
		path := w.fill(r)
		for name, header := range map[string]http.Header{
			"cross-site": {"Sec-Fetch-Site": {"cross-site"}}, "same-site": {"Sec-Fetch-Site": {"same-site"}},
			"an origin": {"Sec-Fetch-Site": {""}, "Origin": {"https://evil.example"}}, "a null origin": {"Sec-Fetch-Site": {""}, "Origin": {"null"}},
		} {
			w.header = header
			res := w.send(r, path)
			var doc struct{ Code string }
			b, _ := io.ReadAll(res.Body)
			_ = json.Unmarshal(b, &doc)
			if res.StatusCode != http.StatusForbidden || doc.Code != "web.cross_origin" {
				t.Errorf("%s from %s: %s %.200s", r, name, res.Status, b)
			}
			cases++
		}
	}
	t.Logf("%d cases", cases)
	w.header = http.Header{}
	if res := w.send(route{method: http.MethodGet, path: "/hq", access: "hq:view_chain"}, "/hq"); res.StatusCode != http.StatusOK {
		t.Errorf("the session did not survive: %s", res.Status)
	}
}

// Reading changes nothing: whoever walks all pages, a crawler or a prefetching browser, leaves every
// table as it was.
func TestNoGetChangesState(t *testing.T) {
	t.Parallel()
	url := apptest.Franchise(t)
	p := apptest.Start(t, url)
	hire(t, p)
	type look struct {
		w    *walk
		r    route
		path string
	}
	var looks []look
	for _, who := range []string{"hq_admin", "owner"} {
		w := newWalk(t, p, who)
		for _, r := range surface(t, p) {
			if r.method != http.MethodGet || r.path == "/assets/*" {
				continue
			}
			path, head := w.fill(r), r
			head.method = http.MethodHead
			looks = append(looks, look{w, r, path}, look{w, head, path})
		}
	}
	if err := p.Dispatcher.Drain(t.Context()); err != nil {
		t.Fatal(err)
	}
	before := digest(t, p)
	for _, l := range looks {
		l.w.send(l.r, l.path)
	}
	if err := p.Dispatcher.Drain(t.Context()); err != nil {
		t.Fatal(err)
	}
	after := digest(t, p)
	for table, was := range before {
		if after[table] != was {
			t.Errorf("%s is changed by looking at pages", table)
		}
	}
	t.Logf("%d pages, %d tables", len(looks), len(before))
}

// digest is a number for the contents of each table of all contexts.
func digest(t *testing.T, p *apptest.Program) map[string]string {
	t.Helper()
	sums := map[string]string{}
	for _, db := range p.Databases.All() {
		rows, err := db.Query(t.Context(), "SELECT tablename FROM pg_tables WHERE schemaname = $1 ORDER BY tablename", db.Name)
		if err != nil {
			t.Fatal(err)
		}
		tables, err := pgx.CollectRows(rows, pgx.RowTo[string])
		if err != nil {
			t.Fatal(err)
		}
		for _, table := range tables {
			name := pgx.Identifier{db.Name, table}.Sanitize()
			var sum string
			err := db.QueryRow(t.Context(), "SELECT count(*) || ' ' || coalesce(sum(hashtext(r::text)::bigint), 0) FROM "+name+" AS r").Scan(&sum)
			if err != nil {
				t.Fatal(err)
			}
			sums[name] = sum
		}
	}
	return sums
}
