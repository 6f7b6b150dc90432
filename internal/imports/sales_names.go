package imports

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"maru/internal/kernel/lang"
)

func sameName(said, code string, name lang.Text) bool {
	said = norm.NFC.String(said)
	return strings.EqualFold(said, code) || strings.EqualFold(said, name.Ko) || name.En != "" && strings.EqualFold(said, name.En)
}

// nameIndex finds things by code or by name in any language.
type nameIndex[T any] map[string]T

func (x nameIndex[T]) add(thing T, code string, name lang.Text) {
	for _, key := range []string{name.En, name.Ko, code} { // a code wins over a name
		if key != "" {
			x[foldName(key)] = thing
		}
	}
}

func (x nameIndex[T]) find(said string) (T, bool) {
	thing, ok := x[foldName(said)]
	return thing, ok
}

func foldName(s string) string { return strings.ToLower(norm.NFC.String(strings.TrimSpace(s))) }

// codeOf makes a code of a name: "Hell's Kitchen" becomes hells-kitchen. Where the name leaves
// nothing that a code can be made of, or the code is taken, a part of the name's hash follows.
func codeOf(name string, limit int, letter func(rune) bool, taken func(string) bool) string {
	var b strings.Builder
	gap := false
	for _, r := range strings.ToLower(norm.NFC.String(name)) {
		switch {
		case letter(r):
			if gap && b.Len() > 0 {
				b.WriteByte('-')
			}
			gap = false
			b.WriteRune(r)
		case r == '\'' || r == '’':
		default:
			gap = true
		}
	}
	code := b.String()
	for utf8.RuneCountInString(code) > limit-7 {
		_, size := utf8.DecodeLastRuneInString(code)
		code = code[:len(code)-size]
	}
	code = strings.TrimRight(code, "-")
	if code != "" && !taken(code) {
		return code
	}
	sum := sha256.Sum256([]byte(name))
	return strings.TrimLeft(code+"-"+hex.EncodeToString(sum[:3]), "-")
}

func asciiLetter(r rune) bool { return r >= 'a' && r <= 'z' || r >= '0' && r <= '9' }

func anyLetter(r rune) bool {
	return unicode.IsLetter(r) && !unicode.IsUpper(r) && !unicode.IsTitle(r) || unicode.IsDigit(r)
}
