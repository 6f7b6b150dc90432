package membersweb

import (
	"context"
	"crypto/rand"
	"errors"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"time"

	"maru/internal/members"
	"maru/internal/platform/auth"
	"maru/internal/platform/errs"
	"maru/web/webkit"
)

// Sessions keeps people signed in: in a browser by two cookies, in a program by a bearer token. It is
// the site's webkit.Sessions.
type Sessions struct {
	members *members.Service
	secure  func(*http.Request) bool
}

// NewSessions returns the Sessions of a site. secure reports whether the browser reached the site over
// https; see Secure.
func NewSessions(service *members.Service, secure func(*http.Request) bool) *Sessions {
	return &Sessions{members: service, secure: secure}
}

// Secure returns the function that NewSessions wants: a request is secure when it came over TLS, when
// a trusted proxy says that it did, or always, where the site is known to be reached by https only.
func Secure(always bool, trusts func(netip.Addr) bool) func(*http.Request) bool {
	return func(r *http.Request) bool {
		if always || r.TLS != nil {
			return true
		}
		if !strings.EqualFold(r.Header.Get("X-Forwarded-Proto"), "https") || trusts == nil {
			return false
		}
		from, err := netip.ParseAddrPort(r.RemoteAddr)
		return err == nil && trusts(from.Addr().Unmap())
	}
}

// Authenticate implements webkit.Sessions. With an Authorization header only that counts. Otherwise
// the access cookie does; where it has expired, the refresh cookie opens the session again and the
// new cookies come back, so that a person never notices. Cookies that are good for nothing any more
// are taken away.
func (s *Sessions) Authenticate(ctx context.Context, r *http.Request) (auth.Principal, []*http.Cookie, error) {
	if header := r.Header.Get("Authorization"); header != "" {
		p, err := s.byHeader(ctx, r, header)
		return p, nil, err
	}
	names := s.cookieNames(r)
	if access, err := r.Cookie(names.access); err == nil {
		p, err := s.members.Authenticate(ctx, access.Value)
		if err == nil {
			return s.onDevice(ctx, r, p)
		}
		if errs.KindOf(err) != errs.Unauthorized {
			return p, nil, err
		}
	}
	refresh, err := r.Cookie(names.refresh)
	if err != nil {
		return auth.Principal{}, nil, nil //nolint:nilerr // no cookie: nobody is signed in
	}
	session, err := s.members.Refresh(ctx, refresh.Value)
	if errors.Is(err, members.ErrSessionRenewed) {
		return auth.Principal{}, nil, nil
	}
	if errs.KindOf(err) == errs.Unauthorized {
		return auth.Principal{}, s.noCookies(r), nil
	}
	if err != nil {
		return auth.Principal{}, nil, err
	}
	p, cookies, err := s.onDevice(ctx, r, session.Principal)
	if session.RefreshToken != "" {
		cookies = s.cookies(r, session)
	}
	return p, cookies, err
}

// onDevice keeps a shared device to what it is for: pages, and not the API, whose callers stay by themselves. Whoever
// works on it and does something keeps it open; looking at pages, which refetch their parts, is not enough.
func (s *Sessions) onDevice(ctx context.Context, r *http.Request, p auth.Principal) (auth.Principal, []*http.Cookie, error) {
	if !p.OnShared() {
		return p, nil, nil
	}
	if strings.HasPrefix(r.URL.Path, "/api/") {
		return auth.Principal{}, nil, nil
	}
	if r.Method == http.MethodGet || r.Method == http.MethodHead {
		return p, nil, nil
	}
	if err := s.members.StillThere(ctx, p); err != nil && errs.KindOf(err) != errs.Unauthorized {
		return auth.Principal{}, nil, err
	}
	return p, nil, nil
}

// byHeader returns whose bearer token it is; nobody for a token or scheme that is not valid.
func (s *Sessions) byHeader(ctx context.Context, r *http.Request, header string) (auth.Principal, error) {
	scheme, token, _ := strings.Cut(header, " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return auth.Principal{}, nil
	}
	token = strings.TrimSpace(token)
	authenticate := s.members.Authenticate
	if members.IsKey(token) {
		if !strings.HasPrefix(r.URL.Path, "/api/") {
			return auth.Principal{}, nil // keys are for programs, pages for people
		}
		authenticate = func(ctx context.Context, key string) (auth.Principal, error) {
			return s.members.AuthenticateKey(ctx, key, webkit.ClientAddress(ctx))
		}
	}
	p, err := authenticate(ctx, token)
	if errs.KindOf(err) == errs.Unauthorized || p.OnShared() { // a shared device is a browser, not a program
		return auth.Principal{}, nil
	}
	return p, err
}

