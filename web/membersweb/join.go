package membersweb

import (
	"context"
	"net/http"
	"net/url"

	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"

	"maru/internal/kernel/lang"
	"maru/internal/members"
	"maru/internal/members/membersapi"
	"maru/internal/platform/auth"
	"maru/internal/platform/errs"
	"maru/web/webkit"
)

// registerJoining puts the pages on the site that people see before they have an account.
func (p *pages) registerJoining(r *webkit.Router) {
	r.GET("/signup", webkit.Public, p.signUp)
	r.POST("/signup", webkit.Public, p.apply)
	r.GET("/signup/status", webkit.Public, p.askNumber)
	r.POST("/signup/status", webkit.Public, p.lookUpNumber)
	r.GET("/signup/status/:number", webkit.Public, p.applicationStatus)
	r.GET("/join/:token", webkit.Public, p.invited)
	r.POST("/join/:token", webkit.Public, p.acceptInvitation)
	r.GET("/reset/:token", webkit.Public, p.resetForm)
	r.POST("/reset/:token", webkit.Public, p.resetPassword)
	r.GET("/forgot", webkit.Public, p.forgot)
	r.POST("/forgot", webkit.Public, p.requestReset)
}

func (p *pages) signUp(c echo.Context) error {
	return webkit.Render(c, http.StatusOK, signUpPage(nil))
}

func (p *pages) apply(c echo.Context) error {
	ctx := c.Request().Context()
	f := webkit.ReadForm(c)
	number, err := p.members.Apply(ctx, members.Apply{
		BusinessNo: f.Value("business_no"), Name: f.Value("name"), Phone: f.Value("phone"), Email: f.Value("email"),
		StoreWish: f.Value("store_wish"), Address: webkit.ClientAddress(ctx),
	})
	if f.Refuse(err); f.Unexpected() != nil {
		return f.Unexpected()
	}
	if !f.OK() {
		return webkit.Render(c, statusOf(c, err), signUpPage(f))
	}
	return webkit.Redirect(c, applicationPath(number, true))
}

func (p *pages) askNumber(c echo.Context) error {
	return webkit.Render(c, http.StatusOK, askNumberPage(nil))
}

func (p *pages) lookUpNumber(c echo.Context) error {
	f := webkit.ReadForm(c)
	status, err := p.members.ApplicationStatus(c.Request().Context(), f.Text("number", 100))
	if err == nil {
		return webkit.Redirect(c, applicationPath(status.Number, false))
	}
	return p.noSuchNumber(c, f, err)
}

func (p *pages) applicationStatus(c echo.Context) error {
	status, err := p.members.ApplicationStatus(c.Request().Context(), c.Param("number"))
	if err != nil {
		return p.noSuchNumber(c, webkit.NewForm("number", c.Param("number")), err)
	}
	fresh := c.QueryParam("new") != ""
	if webkit.IsPartial(c) {
		return webkit.Render(c, http.StatusOK, applicationAnswer(status, fresh))
	}
	return webkit.Render(c, http.StatusOK, applicationStatusPage(status, fresh))
}

// applicationPath is the page of an application; fresh right after it was sent.
func applicationPath(n members.ApplicationNumber, fresh bool) string {
	path := "/signup/status/" + string(n)
	if fresh {
		path += "?new=1"
	}
	return path
}

func (p *pages) noSuchNumber(c echo.Context, f *webkit.Form, err error) error {
	e := errs.As(err)
	if e == nil || e.Kind == errs.Internal {
		return err
	}
	if f.OK() {
		f.Add(e.On("number"))
	}
	return webkit.Render(c, http.StatusUnprocessableEntity, askNumberPage(f))
}

// linkGone is the answer to a one-time link that is good no more.
func linkGone(c echo.Context) error {
	return webkit.Render(c, http.StatusGone, goneLinkPage())
}

type joinView struct {
	members.Invited
	Token string
	Form  *webkit.Form
}

func (p *pages) invited(c echo.Context) error {
	in, err := p.members.Invited(c.Request().Context(), c.Param("token"))
	if errs.KindOf(err) == errs.NotFound {
		return linkGone(c)
	}
	if err != nil {
		return err
	}
	return webkit.Render(c, http.StatusOK, joinPage(joinView{Invited: in, Token: c.Param("token")}))
}

func (p *pages) acceptInvitation(c echo.Context) error {
	ctx, token := c.Request().Context(), c.Param("token")
	in, err := p.members.Invited(ctx, token)
	if errs.KindOf(err) == errs.NotFound {
		return linkGone(c)
	}
	if err != nil {
		return err
	}
	f, deviceKey := webkit.ReadForm(c), p.sessions.deviceKey(c.Request())
	_, err = p.members.AcceptInvitation(ctx, members.AcceptInvitation{
		Token: token, Login: f.Value("login"), Password: f.Secret("password"), Name: f.Value("name"), Phone: f.Value("phone"),
		Email: f.Value("email"), Address: webkit.ClientAddress(ctx), DeviceKey: deviceKey,
	})
	if errs.KindOf(err) == errs.NotFound {
		return linkGone(c)
	}
	if f.Refuse(err); f.Unexpected() != nil {
		return f.Unexpected()
	}
	if !f.OK() {
		return webkit.Render(c, http.StatusUnprocessableEntity, joinPage(joinView{Invited: in, Token: token, Form: f}))
	}
	return p.toSignIn(c, joinText.Opened, deviceKey)
}

