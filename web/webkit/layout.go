package webkit

import (
	"context"
	"log/slog"
	"strconv"
	"unicode/utf8"

	"github.com/a-h/templ"

	"maru/internal/kernel/lang"
	"maru/internal/platform/auth"
)

// htmxConfig: no style element of htmx's own (the policy forbids it), no swapping of a proxy's error
// page into a table cell, no history snapshots (a page is asked for again), and a morph that leaves
// what a person opened open.
const htmxConfig = `{"includeIndicatorCSS":false,"history":"reload","noSwap":[204,304,"5xx"],` +
	`"morphIgnore":["data-htmx-powered","open","data-live"],"defaultTimeout":30000}`

// kitScripts are on every page: small, each for one thing, none needed for a page to work.
func kitScripts() []string {
	return []string{
		"js/person.js", "js/dialogs.js", "js/keys.js", "js/toasts.js", "js/forms.js", "js/preferences.js", "js/charts.js", "js/live.js",
	}
}

// scripts are those of the page: on a shared device also the one that locks it.
func scripts(ctx context.Context, p PageInfo) []string {
	all := append(kitScripts(), p.Scripts...)
	if atSharedDevice(ctx) {
		all = append(all, "js/shared.js")
	}
	return all
}

// atSharedDevice reports whether the page is shown to somebody who works on a shared device.
func atSharedDevice(ctx context.Context) bool {
	p := PrincipalOf(ctx)
	return p.OnShared() && p.SignedIn()
}

// whoWorks names the person for scripts, which keep what was typed for nobody else; empty for nobody.
func whoWorks(ctx context.Context) string {
	if p := PrincipalOf(ctx); !p.Member.IsZero() {
		return p.Member.String()
	}
	return ""
}

// devicesURL is where the person looks after the shared devices of the page's store; empty for those who do not.
func devicesURL(ctx context.Context) string {
	s, ok := StoreOf(ctx)
	if !ok || !PrincipalOf(ctx).MayAt(auth.ManageDevices, s.ID) {
		return ""
	}
	return "/s/" + s.Code + "/devices"
}

// locksAfter is in how many seconds without a touch the shared device locks.
func locksAfter(ctx context.Context) string {
	return strconv.Itoa(int(PrincipalOf(ctx).Shared.LocksAfter.Seconds()))
}

// here is the page as a path, to come back to.
func here(ctx context.Context) string {
	v := view(ctx)
	if v.query == "" {
		return v.path
	}
	return v.path + "?" + v.query
}

func themeAttributes(ctx context.Context) templ.Attributes {
	switch t := view(ctx).theme; t {
	case Light, Dark:
		return templ.Attributes{"data-theme": string(t)}
	case Auto:
	}
	return nil
}

func windowTitle(ctx context.Context, p PageInfo) string {
	name := T(ctx, franchiseName(ctx))
	if s, ok := StoreOf(ctx); ok {
		name = T(ctx, s.Name)
	}
	if t := T(ctx, p.Title); t != "" {
		return t + " · " + name
	}
	return name
}

func franchiseName(ctx context.Context) lang.Text {
	if n := view(ctx).franchise.Name; n.Ko != "" {
		return n
	}
	return text.Product
}

// liveURL returns the stream that the page listens to.
func liveURL(ctx context.Context, p PageInfo) string {
	switch v := view(ctx); {
	case p.Live == "-":
		return ""
	case p.Live != "":
		return p.Live
	case v.store != nil:
		return "/s/" + v.store.Code + "/live"
	case v.principal.AtHQ() && len(v.path) >= 3 && v.path[:3] == "/hq":
		return "/hq/live"
	}
	return ""
}

func storeHome(ctx context.Context) string {
	if s, ok := StoreOf(ctx); ok {
		return "/s/" + s.Code
	}
	return "/"
}

// place is somewhere else the person may go.
type place struct {
	URL  string
	Name lang.Text
	Icon string
}

// otherPlaces lists the person's other stores, and headquarters for those who work there. Where there
// are many stores (HQ) the list is headquarters' own page of stores instead.
func otherPlaces(ctx context.Context) []place {
	v := view(ctx)
	var out []place
	if v.principal.AtHQ() {
		if v.store != nil {
			out = append(out, place{URL: HQHome(ctx), Name: text.Headquarters, Icon: "building-2"})
		}
		return out
	}
	if len(v.principal.Stores) < 2 || v.site.Stores == nil {
		return nil
	}
	stores, err := v.site.Stores.Stores(ctx)
	if err != nil {
		v.site.Log.WarnContext(ctx, "stores for the switch", slog.Any("err", err))
		return nil
	}
	for _, s := range stores {
		if v.principal.Reaches(s.ID) && (v.store == nil || s.ID != v.store.ID) {
			out = append(out, place{URL: "/s/" + s.Code, Name: s.Name, Icon: "store"})
		}
	}
	return out
}

// roleName says what a person is, below their name.
func roleName(r auth.Role) lang.Text {
	e, _ := r.Entry()
	return e.Name
}

// initial returns the first letter of a name, for the round sign of a person.
func initial(name string) string {
	r, _ := utf8.DecodeRuneInString(name)
	if r == utf8.RuneError {
		return "·"
	}
	return string(r)
}

func languageName(l lang.Lang) string {
	if l == lang.English {
		return "English"
	}
	return "한국어"
}

func current(l link) string {
	if l.Current {
		return "page"
	}
	return "false"
}

func pressed(on bool) string {
	if on {
		return "true"
	}
	return "false"
}

func toastIcon(k ToastKind) string {
	switch k {
	case ToastDone:
		return "circle-check"
	case ToastProblem:
		return "circle-alert"
	case ToastNote:
	}
	return "info"
}

func placeClass(place string) string {
	switch place {
	case "store":
		return "place-store"
	case "hq":
		return "place-hq"
	}
	return "place-bare"
}
