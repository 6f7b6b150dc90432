package members

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"maru/internal/kernel/businessday"
	"maru/internal/kernel/ids"
	"maru/internal/kernel/lang"
	"maru/internal/members/membersapi"
	"maru/internal/platform/auth"
	"maru/internal/platform/errs"
)

// StoreField is what a column of a list of stores can mean.
type StoreField string

// The fields of a list of stores. Only the name must be there.
const (
	FieldCode     StoreField = "code"
	FieldNameKo   StoreField = "name_ko"
	FieldNameEn   StoreField = "name_en"
	FieldRegion   StoreField = "region"
	FieldAddress  StoreField = "address"
	FieldPhone    StoreField = "phone"
	FieldTimeZone StoreField = "time_zone"
	FieldCutoff   StoreField = "cutoff"
	FieldHours    StoreField = "hours"
	FieldStatus   StoreField = "status"
)

// StoreFields lists them in the order in which people fill a list.
var StoreFields = []StoreField{
	FieldCode, FieldNameKo, FieldNameEn, FieldRegion, FieldAddress, FieldPhone, FieldTimeZone, FieldCutoff, FieldHours, FieldStatus,
}

// Name is what people call the field.
func (f StoreField) Name() lang.Text { return fieldNames[f] }

var fieldNames = map[StoreField]lang.Text{
	FieldCode: {Ko: "지점 코드", En: "Store code"}, FieldNameKo: {Ko: "지점 이름", En: "Name (Korean)"},
	FieldNameEn: {Ko: "영어 이름", En: "Name (English)"}, FieldRegion: {Ko: "지역", En: "Region"}, FieldAddress: {Ko: "주소", En: "Address"},
	FieldPhone: {Ko: "전화", En: "Phone"}, FieldTimeZone: {Ko: "시간대", En: "Time zone"},
	FieldCutoff: {Ko: "영업일이 바뀌는 시각", En: "Business day ends at"}, FieldHours: {Ko: "영업 시간", En: "Opening hours"},
	FieldStatus: {Ko: "상태", En: "Status"},
}

// StoreLine is one line of a list of stores, as its reader understood it.
type StoreLine struct {
	Line     int                 // in the file, from 1
	Code     string              // "" where the list has none: the store is found by its name
	Says     map[StoreField]bool // the fields of Card that the line says
	Card     StoreCard
	Problems []LineProblem // why it cannot be imported
	Notes    []lang.Text   // what the reader did to its values
}

// LineProblem is something wrong with a line; Field is empty where it is about the whole of it.
type LineProblem struct {
	Field  StoreField `json:"field,omitempty"`
	Reason lang.Text  `json:"reason"`
}

// StoreOutcome is what importing a line does.
type StoreOutcome string

// What importing a line can do.
const (
	StoreIsNew       StoreOutcome = "new"
	StoreIsChanged   StoreOutcome = "changed"
	StoreIsUnchanged StoreOutcome = "unchanged"
	StoreIsRefused   StoreOutcome = "refused"
)

// StorePlan is what will be done with one line.
type StorePlan struct {
	Line     int
	Outcome  StoreOutcome
	Code     string
	Name     string
	Changes  []CardChange // of a changed store; of a new one everything it says
	Problems []LineProblem
	Notes    []lang.Text

	id       ids.StoreID // of the store that is there
	revision int64       // at which the plan was made; 0: there is no such store
	card     StoreCard
}

// CardChange is a field that gets another value, both as a list writes it.
type CardChange struct {
	Field         StoreField
	Before, After string
}

// NewStores says what stores of a list begin with where it does not say.
type NewStores struct {
	TimeZone string                 `json:"time_zone"`
	Cutoff   businessday.Cutoff     `json:"cutoff_minutes"`
	Status   membersapi.StoreStatus `json:"status"`
}

// Check returns what is wrong with what new stores begin with.
func (n NewStores) Check() errs.Fields {
	var problems errs.Fields
	if !slices.Contains(membersapi.StoreStatuses, n.Status) {
		problems = append(problems, ErrBadStatus.On("status"))
	}
	if n.Cutoff < 0 || n.Cutoff > businessday.MaxCutoff {
		problems = append(problems, ErrBadCutoff.On("cutoff_minutes"))
	}
	if _, err := businessday.NewClock(n.TimeZone, 0); err != nil {
		problems = append(problems, ErrBadTimeZone.With("zone", n.TimeZone).On("time_zone"))
	}
	return problems
}

