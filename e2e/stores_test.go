//go:build e2e

package e2e

import (
	"fmt"
	"strings"
	"testing"

	"maru/internal/platform/auth"
)

// A list of stores from elsewhere goes in: it is sent, a column is corrected, every line is looked at, it is imported and
// found in the list; sent once more it changes nothing.
func TestAStoreListIsImported(t *testing.T) {
	browser, p := started(t)
	w := at(t, browser, p, "hq", "/hq/store-master")
	w.Click(`a[href="/hq/store-master/imports"]`)
	lines := []string{"번호,지점명,시도,주소,비고", "1,성수 골목점,서울,서울 성동구 고샅길 12 02-555-0100,", "2,=1+1,서울,서울 중구 1,", "3,파주 너른점,경기도,경기 파주시 너른길 8031-555-0101,"}
	for n := range 450 {
		lines = append(lines, fmt.Sprintf("%d,시험 %03d점,서울,\"서울 중구 시험길 %d, 1층02-555-%04d\",", n+4, n, n+1, n))
	}
	send := func() {
		w.Wait(`document.getElementById("f-file")`)
		w.Eval(fmt.Sprintf(`(() => { const d = new DataTransfer(); d.items.add(new File([%q], "지점 목록.csv", {type: "text/csv"})); document.getElementById("f-file").files = d.files; })()`, strings.Join(lines, "\n")))
		w.Click(`form[enctype] button`)
		w.Wait(`document.querySelector('[name="column.1"]')`)
	}
	send()
	if got := w.Text(`[...document.querySelectorAll('[name^="column."]')].map(s => s.value).join()`); got != ",name_ko,region,address," {
		t.Errorf("the columns are guessed as %s", got)
	}
	lookAt(t, w, "import-columns")
	w.Eval(`document.querySelector('[name="column.4"]').value = "phone"`)
	w.Click(`.btn-primary`)
	w.Wait(`document.querySelector('form[action$="/start"]')`)
	if text := w.Text(`document.querySelector('form[action$="/start"]').textContent`); !strings.Contains(text, "새 지점 451 · 바뀜 1 · 그대로 0 · 거절 1") {
		t.Errorf("the preview says %s", text)
	}
	lookAt(t, w, "import-preview")
	w.Click(`a[href$="show=refused"]`)
	w.Wait(`document.querySelectorAll("tbody tr").length === 1 && document.getElementById("line-3")`)
	w.Click(`form[action$="/start"] .btn-primary`)
	w.Wait(`/새 지점 451 · 바뀜 1/.test(document.querySelector("section#import-progress")?.textContent)`)
	lookAt(t, w, "import-done")
	w.Click(`section#import-progress .btn-primary`)
	w.Wait(`location.pathname === "/hq/store-master"`)
	w.Fill("#search", "너른")
	w.Click(`form[role=search] button`)
	w.Wait(`document.querySelectorAll("tbody tr").length === 1 && /031-555-0101/.test(document.querySelector("tbody").textContent)`)

	w.Go(p.URL + "/hq/store-master/imports")
	send()
	w.Click(`.btn-primary`)
	w.Wait(`/새 지점 0 · 바뀜 0 · 그대로 452 · 거절 1/.test(document.querySelector('form[action$="/start"]')?.textContent)`)
	if w.Text(`document.querySelectorAll('form[action$="/start"] .btn-primary').length`) != "0" {
		t.Error("there is a button to import nothing")
	}
	if found := w.Complaints(); len(found) > 0 {
		t.Errorf("the console complains: %v", found)
	}
}

// A store passes to another owner on a day to come, the plan is taken back, and it passes at once.
func TestAStoreChangesItsOwner(t *testing.T) {
	browser, p := started(t)
	w := at(t, browser, p, "hq", "/hq/store-master/stores/"+store)
	give := func(since string) {
		w.Eval(`document.querySelector("#owner details").open = true`)
		w.Fill("#owner [name=q]", "yeonnam")
		w.Click(`#owner-choices input[value="yeonnam"]`)
		w.Eval(fmt.Sprintf(`document.getElementById("f-since").value = %q`, since))
		w.Click(`form[action$="/owner"] button`)
	}
	give("2099-01-01")
	w.Wait(`/2099. 1. 1./.test(document.querySelector("#owner .notice")?.textContent)`)
	lookAt(t, w, "store-owner-planned")
	w.Click(`form[action$="/owner/cancel"] button`)
	w.Wait(`document.querySelector("#owner details")`)
	since := w.Text(`new Date(Date.now() + 2 * 864e5).toISOString().slice(0, 10)`) // tomorrow in UTC can be today in Seoul
	give(since)
	w.Wait(`document.querySelector("#owner .notice")`)
	s, err := p.Members.StoreByCode(t.Context(), store)
	must(t, err)
	owners, err := p.Members.Owners(t.Context(), auth.System("e2e"), s.ID)
	must(t, err)
	if len(owners) != 2 || owners[0].Login != "yeonnam" || !owners[0].Planned || owners[0].From.String() != since || !owners[1].Until.Equal(owners[0].From) {
		t.Errorf("%+v", owners)
	}
	if found := w.Complaints(); len(found) > 0 {
		t.Errorf("the console complains: %v", found)
	}
}
