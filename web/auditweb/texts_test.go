package auditweb

import (
	"reflect"
	"regexp"
	"slices"
	"testing"

	"maru/internal/kernel/lang"
)

func TestEveryTextIsThereInBothLanguages(t *testing.T) {
	t.Parallel()
	placeholder := regexp.MustCompile(`\{[a-z]+\}`)
	v := reflect.ValueOf(text)
	for i := range v.NumField() {
		name, s := v.Type().Field(i).Name, v.Field(i).Interface().(lang.Text)
		if s.Ko == "" || s.En == "" {
			t.Errorf("%s is missing in a language", name)
		}
		ko, en := placeholder.FindAllString(s.Ko, -1), placeholder.FindAllString(s.En, -1)
		slices.Sort(ko)
		slices.Sort(en)
		if !slices.Equal(ko, en) {
			t.Errorf("%s has other placeholders in Korean than in English", name)
		}
	}
}
