package imports_test

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"os"
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/text/encoding/korean"
	"golang.org/x/text/encoding/unicode"

	"maru/internal/imports"
	"maru/internal/members"
	"maru/internal/platform/auth"
	"maru/internal/platform/errs"
	"maru/internal/platform/postgres/pgtest"
)

var fresh = members.NewStores{TimeZone: "Asia/Seoul", Status: "open"}

func storeFile(t *testing.T) []byte {
	t.Helper()
	file, err := os.ReadFile("testdata/stores.csv")
	if err != nil {
		t.Fatal(err)
	}
	return file
}

func readStores(t *testing.T, content string, layout *members.StoreLayout) members.StoreSheet {
	t.Helper()
	sheet, err := imports.ReadStores(strings.NewReader(content), layout)
	if err != nil {
		t.Fatal(err)
	}
	return sheet
}

func membersOf(t *testing.T) (*members.Service, func(kind string) int) {
	t.Helper()
	dbs := pgtest.New(t)
	return newReplica(t, dbs).Members, func(kind string) (n int) {
		t.Helper()
		if err := dbs.Context("members").QueryRow(t.Context(), `SELECT count(*) FROM members.outbox WHERE kind = $1`, kind).Scan(&n); err != nil {
			t.Fatal(err)
		}
		return n
	}
}

func TestAListOfStoresIsImportedOnceHoweverOftenItIsRead(t *testing.T) {
	t.Parallel()
	m, events := membersOf(t)
	opts := imports.Options{By: auth.System("test")}
	read := func(content []byte, dry bool) []members.StorePlan {
		t.Helper()
		opts.DryRun = dry
		_, plans, err := imports.Stores(t.Context(), m, bytes.NewReader(content), nil, fresh, opts, nil)
		if err != nil {
			t.Fatal(err)
		}
		return plans
	}
	want := []string{
		"2 new jongro-umuljeom", "3 new suwon-motgoldt", "4 new yeosu-dolsanjeom", "5 refused", "6 new tongyeong-byeorakdangjeom",
		"7 refused", "8 refused", "9 refused", "10 refused", "11 refused", "12 refused",
	}
	if diff := cmp.Diff(want, outcomes(read(storeFile(t), true))); diff != "" {
		t.Fatal(diff)
	}
	if n := events("members.store_opened"); n != 0 {
		t.Fatalf("a dry run leaves %d stores", n)
	}
	plans := read(storeFile(t), false)
	if diff := cmp.Diff(want, outcomes(plans)); diff != "" {
		t.Fatal(diff)
	}
	for line, reason := range map[int]string{
		5: "어디부터인지", 7: "2번째 줄에 같은 이름", 8: "어디부터인지", 9: "어디부터인지", 10: "수식처럼", 11: "영업 시간을 읽을 수 없어요", 12: "칸이 5개인데",
	} {
		if p := planOf(plans, line); len(p.Problems) == 0 || !strings.Contains(p.Problems[0].Reason.Ko, reason) {
			t.Errorf("line %d: %+v", line, p.Problems)
		}
	}
	suwon, err := m.StoreMaster(t.Context(), opts.By, "suwon-motgoldt")
	if err != nil || suwon.Phone != "031-555-0102" || suwon.Address != "경기 수원시 팔달구 못골로 34" {
		t.Errorf("%+v, %v", suwon, err)
	}
	jongno, err := m.StoreMaster(t.Context(), opts.By, "jongro-umuljeom")
	if err != nil || jongno.Address != "서울 종로구 우물길 12, 1층" || jongno.Phone != "02-555-0101" || jongno.Region != "서울" || members.FormatHours(jongno.Hours) != "mon-fri 08:00-21:00; sat-sun 10:00-20:00" {
		t.Errorf("%+v, %v", jongno, err)
	}
	again := read(storeFile(t), false)
	for i, p := range again {
		if plans[i].Outcome != members.StoreIsRefused && p.Outcome != members.StoreIsUnchanged {
			t.Errorf("line %d is %s the second time: %+v", p.Line, p.Outcome, p.Changes)
		}
	}
	if opened, changed := events("members.store_opened"), events("members.store_changed"); opened != 4 || changed != 0 {
		t.Errorf("%d opened, %d changed", opened, changed)
	}
	moved := bytes.Replace(storeFile(t), []byte("우물길 12, 1층02-555-0101"), []byte("샘길 3 02-555-0199"), 1)
	p := planOf(read(moved, true), 2)
	if diff := cmp.Diff([]members.CardChange{
		{Field: members.FieldAddress, Before: "서울 종로구 우물길 12, 1층", After: "서울 종로구 샘길 3"}, {Field: members.FieldPhone, Before: "02-555-0101", After: "02-555-0199"},
	}, p.Changes); diff != "" || p.Outcome != members.StoreIsChanged {
		t.Errorf("%s %s", p.Outcome, diff)
	}
}

