//go:build e2e

package e2e

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"maru/e2e/chrome"
	"maru/internal/app/apptest"
	"maru/internal/demo"
	"maru/internal/kernel/lang"
	"maru/internal/members"
	"maru/internal/platform/auth"
)

// Two people apply for a store. Headquarters refuses one, who reads why, and gives the other a store. The new owner
// comes in by a link, takes in somebody who works there, and both find that every link is good once.
func TestAnOwnerJoins(t *testing.T) {
	browser, p := started(t)
	const mapo = "mapo" // a store without an owner
	_, err := p.Members.AddStore(t.Context(), auth.System("e2e"), members.AddStore{Code: mapo, StoreCard: members.StoreCard{
		Name: lang.Text{Ko: "마포 새길점", En: "Mapo"}, Region: "서울", TimeZone: "Asia/Seoul",
	}})
	must(t, err)

	// In Korean, with a number of a wrong check digit.
	refused := visitor(t, browser, p.URL, "ko", "/signup")
	apply := func(w *chrome.Window, businessNo, name, wish string) {
		w.Fill("#f-business_no", businessNo)
		w.Fill("#f-name", name)
		w.Fill("#f-phone", "010-2345-6789")
		w.Fill("#f-email", "owner@example.com")
		w.Fill("#f-store_wish", wish)
		w.Click(`form[action="/signup"] button`)
	}
	apply(refused, "124-81-00999", "김거절", "성수동 골목 끝, 20평")
	refused.Wait(`/없는 번호예요. 사업자등록증을 보고/.test(document.getElementById("f-business_no-problem")?.textContent)`)
	lookAt(t, refused, "signup-refused")
	kept := map[string]string{"business_no": "124-81-00999", "name": "김거절", "phone": "010-2345-6789", "email": "owner@example.com", "store_wish": "성수동 골목 끝, 20평"}
	typed(t, refused, kept)
	refused.Go(p.URL + "/signup/status") // to look something up, and back
	refused.Go(p.URL + "/signup")
	typed(t, refused, kept)
	refused.Fill("#f-business_no", "1248100998")
	refused.Click(`form[action="/signup"] button`)
	refused.Wait(`/심사 중/.test(document.querySelector("main dl")?.textContent)`)

	// In English, at once with a right one; the number leads back to the answer.
	approved := visitor(t, browser, p.URL, "en", "/signup")
	apply(approved, "124-81-00999", "Lee Maru", "Mapo, next spring")
	approved.Wait(`/There is no such number/.test(document.getElementById("f-business_no-problem")?.textContent)`)
	approved.Fill("#f-business_no", "220-81-62517")
	approved.Click(`form[action="/signup"] button`)
	approved.Wait(`/In review/.test(document.querySelector("main dl")?.textContent)`)
	number := approved.Text(`document.querySelector("[data-copy]").dataset.copy`)
	approved.Go(p.URL + "/signup/status")
	approved.Fill("#f-number", strings.ToLower(strings.ReplaceAll(number, "-", " ")))
	approved.Click(`form[action="/signup/status"] button`)
	approved.Wait(`/In review/.test(document.querySelector("main dl")?.textContent)`)

	// Headquarters refuses one, not without a reason, and gives the other a store.
	hq := at(t, browser, p, "hq", "/hq/sign-ups")
	open := func(name string) {
		hq.Wait(fmt.Sprintf(`[...document.querySelectorAll("tbody a")].some(a => a.textContent === %q)`, name))
		hq.Eval(fmt.Sprintf(`[...document.querySelectorAll("tbody a")].find(a => a.textContent === %q).click()`, name))
		hq.Wait(fmt.Sprintf(`document.querySelector("h1").textContent === %q`, name))
	}
	open("김거절")
	hq.Click(`form[action$="/refuse"] button`)
	hq.Wait(`/신청한 사람이 읽을 이유를/.test(document.getElementById("f-reason-problem")?.textContent)`)
	hq.Fill("#f-reason", "근처에 이미 두 곳이 있어요")
	hq.Click(`form[action$="/refuse"] button`)
	hq.Wait(`location.pathname === "/hq/sign-ups" && !/김거절/.test(document.querySelector("main").textContent)`)
	open("Lee Maru")
	hq.Click(`form[action$="/approve"] button`)
	hq.Wait(`/맡길 지점을 한 곳 이상/.test(document.querySelector(".field-problem")?.textContent)`)
	hq.Fill("#store-picker [name=q]", store)
	hq.Wait(`/지금 점주: \S/.test(document.getElementById("choice-` + store + `")?.textContent)`)
	hq.Fill("#store-picker [name=q]", mapo)
	hq.Click("#choice-" + mapo + " input")
	hq.Click(`form[action$="/approve"] button`)
	link := oneTimeLink(t, hq, "link-owner")

	// Both read the answer on the page that they kept open, as soon as they look at it again.
	for _, w := range []*chrome.Window{refused, approved} {
		w.Eval(`document.dispatchEvent(new Event("visibilitychange"))`)
	}
	refused.Wait(`/거절/.test(document.querySelector("main dl").textContent) && /근처에 이미 두 곳이/.test(document.querySelector("main dl").textContent)`)
	lookAt(t, refused, "signup-answer")
	approved.Wait(`/Approved/.test(document.querySelector("main dl").textContent)`)

	// The owner comes in, and finds the store.
	owner := visitor(t, browser, p.URL, "ko", strings.TrimPrefix(link, p.URL))
	if text := owner.Text(`document.querySelector("main").textContent`); !strings.Contains(text, "점주") || !strings.Contains(text, "마포") {
		t.Errorf("the invitation does not say who one becomes, and where: %s", text)
	}
	accept(t, owner, "maru-mapo", "join-weak")
	signIn(owner, p.URL, "maru-mapo", demo.Password)
	owner.Wait(fmt.Sprintf(`location.pathname === "/s/%s" && /마포/.test(document.querySelector(".store-name").textContent)`, mapo))
	gone(t, browser, p, link, "link-used")

	// Somebody who works there: by the first link, not by it again, and not by one that is too old.
	invite := func(name string) string {
		owner.Go(p.URL + "/s/" + mapo + "/staff")
		owner.Fill("#f-name", name)
		owner.Click(`form[action$="/staff/invite"] button`)
		return oneTimeLink(t, owner, "")
	}
	old, fresh := invite("박늦음"), invite("최직원")
	if _, err := p.Databases.Context("members").Exec(t.Context(), "UPDATE members.link SET expires_at = now() - interval '1 second' WHERE name = '박늦음'"); err != nil {
		t.Fatal(err)
	}
	gone(t, browser, p, old, "")
	staff := visitor(t, browser, p.URL, "ko", strings.TrimPrefix(fresh, p.URL))
	accept(t, staff, "mapo-choi", "")
	gone(t, browser, p, fresh, "")
	signIn(staff, p.URL, "mapo-choi", demo.Password)
	staff.Wait(fmt.Sprintf(`location.pathname === "/s/%s"`, mapo))
	for path, want := range map[string]string{
		"/s/" + mapo + "/register": "200", "/s/" + mapo + "/staff": "403", "/s/" + mapo + "/keys": "403", "/s/" + mapo + "/devices": "403",
		"/s/" + store: "404", "/s/" + store + "/register": "404", "/hq": "403", "/hq/members": "403",
	} {
		if got := status(staff, path); got != want {
			t.Errorf("staff get %s for %s, not %s", got, path, want)
		}
	}
	if links := staff.Text(`[...document.querySelectorAll("nav a")].map(a => a.getAttribute("href")).join(" ")`); strings.Contains(links, "/staff") || strings.Contains(links, "/hq") {
		t.Errorf("staff are led to %s", links)
	}
	for _, w := range []*chrome.Window{refused, approved, hq, owner, staff} {
		clean(t, w)
	}
}

