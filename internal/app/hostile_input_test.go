package app_test

import (
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"

	"maru/internal/app/apptest"
	"maru/internal/demo"
	"maru/internal/kernel/ids"
	"maru/internal/members"
	"maru/internal/platform/auth"
)

// probe is what comes out as an element of its own where a page forgets to escape it: after text, in an
// attribute of either quote, in a comment, a script, a style, a title and a text area.
const probe = `--></title></textarea></script></style>"'><xss-probe onfocus=alert(1)></xss-probe>`

// hostile are texts a person can type into any field. Each is stored, or refused with a sentence; none
// breaks a page.
var hostile = map[string]string{
	"markup":          probe,
	"a korean name":   "한글 이름 " + probe,
	"emoji":           "☕️👩🏽‍🍳🇰🇷 " + probe,
	"right to left":   "\u202Eقهوة\u202C \u2066עברית\u2069 " + probe,
	"10,000 signs":    strings.Repeat("가", 9_900) + probe,
	"a template":      "{{7*7}} ${7*7} <%= 7*7 %> {name} {max} " + probe,
	"a formula":       `=HYPERLINK("http://evil.example","` + probe + `")`,
	"a script's end":  `</script><script>document.title="xss-probe"</script>`,
	"a header":        "a\r\nSet-Cookie: xss-probe=1\r\n\r\n" + probe,
	"a path":          "../../../../etc/passwd" + probe,
	"an address":      "javascript:alert(1)//" + probe,
	"broken UTF-8":    "\xff\xfe" + probe,
	"zero and escape": "a\x00b\x1b[31m" + probe,
	"SQL":             `'; DROP TABLE members.member; -- ` + probe,
}

// form is a form of a page, or of a fragment, as a browser would send it.
type form struct {
	method, action string
	fields         url.Values
	texts          []string // names of what a person types
}

// formsOf finds everything on the page that sends something.
func formsOf(doc *goquery.Document) (found []form) {
	doc.Find("form, [hx-post], [hx-put], [hx-patch]").Each(func(_ int, s *goquery.Selection) {
		f := form{method: http.MethodPost, fields: url.Values{}}
		for attr, method := range map[string]string{"hx-post": http.MethodPost, "hx-put": http.MethodPut, "hx-patch": http.MethodPatch} {
			if action, ok := s.Attr(attr); ok {
				f.method, f.action = method, action
			}
		}
		if method, _ := s.Attr("method"); f.action == "" && strings.EqualFold(method, "post") {
			f.action, _ = s.Attr("action")
		}
		if !strings.HasPrefix(f.action, "/") || f.action == "/logout" || f.action == "/login" {
			return // it asks, or it would end the walk
		}
		s.Find("input[name], select[name], textarea[name], button[name]").Each(func(_ int, in *goquery.Selection) {
			name, _ := in.Attr("name")
			value, _ := in.Attr("value")
			kind, _ := in.Attr("type")
			switch {
			case goquery.NodeName(in) == "textarea":
				f.texts = append(f.texts, name)
			case goquery.NodeName(in) == "select":
				value, _ = in.Find("option[selected], option").First().Attr("value")
			case goquery.NodeName(in) == "button":
				if f.fields.Has(name) {
					return
				}
			case kind == "", kind == "text", kind == "search", kind == "tel", kind == "email", kind == "url", kind == "password":
				f.texts = append(f.texts, name)
			case kind == "checkbox", kind == "radio":
				if _, checked := in.Attr("checked"); !checked && f.fields.Has(name) {
					return
				}
			}
			f.fields.Add(name, value)
		})
		found = append(found, f)
	})
	return found
}

// pageOf asks for a page and parses it.
func (w *walk) pageOf(method, path string, fields url.Values) (*http.Response, *goquery.Document) {
	w.t.Helper()
	res := w.request(method, path, "application/x-www-form-urlencoded", strings.NewReader(fields.Encode()))
	defer func() { _ = res.Body.Close() }()
	if strings.HasPrefix(res.Header.Get("Content-Type"), "text/event-stream") {
		return res, nil
	}
	doc, err := goquery.NewDocumentFromReader(res.Body)
	if err != nil {
		w.t.Fatal(err)
	}
	return res, doc
}

