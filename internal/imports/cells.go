package imports

import (
	"cmp"
	"context"
	"errors"
	"io"
	"slices"
	"strconv"
	"strings"

	"maru/internal/catalog"
	"maru/internal/kernel/dining"
	"maru/internal/kernel/lang"
	"maru/internal/kernel/quantity"
	"maru/internal/platform/errs"
)

var (
	reasonNumber   = lang.Text{Ko: "숫자가 아니거나 소수점 아래가 너무 길어요: {value}", En: "Not a number, or too many decimal places: {value}"}
	reasonWhole    = lang.Text{Ko: "정수가 아니에요: {value}", En: "Not a whole number: {value}"}
	reasonYesNo    = lang.Text{Ko: "yes 또는 no로 적어 주세요: {value}", En: "Write yes or no: {value}"}
	reasonMoney    = lang.Text{Ko: "금액이 아니에요: {value}", En: "Not an amount of money: {value}"}
	reasonUnit     = lang.Text{Ko: "모르는 단위예요: {value}", En: "Unknown unit: {value}"}
	reasonNoUnit   = lang.Text{Ko: "{from} 단위는 {to}(으)로 바꿀 수 없어요.", En: "{from} cannot be converted to {to}."}
	reasonPack     = lang.Text{Ko: "포장은 '이름=양 단위'로 적어 주세요(예: 박스=20 kg): {value}", En: "Write packs as \"name=amount unit\", as in box=20 kg: {value}"}
	reasonDining   = lang.Text{Ko: "이용 방법은 for_here, takeaway, own_cup 중에서 적어 주세요: {value}", En: "The dining option is for_here, takeaway or own_cup: {value}"}
	reasonRepeated = lang.Text{Ko: "{line}번째 줄과 같은 내용이 또 있어요.", En: "This repeats line {line}."}
	reasonDiffers  = lang.Text{Ko: "{line}번째 줄에 적은 값과 달라요.", En: "This differs from line {line}."}
	reasonTogether = lang.Text{Ko: "함께 들어가야 하는 {line}번째 줄에 문제가 있어 넣지 않았어요.", En: "Not imported, because line {line}, which belongs to it, was refused."}
)

// cells reads the typed values of a row and collects what is wrong with them.
type cells struct {
	row
	bad []Refusal
}

func (c *cells) wrong(column string, reason lang.Text) {
	reason = reason.With("value", shorten(c.text(column)))
	c.bad = append(c.bad, Refusal{Line: c.line, Column: column, Reason: reason})
}

// needed returns a text that must not be empty.
func (c *cells) needed(column string) string {
	s := c.text(column)
	if s == "" {
		c.wrong(column, reasonEmpty)
	}
	return s
}

// whole returns a whole number, or other where the cell is empty.
func (c *cells) whole(column string, other int) int {
	s := strings.ReplaceAll(c.text(column), ",", "")
	if s == "" {
		return other
	}
	n, err := strconv.Atoi(s)
	if err != nil || n > 1<<30 || n < -(1<<30) {
		c.wrong(column, reasonWhole)
	}
	return n
}

// number returns a measured number, or 0 where the cell is empty.
func (c *cells) number(column string) (n float64, given bool) {
	s := strings.ReplaceAll(c.text(column), ",", "")
	if s == "" {
		return 0, false
	}
	n, err := strconv.ParseFloat(s, 64)
	if err != nil || n != n || n > 1e9 || n < 0 {
		c.wrong(column, reasonNumber)
	}
	return n, true
}

// thousandths returns a number with at most three places, or 0 where the cell is empty.
func (c *cells) thousandths(column string) quantity.Milli {
	s := c.text(column)
	if s == "" {
		return 0
	}
	q, err := quantity.Parse(s)
	if err != nil {
		c.wrong(column, reasonNumber)
	}
	return q
}

// yes returns a yes or no, or other where the cell is empty.
func (c *cells) yes(column string, other bool) bool {
	switch strings.ToLower(c.text(column)) {
	case "":
		return other
	case "yes", "y", "true", "1", "예", "o":
		return true
	case "no", "n", "false", "0", "아니오", "x":
		return false
	}
	c.wrong(column, reasonYesNo)
	return false
}

// list returns the parts of a cell that are separated by semicolons.
func (c *cells) list(column string) []string {
	var out []string
	for part := range strings.SplitSeq(c.text(column), ";") {
		if part = strings.TrimSpace(part); part != "" {
			out = append(out, part)
		}
	}
	return out
}

var diningWords = map[string]dining.Option{
	"for_here": dining.ForHere, "매장": dining.ForHere,
	"takeaway": dining.Takeaway, "포장": dining.Takeaway,
	"own_cup": dining.OwnCup, "개인컵": dining.OwnCup, "개인 컵": dining.OwnCup,
}

