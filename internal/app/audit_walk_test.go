package app_test

import (
	"bytes"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"maru/internal/app/apptest"
	"maru/internal/demo"
	"maru/internal/kernel/businessday"
	"maru/internal/kernel/ids"
	"maru/internal/members"
	"maru/internal/platform/auth"
)

// withoutRecord are the writes that leave none, and why (ADR 0032).
var withoutRecord = map[string]string{
	"* /api/*": "no operation of its own",

	"POST /s/:store/register/cart/lines":       "a draft: what comes of it is an order",
	"POST /s/:store/register/cart/dining":      "a draft",
	"POST /s/:store/register/discount":         "a draft: the record of the order says who gave how much, and why",
	"POST /s/:store/register/discount/remove":  "a draft",
	"POST /s/:store/register/hold":             "a draft that is put aside; throwing it away and taking it over are records",
	"POST /api/v1/session/refresh":             "a session goes on; its beginning, its end and a copy are records",
	"POST /shared/awake":                       "a touch; who works on a device is a record when they come",
	"POST /shared/lock":                        "leaving happens by itself after some minutes too; coming is the record",
	"POST /preferences/language":               "a cookie",
	"POST /preferences/theme":                  "a cookie",
	"POST /forgot":                             "a wish; reset_mailed is the record where it is fulfilled (TestAskingForANewPasswordTellsNothing)",
	"POST /signup/status":                      "asks",
	"POST /login/passkey/begin":                "a question to the browser",
	"POST /me/passkeys/begin":                  "a question to the browser",
	"POST /me/second-factor/begin":             "a secret that counts for nothing until a code has proved it, which is a record",
	"POST /hq/store-master/imports/:list/step": "every store that it adds or changes is a record, and the beginning of the import",
}

// recordedElsewhere are the writes that need more than a form, and the test that sees their record.
var recordedElsewhere = map[string]string{
	"POST /me/devices/read":                         "members/devices_test.go: where a session was copied",
	"POST /hq/store-master/stores/:code/status":     "members/store_master_test.go",
	"POST /hq/operations/retry":                     "cli/events_test.go",
	"POST /hq/operations/retry-all":                 "cli/events_test.go",
	"POST /hq/operations/skip":                      "cli/events_test.go",
	"POST /hq/materials/:material":                  "catalog/record_test.go",
	"POST /hq/menu/items/:item":                     "catalog/record_test.go",
	"POST /hq/menu/items/:item/sizes":               "catalog/record_test.go",
	"POST /hq/menu/items/:item/sizes/:size/recipe":  "catalog/record_test.go",
	"POST /hq/menu/new":                             "catalog/record_test.go",
	"POST /hq/menu/options/:group":                  "catalog/record_test.go",
	"POST /hq/menu/sub-recipes/:recipe":             "catalog/record_test.go",
	"POST /hq/menu/versions":                        "catalog/record_test.go",
	"POST /s/:store/register/cart/lines/:line":      "ordering/record_test.go: fewer or something else; more is a draft",
	"POST /s/:store/register/cart/lines/:line/step": "ordering/record_test.go: fewer; more is a draft",
	"POST /s/:store/register/held/:cart/recall":     "ordering/record_test.go: another's; one's own is a draft",
	"POST /s/:store/register/pay":                   "the order that it places is that of POST …/orders",
}

// act is one write as somebody does it who may.
type act struct {
	who    string                                                       // whose walk; empty: the owner at a store, headquarters elsewhere
	path   func(w *walk) string                                         // where the walk's own filling will not do
	form   func(w *walk) url.Values                                     // nil: an empty one
	body   func(w *walk, path string) any                               // of the API
	nobody bool                                                         // nobody is signed in yet: the record names whose account it is
	raw    func(w *walk, path string) (contentType string, body []byte) // of what is no form
	// What the record must say, where it is looked at closely: its action, and what must stand in its note and in what is new.
	records, note, after string
}

