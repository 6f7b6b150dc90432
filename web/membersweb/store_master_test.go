package membersweb_test

import (
	"bytes"
	"encoding/csv"
	"net/http"
	"slices"
	"strings"
	"testing"

	"maru/internal/kernel/lang"
	"maru/internal/members"
	"maru/internal/members/membersapi"
	"maru/internal/platform/auth"
	"maru/web/webkit/webtest"
)

const (
	master  = "/hq/store-master"
	gangnam = master + "/stores/gangnam"
)

// masterWorld has a store with an owner, and somebody at headquarters who looks at its page.
func masterWorld(t *testing.T) (*world, *webtest.Client) {
	t.Helper()
	w := newWorld(t, false)
	w.member("kim-owner", auth.Owner, w.store("gangnam"))
	w.member("lee-owner", auth.Owner, w.store("mapo"))
	w.member("hq", auth.HQAdmin)
	return w, w.signedIn("hq")
}

func TestTheStoreListIsFilteredByItsURL(t *testing.T) {
	t.Parallel()
	w, c := masterWorld(t)
	w.store("pangyo")
	names := func(query string) string {
		return strings.Join(c.Get(master+query).Want(http.StatusOK).Texts("tbody th a"), ",")
	}
	for query, want := range map[string]string{
		"": "gangnam 지점,mapo 지점,pangyo 지점", "?q=kim-owner": "gangnam 지점", "?q=mapo": "mapo 지점", "?owner=without": "pangyo 지점",
		"?status=closed": "", "?status=current&region=서울&owner=with": "gangnam 지점,mapo 지점", "?status=burnt&owner=x": "gangnam 지점,mapo 지점,pangyo 지점",
		"?after=nonsense": "gangnam 지점,mapo 지점,pangyo 지점",
	} {
		if got := names(query); got != want {
			t.Errorf("%s: %s, want %s", query, got, want)
		}
	}
	if text := c.Get(master + "?q=nowhere").Text("#content"); !strings.Contains(text, "찾는 지점이 없어요") {
		t.Error(text)
	}
}

func TestAStoresCardIsChanged(t *testing.T) {
	t.Parallel()
	w, c := masterWorld(t)
	form := c.Get(gangnam).Want(http.StatusOK).Form(`form[action="` + gangnam + `"]`)
	form.Set("name", "강남 새 이름")
	form.Set("phone", "02-555-0100")
	form.Set("cutoff_minutes", "5:30")
	form.Set("opens.1", "8")
	form.Set("closes.1", "24:00")
	form.Set("opens.5", "18:00")
	form.Set("closes.5", "02:00")
	c.Send(http.MethodPost, gangnam, form).WantRedirect(gangnam)
	s, err := w.StoreMaster(t.Context(), auth.System("test"), "gangnam")
	if err != nil || s.Name.Ko != "강남 새 이름" || s.Phone != "02-555-0100" || s.Cutoff != 330 || members.FormatHours(s.Hours) != "mon 08:00-24:00; tue-thu off; fri 18:00-02:00; sat-sun off" {
		t.Errorf("%+v, %v", s, err)
	}
	page := c.Get(gangnam).Want(http.StatusOK)
	if page.Attr(`[name="closes.1"]`, "value") != "24:00" || page.Attr(`[name="opens.2"]`, "value") != "" {
		t.Error("the hours are not shown as they are stored")
	}

	form = page.Form(`form[action="` + gangnam + `"]`)
	for name, wrong := range map[string]string{"name": "", "cutoff_minutes": "noon", "opens.2": "25:00", "closes.2": "26:00", "time_zone": "Mars", "address": strings.Repeat("가", 201)} {
		form.Set(name, wrong)
	}
	page = c.Send(http.MethodPost, gangnam, form).Want(http.StatusUnprocessableEntity)
	for _, problem := range []string{"#f-name-problem", "#f-cutoff_minutes-problem", "#hours-2-problem", "#f-address-problem"} {
		if !page.Has(problem) {
			t.Errorf("nothing is said at %s", problem)
		}
	}
	again := page.Form(`form[action="` + gangnam + `"]`)
	for _, name := range []string{"cutoff_minutes", "opens.2", "closes.2", "time_zone", "address", "phone"} {
		if again.Get(name) != form.Get(name) {
			t.Errorf("%s: %q was typed, %q is shown", name, form.Get(name), again.Get(name))
		}
	}
}