func (c *cells) dining(column string) []dining.Option {
	var out []dining.Option
	for _, word := range c.list(column) {
		option, ok := diningWords[strings.ToLower(word)]
		if !ok {
			c.wrong(column, reasonDining)
		}
		out = append(out, option)
	}
	return out
}

func (c *cells) name(prefix string) lang.Text {
	return lang.Text{Ko: c.text(prefix + "_ko"), En: c.text(prefix + "_en")}
}

// lines is the part of a file that becomes one thing.
type lines struct {
	key  string
	rows []*cells
}

// together puts the rows of the same key together, in the order of first appearance.
func together(rows []*cells, key func(*cells) string) []*lines {
	var out []*lines
	at := make(map[string]*lines)
	for _, r := range rows {
		k := key(r)
		if at[k] == nil {
			at[k] = &lines{key: k}
			out = append(out, at[k])
		}
		at[k].rows = append(at[k].rows, r)
	}
	return out
}

// refuse refuses all rows of a thing: those with something wrong for their own reasons, the others
// because of the first of those.
func (s *Summary) refuseTogether(l *lines) {
	first := 0
	for _, r := range l.rows {
		if len(r.bad) > 0 {
			first = r.line
			break
		}
	}
	for _, r := range l.rows {
		if len(r.bad) == 0 {
			s.refuse(r.line, "", reasonTogether.With("line", strconv.Itoa(first)))
			continue
		}
		s.Refused = append(s.Refused, r.bad...)
	}
}

func (l *lines) ok() bool {
	return !slices.ContainsFunc(l.rows, func(r *cells) bool { return len(r.bad) > 0 })
}

// same marks the rows that say something else than the first about what they share.
func (l *lines) same(columns ...string) {
	for _, r := range l.rows[1:] {
		for _, column := range columns {
			if v := r.text(column); v != "" && v != l.rows[0].text(column) {
				r.wrong(column, reasonDiffers.With("line", strconv.Itoa(l.rows[0].line)))
			}
		}
	}
}

// repeated marks the rows whose key another row before them has.
func (l *lines) repeated(column string, key func(*cells) string) {
	seen := make(map[string]int)
	for _, r := range l.rows {
		k := key(r)
		if first, twice := seen[k]; twice {
			r.wrong(column, reasonRepeated.With("line", strconv.Itoa(first)))
			continue
		}
		seen[k] = r.line
	}
}

// blame lays what a use case refused beside the rows and columns it is about. place turns the field of
// an error into the index of a row and a column; it returns an error that nobody expected.
func (l *lines) blame(err error, place func(field string) (row int, column string)) error {
	if err == nil {
		return nil
	}
	var fields errs.Fields
	if !errors.As(err, &fields) {
		e := errs.As(err)
		if e == nil || e.Kind == errs.Internal || e.Kind == errs.Forbidden {
			return err
		}
		fields = errs.Fields{e}
	}
	for _, e := range fields {
		at, column := place(e.Field)
		r := l.rows[min(max(at, 0), len(l.rows)-1)]
		r.wrong(column, e.Text)
	}
	return nil
}

// indexed cuts "components.3.unit" into 3 and "unit".
func indexed(field string) (int, string) {
	_, rest, _ := strings.Cut(field, ".")
	number, name, _ := strings.Cut(rest, ".")
	n, err := strconv.Atoi(number)
	if err != nil {
		return 0, field
	}
	return n, name
}

// load reads a whole file of a form.
func load(r io.Reader, s *Summary, required, optional []string) ([]*cells, error) {
	t, err := openTable(r, s, required, optional)
	if err != nil {
		return nil, err
	}
	var rows []*cells
	for {
		r, err := t.next()
		if errors.Is(err, io.EOF) {
			return rows, nil
		}
		if err != nil {
			return nil, err
		}
		rows = append(rows, &cells{row: r})
	}
}

// run imports the things of a file in one transaction and puts the refusals in the order of lines.
// save returns an error only where nobody expected it; what is wrong with a thing is in its rows.
func run(ctx context.Context, menu *catalog.Service, opts Options, s *Summary, save func(*catalog.Service, *Summary) error) (Summary, error) {
	s.DryRun = opts.DryRun
	out := *s
	err := menu.Together(ctx, opts.DryRun, func(menu *catalog.Service) error {
		out = *s
		out.Refused = slices.Clone(s.Refused)
		return save(menu, &out)
	})
	if err != nil {
		return Summary{}, err
	}
	slices.SortStableFunc(out.Refused, func(a, b Refusal) int { return cmp.Compare(a.Line, b.Line) })
	return out, nil
}

// saveEach saves thing after thing; those with something wrong are refused whole.
func saveEach(s *Summary, things []*lines, save func(*lines) error) error {
	for _, l := range things {
		if l.ok() {
			if err := save(l); err != nil {
				return err
			}
		}
		if !l.ok() {
			s.refuseTogether(l)
			continue
		}
		s.Things++
	}
	return nil
}