func fields(pairs ...string) func(*walk) url.Values {
	return func(*walk) url.Values {
		v := url.Values{}
		for i := 0; i+1 < len(pairs); i += 2 {
			v.Add(pairs[i], pairs[i+1])
		}
		return v
	}
}

// atStore is fields with the id of a store in a member "store".
func atStore(code string, pairs ...string) func(*walk) url.Values {
	return func(w *walk) url.Values {
		v := fields(pairs...)(w)
		v.Set("store", w.storeID(code).String())
		return v
	}
}

const newPassword = "golmok-anjja-27"

// acts are the writes that the test does.
var acts = map[string]act{
	"POST /hq/audit/export":                       {form: fields("reason", "분기 감사 자료를 만들어요")},
	"POST /hq/invitations/:link/withdraw":         {},
	"POST /hq/keys":                               {form: fields("name", "회계", "permissions", "view_sales", "per_minute", "60", "days", "1")},
	"POST /hq/keys/:key/revoke":                   {},
	"POST /hq/members/:member/reset":              {},
	"POST /hq/members/:member/sign-out":           {path: func(w *walk) string { return "/hq/members/" + w.signedInMember() + "/sign-out" }},
	"POST /hq/members/:member/state":              {form: fields("state", "suspended", "note", "휴직")},
	"POST /hq/members/:member/stores":             {form: atStore("yeonnam")},
	"POST /hq/members/:member/unlock":             {},
	"POST /hq/members/invite":                     {form: atStore(ownStore, "name", "이직원", "role", "staff")},
	"POST /hq/second-factors":                     {form: fields("role", "hq_menu", "required", "1")},
	"POST /hq/sign-ups/:application/approve":      {form: atStore("yeonnam", "since", time.Now().AddDate(0, 0, 40).Format(time.DateOnly))},
	"POST /hq/sign-ups/:application/refuse":       {form: fields("reason", "서류가 더 필요해요")},
	"POST /hq/store-master/export":                {form: fields("reason", "분기 감사 자료를 만들어요")},
	"POST /hq/store-master/imports/:list/discard": {},
	"POST /hq/store-master/new": {form: fields("code", "walked", "name", "산책점", "region", "서울", "address", "서울시 성동구 1", "time_zone", "Asia/Seoul",
		"cutoff_minutes", "05:00", "status", "preparing")},
	"POST /hq/store-master/stores/:code/owner": {form: func(w *walk) url.Values {
		v := fields("login", people["foreign owner"].login, "since", today(w.t).AddDays(30).String())(w)
		owners, err := w.Members.Owners(w.t.Context(), auth.System("walk"), w.storeID(ownStore))
		if err != nil || len(owners) == 0 {
			w.t.Fatal(owners, err)
		}
		v.Set("seen_owner", owners[0].Member.String())
		return v
	}},
	"POST /hq/store-master/stores/:code/owner/cancel": {path: func(w *walk) string {
		if err := w.Members.ChangeOwner(w.t.Context(), auth.System("walk"), members.ChangeOwner{
			Store: w.storeID("yeonnam"), Login: people["owner"].login, Since: today(w.t).AddDays(30),
		}); err != nil {
			w.t.Fatal(err)
		}
		return "/hq/store-master/stores/yeonnam/owner/cancel"
	}},

	"POST /join/:token": {who: "nobody", nobody: true, form: fields("login", "walk-joined", "password", demo.Password, "name", "이산책"), path: func(w *walk) string {
		link, err := w.Members.Invite(w.t.Context(), auth.System("walk"), members.Invite{
			Name: "이산책", Role: auth.Staff, Stores: []ids.StoreID{w.storeID(ownStore)},
		})
		if err != nil {
			w.t.Fatal(err)
		}
		return "/join/" + link.Token
	}},
	"POST /reset/:token": {who: "nobody", nobody: true, form: fields("password", newPassword), path: func(w *walk) string {
		id, err := ids.ParseMemberID(w.worker())
		if err != nil {
			w.t.Fatal(err)
		}
		link, err := w.Members.IssueReset(w.t.Context(), auth.System("walk"), id)
		if err != nil {
			w.t.Fatal(err)
		}
		return "/reset/" + link.Token
	}},
	"POST /login":  {who: "nobody", nobody: true, form: fields("login", "walk-owner", "password", demo.Password)},
	"POST /logout": {who: "staff"},
	"POST /signup": {who: "nobody", nobody: true, form: fields("business_no", "124-81-00998", "name", "박산책", "phone", "010-1234-5678", "store_wish", "성수")},

	"POST /me/devices/:session/end": {form: fields("old", demo.Password)},
	"POST /me/devices/end-others":   {form: func(w *walk) url.Values { w.anotherSession(); return url.Values{"old": {demo.Password}} }},
	"POST /me/password":             {who: "manager", form: fields("old", demo.Password, "new", newPassword)},
	"POST /me/pin":                  {form: atStore(ownStore, "pin", walkPIN, "old", demo.Password)},
	"POST /me/pin/remove":           {form: func(w *walk) url.Values { w.choosePIN(people["owner"].login); return atStore(ownStore)(w) }},
	"POST /me/profile":              {form: fields("name", "한걸음더", "email", "walk@example.com", "phone", "010-1234-5678", "old", demo.Password)},

	"POST /s/:store/devices":                          {form: fields("name", "산책", "lock", "3", "old", demo.Password)},
	"POST /s/:store/devices/:session/end":             {},
	"POST /s/:store/devices/:session/lock":            {form: fields("lock", "3")},
	"POST /s/:store/invitations/:link/withdraw":       {},
	"POST /s/:store/keys":                             {form: fields("name", "회계", "permissions", "view_sales", "per_minute", "60", "days", "1")},
	"POST /s/:store/keys/:key/revoke":                 {},
	"POST /s/:store/orders/:order/cancel":             {form: fields("reason", "손님이 취소", "disposition", "restock")},
	"POST /s/:store/orders/:order/move":               {form: fields("from", "accepted", "to", "preparing")},
	"POST /s/:store/pins/:member/remove":              {},
	"POST /s/:store/register/cart/clear":              {form: func(w *walk) url.Values { w.cartLine(); return nil }},
	"POST /s/:store/register/cart/lines/:line/remove": {records: "cart_line_removed"},
	"POST /s/:store/register/cart/undo/:removal":      {records: "cart_removal_undone"},
	"POST /s/:store/register/held/:cart/discard":      {},
	"POST /s/:store/register/held/:cart/undiscard":    {},
	"POST /s/:store/register/items/:item/limit":       {form: fields("quantity", "40")},
	"POST /s/:store/staff/:member/permissions":        {form: fields("permission", "view_sales", "choice", "granted")},
	"POST /s/:store/staff/:member/reset":              {},
	"POST /s/:store/staff/:member/state":              {form: fields("state", "suspended", "note", "휴직")},
	"POST /s/:store/staff/:member/stores":             {form: fields()},
	"POST /s/:store/staff/invite":                     {form: fields("name", "이직원", "role", "staff")},
	"POST /s/:store/stock/receive": {form: func(w *walk) url.Values {
		return url.Values{"id": {ids.NewV7().String()}, "m": {"milk"}, "quantity.milk": {"2"}, "unit.milk": {"ml"}}
	}},
	"POST /s/:store/stock/:material/adjust": {form: func(w *walk) url.Values {
		return url.Values{"id": {ids.NewV7().String()}, "kind": {"count"}, "ledger": {"2000"}, "quantity.milk": {"3"}, "unit.milk": {"ml"}}
	}},
	"POST /shared/:member": {who: device, form: fields("pin", walkPIN), path: func(w *walk) string { return "/shared/" + w.newPIN() }},

	"DELETE /api/v1/session": {who: "staff"},
	"POST /api/v1/session": {who: "nobody", nobody: true, body: func(*walk, string) any {
		return map[string]string{"login": "walk-owner", "password": demo.Password}
	}},
	"POST /api/v1/stores/{store}/orders":                {body: func(w *walk, _ string) any { return order(w.menu(), "takeaway", line{"americano", "r", nil, 1}) }},
	"POST /api/v1/stores/{store}/orders/{order}/cancel": {body: func(*walk, string) any { return map[string]string{"reason": "손님이 취소"} }},
	"POST /api/v1/stores/{store}/orders/{order}/status": {body: func(*walk, string) any { return map[string]string{"to": "preparing"} }},
	"POST /api/v1/stores/{store}/adjustments": {body: func(*walk, string) any {
		return map[string]any{"id": ids.NewV7().String(), "kind": "count", "lines": []any{map[string]any{"material": "milk", "quantity_milli": 2000, "unit": "ml"}}}
	}},
	"POST /api/v1/stores/{store}/receipts": {body: func(*walk, string) any {
		return map[string]any{"id": ids.NewV7().String(), "lines": []any{map[string]any{"material": "milk", "quantity_milli": 2000, "unit": "ml"}}}
	}},
}