var (
	reasonSameCode = lang.Text{Ko: "{line}번째 줄과 같은 지점이에요.", En: "This is the store of line {line} again."}
	reasonSameName = lang.Text{
		Ko: "{line}번째 줄에 같은 이름의 지점이 있어요. 다른 지점이라면 코드 열을 넣어 주세요.",
		En: "Line {line} has a store of the same name. If it is another one, add a column of codes.",
	}
	reasonManyNames = lang.Text{
		Ko: "이름이 같은 지점이 이미 여럿이라 어느 지점인지 알 수 없어요. 코드 열을 넣어 주세요.",
		En: "Several stores have this name already, so it is not clear which is meant. Add a column of codes.",
	}
	reasonMeanwhile = lang.Text{
		Ko: "미리 본 뒤에 다른 사람이 이 지점을 고쳤어요. 파일을 다시 미리 보고 가져와 주세요.",
		En: "Somebody changed this store after the preview. Preview the file again and import it once more.",
	}
	noteNameTaken = lang.Text{Ko: "이름이 같은 지점이 이미 있어요({code}). 새 지점으로 추가해요.", En: "There is a store of this name already ({code}); this one is added beside it."}
)

// PlanStores says what importing the lines would do, and changes nothing. A line is the store of its code or,
// where it has none, of its name; what it does not say stays as it is.
func (s *Service) PlanStores(ctx context.Context, by auth.Principal, lines []StoreLine, fresh NewStores) ([]StorePlan, error) {
	known, err := s.AllStoreMasters(ctx, by)
	if err != nil {
		return nil, fmt.Errorf("plan stores: %w", err)
	}
	return planStores(lines, known, fresh), nil
}

// storeIndex finds the stores there are, and the codes that are taken.
type storeIndex struct {
	byCode map[string]StoreMaster
	byName map[string][]StoreMaster
	next   map[string]int // the first number that may be free behind a code
}

func planStores(lines []StoreLine, known []StoreMaster, fresh NewStores) []StorePlan {
	x := storeIndex{byCode: make(map[string]StoreMaster, len(known)), byName: make(map[string][]StoreMaster, len(known)), next: map[string]int{}}
	for _, s := range known {
		x.byCode[s.Code] = s
		x.byName[foldedName(s.Name.Ko)] = append(x.byName[foldedName(s.Name.Ko)], s)
	}
	plans, first := make([]StorePlan, len(lines)), make(map[string]int, len(lines))
	for i, l := range lines {
		plans[i] = x.plan(l, fresh, first)
	}
	return plans
}

// plan decides about one line; first is the line of every store that came before.
func (x *storeIndex) plan(l StoreLine, fresh NewStores, first map[string]int) StorePlan {
	p := StorePlan{Line: l.Line, Code: l.Code, Name: l.Card.Name.Ko, Notes: l.Notes, Problems: l.Problems}
	refuse := func(field StoreField, reason lang.Text) { p.Problems = append(p.Problems, LineProblem{field, reason}) }
	store, there, problem := x.find(l)
	if problem != nil {
		refuse(FieldNameKo, *problem)
	}
	key, twice := "code "+l.Code, reasonSameCode
	switch {
	case there:
		key = "code " + store.Code
	case l.Code == "":
		key, twice = "name "+foldedName(l.Card.Name.Ko), reasonSameName
	}
	if line, again := first[key]; again && len(p.Problems) == 0 {
		refuse("", twice.With("line", strconv.Itoa(line)))
	}
	card := merged(store.StoreCard, l)
	if !there {
		card = begun(card, l, fresh)
		if l.Code == "" {
			p.Code = codeFor(l.Card.Name.Ko, func(code string) bool { _, taken := x.byCode[code]; return taken }, x.next)
		} else if same := x.byName[foldedName(l.Card.Name.Ko)]; len(same) > 0 {
			p.Notes = append(p.Notes[:len(p.Notes):len(p.Notes)], noteNameTaken.With("code", same[0].Code))
		}
	} else {
		p.Code, p.id, p.revision = store.Code, store.ID, store.Revision
	}
	checked, wrong := card.check()
	if !codeForm.MatchString(p.Code) && len(p.Problems) == 0 {
		wrong = append(wrong, ErrBadCode.On("code"))
	}
	for _, e := range wrong {
		if !said(l.Problems, lineField(e)) {
			refuse(lineField(e), e.Text)
		}
	}
	if len(p.Problems) > 0 {
		p.Outcome = StoreIsRefused
		return p
	}
	first[key] = l.Line
	p.card, p.Changes = checked, cardChanges(store.StoreCard, checked, l, there)
	switch {
	case !there:
		p.Outcome = StoreIsNew
		x.byCode[p.Code] = StoreMaster{Code: p.Code}
	case store.StoreCard == checked:
		p.Outcome = StoreIsUnchanged
	default:
		p.Outcome = StoreIsChanged
	}
	return p
}

func said(problems []LineProblem, field StoreField) bool {
	for _, p := range problems {
		if p.Field == field || p.Field == "" { // of a line that cannot be read at all nothing more is said
			return true
		}
	}
	return false
}

// lineField is the column that a problem of the card is about.
func lineField(e *errs.Error) StoreField {
	switch {
	case e.Field == "name":
		return FieldNameKo
	case e.Field == "cutoff_minutes":
		return FieldCutoff
	case strings.HasPrefix(e.Field, "hours."):
		return FieldHours
	}
	return StoreField(e.Field)
}

