package auditweb

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"maru/internal/audit"
	"maru/internal/kernel/ids"
	"maru/web/webkit"
)

// memberView is what the trail says of one person: what was done to them and what they did themselves.
type memberView struct {
	listView
	Member   ids.MemberID
	OnThem   audit.Page
	ByThem   audit.Page
	OnThemAt string // where all of it is
	ByThemAt string
}

const briefRows = 8

// member is a part of the page of a person, which loads it for those who may read the trail.
func (p *pages) member(c echo.Context) error {
	ctx, by := c.Request().Context(), webkit.Principal(c)
	id, err := ids.ParseMemberID(c.Param("member"))
	if err != nil {
		return errMember
	}
	v := memberView{Member: id}
	if v.Stores, err = p.stores.Stores(ctx); err != nil {
		return err
	}
	if v.OnThem, err = p.trail.Find(ctx, by, audit.Search{Object: id.String()}, briefRows); err != nil {
		return err
	}
	if v.ByThem, err = p.trail.Find(ctx, by, audit.Search{Member: id}, briefRows); err != nil {
		return err
	}
	v.OnThemAt = listView{Asked: asked{Object: id.String()}}.query()
	v.ByThemAt = listView{Asked: asked{Member: id.String()}}.query()
	return webkit.Render(c, http.StatusOK, memberPart(v))
}