func outcomes(plans []members.StorePlan) []string {
	var out []string
	for _, p := range plans {
		s := fmt.Sprintf("%d %s", p.Line, p.Outcome)
		if p.Outcome != members.StoreIsRefused {
			s += " " + p.Code
		}
		out = append(out, s)
	}
	return out
}

func planOf(plans []members.StorePlan, line int) members.StorePlan {
	for _, p := range plans {
		if p.Line == line {
			return p
		}
	}
	return members.StorePlan{}
}

func TestAStoreThatChangedAfterThePreviewIsNotOverwritten(t *testing.T) {
	t.Parallel()
	m, _ := membersOf(t)
	by := auth.System("test")
	plan := func(content string) []members.StorePlan {
		t.Helper()
		plans, err := m.PlanStores(t.Context(), by, readStores(t, content, nil).Lines, fresh)
		if err != nil {
			t.Fatal(err)
		}
		return plans
	}
	if _, err := m.ImportStores(t.Context(), by, plan("code,name,phone\na,가게 하나,02-555-0100\nb,가게 둘,02-555-0101\n"), "", nil); err != nil {
		t.Fatal(err)
	}
	later := plan("code,name,phone\na,가게 하나,02-555-0200\nb,가게 둘,02-555-0201\nc,가게 셋,02-555-0202\n")
	other := plan("code,name,phone\na,가게 하나,02-555-0300\nc,다른 가게,02-555-0302\n")
	if _, err := m.ImportStores(t.Context(), by, other, "", nil); err != nil {
		t.Fatal(err)
	}
	came, err := m.ImportStores(t.Context(), by, later, "", nil)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"2 refused", "3 changed b", "4 refused"}, outcomes(came)); diff != "" {
		t.Error(diff)
	}
	if s, err := m.StoreMaster(t.Context(), by, "a"); err != nil || s.Phone != "02-555-0300" {
		t.Errorf("%+v, %v", s, err)
	}
}

