package webkit

import (
	"context"
	"time"

	"github.com/labstack/echo/v4"

	"maru/internal/kernel/businessday"
	"maru/internal/kernel/lang"
	"maru/internal/kernel/money"
	"maru/internal/members/membersapi"
	"maru/internal/platform/auth"
	"maru/internal/platform/errs"
)

// requestView is what every page of one request is shown with. The middleware fills it step by step;
// it travels in the request's context, so that templates need no arguments for it.
type requestView struct {
	site      *Site
	principal auth.Principal
	store     *membersapi.Store
	clock     businessday.Clock // of the store
	zone      *time.Location
	franchise membersapi.Franchise
	now       time.Time
	theme     Theme
	nonce     string
	path      string
	query     string
	requestID string
	toast     *Toast // kept from the page before

	toastShown bool
	address    string // of the client, as far as the site believes it

	refused    *errs.Error // why the request was not let in; nil where it was
	needs      Access      // what it would have needed
	storeAsked string      // the store of the path, which may be no store at all
}

type viewKey struct{}

// view returns the request's view. Templates rendered outside a request (tests of a fragment, mail)
// get an empty one: Korean, no store, no person.
func view(ctx context.Context) *requestView {
	if v, ok := ctx.Value(viewKey{}).(*requestView); ok {
		return v
	}
	return &requestView{site: &Site{}, zone: time.UTC, now: time.Now(), franchise: membersapi.Franchise{Currency: money.KRW}}
}

func viewOf(c echo.Context) *requestView { return view(c.Request().Context()) }

// Now returns the moment at which the request came in; every "today" and "3 minutes ago" of one page
// means the same moment.
func Now(ctx context.Context) time.Time { return view(ctx).now }

// Zone returns the time zone in which the page shows times: the store's, or the franchise's.
func Zone(ctx context.Context) *time.Location { return view(ctx).zone }

// Today returns the business date of now at the page's store, by its zone and cutoff; at headquarters
// the calendar date in the franchise's zone.
func Today(ctx context.Context) businessday.Date {
	v := view(ctx)
	if v.store == nil {
		return businessday.DateOf(v.now.In(v.zone))
	}
	return v.clock.Date(v.now)
}

// Currency returns the franchise's currency.
func Currency(ctx context.Context) money.Currency { return view(ctx).franchise.Currency }

// waitingToast returns the toast kept for this page, and notes that it is shown.
func waitingToast(ctx context.Context) *Toast {
	v := view(ctx)
	v.toastShown = v.toast != nil
	return v.toast
}

// T returns a text in the language of the page.
func T(ctx context.Context, t lang.Text) string { return t.In(lang.From(ctx)) }

// Nonce returns the nonce that the Content-Security-Policy of the page allows scripts by.
func Nonce(ctx context.Context) string { return view(ctx).nonce }
