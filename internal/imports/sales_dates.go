package imports

import (
	"bytes"
	"strings"
	"time"

	"maru/internal/platform/errs"
)

// dayOrder is the order in which a date names its parts.
type dayOrder int

const (
	orderUnknown dayOrder = iota
	yearFirst
	monthFirst
	dayFirst
)

// Errors of dates as a whole.
var (
	ErrDateForm = errs.New(errs.Invalid, "imports.date_format",
		"--date-format {form}을 알 수 없어요. YYYY-MM-DD, DD/MM/YYYY처럼 적어 주세요.", "--date-format {form} is not understood. Write YYYY-MM-DD, DD/MM/YYYY or the like.")
	ErrDatesAmbiguous = errs.New(errs.Invalid, "imports.dates_ambiguous",
		"날짜가 월/일인지 일/월인지 알 수 없어요. --date-format MM/DD/YYYY 또는 DD/MM/YYYY로 알려 주세요.",
		"The dates could be month/day or day/month. Say --date-format MM/DD/YYYY or DD/MM/YYYY.")
)

// parseDayOrder reads --date-format.
func parseDayOrder(form string) (dayOrder, error) {
	y, m, d := strings.Index(form, "YY"), strings.Index(form, "MM"), strings.Index(form, "DD")
	switch {
	case form == "" || form == "auto":
		return orderUnknown, nil
	case y < 0 || m < 0 || d < 0:
	case y < m && m < d:
		return yearFirst, nil
	case m < d && d < y:
		return monthFirst, nil
	case d < m && m < y:
		return dayFirst, nil
	}
	return orderUnknown, ErrDateForm.With("form", form)
}

// dayVotes collects, over a whole file, how dates can be read.
type dayVotes struct{ year, month, day, other int }

func (v *dayVotes) add(cell []byte) {
	n, ok := threeNumbers(cell)
	switch {
	case !ok:
		v.other++
	case n[0] > 99:
		v.year++
	default:
		if n[0] >= 1 && n[0] <= 12 && n[1] >= 1 && n[1] <= 31 {
			v.month++
		}
		if n[1] >= 1 && n[1] <= 12 && n[0] >= 1 && n[0] <= 31 {
			v.day++
		}
	}
}

// order decides: the reading that fits more dates; where both fit all, nobody can know.
func (v *dayVotes) order() (dayOrder, error) {
	switch {
	case v.month > v.day:
		return monthFirst, nil
	case v.day > v.month:
		return dayFirst, nil
	case v.month > 0:
		return orderUnknown, ErrDatesAmbiguous
	}
	return yearFirst, nil
}

// threeNumbers reads the numbers of a date: 2026-11-22, 2026. 11. 22., 2026년 11월 22일, 11/22/2026,
// 20261122.
func threeNumbers(cell []byte) (n [3]int, ok bool) {
	cell = bytes.TrimSpace(cell)
	if len(cell) == 8 && allDigits(cell) {
		return [3]int{atoi(cell[:4]), atoi(cell[4:6]), atoi(cell[6:])}, true
	}
	count, digits := 0, 0
	for len(cell) > 0 {
		c := cell[0]
		switch {
		case c >= '0' && c <= '9':
			if digits == 0 {
				count++
			}
			if digits++; count > 3 || digits > 4 {
				return n, false
			}
			n[count-1] = n[count-1]*10 + int(c-'0')
			cell = cell[1:]
			continue
		case c == '-' || c == '/' || c == '.' || c == ' ':
			cell = cell[1:]
		default:
			rest, word := cutDayWord(cell)
			if !word {
				return n, false
			}
			cell = rest
		}
		digits = 0
	}
	return n, count == 3
}

func cutDayWord(cell []byte) ([]byte, bool) {
	for _, word := range []string{"년", "월", "일"} {
		if rest, ok := bytes.CutPrefix(cell, []byte(word)); ok {
			return rest, true
		}
	}
	return cell, false
}

// readDay reads a date in the order; a date that begins with a year needs none.
func readDay(cell []byte, order dayOrder) (year, month, day int, ok bool) {
	n, ok := threeNumbers(cell)
	if !ok {
		return 0, 0, 0, false
	}
	switch {
	case n[0] > 99 || order == yearFirst:
		year, month, day = n[0], n[1], n[2]
	case order == monthFirst:
		year, month, day = n[2], n[0], n[1]
	case order == dayFirst:
		year, month, day = n[2], n[1], n[0]
	default:
		return 0, 0, 0, false
	}
	if year < 100 {
		year += 2000
	}
	t := time.Date(year, time.Month(month), day, 0, 0, 0, 0, time.UTC)
	return year, month, day, t.Year() == year && int(t.Month()) == month && t.Day() == day && month >= 1
}

// readClock reads a time of day: 15:04, 15:04:05, 15:04:05.123, 3:04 PM, 오후 3:04.
func readClock(cell []byte) (hour, minute, second int, ok bool) {
	s := strings.TrimSpace(string(cell))
	afternoon, morning := false, false
	for _, mark := range []struct {
		word string
		pm   bool
	}{{"오전", false}, {"오후", true}, {"am", false}, {"pm", true}, {"AM", false}, {"PM", true}} {
		if strings.HasPrefix(s, mark.word) || strings.HasSuffix(s, mark.word) {
			s = strings.TrimSpace(strings.Replace(s, mark.word, "", 1))
			afternoon, morning = mark.pm, !mark.pm
			break
		}
	}
	whole, _, _ := strings.Cut(s, ".")
	parts := strings.Split(whole, ":")
	if len(parts) < 2 || len(parts) > 3 {
		return 0, 0, 0, false
	}
	var n [3]int
	for i, p := range parts {
		if p == "" || len(p) > 2 || !allDigits([]byte(p)) {
			return 0, 0, 0, false
		}
		n[i] = atoi([]byte(p))
	}
	if afternoon || morning {
		if n[0] < 1 || n[0] > 12 {
			return 0, 0, 0, false
		}
		n[0] %= 12
		if afternoon {
			n[0] += 12
		}
	}
	return n[0], n[1], n[2], n[0] < 24 && n[1] < 60 && n[2] < 60
}

// splitDateTime cuts a cell with both into its date and its time.
func splitDateTime(cell []byte) (date, clock []byte) {
	cell = bytes.TrimSpace(cell)
	colon := bytes.IndexByte(cell, ':')
	if colon < 0 {
		return cell, nil
	}
	cut := bytes.LastIndexAny(cell[:colon], " T")
	if cut < 0 {
		return cell, nil
	}
	for _, word := range []string{"오전", "오후"} {
		if i := bytes.Index(cell[:cut], []byte(word)); i > 0 {
			cut = i - 1
		}
	}
	return cell[:cut], cell[cut+1:]
}

func allDigits(s []byte) bool {
	for _, c := range s {
		if c < '0' || c > '9' {
			return false
		}
	}
	return len(s) > 0
}

// atoi reads digits that were checked to be few.
func atoi(s []byte) int {
	n := 0
	for _, c := range s {
		n = n*10 + int(c-'0')
	}
	return n
}
