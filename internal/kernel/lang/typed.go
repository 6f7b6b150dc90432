package lang

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Tidy is the form in which a short text that somebody typed is kept, whichever door it comes through: without white space
// around it and WithoutTurns; a text of which nobody would see anything is empty. Use cases call it on what a form, the JSON
// API, a file or the command line hands them.
func Tidy(s string) string {
	s = strings.TrimSpace(WithoutTurns(s))
	if utf8.ValidString(s) && !strings.ContainsFunc(s, visible) {
		return ""
	}
	return s
}

// visible reports whether a character shows by itself: not white space, signs that join or part others, fillers, or the marks
// that only change the look of their neighbours (Unicode Standard Annex 44, Default_Ignorable_Code_Point).
func visible(r rune) bool {
	const brailleBlank = '\u2800'
	return unicode.IsGraphic(r) && !unicode.IsSpace(r) && r != brailleBlank &&
		!unicode.In(r, unicode.Zs, unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector, unicode.Mn)
}

// WithoutTurns removes the invisible signs that turn the direction of the text after them (embeddings, overrides and isolates,
// Unicode Standard Annex 9): with them a name could make the sentence in which it stands say something else. Words written
// from the right need none. Text that is not UTF-8 comes back as it is, for whoever refuses it.
func WithoutTurns(s string) string {
	if !utf8.ValidString(s) {
		return s
	}
	return strings.Map(func(r rune) rune {
		if r >= '\u202A' && r <= '\u202E' || r >= '\u2066' && r <= '\u2069' {
			return -1
		}
		return r
	}, s)
}