func TestTwoBrowsersAtOneStoreNoticeEachOther(t *testing.T) {
	t.Parallel()
	w, c := masterWorld(t)
	mine := c.Get(gangnam).Form(`form[action="` + gangnam + `"]`)
	theirs := c.Get(gangnam).Form(`form[action="` + gangnam + `"]`)
	theirs.Set("name", "먼저 저장")
	c.Send(http.MethodPost, gangnam, theirs).WantRedirect(gangnam)
	mine.Set("name", "나중 저장")
	page := c.Send(http.MethodPost, gangnam, mine).Want(http.StatusUnprocessableEntity)
	if text := page.Text("#content"); !strings.Contains(text, "그 사이 다른 사람이") || !strings.Contains(text, "지금 저장된 값: 먼저 저장") {
		t.Error(text)
	}
	mine = page.Form(`form[action="` + gangnam + `"]`)
	if mine.Get("name") != "나중 저장" {
		t.Errorf("what was typed is lost: %v", mine)
	}
	c.Send(http.MethodPost, gangnam, mine).WantRedirect(gangnam) // having seen it
	mine.Del("seen")
	c.Send(http.MethodPost, gangnam, mine).Want(http.StatusUnprocessableEntity)
	if s, err := w.StoreByCode(t.Context(), "gangnam"); err != nil || s.Name.Ko != "나중 저장" {
		t.Errorf("%+v, %v", s, err)
	}
}

func TestAStoreIsAddedPausedAndTold(t *testing.T) {
	t.Parallel()
	w, c := masterWorld(t)
	form := c.Get(master + "/new").Want(http.StatusOK).Form(`form[action="` + master + `/new"]`)
	form.Set("name", "판교점")
	form.Set("code", "gangnam")
	if page := c.Send(http.MethodPost, master+"/new", form).Want(http.StatusUnprocessableEntity); !page.Has("#f-code-problem") || page.Form("main form").Get("name") != "판교점" {
		t.Error("a code in use is not refused beside it")
	}
	form.Set("code", "pangyo")
	c.Send(http.MethodPost, master+"/new", form).WantRedirect(master + "/stores/pangyo")
	if s, err := w.StoreByCode(t.Context(), "pangyo"); err != nil || s.Status != membersapi.Preparing || s.TimeZone != "Asia/Seoul" {
		t.Errorf("%+v, %v", s, err)
	}
	status := gangnam + "/status"
	form = c.Get(gangnam).Form(`form[action="` + status + `"]`)
	form.Set("status", "paused")
	page := c.Send(http.MethodPost, status, form).Want(http.StatusUnprocessableEntity)
	if !page.Has("#f-status-reason-problem") || !page.Has(`input[value="paused"][checked]`) {
		t.Error("it pauses without a reason, or forgets what was chosen")
	}
	form.Set("reason", "누수 공사")
	c.Send(http.MethodPost, status, form).WantRedirect(gangnam)
	if text := c.Get(gangnam).Text("#status"); !strings.Contains(text, "“누수 공사”") {
		t.Error(text)
	}
	c.Get(master + "/stores/nowhere").Want(http.StatusNotFound)
	c.Post(master+"/stores/nowhere", "name", "x").Want(http.StatusNotFound)
}

