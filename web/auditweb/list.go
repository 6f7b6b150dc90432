package auditweb

import (
	"bytes"
	"cmp"
	"context"
	"encoding/csv"
	"encoding/json"
	"maps"
	"net/http"
	"net/url"
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

const perPage = 50

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

// storeOf finds a store by its code or whole name.
func (v *listView) storeOf(typed string) ids.StoreID {
	typed = strings.ToLower(typed)
	for _, s := range v.Stores {
		if s.Code == typed || strings.ToLower(s.Name.Ko) == typed || strings.ToLower(s.Name.En) == typed {
			return s.ID
		}
	}
	v.Form.Add(errStore.On("store"))
	return ids.StoreID{}
}

func (v listView) storeName(ctx context.Context, id ids.StoreID) string {
	for _, s := range v.Stores {
		if s.ID == id {
			return webkit.T(ctx, s.Name)
		}
	}
	return ""
}

// query is the search as a URL says it.
func (v listView) query(more ...string) string {
	q := url.Values{}
	for name, value := range map[string]string{
		"person": v.Asked.Person, "store": v.Asked.Store, "object": v.Asked.Object, "action": v.Asked.Action,
		"from": v.Asked.From, "to": v.Asked.To, "member": v.Asked.Member,
	} {
		if value != "" {
			q.Set(name, value)
		}
	}
	for i := 0; i+1 < len(more); i += 2 {
		q.Set(more[i], more[i+1])
	}
	if len(q) == 0 {
		return "/hq/audit"
	}
	return "/hq/audit?" + q.Encode()
}

func (v listView) next() string {
	if v.Page.Next.IsZero() {
		return ""
	}
	return v.query("before", v.Page.Next.String())
}

func (v listView) asksNothing() bool { return v.Asked == asked{} }

// fields are what the export form repeats of the search.
func (v listView) fields() []field {
	return []field{
		{"person", v.Asked.Person},
		{"store", v.Asked.Store},
		{"object", v.Asked.Object},
		{"action", v.Asked.Action},
		{"from", v.Asked.From},
		{"to", v.Asked.To},
		{"member", v.Asked.Member},
	}
}

type field struct{ Name, Value string }

func (p *pages) export(c echo.Context) error {
	ctx := c.Request().Context()
	v := listView{Form: webkit.ReadForm(c)}
	var err error
	if v.Stores, err = p.stores.Stores(ctx); err != nil {
		return err
	}
	search := v.read(ctx)
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
		return webkit.Render(c, http.StatusUnprocessableEntity, listPage(v))
	}
	body, err := v.file(ctx, entries)
	if err != nil {
		return err
	}
	return webkit.SendCSV(c, "audit-"+webkit.Today(ctx).String()+".csv", body)
}

func (v listView) file(ctx context.Context, entries []auditapi.Entry) ([]byte, error) {
	var b bytes.Buffer
	b.WriteString("\ufeff")
	w := csv.NewWriter(&b)
	if err := w.Write([]string{"at", "person", "role", "member_id", "session_id", "address", "action", "object", "object_id", "object_name", "store", "reason", "before", "after"}); err != nil {
		return nil, err
	}
	for _, e := range entries {
		row := []string{
			e.At.Format(time.RFC3339Nano), e.Actor, e.Role, e.Member.String(), e.Session.String(), e.Address, e.Action,
			e.Object.Kind, e.Object.ID, e.Object.Name, v.storeName(ctx, e.Store), e.Note, string(e.Before), string(e.After),
		}
		for i := range row {
			row[i] = webkit.CSVText(row[i])
		}
		if err := w.Write(row); err != nil {
			return nil, err
		}
	}
	w.Flush()
	return b.Bytes(), w.Error()
}

// difference is one member of an object that was changed.
type difference struct{ Name, Before, After string }

// differences sets before and after side by side.
func differences(e auditapi.Entry) []difference {
	var before, after map[string]json.RawMessage
	// What is no object is shown whole.
	if e.Before != nil && json.Unmarshal(e.Before, &before) != nil || e.After != nil && json.Unmarshal(e.After, &after) != nil {
		return []difference{{Before: plain(e.Before), After: plain(e.After)}}
	}
	all := maps.Clone(before)
	if all == nil {
		all = map[string]json.RawMessage{}
	}
	maps.Copy(all, after)
	var rows []difference
	for _, name := range slices.Sorted(maps.Keys(all)) {
		rows = append(rows, difference{name, plain(before[name]), plain(after[name])})
	}
	return rows
}

// plain shows a JSON value as people write it: a string without its quotes, nothing as a dash.
func plain(v json.RawMessage) string {
	var s string
	if len(v) == 0 || string(v) == "null" {
		return "–"
	}
	if json.Unmarshal(v, &s) == nil {
		return cmp.Or(s, "–")
	}
	return string(v)
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

// objectName is what people call the object; a store's stock needs no other name than the store's.
func objectName(e auditapi.Entry) string {
	if e.Object.Kind == "stock" {
		return ""
	}
	return cmp.Or(e.Object.Name, e.Object.ID)
}

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
