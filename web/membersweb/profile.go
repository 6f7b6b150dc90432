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

func (p *pages) registerProfile(r *webkit.Router) {
	r.GET("/me/profile", webkit.SignedIn, p.profile)
	r.POST("/me/profile", webkit.SignedIn, p.saveProfile)
}

type profileView struct {
	members.Profile
	Form *webkit.Form
}

func (p *pages) profile(c echo.Context) error {
	profile, err := p.members.Profile(c.Request().Context(), webkit.Principal(c))
	if err != nil {
		return err
	}
	return webkit.Render(c, http.StatusOK, profilePage(profileView{Profile: profile}))
}

func (p *pages) saveProfile(c echo.Context) error {
	ctx, by := c.Request().Context(), webkit.Principal(c)
	f := webkit.ReadForm(c)
	f.Refuse(p.members.ChangeProfile(ctx, by, members.ChangeProfile{Name: f.Value("name"), Email: f.Value("email"), Phone: f.Value("phone"), Password: f.Password("old")}))
	if err := f.Unexpected(); err != nil {
		return err
	}
	if f.OK() {
		return webkit.RedirectWithToast(c, "/me/profile", webkit.Toast{Kind: webkit.ToastDone, Text: peopleText.Saved})
	}
	profile, err := p.members.Profile(ctx, by)
	if err != nil {
		return err
	}
	return webkit.Render(c, http.StatusUnprocessableEntity, profilePage(profileView{Profile: profile, Form: f}))
}

// inviteRole is the role that the invitation form shows: what was chosen, or staff.
func inviteRole(f *webkit.Form) string {
	if v := f.Value("role"); v != "" {
		return v
	}
	return string(auth.Staff)
}

func here(ctx context.Context) ids.StoreID {
	s, _ := webkit.StoreOf(ctx)
	return s.ID
}
