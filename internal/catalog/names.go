package catalog

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"maru/internal/kernel/lang"
	"maru/internal/platform/errs"
)

const (
	maxCode     = 64
	maxName     = 80
	maxPosition = 1_000_000
)

// problems collects what is wrong with a command, so that a person sees all of it at once.
type problems struct{ found errs.Fields }

func (p *problems) add(e *errs.Error, field string) { p.found = append(p.found, e.On(field)) }

// err returns what was found, or nil.
func (p *problems) err() error {
	if len(p.found) == 0 {
		return nil
	}
	return p.found
}

// code checks a new code: letters of any script without capitals, digits, and - _ . between them.
func (p *problems) code(field, code string) {
	if !ValidCode(code) {
		p.add(ErrCode, field)
	}
}

// ValidCode reports whether code can name something of the catalogue: lower-case letters of any
// script, digits, and - _ . after the first character.
func ValidCode(code string) bool {
	if code == "" || utf8.RuneCountInString(code) > maxCode || !norm.NFC.IsNormalString(code) {
		return false
	}
	for i, r := range code {
		switch {
		case unicode.IsLetter(r) && !unicode.IsUpper(r) && !unicode.IsTitle(r), unicode.IsDigit(r):
		case i > 0 && (r == '-' || r == '_' || r == '.'):
		default:
			return false
		}
	}
	return true
}

// name checks a name, whose Korean text must be there.
func (p *problems) name(field string, t lang.Text) {
	if lang.Tidy(t.Ko) == "" {
		p.add(ErrNameMissing, field+"_ko")
	}
	p.text(field+"_ko", t.Ko, maxName)
	p.text(field+"_en", t.En, maxName)
}

func (p *problems) text(field, s string, limit int) {
	switch {
	case utf8.RuneCountInString(s) > limit:
		p.add(ErrNameTooLong.With("max", strconv.Itoa(limit)), field)
	case !utf8.ValidString(s) || strings.ContainsFunc(s, unprintable):
		p.add(ErrNameCharacters, field)
	}
}

func unprintable(r rune) bool { return !unicode.IsPrint(r) }

// position checks a place in an order; 0 means "where it is, or at the end".
func (p *problems) position(n int) {
	if n < 0 || n > maxPosition {
		p.add(ErrPosition, "position")
	}
}

func trimmed(t lang.Text) lang.Text {
	return lang.Text{Ko: strings.TrimSpace(t.Ko), En: strings.TrimSpace(t.En)}
}
