//go:build e2e

package e2e

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"maru/e2e/chrome"
	"maru/internal/app/apptest"
	"maru/internal/demo"
	"maru/internal/members"
	"maru/internal/members/membersapi"
	"maru/internal/platform/auth"
)

// write is something that a person may do, as a form would send it.
type write struct {
	path   string
	fields url.Values
}

// writes are things that headquarters may do.
func writes(t *testing.T, p *apptest.Program) []write {
	t.Helper()
	_, err := p.Members.Apply(t.Context(), members.Apply{BusinessNo: "124-81-00998", Name: "김기다림", Phone: "010-1234-5678", StoreWish: "성수", Address: "203.0.113.7"})
	must(t, err)
	waiting, err := p.Members.Applications(t.Context(), auth.System("e2e"), membersapi.Waiting, nil)
	must(t, err)
	s, err := p.Members.StoreByCode(t.Context(), store)
	must(t, err)
	application := "/hq/sign-ups/" + waiting.List[0].ID.String()
	return []write{
		{"/me/profile", url.Values{"name": {"남의 손"}, "email": {"thief@example.com"}, "old": {demo.Password}}},
		{"/hq/keys", url.Values{"name": {"남의 열쇠"}, "per_minute": {"60"}, "days": {"90"}, "permissions": {string(auth.ViewSales)}}},
		{"/hq/members/invite", url.Values{"name": {"남의 사람"}, "role": {string(auth.HQAdmin)}}},
		{application + "/approve", url.Values{"store": {s.ID.String()}, "since": {"2099-01-01"}}},
		{"/hq/sign-ups/" + waiting.List[0].ID.String() + "/link", nil},
		{"/preferences/theme", url.Values{"theme": {"dark"}}},
		{"/me/devices/end-others", url.Values{"old": {demo.Password}}},
		{"/logout", nil},
	}
}

// kept is what the writes would change, as the doors of the program tell it.
func kept(t *testing.T, p *apptest.Program, by auth.Principal) string {
	t.Helper()
	ctx := t.Context()
	profile, err := p.Members.Profile(ctx, by)
	must(t, err)
	keys, err := p.Members.Keys(ctx, by, nil)
	must(t, err)
	invitations, err := p.Members.AllInvitations(ctx, by, members.Find{})
	must(t, err)
	waiting, err := p.Members.Applications(ctx, by, membersapi.Waiting, nil)
	must(t, err)
	devices, err := p.Members.Devices(ctx, by)
	must(t, err)
	s, err := p.Members.StoreByCode(ctx, store)
	must(t, err)
	owners, err := p.Members.Owners(ctx, by, s.ID)
	must(t, err)
	return fmt.Sprint(profile, keys, invitations, waiting.Waiting, len(devices.Devices), owners)
}

// What other sites, hostile addresses and injected scripts can do.
func TestOtherSites(t *testing.T) {
	browser, p := started(t)
	for _, c := range []struct {
		name string
		run  func(*testing.T, *chrome.Browser, *apptest.Program)
	}{
		{"they change nothing, read nothing and frame nothing", othersChangeNothing},
		{"nobody is led away", nobodyIsLedAway},
		{"injected scripts do not run", injectedScriptsDoNotRun},
	} {
		t.Run(c.name, func(t *testing.T) { c.run(t, browser, p) })
	}
}