// A new password asks for the present one and ends what is open elsewhere; who forgot it gets a link, which does the
// same. Nobody at the other window does anything.
func TestANewPasswordEndsOtherSessions(t *testing.T) {
	browser, p := started(t)
	const login, second = store + "-staff", "nuri-chaek-84-goorum"
	desk, other := visitor(t, browser, p.URL, "ko", "/login"), visitor(t, browser, p.URL, "ko", "/login")
	elsewhere := func(password string) {
		signIn(other, p.URL, login, password)
		other.Go(p.URL + "/s/" + store + "/board")
		live(other)
	}
	endsElsewhere := func(why string) {
		t.Helper()
		took := other.Wait(`location.pathname === "/login"`)
		t.Logf("%s: the other window is at the sign-in page after %s", why, took.Round(time.Millisecond))
	}
	signIn(desk, p.URL, login, demo.Password)
	elsewhere(demo.Password)
	change := func(old, next string) {
		desk.Fill("#f-old", old)
		desk.Fill("#f-new", next)
		desk.Click(`form[action="/me/password"] .btn-primary`)
	}
	desk.Go(p.URL + "/me/password")
	change("not-the-present-one", second)
	desk.Wait(`/지금 비밀번호가 맞지 않아요/.test(document.getElementById("f-old-problem")?.textContent)`)
	change(demo.Password, "seongsu-staff1")
	desk.Wait(`/아이디나 이름, 가게와 관련된 말/.test(document.getElementById("f-new-problem")?.textContent)`)
	lookAt(t, desk, "password-refused")
	change(demo.Password, second)
	desk.Wait(`location.pathname === "/me/devices"`)
	endsElsewhere("a new password")
	if got := status(desk, "/me/devices"); got != "200" {
		t.Errorf("the window in which it was changed answers %s", got)
	}

	// The owner makes a link for somebody who forgot the password.
	elsewhere(second)
	owner := at(t, browser, p, store, "/s/"+store+"/staff")
	owner.Eval(`[...document.querySelectorAll("[id^=staff-]")].find(c => /` + login + `/.test(c.textContent)).querySelector("[data-open^=manage]").click()`)
	owner.Click(`dialog[open] form[action$="/reset"] button`)
	link := oneTimeLink(t, owner, "")
	forgetful := visitor(t, browser, p.URL, "ko", strings.TrimPrefix(link, p.URL))
	forgetful.Fill("#f-password", "1234567890")
	forgetful.Click(`form[action^="/reset/"] .btn-primary`)
	forgetful.Wait(`/서로 관계없는 낱말 서너 개를/.test(document.getElementById("f-password-problem")?.textContent)`)
	forgetful.Fill("#f-password", demo.Password)
	forgetful.Click(`form[action^="/reset/"] .btn-primary`)
	forgetful.Wait(`location.pathname === "/login" && /새 비밀번호로 로그인/.test(document.getElementById("toasts").textContent)`)
	endsElsewhere("a password that was reset")
	gone(t, browser, p, link, "")
	signIn(forgetful, p.URL, login, second)
	forgetful.Wait(`location.pathname === "/login" && document.querySelector("main [role=alert], main .notice")`)
	signIn(forgetful, p.URL, login, demo.Password)
	forgetful.Wait(fmt.Sprintf(`location.pathname === "/s/%s"`, store))
	m, err := p.Members.Authenticate(t.Context(), p.Token(t, login, demo.Password))
	must(t, err)
	if m.Role != auth.Staff {
		t.Errorf("%s is %s", login, m.Role)
	}
	for _, w := range []*chrome.Window{desk, owner, forgetful} {
		clean(t, w)
	}
}

