package membersweb

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"image/png"
	"net/http"

	"github.com/labstack/echo/v4"
	"github.com/pquerna/otp"

	"maru/internal/kernel/lang"
	"maru/internal/members"
	"maru/web/webkit"
)

// factorView is the page of a person's second factor and passkeys.
type factorView struct {
	members.SecondFactor
	passkeys []members.Passkey
	form     *webkit.Form // of which the problems are, where there are any
	about    string       // which form that is: "begin", "codes", "remove", "passkey"
	mustSet  bool         // nothing else can be done before
	device   lang.Text    // what the browser is, as a name for a passkey
}

// of returns the form with problems where it is the named one.
func (v factorView) of(name string) *webkit.Form {
	if v.about == name {
		return v.form
	}
	return nil
}

func (p *pages) secondFactor(c echo.Context) error {
	return p.showFactor(c, http.StatusOK, nil, "")
}

func (p *pages) showFactor(c echo.Context, status int, f *webkit.Form, about string) error {
	ctx, by := c.Request().Context(), webkit.Principal(c)
	factor, err := p.members.SecondFactor(ctx, by)
	if err != nil {
		return err
	}
	keys, err := p.members.Passkeys(ctx, by)
	if err != nil {
		return err
	}
	c.Response().Header().Set("Cache-Control", "no-store")
	return webkit.Render(c, status, factorPage(factorView{
		SecondFactor: factor, passkeys: keys, form: f, about: about, mustSet: by.NeedsFactor,
		device: webkit.DeviceName(c.Request().UserAgent()),
	}))
}

// beginTOTP shows the secret to the app, once the person has proved who they are.
func (p *pages) beginTOTP(c echo.Context) error {
	f := webkit.ReadForm(c)
	password := f.Secret("old")
	var e members.Enrolment
	var err error
	if f.OK() {
		e, err = p.members.BeginTOTP(c.Request().Context(), webkit.Principal(c), password)
		f.Refuse(err)
	}
	if err := f.Unexpected(); err != nil {
		return err
	}
	if !f.OK() {
		return p.showFactor(c, statusOf(c, err), f, "begin")
	}
	return p.showEnrolment(c, http.StatusOK, e, nil)
}

func (p *pages) showEnrolment(c echo.Context, status int, e members.Enrolment, f *webkit.Form) error {
	picture, err := qrPicture(e.URI)
	if err != nil {
		return err
	}
	c.Response().Header().Set("Cache-Control", "no-store")
	return webkit.Render(c, status, enrolPage(e, picture, f))
}

// qrPicture draws what an app scans, as a data: URL.
func qrPicture(uri string) (string, error) {
	key, err := otp.NewKeyFromURL(uri)
	if err != nil {
		return "", fmt.Errorf("picture of the secret: %w", err)
	}
	img, err := key.Image(480, 480)
	if err != nil {
		return "", fmt.Errorf("picture of the secret: %w", err)
	}
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		return "", fmt.Errorf("picture of the secret: %w", err)
	}
	return "data:image/png;base64," + base64.StdEncoding.EncodeToString(b.Bytes()), nil
}

func (p *pages) confirmTOTP(c echo.Context) error {
	ctx, by := c.Request().Context(), webkit.Principal(c)
	f := webkit.ReadForm(c)
	code := f.Text("code", 40)
	var codes []string
	var err error
	if f.OK() {
		codes, err = p.members.ConfirmTOTP(ctx, by, code)
		f.Refuse(err)
	}
	if err := f.Unexpected(); err != nil {
		return err
	}
	if f.OK() {
		return p.showCodes(c, codes)
	}
	e, inProgress := p.members.TOTPInProgress(ctx, by)
	if errors.Is(inProgress, members.ErrNoTOTP) { // confirmed in another tab
		return webkit.Redirect(c, "/me/second-factor")
	}
	if inProgress != nil {
		return inProgress
	}
	return p.showEnrolment(c, statusOf(c, err), e, f)
}

func (p *pages) showCodes(c echo.Context, codes []string) error {
	c.Response().Header().Set("Cache-Control", "no-store")
	return webkit.Render(c, http.StatusOK, codesPage(codes))
}

func (p *pages) renewCodes(c echo.Context) error {
	f := webkit.ReadForm(c)
	password := f.Secret("old")
	var codes []string
	var err error
	if f.OK() {
		codes, err = p.members.RenewRecoveryCodes(c.Request().Context(), webkit.Principal(c), password)
		f.Refuse(err)
	}
	if err := f.Unexpected(); err != nil {
		return err
	}
	if !f.OK() {
		return p.showFactor(c, statusOf(c, err), f, "codes")
	}
	return p.showCodes(c, codes)
}

func (p *pages) removeTOTP(c echo.Context) error {
	f := webkit.ReadForm(c)
	password := f.Secret("old")
	var err error
	if f.OK() {
		err = p.members.RemoveTOTP(c.Request().Context(), webkit.Principal(c), password)
		f.Refuse(err)
	}
	if err := f.Unexpected(); err != nil {
		return err
	}
	if !f.OK() {
		return p.showFactor(c, statusOf(c, err), f, "remove")
	}
	return webkit.RedirectWithToast(c, "/me/second-factor", webkit.Toast{Kind: webkit.ToastDone, Text: meText.FactorRemoved})
}
