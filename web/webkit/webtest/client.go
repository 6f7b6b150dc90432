package webtest

import (
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"

	"maru/internal/platform/auth"
)

// Client is one browser. It does not follow redirects: a test says where it expects to be sent.
type Client struct {
	t      *testing.T
	base   *url.URL
	http   *http.Client
	header http.Header
}

// Page is one answer.
type Page struct {
	Status int
	Header http.Header
	Body   string
	Doc    *goquery.Document

	t    *testing.T
	path string
}

// Client returns a browser in which nobody is signed in, of somebody who reads Korean.
func (s *Server) Client(t *testing.T) *Client {
	t.Helper()
	base, err := url.Parse(s.URL)
	if err != nil {
		t.Fatalf("base URL: %v", err)
	}
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatalf("cookie jar: %v", err)
	}
	return &Client{
		t: t, base: base, header: http.Header{},
		http: &http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }},
	}
}

// As returns a browser in which who is signed in.
func (s *Server) As(t *testing.T, who auth.Principal) *Client {
	t.Helper()
	c := s.Client(t)
	c.http.Jar.SetCookies(c.base, []*http.Cookie{s.people.signIn(who)})
	return c
}

// In returns the browser with the language set: "ko" or "en".
func (c *Client) In(language string) *Client {
	c.http.Jar.SetCookies(c.base, []*http.Cookie{{Name: "lang", Value: language, Path: "/"}}) //nolint:gosec // a test over plain HTTP
	return c
}

// With returns a copy of the browser that sends a header with every request.
func (c *Client) With(name, value string) *Client {
	d := *c
	d.header = c.header.Clone()
	d.header.Set(name, value)
	return &d
}

// HX returns a copy of the browser that asks as htmx does.
func (c *Client) HX() *Client { return c.With("HX-Request", "true").With("HX-Request-Type", "partial") }

// Get asks for a page.
func (c *Client) Get(path string) *Page {
	c.t.Helper()
	return c.do(http.MethodGet, path, nil, "")
}

// Post sends a form, given in pairs of name and value.
func (c *Client) Post(path string, pairs ...string) *Page {
	c.t.Helper()
	form := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		form.Add(pairs[i], pairs[i+1])
	}
	return c.Send(http.MethodPost, path, form)
}

// Send sends a form by another method than POST.
func (c *Client) Send(method, path string, form url.Values) *Page {
	c.t.Helper()
	return c.do(method, path, strings.NewReader(form.Encode()), "application/x-www-form-urlencoded")
}

// SendBody sends a body of another kind.
func (c *Client) SendBody(method, path, contentType, body string) *Page {
	c.t.Helper()
	return c.do(method, path, strings.NewReader(body), contentType)
}

func (c *Client) do(method, path string, body io.Reader, contentType string) *Page {
	c.t.Helper()
	req, err := http.NewRequestWithContext(c.t.Context(), method, c.base.String()+path, body)
	if err != nil {
		c.t.Fatalf("%s %s: %v", method, path, err)
	}
	req.Header = c.header.Clone()
	req.Header.Set("Sec-Fetch-Site", "same-origin")
	req.Header.Set("Origin", c.base.String())
	if contentType != "" {
		req.Header.Set("Content-Type", contentType)
	}
	res, err := c.http.Do(req)
	if err != nil {
		c.t.Fatalf("%s %s: %v", method, path, err)
	}
	defer res.Body.Close() //nolint:errcheck // a test's own answer
	b, err := io.ReadAll(res.Body)
	if err != nil {
		c.t.Fatalf("%s %s: %v", method, path, err)
	}
	doc, err := goquery.NewDocumentFromReader(strings.NewReader(string(b)))
	if err != nil {
		c.t.Fatalf("%s %s: %v", method, path, err)
	}
	return &Page{Status: res.StatusCode, Header: res.Header, Body: string(b), Doc: doc, t: c.t, path: method + " " + path}
}

// Want fails the test unless the answer has the status.
func (p *Page) Want(status int) *Page {
	p.t.Helper()
	if p.Status != status {
		p.t.Fatalf("%s: status %d, want %d\n%.2000s", p.path, p.Status, status, p.Body)
	}
	return p
}

// WantRedirect fails the test unless the answer leads to path, for a browser or for htmx.
func (p *Page) WantRedirect(path string) *Page {
	p.t.Helper()
	got := p.Header.Get("Location")
	if hx := p.Header.Get("HX-Redirect"); hx != "" {
		got = hx
	}
	if got != path {
		p.t.Fatalf("%s: status %d leads to %q, want %q\n%.2000s", p.path, p.Status, got, path, p.Body)
	}
	return p
}

// Text returns the words of what the CSS selector finds, white space folded; it fails the test where
// nothing is found.
func (p *Page) Text(selector string) string {
	p.t.Helper()
	return strings.Join(strings.Fields(p.find(selector).Text()), " ")
}

// Texts returns the words of each element found; none is fine.
func (p *Page) Texts(selector string) []string {
	return p.Doc.Find(selector).Map(func(_ int, s *goquery.Selection) string {
		return strings.Join(strings.Fields(s.Text()), " ")
	})
}

// Attr returns an attribute of the first element found.
func (p *Page) Attr(selector, name string) string {
	p.t.Helper()
	v, ok := p.find(selector).First().Attr(name)
	if !ok {
		p.t.Fatalf("%s: %s has no attribute %s", p.path, selector, name)
	}
	return v
}

// Has reports whether the selector finds anything.
func (p *Page) Has(selector string) bool { return p.Doc.Find(selector).Length() > 0 }

// Form returns what a browser would send for the form: its inputs as they are now.
func (p *Page) Form(selector string) url.Values {
	p.t.Helper()
	form := url.Values{}
	p.find(selector).Find("input, select, textarea").Each(func(_ int, s *goquery.Selection) {
		name, ok := s.Attr("name")
		if _, off := s.Attr("disabled"); !ok || off {
			return
		}
		switch typ := s.AttrOr("type", ""); {
		case goquery.NodeName(s) == "textarea":
			form.Add(name, s.Text())
		case goquery.NodeName(s) == "select":
			if o := s.Find("option[selected]"); o.Length() > 0 {
				form.Add(name, o.AttrOr("value", o.Text()))
			} else if o := s.Find("option").First(); o.Length() > 0 {
				form.Add(name, o.AttrOr("value", o.Text()))
			}
		case typ == "submit" || typ == "button":
		case typ == "checkbox" || typ == "radio":
			if _, on := s.Attr("checked"); on {
				form.Add(name, s.AttrOr("value", "on"))
			}
		default:
			form.Add(name, s.AttrOr("value", ""))
		}
	})
	return form
}

func (p *Page) find(selector string) *goquery.Selection {
	p.t.Helper()
	s := p.Doc.Find(selector)
	if s.Length() == 0 {
		p.t.Fatalf("%s: nothing matches %q\n%.4000s", p.path, selector, p.Body)
	}
	return s
}
