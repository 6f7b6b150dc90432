package imports

import (
	"regexp"
	"slices"
	"strings"

	"maru/internal/kernel/lang"
	"maru/internal/members"
)

var (
	reasonPhone  = lang.Text{Ko: "전화번호로 읽을 수 없어요. 02-123-4567처럼 적어 주세요: {value}", En: "This cannot be read as a phone number. Write it as in 02-123-4567: {value}"}
	reasonZero   = lang.Text{Ko: "맨 앞의 0이 빠진 것 같아요. 엑셀이 지웠다면 다시 적어 주세요: {value}", En: "The 0 in front seems to be missing; spreadsheets drop it. Write it again: {value}"}
	reasonPhones = lang.Text{Ko: "전화번호가 여럿이에요. 하나만 남겨 주세요: {value}", En: "There are several phone numbers. Keep one: {value}"}
	reasonGlued  = lang.Text{
		Ko: "전화번호 같은 숫자가 섞여 있는데 어디부터인지 알 수 없어요. 전화를 다른 칸으로 나눠 주세요: {value}",
		En: "A phone number seems to be mixed in, and it is not clear where it begins. Put it into a column of its own: {value}",
	}
	reasonOther = lang.Text{
		Ko: "전화 칸의 번호와 함께 다른 번호({phone})가 섞여 있어요. 어느 것이 맞는지 정해 주세요.",
		En: "Beside the number of the phone column there is another one, {phone}. Decide which is right.",
	}
	notePhone = lang.Text{Ko: "붙어 있던 전화번호를 떼어 냈어요: {phone}", En: "A phone number that was glued to it was taken off: {phone}"}
	noteDigit = lang.Text{Ko: "숫자에 바로 붙어 있던 전화번호예요. 떼어 낸 자리를 확인해 주세요: …{rest} / {phone}", En: "The phone number was glued to a number. Check where it was cut: …{rest} / {phone}"}
)

// areaCode are the beginnings of Korean phone numbers: the areas (02, 031 to 064), mobile (010, 011, 016 to 019), internet
// (070), free (080), paid (060) and virtual ones (030x, 050x), after the numbering plan of the Ministry of Science and ICT.
var areaCode = regexp.MustCompile(`^0(?:2|3[1-3]|4[1-4]|5[1-5]|6[1-4]|1[016-9]|[678]0|30[0-9]|50[2-9])$`)

// sharedNumber are the eight digits that big firms share over the country: 1588-1234.
var sharedNumber = regexp.MustCompile(`^1[568][0-9]{6}$`)

// wholePhone reports whether digits are a whole Korean number.
func wholePhone(digits string) bool {
	if sharedNumber.MatchString(digits) {
		return true
	}
	for _, n := range []int{2, 3, 4} {
		if len(digits) <= n || !areaCode.MatchString(digits[:n]) {
			continue
		}
		rest := len(digits) - n
		return rest == 8 || rest == 7 && digits[:n] != "010"
	}
	return false
}

// plain writes digits, dashes and brackets of other scripts as those of ASCII, rune by rune.
func plain(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r >= '０' && r <= '９':
			return r - '０' + '0'
		case strings.ContainsRune("‐‑‒–—―−－", r):
			return '-'
		case r == '（':
			return '('
		case r == '）':
			return ')'
		case r == '＋':
			return '+'
		case r == '．', r == '·', r == '∙':
			return '.'
		case r == '\u00a0', r == '\u3000', r == '\t':
			return ' '
		}
		return r
	}, s)
}

var (
	phoneLabel = regexp.MustCompile(`(?i)^(?:tel|phone|전화번호|전화|연락처|대표번호|대표|☎|☏|t)\s*[.:)]*\s*`)
	phoneMarks = regexp.MustCompile(`^[-0-9 .()]+$`)
	abroad     = regexp.MustCompile(`^\+[0-9][-0-9 .()]{6,24}$`)
)

