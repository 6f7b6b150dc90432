package membersweb

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"maru/internal/members"
	"maru/web/webkit"
)

func (p *importer) progress(c echo.Context) error {
	l, _, err := p.list(c)
	if err != nil {
		return err
	}
	if l.State == members.ListIsDraft {
		return webkit.Redirect(c, listPath(l.ID, ""))
	}
	return webkit.Render(c, http.StatusOK, progressPage(l))
}

// step imports the next part; the page asks for one after the other, and whoever comes back to it goes on.
func (p *importer) step(c echo.Context) error {
	l, sheet, err := p.list(c)
	if err != nil {
		return err
	}
	if l, err = p.members.StepStoreList(c.Request().Context(), webkit.Principal(c), l.ID, sheet.Lines, l.Layout.NewStores); err != nil {
		return err
	}
	if !webkit.IsPartial(c) {
		return webkit.Redirect(c, listPath(l.ID, "/progress"))
	}
	return webkit.Render(c, http.StatusOK, progressPart(l))
}

func thousandths(l members.StoreList) int {
	if l.Lines == 0 {
		return 0
	}
	return l.Done * 1000 / l.Lines
}
