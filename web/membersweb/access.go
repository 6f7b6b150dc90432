package membersweb

import (
	"context"
	"strings"

	"maru/internal/kernel/lang"
	"maru/internal/members"
	"maru/internal/platform/auth"
	"maru/web/webkit"
)

// registerAccess adds the pages of single people's permissions and of API keys.
func (p *pages) registerAccess(site *webkit.Site) {
	r := site.Router()
	staff, settings := webkit.AtStore(auth.ManageStaff), webkit.AtHQ(auth.ManageSettings)
	r.GET("/s/:store/staff/:member/permissions", staff, p.permissions)
	r.POST("/s/:store/staff/:member/permissions", staff, p.setPermission)
	r.GET("/s/:store/keys", staff, p.keys)
	r.POST("/s/:store/keys", staff, p.createKey)
	r.POST("/s/:store/keys/:key/revoke", staff, p.revokeKey)
	r.GET("/hq/keys", settings, p.keys)
	r.POST("/hq/keys", settings, p.createKey)
	r.POST("/hq/keys/:key/revoke", settings, p.revokeKey)
	// A store's keys are reached from its staff: a phone has room for six places.
	site.Nav(webkit.NavItem{Path: "/hq/keys", Label: accessText.Keys, Icon: "key-round", Needs: auth.ManageSettings, Order: 85})
}

type permissionChoice struct {
	choice members.Choice
	label  lang.Text
}

func choices() []permissionChoice {
	return []permissionChoice{{members.AsRole, accessText.ByRole}, {members.Granted, accessText.Granted}, {members.Withheld, accessText.Withheld}}
}

func pressedIf(on bool) string {
	if on {
		return "true"
	}
	return "false"
}

func permissionNames(ctx context.Context, perms []auth.Permission) string {
	names := make([]string, 0, len(perms))
	for _, p := range perms {
		if e, ok := auth.EntryOf(p); ok {
			names = append(names, webkit.T(ctx, e.Name))
		}
	}
	return strings.Join(names, ", ")
}