// readPhone brings the cell of a phone into the form 02-123-4567, or says why it cannot.
func readPhone(cell string) (string, *lang.Text) {
	s := strings.TrimSpace(plain(cell))
	if s == "" || s == "-" || s == "." {
		return "", nil
	}
	s = phoneLabel.ReplaceAllString(s, "")
	if parts := strings.FieldsFunc(s, func(r rune) bool { return strings.ContainsRune(",/;|~", r) }); len(parts) > 1 {
		return "", &reasonPhones
	}
	if abroad.MatchString(s) {
		return readAbroad(s)
	}
	digits := onlyDigits(s)
	switch {
	case !phoneMarks.MatchString(s):
		return "", &reasonPhone
	case !wholePhone(digits) && !strings.HasPrefix(digits, "0") && wholePhone("0"+digits):
		return "", &reasonZero
	case !wholePhone(digits) || !wellGrouped(s):
		return "", &reasonPhone
	}
	return members.FormatPhone(digits), nil
}

// readAbroad reads a number with the code of a country; Korea's own is written without it.
func readAbroad(s string) (string, *lang.Text) {
	digits := onlyDigits(s)
	if korean, ok := strings.CutPrefix(digits, "82"); ok {
		if korean = "0" + strings.TrimPrefix(korean, "0"); !wholePhone(korean) {
			return "", &reasonPhone
		}
		return members.FormatPhone(korean), nil
	}
	if len(digits) < 8 || len(digits) > 15 {
		return "", &reasonPhone
	}
	return "+" + digits, nil
}

// wellGrouped reports whether groups of digits, where there are any, end in one of four: 02-1234-567 is a slip.
func wellGrouped(s string) bool {
	groups := strings.FieldsFunc(s, func(r rune) bool { return r < '0' || r > '9' })
	return len(groups) == 1 || len(groups) <= 3 && len(groups[len(groups)-1]) == 4
}

func onlyDigits(s string) string {
	return strings.Map(func(r rune) rune {
		if r < '0' || r > '9' {
			return -1
		}
		return r
	}, s)
}

// glued is what was found at the end or the beginning of a text.
type glued struct {
	rest, phone string
	toDigit     bool // it stood directly behind a digit that is not of it
}

var (
	tailKorea  = regexp.MustCompile(`\+82[-. ]?(?:\(0\))?[-. ]?0?([0-9]{1,3})[-. )]{1,2}([0-9]{3,4})[-. ]([0-9]{4})$`)
	tailGroups = regexp.MustCompile(`([0-9]+)[-. )]{1,3}([0-9]{3,4})[-. ]{1,2}([0-9]{4})$`)
	tailShared = regexp.MustCompile(`([0-9]*1[568][0-9]{2})[-. ]([0-9]{4})$`)
	tailRun    = regexp.MustCompile(`([0-9]{8,})$`)
	headGroups = regexp.MustCompile(`^(?:\(?(0[0-9]{1,3})[-. )]{1,2}([0-9]{3,4})[-. ]([0-9]{4})|(1[568][0-9]{2})-([0-9]{4}))`)
	headRun    = regexp.MustCompile(`^(0[0-9]{8,11})`)
	anyPhone   = regexp.MustCompile(`[0-9]{2,}[-.)][-. )]?[0-9]{3,4}[-. ][0-9]{4}|(?:^|[^0-9])0[0-9]{1,2} [0-9]{3,4}[-. ][0-9]{4}|[0-9]{8,}|(?:^|[^0-9])1[568][0-9]{2}-[0-9]{4}|[0-9]1[568][0-9]{2}-[0-9]{4}`)
	labelAtEnd = regexp.MustCompile(`(?i)(?:(?:tel|phone|전화번호|전화|연락처|대표번호|☎|☏)|(?:^|[\s(\[,/·])t)\s*[.:)]*\s*$`)
	afterLot   = regexp.MustCompile(`(?:동|리|가|읍|면|로|길|번지|[0-9])\s*$`)
)

// shortestPhone is how many digits the shortest number has that is looked for: 1588-1234.
const shortestPhone = 8