// visitor opens a page in a new window in which nobody is signed in.
func visitor(t *testing.T, browser *chrome.Browser, url, language, path string) *chrome.Window {
	t.Helper()
	w := browser.Window(t, 1280, 800)
	w.Cookies(url, "lang="+language)
	w.Go(url + path)
	return w
}

// signIn types login and password at the sign-in page.
func signIn(w *chrome.Window, url, login, password string) {
	w.Go(url + "/login")
	w.Fill("#f-login", login)
	w.Fill("#f-password", password)
	w.Eval(`window.was = true`) // gone with the answer
	w.Click(`form[action="/login"] button[type=submit]`)
	w.Wait(`!window.was && document.readyState === "complete"`)
}

// typed fails where an input does not hold what was typed into it.
func typed(t *testing.T, w *chrome.Window, want map[string]string) {
	t.Helper()
	for name, value := range want {
		if got := w.Text(fmt.Sprintf(`document.querySelector("main [name=%s]").value`, name)); got != value {
			t.Errorf("%s holds %q, not %q", name, got, value)
		}
	}
}

// oneTimeLink returns the link that the page shows, after it was copied.
func oneTimeLink(t *testing.T, w *chrome.Window, name string) string {
	t.Helper()
	w.Wait(`document.getElementById("one-time-link")`)
	if name != "" {
		lookAt(t, w, name)
	}
	link := w.Text(`document.getElementById("one-time-link").textContent`)
	if copied := w.Copied(`main [data-copy]`); copied != link {
		t.Errorf("%q is copied of the link %q", copied, link)
	}
	return link
}

// accept opens the account of an invitation: not with a weak password, and with a strong one.
func accept(t *testing.T, w *chrome.Window, login, name string) {
	t.Helper()
	w.Fill("#f-login", login)
	w.Fill("#f-password", login+"123")
	w.Click(`form[action^="/join/"] .btn-primary`)
	w.Wait(`/서로 관계없는 낱말 서너 개를/.test(document.getElementById("f-password-problem")?.textContent)`)
	if name != "" {
		lookAt(t, w, name)
	}
	typed(t, w, map[string]string{"login": login, "password": ""})
	w.Fill("#f-password", demo.Password)
	w.Click(`form[action^="/join/"] .btn-primary`)
	w.Wait(`location.pathname === "/login" && /계정을 만들었어요/.test(document.getElementById("toasts").textContent)`)
}

// gone fails where a link still opens something.
func gone(t *testing.T, browser *chrome.Browser, p *apptest.Program, link, name string) {
	t.Helper()
	w := visitor(t, browser, p.URL, "ko", strings.TrimPrefix(link, p.URL))
	w.Wait(`/쓸 수 없는 링크예요/.test(document.querySelector("h1")?.textContent) && /새로 달라고/.test(document.querySelector("main").textContent)`)
	if w.Text(`document.querySelectorAll("main form[action^='/join'], main form[action^='/reset']").length`) != "0" {
		t.Error("a link that is gone still has a form")
	}
	if name != "" {
		lookAt(t, w, name)
	}
}

// status returns what the server answers to the window for a path.
func status(w *chrome.Window, path string) string {
	w.Eval(fmt.Sprintf(`fetch(%q).then((r) => document.body.dataset.status = r.status)`, path))
	w.Wait(`document.body.dataset.status`)
	return w.Text(`(s => { delete document.body.dataset.status; return s })(document.body.dataset.status)`)
}