// find returns the store that a line is about.
func (x *storeIndex) find(l StoreLine) (store StoreMaster, there bool, problem *lang.Text) {
	if l.Code != "" {
		store, there = x.byCode[l.Code]
		return store, there && !store.ID.IsZero(), nil
	}
	same := x.byName[foldedName(l.Card.Name.Ko)]
	if len(same) > 1 {
		return store, false, &reasonManyNames
	}
	if len(same) == 1 {
		return same[0], true, nil
	}
	return store, false, nil
}

// foldedName is a name as lists are compared by it: however it is cased and spaced.
func foldedName(s string) string {
	return strings.Join(strings.Fields(strings.ToLower(norm.NFC.String(s))), "")
}

// merged is the card of a store with what a line says of it.
func merged(card StoreCard, l StoreLine) StoreCard {
	for field, is := range l.Says {
		if !is {
			continue
		}
		switch field {
		case FieldNameKo:
			card.Name.Ko = l.Card.Name.Ko
		case FieldNameEn:
			card.Name.En = l.Card.Name.En
		case FieldRegion:
			card.Region = l.Card.Region
		case FieldAddress:
			card.Address = l.Card.Address
		case FieldPhone:
			card.Phone = l.Card.Phone
		case FieldTimeZone:
			card.TimeZone = l.Card.TimeZone
		case FieldCutoff:
			card.Cutoff = l.Card.Cutoff
		case FieldHours:
			card.Hours = l.Card.Hours
		case FieldStatus:
			card.Status = l.Card.Status
		case FieldCode:
		}
	}
	return card
}

// begun gives a new store what its line does not say.
func begun(card StoreCard, l StoreLine, fresh NewStores) StoreCard {
	if !l.Says[FieldTimeZone] {
		card.TimeZone = fresh.TimeZone
	}
	if !l.Says[FieldCutoff] {
		card.Cutoff = fresh.Cutoff
	}
	if !l.Says[FieldStatus] {
		card.Status = fresh.Status
	}
	return card
}

// cardChanges lists the fields that differ, as a list writes them; of a new store what its line says beside the name.
func cardChanges(was, is StoreCard, l StoreLine, there bool) []CardChange {
	var out []CardChange
	before, after := cardTexts(was), cardTexts(is)
	if !there {
		before = map[StoreField]string{}
	}
	for _, field := range StoreFields {
		if before[field] != after[field] && (there || l.Says[field] && field != FieldNameKo) {
			out = append(out, CardChange{Field: field, Before: before[field], After: after[field]})
		}
	}
	return out
}

// cardTexts is a card as the cells of a list.
func cardTexts(c StoreCard) map[StoreField]string {
	return map[StoreField]string{
		FieldNameKo: c.Name.Ko, FieldNameEn: c.Name.En, FieldRegion: c.Region, FieldAddress: c.Address, FieldPhone: c.Phone,
		FieldTimeZone: c.TimeZone, FieldCutoff: FormatMinutes(int16(c.Cutoff)), FieldHours: FormatHours(c.Hours), FieldStatus: string(c.Status),
	}
}

// Letters of the Revised Romanization of Korean (2000), syllable by syllable: enough for a code in a URL that people
// recognise, without the changes of sound between syllables.
var (
	romanLeads  = strings.Split("g kk n d tt r m b pp s ss  j jj ch k t p h", " ")
	romanVowels = strings.Split("a ae ya yae eo e yeo ye o wa wae oe yo u wo we wi yu eu ui i", " ")
	romanTails  = strings.Split(" k k k n n n t l k m l l l p l m p p t t ng t t k t p t", " ")
)

func romanized(s string) string {
	var b strings.Builder
	for _, r := range norm.NFC.String(s) {
		if r < '가' || r > '힣' {
			b.WriteRune(r)
			continue
		}
		n := int(r - '가')
		b.WriteString(romanLeads[n/588] + romanVowels[n%588/28] + romanTails[n%28])
	}
	return b.String()
}

// codeFor makes a code of a store's name: "판교 도서관점" becomes pangyo-doseogwanjeom. Where it is taken, a number
// follows; next remembers how far the numbers of a code have come, since thousands of names may give the same.
func codeFor(name string, taken func(string) bool, next map[string]int) string {
	var b strings.Builder
	gap := false
	for _, r := range strings.ToLower(romanized(name)) {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' {
			if gap && b.Len() > 0 {
				b.WriteByte('-')
			}
			gap = false
			b.WriteRune(r)
			continue
		}
		gap = true
	}
	code := b.String()
	if len(code) > 28 {
		code = strings.TrimRight(code[:28], "-")
	}
	if code == "" && utf8.RuneCountInString(name) > 0 {
		code = "store"
	}
	for n := max(next[code], 2); code != ""; n++ {
		if !taken(code) {
			return code
		}
		next[code] = n + 1
		if c := strings.TrimRight(code[:min(len(code), 27)], "-") + "-" + strconv.Itoa(n); !taken(c) {
			return c
		}
	}
	return ""
}
