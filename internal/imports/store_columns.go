package imports

import (
	"regexp"
	"slices"
	"strings"

	"maru/internal/members"
)

// headerWords are names of columns that say by themselves what they mean, without spaces, dashes and underscores.
var headerWords = map[members.StoreField][]string{
	members.FieldCode:     {"code", "storecode", "storeid", "코드", "지점코드", "매장코드", "점포코드", "가맹점코드"},
	members.FieldNameKo:   {"nameko", "name", "store", "storename", "branch", "지점", "지점명", "지점이름", "매장", "매장명", "점포", "점포명", "가맹점명", "가맹점", "상호", "이름"},
	members.FieldNameEn:   {"nameen", "english", "englishname", "영문", "영문명", "영문이름", "영어이름"},
	members.FieldRegion:   {"region", "sido", "province", "시도", "지역", "광역시도", "시도명"},
	members.FieldAddress:  {"address", "addr", "location", "주소", "도로명주소", "소재지", "매장주소", "지점주소"},
	members.FieldPhone:    {"phone", "tel", "telephone", "phonenumber", "전화", "전화번호", "연락처", "매장전화", "대표번호"},
	members.FieldTimeZone: {"timezone", "zone", "시간대"},
	members.FieldCutoff:   {"cutoff", "dayend", "영업일마감", "마감시각", "영업일이바뀌는시각"},
	members.FieldHours:    {"hours", "openinghours", "영업시간", "운영시간"},
	members.FieldStatus:   {"status", "state", "상태", "영업상태", "운영상태"},
}

func headerField(cell string) members.StoreField {
	word := strings.NewReplacer(" ", "", "_", "", "-", "", "/", "", "(", "", ")", "").Replace(strings.ToLower(tidyCell(cell)))
	for _, field := range members.StoreFields {
		if slices.Contains(headerWords[field], word) {
			return field
		}
	}
	return ""
}

// guessLayout says what the columns seem to mean, by their names and, where those say nothing, by what is in them, and
// whether the first line is no header but a store.
func guessLayout(records []record) (fields []members.StoreField, headless bool) {
	header := records[0].cells
	fields = make([]members.StoreField, len(header))
	taken := map[members.StoreField]bool{}
	for i, cell := range header {
		if f := headerField(cell); f != "" && !taken[f] {
			fields[i], taken[f] = f, true
		}
	}
	headless = len(taken) == 0 && slices.ContainsFunc(header, looksLikeData)
	body := records[1:]
	if headless {
		body = records
	}
	for _, kind := range contentKinds { // the surest first
		if taken[kind.field] {
			continue
		}
		for i := range fields {
			if fields[i] == "" && share(body, i, kind.fits) >= kind.least {
				fields[i], taken[kind.field] = kind.field, true
				break
			}
		}
	}
	return fields, headless
}

var (
	streetForm = regexp.MustCompile(`(?:시|군|구|읍|면|동|로|길|리)(?:\s|$).*[0-9]`)
	codeLike   = regexp.MustCompile(`^[a-z]+[a-z0-9-]*$`)
	nameLike   = regexp.MustCompile(`^[\p{Hangul}\p{Latin}0-9 ()./&,'-]{2,30}$`)
)

// contentKinds are what cells look like, and of how many in a hundred it must be true.
var contentKinds = []struct {
	field members.StoreField
	least int
	fits  func(string) bool
}{
	{members.FieldPhone, 60, func(s string) bool { p, problem := readPhone(s); return p != "" && problem == nil }},
	{members.FieldRegion, 80, func(s string) bool { return provinces[strings.ReplaceAll(s, " ", "")] != "" }},
	{members.FieldAddress, 60, looksLikeAddress},
	{members.FieldStatus, 80, func(s string) bool { return statusWords[strings.ReplaceAll(strings.ToLower(s), " ", "")] != "" }},
	{members.FieldHours, 80, func(s string) bool { _, ok := members.ParseHours(s); return ok && strings.ContainsAny(s, ":-~") }},
	{members.FieldCode, 90, func(s string) bool { return codeLike.MatchString(s) && len(s) <= 32 }},
	{members.FieldNameKo, 80, func(s string) bool { return nameLike.MatchString(s) && strings.ContainsFunc(s, isHangul) }},
}

func isHangul(r rune) bool { return r >= '가' && r <= '힣' }

func looksLikeAddress(s string) bool {
	first, _, _ := strings.Cut(s, " ")
	return provinces[first] != "" && strings.ContainsAny(s, "0123456789") || streetForm.MatchString(s)
}

func looksLikeData(s string) bool {
	phone, _ := readPhone(s)
	return phone != "" || looksLikeAddress(s)
}

// share is of how many in a hundred cells of a column that are not empty something is true.
func share(body []record, column int, fits func(string) bool) int {
	all, yes := 0, 0
	for _, r := range body[:min(len(body), 200)] {
		if column >= len(r.cells) || tidyCell(r.cells[column]) == "" {
			continue
		}
		all++
		if fits(tidyCell(r.cells[column])) {
			yes++
		}
	}
	if all == 0 {
		return 0
	}
	return yes * 100 / all
}

// examples are the first few different values of a column.
func examples(body []record, column int) []string {
	var out []string
	for _, r := range body[:min(len(body), 500)] {
		if column >= len(r.cells) {
			continue
		}
		if s := shorten(tidyCell(r.cells[column])); s != "" && !slices.Contains(out, s) {
			if out = append(out, s); len(out) == 3 {
				break
			}
		}
	}
	return out
}
