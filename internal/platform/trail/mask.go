package trail

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"unicode/utf8"
)

// Masked stands where a value is kept from the trail.
const Masked = "•••"

// secret and personal are parts of the names of members whose values do not belong into the trail:
// of a secret nothing is kept, of personal data as much as tells two values apart at a glance.
var (
	secret   = []string{"password", "secret", "token", "hash", "recovery", "credential"}
	exactly  = map[string]bool{"pin": true, "code_plain": true, "link": true}
	personal = []string{"phone", "email", "address", "business_number", "contact"}
)

// differing marshals both sides, leaves out the members that are equal, and masks the rest.
func differing(before, after any) (b, a json.RawMessage) {
	was, is := decoded(before), decoded(after)
	wasObject, ok1 := was.(map[string]any)
	isObject, ok2 := is.(map[string]any)
	if ok1 && ok2 {
		for name, old := range wasObject {
			if now, both := isObject[name]; both && bytes.Equal(encoded(old), encoded(now)) {
				delete(wasObject, name)
				delete(isObject, name)
			}
		}
	}
	return maskedJSON(was), maskedJSON(is)
}

// decoded is the value as JSON knows it: objects are maps, numbers keep their digits.
func decoded(v any) any {
	if v == nil {
		return nil
	}
	dec := json.NewDecoder(bytes.NewReader(encoded(v)))
	dec.UseNumber()
	var out any
	if err := dec.Decode(&out); err != nil {
		panic(fmt.Sprintf("trail: %T: %v", v, err))
	}
	return out
}

func encoded(v any) []byte {
	text, err := json.Marshal(v)
	if err != nil {
		panic(fmt.Sprintf("trail: %T: %v", v, err))
	}
	return text
}

func maskedJSON(v any) json.RawMessage {
	if v == nil {
		return nil
	}
	return encoded(masked("", v))
}

func masked(member string, v any) any {
	switch v := v.(type) {
	case map[string]any:
		for name, inner := range v {
			v[name] = masked(name, inner)
		}
		return v
	case []any:
		for i, inner := range v {
			v[i] = masked(member, inner)
		}
		return v
	case nil, bool:
		return v
	case string:
		if v == "" {
			return v
		}
		return maskedText(member, v)
	}
	if hides(member, secret) {
		return Masked
	}
	return v
}

func maskedText(member, text string) string {
	switch {
	case hides(member, secret):
		return Masked
	case hides(member, personal):
		first, _ := utf8.DecodeRuneInString(text)
		runes := []rune(text)
		if len(runes) < 6 {
			return string(first) + Masked
		}
		return string(first) + Masked + string(runes[len(runes)-2:])
	}
	return text
}

func hides(member string, parts []string) bool {
	member = strings.ToLower(member)
	if exactly[member] {
		return true
	}
	for _, part := range parts {
		if strings.Contains(member, part) {
			return true
		}
	}
	return false
}
