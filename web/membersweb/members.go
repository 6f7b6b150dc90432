package membersweb

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"time"

	"github.com/a-h/templ"
	"github.com/google/uuid"
	"github.com/labstack/echo/v4"

	"maru/internal/kernel/ids"
	"maru/internal/kernel/lang"
	"maru/internal/members"
	"maru/internal/members/membersapi"
	"maru/internal/platform/auth"
	"maru/web/webkit"
	"maru/web/webkit/problem"
)

func (p *pages) registerMembers(r *webkit.Router) {
	r.GET("/hq/members", webkit.AtHQ(auth.ViewMembers), p.memberList)
	r.GET("/hq/members/invite", webkit.AtHQ(auth.ManageMembers), p.inviteForm)
	r.POST("/hq/members/invite", webkit.AtHQ(auth.ManageMembers), p.invite)
	r.POST("/hq/invitations/:link/withdraw", webkit.AtHQ(auth.ManageMembers), p.withdraw)
	r.GET("/hq/members/:member", webkit.AtHQ(auth.ViewMembers), p.member)
	r.POST("/hq/members/:member/state", webkit.AtHQ(auth.ManageMembers), p.memberState)
	r.POST("/hq/members/:member/reset", webkit.AtHQ(auth.UnlockMembers), p.memberReset)
	r.POST("/hq/members/:member/stores", webkit.AtHQ(auth.ManageMembers), p.memberStores)
	r.POST("/hq/members/:member/unlock", webkit.AtHQ(auth.UnlockMembers), p.memberUnlock)
	r.POST("/hq/members/:member/sign-out", webkit.AtHQ(auth.UnlockMembers), p.memberSignOut)
}

type membersView struct {
	members.MemberPage
	Search string
	Role   string // a role, "hq" for all of headquarters, or empty
	State  membersapi.MemberState
}

// memberList shows whom the search finds. The URL says what is shown, and where the page begins.
func (p *pages) memberList(c echo.Context) error {
	v := membersView{Search: c.QueryParam("q"), Role: c.QueryParam("role"), State: membersapi.MemberState(c.QueryParam("state"))}
	find := members.Find{Search: v.Search}
	if slices.Contains(membersapi.MemberStates, v.State) {
		find.State = v.State
	} else {
		v.State = ""
	}
	for _, role := range auth.Roles {
		if string(role.Role) == v.Role || v.Role == "hq" && role.AtHQ {
			find.Roles = append(find.Roles, role.Role)
		}
	}
	if len(find.Roles) == 0 {
		v.Role = ""
	}
	find.After, find.Before = place(c, "after"), place(c, "before")
	if find.After != nil {
		find.Before = nil
	}
	var err error
	if v.MemberPage, err = p.members.Members(c.Request().Context(), webkit.Principal(c), find); err != nil {
		return err
	}
	return webkit.Render(c, http.StatusOK, membersPage(v))
}

// place reads where a page of a list begins or ends: "id.name".
func place(c echo.Context, param string) *members.Place {
	value := c.QueryParam(param)
	if len(value) < 37 || len(value) > 600 {
		return nil
	}
	id, err := uuid.Parse(value[:36])
	if err != nil {
		return nil
	}
	return &members.Place{ID: id, Name: value[37:]}
}

func placed(base string, q url.Values, param string, at *members.Place) string {
	if at == nil {
		return ""
	}
	q = given(q)
	q.Set(param, at.ID.String()+"."+at.Name)
	return base + "?" + q.Encode()
}

// given copies the values that are set.
func given(q url.Values) url.Values {
	out := url.Values{}
	for k, v := range q {
		if len(v) > 0 && v[0] != "" {
			out[k] = v
		}
	}
	return out
}

func (v membersView) query() url.Values {
	return url.Values{"q": {v.Search}, "role": {v.Role}, "state": {string(v.State)}}
}

func (v membersView) prev() string { return placed("/hq/members", v.query(), "before", v.Prev) }
func (v membersView) next() string { return placed("/hq/members", v.query(), "after", v.Next) }

func (v membersView) filtered() bool { return v.Search != "" || v.Role != "" || v.State != "" }

func roleChoices(ctx context.Context, all bool) []webkit.Choice {
	var out []webkit.Choice
	if all {
		out = append(out, webkit.Choice{Label: webkit.T(ctx, peopleText.AllRoles)}, webkit.Choice{Value: "hq", Label: webkit.T(ctx, peopleText.HQRoles)})
	}
	for _, r := range auth.Roles {
		out = append(out, webkit.Choice{Value: string(r.Role), Label: webkit.T(ctx, r.Name)})
	}
	return out
}

func stateChoices(ctx context.Context) []webkit.Choice {
	return []webkit.Choice{
		{Label: webkit.T(ctx, peopleText.AllStates)},
		{Value: string(membersapi.Active), Label: webkit.T(ctx, peopleText.Active)},
		{Value: string(membersapi.Suspended), Label: webkit.T(ctx, peopleText.Suspended)},
		{Value: string(membersapi.Departed), Label: webkit.T(ctx, peopleText.Closed)},
	}
}

func memberBadge(ctx context.Context, s membersapi.MemberState) templ.Component {
	switch s {
	case membersapi.Suspended:
		return webkit.Badge(webkit.Low, "pause", webkit.T(ctx, peopleText.Suspended))
	case membersapi.Departed:
		return webkit.Badge(webkit.Neutral, "ban", webkit.T(ctx, peopleText.Closed))
	case membersapi.Active:
	}
	return webkit.Badge(webkit.Good, "check", webkit.T(ctx, peopleText.Active))
}

