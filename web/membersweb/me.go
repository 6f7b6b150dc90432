package membersweb

import (
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"maru/internal/kernel/ids"
	"maru/internal/kernel/lang"
	"maru/internal/members"
	"maru/internal/platform/errs"
	"maru/web/webkit"
)

// registerMe puts the pages of a person's own account on the site.
func (p *pages) registerMe(r *webkit.Router) {
	r.GET("/me", webkit.SignedIn, func(c echo.Context) error { return webkit.Redirect(c, "/me/profile") })
	r.GET("/me/password", webkit.SignedIn, p.passwordForm)
	r.POST("/me/password", webkit.SignedIn, p.changePassword)
	r.GET("/me/devices", webkit.SignedIn, p.devices)
	r.POST("/me/devices/:session/end", webkit.SignedIn, p.endDevice)
	r.POST("/me/devices/end-others", webkit.SignedIn, p.endOthers)
	r.POST("/me/devices/read", webkit.SignedIn, p.readCopies)
	r.GET("/me/second-factor", webkit.SignedIn, p.secondFactor)
	r.POST("/me/second-factor/begin", webkit.SignedIn, p.beginTOTP)
	r.POST("/me/second-factor/confirm", webkit.SignedIn, p.confirmTOTP)
	r.POST("/me/second-factor/codes", webkit.SignedIn, p.renewCodes)
	r.POST("/me/second-factor/remove", webkit.SignedIn, p.removeTOTP)
	r.POST("/me/passkeys/begin", webkit.SignedIn, p.beginPasskey)
	r.POST("/me/passkeys", webkit.SignedIn, p.addPasskey)
	r.POST("/me/passkeys/remove", webkit.SignedIn, p.removePasskey)
}

func (p *pages) passwordForm(c echo.Context) error {
	return webkit.Render(c, http.StatusOK, passwordPage(nil))
}

func (p *pages) changePassword(c echo.Context) error {
	f := webkit.ReadForm(c)
	cmd := members.ChangePassword{Old: f.Secret("old"), New: f.Secret("new")}
	var session members.Session
	var err error
	if f.OK() {
		session, err = p.members.ChangePassword(c.Request().Context(), webkit.Principal(c), cmd)
		f.Refuse(err)
	}
	if err := f.Unexpected(); err != nil {
		return err
	}
	if !f.OK() {
		return webkit.Render(c, statusOf(c, err), passwordPage(f))
	}
	p.goOn(c, session)
	return webkit.RedirectWithToast(c, "/me/devices", webkit.Toast{Kind: webkit.ToastDone, Text: meText.Changed})
}

func (p *pages) devices(c echo.Context) error { return p.showDevices(c, http.StatusOK, nil) }

func (p *pages) showDevices(c echo.Context, status int, f *webkit.Form) error {
	ctx := c.Request().Context()
	list, err := p.members.Devices(ctx, webkit.Principal(c))
	if err != nil {
		return err
	}
	return webkit.Render(c, status, devicesPage(devicesView{Devices: list, next: webkit.SafeNext(c.QueryParam("next")), form: f}))
}

type devicesView struct {
	members.Devices
	next string
	form *webkit.Form // of who signs devices out; nil before
}

// endWithPassword does what signs devices out, and shows the devices again where the password was not right.
func (p *pages) endWithPassword(c echo.Context, said lang.Text, end func(password string) error) error {
	f := webkit.ReadForm(c)
	password := f.Secret("old")
	var err error
	if f.OK() {
		err = end(password)
		if errs.KindOf(err) == errs.NotFound {
			return err
		}
		f.Refuse(err)
	}
	if err := f.Unexpected(); err != nil {
		return err
	}
	if !f.OK() {
		return p.showDevices(c, statusOf(c, err), f)
	}
	return webkit.RedirectWithToast(c, "/me/devices", webkit.Toast{Kind: webkit.ToastDone, Text: said})
}

func (p *pages) endDevice(c echo.Context) error {
	session, err := ids.ParseSessionID(c.Param("session"))
	if err != nil {
		return members.ErrNoDevice
	}
	by := webkit.Principal(c)
	if session == by.Session {
		return p.signOut(c)
	}
	return p.endWithPassword(c, meText.Ended, func(password string) error {
		return p.members.EndDevice(c.Request().Context(), by, session, password)
	})
}

func (p *pages) endOthers(c echo.Context) error {
	return p.endWithPassword(c, meText.EndedOthers, func(password string) error {
		_, err := p.members.EndOtherDevices(c.Request().Context(), webkit.Principal(c), password)
		return err
	})
}

// readCopies takes note of what happened to the person's sessions, and goes on to where they wanted.
func (p *pages) readCopies(c echo.Context) error {
	if err := p.members.NoteCopies(c.Request().Context(), webkit.Principal(c)); err != nil {
		return err
	}
	return webkit.Redirect(c, webkit.SafeNext(strings.TrimSpace(c.FormValue("next"))))
}
