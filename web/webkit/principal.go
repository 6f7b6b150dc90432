package webkit

import (
	"context"
	"net/http"

	"github.com/labstack/echo/v4"

	"maru/internal/members/membersapi"
	"maru/internal/platform/auth"
)

// Sessions tells who sends a request. The members pages implement it.
type Sessions interface {
	// Authenticate returns the person of the request, and cookies to set where the session was
	// refreshed on the way. The zero Principal means that nobody is signed in, which is no error.
	Authenticate(ctx context.Context, r *http.Request) (auth.Principal, []*http.Cookie, error)
	// Alive reports of each principal whether their session still holds and reaches every store it did. It is asked
	// every few seconds for all open streams together, so it costs as much as one question.
	Alive(ctx context.Context, who []auth.Principal) ([]bool, error)
}

// Principal returns the person who sends the request; the zero Principal where nobody is signed in.
func Principal(c echo.Context) auth.Principal { return viewOf(c).principal }

// Store returns the store that the URL names. It panics on a route that was not registered with
// AtStore or InStore.
func Store(c echo.Context) membersapi.Store {
	v := viewOf(c)
	if v.store == nil {
		panic("webkit: " + c.Path() + " is not a route of a store")
	}
	return *v.store
}

// PrincipalOf is Principal for templates.
func PrincipalOf(ctx context.Context) auth.Principal { return view(ctx).principal }

// StoreOf is Store for templates: the store of the page, and whether the page belongs to one.
func StoreOf(ctx context.Context) (membersapi.Store, bool) {
	if s := view(ctx).store; s != nil {
		return *s, true
	}
	return membersapi.Store{}, false
}

// StorePath returns the URL of a page of the page's store: StorePath(ctx, "register") is
// "/s/gangnam/register", StorePath(ctx, "") the store's home.
func StorePath(ctx context.Context, rest string) string {
	s, ok := StoreOf(ctx)
	if !ok {
		panic("webkit: StorePath on a page that belongs to no store")
	}
	if rest == "" {
		return "/s/" + s.Code
	}
	return "/s/" + s.Code + "/" + rest
}
