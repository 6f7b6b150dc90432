package membersweb

import (
	"net/http"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"maru/internal/kernel/ids"
	"maru/internal/members/membersapi"
	"maru/web/webkit"
)

// choiceView is the list of stores to choose from: those that are chosen, then those that match.
type choiceView struct {
	Search string
	Chosen []membersapi.Store
	Found  []membersapi.Store
	Owners map[ids.StoreID]string // who owns a store now, by name
}

const choicesShown = 12

// storeChoice answers the search of a form that chooses stores.
func (p *pages) storeChoice(c echo.Context) error {
	f := webkit.ReadForm(c)
	v, err := p.choices(c, f.Value("q"), storeIDs(f, "store"))
	if err != nil {
		return err
	}
	return webkit.Render(c, http.StatusOK, storeChoices(v))
}

func (p *pages) choices(c echo.Context, search string, chosen []ids.StoreID) (choiceView, error) {
	v := choiceView{Search: strings.TrimSpace(search)}
	all, err := p.members.Stores(c.Request().Context())
	if err != nil {
		return v, err
	}
	for _, s := range all {
		switch {
		case slices.Contains(chosen, s.ID):
			v.Chosen = append(v.Chosen, s)
		case v.Search == "" || len(v.Found) >= choicesShown || s.Status == membersapi.Closed:
		case s.Matches(v.Search):
			v.Found = append(v.Found, s)
		}
	}
	v.Owners, err = p.members.OwnerNames(c.Request().Context(), webkit.Principal(c), storeIDsOf(slices.Concat(v.Chosen, v.Found)))
	return v, err
}

// storeIDs reads the stores that are ticked; what is no id is no store.
func storeIDs(f *webkit.Form, name string) []ids.StoreID {
	var out []ids.StoreID
	for _, value := range f.Values(name) {
		if id, err := ids.ParseStoreID(value); err == nil {
			out = append(out, id)
		}
	}
	return out
}
