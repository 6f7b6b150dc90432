package imports

import (
	"context"
	"fmt"
	"io"
	"strings"

	"maru/internal/kernel/businessday"
	"maru/internal/kernel/lang"
	"maru/internal/members"
	"maru/internal/members/membersapi"
	"maru/internal/platform/errs"
)

// Limits of a list of stores.
const (
	MaxStoreList  = 4 << 20 // bytes, unpacked
	maxStoreLines = 20_000
	maxStoreCells = 500_000 // of all lines: each takes some memory, however empty it is
)

// Errors of a list of stores as a whole.
var (
	ErrListTooLarge = errs.New(errs.TooLarge, "imports.list_too_large",
		"파일이 너무 커요. 4 MB, 2만 줄, 50만 칸까지 한 번에 가져올 수 있어요. 나누어서 올려 주세요.",
		"The file is too large. 4 MB, 20,000 lines and 500,000 cells can be imported at once; please split it.")
	ErrListTooWide = errs.New(errs.Invalid, "imports.list_too_wide",
		"한 줄에 칸이 너무 많아요. {max}칸까지 읽을 수 있어요. 쓰지 않는 열을 지우고 다시 올려 주세요.",
		"A line has too many cells; up to {max} can be read. Remove the columns that nobody needs and send the file again.")
	ErrSpreadsheet = errs.New(errs.Invalid, "imports.spreadsheet",
		"엑셀 파일 그대로는 읽을 수 없어요. 엑셀에서 ‘다른 이름으로 저장’ → ‘CSV UTF-8(쉼표로 분리)’로 저장해 올려 주세요.",
		"A spreadsheet cannot be read as it is. Save it as “CSV UTF-8” and send that.")
	ErrNotText = errs.New(errs.Invalid, "imports.not_text",
		"글자로 된 파일이 아니거나 글자가 깨져 있어요. CSV 파일인지 확인해 주세요.", "This is not a text file, or its characters are damaged. Is it a CSV file?")
)

var (
	reasonStatus = lang.Text{Ko: "상태는 준비 중, 영업 중, 휴점, 폐점 가운데 하나로 적어 주세요: {value}", En: "The status is preparing, open, paused or closed: {value}"}
	reasonCutoff = lang.Text{Ko: "영업일이 바뀌는 시각은 05:00처럼, 자정부터 11:59까지로 적어 주세요: {value}", En: "Write the end of the business day as in 05:00, between 00:00 and 11:59: {value}"}
	reasonHours  = lang.Text{Ko: "영업 시간을 읽을 수 없어요. ‘평일 08:00-21:00; 주말 10:00-20:00’처럼 적어 주세요: {value}", En: "The opening hours cannot be read. Write them as in “mon-fri 08:00-21:00; sat-sun 10:00-20:00”: {value}"}
	noteRegion   = lang.Text{Ko: "지역을 ‘{to}’(으)로 줄여 적어요.", En: "The region is written as {to}."}
)

// ReadStores reads a list of stores: CSV of any usual encoding and separator. Columns mean what the layout says or,
// without one, what their names and contents look like. What is wrong with a line is in the line.
func ReadStores(r io.Reader, layout *members.StoreLayout) (members.StoreSheet, error) {
	text, encoding, err := readText(r)
	if err != nil {
		return members.StoreSheet{}, err
	}
	t, err := splitText(text)
	if err != nil {
		return members.StoreSheet{}, err
	}
	sheet := members.StoreSheet{Encoding: encoding, Separator: string(t.separator)}
	fields, headless := guessLayout(t.records)
	if layout != nil {
		headless = layout.Headless
		copy(fields, layout.Fields)
		for i := len(layout.Fields); i < len(fields); i++ {
			fields[i] = ""
		}
	}
	sheet.Headless = headless
	body := t.records
	names := make([]string, t.columns)
	if !headless {
		for i, cell := range t.records[0].cells[:min(t.columns, len(t.records[0].cells))] {
			names[i] = shorten(tidyCell(cell))
		}
		body = t.records[1:]
	}
	for i := range t.columns {
		sheet.Columns = append(sheet.Columns, members.StoreColumn{Name: names[i], Examples: examples(body, i), Field: fields[i]})
	}
	sheet.Lines, err = readStoreLines(body, fields)
	return sheet, err
}

