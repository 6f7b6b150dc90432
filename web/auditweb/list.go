package auditweb

import (
	"cmp"
	"context"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"maru/internal/audit"
	"maru/internal/audit/auditapi"
	"maru/internal/kernel/ids"
	"maru/internal/members/membersapi"
	"maru/web/webkit"
)

const (
	auditPath = "/hq/audit"
	perPage   = 50
)

// asked is what the person looks for, as they typed it.
type asked struct {
	Person, Store, Object, Action, From, To string
	Member                                  string
}

type listView struct {
	Asked  asked
	Form   *webkit.Form // problems of what was asked for
	Page   audit.Page
	Stores []membersapi.Store
	Older  bool // not the first page
}

func (p *pages) list(c echo.Context) error {
	ctx := c.Request().Context()
	v := listView{Form: webkit.ReadForm(c)}
	var err error
	if v.Stores, err = p.stores.Stores(ctx); err != nil {
		return err
	}
	search := v.read(ctx)
	if s := v.Form.Value("before"); s != "" {
		if search.Before, err = ids.ParseEntryID(s); err != nil {
			search.Before = ids.EntryID{} // a link that was cut off shows the newest
		}
		v.Older = !search.Before.IsZero()
	}
	if !v.Form.OK() {
		return webkit.Render(c, http.StatusUnprocessableEntity, listPage(v))
	}
	if v.Page, err = p.trail.Find(ctx, webkit.Principal(c), search, perPage); err != nil {
		return err
	}
	return webkit.Render(c, http.StatusOK, listPage(v))
}

// read turns what was typed into a search; days are those of headquarters' time zone, the last included.
func (v *listView) read(ctx context.Context) audit.Search {
	f := v.Form
	v.Asked = asked{
		Person: f.OptionalText("person", 100), Store: f.OptionalText("store", 100), Object: f.OptionalText("object", 200),
		Action: f.OptionalText("action", 100), From: f.Value("from"), To: f.Value("to"), Member: f.Value("member"),
	}
	search := audit.Search{Person: v.Asked.Person, Object: v.Asked.Object, Action: v.Asked.Action}
	if v.Asked.Member != "" {
		member, err := ids.ParseMemberID(v.Asked.Member)
		if err != nil {
			f.Add(errMember.On("person")) // the member itself has no input
		}
		search.Member = member
	}
	if v.Asked.Store != "" {
		search.Store = v.storeOf(v.Asked.Store)
	}
	if v.Asked.From != "" {
		if d := f.Date("from"); !d.IsZero() {
			search.From = time.Date(d.Year(), d.Month(), d.Day(), 0, 0, 0, 0, webkit.Zone(ctx))
		}
	}
	if v.Asked.To != "" {
		if d := f.Date("to"); !d.IsZero() {
			d = d.AddDays(1)
			search.To = time.Date(d.Year(), d.Month(), d.Day(), 0, 0, 0, 0, webkit.Zone(ctx))
		}
	}
	return search
}

// storeOf finds a store by its code or whole name, or by a part that only one has.
func (v *listView) storeOf(typed string) ids.StoreID {
	var like []ids.StoreID
	for _, s := range v.Stores {
		if strings.EqualFold(s.Code, typed) || strings.EqualFold(s.Name.Ko, typed) || strings.EqualFold(s.Name.En, typed) {
			return s.ID
		}
		if s.Matches(typed) {
			like = append(like, s.ID)
		}
	}
	if len(like) == 1 {
		return like[0]
	}
	v.Form.Add(errStore.On("store"))
	return ids.StoreID{}
}

// suggestAtMost bounds the list that the browser offers while a store is typed: it is sent with every page.
const suggestAtMost = 300

func (v listView) suggested() []membersapi.Store {
	if len(v.Stores) > suggestAtMost {
		return nil
	}
	return v.Stores
}

func (v listView) storeName(ctx context.Context, id ids.StoreID) string {
	for _, s := range v.Stores {
		if s.ID == id {
			return webkit.T(ctx, s.Name)
		}
	}
	return ""
}

// pairs are the search as names and values of a URL, or of a form that repeats it.
func (a asked) pairs() []string {
	return []string{
		"person", a.Person, "store", a.Store, "object", a.Object, "action", a.Action, "from", a.From, "to", a.To, "member", a.Member,
	}
}