// What a page of another origin can make the browser of somebody at headquarters do has no effect, whether it is a
// stranger (another site, which gets no session) or a neighbour (the same site at another port, which does).
func othersChangeNothing(t *testing.T, browser *chrome.Browser, p *apptest.Program) {
	g, all := watched(t, p), writes(t, p)
	elsewhere := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = fmt.Fprint(w, "<!doctype html><title>elsewhere</title><body>")
	}))
	t.Cleanup(elsewhere.Close)
	w := visitor(t, browser, g.url, "ko", "/login")
	signIn(w, g.url, "hq", demo.Password)
	by, err := p.Members.Authenticate(t.Context(), token(t, p, "hq")) // another session: "end others" would end it
	must(t, err)
	before := kept(t, p, by)

	for name, origin := range map[string]string{"a stranger": strings.Replace(elsewhere.URL, "127.0.0.1", "localhost", 1), "a neighbour": elsewhere.URL} {
		from := map[string]string{"a stranger": "cross-site", "a neighbour": "same-site"}[name]
		open := func() { w.Go(origin) }
		refused := func(how string, method string, want int) {
			t.Helper()
			n := 0
			for _, v := range g.take() {
				if v.method != method || strings.HasPrefix(v.path, "/assets/") {
					continue
				}
				n++
				if v.status != http.StatusForbidden || v.from != from || v.session != (name == "a neighbour") {
					t.Errorf("%s, %s: %+v", name, how, v)
				}
			}
			if n != want {
				t.Errorf("%s, %s: %d requests, not %d", name, how, n, want)
			}
		}
		g.take()

		// Forms that send themselves, into frames, and as the page that is in front.
		open()
		w.Eval(sendForms(g.url, all))
		w.Wait(fmt.Sprintf("window.answers === %d", len(all)))
		refused("forms", http.MethodPost, len(all))
		for _, a := range []write{all[0], {"/login", url.Values{"login": {store}, "password": {demo.Password}}}} {
			open()
			w.Eval(sendForms(g.url, []write{a}) + `; document.forms[0].target = "_self"; document.forms[0].submit()`)
			w.Wait(fmt.Sprintf("location.origin === %q && document.readyState === 'complete'", g.url))
			if text := w.Text("document.body.textContent"); !strings.Contains(text, "web.cross_origin") {
				t.Errorf("%s: the form to %s is answered %.200s", name, a.path, text)
			}
		}
		g.take()

		// Scripts that ask with the session; what they may not send they ask about first, and are told nothing.
		open()
		w.Eval(fmt.Sprintf(`window.tried = 0; for (const [method, path, type, mode] of [
			["POST", "/me/devices/end-others", "application/x-www-form-urlencoded", "no-cors"],
			["POST", "/api/v1/stores/%[2]s/receipts", "text/plain", "no-cors"],
			["POST", "/logout", "text/plain", "cors"],
		]) fetch(%[1]q + path, { method, mode, credentials: "include", headers: { "Content-Type": type }, body: "x=1" }).then((r) => { if (r.type !== "opaque") window.read = path }, () => 0).finally(() => window.tried++)`, g.url, store))
		w.Wait("window.tried === 3")
		refused("scripts", http.MethodPost, 3)
		w.Eval(fmt.Sprintf(`window.tried = 0; for (const [method, path, headers] of [
			["DELETE", "/api/v1/session", {}], ["PUT", "/me/profile", {}], ["PATCH", "/me/profile", {}], ["POST", "/logout", { "HX-Request": "true" }],
			["POST", "/api/v1/stores/%[2]s/receipts", { "Content-Type": "application/json" }], ["GET", "/me/profile", {}], ["GET", "/api/v1/session", {}],
		]) fetch(%[1]q + path, { method, headers, credentials: "include" }).then(() => window.read = method + path, () => 0).finally(() => window.tried++)`, g.url, store))
		w.Wait("window.tried === 7")
		if read := w.Text("window.read"); read != "undefined" {
			t.Errorf("%s reads the answer of %s", name, read)
		}
		for _, v := range g.take() {
			if v.method != http.MethodOptions && v.method != http.MethodGet {
				t.Errorf("%s sends %+v", name, v)
			}
		}

		// Pictures, scripts, styles and links to what changes things.
		open()
		w.Eval(fmt.Sprintf(`window.tried = 0; window.shown = []; for (const path of %s) for (const tag of ["img", "script", "link"]) {
			const e = document.createElement(tag);
			e.onerror = () => window.tried++;
			e.onload = () => { window.tried++; window.shown.push(tag + " " + path) };
			if (tag === "link") { e.rel = "stylesheet"; e.href = %q + path } else e.src = %[2]q + path;
			document.body.append(e);
		}`, list(paths(all), "/assets/icon.svg", "/hq/sales.csv"), g.url))
		w.Wait(fmt.Sprintf("window.tried === %d", 3*(len(all)+2)))
		if shown := w.Text("window.shown.join()"); shown != "" {
			t.Errorf("%s can show %s", name, shown)
		}
		for _, a := range all {
			open()
			w.Eval(fmt.Sprintf("location.href = %q", g.url+a.path+"?"+a.fields.Encode()))
			w.Wait(fmt.Sprintf("location.origin === %q && document.readyState === 'complete'", g.url))
		}
		g.take()

		// Frames stay empty: nothing that a page needs is asked for.
		open()
		w.Complaints()
		framed := list(nil, "/login", "/hq", "/signup", "/me/password", "/s/"+store+"/register", "/nowhere", "/api/v1/session")
		w.Eval(fmt.Sprintf(`window.answers = 0; for (const path of %s) {
			const f = document.createElement("iframe");
			f.onload = () => window.answers++;
			f.src = %q + path;
			document.body.append(f);
		}`, framed, g.url))
		w.Wait("window.answers === 7")
		blocked := 0
		for began := time.Now(); blocked < 7 && time.Since(began) < 20*time.Second; {
			for _, c := range w.Complaints() { // the console tells a moment later
				if strings.Contains(c, "frame-ancestors 'none'") {
					blocked++
				}
			}
		}
		if blocked != 7 {
			t.Errorf("%s: of 7 frames %d are refused", name, blocked)
		}
		for _, v := range g.take() {
			if strings.HasPrefix(v.path, "/assets/") || strings.HasSuffix(v.path, "/live") {
				t.Errorf("%s: a frame loads %s", name, v.path)
			}
		}

		// A window that was opened is out of reach.
		w.Eval(fmt.Sprintf(`window.theirs = window.open(%q); void 0`, g.url+"/hq"))
		w.Wait("window.theirs.closed")
	}

	if after := kept(t, p, by); after != before {
		t.Errorf("something changed:\n%s\n%s", before, after)
	}
	w.Go(g.url + "/me/profile")
	if w.Text("location.pathname") != "/me/profile" || w.Text("document.documentElement.dataset.theme") == "dark" {
		t.Error("the person was signed out, or sees another theme")
	}

	// The same from a page of the program's own works, each of them.
	w.Eval(fmt.Sprintf(`window.tried = []; (async () => { for (const [path, fields] of %s) window.tried.push((await fetch(path, { method: "POST", body: new URLSearchParams(fields) })).status) })()`, pairs(all)))
	w.Wait(fmt.Sprintf("window.tried.length === %d", len(all)))
	if got := w.Text("window.tried.filter((s) => s >= 400).length"); got != "0" {
		t.Errorf("from its own page they answer %s", w.Text("window.tried.join()"))
	}
	if w.Go(g.url + "/hq"); w.Text("location.pathname") != "/login" {
		t.Error("signing out does not")
	}
}