func TestAStoreIsPassedOnAndThePlanCancelled(t *testing.T) {
	t.Parallel()
	_, c := masterWorld(t)
	owner := gangnam + "/owner"
	if text := c.HX().Get(master + "/owner-choice?q=owner").Want(http.StatusOK).Text("body"); !strings.Contains(text, "lee-owner") || !strings.Contains(text, "kim-owner") {
		t.Error(text)
	}
	form := c.Get(gangnam).Form(`form[action="` + owner + `"]`)
	form.Set("q", "nobody-at-all")
	page := c.Send(http.MethodPost, owner, form).Want(http.StatusUnprocessableEntity)
	if text := page.Text("#owner"); !strings.Contains(text, "점주 계정의 아이디를") || page.Attr(`#owner [name="q"]`, "value") != "nobody-at-all" {
		t.Error(text)
	}
	form.Set("login", "lee-owner")
	form.Set("since", "2026-12-01")
	c.Send(http.MethodPost, owner, form).WantRedirect(gangnam)
	page = c.Get(gangnam)
	if text := page.Text("#owner"); !strings.Contains(text, "2026. 12. 1. (화)부터") || !strings.Contains(text, "kim-owner") || page.Has(`form[action="`+owner+`"]`) {
		t.Error(text)
	}
	c.Post(owner + "/cancel").WantRedirect(gangnam)
	c.Post(owner + "/cancel").WantRedirect(gangnam) // somebody else did it already
	form.Set("since", "2026-11-23")
	form.Set("seen_owner", "")
	if text := c.Send(http.MethodPost, owner, form).Want(http.StatusUnprocessableEntity).Text("#owner"); !strings.Contains(text, "그 사이 점주가 바뀌었어요") {
		t.Error(text)
	}
}

func TestStoresAreExportedWithAReasonAndHarmless(t *testing.T) {
	t.Parallel()
	w, c := masterWorld(t)
	_, err := w.AddStore(t.Context(), auth.System("test"), members.AddStore{Code: "evil", StoreCard: members.StoreCard{
		Name: lang.Text{Ko: "=cmd|' /C calc'!A1"}, Region: "@서울", Phone: "+82-2-555-0100", Address: "-1+1, \"a\"", TimeZone: "Asia/Seoul",
	}})
	if err != nil {
		t.Fatal(err)
	}
	if page := c.Post(master+"/export", "reason", "짧아요", "q", "gang").Want(http.StatusUnprocessableEntity); !page.Has("#f-export-reason-problem") || len(page.Texts("tbody th")) != 1 {
		t.Error("an export without a reason is not refused on the list it is of")
	}
	page := c.Post(master+"/export", "reason", "지점 연락망을 새로 만들어요").Want(http.StatusOK)
	rows, err := csv.NewReader(bytes.NewReader(bytes.TrimPrefix([]byte(page.Body), []byte("\ufeff")))).ReadAll()
	if err != nil || len(rows) != 4 || rows[0][0] != "code" {
		t.Fatalf("%v, %v", rows, err)
	}
	for _, cell := range slices.Concat(rows...) {
		if cell != "" && strings.ContainsAny(cell[:1], "=+-@\t\r") {
			t.Errorf("a spreadsheet would calculate %q", cell)
		}
	}
	if row := rows[slices.IndexFunc(rows, func(r []string) bool { return r[0] == "gangnam" })]; row[11] != "김마루" || row[12] != "kim-owner" || row[7] != "00:00" {
		t.Errorf("%v", row)
	}
}

func TestOnlyWhoLooksAfterStoresSeesTheirRecords(t *testing.T) {
	t.Parallel()
	w, _ := masterWorld(t)
	w.member("support", auth.HQSupport)
	for _, login := range []string{"support", "kim-owner"} {
		c := w.signedIn(login)
		for _, path := range []string{master, master + "/new", gangnam, master + "/owner-choice?q=owner"} {
			c.Get(path).Want(http.StatusForbidden)
		}
		c.Post(gangnam+"/status", "status", "closed", "reason", "x").Want(http.StatusForbidden)
		c.Post(master+"/export", "reason", "열 글자가 넘는 까닭이에요").Want(http.StatusForbidden)
	}
}