func seen(ctx context.Context, t time.Time) string {
	if t.IsZero() {
		return webkit.T(ctx, peopleText.Never)
	}
	return webkit.When(ctx, t)
}

type inviteView struct {
	Form   *webkit.Form
	Choice choiceView
	Mails  bool
	Open   []members.Invitation
}

func (p *pages) inviteForm(c echo.Context) error {
	return p.renderInvite(c, http.StatusOK, inviteView{})
}

func (p *pages) renderInvite(c echo.Context, status int, v inviteView) error {
	var err error
	if v.Open, err = p.members.Invitations(c.Request().Context(), webkit.Principal(c)); err != nil {
		return err
	}
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
	return p.showLink(c, linkView{Link: link, Name: cmd.Name, Title: peopleText.LinkTitle, Door: "join", Back: "/hq/members/invite"})
}

func (p *pages) withdraw(c echo.Context) error {
	return p.withdrawTo(c, "/hq/members/invite")
}

func (p *pages) withdrawTo(c echo.Context, to string) error {
	id, err := ids.ParseLinkID(c.Param("link"))
	if err != nil {
		return members.ErrLink
	}
	return after(c, to, p.members.Uninvite(c.Request().Context(), webkit.Principal(c), id), peopleText.Withdrawn)
}

type memberView struct {
	members.MemberDetail
	Locks   members.Locks
	Devices []members.Device
	Choice  choiceView
	Form    *webkit.Form
}

func memberID(c echo.Context) (ids.MemberID, error) {
	id, err := ids.ParseMemberID(c.Param("member"))
	if err != nil {
		return id, members.ErrNoMember
	}
	return id, nil
}

func memberPath(id ids.MemberID) string { return "/hq/members/" + id.String() }

func (p *pages) member(c echo.Context) error {
	ctx, by := c.Request().Context(), webkit.Principal(c)
	id, err := memberID(c)
	if err != nil {
		return err
	}
	var v memberView
	if v.MemberDetail, err = p.members.Member(ctx, by, id); err != nil {
		return err
	}
	if by.May(auth.UnlockMembers) {
		if v.Locks, err = p.members.LocksOf(ctx, by, id); err != nil {
			return err
		}
	}
	if v.Devices, err = p.members.DevicesOf(ctx, by, id); err != nil {
		return err
	}
	var work []ids.StoreID
	for _, w := range v.Stores {
		work = append(work, w.Store)
	}
	if v.Choice, err = p.choices(c, "", work); err != nil {
		return err
	}
	return webkit.Render(c, http.StatusOK, memberPage(v))
}

// worksInStores reports whether somebody's stores can be set here.
func (v memberView) worksInStores() bool { return v.Role == auth.Manager || v.Role == auth.Staff }

func (p *pages) memberState(c echo.Context) error {
	id, err := memberID(c)
	if err != nil {
		return err
	}
	return p.setState(c, id, memberPath(id))
}

// setState does what the form's button says with an account.
func (p *pages) setState(c echo.Context, id ids.MemberID, to string) error {
	f := webkit.ReadForm(c)
	state := membersapi.MemberState(f.Value("state"))
	if !slices.Contains(membersapi.MemberStates, state) {
		return problem.ErrMalformed
	}
	err := p.members.SetMemberState(c.Request().Context(), webkit.Principal(c), members.SetMemberState{
		Member: id, State: state, Note: f.OptionalText("note", 200),
	})
	done := map[membersapi.MemberState]lang.Text{
		membersapi.Active: peopleText.WasRestored, membersapi.Suspended: peopleText.WasSuspended, membersapi.Departed: peopleText.WasClosed,
	}[state]
	return after(c, to, err, done)
}

func (p *pages) memberReset(c echo.Context) error {
	id, err := memberID(c)
	if err != nil {
		return err
	}
	ctx, by := c.Request().Context(), webkit.Principal(c)
	m, err := p.members.Member(ctx, by, id)
	if err != nil {
		return err
	}
	link, err := p.members.IssueReset(ctx, by, id)
	if err != nil {
		return after(c, memberPath(id), err, lang.Text{})
	}
	return p.showLink(c, linkView{Link: link, Name: m.Name, Title: peopleText.ResetTitle, Door: "reset", Back: memberPath(id)})
}

func (p *pages) memberStores(c echo.Context) error {
	id, err := memberID(c)
	if err != nil {
		return err
	}
	f := webkit.ReadForm(c)
	err = p.members.SetWorkplaces(c.Request().Context(), webkit.Principal(c), members.SetWorkplaces{Member: id, Stores: storeIDs(f, "store")})
	return after(c, memberPath(id), err, peopleText.StoresSaved)
}

func (p *pages) memberUnlock(c echo.Context) error {
	id, err := memberID(c)
	if err != nil {
		return err
	}
	return after(c, memberPath(id), p.members.Unlock(c.Request().Context(), webkit.Principal(c), id), peopleText.Unlocked)
}

// memberSignOut ends one session of a member, or all where none is named.
func (p *pages) memberSignOut(c echo.Context) error {
	id, err := memberID(c)
	if err != nil {
		return err
	}
	session, err := ids.ParseSessionID(c.FormValue("session"))
	if err != nil {
		session = ids.SessionID{}
	}
	return after(c, memberPath(id), p.members.EndSessionsOfMember(c.Request().Context(), webkit.Principal(c), id, session), peopleText.DeviceEnded)
}
