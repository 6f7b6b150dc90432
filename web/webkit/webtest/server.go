// Package webtest drives pages in tests the way a browser does: over HTTP, through the middleware of
// production, with cookies and the headers by which a browser says where a request comes from.
package webtest

import (
	"context"
	"crypto/rand"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"maru/internal/kernel/ids"
	"maru/internal/kernel/lang"
	"maru/internal/kernel/money"
	"maru/internal/members/membersapi"
	"maru/internal/platform/auth"
	"maru/internal/platform/errs"
	"maru/web/webkit"
)

// Server is a site under test.
type Server struct {
	Site *webkit.Site
	URL  string

	t      *testing.T
	people *people
}

// Start runs a site with what register puts on it, until the test ends. Options that are left zero
// get: sessions that know whom Client.As names, no stores, a Korean franchise in won, Seoul.
func Start(t *testing.T, o webkit.Options, register func(*webkit.Site)) *Server {
	t.Helper()
	p := &people{known: map[string]auth.Principal{}}
	if o.Sessions == nil {
		o.Sessions = p
	}
	if o.Stores == nil {
		o.Stores = Stores{}
	}
	if o.Franchises == nil {
		o.Franchises = Franchise{Name: lang.Text{Ko: "원두마을", En: "Bean Village"}, Currency: money.KRW}
	}
	if o.Zone == nil {
		o.Zone = Seoul(t)
	}
	o.Insecure = true
	site := webkit.New(o)
	register(site)
	srv := httptest.NewServer(site.Handler())
	t.Cleanup(func() {
		site.Close()
		srv.Close()
	})
	return &Server{Site: site, URL: srv.URL, t: t, people: p}
}

// Seoul returns the time zone of the tests.
func Seoul(t *testing.T) *time.Location {
	t.Helper()
	loc, err := time.LoadLocation("Asia/Seoul")
	if err != nil {
		t.Fatalf("time zone: %v", err)
	}
	return loc
}

// Store returns a store for tests, in Seoul, whose day ends at five in the morning.
func Store(code, nameKo string) membersapi.Store {
	return membersapi.Store{
		ID: ids.NewStoreID(), Code: code, Name: lang.Text{Ko: nameKo}, Region: "서울", TimeZone: "Asia/Seoul", Cutoff: 300,
	}
}

// Stores is a list of stores that answers as membersapi.Stores.
type Stores []membersapi.Store

var errNoStore = errs.New(errs.NotFound, "webtest.no_store", "없는 지점이에요.", "There is no such store.")

// StoreByCode implements membersapi.Stores.
func (s Stores) StoreByCode(_ context.Context, code string) (membersapi.Store, error) {
	for _, store := range s {
		if store.Code == code {
			return store, nil
		}
	}
	return membersapi.Store{}, errNoStore
}

// Stores implements membersapi.Stores.
func (s Stores) Stores(context.Context) ([]membersapi.Store, error) { return s, nil }

// Franchise is a franchise that answers as membersapi.Franchises.
type Franchise membersapi.Franchise

// Franchise implements membersapi.Franchises.
func (f Franchise) Franchise(context.Context) (membersapi.Franchise, error) {
	return membersapi.Franchise(f), nil
}

// sessionCookie names the cookie by which people are known in tests of pages; how members really sign
// in is tested where that is written.
const sessionCookie = "webtest-session"

type people struct {
	mu    sync.Mutex
	known map[string]auth.Principal
}

// Authenticate implements webkit.Sessions.
func (p *people) Authenticate(_ context.Context, r *http.Request) (auth.Principal, []*http.Cookie, error) {
	c, err := r.Cookie(sessionCookie)
	if err != nil {
		return auth.Principal{}, nil, nil // no cookie: nobody is signed in
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.known[c.Value], nil, nil
}

// Alive implements webkit.Sessions.
func (p *people) Alive(_ context.Context, who []auth.Principal) ([]bool, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	signedIn := make(map[ids.SessionID]bool, len(p.known))
	for _, k := range p.known {
		signedIn[k.Session] = true
	}
	alive := make([]bool, len(who))
	for i := range who {
		alive[i] = signedIn[who[i].Session]
	}
	return alive, nil
}

func (p *people) signIn(who auth.Principal) *http.Cookie {
	p.mu.Lock()
	defer p.mu.Unlock()
	token := rand.Text()
	p.known[token] = who
	return &http.Cookie{Name: sessionCookie, Value: token, Path: "/"} //nolint:gosec // a test over plain HTTP
}

// SignOutAll ends every session of the test's own people.
func (s *Server) SignOutAll() {
	s.people.mu.Lock()
	defer s.people.mu.Unlock()
	clear(s.people.known)
}

// Owner returns an owner of the stores.
func Owner(name string, stores ...membersapi.Store) auth.Principal {
	return member(auth.Owner, name, stores)
}

// Manager returns a manager of the stores.
func Manager(name string, stores ...membersapi.Store) auth.Principal {
	return member(auth.Manager, name, stores)
}

// Staff returns a barista of the stores.
func Staff(name string, stores ...membersapi.Store) auth.Principal {
	return member(auth.Staff, name, stores)
}

// HQ returns somebody at headquarters.
func HQ(name string) auth.Principal { return member(auth.HQAdmin, name, nil) }

func member(role auth.Role, name string, stores []membersapi.Store) auth.Principal {
	p := auth.Principal{Member: ids.NewMemberID(), Session: ids.NewSessionID(), Name: name, Role: role}
	for _, s := range stores {
		p.Stores = append(p.Stores, s.ID)
	}
	return p
}

// Cookie returns the cookie by which a browser is signed in as who.
func (s *Server) Cookie(who auth.Principal) *http.Cookie { return s.people.signIn(who) }
