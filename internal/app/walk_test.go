package app_test

import (
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/PuerkitoBio/goquery"

	"maru/internal/demo"
	"maru/internal/kernel/ids"
	"maru/internal/members"
	"maru/internal/members/membersapi"
	"maru/internal/platform/auth"
)

// parameter is a name in a path, as the pages (":order") and the API ("{order}") write it.
var parameter = regexp.MustCompile(`:[a-z]+|\{[a-z]+\}`)

// fill puts things that exist in the place of the path's parameters, so that "not found" can only mean
// that somebody may not know of them.
func (w *walk) fill(r route) string {
	w.t.Helper()
	path := parameter.ReplaceAllStringFunc(r.path, func(p string) string {
		return w.value(r, strings.Trim(p, ":{}"))
	})
	switch r.path {
	case "/s/:store/stock-receive-line":
		path += "?m=milk"
	case "/":
	}
	return path
}

// codes are the parameters whose values the franchise of the tests always has.
var codes = map[string]string{
	"store": ownStore, "material": "milk", "hq item": "americano", "hq size": "r", "hq group": "milk", "hq recipe": "cold-brew",
	"hq material": "milk", "hq version": "1", "hq code": ownStore,
}

// worker returns somebody who works in the own store.
func (w *walk) worker() string {
	w.t.Helper()
	var id string
	err := w.Databases.Context("members").QueryRow(w.t.Context(), "SELECT member_id::text FROM members.member WHERE login = 'seongsu-staff'").Scan(&id)
	if err != nil {
		w.t.Fatal(err)
	}
	return id
}

