package membersweb

import (
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"maru/internal/kernel/ids"
	"maru/internal/kernel/lang"
	"maru/internal/members"
	"maru/web/webkit"
)

// registerMe puts the pages of a person's own account on the site.
func (p *pages) registerMe(r *webkit.Router) {
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
	var err error
	if f.OK() {
		err = p.members.ChangePassword(c.Request().Context(), webkit.Principal(c), cmd)
		f.Refuse(err)
	}
	if err := f.Unexpected(); err != nil {
		return err
	}
	if !f.OK() {
		return webkit.Render(c, statusOf(err), passwordPage(f))
	}
	return webkit.RedirectWithToast(c, "/me/devices", webkit.Toast{Kind: webkit.ToastDone, Text: meText.Changed})
}

func (p *pages) devices(c echo.Context) error {
	ctx := c.Request().Context()
	list, err := p.members.Devices(ctx, webkit.Principal(c))
	if err != nil {
		return err
	}
	return webkit.Render(c, http.StatusOK, devicesPage(devicesView{Devices: list, next: webkit.SafeNext(c.QueryParam("next"))}))
}

type devicesView struct {
	members.Devices
	next string
}

// name says what a device is.
func (v devicesView) name(d members.Device) lang.Text {
	if d.Store.Ko != "" {
		return meText.SharedAt.WithText("store", d.Store)
	}
	return deviceName(d.Device)
}

// icon draws what a device is.
func (v devicesView) icon(d members.Device) string {
	if d.Store.Ko != "" {
		return "store"
	}
	return "monitor"
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
	if err := p.members.EndDevice(c.Request().Context(), by, session); err != nil {
		return err
	}
	return webkit.RedirectWithToast(c, "/me/devices", webkit.Toast{Kind: webkit.ToastDone, Text: meText.Ended})
}

func (p *pages) endOthers(c echo.Context) error {
	if _, err := p.members.EndOtherDevices(c.Request().Context(), webkit.Principal(c)); err != nil {
		return err
	}
	return webkit.RedirectWithToast(c, "/me/devices", webkit.Toast{Kind: webkit.ToastDone, Text: meText.EndedOthers})
}

// readCopies takes note of what happened to the person's sessions, and goes on to where they wanted.
func (p *pages) readCopies(c echo.Context) error {
	if err := p.members.NoteCopies(c.Request().Context(), webkit.Principal(c)); err != nil {
		return err
	}
	return webkit.Redirect(c, webkit.SafeNext(strings.TrimSpace(c.FormValue("next"))))
}