// Alive implements webkit.Sessions.
func (s *Sessions) Alive(ctx context.Context, who []auth.Principal) ([]bool, error) {
	return s.members.Alive(ctx, who)
}

type cookieNames struct{ access, refresh, device, step string }

// cookieNames are different over https: a browser takes a cookie with the prefix __Host- only from
// this very host, over https, for all paths, so that nobody else can plant one.
func (s *Sessions) cookieNames(r *http.Request) cookieNames {
	if s.secure(r) {
		return cookieNames{access: "__Host-maru-access", refresh: "__Host-maru-refresh", device: "__Host-maru-device", step: "__Host-maru-step"}
	}
	return cookieNames{access: "maru-access", refresh: "maru-refresh", device: "maru-device", step: "maru-step"}
}

// cookies hold a session. They are Lax and not Strict: a person who follows a link to the site, or
// comes back from paying at a provider, is signed in.
func (s *Sessions) cookies(r *http.Request, session members.Session) []*http.Cookie {
	names := s.cookieNames(r)
	return []*http.Cookie{
		s.cookie(r, names.access, session.AccessToken, auth.AccessTokenLife),
		s.cookie(r, names.refresh, session.RefreshToken, auth.AccessTokenLife+session.RefreshExpires.Sub(session.AccessExpires)),
	}
}

// deviceKey returns the key by which the browser is known again, and a new one where it has none. It
// opens nothing: it only tells a device that was used before from a stranger (ADR 0022).
func (s *Sessions) deviceKey(r *http.Request) string {
	if c, err := r.Cookie(s.cookieNames(r).device); err == nil && len(c.Value) == 2*len(rand.Text()) {
		return c.Value
	}
	return rand.Text() + rand.Text()
}

// rememberDevice keeps the key when somebody has signed in. Signing out leaves it.
func (s *Sessions) rememberDevice(r *http.Request, key string) *http.Cookie {
	return s.cookie(r, s.cookieNames(r).device, key, deviceLife)
}

// keepStep keeps what the second half of something needs: it is sealed, for one purpose, and for minutes.
func (s *Sessions) keepStep(r *http.Request, sealed string) *http.Cookie {
	return s.cookie(r, s.cookieNames(r).step, sealed, stepLife)
}

// refreshToken is what the browser keeps its session with.
func (s *Sessions) refreshToken(r *http.Request) string {
	if c, err := r.Cookie(s.cookieNames(r).refresh); err == nil {
		return c.Value
	}
	return ""
}

// step returns what keepStep kept, and the cookie that takes it away.
func (s *Sessions) step(r *http.Request) (sealed string, gone *http.Cookie) {
	name := s.cookieNames(r).step
	if c, err := r.Cookie(name); err == nil {
		sealed = c.Value
	}
	return sealed, s.cookie(r, name, "", -time.Second)
}

const stepLife = 5 * time.Minute

// site says under which name the browser reaches the program.
func (s *Sessions) site(r *http.Request) members.Site {
	scheme := "http"
	if s.secure(r) {
		scheme = "https"
	}
	host, _, err := net.SplitHostPort(r.Host)
	if err != nil {
		host = r.Host
	}
	return members.Site{Host: host, Origin: scheme + "://" + r.Host}
}

// deviceLife is how long a browser is known again after the last sign-in: the longest that browsers keep
// a cookie.
const deviceLife = 400 * 24 * time.Hour

func (s *Sessions) noCookies(r *http.Request) []*http.Cookie {
	names := s.cookieNames(r)
	return []*http.Cookie{s.cookie(r, names.access, "", -time.Second), s.cookie(r, names.refresh, "", -time.Second)}
}

func (s *Sessions) cookie(r *http.Request, name, value string, life time.Duration) *http.Cookie {
	return &http.Cookie{ //nolint:gosec // without https a browser keeps no Secure cookie
		Name: name, Value: value, Path: "/", MaxAge: int(life.Seconds()),
		HttpOnly: true, SameSite: http.SameSiteLaxMode, Secure: s.secure(r),
	}
}
