package membersweb

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"maru/internal/kernel/ids"
	"maru/internal/members"
	"maru/internal/platform/auth"
	"maru/web/webkit"
)

// keysView is the list of a place's keys, the form for another, and the key that was just made.
type keysView struct {
	Path    string
	AtStore bool
	May     []auth.Entry
	Keys    []members.APIKey
	Form    *webkit.Form
	Made    *members.APIKey
	Secret  string
}

func (p *pages) keysOf(c echo.Context) (keysView, *ids.StoreID, error) {
	ctx, by := c.Request().Context(), webkit.Principal(c)
	v := keysView{Path: "/hq/keys", Form: webkit.NewForm("per_minute", "60", "days", "90")}
	var store *ids.StoreID
	if s, ok := webkit.StoreOf(ctx); ok {
		v.Path, v.AtStore, store = webkit.StorePath(ctx, "keys"), true, &s.ID
	}
	v.May = members.KeyPermissions(by, store)
	var err error
	v.Keys, err = p.members.Keys(ctx, by, store)
	return v, store, err
}

func (p *pages) keys(c echo.Context) error {
	v, _, err := p.keysOf(c)
	if err != nil {
		return err
	}
	return webkit.Render(c, http.StatusOK, keysPage(v))
}

// createKey answers with the page itself, which shows the key this once.
func (p *pages) createKey(c echo.Context) error {
	v, store, err := p.keysOf(c)
	if err != nil {
		return err
	}
	f := webkit.ReadForm(c)
	cmd := members.CreateKey{
		Store: store, Name: f.Text("name", 80), PerMinute: f.Int("per_minute", 1, members.MaxPerMinute), Days: f.Int("days", 1, members.MaxKeyDays),
	}
	for _, perm := range f.Values("permissions") {
		cmd.Permissions = append(cmd.Permissions, auth.Permission(perm))
	}
	if f.OK() {
		key, secret, err := p.members.CreateKey(c.Request().Context(), webkit.Principal(c), cmd)
		if f.Refuse(err); err == nil {
			if v, _, err = p.keysOf(c); err != nil {
				return err
			}
			v.Made, v.Secret = &key, secret
			return webkit.Render(c, http.StatusOK, keysPage(v))
		}
	}
	if err := f.Unexpected(); err != nil {
		return err
	}
	v.Form = f
	return webkit.Render(c, http.StatusUnprocessableEntity, keysPage(v))
}

func (p *pages) revokeKey(c echo.Context) error {
	ctx := c.Request().Context()
	var store *ids.StoreID
	path := "/hq/keys"
	if s, ok := webkit.StoreOf(ctx); ok {
		store, path = &s.ID, webkit.StorePath(ctx, "keys")
	}
	id, err := ids.ParseKeyID(c.Param("key"))
	if err != nil {
		return members.ErrNoKey
	}
	if err := p.members.RevokeKey(ctx, webkit.Principal(c), store, id); err != nil {
		return err
	}
	return webkit.RedirectWithToast(c, path, webkit.Toast{Kind: webkit.ToastDone, Text: accessText.KeyRevoked})
}
