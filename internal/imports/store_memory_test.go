package imports_test

import (
	"runtime"
	"strings"
	"testing"

	"maru/internal/imports"
	"maru/internal/platform/errs"
)

// A list that is made to be expensive costs no more memory than some times its size. It runs alone: what is measured is what the
// whole program asks for.
func TestAHostileListTakesLittleMemory(t *testing.T) { //nolint:paralleltest // see above
	const most = 60 << 20
	wide := strings.Repeat(strings.Repeat(",", 199)+"\n", imports.MaxStoreList/200)
	for name, text := range map[string]string{
		"commas in one line":            strings.Repeat(",", imports.MaxStoreList),
		"tabs in one line":              strings.Repeat("\t", imports.MaxStoreList),
		"cells over many lines":         strings.Repeat("\"\n\",", imports.MaxStoreList/4),
		"a good first line, then wide":  "이름,전화\n" + strings.Repeat(",", imports.MaxStoreList-30),
		"as many lines as cells allow":  "a" + wide[1:],
		"quotes that never end":         "이름\n\"" + strings.Repeat(",", imports.MaxStoreList-30),
		"empty lines":                   "이름" + strings.Repeat("\n", imports.MaxStoreList-30),
		"as many lines as there may be": "이름\n" + strings.Repeat("가나다라\n", 19_999),
	} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, err := imports.ReadStores(strings.NewReader(text), nil)
		runtime.ReadMemStats(&after)
		asked := after.TotalAlloc - before.TotalAlloc
		t.Logf("%-30s %4d MB asked for, %v", name, asked>>20, err)
		if asked > most {
			t.Errorf("%s: %d MB", name, asked>>20)
		}
		if err != nil && errs.As(err) == nil {
			t.Errorf("%s: %v is nothing to tell people", name, err)
		}
	}
}
