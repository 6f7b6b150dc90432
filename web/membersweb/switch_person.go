package membersweb

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"unicode/utf8"

	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"

	"maru/internal/kernel/lang"
	"maru/internal/members"
	"maru/internal/members/membersapi"
	"maru/web/webkit"
)

// switchView is the door of a shared device: who works in the store, or the pad for the PIN of one of them.
type switchView struct {
	Store  membersapi.Store
	Device string
	People []members.PersonOfStore
	Person members.PersonOfStore // of the pad
	Form   *webkit.Form
	Next   string
}

// path is the URL of a page of the door that remembers where people wanted to go.
func (v switchView) path(rest string) string {
	if v.Next == "/" {
		return webkit.SwitchPath + rest
	}
	return webkit.SwitchPath + rest + "?next=" + url.QueryEscape(v.Next)
}

// ready reports whether anybody has a PIN.
func (v switchView) ready() bool {
	for _, m := range v.People {
		if m.PINSince != nil {
			return true
		}
	}
	return false
}

func (p *pages) switchView(c echo.Context) (switchView, error) {
	ctx, by := c.Request().Context(), webkit.Principal(c)
	v := switchView{Device: by.Shared.Name, Next: webkit.SafeNext(c.QueryParam("next"))}
	stores, err := p.members.Stores(ctx)
	if err != nil {
		return v, err
	}
	for _, s := range stores {
		if s.ID == by.Shared.Store {
			v.Store = s
		}
	}
	v.People, err = p.members.PeopleAtDevice(ctx, by, by.Shared.Store)
	return v, err
}

// people shows who can work here, for whoever comes to the device.
func (p *pages) people(c echo.Context) error {
	v, err := p.switchView(c)
	if err != nil {
		return err
	}
	return webkit.Render(c, http.StatusOK, peoplePage(v))
}

func (p *pages) pinPad(c echo.Context) error {
	v, err := p.padView(c)
	if err != nil {
		return err
	}
	return webkit.Render(c, http.StatusOK, pinPadPage(v))
}

func (p *pages) padView(c echo.Context) (switchView, error) {
	id, err := memberID(c)
	if err != nil {
		return switchView{}, err
	}
	v, err := p.switchView(c)
	if err != nil {
		return v, err
	}
	for _, m := range v.People {
		if m.ID == id {
			v.Person = m
			return v, nil
		}
	}
	return v, members.ErrNoMember
}

// switchPerson lets the person with the PIN in, and leads to where the one before was.
func (p *pages) switchPerson(c echo.Context) error {
	v, err := p.padView(c)
	if err != nil {
		return err
	}
	r := c.Request()
	f := webkit.ReadForm(c)
	pin := f.Secret("pin")
	var session members.Session
	if f.OK() {
		session, err = p.members.SwitchPerson(r.Context(), webkit.Principal(c), members.SwitchPerson{
			Member: v.Person.ID, PIN: pin, RefreshToken: p.sessions.refreshToken(r),
		})
		f.Refuse(err)
	}
	if errors.Is(err, members.ErrSessionEnded) {
		return p.forget(c, "/login")
	}
	if err := f.Unexpected(); err != nil {
		return err
	}
	if !f.OK() {
		v.Form = f
		return webkit.Render(c, statusOf(c, err), pinPadPage(v))
	}
	c.Response().Header().Del(echo.HeaderSetCookie) // of a refresh on the way here
	for _, cookie := range p.sessions.cookies(r, session) {
		c.SetCookie(cookie)
	}
	to := v.Next
	if to == "/" {
		to = "/s/" + v.Store.Code + "/register"
	}
	if session.WrongPINs > 0 {
		return webkit.RedirectWithToast(c, to, webkit.Toast{Kind: webkit.ToastNote, Text: sharedText.WrongPINs.With("n", strconv.Itoa(session.WrongPINs))})
	}
	return webkit.Redirect(c, to)
}

// lockDevice sends whoever works on the device away. What it shows next is for the next person.
func (p *pages) lockDevice(c echo.Context) error {
	if err := p.members.LockDevice(c.Request().Context(), webkit.Principal(c)); err != nil {
		return err
	}
	return webkit.Redirect(c, switchView{Next: webkit.SafeNext(c.FormValue("next"))}.path(""))
}

// personHint says beside a name what somebody is, or what they are missing.
func personHint(m members.PersonOfStore) lang.Text {
	if m.PINSince == nil {
		return sharedText.NoPIN
	}
	e, _ := m.Role.Entry()
	return e.Name
}

// personKey is the key that picks the nth person, from 0; there are nine.
func personKey(n int) string {
	if n > 8 {
		return ""
	}
	return strconv.Itoa(n + 1)
}

// firstLetter stands for a name in its round sign.
func firstLetter(name string) string {
	r, _ := utf8.DecodeRuneInString(name)
	return string(r)
}

// padInput is the field of the pad. No keyboard of the device comes up: the keys are on the page.
func padInput() templ.Attributes {
	return templ.Attributes{
		"inputmode": "none", "pattern": "[0-9]{4,6}", "maxlength": "6", "required": true, "autofocus": true, "enterkeyhint": "go",
	}
}

// pinInput is the field of a new PIN.
func pinInput(ctx context.Context) templ.Attributes {
	attrs := revealed(ctx)
	attrs["inputmode"], attrs["maxlength"], attrs["pattern"] = "numeric", "6", "[0-9]{4,6}"
	attrs["data-reveal-label"] = webkit.T(ctx, sharedText.ShowPIN)
	return attrs
}