// toSignIn ends whatever session the browser has: the next one to use it is the owner of the link, who is known in it.
// On a shared device nobody signs in with a password: it stays what it is, and asks who works on it.
func (p *pages) toSignIn(c echo.Context, say lang.Text, deviceKey string) error {
	if by := webkit.Principal(c); by.OnShared() {
		if err := p.members.LockDevice(c.Request().Context(), by); err != nil {
			return err
		}
		return webkit.RedirectWithToast(c, "/shared", webkit.Toast{Kind: webkit.ToastDone, Text: say})
	}
	if by := webkit.Principal(c); by.SignedIn() {
		if err := p.members.SignOut(c.Request().Context(), by); err != nil {
			return err
		}
	}
	c.Response().Header().Del(echo.HeaderSetCookie)
	for _, cookie := range p.sessions.noCookies(c.Request()) {
		c.SetCookie(cookie)
	}
	c.SetCookie(p.sessions.rememberDevice(c.Request(), deviceKey))
	return webkit.RedirectWithToast(c, "/login", webkit.Toast{Kind: webkit.ToastDone, Text: say})
}

type resetView struct {
	Login, Token string
	Form         *webkit.Form
}

func (p *pages) resetForm(c echo.Context) error {
	login, _, err := p.members.ResetOf(c.Request().Context(), c.Param("token"))
	if errs.KindOf(err) == errs.NotFound {
		return linkGone(c)
	}
	if err != nil {
		return err
	}
	return webkit.Render(c, http.StatusOK, resetPage(resetView{Login: login, Token: c.Param("token")}))
}

func (p *pages) resetPassword(c echo.Context) error {
	ctx, token := c.Request().Context(), c.Param("token")
	login, _, err := p.members.ResetOf(ctx, token)
	if errs.KindOf(err) == errs.NotFound {
		return linkGone(c)
	}
	if err != nil {
		return err
	}
	f, deviceKey := webkit.ReadForm(c), p.sessions.deviceKey(c.Request())
	if password := f.Secret("password"); f.OK() {
		_, err = p.members.ResetPassword(ctx, members.ResetPassword{
			Token: token, Password: password, Address: webkit.ClientAddress(ctx), DeviceKey: deviceKey,
		})
		if errs.KindOf(err) == errs.NotFound {
			return linkGone(c)
		}
		f.Refuse(err)
	}
	if err := f.Unexpected(); err != nil {
		return err
	}
	if !f.OK() {
		return webkit.Render(c, http.StatusUnprocessableEntity, resetPage(resetView{Login: login, Token: token, Form: f}))
	}
	return p.toSignIn(c, joinText.WasSet, deviceKey)
}

func (p *pages) forgot(c echo.Context) error {
	return webkit.Render(c, http.StatusOK, forgotPage(forgotView{Mails: p.members.MailsLinks(), Sent: c.QueryParam("sent") != ""}))
}

type forgotView struct {
	Mails, Sent bool
	Form        *webkit.Form
}

func (p *pages) requestReset(c echo.Context) error {
	ctx := c.Request().Context()
	f := webkit.ReadForm(c)
	login := f.Text("login", 200)
	if !f.OK() {
		return webkit.Render(c, http.StatusUnprocessableEntity, forgotPage(forgotView{Mails: p.members.MailsLinks(), Form: f}))
	}
	err := p.members.RequestReset(ctx, members.RequestReset{Login: login, Address: webkit.ClientAddress(ctx)})
	if f.Refuse(err); f.Unexpected() != nil {
		return f.Unexpected()
	}
	if !f.OK() {
		return webkit.Render(c, statusOf(c, err), forgotPage(forgotView{Mails: p.members.MailsLinks(), Form: f}))
	}
	return webkit.Redirect(c, "/forgot?sent=1")
}

func roleName(ctx context.Context, r auth.Role) string {
	entry, _ := r.Entry()
	return webkit.T(ctx, entry.Name)
}

func applicationBadge(ctx context.Context, s membersapi.ApplicationState) templ.Component {
	switch s {
	case membersapi.Approved:
		return webkit.Badge(webkit.Good, "circle-check", webkit.T(ctx, joinText.Approved))
	case membersapi.Refused:
		return webkit.Badge(webkit.Bad, "circle-x", webkit.T(ctx, joinText.Refused))
	case membersapi.Waiting:
	}
	return webkit.Badge(webkit.Warm, "clock", webkit.T(ctx, joinText.Waiting))
}

func tokenPath(door, token string) templ.SafeURL {
	return templ.SafeURL("/" + door + "/" + url.PathEscape(token))
}