func readStoreLines(body []record, fields []members.StoreField) ([]members.StoreLine, error) {
	if (members.StoreLayout{Fields: fields}).Check() != nil {
		return nil, nil // who reads the sheet chooses columns first
	}
	lines := make([]members.StoreLine, 0, len(body))
	for _, r := range body {
		lines = append(lines, readStoreLine(r, fields))
	}
	return lines, nil
}

// storeCells is a line while it is read.
type storeCells struct {
	members.StoreLine
	cells map[members.StoreField]string
}

func (c *storeCells) wrong(field members.StoreField, reason lang.Text) {
	c.Problems = append(c.Problems, members.LineProblem{Field: field, Reason: reason.With("value", shorten(c.cells[field]))})
}

func readStoreLine(r record, fields []members.StoreField) members.StoreLine {
	c := &storeCells{
		StoreLine: members.StoreLine{Line: r.line, Says: map[members.StoreField]bool{}}, cells: map[members.StoreField]string{},
	}
	if r.broken {
		c.Problems = append(c.Problems, members.LineProblem{Reason: reasonQuotes})
		return c.StoreLine
	}
	if extra := r.cells[min(len(fields), len(r.cells)):]; len(r.cells) < len(fields) && !fewer(r, fields) || !blank(extra) {
		c.Problems = append(c.Problems, members.LineProblem{Reason: reasonCells.With("got", fmt.Sprint(len(r.cells)), "want", fmt.Sprint(len(fields)))})
		return c.StoreLine
	}
	for i, field := range fields {
		if field == "" || i >= len(r.cells) {
			continue
		}
		cell := tidyCell(r.cells[i])
		c.cells[field] = cell
		c.Says[field] = cell != "" && field != members.FieldCode // an empty cell says nothing: what there is stays
		if reason, bad := wrongCell(cell); bad && (field != members.FieldPhone || !abroad.MatchString(plain(cell))) {
			c.wrong(field, reason)
			c.cells[field] = ""
		}
	}
	c.read()
	return c.StoreLine
}

// fewer reports whether a line may end before the last column: what is missing says nothing, and spreadsheets leave it out.
func fewer(r record, fields []members.StoreField) bool {
	for _, f := range fields[len(r.cells):] {
		if f != "" {
			return false
		}
	}
	return true
}

func (c *storeCells) read() {
	card := &c.Card
	card.Name.Ko, card.Name.En = c.cells[members.FieldNameKo], c.cells[members.FieldNameEn]
	card.Address, card.TimeZone = c.cells[members.FieldAddress], c.cells[members.FieldTimeZone]
	c.Code = strings.ToLower(c.cells[members.FieldCode])
	c.readRegion()
	c.readPhones()
	if v := c.cells[members.FieldCutoff]; v != "" {
		minutes, ok := members.ParseMinutes(v)
		if card.Cutoff = businessday.Cutoff(minutes); !ok || card.Cutoff > businessday.MaxCutoff {
			c.wrong(members.FieldCutoff, reasonCutoff)
			card.Cutoff = 0
		}
	}
	if v := c.cells[members.FieldHours]; v != "" {
		var ok bool
		if card.Hours, ok = members.ParseHours(v); !ok {
			c.wrong(members.FieldHours, reasonHours)
		}
	}
	if v := c.cells[members.FieldStatus]; v != "" {
		var ok bool
		if card.Status, ok = statusWords[strings.ReplaceAll(strings.ToLower(v), " ", "")]; !ok {
			c.wrong(members.FieldStatus, reasonStatus)
			card.Status = membersapi.Open
		}
	}
}

