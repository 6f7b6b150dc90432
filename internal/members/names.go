package members

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"maru/internal/kernel/lang"
	"maru/internal/platform/errs"
)

// Errors of names and other short texts.
var (
	ErrNameMissing = errs.New(errs.Invalid, "members.name_missing",
		"이름을 적어 주세요.", "Please enter a name.")
	ErrBadText = errs.New(errs.Invalid, "members.bad_text",
		"{max}자 안으로, 줄바꿈 없이 적어 주세요.", "Please use at most {max} characters, on one line.")
)

// tidy brings a short text into one form: lang.Tidy, and with every letter as one character where there is one for it.
func tidy(s string) string { return norm.NFC.String(lang.Tidy(s)) }

// fits reports whether a text can be stored and shown on one line.
func fits(s string, limit int) bool {
	return utf8.ValidString(s) && utf8.RuneCountInString(s) <= limit && !strings.ContainsFunc(s, unicode.IsControl)
}

const maxName = 80

func checkName(name lang.Text) (lang.Text, *errs.Error) {
	name = lang.Text{Ko: tidy(name.Ko), En: tidy(name.En)}
	switch {
	case name.Ko == "":
		return name, ErrNameMissing
	case !fits(name.Ko, maxName), !fits(name.En, maxName):
		return name, ErrBadText.With("max", "80")
	}
	return name, nil
}