// Whatever the address of the sign-in page says about where to go afterwards, people stay on the site.
func nobodyIsLedAway(t *testing.T, browser *chrome.Browser, p *apptest.Program) {
	elsewhere := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(elsewhere.Close)
	host := strings.TrimPrefix(elsewhere.URL, "http://")
	nexts := []string{
		elsewhere.URL, "//" + host, `/\` + host, `\\` + host, "/\t/" + host, "///" + host, "/%09/" + host, "/%2F%2F" + host, "/.//" + host, "/..//" + host,
		"javascript:document.title='pwned'", "data:text/html,<script>opener</script>", "/\r\nLocation: " + elsewhere.URL, "http:" + host, "/login@" + host,
	}
	w := visitor(t, browser, p.URL, "ko", "/login?next="+url.QueryEscape(nexts[1]))
	w.Fill("#f-login", store)
	w.Fill("#f-password", demo.Password)
	w.Eval(`window.was = true`)
	w.Click(`form[action="/login"] button[type=submit]`)
	w.Wait(`!window.was && document.readyState === "complete"`)
	for _, next := range append([]string{""}, nexts...) {
		if next != "" {
			w.Go(p.URL + "/login?next=" + url.QueryEscape(next))
		}
		if at := w.Text("location.origin + ' ' + document.title"); !strings.HasPrefix(at, p.URL+" ") || strings.Contains(at, "pwned") {
			t.Errorf("next=%q leads to %s", next, w.Text("location.href"))
		}
	}
}

// What somebody gets into a page in spite of everything does not run, loads nothing and sends nothing; and the console
// tells of each, so that a page in order is one without any.
func injectedScriptsDoNotRun(t *testing.T, browser *chrome.Browser, p *apptest.Program) {
	asked := make(chan string, 100)
	elsewhere := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { asked <- r.Method + " " + r.URL.Path }))
	t.Cleanup(elsewhere.Close)
	w := at(t, browser, p, store, "/s/"+store+"/staff") // not as somebody whose sessions the test before has ended
	live(w)
	clean(t, w)
	tricks := map[string]string{
		"script-src-attr": `add('<img src=x: onerror="pwned(1)">')`,
		"script-src-elem": `const s = document.createElement("script"); s.textContent = "pwned(2)"; document.body.append(s); add('<a href="javascript:pwned(3)">x</a>').click()`,
		"script-src":      `setTimeout(() => { setTimeout("pwned(5)"); new Function("pwned(6)")() })`, // later: the protocol lets what it runs itself
		"style-src-elem":  `add("<style>body{display:none}</style>")`,
		"style-src-attr":  `add('<p style="position:fixed;inset:0">x</p>')`,
		"img-src":         `add('<img src="' + there + '/img">')`,
		"connect-src":     `fetch(there + "/fetch", { mode: "no-cors" }).catch(() => 0); navigator.sendBeacon(there + "/beacon", "x")`,
		"frame-src":       `add('<iframe src="' + there + '/frame"></iframe><iframe srcdoc="<script>parent.pwned(4)<\/script>"></iframe>')`,
		"object-src":      `add('<object data="' + there + '/object"></object><embed src="' + there + '/embed">')`,
		"base-uri":        `document.head.append(Object.assign(document.createElement("base"), { href: there }))`,
		"form-action":     `const f = Object.assign(document.createElement("form"), { method: "post", action: there + "/form" }); document.body.append(f); f.submit()`,
		"font-src":        `new FontFace("x", "url(" + there + "/font)").load().catch(() => 0)`,
		"media-src":       `add('<video src="' + there + '/video"></video>')`,
		"worker-src":      `try { new Worker("data:text/javascript,0") } catch {}`,
	}
	w.Eval(`window.broken = new Set(); window.ran = []; window.pwned = (how) => window.ran.push(how);
		document.addEventListener("securitypolicyviolation", (e) => window.broken.add(e.effectiveDirective))`)
	for directive, js := range tricks {
		w.Eval(fmt.Sprintf(`const there = %q, add = (html) => { const box = document.createElement("div"); box.innerHTML = html; document.body.append(box); return box.firstChild }; %s`, elsewhere.URL, js))
		w.Wait(fmt.Sprintf("window.broken.has(%q)", directive))
	}
	w.Settled()
	if ran := w.Text("window.ran.join()"); ran != "" || w.Text("location.pathname") != "/s/"+store+"/staff" || w.Text("getComputedStyle(document.body).display") == "none" {
		t.Errorf("injected scripts ran (%s), at %s", ran, w.Text("location.href"))
	}
	close(asked)
	for path := range asked {
		t.Errorf("elsewhere was asked for %s", path)
	}
	if heard := w.Complaints(); len(heard) < len(tricks)/2 || !slices.ContainsFunc(heard, func(c string) bool { return strings.Contains(c, "Content Security Policy") }) {
		t.Errorf("the console tells of %d: %v", len(heard), heard)
	}
}

// sendForms is the JavaScript that sends each write as a form into a frame of its own; answers counts what came back.
func sendForms(to string, all []write) string {
	return fmt.Sprintf(`window.answers = 0; for (const [path, fields] of %s) {
		const frame = document.createElement("iframe"), form = document.createElement("form");
		frame.name = "f" + document.forms.length;
		form.method = "post"; form.action = %q + path; form.target = frame.name;
		for (const [name, value] of fields) form.append(Object.assign(document.createElement("input"), { type: "hidden", name, value }));
		document.body.append(frame, form);
		frame.onload = () => window.answers++;
		form.submit();
	}`, pairs(all), to)
}

// pairs writes the writes as JavaScript: of each its path and its fields.
func pairs(all []write) string {
	out := make([]any, len(all))
	for i, a := range all {
		fields := [][2]string{}
		for name, values := range a.fields {
			fields = append(fields, [2]string{name, values[0]})
		}
		out[i] = []any{a.path, fields}
	}
	doc, err := json.Marshal(out)
	if err != nil {
		panic(err)
	}
	return string(doc)
}

func paths(all []write) []string {
	var out []string
	for _, a := range all {
		out = append(out, a.path)
	}
	return out
}

func list(first []string, more ...string) string {
	doc, err := json.Marshal(append(first, more...))
	if err != nil {
		panic(err)
	}
	return string(doc)
}
