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
		"\u200B":                             "",
		" \u200D\uFEFF\u00A0\u2060 ":         "",
		"\u3164\u115F\uFFA0":                 "", // fillers of Hangul
		"\u2800\uFE0F\u0301\U000E0041":       "",
		"환\u200B불":                           "환\u200B불",
		"☕\uFE0F":                            "☕\uFE0F",
		"\xff\u202E":                         "\xff\u202E",
		"\u202A\u202B\u202C\u2068plain text": "plain text",
	} {
		if got := lang.Tidy(typed); got != want {
			t.Errorf("%q becomes %q, want %q", typed, got, want)
		}
	}
}
