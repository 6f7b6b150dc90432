package members

import (
	"net/mail"
	"strconv"
	"strings"

	"maru/internal/platform/errs"
)

// Errors of what a person can be reached by.
var (
	ErrBadPhone = errs.New(errs.Invalid, "members.bad_phone",
		"전화번호를 010-1234-5678처럼 적어 주세요.", "Write a phone number as in 010-1234-5678.")
	ErrBadEmail = errs.New(errs.Invalid, "members.bad_email",
		"이메일 주소를 name@example.com처럼 적어 주세요.", "Write an e-mail address as in name@example.com.")
)

// contact is what is known of a person beside the name, in its stored form.
type contact struct {
	email, phone, businessNo string
}

// checkContact brings what was typed into its stored form; each may be empty.
func checkContact(email, phone, businessNo string) (contact, errs.Fields) {
	var c contact
	var problems errs.Fields
	var err *errs.Error
	if c.email, err = checkEmail(email); err != nil {
		problems = append(problems, err.On("email"))
	}
	if c.phone, err = checkPhone(phone); err != nil {
		problems = append(problems, err.On("phone"))
	}
	if strings.TrimSpace(businessNo) != "" {
		if c.businessNo, err = ParseBusinessNo(businessNo); err != nil {
			problems = append(problems, err.On("business_no"))
		}
	}
	return c, problems
}

// checkEmail accepts what a mail server would: an address without a name, on one line.
func checkEmail(s string) (string, *errs.Error) {
	s = tidy(s)
	if s == "" {
		return "", nil
	}
	a, err := mail.ParseAddress(s)
	if err != nil || a.Address != s || len(s) > 254 || !fits(s, 254) || strings.ContainsAny(s, "\"<>()[],;\\") {
		return "", ErrBadEmail
	}
	return s, nil
}

// checkPhone accepts 7 to 15 digits, after a plus for numbers of other countries; it returns the digits.
func checkPhone(s string) (string, *errs.Error) {
	s = tidy(s)
	if s == "" {
		return "", nil
	}
	rest, plus := strings.CutPrefix(s, "+")
	digits := onlyDigits(rest)
	if len(digits) < 7 || len(digits) > 15 {
		return "", ErrBadPhone
	}
	if plus {
		return "+" + digits, nil
	}
	return digits, nil
}

// FormatPhone writes stored digits as people in Korea do: 010-1234-5678, 02-123-4567, 1588-1234.
func FormatPhone(digits string) string {
	n := len(digits)
	switch {
	case strings.HasPrefix(digits, "+"), n < 8:
		return digits
	case n == 8:
		return digits[:4] + "-" + digits[4:]
	case strings.HasPrefix(digits, "02") && n <= 10:
		return digits[:2] + "-" + digits[2:n-4] + "-" + digits[n-4:]
	case strings.HasPrefix(digits, "0") && n <= 12:
		area := 3
		if n == 12 || n == 11 && (strings.HasPrefix(digits, "050") || strings.HasPrefix(digits, "030")) {
			area = 4 // virtual numbers: 0507-123-4567
		}
		return digits[:area] + "-" + digits[area:n-4] + "-" + digits[n-4:]
	}
	return digits
}

// textProblem returns what is wrong with a short text, or nil.
func textProblem(s, field string, limit int) *errs.Error {
	if fits(s, limit) {
		return nil
	}
	return ErrBadText.With("max", strconv.Itoa(limit)).On(field)
}
