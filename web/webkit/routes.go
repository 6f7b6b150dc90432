package webkit

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"

	"github.com/labstack/echo/v4"

	"maru/internal/platform/auth"
	"maru/internal/platform/errs"
	"maru/web/webkit/problem"
)

// Router registers routes. It wraps echo's, so that no route exists without a declared access.
type Router struct {
	site   *Site
	routes *[]Route
}

// Route is one registered route.
type Route struct {
	Method string
	Path   string
	Access Access
}

// Errors that a person meets on the way to a page.
var (
	ErrSignIn = errs.New(errs.Unauthorized, "web.sign_in",
		"로그인해 주세요.", "Please sign in.")
	ErrNeedsFactor = errs.New(errs.Forbidden, "web.needs_second_factor",
		"먼저 2단계 인증을 연결해 주세요.", "Please set up a second factor first.")
	ErrForbidden = errs.New(errs.Forbidden, "web.forbidden",
		"이 일을 할 권한이 없어요. 필요하면 점주나 본사에 요청해 주세요.",
		"You are not allowed to do this. Ask the store owner or headquarters if you need it.")
)

// GET registers a page or fragment. It answers HEAD as well.
func (r *Router) GET(path string, access Access, h echo.HandlerFunc) {
	r.add(http.MethodGet, path, access, h)
	r.site.echo.HEAD(path, r.guard(access, h))
}

// POST registers an action.
func (r *Router) POST(path string, access Access, h echo.HandlerFunc) {
	r.add(http.MethodPost, path, access, h)
}

// PUT registers an action that sets a thing to a state.
func (r *Router) PUT(path string, access Access, h echo.HandlerFunc) {
	r.add(http.MethodPut, path, access, h)
}

// PATCH registers an action that changes part of a thing.
func (r *Router) PATCH(path string, access Access, h echo.HandlerFunc) {
	r.add(http.MethodPatch, path, access, h)
}

// DELETE registers an action that removes a thing.
func (r *Router) DELETE(path string, access Access, h echo.HandlerFunc) {
	r.add(http.MethodDelete, path, access, h)
}

// Mount hands everything under prefix to h, a tree of its own such as the JSON API, whose operations
// check their access themselves. The principal is in the request's context (webkit.PrincipalOf).
func (r *Router) Mount(prefix string, access Access, h http.Handler) {
	access.check(prefix)
	r.site.echo.Any(prefix+"/*", r.guard(access, echo.WrapHandler(h)))
	*r.routes = append(*r.routes, Route{Method: "*", Path: prefix + "/*", Access: access})
}

// Routes lists everything that was registered, in order; the test of permissions walks it.
func (r *Router) Routes() []Route { return append([]Route(nil), *r.routes...) }

func (r *Router) add(method, path string, access Access, h echo.HandlerFunc) {
	access.check(path)
	r.site.echo.Add(method, path, r.guard(access, h))
	*r.routes = append(*r.routes, Route{Method: method, Path: path, Access: access})
}

// guard lets through who may use the route and answers everybody else.
func (r *Router) guard(access Access, next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		if access.kind == public {
			return next(c)
		}
		v := viewOf(c)
		onDevice := access.kind == sharedDevice && v.principal.OnShared()
		if (!v.principal.SignedIn() || v.principal.IsKey()) && !onDevice {
			_ = v.refuse(access, c.Param("store"), ErrSignIn)
			return r.askToSignIn(c)
		}
		if v.principal.NeedsFactor && !strings.HasPrefix(v.path, factorPath) && !strings.HasPrefix(v.path, "/me/passkeys") {
			return askForFactor(c)
		}
		if access.NeedsStore() {
			if err := v.enterStore(c.Request().Context(), c.Param("store")); err != nil {
				return v.refuse(access, c.Param("store"), err)
			}
		}
		switch {
		case access.admits(v):
			return next(c)
		case access.kind == sharedDevice:
			return v.refuse(access, "", problem.ErrNotFound)
		case access.kind == signedIn && v.principal.OnShared():
			return v.refuse(access, "", auth.ErrSharedDevice)
		}
		return v.refuse(access, c.Param("store"), ErrForbidden)
	}
}

func (a Access) admits(v *requestView) bool {
	switch a.kind {
	case public, caller:
		return true
	case signedIn:
		return !v.principal.IsKey() && !v.principal.OnShared()
	case person:
		return !v.principal.IsKey()
	case sharedDevice:
		return v.principal.OnShared()
	case inStore:
		return v.store != nil
	case atStore:
		return v.store != nil && v.principal.MayAt(a.perm, v.store.ID)
	case inHQ:
		return v.principal.AtHQ()
	case atHQ:
		return v.principal.AtHQ() && v.principal.May(a.perm)
	case undeclared:
	}
	return false
}