func (w *walk) storeID(code string) ids.StoreID {
	w.t.Helper()
	s, err := w.Members.StoreByCode(w.t.Context(), code)
	if err != nil {
		w.t.Fatal(err)
	}
	return s.ID
}

// signedInMember is somebody new who has signed in.
func (w *walk) signedInMember() string {
	id, login := w.newMember()
	w.Token(w.t, login, demo.Password)
	return id
}

// entry is a row of the trail.
type trailRow struct {
	Source, Action, Actor, Address string
	Object, Note, Before, After    string // Object is its kind and id
	ByOrder                        bool   // an order or a stock document, whose event is the record
}

// trail returns the rows of the trail, as far as anything has happened.
func (w *walk) trail() []trailRow {
	w.t.Helper()
	if err := w.Dispatcher.Drain(w.t.Context()); err != nil {
		w.t.Fatal(err)
	}
	rows, err := w.Databases.Context("audit").Query(w.t.Context(),
		`SELECT source, action, actor, address, object_kind || ' ' || object_id,
		note, coalesce(before::text, ''), coalesce(after::text, ''), object_kind IN ('order', 'stock') FROM audit.entry WHERE action <> 'sign_ins_refused' ORDER BY entry_id`)
	if err != nil {
		w.t.Fatal(err)
	}
	defer rows.Close()
	var all []trailRow
	for rows.Next() {
		var r trailRow
		if err := rows.Scan(&r.Source, &r.Action, &r.Actor, &r.Address, &r.Object, &r.Note, &r.Before, &r.After, &r.ByOrder); err != nil {
			w.t.Fatal(err)
		}
		all = append(all, r)
	}
	return all
}

