package lang_test

import (
	"testing"

	"maru/internal/kernel/lang"
)

func TestATypedTextTurnsNoOther(t *testing.T) {
	t.Parallel()
	for typed, want := range map[string]string{
		" 김마루\t":                             "김마루",
		"\u202Eمقهى السلام\u202C":            "مقهى السلام",
		"\u2067בית קפה\u2069 서울":             "בית קפה 서울",
		"مقهى\u200F (서울)":                    "مقهى\u200F (서울)", // a mark turns nothing around: it says on which side a bracket stands
		"👩🏽\u200D🍳":                          "👩🏽\u200D🍳",
		"\u202D \u2066 \u2069":               "",
		"\xff\u202E":                         "\xff\u202E",
		"\u202A\u202B\u202C\u2068plain text": "plain text",
	} {
		if got := lang.Tidy(typed); got != want {
			t.Errorf("%q becomes %q, want %q", typed, got, want)
		}
	}
}
