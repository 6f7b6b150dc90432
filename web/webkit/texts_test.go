package webkit

import (
	"reflect"
	"regexp"
	"slices"
	"testing"

	"maru/internal/kernel/lang"
)

func TestEveryTextExistsInBothLanguagesWithTheSamePlaces(t *testing.T) {
	t.Parallel()
	places := regexp.MustCompile(`\{[a-z]+\}`)
	v := reflect.ValueOf(text)
	for i := range v.NumField() {
		name := v.Type().Field(i).Name
		texts, ok := v.Field(i).Interface().(lang.Text)
		if !ok || texts.Ko == "" || texts.En == "" {
			t.Errorf("%s: %+v", name, v.Field(i))
			continue
		}
		ko, en := places.FindAllString(texts.Ko, -1), places.FindAllString(texts.En, -1)
		slices.Sort(ko)
		slices.Sort(en)
		if !slices.Equal(ko, en) {
			t.Errorf("%s: %v in Korean, %v in English", name, ko, en)
		}
	}
}