func TestEncodingsAndSeparatorsAreFoundOut(t *testing.T) {
	t.Parallel()
	const text = "지점명;전화번호;주소\r\n똠방각하점;02-555-0100;\"서울 종로구 펲시길; 1\"\r\n쑼쑼 카페;031-555-0101;경기 수원시 \r\n"
	cp949, err := korean.EUCKR.NewEncoder().String(text)
	if err != nil {
		t.Fatal(err)
	}
	utf16, err := unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewEncoder().String(strings.ReplaceAll(strings.ReplaceAll(text, `"서울 종로구 펲시길; 1"`, "서울 종로구 펲시길 1"), ";", "\t"))
	if err != nil {
		t.Fatal(err)
	}
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	if _, err := z.Write([]byte(text)); err != nil || z.Close() != nil {
		t.Fatal(err)
	}
	for name, tc := range map[string]struct{ content, encoding, separator string }{
		"UTF-8": {text, "UTF-8", ";"}, "with a mark": {"\ufeff" + text, "UTF-8", ";"}, "CP949": {cp949, "CP949", ";"},
		"UTF-16": {utf16, "UTF-16", "\t"}, "gzip": {packed.String(), "UTF-8", ";"},
		"bars": {strings.ReplaceAll(text, ";", "|"), "UTF-8", "|"}, "commas": {strings.ReplaceAll(text, ";", ","), "UTF-8", ","},
	} {
		sheet := readStores(t, tc.content, nil)
		if sheet.Encoding != tc.encoding || sheet.Separator != tc.separator || len(sheet.Lines) != 2 || sheet.Lines[0].Card.Name.Ko != "똠방각하점" || sheet.Lines[1].Card.Phone != "031-555-0101" {
			t.Errorf("%s: %q %q %+v", name, sheet.Encoding, sheet.Separator, sheet.Lines)
		}
	}
	for name, tc := range map[string]struct {
		content string
		want    *errs.Error
	}{
		"empty": {" \r\n", imports.ErrEmptyFile}, "a spreadsheet": {"PK\x03\x04rest", imports.ErrSpreadsheet}, "binary": {"\x00\x01\x02\x03", imports.ErrNotText},
		"noise": {strings.Repeat("\xff\xfd\xfe", 300), imports.ErrNotText}, "too large": {strings.Repeat("a,b\n", imports.MaxStoreList/4+1), imports.ErrListTooLarge},
		"too many lines": {strings.Repeat("가,나\n", 20_002), imports.ErrListTooLarge}, "broken quotes": {"\"a\n", imports.ErrBrokenFile},
	} {
		if _, err := imports.ReadStores(strings.NewReader(tc.content), nil); errs.As(err) == nil || errs.As(err).Code != tc.want.Code {
			t.Errorf("%s: %v", name, err)
		}
	}
	damaged := "name,phone\n" + strings.Repeat("가게 이름,02-555-0100\n", 50) + "가\xff게,02-555-0100\n"
	sheet := readStores(t, damaged, nil)
	if last := sheet.Lines[50]; sheet.Encoding != "UTF-8" || len(last.Problems) != 1 {
		t.Errorf("%s %+v", sheet.Encoding, last)
	}
}

func TestColumnsAreGuessedByNameAndContentAndCanBeCorrected(t *testing.T) {
	t.Parallel()
	fields := func(content string) string {
		var out []string
		for _, c := range readStores(t, content, nil).Columns {
			out = append(out, string(c.Field))
		}
		return strings.Join(out, ",")
	}
	for content, want := range map[string]string{
		",store,sido,gugun,address\n0,강남점,서울,강남구,서울 강남구 테헤란로 1\n":               ",name_ko,region,,address",
		"Store Code,지점 이름,전화 번호\nx,강남점,02-555-0100\n":                           "code,name_ko,phone",
		"a,b,c\n강남점,02-555-0100,서울 강남구 테헤란로 1\n판교점,031-555-0101,경기 성남시 판교로 2\n": "name_ko,phone,address",
		"강남점,02-555-0100,서울 강남구 테헤란로 1\n판교점,031-555-0101,경기 성남시 판교로 2\n":        "name_ko,phone,address",
		"name,name\n강남점,강남\n": "name_ko,",
	} {
		if got := fields(content); got != want {
			t.Errorf("%q is %s, want %s", content, got, want)
		}
	}
	headless := readStores(t, "강남점,02-555-0100\n판교점,031-555-0101\n", nil)
	if !headless.Headless || len(headless.Lines) != 2 {
		t.Errorf("%+v", headless)
	}
	layout := &members.StoreLayout{Fields: []members.StoreField{"", members.FieldNameKo}}
	sheet := readStores(t, "name,other\n강남점,판교점\n", layout)
	if sheet.Lines[0].Card.Name.Ko != "판교점" {
		t.Errorf("%+v", sheet.Lines)
	}
	if err := (members.StoreLayout{Fields: []members.StoreField{members.FieldPhone}}).Check(); !errors.Is(err, members.ErrNoStoreName) {
		t.Error(err)
	}
	if err := (members.StoreLayout{Fields: []members.StoreField{members.FieldNameKo, members.FieldNameKo}}).Check(); !errors.Is(err, members.ErrFieldTwice) {
		t.Error(err)
	}
}

