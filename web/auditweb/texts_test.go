package auditweb

import (
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
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

// Whatever leaves a record has a name in both languages: nobody reads "second_factor_reset".
func TestEveryActionHasAName(t *testing.T) {
	t.Parallel()
	written := regexp.MustCompile(`(?:[aA]ction:\s+|action = |, by, |auth\.Principal\{[^}]*\}, |a, set, )"([a-z]+(?:_[a-z]+)+)"`)
	found := map[string]string{}
	err := filepath.WalkDir("../../internal", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") || strings.Contains(path, "platform/trail") {
			return err
		}
		source, err := os.ReadFile(path)
		for _, m := range written.FindAllStringSubmatch(string(source), -1) {
			found[m[1]] = path
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(found) < 38 {
		t.Errorf("only %d actions were found: the source is written otherwise than this test reads it", len(found))
	}
	for action, path := range found {
		if name, ok := actions[action]; !ok || name.Ko == "" || name.En == "" {
			t.Errorf("%s (%s) has no name", action, path)
		}
	}
}

// Whatever the members' records keep before and after has a name in both languages: nobody reads "cutoff_minutes".
func TestEveryFieldOfARecordHasAName(t *testing.T) {
	t.Parallel()
	literal, name := regexp.MustCompile(`fields\{[^}]*\}`), regexp.MustCompile(`"([a-z_]+)":`)
	files, err := filepath.Glob("../../internal/members/*.go")
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for _, path := range files {
		source, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range name.FindAllStringSubmatch(strings.Join(literal.FindAllString(string(source), -1), ""), -1) {
			found++
			if words := fieldNames[m[1]]; words.Ko == "" || words.En == "" {
				t.Errorf("%s (%s) has no name", m[1], path)
			}
		}
	}
	if found < 40 {
		t.Errorf("only %d fields were found: the source is written otherwise than this test reads it", found)
	}
}
