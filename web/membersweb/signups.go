package membersweb

import (
	"context"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"maru/internal/kernel/ids"
	"maru/internal/kernel/lang"
	"maru/internal/members"
	"maru/internal/members/membersapi"
	"maru/internal/platform/auth"
	"maru/web/webkit"
)

func (p *pages) registerSignUps(r *webkit.Router) {
	r.GET("/hq/sign-ups", webkit.AtHQ(auth.ReviewSignUps), p.signUps)
	r.GET("/hq/sign-ups/:application", webkit.AtHQ(auth.ReviewSignUps), p.application)
	r.POST("/hq/sign-ups/:application/approve", webkit.AtHQ(auth.ReviewSignUps), p.approve)
	r.POST("/hq/sign-ups/:application/refuse", webkit.AtHQ(auth.ReviewSignUps), p.refuse)
	r.POST("/hq/sign-ups/:application/link", webkit.AtHQ(auth.ReviewSignUps), p.renewLink)
	r.GET("/hq/store-choice", webkit.AtHQ(auth.ReviewSignUps), p.storeChoice)
}

type signUpsView struct {
	members.Applications
	State membersapi.ApplicationState
	Late  int // mails that wait
}

func (v signUpsView) next() string {
	if v.Next == nil {
		return ""
	}
	return webkit.URL("/hq/sign-ups", "state", string(v.State), "at", v.Next.At.UTC().Format(time.RFC3339Nano), "id", v.Next.ID.String())
}

func (v signUpsView) tabs(waiting string) []webkit.Tab {
	tab := func(label lang.Text, state membersapi.ApplicationState, count string) webkit.Tab {
		return webkit.Tab{Label: label, URL: "/hq/sign-ups?state=" + string(state), Current: v.State == state, Count: count}
	}
	return []webkit.Tab{
		tab(peopleText.WaitingTab, membersapi.Waiting, waiting),
		tab(peopleText.ApprovedTab, membersapi.Approved, ""), tab(peopleText.RefusedTab, membersapi.Refused, ""),
	}
}

func (p *pages) signUps(c echo.Context) error {
	ctx := c.Request().Context()
	v := signUpsView{State: membersapi.ApplicationState(c.QueryParam("state"))}
	if v.State != membersapi.Approved && v.State != membersapi.Refused {
		v.State = membersapi.Waiting
	}
	var after *members.Mark
	at, atErr := time.Parse(time.RFC3339Nano, c.QueryParam("at"))
	id, idErr := ids.ParseApplicationID(c.QueryParam("id"))
	if atErr == nil && idErr == nil {
		after = &members.Mark{At: at, ID: id}
	}
	var err error
	if v.Applications, err = p.members.Applications(ctx, webkit.Principal(c), v.State, after); err != nil {
		return err
	}
	if v.Late, err = p.members.LateMail(ctx); err != nil {
		return err
	}
	return webkit.Render(c, http.StatusOK, signUpsPage(v))
}

type applicationView struct {
	members.Application
	Approve, Refuse *webkit.Form
	Choice          choiceView
}

func (p *pages) readApplication(c echo.Context) (applicationView, error) {
	id, err := ids.ParseApplicationID(c.Param("application"))
	if err != nil {
		return applicationView{}, members.ErrNoApplication
	}
	a, err := p.members.Application(c.Request().Context(), webkit.Principal(c), id)
	return applicationView{Application: a, Choice: choiceView{}}, err
}

func (p *pages) application(c echo.Context) error {
	v, err := p.readApplication(c)
	if err != nil {
		return err
	}
	return webkit.Render(c, http.StatusOK, applicationPage(v))
}

func (p *pages) approve(c echo.Context) error {
	v, err := p.readApplication(c)
	if err != nil {
		return err
	}
	f := webkit.ReadForm(c)
	cmd := members.ApproveApplication{ID: v.ID, Stores: storeIDs(f, "store"), Since: f.Date("since")}
	var link members.Link
	if f.OK() {
		link, err = p.members.ApproveApplication(c.Request().Context(), webkit.Principal(c), cmd)
		f.Refuse(err)
	}
	if err := f.Unexpected(); err != nil {
		return err
	}
	if !f.OK() {
		if v.Choice, err = p.choices(c, f.Value("q"), cmd.Stores); err != nil {
			return err
		}
		v.Approve = f
		return webkit.Render(c, http.StatusUnprocessableEntity, applicationPage(v))
	}
	return p.showLink(c, linkView{Link: link, Name: v.Name, Title: peopleText.LinkTitle, Door: "join", Back: "/hq/sign-ups"})
}

func (p *pages) refuse(c echo.Context) error {
	v, err := p.readApplication(c)
	if err != nil {
		return err
	}
	f := webkit.ReadForm(c)
	f.Refuse(p.members.RefuseApplication(c.Request().Context(), webkit.Principal(c), members.RefuseApplication{ID: v.ID, Reason: f.Value("reason")}))
	if err := f.Unexpected(); err != nil {
		return err
	}
	if !f.OK() {
		v.Refuse = f
		return webkit.Render(c, http.StatusUnprocessableEntity, applicationPage(v))
	}
	return webkit.RedirectWithToast(c, "/hq/sign-ups", webkit.Toast{Kind: webkit.ToastDone, Text: peopleText.WasRefused})
}

func (p *pages) renewLink(c echo.Context) error {
	v, err := p.readApplication(c)
	if err != nil {
		return err
	}
	link, err := p.members.RenewApplicationLink(c.Request().Context(), webkit.Principal(c), v.ID)
	if err != nil {
		return err
	}
	return p.showLink(c, linkView{Link: link, Name: v.Name, Title: peopleText.LinkTitle, Door: "join", Back: "/hq/sign-ups?state=approved"})
}

func today(ctx context.Context) string { return webkit.Today(ctx).String() }