// Every write of the program, asked for by somebody who may, adds to the trail, with who it was and from where; or it is on a list with the
// reason. A new route that writes is on none of them and fails here.
func TestEveryWriteLeavesARecord(t *testing.T) {
	t.Parallel()
	p := apptest.Start(t, apptest.Franchise(t))
	hire(t, p)
	known := map[string]bool{}
	for _, list := range []map[string]string{withoutRecord, recordedElsewhere} {
		for name, why := range list {
			if known[name] || why == "" {
				t.Errorf("%s is listed twice or without a reason", name)
			}
			known[name] = true
		}
	}
	tested := 0
	for _, r := range surface(t, p) {
		a, listed := acts[r.String()]
		if prepared, is := preparedActs[r.String()]; is {
			a, listed = prepared, true
		}
		switch {
		case !r.writes() || known[r.String()] && !listed:
			delete(known, r.String())
			continue
		case known[r.String()]:
			t.Errorf("%s is listed, and tested as well", r)
		case !listed:
			t.Errorf("%s writes: say in audit_walk_test.go with which form, or why it leaves no record", r)
			continue
		}
		if a.who == "" {
			a.who = "hq_admin"
			if strings.Contains(r.path, "store}") || strings.HasPrefix(r.path, "/s/") || strings.HasPrefix(r.path, "/me/") {
				a.who = "owner"
			}
		}
		a.leavesARecord(t, p, r)
		tested++
	}
	if report, err := p.Audit.Verify(t.Context(), p.Databases.Context, nil, nil, businessday.Date{}); err != nil || len(report.Problems) > 0 {
		t.Errorf("the trail does not verify: %+v, %v", report, err)
	}
	if len(known) > 0 {
		t.Errorf("no routes any more: %v", slices.Sorted(maps.Keys(known)))
	}
	t.Logf("%d writes tested, %d elsewhere, %d without a record", tested, len(recordedElsewhere), len(withoutRecord))
}

