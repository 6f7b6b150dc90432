package membersweb

import (
	"encoding/base64"
	"encoding/json"
	"net/http"

	"github.com/labstack/echo/v4"

	"maru/internal/kernel/lang"
	"maru/internal/members"
	"maru/internal/platform/errs"
	"maru/web/webkit"
	"maru/web/webkit/problem"
)

// The scripts of passkeys (js/passkeys.js) ask for a ceremony, let the browser answer it, and send the
// answer; in between, the sealed state stays in a cookie that scripts cannot read.

// answer is what a browser says at the end of a ceremony.
type answer struct {
	Credential json.RawMessage `json:"credential"`
	Name       string          `json:"name"`
	Next       string          `json:"next"`
}

func readAnswer(c echo.Context) (answer, error) {
	var a answer
	dec := json.NewDecoder(c.Request().Body)
	if err := dec.Decode(&a); err != nil || len(a.Credential) == 0 {
		return a, problem.ErrMalformed
	}
	return a, nil
}

// refused answers a script with a sentence for the person.
func refused(c echo.Context, err error) error {
	e := errs.As(err)
	if e == nil || e.Kind == errs.Internal {
		return err
	}
	return c.JSON(statusOf(c, err), map[string]string{"problem": e.Text.In(lang.From(c.Request().Context())), "field": e.Field})
}

func (p *pages) give(c echo.Context, ceremony members.Ceremony) error {
	c.SetCookie(p.sessions.keepStep(c.Request(), ceremony.State))
	c.Response().Header().Set("Cache-Control", "no-store")
	return c.JSON(http.StatusOK, map[string]any{"options": ceremony.Options})
}

func (p *pages) beginPasskey(c echo.Context) error {
	r, f := c.Request(), webkit.ReadForm(c) // of the body alone: addresses are kept in histories
	if err := f.Unexpected(); err != nil {
		return refused(c, err)
	}
	ceremony, err := p.members.BeginPasskey(r.Context(), webkit.Principal(c), p.sessions.site(r), f.Secret("old"))
	if err != nil {
		return refused(c, err)
	}
	return p.give(c, ceremony)
}

func (p *pages) addPasskey(c echo.Context) error {
	r := c.Request()
	a, err := readAnswer(c)
	if err != nil {
		return refused(c, err)
	}
	sealed, gone := p.sessions.step(r)
	if err := p.members.AddPasskey(r.Context(), webkit.Principal(c), p.sessions.site(r), sealed, a.Name, a.Credential); err != nil {
		return refused(c, err)
	}
	c.SetCookie(gone)
	return c.JSON(http.StatusOK, map[string]string{"next": "/me/second-factor"})
}

func (p *pages) removePasskey(c echo.Context) error {
	f := webkit.ReadForm(c)
	password := f.Secret("old")
	id, err := base64.RawURLEncoding.DecodeString(f.Value("key"))
	if err != nil {
		return members.ErrNoPasskey
	}
	if f.OK() {
		err = p.members.RemovePasskey(c.Request().Context(), webkit.Principal(c), id, password)
		f.Refuse(err)
	}
	if err := f.Unexpected(); err != nil {
		return err
	}
	if !f.OK() {
		return p.showFactor(c, statusOf(c, err), f, "passkey "+f.Value("key"))
	}
	return webkit.RedirectWithToast(c, "/me/second-factor", webkit.Toast{Kind: webkit.ToastDone, Text: meText.PasskeyRemoved})
}

func (p *pages) beginPasskeySignIn(c echo.Context) error {
	r := c.Request()
	ceremony, err := p.members.BeginPasskeySignIn(r.Context(), p.sessions.site(r))
	if err != nil {
		return refused(c, err)
	}
	return p.give(c, ceremony)
}

func (p *pages) signInPasskey(c echo.Context) error {
	r := c.Request()
	a, err := readAnswer(c)
	if err != nil {
		return refused(c, err)
	}
	sealed, gone := p.sessions.step(r)
	from := p.signInFrom(c)
	session, err := p.members.SignInWithPasskey(r.Context(), p.sessions.site(r), sealed, a.Credential, from)
	if err != nil {
		return refused(c, err)
	}
	if err := p.open(c, session, from.DeviceKey); err != nil {
		return err
	}
	c.SetCookie(gone)
	return c.JSON(http.StatusOK, map[string]string{"next": p.afterSignIn(session, webkit.SafeNext(a.Next))})
}

// keyOf writes the id of a passkey into a form.
func keyOf(k members.Passkey) string { return base64.RawURLEncoding.EncodeToString(k.ID) }
