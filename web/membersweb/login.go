package membersweb

import (
	"errors"
	"net/http"
	"net/url"
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
	onShared  bool // the browser is a shared device of a store
	demo      []DemoAccount
}

// samePassword reports whether one password opens all demo accounts; it is then said once.
func (v loginView) samePassword() bool {
	return !slices.ContainsFunc(v.demo, func(a DemoAccount) bool { return a.Password != v.demo[0].Password })
}

// switching is the account with which a visitor makes this browser a shared device; nil where nobody has a PIN.
func (v loginView) switching() *DemoAccount {
	for i := range v.demo {
		if v.demo[i].Devices != "" {
			return &v.demo[i]
		}
	}
	return nil
}

func (p *pages) login(c echo.Context) error {
	next := webkit.SafeNext(c.QueryParam("next"))
	by := webkit.Principal(c)
	if by.SignedIn() && !by.OnShared() {
		return webkit.Redirect(c, next)
	}
	return webkit.Render(c, http.StatusOK, loginPage(loginView{
		next: next, signedOut: c.QueryParam("signed_out") != "", onShared: by.OnShared(), demo: p.demo,
	}))
}

// signIn begins a session. It is always a new one, so that nobody can have prepared it, and one that
// was still open in this browser ends.
func (p *pages) signIn(c echo.Context) error {
	ctx := c.Request().Context()
	f := webkit.ReadForm(c)
	cmd := p.signInFrom(c)
	cmd.Login, cmd.Password = f.Text("login", 200), f.Secret("password")
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
	if errors.Is(err, members.ErrCodeNeeded) {
		c.SetCookie(p.sessions.keepStep(c.Request(), session.Challenge))
		return webkit.Render(c, http.StatusUnauthorized, codePage(nil, next))
	}
	if !f.OK() {
		return webkit.Render(c, statusOf(c, err), loginPage(loginView{form: f, next: next, onShared: webkit.Principal(c).OnShared(), demo: p.demo}))
	}
	if err := p.open(c, session, cmd.DeviceKey); err != nil {
		return err
	}
	return webkit.Redirect(c, p.afterSignIn(session, next))
}

// open gives the browser its new session. One that was still open in it ends.
func (p *pages) open(c echo.Context, session members.Session, deviceKey string) error {
	r := c.Request()
	if old := webkit.Principal(c); old.SignedIn() || old.OnShared() {
		if err := p.members.SignOut(r.Context(), old); err != nil {
			return err
		}
	}
	p.goOn(c, session)
	c.SetCookie(p.sessions.rememberDevice(r, deviceKey))
	return nil
}

// goOn makes the browser go on in the session; whatever it was in before has ended.
func (p *pages) goOn(c echo.Context, session members.Session) {
	c.Response().Header().Del(echo.HeaderSetCookie) // of a refresh on the way here
	for _, cookie := range p.sessions.cookies(c.Request(), session) {
		c.SetCookie(cookie)
	}
}

// afterSignIn returns where a person goes: to what they must hear of first, or to where they wanted.
func (p *pages) afterSignIn(session members.Session, next string) string {
	if session.Copied {
		return "/me/devices?next=" + url.QueryEscape(next)
	}
	return next
}

// signInCode is the second step for those who use a second factor.
func (p *pages) signInCode(c echo.Context) error {
	r := c.Request()
	f := webkit.ReadForm(c)
	code, next := f.Text("code", 40), webkit.SafeNext(f.Value("next"))
	sealed, gone := p.sessions.step(r)
	from := p.signInFrom(c)
	var session members.Session
	var err error
	if f.OK() {
		session, err = p.members.FinishSignIn(r.Context(), sealed, code, from)
		f.Refuse(err)
	}
	if err := f.Unexpected(); err != nil {
		return err
	}
	switch {
	case errors.Is(err, members.ErrChallengeOver):
		c.SetCookie(gone)
		return webkit.Render(c, statusOf(c, err), loginPage(loginView{form: f, next: next, onShared: webkit.Principal(c).OnShared(), demo: p.demo}))
	case !f.OK():
		return webkit.Render(c, statusOf(c, err), codePage(f, next))
	}
	if err := p.open(c, session, from.DeviceKey); err != nil {
		return err
	}
	c.SetCookie(gone)
	return webkit.Redirect(c, p.afterSignIn(session, next))
}

// signInFrom says where somebody signs in from.
func (p *pages) signInFrom(c echo.Context) members.SignIn {
	r := c.Request()
	return members.SignIn{Device: r.UserAgent(), Address: webkit.ClientAddress(r.Context()), DeviceKey: p.sessions.deviceKey(r)}
}

// statusOf is the status of a page that says what went wrong. Where waiting helps, the answer says how long.
func statusOf(c echo.Context, err error) int {
	problem.RetryAfter(c.Response().Header(), err)
	if err == nil {
		return http.StatusUnprocessableEntity
	}
	return problem.StatusOf(errs.KindOf(err))
}

// signOut ends the session, if there is one, and forgets its cookies in any case. A shared device stays one: it locks.
func (p *pages) signOut(c echo.Context) error {
	if webkit.Principal(c).OnShared() {
		return p.lockDevice(c)
	}
	if by := webkit.Principal(c); by.SignedIn() {
		if err := p.members.SignOut(c.Request().Context(), by); err != nil {
			return err
		}
	}
	return p.forget(c, "/login?signed_out=1")
}

// forget takes the cookies of a session away and leads on.
func (p *pages) forget(c echo.Context, next string) error {
	c.Response().Header().Del(echo.HeaderSetCookie) // of a refresh on the way here
	for _, cookie := range p.sessions.noCookies(c.Request()) {
		c.SetCookie(cookie)
	}
	return webkit.Redirect(c, next)
}
