// Package membersweb is how people come in: the sign-in page, the way to the right first page, the
// cookies that keep a session, and the session part of the JSON API.
package membersweb

import (
	"net/url"

	"maru/internal/kernel/lang"
	"maru/internal/members"
	"maru/internal/platform/auth"
	"maru/web/webkit"
)

// DemoAccount is an account whose password everybody may know. Only the demo has any.
type DemoAccount struct {
	Login    string
	Password string
	Name     string
	Who      lang.Text // "본사", "강남점 점주"
	PIN      string    // for shared devices; empty for none
	Devices  string    // the page on which they make a browser a shared device; empty for who may not, or has no PIN
}

type pages struct {
	members  *members.Service
	sessions *Sessions
	demo     []DemoAccount
	public   *url.URL
}

// Register puts the pages on the site. demo lists the accounts that the sign-in page offers to
// everybody; it is empty everywhere but in the demo. public is where people reach the site, nil where nobody said.
func Register(site *webkit.Site, service *members.Service, sessions *Sessions, demo []DemoAccount, public *url.URL) {
	p := &pages{members: service, sessions: sessions, demo: demo, public: public}
	r := site.Router()
	r.GET("/", webkit.Person, p.home)
	r.GET("/login", webkit.Public, p.login)
	r.POST("/login", webkit.Public, p.signIn)
	r.POST("/login/code", webkit.Public, p.signInCode)
	r.POST("/login/passkey/begin", webkit.Public, p.beginPasskeySignIn)
	r.POST("/login/passkey", webkit.Public, p.signInPasskey)
	r.POST("/logout", webkit.Public, p.signOut)
	p.registerAccess(site)
	p.registerMe(r)
	p.registerFactorRules(site, r)
	p.registerProfile(r)
	p.registerJoining(r)
	p.registerSignUps(r)
	p.registerMembers(r)
	p.registerInvitations(r)
	p.registerStaff(r)
	p.registerSharedDevices(r)
	p.registerStoreMaster(r)
	site.Nav(
		webkit.NavItem{Path: masterPath, Label: storeText.Master, Icon: "file-text", Needs: auth.ManageStores, Order: 32, Under: "/hq/stores"},
		webkit.NavItem{Path: "/hq/members", Label: peopleText.Members, Icon: "users", Needs: auth.ViewMembers, Order: 60},
		webkit.NavItem{Path: invitationsPath, Label: peopleText.Invitations, Tab: peopleText.Invitations, Icon: "send", Needs: auth.ManageMembers, Order: 61, Under: "/hq/members"},
		webkit.NavItem{Path: "/hq/sign-ups", Label: peopleText.SignUps, Icon: "list-checks", Needs: auth.ReviewSignUps, Order: 62},
		webkit.NavItem{Path: "/s/:store/staff", Label: peopleText.Staff, Icon: "users", Needs: auth.ManageStaff, Order: 70, Also: []string{"/s/:store/devices", "/s/:store/keys"}},
	)
}