// unglue takes a phone number off the end or the beginning of a text. Where something that looks like a number is left, or
// could be cut in two ways, it says so instead of guessing.
func unglue(text string) (glued, *lang.Text) {
	original, m := []rune(text), plain(text)
	if len(onlyDigits(m)) < shortestPhone {
		return glued{rest: text}, nil
	}
	trimmed := strings.TrimRight(m, " )].,")
	g, ok, problem := glued{rest: text}, false, (*lang.Text)(nil)
	if at, phone, toDigit, found, unclear := phoneAtEnd(trimmed); found || unclear {
		if unclear {
			return g, &reasonGlued
		}
		rest := string(original[:len([]rune(trimmed[:at]))])
		g, ok = glued{rest: cleanEnd(rest), phone: phone, toDigit: toDigit}, true
	} else if end, phone, found := phoneAtStart(m); found {
		rest := string(original[len([]rune(m[:end])):])
		g, ok = glued{rest: strings.TrimLeft(rest, " ,)/·:]"), phone: phone}, true
	}
	if anyPhone.MatchString(plain(g.rest)) {
		problem = &reasonGlued
	}
	if !ok {
		g.rest = text
	}
	return g, problem
}

// phoneAtEnd finds where the number at the end of s begins. unclear is a number that can be cut in several ways, or in none.
func phoneAtEnd(s string) (at int, phone string, toDigit, found, unclear bool) {
	if m := tailKorea.FindStringSubmatchIndex(s); m != nil {
		digits := "0" + s[m[2]:m[3]] + s[m[4]:m[5]] + s[m[6]:m[7]]
		return m[0], members.FormatPhone(digits), false, wholePhone(digits), !wholePhone(digits)
	}
	if m := tailGroups.FindStringSubmatchIndex(s); m != nil {
		tail := s[m[4]:m[5]] + s[m[6]:m[7]]
		run := s[m[2]:m[3]]
		whole := func(area string) bool { return areaCode.MatchString(area) && wholePhone(area+tail) }
		n, sure := cut(run, []int{2, 3, 4}, whole)
		if !sure {
			return 0, "", false, false, true
		}
		return m[3] - n, members.FormatPhone(run[len(run)-n:] + tail), n < len(run), true, false
	}
	if m := tailShared.FindStringSubmatchIndex(s); m != nil {
		before := s[:m[0]]
		spaced := strings.HasSuffix(before, " ")
		if m[3]-m[2] != 4 || spaced && afterLot.MatchString(before) || strings.HasSuffix(before, "-") {
			return 0, "", false, false, true // 세교동 1588-1234 may be a lot
		}
		return m[0], members.FormatPhone(s[m[2]:m[3]] + s[m[4]:m[5]]), false, true, false
	}
	if m := tailRun.FindStringSubmatchIndex(s); m != nil {
		run := s[m[2]:m[3]]
		n, sure := cut(run, []int{8, 9, 10, 11, 12}, func(d string) bool { return wholePhone(d) && (d[0] == '0' || len(d) == len(run)) })
		if !sure {
			return 0, "", false, false, true
		}
		return m[3] - n, members.FormatPhone(run[len(run)-n:]), n < len(run), true, false
	}
	return 0, "", false, false, false
}

// cut returns how long the end of a run of digits is that is right: all of it, or else the only length that is.
func cut(run string, lengths []int, right func(string) bool) (n int, sure bool) {
	if slices.Contains(lengths, len(run)) && right(run) {
		return len(run), true
	}
	for _, l := range lengths {
		if l >= len(run) || !right(run[len(run)-l:]) {
			continue
		}
		if n != 0 {
			return 0, false
		}
		n = l
	}
	return n, n != 0
}

// phoneAtStart finds where the number at the beginning of s ends; one that a digit follows is none.
func phoneAtStart(s string) (end int, phone string, found bool) {
	skip := len(s) - len(phoneLabel.ReplaceAllString(s, ""))
	rest := s[skip:]
	m := headGroups.FindString(rest)
	if m == "" {
		m = headRun.FindString(rest)
	}
	digits := onlyDigits(m)
	after := rest[len(m):]
	if m == "" || !wholePhone(digits) || after != "" && after[0] >= '0' && after[0] <= '9' {
		return 0, "", false
	}
	return skip + len(m), members.FormatPhone(digits), true
}

// cleanEnd removes what stood between an address and its phone number.
func cleanEnd(s string) string {
	s = strings.TrimRight(s, " (（[,/·:+")
	s = labelAtEnd.ReplaceAllString(s, "")
	return strings.TrimRight(s, " (（[,/·:")
}
