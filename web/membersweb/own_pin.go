package membersweb

import (
	"errors"
	"net/http"

	"github.com/labstack/echo/v4"

	"maru/internal/kernel/ids"
	"maru/internal/members"
	"maru/web/webkit"
)

type ownPINView struct {
	Own  []members.OwnPIN
	Form *webkit.Form
}

// chosen reports whether the form is about the store: about all of them before anything was chosen.
func (v ownPINView) chosen(store ids.StoreID) bool {
	if v.Form == nil {
		return true
	}
	for _, s := range v.Form.Values("store") {
		if s == store.String() {
			return true
		}
	}
	return false
}

func (p *pages) ownPIN(c echo.Context) error { return p.renderOwnPIN(c, http.StatusOK, nil) }

func (p *pages) renderOwnPIN(c echo.Context, status int, f *webkit.Form) error {
	own, err := p.members.OwnPINs(c.Request().Context(), webkit.Principal(c))
	if err != nil {
		return err
	}
	return webkit.Render(c, status, ownPINPage(ownPINView{Own: own, Form: f}))
}

func (p *pages) setPIN(c echo.Context) error {
	f := webkit.ReadForm(c)
	cmd := members.SetPIN{Stores: storeIDs(f, "store"), PIN: f.Secret("pin"), Password: f.Secret("old")}
	var err error
	if f.OK() {
		err = p.members.SetPIN(c.Request().Context(), webkit.Principal(c), cmd)
		f.Refuse(err)
	}
	if err := f.Unexpected(); err != nil {
		return err
	}
	if !f.OK() {
		return p.renderOwnPIN(c, statusOf(c, err), f)
	}
	return webkit.RedirectWithToast(c, "/me/pin", webkit.Toast{Kind: webkit.ToastDone, Text: sharedText.PINSet})
}

func (p *pages) removeOwnPIN(c echo.Context) error {
	f := webkit.ReadForm(c)
	store := webkit.ID(f, "store", ids.ParseStoreID)
	if !f.OK() {
		return p.renderOwnPIN(c, http.StatusUnprocessableEntity, nil)
	}
	by := webkit.Principal(c)
	err := p.members.RemovePIN(c.Request().Context(), by, store, by.Member)
	if errors.Is(err, members.ErrNoWorker) {
		err = nil // there is none, as was wanted
	}
	return after(c, "/me/pin", err, sharedText.PINRemoved)
}
