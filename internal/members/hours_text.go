package members

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"maru/internal/members/membersapi"
)

// weekFromMonday is the order in which people say the days of a week.
var weekFromMonday = []time.Weekday{
	time.Monday, time.Tuesday, time.Wednesday, time.Thursday, time.Friday, time.Saturday, time.Sunday,
}

// FormatHours writes opening hours as files hold them: "mon-fri 08:00-21:00; sat 09:00-24:00; sun off". Hours that
// were never said, a week of days off, are "".
func FormatHours(h membersapi.Hours) string {
	if h == (membersapi.Hours{}) {
		return ""
	}
	var parts []string
	for first := 0; first < len(weekFromMonday); {
		last := first
		day := h[weekFromMonday[first]]
		for last+1 < len(weekFromMonday) && sameDay(h[weekFromMonday[last+1]], day) {
			last++
		}
		days := shortDay(weekFromMonday[first])
		if last > first {
			days += "-" + shortDay(weekFromMonday[last])
		}
		if day.Off() {
			parts = append(parts, days+" off")
		} else {
			parts = append(parts, days+" "+FormatMinutes(day.Opens)+"-"+FormatMinutes(day.Closes))
		}
		first = last + 1
	}
	return strings.Join(parts, "; ")
}

func sameDay(a, b membersapi.DayHours) bool { return a == b || a.Off() && b.Off() }

func shortDay(d time.Weekday) string { return strings.ToLower(d.String()[:3]) }

// FormatMinutes writes minutes after midnight as a time of day: 08:30.
func FormatMinutes(m int16) string { return fmt.Sprintf("%02d:%02d", m/60, m%60) }

// ParseMinutes reads a time of day as minutes after midnight, from 0:00 to 24:00; "9" is 9:00.
func ParseMinutes(s string) (int16, bool) {
	hour, minute, _ := strings.Cut(strings.TrimSpace(s), ":")
	h, err := strconv.Atoi(hour)
	m, err2 := strconv.Atoi("0" + minute)
	if err != nil || err2 != nil || len(hour) > 2 || len(minute) > 2 || h < 0 || m > 59 || h*60+m > 24*60 {
		return 0, false
	}
	return int16(h*60 + m), true //nolint:gosec // at most 1440
}

var (
	// hoursPart is days, where any are named, and what holds on them.
	hoursPart = regexp.MustCompile(`^([^0-9]*?)\s*(?:([0-9]{1,2}(?::[0-9]{2})?)\s*[-~–]\s*([0-9]{1,2}(?::[0-9]{2})?)|(24\s*시간|24h|off|closed|휴무|휴점|쉼))$`)
	dayWords  = map[string][]time.Weekday{
		"": weekFromMonday, "매일": weekFromMonday, "daily": weekFromMonday, "every day": weekFromMonday, "연중무휴": weekFromMonday,
		"평일": weekFromMonday[:5], "weekdays": weekFromMonday[:5], "주중": weekFromMonday[:5],
		"주말": weekFromMonday[5:], "weekends": weekFromMonday[5:], "weekend": weekFromMonday[5:],
	}
	koreanDays = []string{"월", "화", "수", "목", "금", "토", "일"}
)

// ParseHours reads what FormatHours writes, and what people write: "매일 08:00~22:00", "평일 8-21; 주말 10-20; 일 휴무",
// "24시간". Days that are not named are days off. It reports whether it understood everything.
func ParseHours(s string) (h membersapi.Hours, ok bool) {
	s = strings.ToLower(tidy(s))
	if s == "" {
		return h, true
	}
	for part := range strings.FieldsFuncSeq(s, func(r rune) bool { return r == ';' || r == '\n' || r == '/' }) {
		m := hoursPart.FindStringSubmatch(strings.TrimSpace(part))
		if m == nil {
			return membersapi.Hours{}, false
		}
		days, known := daysOf(strings.Trim(m[1], " :"))
		day, fits := dayHours(m[2], m[3], m[4])
		if !known || !fits {
			return membersapi.Hours{}, false
		}
		for _, d := range days {
			h[d] = day
		}
	}
	return h, true
}

func dayHours(opens, closes, word string) (membersapi.DayHours, bool) {
	if strings.HasPrefix(word, "24") {
		return membersapi.DayHours{Opens: 0, Closes: 24 * 60}, true
	}
	if word != "" {
		return membersapi.DayHours{}, true
	}
	from, ok := ParseMinutes(opens)
	until, ok2 := ParseMinutes(closes)
	return membersapi.DayHours{Opens: from, Closes: until}, ok && ok2 && from < 24*60 && from != until
}

// daysOf reads "", "월-금", "토, 일", "mon-fri", "평일".
func daysOf(s string) ([]time.Weekday, bool) {
	if days, ok := dayWords[s]; ok {
		return days, true
	}
	var out []time.Weekday
	for part := range strings.FieldsFuncSeq(s, func(r rune) bool { return r == ',' || r == '·' || r == ' ' }) {
		from, until, isRange := strings.Cut(strings.ReplaceAll(part, "~", "-"), "-")
		first, ok := dayOf(from)
		last := first
		if isRange && ok {
			last, ok = dayOf(until)
		}
		if !ok {
			return nil, false
		}
		for i := first; ; i = (i + 1) % 7 {
			out = append(out, weekFromMonday[i])
			if i == last {
				break
			}
		}
	}
	return out, len(out) > 0
}

// dayOf returns the place of a day in the week from Monday.
func dayOf(s string) (int, bool) {
	s = strings.TrimSuffix(s, "요일")
	if i := slices.Index(koreanDays, s); i >= 0 {
		return i, true
	}
	i := slices.IndexFunc(weekFromMonday, func(d time.Weekday) bool { return s == shortDay(d) || s == strings.ToLower(d.String()) })
	return i, i >= 0
}
