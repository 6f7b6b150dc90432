// Package auditweb is the audit trail of headquarters: who did what, when, from where, and what changed.
package auditweb

import (
	"maru/internal/audit"
	"maru/internal/members/membersapi"
	"maru/internal/platform/auth"
	"maru/web/webkit"
)

type pages struct {
	trail  *audit.Service
	stores membersapi.Stores
}

// Register puts the trail on the site.
func Register(site *webkit.Site, trail *audit.Service, stores membersapi.Stores) {
	p := &pages{trail: trail, stores: stores}
	r := site.Router()
	r.GET(auditPath, webkit.AtHQ(auth.ReadAudit), p.list)
	r.GET(auditPath+"/members/:member", webkit.AtHQ(auth.ReadAudit), p.member)
	r.POST(auditPath+"/export", webkit.AtHQ(auth.ReadAudit), p.export)
	site.Nav(webkit.NavItem{Path: auditPath, Label: text.Trail, Icon: "shield", Needs: auth.ReadAudit, Order: 80})
}
