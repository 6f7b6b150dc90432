package webkit

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"maru/internal/kernel/lang"
	"maru/internal/platform/auth"
)

// NavItem is one entry of the navigation. Page packages give theirs to Site.Nav when they register
// their routes.
type NavItem struct {
	// Path is where it leads: "/s/:store/register" in a store, "/hq/menu" at headquarters.
	Path string
	// Also is another path whose pages belong to the entry, such as the orders of a board.
	Also string
	// Label is one or two words.
	Label lang.Text
	// Icon is a name of the icon set.
	Icon string
	// Needs is what a person must be allowed to see it.
	Needs auth.Permission
	// Order sorts the entries; use steps of ten. Home is 0.
	Order int
	// Live names, where set, a fragment that shows a count beside the label, such as the number of
	// open orders: a GET of this path answers with plain text or nothing.
	Live string
}

// Nav adds entries to the navigation.
func (s *Site) Nav(items ...NavItem) {
	for _, i := range items {
		mustKnow(i.Needs)
		mustHaveIcon(i.Icon)
	}
	s.nav = append(s.nav, items...)
	slices.SortStableFunc(s.nav, func(a, b NavItem) int { return cmp.Compare(a.Order, b.Order) })
}

// link is an entry as a page shows it.
type link struct {
	NavItem
	URL     string
	AlsoURL string
	LiveURL string
	Current bool
}

// storeLinks returns the entries of the page's store that the person may use.
func storeLinks(ctx context.Context) []link {
	v := view(ctx)
	if v.store == nil {
		return nil
	}
	var out []link
	for _, i := range v.site.nav {
		if strings.HasPrefix(i.Path, "/s/:store") && v.principal.MayAt(i.Needs, v.store.ID) {
			out = append(out, v.link(i))
		}
	}
	return markCurrent(out, v.path)
}

// hqLinks returns the entries of headquarters that the person may use.
func hqLinks(ctx context.Context) []link {
	v := view(ctx)
	var out []link
	for _, i := range v.site.nav {
		if strings.HasPrefix(i.Path, "/hq") && v.principal.AtHQ() && v.principal.May(i.Needs) {
			out = append(out, v.link(i))
		}
	}
	return markCurrent(out, v.path)
}

// HQHome returns the page at which the person's day at headquarters begins: the figures of the chain,
// or else the first page of the navigation that they may use, or "/".
func HQHome(ctx context.Context) string {
	if PrincipalOf(ctx).May(auth.ViewChain) {
		return "/hq"
	}
	if links := hqLinks(ctx); len(links) > 0 {
		return links[0].URL
	}
	return "/"
}

func (v *requestView) link(i NavItem) link {
	l := link{NavItem: i, URL: i.Path, AlsoURL: i.Also, LiveURL: i.Live}
	if v.store != nil {
		l.URL = strings.Replace(i.Path, ":store", v.store.Code, 1)
		l.AlsoURL = strings.Replace(i.Also, ":store", v.store.Code, 1)
		l.LiveURL = strings.Replace(i.Live, ":store", v.store.Code, 1)
	}
	return l
}

// markCurrent marks the entry whose path is the longest beginning of the page's: on /hq/menu/items/7
// that is /hq/menu and not /hq.
func markCurrent(links []link, path string) []link {
	best := -1
	for i, l := range links {
		if under(path, l.AlsoURL) {
			best = i
			break
		}
		if under(path, l.URL) && (best < 0 || len(l.URL) > len(links[best].URL)) {
			best = i
		}
	}
	if best >= 0 {
		links[best].Current = true
	}
	return links
}

func under(path, folder string) bool {
	return folder != "" && (path == folder || strings.HasPrefix(path, folder+"/"))
}
