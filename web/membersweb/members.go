package membersweb

import (
	"context"
	"net/http"
	"slices"
	"strconv"
	"strings"
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
	r.GET("/hq/members/:member", webkit.AtHQ(auth.ViewMembers), p.member)
	r.POST("/hq/members/:member/state", webkit.AtHQ(auth.ManageMembers), p.memberState)
	r.POST("/hq/members/:member/reset", webkit.AtHQ(auth.UnlockMembers), p.memberReset)
	r.POST("/hq/members/:member/stores", webkit.AtHQ(auth.ManageMembers), p.memberStores)
	r.POST("/hq/members/:member/unlock", webkit.AtHQ(auth.UnlockMembers), p.memberUnlock)
	r.POST("/hq/members/:member/reset-factor", webkit.AtHQ(auth.ManageMembers), p.memberResetFactor)
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
	v.Role, find.Roles = roleFilter(v.Role)
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

// roleFilter reads which roles a list is of: one, all of headquarters for "hq", or any. It returns what was asked for, empty
// where there is no such role.
func roleFilter(asked string) (string, []auth.Role) {
	var roles []auth.Role
	for _, role := range auth.Roles {
		if string(role.Role) == asked || asked == "hq" && role.AtHQ {
			roles = append(roles, role.Role)
		}
	}
	if len(roles) == 0 {
		return "", nil
	}
	return asked, roles
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

// placed is the URL of a page of the list that the pairs ask for; empty where there is none.
func placed(path string, asked []string, param string, at *members.Place) string {
	if at == nil {
		return ""
	}
	return webkit.URL(path, append(asked, param, at.ID.String()+"."+at.Name)...)
}

func (v membersView) asked() []string {
	return []string{"q", v.Search, "role", v.Role, "state", string(v.State)}
}

func (v membersView) prev() string { return placed("/hq/members", v.asked(), "before", v.Prev) }
func (v membersView) next() string { return placed("/hq/members", v.asked(), "after", v.Next) }

// storeNames says where somebody works: the stores, and how many more.
func storeNames(ctx context.Context, stores []members.Workplace, more int) string {
	names := make([]string, len(stores))
	for i, w := range stores {
		names[i] = webkit.T(ctx, w.Name)
	}
	said := strings.Join(names, ", ")
	if more > 0 {
		said += " " + webkit.T(ctx, peopleText.More.With("n", strconv.Itoa(more)))
	}
	return said
}

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

type memberView struct {
	members.MemberDetail
	Locks   members.Locks
	Factors members.HeldFactors
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
	if v.Factors, err = p.members.FactorsOf(ctx, by, id); err != nil {
		return err
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

func (p *pages) memberResetFactor(c echo.Context) error {
	id, err := memberID(c)
	if err != nil {
		return err
	}
	return after(c, memberPath(id), p.members.ResetSecondFactor(c.Request().Context(), webkit.Principal(c), id), peopleText.FactorReset)
}

// factors says which second factors the person has.
func (v memberView) factors(ctx context.Context) string {
	var have []string
	if v.Factors.TOTP {
		have = append(have, webkit.T(ctx, peopleText.HasApp))
	}
	if n := v.Factors.Passkeys; n > 0 {
		have = append(have, webkit.T(ctx, peopleText.HasPasskeys.With("n", strconv.Itoa(n))))
	}
	if len(have) == 0 {
		return webkit.T(ctx, peopleText.HasNoFactor)
	}
	return strings.Join(have, ", ")
}

// memberSignOut ends one session of a member, or all where none is named.
func (p *pages) memberSignOut(c echo.Context) error {
	id, err := memberID(c)
	if err != nil {
		return err
	}
	var session ids.SessionID // all of them, where none is named
	if named := c.FormValue("session"); named != "" {
		if session, err = ids.ParseSessionID(named); err != nil {
			return members.ErrNoDevice
		}
	}
	return after(c, memberPath(id), p.members.EndSessionsOfMember(c.Request().Context(), webkit.Principal(c), id, session), peopleText.DeviceEnded)
}
