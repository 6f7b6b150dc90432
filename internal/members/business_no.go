package members

import (
	"strings"

	"maru/internal/platform/errs"
)

// ErrBadBusinessNo is returned for a business registration number (사업자등록번호) that cannot be one.
var ErrBadBusinessNo = errs.New(errs.Invalid, "members.bad_business_no",
	"없는 번호예요. 사업자등록증을 보고 숫자 10자리를 다시 확인해 주세요.",
	"There is no such number. Please check its 10 digits on the registration certificate.")

// businessWeights are those of the National Tax Service's check digit.
var businessWeights = [9]int{1, 3, 7, 1, 3, 7, 1, 3, 5}

// ParseBusinessNo returns the ten digits of a business registration number that may be written with
// dashes and spaces. It returns ErrBadBusinessNo where the check digit is not right: each of the first
// nine digits counts with its weight, the ninth product's tens are added, and the tenth digit makes the sum
// a multiple of ten.
func ParseBusinessNo(s string) (string, *errs.Error) {
	digits := onlyDigits(s)
	if len(digits) != 10 || strings.Trim(digits, digits[:1]) == "" {
		return "", ErrBadBusinessNo // ten equal digits pass for zeros only, and are nobody's
	}
	sum := 0
	for i, w := range businessWeights {
		sum += int(digits[i]-'0') * w
	}
	sum += int(digits[8]-'0') * 5 / 10
	if (10-sum%10)%10 != int(digits[9]-'0') {
		return "", ErrBadBusinessNo
	}
	return digits, nil
}

// FormatBusinessNo writes ten digits as people do: 123-45-67890.
func FormatBusinessNo(digits string) string {
	if len(digits) != 10 {
		return digits
	}
	return digits[:3] + "-" + digits[3:5] + "-" + digits[5:]
}

// onlyDigits removes the dashes and spaces of a number; it returns "" where anything else is in it.
func onlyDigits(s string) string {
	var b strings.Builder
	for _, r := range s {
		switch {
		case r >= '0' && r <= '9':
			b.WriteRune(r)
		case r >= '０' && r <= '９': // full width, as some keyboards write
			b.WriteRune(r - '０' + '0')
		case r == '-' || r == ' ' || r == '‐' || r == '–' || r == '.' || r == '(' || r == ')':
		default:
			return ""
		}
	}
	return b.String()
}
