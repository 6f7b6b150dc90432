package membersweb

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"maru/web/webkit"
)

// home leads to where a person's day begins: headquarters, their store, or the choice among several. Who waits for another store reads
// there when it comes.
func (p *pages) home(c echo.Context) error {
	by := webkit.Principal(c)
	if hq := webkit.HQHome(c.Request().Context()); by.AtHQ() && hq != "/" {
		return webkit.Redirect(c, hq)
	}
	stores, err := p.members.StoresOf(c.Request().Context(), by)
	if err != nil {
		return err
	}
	coming, err := p.members.ComingStores(c.Request().Context(), by)
	if err != nil {
		return err
	}
	if len(stores) == 1 && len(coming) == 0 {
		return webkit.Redirect(c, "/s/"+stores[0].Code)
	}
	return webkit.Render(c, http.StatusOK, storesPage(stores, coming))
}
