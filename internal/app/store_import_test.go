package app_test

import (
	"bytes"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/PuerkitoBio/goquery"

	"maru/internal/app/apptest"
	"maru/internal/demo"
	"maru/internal/kernel/lang"
	"maru/internal/members"
	"maru/internal/members/membersapi"
	"maru/internal/platform/auth"
)

// importer is somebody at headquarters who imports a list of stores.
type importer struct {
	*apptest.Program

	t       *testing.T
	browser *http.Client
}

const imports = "/hq/store-master/imports"

func newImporter(t *testing.T) *importer {
	t.Helper()
	p := apptest.Start(t, apptest.Franchise(t))
	browser := p.Browser(t, "hq", demo.Password)
	browser.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &importer{Program: p, t: t, browser: browser}
}

func (i *importer) do(method, path, contentType string, body io.Reader) (*http.Response, *goquery.Document) {
	i.t.Helper()
	req, err := http.NewRequestWithContext(i.t.Context(), method, i.URL+path, body)
	if err != nil {
		i.t.Fatal(err)
	}
	req.Header.Set("Content-Type", contentType)
	req.Header.Set("Sec-Fetch-Site", "same-origin")
	res, err := i.browser.Do(req)
	if err != nil {
		i.t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	doc, err := goquery.NewDocumentFromReader(res.Body)
	if err != nil {
		i.t.Fatal(err)
	}
	return res, doc
}

func (i *importer) post(path string, pairs ...string) (*http.Response, *goquery.Document) {
	i.t.Helper()
	form := url.Values{}
	for n := 0; n+1 < len(pairs); n += 2 {
		form.Add(pairs[n], pairs[n+1])
	}
	return i.do(http.MethodPost, path, "application/x-www-form-urlencoded", strings.NewReader(form.Encode()))
}

func (i *importer) send(name string, content []byte) (*http.Response, *goquery.Document) {
	i.t.Helper()
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	part, err := w.CreateFormFile("file", name)
	if err != nil {
		i.t.Fatal(err)
	}
	if _, err := part.Write(content); err != nil || w.Close() != nil {
		i.t.Fatal(err)
	}
	return i.do(http.MethodPost, imports, w.FormDataContentType(), &b)
}

// draft sends a list and says that its first column is the name.
func (i *importer) draft(content string) (path string) {
	i.t.Helper()
	res, doc := i.send("stores.csv", []byte(content))
	if path = res.Header.Get("Location"); res.StatusCode != http.StatusSeeOther {
		i.t.Fatalf("%s: %s", res.Status, doc.Text())
	}
	if res, doc = i.post(path, "column.0", "name_ko", "column.1", "phone", "time_zone", "Asia/Seoul", "cutoff_minutes", "04:00", "status", "preparing"); res.StatusCode != http.StatusSeeOther {
		i.t.Fatalf("%s: %s", res.Status, doc.Find(".field-problem, .notice").Text())
	}
	return path
}

func (i *importer) digest(path string) string {
	i.t.Helper()
	_, doc := i.do(http.MethodGet, path+"/preview", "", nil)
	digest, ok := doc.Find("[name=digest]").Attr("value")
	if !ok {
		i.t.Fatal(doc.Text())
	}
	return digest
}

func list(n int) string {
	var b strings.Builder
	b.WriteString("가게,번호\n")
	for k := range n {
		fmt.Fprintf(&b, "목록 %04d점,02-555-%04d\n", k, k)
	}
	return b.String()
}

func TestAnImportThatIsLeftGoesOnWhereItWas(t *testing.T) {
	t.Parallel()
	i := newImporter(t)
	path := i.draft(list(2250) + "목록 0000점,02-555-9999\n")
	i.post(path+"/start", "digest", i.digest(path))
	for step, want := range []string{"1,000", "2,000", "done", "done"} { // the last is somebody else's, who comes late
		i.post(path + "/step")
		_, doc := i.do(http.MethodGet, path+"/progress", "", nil)
		text := strings.Join(strings.Fields(doc.Find("#import-progress").Text()), " ")
		if want == "done" {
			want = "새 지점 2,250 · 바뀜 0 · 그대로 0 · 거절 1"
		}
		if !strings.Contains(text, want) {
			t.Errorf("after step %d: %s", step+1, text)
		}
	}
	if res, _ := i.post(path, "column.0", "phone"); res.StatusCode != http.StatusConflict && res.StatusCode != http.StatusUnprocessableEntity {
		t.Errorf("the columns of what is imported can be changed: %s", res.Status)
	}
	again := i.draft(list(2250))
	_, doc := i.do(http.MethodGet, again+"/preview?show=unchanged&from=2200", "", nil)
	if text := doc.Text(); !strings.Contains(text, "새 지점 0 · 바뀜 0 · 그대로 2,250 · 거절 0") || doc.Find("tbody tr").Length() != 50 || doc.Find("form[action$='/start'] button").Length() != 0 {
		t.Errorf("%s", doc.Find("#content").Text())
	}
}

// Two windows that show the progress of one import, and a hand on the button, do it together and nothing twice.
func TestStepsThatMeetImportEveryLineOnce(t *testing.T) {
	t.Parallel()
	i := newImporter(t)
	path := i.draft(list(1500))
	i.post(path+"/start", "digest", i.digest(path))
	for range 4 {
		var all sync.WaitGroup
		for range 3 {
			all.Go(func() { i.post(path + "/step") })
		}
		all.Wait()
	}
	_, doc := i.do(http.MethodGet, path+"/progress", "", nil)
	if text := doc.Find("#import-progress").Text(); !strings.Contains(text, "새 지점 1,500 · 바뀜 0 · 그대로 0 · 거절 0") {
		t.Errorf("%s", strings.Join(strings.Fields(text), " "))
	}
}

func TestAPreviewThatHoldsNoMoreIsShownAgain(t *testing.T) {
	t.Parallel()
	i := newImporter(t)
	path := i.draft(list(3))
	digest := i.digest(path)
	_, err := i.Members.AddStore(t.Context(), auth.System("test"), members.AddStore{Code: "other", StoreCard: members.StoreCard{Name: lang.Text{Ko: "목록 0001점"}, TimeZone: "Asia/Seoul"}})
	if err != nil {
		t.Fatal(err)
	}
	res, doc := i.post(path+"/start", "digest", digest)
	if text := doc.Find("#content").Text(); res.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(text, "미리 보는 사이 지점이 바뀌어") || !strings.Contains(text, "새 지점 2 · 바뀜 1") {
		t.Errorf("%s %s", res.Status, text)
	}
	if res, _ := i.post(path+"/start", "digest", i.digest(path)); res.Header.Get("Location") != path+"/progress" {
		t.Errorf("%s %s", res.Status, res.Header.Get("Location"))
	}
	i.post(path + "/step")
	if s, err := i.Members.StoreMaster(t.Context(), auth.System("test"), "other"); err != nil || s.Phone != "02-555-0001" {
		t.Errorf("%+v, %v", s, err)
	}
}

// A list that closes stores asks why before it begins, and the page asks nothing of one that does not.
func TestAListThatChangesStatusesAsksWhyOnItsPreview(t *testing.T) {
	t.Parallel()
	i := newImporter(t)
	_, err := i.Members.AddStore(t.Context(), auth.System("test"), members.AddStore{Code: "other", StoreCard: members.StoreCard{
		Name: lang.Text{Ko: "목록 0001점"}, TimeZone: "Asia/Seoul", Status: membersapi.Open,
	}})
	if err != nil {
		t.Fatal(err)
	}
	if _, doc := i.do(http.MethodGet, i.draft(list(3))+"/preview", "", nil); doc.Find("input[name=reason]").Length() != 0 {
		t.Error("a list that changes no status is asked why")
	}
	res, _ := i.send("stores.csv", []byte("가게,상태\n목록 0001점,휴점\n"))
	path := res.Header.Get("Location")
	i.post(path, "column.0", "name_ko", "column.1", "status", "time_zone", "Asia/Seoul", "cutoff_minutes", "04:00", "status", "preparing")
	digest := i.digest(path)
	res, doc := i.post(path+"/start", "digest", digest)
	if field := doc.Find("input[name=reason]"); res.StatusCode != http.StatusUnprocessableEntity || field.AttrOr("aria-invalid", "") != "true" {
		t.Fatalf("%s %s", res.Status, doc.Find("#content").Text())
	}
	if res, _ = i.post(path+"/start", "digest", digest, "reason", "여름 휴가"); res.Header.Get("Location") != path+"/progress" {
		t.Fatalf("%s %s", res.Status, res.Header.Get("Location"))
	}
	i.post(path + "/step")
	if s, err := i.Members.StoreMaster(t.Context(), auth.System("test"), "other"); err != nil || s.Status != membersapi.Paused || s.StatusNote != "여름 휴가" {
		t.Errorf("%+v, %v", s, err)
	}
}

func TestFilesThatAreNoListAreRefusedBesideTheirInput(t *testing.T) {
	t.Parallel()
	i := newImporter(t)
	for name, tc := range map[string]struct {
		content []byte
		want    string
	}{
		"nothing":   {nil, "파일을 골라 주세요"},
		"blank":     {[]byte(" \n"), "파일이 비어 있어요"},
		"a sheet":   {append([]byte("PK\x03\x04"), bytes.Repeat([]byte{1}, 500)...), "엑셀 파일 그대로는"},
		"an image":  {append([]byte("\x89PNG\r\n\x1a\n"), bytes.Repeat([]byte{0}, 500)...), "글자로 된 파일이 아니거나"},
		"too large": {bytes.Repeat([]byte("가,나\n"), 5<<20/8), "4 MB까지 올릴 수 있어요"},
	} {
		res, doc := i.send("../../etc/"+name+".csv", tc.content)
		if text := doc.Find("#f-file-problem").Text(); res.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(text, tc.want) {
			t.Errorf("%s: %s %s", name, res.Status, text)
		}
	}
	if res, _ := i.send("huge.csv", bytes.Repeat([]byte("x"), 20<<20)); res.StatusCode != http.StatusRequestEntityTooLarge {
		t.Errorf("a huge file: %s", res.Status)
	}
	if res, _ := i.post("/hq/store-master/new", "name", strings.Repeat("x", 2<<20)); res.StatusCode != http.StatusRequestEntityTooLarge {
		t.Errorf("a huge form elsewhere: %s", res.Status)
	}
	path := i.draft("가게\n하나점\n")
	for name, form := range map[string][]string{
		"no name": {"column.0", "phone"}, "a zone of Mars": {"column.0", "name_ko", "time_zone", "Mars/Olympus", "cutoff_minutes", "4", "status", "open"}, "no status": {"column.0", "name_ko", "time_zone", "Asia/Seoul", "cutoff_minutes", "4", "status", "burnt"}, "no cutoff": {"column.0", "name_ko", "time_zone", "Asia/Seoul", "cutoff_minutes", "noon", "status", "open"},
	} {
		if res, doc := i.post(path, form...); res.StatusCode != http.StatusUnprocessableEntity || doc.Find(".field-problem, [role=alert]").Length() == 0 {
			t.Errorf("%s: %s", name, res.Status)
		}
	}
	if res, _ := i.post(path + "/discard"); res.StatusCode != http.StatusSeeOther {
		t.Errorf("discard: %s", res.Status)
	}
	for _, gone := range []string{path, imports + "/nonsense"} {
		if res, _ := i.do(http.MethodGet, gone, "", nil); res.StatusCode != http.StatusNotFound {
			t.Errorf("%s: %s", gone, res.Status)
		}
	}
}
