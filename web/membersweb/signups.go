package membersweb

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"maru/internal/kernel/ids"
	"maru/internal/kernel/lang"
	"maru/internal/members"
	"maru/internal/members/membersapi"
	"maru/internal/platform/auth"
	"maru/internal/platform/errs"
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
	return "/hq/sign-ups?" + url.Values{
		"state": {string(v.State)}, "at": {v.Next.At.UTC().Format(time.RFC3339Nano)}, "id": {v.Next.ID.String()},
	}.Encode()
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

func (p *pages) showLink(c echo.Context, v linkView) error {
	scheme := "http"
	if p.sessions.secure(c.Request()) {
		scheme = "https"
	}
	v.URL = (&url.URL{Scheme: scheme, Host: c.Request().Host, Path: "/" + v.Door + "/" + v.Token}).String()
	return webkit.Render(c, http.StatusOK, linkPage(v))
}

// choiceView is the list of stores to choose from: those that are chosen, then those that match.
type choiceView struct {
	Search string
	Chosen []membersapi.Store
	Found  []membersapi.Store
}

const choicesShown = 12

// storeChoice answers the search of a form that chooses stores.
func (p *pages) storeChoice(c echo.Context) error {
	f := webkit.ReadForm(c)
	v, err := p.choices(c, f.Value("q"), storeIDs(f, "store"))
	if err != nil {
		return err
	}
	return webkit.Render(c, http.StatusOK, storeChoices(v))
}

func (p *pages) choices(c echo.Context, search string, chosen []ids.StoreID) (choiceView, error) {
	v := choiceView{Search: strings.ToLower(strings.TrimSpace(search))}
	all, err := p.members.Stores(c.Request().Context())
	if err != nil {
		return v, err
	}
	for _, s := range all {
		switch {
		case slices.Contains(chosen, s.ID):
			v.Chosen = append(v.Chosen, s)
		case v.Search == "" || len(v.Found) >= choicesShown || s.Status == membersapi.Closed:
		case strings.Contains(s.Code, v.Search), strings.Contains(strings.ToLower(s.Name.Ko), v.Search), strings.Contains(strings.ToLower(s.Name.En), v.Search):
			v.Found = append(v.Found, s)
		}
	}
	return v, nil
}

// storeIDs reads the stores that are ticked; what is no id is no store.
func storeIDs(f *webkit.Form, name string) []ids.StoreID {
	var out []ids.StoreID
	for _, value := range f.Values(name) {
		if id, err := ids.ParseStoreID(value); err == nil {
			out = append(out, id)
		}
	}
	return out
}

// problemOf is the sentence of an expected error for a toast; the second result is false for others.
func problemOf(err error) (webkit.Toast, bool) {
	e := errs.As(err)
	if e == nil || e.Kind == errs.Internal {
		return webkit.Toast{}, false
	}
	return webkit.Toast{Kind: webkit.ToastProblem, Text: e.Text}, true
}

// after redirects with a toast that says what was done, or why it was not.
func after(c echo.Context, to string, err error, done lang.Text) error {
	if err == nil {
		return webkit.RedirectWithToast(c, to, webkit.Toast{Kind: webkit.ToastDone, Text: done})
	}
	if errs.KindOf(err) == errs.NotFound || errs.KindOf(err) == errs.Forbidden {
		return err
	}
	if toast, expected := problemOf(err); expected {
		return webkit.RedirectWithToast(c, to, toast)
	}
	return err
}

func today(ctx context.Context) string { return webkit.Today(ctx).String() }