// escaped fails where the probe became an element, a script or a header.
func (w *walk) escaped(where string, res *http.Response, doc *goquery.Document) {
	w.t.Helper()
	if res.StatusCode >= http.StatusInternalServerError {
		w.t.Errorf("%s: %s", where, res.Status)
	}
	for name, values := range res.Header {
		if strings.EqualFold(name, "Set-Cookie") && strings.HasPrefix(strings.Join(values, "|"), "xss-probe") {
			w.t.Errorf("%s: a header was injected", where)
		}
	}
	if doc == nil || !strings.HasPrefix(res.Header.Get("Content-Type"), "text/html") {
		return
	}
	if n := doc.Find("xss-probe").Length(); n > 0 {
		html, _ := doc.Find("xss-probe").First().Parent().Html()
		w.t.Errorf("%s: the probe is an element, in %.300s", where, html)
	}
	doc.Find("script").Each(func(_ int, s *goquery.Selection) {
		if strings.Contains(s.Text(), "xss-probe") {
			w.t.Errorf("%s: the probe is in a script", where)
		}
	})
	doc.Find("a[href], form[action], [hx-get], [hx-post]").Each(func(_ int, s *goquery.Selection) {
		for _, attr := range []string{"href", "action", "hx-get", "hx-post"} {
			if v, _ := s.Attr(attr); strings.HasPrefix(strings.ToLower(strings.TrimSpace(v)), "javascript:") {
				w.t.Errorf("%s: %s leads to a script", where, attr)
			}
		}
	})
}

// Every form of every page, and every query, takes whatever a person can type: it is stored or refused,
// nothing fails, and every page that shows it afterwards stays escaped.
func TestWhateverPeopleTypeStaysText(t *testing.T) {
	t.Parallel()
	p := apptest.Start(t, apptest.Franchise(t))
	hire(t, p)
	w := newWalk(t, p, "hq_admin")
	var pages []string
	for _, r := range surface(t, p) {
		if r.method == http.MethodGet && !r.api && !strings.HasPrefix(r.path, "/assets") && !strings.HasSuffix(r.path, "/live") {
			pages = append(pages, w.fill(r))
		}
	}
	if found := w.typeEverywhere(pages); found.forms < 20 || found.kept == 0 || found.refused == 0 {
		t.Errorf("%+v: the walk does not find what there is", found)
	}

	// What only nobody sees, and a shared device of the store.
	invitation, err := p.Members.Invite(t.Context(), auth.System("walk"), members.Invite{Name: "이산책", Role: auth.HQAnalyst})
	if err != nil {
		t.Fatal(err)
	}
	id, _ := w.newMember()
	member, err := ids.ParseMemberID(id)
	if err != nil {
		t.Fatal(err)
	}
	reset, err := p.Members.IssueReset(t.Context(), auth.System("walk"), member)
	if err != nil {
		t.Fatal(err)
	}
	for who, of := range map[string]struct {
		pages []string
		forms int
	}{
		"":     {[]string{"/signup", "/signup/status", "/join/" + invitation.Token, "/reset/" + reset.Token, "/forgot"}, 4},
		device: {[]string{"/shared", "/shared/" + w.newPIN()}, 1},
	} {
		if found := newWalk(t, p, who).typeEverywhere(of.pages); found.forms < of.forms || found.refused == 0 {
			t.Errorf("as %q: %+v: the walk does not find what there is", who, found)
		}
	}
}

// typed counts what came of the texts that a walk typed.
type typed struct{ forms, sent, kept, refused int }