func TestWhatIsExportedIsUnchangedWhenItIsImported(t *testing.T) {
	t.Parallel()
	m, _ := membersOf(t)
	by := auth.System("test")
	first := "code,name_ko,name_en,region,address,phone,time_zone,cutoff,hours,status\n" +
		"a,강남점,Gangnam,서울,\"서울 강남구, 1층\",'+14155550100,Asia/Tokyo,05:30,mon-fri 08:00-21:00; sat-sun off,paused\n"
	sheet := readStores(t, first, nil)
	plans, err := m.PlanStores(t.Context(), by, sheet.Lines, fresh)
	if err != nil {
		t.Fatal(err)
	}
	if plans, err = m.ImportStores(t.Context(), by, plans, "", nil); err != nil || plans[0].Outcome != members.StoreIsNew {
		t.Fatalf("%+v, %v", plans, err)
	}
	s, err := m.StoreMaster(t.Context(), by, "a")
	if err != nil || s.Phone != "+14155550100" || s.Cutoff != 330 || s.Status != "paused" || s.TimeZone != "Asia/Tokyo" {
		t.Fatalf("%+v, %v", s, err)
	}
	if plans, err = m.PlanStores(t.Context(), by, sheet.Lines, fresh); err != nil || plans[0].Outcome != members.StoreIsUnchanged {
		t.Errorf("%+v, %v", plans, err)
	}
	empty := readStores(t, "code,name_ko,region,address,phone,status\na,강남점,,,,\n", nil)
	if plans, err = m.PlanStores(t.Context(), by, empty.Lines, fresh); err != nil || plans[0].Outcome != members.StoreIsUnchanged {
		t.Errorf("empty cells remove something: %+v, %v", plans, err)
	}
}

// FuzzStores reads any bytes as a list of stores: whatever comes out is text that can be stored, and reading it is
// repeatable.
func FuzzStores(f *testing.F) {
	file, err := os.ReadFile("testdata/stores.csv")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(file)
	f.Add([]byte("name;phone\n강남점;02-555-0100\n"))
	f.Add([]byte("\xff\xfen\x00a\x00m\x00e\x00\n\x00"))
	f.Add([]byte("name,address\n\"a\nb\",서울 10502-123-4567\n=1,2\n"))
	if cp949, err := korean.EUCKR.NewEncoder().Bytes(bytes.TrimPrefix(file, []byte("\ufeff"))); err == nil {
		f.Add(cp949)
	}
	f.Fuzz(func(t *testing.T, content []byte) {
		sheet, err := imports.ReadStores(bytes.NewReader(content), nil)
		if err != nil {
			if errs.As(err) == nil {
				t.Fatalf("an error that is no sentence: %v", err)
			}
			return
		}
		again, err := imports.ReadStores(bytes.NewReader(content), nil)
		if err != nil || !reflect.DeepEqual(sheet, again) {
			t.Fatal("reading it again yields something else")
		}
		for _, l := range sheet.Lines {
			for _, s := range []string{l.Card.Name.Ko, l.Card.Name.En, l.Card.Address, l.Card.Region, l.Code} {
				if len(l.Problems) == 0 && (!utf8.ValidString(s) || strings.ContainsAny(s, "\x00\n\r")) {
					t.Fatalf("line %d holds %q", l.Line, s)
				}
			}
			if p := l.Card.Phone; p != "" && strings.Trim(p, "+-0123456789") != "" {
				t.Fatalf("line %d has the phone %q", l.Line, p)
			}
		}
	})
}