// newKey returns the id of a fresh API key of the own store, or of headquarters.
func (w *walk) newKey(store *ids.StoreID) string {
	w.t.Helper()
	k, _, err := w.Members.CreateKey(w.t.Context(), auth.System("walk"), members.CreateKey{
		Store: store, Name: "walk", Permissions: []auth.Permission{auth.ViewSales}, PerMinute: 60, Days: 1,
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return k.ID.String()
}

func (w *walk) value(r route, name string) string {
	w.t.Helper()
	at := name
	if strings.HasPrefix(r.path, "/hq/") {
		at = "hq " + name
	}
	if code, ok := codes[at]; ok {
		return code
	}
	switch at {
	case "hq list":
		return w.newStoreList()
	case "hq key":
		return w.newKey(nil)
	case "key":
		own, err := w.Members.StoreByCode(w.t.Context(), ownStore)
		if err != nil {
			w.t.Fatal(err)
		}
		return w.newKey(&own.ID)
	case "member", "hq member":
		switch {
		case strings.HasSuffix(r.path, "/permissions"), strings.HasPrefix(r.path, "/shared/"):
			return w.worker()
		case strings.HasPrefix(r.path, "/s/:store/pins/"):
			return w.newPIN()
		}
		id, _ := w.newMember()
		return id
	}
	if at == "item" {
		return w.menu().item("americano").ID
	}
	if at == "order" {
		return w.placeOrder()
	}
	if at == "session" {
		if strings.HasPrefix(r.path, "/s/:store/devices/") {
			return w.newDevice().Principal.Session.String()
		}
		return w.anotherSession()
	}
	switch name {
	case "link":
		return w.newInvitation()
	case "application":
		return w.newApplication()
	case "token", "number":
		return "nobody-has-this-one" // what such a link opens is tested where it is made
	}
	if !w.worksHere() {
		return ids.NewV7().String() // carts are of the person who asks, and this one has none here
	}
	switch at {
	case "line":
		return w.cartLine()
	case "removal":
		line := w.cartLine()
		return w.find(`cart/undo/([0-9a-f-]+)`, w.post("register/cart/lines/"+line+"/remove", nil))
	case "cart":
		w.cartLine()
		w.post("register/hold", url.Values{"label": {"walk"}})
		cart := w.find(`id="held-([0-9a-f-]+)"`, w.get("register/held"))
		if strings.HasSuffix(r.path, "undiscard") {
			w.post("register/held/"+cart+"/discard", nil)
		}
		return cart
	}
	w.t.Fatalf("%s: there is no value for %q: say in walk_test.go what exists", r, name)
	return ""
}

var walkers atomic.Int64

// newStoreList is a file with one store that nobody has imported.
func (w *walk) newStoreList() string {
	w.t.Helper()
	id, err := w.Members.KeepStoreList(w.t.Context(), auth.System("walk"), "walk.csv", []byte("name\n산책점\n"), members.StoreLayout{
		Fields: []members.StoreField{members.FieldNameKo}, NewStores: members.NewStores{TimeZone: "Asia/Seoul", Status: membersapi.Preparing},
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return id.String()
}

// newMember is somebody who works in the own store, made for one request: it may end what they have.
func (w *walk) newMember() (id, login string) {
	w.t.Helper()
	login = "walk-" + strconv.FormatInt(walkers.Add(1), 10)
	store, err := w.Members.StoreByCode(w.t.Context(), ownStore)
	if err != nil {
		w.t.Fatal(err)
	}
	made, err := w.Members.CreateMember(w.t.Context(), auth.System("walk"), members.CreateMember{
		Login: login, Name: "김산책", Password: demo.Password, Role: auth.Staff,
		Workplaces: []ids.StoreID{store.ID},
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return made.String(), login
}

// Visitors of the walk who ask from a shared device of the own store.
const (
	device = "device" // by itself
	byPIN  = "PIN"    // an owner works on it
)

// newPIN is somebody who works in the own store and has a PIN, made for one request.
func (w *walk) newPIN() string {
	w.t.Helper()
	id, login := w.newMember()
	w.choosePIN(login)
	return id
}

const walkPIN = "8305"

// choosePIN gives somebody a PIN in the own store.
func (w *walk) choosePIN(login string) auth.Principal {
	w.t.Helper()
	by, err := w.Members.Authenticate(w.t.Context(), w.Token(w.t, login, demo.Password))
	if err != nil {
		w.t.Fatal(err)
	}
	if err := w.Members.SetPIN(w.t.Context(), by, members.SetPIN{Stores: by.Stores, PIN: walkPIN, Password: demo.Password}); err != nil {
		w.t.Fatal(err)
	}
	return by
}

// newDevice is a fresh shared device of the own store, set up by its owner of the demo. A store has so many at
// most: the oldest make room, which are those of routes that have been asked for.
func (w *walk) newDevice() members.Session {
	w.t.Helper()
	by, err := w.Members.Authenticate(w.t.Context(), w.Token(w.t, ownStore, demo.Password))
	if err != nil {
		w.t.Fatal(err)
	}
	all, err := w.Members.SharedDevices(w.t.Context(), by, by.Stores[0])
	if err != nil {
		w.t.Fatal(err)
	}
	if len(all.Devices) > 10 {
		oldest := slices.MinFunc(all.Devices, func(a, b members.SharedDevice) int { return a.Since.Compare(b.Since) })
		if err := w.Members.EndSharedDevice(w.t.Context(), by, by.Stores[0], oldest.Session); err != nil {
			w.t.Fatal(err)
		}
	}
	d, err := w.Members.SetUpDevice(w.t.Context(), by, members.SetUpDevice{
		Store: by.Stores[0], Name: "산책", LockAfter: 30 * time.Minute, Password: demo.Password,
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return d
}

// onDevice lets the walk ask from a shared device, on which the owner works where the visitor is byPIN.
func (w *walk) onDevice() {
	w.t.Helper()
	d := w.newDevice()
	if w.who == byPIN {
		owner := w.choosePIN(ownStore)
		var err error
		d, err = w.Members.SwitchPerson(w.t.Context(), d.Principal, members.SwitchPerson{Member: owner.Member, PIN: walkPIN, RefreshToken: d.RefreshToken})
		if err != nil {
			w.t.Fatal(err)
		}
	}
	site, err := url.Parse(w.URL)
	if err != nil {
		w.t.Fatal(err)
	}
	w.browser.Jar.SetCookies(site, []*http.Cookie{
		{Name: "maru-access", Value: d.AccessToken, Path: "/"}, {Name: "maru-refresh", Value: d.RefreshToken, Path: "/"},
	})
}

// newInvitation is one to the own store that nobody has accepted.
func (w *walk) newInvitation() string {
	w.t.Helper()
	store, err := w.Members.StoreByCode(w.t.Context(), ownStore)
	if err != nil {
		w.t.Fatal(err)
	}
	link, err := w.Members.Invite(w.t.Context(), auth.System("walk"), members.Invite{Name: "이산책", Role: auth.Staff, Stores: []ids.StoreID{store.ID}})
	if err != nil {
		w.t.Fatal(err)
	}
	return link.ID.String()
}

// newApplication is one that nobody has decided.
func (w *walk) newApplication() string {
	w.t.Helper()
	_, err := w.Members.Apply(w.t.Context(), members.Apply{
		BusinessNo: "124-81-00998", Name: "박산책", Phone: "010-1234-5678", StoreWish: "성수", Address: "2001:db8:" + strconv.FormatInt(walkers.Add(1), 16) + "::1",
	})
	if err != nil {
		w.t.Fatal(err)
	}
	page, err := w.Members.Applications(w.t.Context(), auth.System("walk"), membersapi.Waiting, nil)
	if err != nil {
		w.t.Fatal(err)
	}
	return page.List[0].ID.String()
}

func (w *walk) worksHere() bool {
	someone := people[w.who]
	return w.who == byPIN || someone.role.Has(auth.TakeOrders) && someone.store != "yeonnam"
}

// form is the least that an action needs to be about something that exists.
func (w *walk) form(r route) string {
	switch r.path {
	case "/s/:store/staff/:member/permissions":
		return url.Values{"permission": {"view_sales"}, "choice": {"role"}}.Encode()
	case "/s/:store/register/cart/lines":
		return url.Values{"item": {w.menu().item("americano").ID}, "usual": {"1"}}.Encode()
	}
	return ""
}

// anotherSession signs the person in once more and returns the session.
func (w *walk) anotherSession() string {
	w.t.Helper()
	login := people[w.who].login
	if login == "" {
		return ids.NewSessionID().String()
	}
	var claims struct{ Sid string }
	payload, err := base64.RawURLEncoding.DecodeString(strings.Split(w.Token(w.t, login, demo.Password), ".")[1])
	if err != nil {
		w.t.Fatal(err)
	}
	if err := json.Unmarshal(payload, &claims); err != nil {
		w.t.Fatal(err)
	}
	return claims.Sid
}

func (w *walk) cartLine() string {
	w.post("register/cart/lines", url.Values{"item": {w.menu().item("americano").ID}, "usual": {"1"}})
	return w.find(`id="line-([0-9a-f-]+)"`, w.get("register/cart"))
}

func (w *walk) find(pattern, page string) string {
	w.t.Helper()
	m := regexp.MustCompile(pattern).FindStringSubmatch(page)
	if m == nil {
		w.t.Fatalf("no %s as %s in %.3000s", pattern, w.who, page)
	}
	return m[1]
}

func (w *walk) get(path string) string { return w.page(http.MethodGet, path, nil) }

func (w *walk) post(path string, form url.Values) string { return w.page(http.MethodPost, path, form) }

// request asks as the walk's browser does from a page of the site.
func (w *walk) request(method, path, contentType string, body io.Reader) *http.Response {
	w.t.Helper()
	req, err := http.NewRequestWithContext(w.t.Context(), method, w.URL+path, body)
	if err != nil {
		w.t.Fatal(err)
	}
	req.Header.Set("Sec-Fetch-Site", "same-origin")
	req.Header.Set("Content-Type", contentType)
	res, err := w.browser.Do(req)
	if err != nil {
		w.t.Fatalf("%s %.200s: %v", method, path, err)
	}
	return res
}

// attribute finds something in a page that the walk's browser opens.
func (w *walk) attribute(path, pattern string) string {
	w.t.Helper()
	res := w.request(http.MethodGet, path, "", nil)
	defer func() { _ = res.Body.Close() }()
	page, err := io.ReadAll(res.Body)
	if err != nil {
		w.t.Fatal(err)
	}
	return w.find(pattern, string(page))
}

// page asks for a page of the own store as a person of it.
func (w *walk) page(method, path string, form url.Values) string {
	w.t.Helper()
	req, err := http.NewRequestWithContext(w.t.Context(), method, w.URL+"/s/"+ownStore+"/"+path, strings.NewReader(form.Encode()))
	if err != nil {
		w.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("HX-Request", "true")
	res, err := w.browser.Do(req)
	if err != nil {
		w.t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	doc, err := goquery.NewDocumentFromReader(res.Body)
	if err != nil {
		w.t.Fatal(err)
	}
	html, err := doc.Html()
	if err != nil || res.StatusCode >= 400 {
		w.t.Fatalf("%s %s as %s: %s %.500s", method, path, w.who, res.Status, html)
	}
	return html
}

func (w *walk) menu() menu { return menuOf(w.t, w.Program, w.orderer, ownStore) }

func (w *walk) placeOrder() string {
	w.t.Helper()
	o := order(w.menu(), "takeaway", line{"americano", "r", nil, 1})
	if status := w.JSON(w.t, w.orderer, http.MethodPost, "/api/v1/stores/"+ownStore+"/orders", o, nil); status != http.StatusCreated {
		w.t.Fatalf("an order for the walk answers %d", status)
	}
	return o.ID
}