// query is the search as a URL says it.
func (v listView) query(more ...string) string {
	return webkit.URL(auditPath, append(v.Asked.pairs(), more...)...)
}

func (v listView) next() string {
	if v.Page.Next.IsZero() {
		return ""
	}
	return v.query("before", v.Page.Next.String())
}

// askedName is the name of the one person whose acts are shown, where they did anything.
func (v listView) askedName() string {
	for _, e := range v.Page.Entries {
		if e.Actor != "" && e.Member.String() == v.Asked.Member {
			return e.Actor
		}
	}
	return v.Asked.Member
}

func (v listView) asksNothing() bool { return v.Asked == asked{} }

func (p *pages) export(c echo.Context) error {
	ctx := c.Request().Context()
	v := listView{Form: webkit.ReadForm(c)}
	var err error
	if v.Stores, err = p.stores.Stores(ctx); err != nil {
		return err
	}
	search := v.read(ctx)
	searched := v.Form.OK()
	reason := v.Form.OptionalText("reason", 500)
	var entries []auditapi.Entry
	if v.Form.OK() {
		entries, err = p.trail.Export(ctx, webkit.Principal(c), search, reason)
		v.Form.Refuse(err)
	}
	if err := v.Form.Unexpected(); err != nil {
		return err
	}
	if !v.Form.OK() {
		if searched { // what was found stays on the page
			if v.Page, err = p.trail.Find(ctx, webkit.Principal(c), search, perPage); err != nil {
				return err
			}
		}
		return webkit.Render(c, http.StatusUnprocessableEntity, listPage(v))
	}
	return v.file(ctx, entries).Send(c, "audit-"+webkit.Today(ctx).String()+".csv")
}

func (v listView) file(ctx context.Context, entries []auditapi.Entry) *webkit.CSV {
	file := webkit.NewCSV(
		"at", "person", "role", "member_id", "session_id", "address", "action", "object", "object_id", "object_name", "store", "reason", "before", "after",
	)
	for _, e := range entries {
		file.Text(
			e.At.Format(time.RFC3339Nano), e.Actor, e.Role, e.Member.String(), e.Session.String(), e.Address, e.Action,
			e.Object.Kind, e.Object.ID, e.Object.Name, v.storeName(ctx, e.Store), e.Note, string(e.Before), string(e.After),
		)
	}
	return file
}

// who is the person as the list names them.
func who(ctx context.Context, e auditapi.Entry) string {
	switch {
	case e.Actor != "":
		return e.Actor
	case e.Member.IsZero():
		return webkit.T(ctx, text.Program)
	}
	return e.Member.String()
}

func actionName(ctx context.Context, action string) string {
	if name, ok := actions[action]; ok {
		return webkit.T(ctx, name)
	}
	return strings.ReplaceAll(action, "_", " ")
}

// objectName is what people call the object; a store's stock needs no other name than the store's, and sign-ins that
// were counted have none. Of an id that is all
// there is, the end tells it from others.
func objectName(e auditapi.Entry) string {
	if e.Object.Kind == "stock" || e.Object.Kind == "sign_in" && e.Object.ID == "all" {
		return ""
	}
	if e.Object.Name == "" && len(e.Object.ID) == lengthOfUUID {
		return "…" + e.Object.ID[lengthOfUUID-8:]
	}
	return cmp.Or(e.Object.Name, e.Object.ID)
}

const lengthOfUUID = 36

func actionChoices(ctx context.Context) []webkit.Choice {
	choices := []webkit.Choice{{Value: "", Label: webkit.T(ctx, text.AnyAction)}}
	codes := slices.SortedFunc(maps.Keys(actions), func(a, b string) int {
		return strings.Compare(webkit.T(ctx, actions[a]), webkit.T(ctx, actions[b]))
	})
	for _, code := range codes {
		choices = append(choices, webkit.Choice{Value: code, Label: webkit.T(ctx, actions[code])})
	}
	return choices
}

func objectKind(ctx context.Context, kind string) string {
	if name, ok := kinds[kind]; ok {
		return webkit.T(ctx, name)
	}
	return kind
}