var statusWords = map[string]membersapi.StoreStatus{
	"preparing": membersapi.Preparing, "준비중": membersapi.Preparing, "준비": membersapi.Preparing, "오픈예정": membersapi.Preparing,
	"open": membersapi.Open, "영업중": membersapi.Open, "영업": membersapi.Open, "운영중": membersapi.Open, "정상영업": membersapi.Open,
	"paused": membersapi.Paused, "휴점": membersapi.Paused, "휴업": membersapi.Paused, "임시휴업": membersapi.Paused, "휴점중": membersapi.Paused,
	"closed": membersapi.Closed, "폐점": membersapi.Closed, "폐업": membersapi.Closed,
}

func (c *storeCells) readRegion() {
	c.Card.Region = c.cells[members.FieldRegion]
	if short, ok := provinces[strings.ReplaceAll(c.Card.Region, " ", "")]; ok && short != c.Card.Region {
		c.Card.Region = short
		c.Notes = append(c.Notes, noteRegion.With("to", short))
	}
}

// readPhones reads the phone column, and takes numbers off the name and the address.
func (c *storeCells) readPhones() {
	phone, problem := readPhone(c.cells[members.FieldPhone])
	if problem != nil {
		c.wrong(members.FieldPhone, *problem)
	}
	for _, in := range []struct {
		field members.StoreField
		text  *string
	}{{members.FieldAddress, &c.Card.Address}, {members.FieldNameKo, &c.Card.Name.Ko}} {
		g, problem := unglue(*in.text)
		switch {
		case problem != nil:
			c.wrong(in.field, *problem)
			continue
		case g.phone == "":
			continue
		case phone != "" && phone != g.phone:
			c.wrong(in.field, reasonOther.With("phone", g.phone))
			continue
		}
		note := notePhone.With("phone", g.phone)
		if g.toDigit {
			end := []rune(g.rest)
			note = noteDigit.With("rest", string(end[max(0, len(end)-8):]), "phone", g.phone)
		}
		c.Notes = append(c.Notes, note)
		phone, *in.text = g.phone, g.rest
		c.Says[members.FieldPhone] = true
	}
	c.Card.Phone = phone
}

// provinces are the first-level divisions of Korea, as people write them, by the short name that lists filter by.
var provinces = func() map[string]string {
	out := map[string]string{}
	for short, long := range map[string]string{
		"서울": "서울특별시 서울시", "부산": "부산광역시 부산시", "대구": "대구광역시 대구시", "인천": "인천광역시 인천시", "광주": "광주광역시",
		"대전": "대전광역시 대전시", "울산": "울산광역시 울산시", "세종": "세종특별자치시 세종시 세종시특별자치시", "경기": "경기도",
		"강원": "강원도 강원특별자치도", "충북": "충청북도", "충남": "충청남도", "전북": "전라북도 전북특별자치도", "전남": "전라남도", "경북": "경상북도",
		"경남": "경상남도", "제주": "제주특별자치도 제주도",
	} {
		out[short] = short
		for _, name := range strings.Fields(long) {
			out[name] = short
		}
	}
	return out
}()

// tidyCell is a cell on one line without needless spaces, and without the apostrophe by which spreadsheets mark text.
func tidyCell(s string) string {
	s = strings.Join(strings.Fields(s), " ")
	if len(s) > 1 && s[0] == '\'' && strings.ContainsRune("=+-@", rune(s[1])) {
		return s[1:]
	}
	return s
}

// Stores imports a list of stores: what is new is added, what differs changed. Reading it again changes nothing.
func Stores(ctx context.Context, m *members.Service, r io.Reader, layout *members.StoreLayout, fresh members.NewStores, o Options, told func(done, all int)) (members.StoreSheet, []members.StorePlan, error) {
	sheet, err := ReadStores(r, layout)
	if err != nil {
		return sheet, nil, err
	}
	if err := sheet.Layout(fresh).Check(); err != nil {
		return sheet, nil, err
	}
	if problems := fresh.Check(); len(problems) > 0 {
		return sheet, nil, problems
	}
	plans, err := m.PlanStores(ctx, o.By, sheet.Lines, fresh)
	if err != nil || o.DryRun {
		return sheet, plans, err
	}
	plans, err = m.ImportStores(ctx, o.By, plans, o.Reason, func(done int) {
		if told != nil {
			told(done, len(sheet.Lines))
		}
	})
	return sheet, plans, err
}
