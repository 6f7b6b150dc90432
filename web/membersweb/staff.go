package membersweb

import (
	"net/http"
	"net/url"

	"github.com/labstack/echo/v4"

	"maru/internal/kernel/ids"
	"maru/internal/kernel/lang"
	"maru/internal/members"
	"maru/internal/members/membersapi"
	"maru/internal/platform/auth"
	"maru/internal/platform/errs"
	"maru/web/webkit"
	"maru/web/webkit/problem"
)

func (p *pages) registerStaff(r *webkit.Router) {
	r.GET("/s/:store/staff", webkit.AtStore(auth.ManageStaff), p.staff)
	r.POST("/s/:store/staff/invite", webkit.AtStore(auth.ManageStaff), p.inviteStaff)
	r.POST("/s/:store/invitations/:link/withdraw", webkit.AtStore(auth.ManageStaff), p.withdrawStaff)
	r.POST("/s/:store/staff/:member/state", webkit.AtStore(auth.ManageStaff), p.staffState)
	r.POST("/s/:store/staff/:member/reset", webkit.AtStore(auth.ManageStaff), p.staffReset)
	r.POST("/s/:store/staff/:member/stores", webkit.AtStore(auth.ManageStaff), p.staffStores)
}

type staffView struct {
	List  []members.StaffMember
	Open  []members.Invitation
	Mine  []membersapi.Store // where the person who looks manages staff
	Form  *webkit.Form
	Mails bool
}

func (p *pages) staff(c echo.Context) error { return p.renderStaff(c, http.StatusOK, nil) }

func (p *pages) renderStaff(c echo.Context, status int, f *webkit.Form) error {
	ctx, by, store := c.Request().Context(), webkit.Principal(c), webkit.Store(c)
	v := staffView{Form: f, Mails: p.members.MailsLinks()}
	var err error
	if v.List, err = p.members.Staff(ctx, by, store.ID); err != nil {
		return err
	}
	if v.Open, err = p.members.Invitations(ctx, by, store.ID); err != nil {
		return err
	}
	if v.Mine, err = p.managed(c); err != nil {
		return err
	}
	return webkit.Render(c, status, staffPage(v))
}

// managed returns the stores among which a person's work is set on this page: the owner's, and for
// headquarters the one of the page.
func (p *pages) managed(c echo.Context) ([]membersapi.Store, error) {
	by, here := webkit.Principal(c), webkit.Store(c)
	if by.AtHQ() {
		return []membersapi.Store{here}, nil
	}
	all, err := p.members.Stores(c.Request().Context())
	if err != nil {
		return nil, err
	}
	var mine []membersapi.Store
	for _, s := range all {
		if by.MayAt(auth.ManageStaff, s.ID) {
			mine = append(mine, s)
		}
	}
	return mine, nil
}

func storeIDsOf(stores []membersapi.Store) []ids.StoreID {
	out := make([]ids.StoreID, len(stores))
	for i, s := range stores {
		out[i] = s.ID
	}
	return out
}

func staffPath(c echo.Context) string { return "/s/" + url.PathEscape(webkit.Store(c).Code) + "/staff" }

func (p *pages) inviteStaff(c echo.Context) error {
	f := webkit.ReadForm(c)
	cmd := members.Invite{
		Name: f.Value("name"), Email: f.Value("email"), Stores: storeIDs(f, "store"),
		Role: auth.Role(f.Choice("role", string(auth.Manager), string(auth.Staff))),
	}
	if len(cmd.Stores) == 0 {
		cmd.Stores = []ids.StoreID{webkit.Store(c).ID}
	}
	var link members.Link
	if f.OK() {
		var err error
		link, err = p.members.Invite(c.Request().Context(), webkit.Principal(c), cmd)
		f.Refuse(err)
	}
	if err := f.Unexpected(); err != nil {
		return err
	}
	if !f.OK() {
		return p.renderStaff(c, http.StatusUnprocessableEntity, f)
	}
	return p.showLink(c, linkView{Link: link, Name: cmd.Name, Title: peopleText.LinkTitle, Door: "join", Back: staffPath(c), Store: true})
}

func (p *pages) withdrawStaff(c echo.Context) error { return p.withdrawTo(c, staffPath(c)) }

// staffMember returns the member of the path, who must work in the store of the path.
func (p *pages) staffMember(c echo.Context) (members.StaffMember, error) {
	id, err := memberID(c)
	if err != nil {
		return members.StaffMember{}, err
	}
	list, err := p.members.Staff(c.Request().Context(), webkit.Principal(c), webkit.Store(c).ID)
	if err != nil {
		return members.StaffMember{}, err
	}
	for _, m := range list {
		if m.ID == id {
			return m, nil
		}
	}
	return members.StaffMember{}, members.ErrNoMember
}

func (p *pages) staffState(c echo.Context) error {
	m, err := p.staffMember(c)
	if err != nil {
		return err
	}
	if s := membersapi.MemberState(c.FormValue("state")); s != membersapi.Active && s != membersapi.Suspended {
		return problem.ErrMalformed // accounts are closed by headquarters
	}
	return p.setState(c, m.ID, staffPath(c))
}

func (p *pages) staffReset(c echo.Context) error {
	m, err := p.staffMember(c)
	if err != nil {
		return err
	}
	link, err := p.members.IssueReset(c.Request().Context(), webkit.Principal(c), m.ID)
	if err != nil {
		return staffProblem(c, err, lang.Text{})
	}
	return p.showLink(c, linkView{Link: link, Name: m.Name, Title: peopleText.ResetTitle, Door: "reset", Back: staffPath(c), Store: true})
}

func (p *pages) staffStores(c echo.Context) error {
	m, err := p.staffMember(c)
	if err != nil {
		return err
	}
	among, err := p.managed(c)
	if err != nil {
		return err
	}
	f := webkit.ReadForm(c)
	return staffProblem(c, p.members.SetWorkplaces(c.Request().Context(), webkit.Principal(c), members.SetWorkplaces{
		Member: m.ID, Stores: storeIDs(f, "store"), Among: storeIDsOf(among),
	}), peopleText.StoresSaved)
}

// staffProblem is after for the staff page, where somebody who works for others too is no forbidden page.
func staffProblem(c echo.Context, err error, done lang.Text) error {
	if err != nil && errs.KindOf(err) == errs.Forbidden {
		if toast, ok := problemOf(err); ok {
			return webkit.RedirectWithToast(c, staffPath(c), toast)
		}
	}
	return after(c, staffPath(c), err, done)
}

// manages reports whether the person who looks can change the account of m here.
func (v staffView) manages(m members.StaffMember) bool {
	return m.Role == auth.Manager || m.Role == auth.Staff
}

func worksAt(m members.StaffMember, store ids.StoreID) bool {
	for _, w := range m.Mine {
		if w.Store == store {
			return true
		}
	}
	return false
}
