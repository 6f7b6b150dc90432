package catalogweb

import (
	"reflect"
	"regexp"
	"slices"
	"testing"

	"maru/internal/catalog"
	"maru/internal/kernel/lang"
)

func TestEveryTextIsThereInBothLanguages(t *testing.T) {
	t.Parallel()
	placeholder := regexp.MustCompile(`\{[a-z]+\}`)
	check := func(name string, s lang.Text) {
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
	v := reflect.ValueOf(text)
	for i := range v.NumField() {
		check(v.Type().Field(i).Name, v.Field(i).Interface().(lang.Text))
	}
	for _, kind := range catalog.ChangeKinds {
		check(string(kind), changeWords[kind])
	}
}

func TestEveryDrawingExists(t *testing.T) {
	t.Parallel()
	for _, d := range drawings {
		if icon(d, "") != d {
			t.Errorf("no icon %s", d)
		}
	}
}
