// Package membersweb is how people come in: the sign-in page, the way to the right first page, the
// cookies that keep a session, and the session part of the JSON API.
package membersweb

import (
	"maru/internal/kernel/lang"
	"maru/internal/members"
	"maru/web/webkit"
)

// DemoAccount is an account whose password everybody may know. Only the demo has any.
type DemoAccount struct {
	Login    string
	Password string
	Who      lang.Text // "본사", "강남점 점주"
}

type pages struct {
	members  *members.Service
	sessions *Sessions
	demo     []DemoAccount
}

// Register puts the pages on the site. demo lists the accounts that the sign-in page offers to
// everybody; it is empty everywhere but in the demo.
func Register(site *webkit.Site, service *members.Service, sessions *Sessions, demo []DemoAccount) {
	p := &pages{members: service, sessions: sessions, demo: demo}
	r := site.Router()
	r.GET("/", webkit.SignedIn, p.home)
	r.GET("/login", webkit.Public, p.login)
	r.POST("/login", webkit.Public, p.signIn)
	r.POST("/login/code", webkit.Public, p.signInCode)
	r.POST("/login/passkey/begin", webkit.Public, p.beginPasskeySignIn)
	r.POST("/login/passkey", webkit.Public, p.signInPasskey)
	r.POST("/logout", webkit.Public, p.signOut)
	p.registerAccess(site)
	p.registerMe(r)
	p.registerFactorRules(site, r)
}
