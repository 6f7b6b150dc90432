package orderingweb

import (
	"reflect"
	"regexp"
	"slices"
	"testing"

	"maru/internal/kernel/lang"
)

var placeholder = regexp.MustCompile(`\{[a-z]+\}`)

func TestEveryTextIsThereInBothLanguagesWithTheSamePlaceholders(t *testing.T) {
	t.Parallel()
	v := reflect.ValueOf(text)
	for i := range v.NumField() {
		name, got := v.Type().Field(i).Name, v.Field(i).Interface().(lang.Text)
		if got.Ko == "" || got.En == "" {
			t.Errorf("%s: %+v", name, got)
		}
		ko, en := placeholder.FindAllString(got.Ko, -1), placeholder.FindAllString(got.En, -1)
		slices.Sort(ko)
		slices.Sort(en)
		if !slices.Equal(ko, en) {
			t.Errorf("%s: placeholders differ: %v and %v", name, ko, en)
		}
	}
}
