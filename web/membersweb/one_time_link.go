package membersweb

import (
	"net/http"
	"net/url"

	"github.com/labstack/echo/v4"

	"maru/internal/kernel/lang"
	"maru/internal/members"
	"maru/web/webkit"
)

// linkView is a one-time link, shown the only time it can be.
type linkView struct {
	members.Link
	URL   string
	Name  string
	Title lang.Text
	Door  string // "join" or "reset"
	Back  string
	Store bool // in the frame of a store's pages
}

// site is where people reach the program: what the settings say, as in mails, and where they say nothing the host that was
// asked, which whoever asks can choose.
func (p *pages) site(c echo.Context) *url.URL {
	if p.public != nil {
		return p.public
	}
	scheme := "http"
	if p.sessions.secure(c.Request()) {
		scheme = "https"
	}
	return &url.URL{Scheme: scheme, Host: c.Request().Host, Path: "/"}
}

func (p *pages) showLink(c echo.Context, v linkView) error {
	v.URL = p.site(c).JoinPath(v.Door, v.Token).String()
	return webkit.Render(c, http.StatusOK, linkPage(v))
}
