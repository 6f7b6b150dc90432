package members

import (
	"strconv"
	"testing"
)

// Twenty thousand names without a letter all give "store"; counting from 2 for each took minutes.
func TestCodesOfNamesThatGiveTheSame(t *testing.T) {
	t.Parallel()
	taken, next, asked := map[string]bool{}, map[string]int{}, 0
	const names = 20_000
	for i := range names {
		code := codeFor("★", func(c string) bool { asked++; return taken[c] }, next)
		want := "store"
		if i > 0 {
			want += "-" + strconv.Itoa(i+1)
		}
		if code != want {
			t.Fatalf("name %d has the code %q, want %q", i, code, want)
		}
		taken[code] = true
	}
	if asked > 3*names {
		t.Errorf("%d questions for %d names", asked, names)
	}
}