func (a act) leavesARecord(t *testing.T, p *apptest.Program, r route) {
	t.Helper()
	w := newWalk(t, p, a.who)
	w.browser.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	var path string
	if a.path != nil {
		path = a.path(w)
	} else {
		path = w.fill(r)
	}
	w.asked = path
	var values url.Values
	if a.form != nil {
		values = a.form(w)
	}
	var doc any = map[string]any{}
	if a.body != nil {
		doc = a.body(w, path)
	}
	contentType, body := "application/x-www-form-urlencoded", []byte(values.Encode())
	if a.raw != nil {
		contentType, body = a.raw(w, path)
	}
	before := len(w.trail())
	var status int
	var said string
	if r.api {
		status = w.JSON(t, w.token, r.method, path, doc, nil)
	} else {
		status, said = w.act(r.method, path, contentType, body)
	}
	if status >= 400 || strings.HasPrefix(said, "/login") && r.path != "/logout" && !a.nobody {
		t.Errorf("%s as %s answers %d %.400s", r, a.who, status, said)
		return
	}
	fresh := w.trail()[before:]
	if len(fresh) == 0 {
		t.Errorf("%s as %s answers %d and leaves no record (%.200s)", r, a.who, status, said)
	}
	for _, e := range fresh {
		switch {
		case e.Actor == "" && !a.nobody && !e.ByOrder:
			t.Errorf("%s: %s does not say who", r, e.Action)
		case e.Address == "" && !e.ByOrder:
			t.Errorf("%s: %s does not say from where", r, e.Action)
		}
	}
	a.lookAt(t, r, fresh)
	w.keepsSecrets(r, fresh, values)
}

// lookAt fails where what was recorded is not what the act says.
func (a act) lookAt(t *testing.T, r route, fresh []trailRow) {
	t.Helper()
	if a.records == "" {
		return
	}
	for _, e := range fresh {
		if e.Action == a.records && e.Object != "" && strings.Contains(e.Note, a.note) && strings.Contains(e.After, a.after) {
			return
		}
	}
	t.Errorf("%s: no %s with note %q and %q after, but %+v", r, a.records, a.note, a.after, fresh)
}

// keepsSecrets fails where the trail holds a password, a PIN, a code or a key of the act, or a person's telephone number, address
// of mail or business number.
func (w *walk) keepsSecrets(r route, fresh []trailRow, values url.Values) {
	w.t.Helper()
	never := append([]string{demo.Password, newPassword, "010-1234-5678", "01012345678", "walk@example.com", "124-81-00998", "1248100998"}, w.secrets...)
	for _, field := range []string{"password", "old", "new", "pin", "code"} {
		if r.path == "/hq/store-master/new" && field == "code" { // of a store
			continue
		}
		never = append(never, values[field]...)
	}
	for _, e := range fresh {
		for _, secret := range never {
			if secret != "" && strings.Contains(e.Before+" "+e.After+" "+e.Note+" "+e.Object, secret) {
				w.t.Errorf("%s: %s tells %q: %+v", r, e.Action, secret, e)
			}
		}
	}
}

// act sends the body and returns where it leads, or what the page says.
func (w *walk) act(method, path, contentType string, content []byte) (status int, said string) {
	w.t.Helper()
	res := w.request(method, path, contentType, bytes.NewReader(content))
	defer func() { _ = res.Body.Close() }()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		w.t.Fatal(err)
	}
	if to := res.Header.Get("Location"); to != "" {
		return res.StatusCode, fmt.Sprint(to, " ", res.Header.Values("Set-Cookie"))
	}
	return res.StatusCode, string(body)
}