// askToSignIn sends a person to the sign-in page and back afterwards, and tells a program 401.
func (r *Router) askToSignIn(c echo.Context) error {
	req := c.Request()
	if isAPI(req) {
		return ErrSignIn
	}
	if isHTMX(req) {
		c.Response().Header().Set("HX-Redirect", doorPath(req.Context(), currentPage(req)))
		return c.NoContent(http.StatusUnauthorized)
	}
	next := ""
	if req.Method == http.MethodGet || req.Method == http.MethodHead {
		next = req.URL.RequestURI()
	} else if ref := samePageReferer(req); ref != "" {
		next = ref
	}
	return c.Redirect(http.StatusSeeOther, doorPath(req.Context(), next))
}

// SwitchPath is where people come to a shared device by PIN.
const SwitchPath = "/shared"

// doorPath leads to where somebody can come in who then wants next: to the sign-in page, or on a shared device to
// its people.
func doorPath(ctx context.Context, next string) string {
	if !PrincipalOf(ctx).OnShared() {
		return loginPath(next)
	}
	if next == "" || next == "/" {
		return SwitchPath
	}
	return SwitchPath + "?next=" + url.QueryEscape(next)
}

func loginPath(next string) string {
	if next == "" || next == "/" {
		return "/login"
	}
	return "/login?next=" + url.QueryEscape(next)
}

// factorPath is where people set up a second factor.
const factorPath = "/me/second-factor"

// askForFactor leads people whose role requires a second factor to set one up, and tells programs.
func askForFactor(c echo.Context) error {
	req := c.Request()
	switch {
	case isAPI(req):
		return ErrNeedsFactor
	case isHTMX(req):
		c.Response().Header().Set("HX-Redirect", factorPath)
		return c.NoContent(http.StatusForbidden)
	}
	return c.Redirect(http.StatusSeeOther, factorPath)
}

// SafeNext returns the path to go to after signing in: the one that was asked for where it is a page
// of this site, "/" otherwise.
func SafeNext(next string) string {
	if p := ownPath(next); !strings.HasPrefix(p, "/login") && !strings.HasPrefix(p, SwitchPath) {
		return p
	}
	return "/"
}

// ownPath returns p where it is a path of this site, "/" otherwise. Browsers read "//host", "/\host"
// and paths with control characters as ways out.
func ownPath(p string) string {
	if !strings.HasPrefix(p, "/") || strings.HasPrefix(p, "//") || strings.ContainsAny(p, "\\\r\n\t\x00") {
		return "/"
	}
	u, err := url.Parse(p)
	if err != nil || u.IsAbs() || u.Host != "" || strings.Contains(u.Path, "//") || strings.Contains(u.Path, "/.") {
		return "/"
	}
	return p
}

func isAPI(r *http.Request) bool { return strings.HasPrefix(r.URL.Path, "/api/") }

func isHTMX(r *http.Request) bool { return r.Header.Get("HX-Request") == "true" }

// currentPage returns the page an htmx request was sent from, as a path of this site.
func currentPage(r *http.Request) string {
	u, err := url.Parse(r.Header.Get("HX-Current-URL"))
	if err != nil || u.Path == "" {
		return ""
	}
	return u.RequestURI()
}

func samePageReferer(r *http.Request) string {
	u, err := url.Parse(r.Referer())
	if err != nil || u.Host != r.Host {
		return ""
	}
	return u.RequestURI()
}

// IsPartial reports whether htmx asks for a fragment of the page it already shows.
func IsPartial(c echo.Context) bool {
	return isHTMX(c.Request()) && c.Request().Header.Get("HX-Request-Type") != "full"
}

// asHTTPError turns what echo itself reports (no such route, body too large) into expected errors.
func asHTTPError(err error) error {
	var he *echo.HTTPError
	if !errors.As(err, &he) {
		return err
	}
	switch he.Code {
	case http.StatusNotFound:
		return problem.ErrNotFound
	case http.StatusMethodNotAllowed:
		return problem.ErrMethod
	case http.StatusRequestEntityTooLarge:
		return ErrTooLarge
	case http.StatusUnauthorized:
		return ErrSignIn
	case http.StatusForbidden:
		return ErrForbidden
	case http.StatusTooManyRequests:
		return ErrTooMany
	case http.StatusBadRequest, http.StatusUnsupportedMediaType:
		return problem.ErrMalformed
	}
	return err
}
