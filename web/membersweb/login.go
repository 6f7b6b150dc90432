package membersweb

import (
	"net/http"
	"slices"

	"github.com/labstack/echo/v4"

	"maru/internal/members"
	"maru/internal/platform/errs"
	"maru/web/webkit"
	"maru/web/webkit/problem"
)

// loginView is the sign-in page as it is shown.
type loginView struct {
	form      *webkit.Form
	next      string
	signedOut bool
	demo      []DemoAccount
}

// samePassword reports whether one password opens all demo accounts; it is then said once.
func (v loginView) samePassword() bool {
	return !slices.ContainsFunc(v.demo, func(a DemoAccount) bool { return a.Password != v.demo[0].Password })
}

func (p *pages) login(c echo.Context) error {
	next := webkit.SafeNext(c.QueryParam("next"))
	if webkit.Principal(c).SignedIn() {
		return webkit.Redirect(c, next)
	}
	return webkit.Render(c, http.StatusOK, loginPage(loginView{
		next: next, signedOut: c.QueryParam("signed_out") != "", demo: p.demo,
	}))
}

// signIn begins a session. It is always a new one, so that nobody can have prepared it, and one that
// was still open in this browser ends.
func (p *pages) signIn(c echo.Context) error {
	ctx := c.Request().Context()
	f := webkit.ReadForm(c)
	cmd := members.SignIn{
		Login: f.Text("login", 200), Password: f.Secret("password"),
		Device: c.Request().UserAgent(), Address: webkit.ClientAddress(ctx), DeviceKey: p.sessions.deviceKey(c.Request()),
	}
	var session members.Session
	var err error
	if f.OK() {
		session, err = p.members.SignIn(ctx, cmd)
		f.Refuse(err)
	}
	if err := f.Unexpected(); err != nil {
		return err
	}
	next := webkit.SafeNext(f.Value("next"))
	if !f.OK() {
		return webkit.Render(c, statusOf(err), loginPage(loginView{form: f, next: next, demo: p.demo}))
	}
	if old := webkit.Principal(c); old.SignedIn() {
		if err := p.members.SignOut(ctx, old); err != nil {
			return err
		}
	}
	for _, cookie := range append(p.sessions.cookies(c.Request(), session), p.sessions.rememberDevice(c.Request(), cmd.DeviceKey)) {
		c.SetCookie(cookie)
	}
	return webkit.Redirect(c, next)
}

func statusOf(err error) int {
	if err == nil {
		return http.StatusUnprocessableEntity
	}
	return problem.StatusOf(errs.KindOf(err))
}

// signOut ends the session, if there is one, and forgets its cookies in any case.
func (p *pages) signOut(c echo.Context) error {
	if by := webkit.Principal(c); by.SignedIn() {
		if err := p.members.SignOut(c.Request().Context(), by); err != nil {
			return err
		}
	}
	c.Response().Header().Del(echo.HeaderSetCookie) // of a refresh on the way here
	for _, cookie := range p.sessions.noCookies(c.Request()) {
		c.SetCookie(cookie)
	}
	return webkit.Redirect(c, "/login?signed_out=1")
}
