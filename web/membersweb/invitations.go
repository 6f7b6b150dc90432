package membersweb

import (
	"context"
	"net/http"

	"github.com/labstack/echo/v4"

	"maru/internal/kernel/ids"
	"maru/internal/members"
	"maru/internal/platform/auth"
	"maru/web/webkit"
)

const invitationsPath = "/hq/invitations"

func (p *pages) registerInvitations(r *webkit.Router) {
	may := webkit.AtHQ(auth.ManageMembers)
	r.GET(invitationsPath, may, p.invitations)
	r.POST(invitationsPath+"/:link/withdraw", may, p.withdraw)
	r.GET("/hq/members/invite", may, p.inviteForm)
	r.POST("/hq/members/invite", may, p.invite)
}

type invitationsView struct {
	members.InvitationPage
	Search string
	Role   string // a role, "hq" for all of headquarters, or empty
	roles  []auth.Role
}

func readInvitations(c echo.Context) invitationsView {
	v := invitationsView{Search: c.QueryParam("q")}
	v.Role, v.roles = roleFilter(c.QueryParam("role"))
	return v
}

// invitations shows the open ones that the search finds. The URL says what is shown, and where the page begins.
func (p *pages) invitations(c echo.Context) error {
	v := readInvitations(c)
	find := members.Find{Search: v.Search, Roles: v.roles}
	find.After, find.Before = place(c, "after"), place(c, "before")
	if find.After != nil {
		find.Before = nil
	}
	var err error
	if v.InvitationPage, err = p.members.AllInvitations(c.Request().Context(), webkit.Principal(c), find); err != nil {
		return err
	}
	return webkit.Render(c, http.StatusOK, invitationsPage(v))
}

func (v invitationsView) asked() []string { return []string{"q", v.Search, "role", v.Role} }
func (v invitationsView) filtered() bool  { return v.Search != "" || v.Role != "" }
func (v invitationsView) prev() string    { return placed(invitationsPath, v.asked(), "before", v.Prev) }

func (v invitationsView) next() string { return placed(invitationsPath, v.asked(), "after", v.Next) }

func (v invitationsView) withdrawal(i members.Invitation) string {
	return webkit.URL(invitationsPath+"/"+i.ID.String()+"/withdraw", v.asked()...)
}

// where says which stores an invitation is for.
func (v invitationsView) where(ctx context.Context, i members.Invitation) string {
	if i.Role.AtHQ() {
		return webkit.T(ctx, peopleText.AtHQ)
	}
	return storeNames(ctx, i.Stores, i.MoreStores)
}

type inviteView struct {
	Form   *webkit.Form
	Choice choiceView
	Mails  bool
}

func (p *pages) inviteForm(c echo.Context) error {
	return p.renderInvite(c, http.StatusOK, inviteView{})
}

func (p *pages) renderInvite(c echo.Context, status int, v inviteView) error {
	v.Mails = p.members.MailsLinks()
	return webkit.Render(c, status, invitePage(v))
}

func (p *pages) invite(c echo.Context) error {
	f := webkit.ReadForm(c)
	cmd := members.Invite{
		Name: f.Value("name"), Email: f.Value("email"), Role: auth.Role(f.Value("role")), Stores: storeIDs(f, "store"),
	}
	if cmd.Role.AtHQ() {
		cmd.Stores = nil // what was ticked before another role was chosen
	}
	link, err := p.members.Invite(c.Request().Context(), webkit.Principal(c), cmd)
	if f.Refuse(err); f.Unexpected() != nil {
		return f.Unexpected()
	}
	if !f.OK() {
		choice, err := p.choices(c, f.Value("q"), cmd.Stores)
		if err != nil {
			return err
		}
		return p.renderInvite(c, http.StatusUnprocessableEntity, inviteView{Form: f, Choice: choice})
	}
	return p.showLink(c, linkView{Link: link, Name: cmd.Name, Title: peopleText.LinkTitle, Door: "join", Back: invitationsPath})
}

// withdraw takes an invitation back and returns to what the list showed.
func (p *pages) withdraw(c echo.Context) error {
	v := readInvitations(c)
	return p.withdrawTo(c, webkit.URL(invitationsPath, v.asked()...))
}

func (p *pages) withdrawTo(c echo.Context, to string) error {
	id, err := ids.ParseLinkID(c.Param("link"))
	if err != nil {
		return members.ErrLink
	}
	return after(c, to, p.members.Uninvite(c.Request().Context(), webkit.Principal(c), id), peopleText.Withdrawn)
}
