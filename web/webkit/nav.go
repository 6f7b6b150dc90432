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
	// Also are other paths whose pages belong to the entry, such as the orders of a board.
	Also []string
	// Under is the path of another entry of headquarters that this one belongs to: where the person may see both, the
	// navigation has the other one, and NavTabs on the pages of both lead from each to each.
	Under string
	// Tab is what NavTabs calls it; Label where empty.
	Tab lang.Text
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
	AlsoURL []string
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
		if !strings.HasPrefix(i.Path, "/hq") || !v.principal.AtHQ() || !v.principal.May(i.Needs) {
			continue
		}
		if over := slices.IndexFunc(out, func(l link) bool { return l.Path == i.Under }); over >= 0 {
			out[over].AlsoURL = append(out[over].AlsoURL, i.Path)
			continue
		}
		out = append(out, v.link(i))
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
	l := link{NavItem: i, URL: i.Path, AlsoURL: slices.Clone(i.Also), LiveURL: i.Live}
	if v.store != nil {
		l.URL = strings.Replace(i.Path, ":store", v.store.Code, 1)
		for n, also := range l.AlsoURL {
			l.AlsoURL[n] = strings.Replace(also, ":store", v.store.Code, 1)
		}
		l.LiveURL = strings.Replace(i.Live, ":store", v.store.Code, 1)
	}
	return l
}

// markCurrent marks the entry whose path is the longest beginning of the page's: on /hq/menu/items/7
// that is /hq/menu and not /hq.
func markCurrent(links []link, path string) []link {
	best := -1
	for i, l := range links {
		if slices.ContainsFunc(l.AlsoURL, func(also string) bool { return under(path, also) }) {
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

// navTabs are the entry of headquarters that the page belongs to and those under it, as far as the person may see them.
// keep are pairs of name and value that every one of them understands.
func navTabs(ctx context.Context, keep []string) []Tab {
	v := view(ctx)
	group := ""
	for _, i := range v.site.nav {
		if v.path == i.Path {
			group = cmp.Or(i.Under, i.Path)
		}
	}
	var tabs []Tab
	for _, i := range v.site.nav {
		if (i.Path == group || i.Under == group) && v.principal.May(i.Needs) {
			label := i.Tab
			if label == (lang.Text{}) {
				label = i.Label
			}
			tabs = append(tabs, Tab{Label: label, Icon: i.Icon, URL: URL(i.Path, keep...), Current: i.Path == v.path})
		}
	}
	return tabs
}

func under(path, folder string) bool {
	return folder != "" && (path == folder || strings.HasPrefix(path, folder+"/"))
}
