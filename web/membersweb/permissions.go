package membersweb

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"maru/internal/kernel/ids"
	"maru/internal/members"
	"maru/internal/platform/auth"
	"maru/web/webkit"
)

func workerParam(c echo.Context) (ids.MemberID, error) {
	id, err := ids.ParseMemberID(c.Param("member"))
	if err != nil {
		return ids.MemberID{}, members.ErrNoWorker
	}
	return id, nil
}

// permissions shows what somebody of the store may do beside their role.
func (p *pages) permissions(c echo.Context) error {
	id, err := workerParam(c)
	if err != nil {
		return err
	}
	w, err := p.members.PermissionsOf(c.Request().Context(), webkit.Principal(c), webkit.Store(c).ID, id)
	if err != nil {
		return err
	}
	return webkit.Render(c, http.StatusOK, permissionsPage(w))
}

// setPermission stores one choice.
func (p *pages) setPermission(c echo.Context) error {
	id, err := workerParam(c)
	if err != nil {
		return err
	}
	ctx := c.Request().Context()
	err = p.members.SetPermission(ctx, webkit.Principal(c), members.SetPermission{
		Store: webkit.Store(c).ID, Member: id, Permission: auth.Permission(c.FormValue("permission")), Choice: members.Choice(c.FormValue("choice")),
	})
	if err != nil {
		return err
	}
	return webkit.RedirectWithToast(c, permissionsPath(ctx, id), webkit.Toast{Kind: webkit.ToastDone, Text: accessText.PermissionSet})
}