// typeEverywhere fills every form of the pages with hostile texts, then looks at the pages again.
func (w *walk) typeEverywhere(pages []string) (found typed) {
	w.t.Helper()
	forms := map[string]form{}
	for _, path := range pages {
		res, doc := w.pageOf(http.MethodGet, path, nil)
		w.escaped("GET "+path, res, doc)
		if doc == nil {
			continue
		}
		for _, f := range formsOf(doc) {
			forms[f.method+" "+f.action+" "+strings.Join(slices.Sorted(maps.Keys(f.fields)), ",")] = f
		}
	}
	found.forms = len(forms)
	for _, name := range slices.Sorted(maps.Keys(forms)) {
		f := forms[name]
		for _, kind := range slices.Sorted(maps.Keys(hostile)) {
			for _, everything := range []bool{false, true} { // only what is typed, then what a page fills in itself as well
				fields := url.Values{}
				for field, values := range f.fields {
					fields[field] = values
					if everything || slices.Contains(f.texts, field) {
						fields[field] = []string{hostile[kind]}
					}
				}
				if len(f.texts) == 0 && !everything || everything && kind != "markup" && kind != "zero and escape" && kind != "broken UTF-8" {
					continue
				}
				res, doc := w.pageOf(f.method, f.action, fields)
				w.escaped(f.method+" "+f.action+" with "+kind, res, doc)
				found.sent++
				if res.StatusCode < 400 {
					found.kept++
				} else {
					found.refused++
				}
			}
		}
	}
	for _, path := range pages {
		for _, kind := range []string{"", "markup", "a header", "right to left"} {
			asked := path
			if kind != "" {
				q := url.Values{}
				for _, name := range []string{"q", "search", "number", "next", "from", "to", "person", "object", "store", "sort", "category", "before", "item"} {
					q.Set(name, hostile[kind])
				}
				asked, _, _ = strings.Cut(path, "?")
				asked += "?" + q.Encode()
			}
			res, doc := w.pageOf(http.MethodGet, asked, nil)
			w.escaped("afterwards GET "+path+" "+kind, res, doc)
			found.sent++
		}
	}
	w.t.Logf("as %q: %d pages, %+v", w.who, len(pages), found)
	return found
}

// Every operation of the JSON API answers whatever a text member holds, and what is no member at all,
// with a document.
func TestWhateverProgramsSendIsAnswered(t *testing.T) {
	t.Parallel()
	p := apptest.Start(t, apptest.Franchise(t))
	token := p.Token(t, "hq", demo.Password)
	var doc struct {
		Components struct {
			Schemas map[string]struct {
				Properties map[string]json.RawMessage
			}
		}
	}
	p.JSON(t, "", http.MethodGet, "/api/openapi.json", nil, &doc)
	names := map[string]bool{}
	for _, s := range doc.Components.Schemas {
		for name := range s.Properties {
			names[name] = true
		}
	}
	hire(t, p)
	w := newWalk(t, p, "hq_admin")
	sent := 0
	for _, r := range surface(t, p) {
		if !r.api || !r.writes() || r.path == "/api/v1/session" && r.method == http.MethodDelete {
			continue
		}
		path := w.fill(r)
		for _, kind := range slices.Sorted(maps.Keys(hostile)) {
			body := map[string]any{}
			for name := range names {
				body[name] = strings.ToValidUTF8(hostile[kind], "�")
			}
			for _, send := range []any{body, []any{body}, strings.Repeat("[", 10_000), `{"` + strings.Repeat("x", 20_000) + `":1}`, "\"" + hostile["broken UTF-8"] + "\""} {
				text, isText := send.(string)
				if !isText {
					b, err := json.Marshal(send)
					if err != nil {
						t.Fatal(err)
					}
					text = string(b)
				}
				req, err := http.NewRequestWithContext(t.Context(), r.method, p.URL+path, strings.NewReader(text))
				if err != nil {
					t.Fatal(err)
				}
				req.Header.Set("Content-Type", "application/json")
				req.Header.Set("Authorization", "Bearer "+token)
				res, err := http.DefaultClient.Do(req)
				if err != nil {
					t.Fatal(err)
				}
				answer, err := io.ReadAll(res.Body)
				_ = res.Body.Close()
				if err != nil || res.StatusCode >= http.StatusInternalServerError || res.StatusCode >= 400 && res.Header.Get("Content-Type") != "application/problem+json" || len(answer) > 100_000 {
					t.Errorf("%s with %s: %s, %s, %d bytes, %v", r, kind, res.Status, res.Header.Get("Content-Type"), len(answer), err)
				}
				sent++
			}
		}
	}
	t.Logf("%d requests, %d members", sent, len(names))
}
