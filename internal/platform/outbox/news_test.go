package outbox

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"maru/internal/kernel/ids"
)

// What one process writes another reads, or is told only that there is something; a program of an older
// version finds the names of the sources where it looks for them; and the server takes it.
func TestNewsAreReadAsTheyWereWritten(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		all := map[string]*news{}
		for _, source := range rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"ordering", "stats", "inventory", "members"}), 0, 4, rapid.ID).Draw(t, "sources") {
			n := &news{lanes: map[ids.Lane]int64{}, unsaid: rapid.Bool().Draw(t, "unsaid")}
			for range rapid.SampledFrom([]int{1, 3, 256}).Draw(t, "lanes") {
				n.lanes[ids.Lane(rapid.IntRange(0, ids.Lanes-1).Draw(t, "lane"))] = rapid.Int64Range(1, 1<<62).Draw(t, "pos")
			}
			for _, kind := range rapid.SliceOfN(rapid.SampledFrom([]string{"accepted", "moved", anyKind, "a kind+of, blanks"}), 1, 3).Draw(t, "kinds") {
				n.addKind(kind)
			}
			all[source] = n
		}
		here := rapid.SampledFrom([]string{"", echo, hello}).Draw(t, "here")
		text := newsText(here, all)
		if len(text) > newsMost {
			t.Fatalf("%d bytes", len(text))
		}
		asBefore := strings.Split(text, ",")
		if (slices.Contains(asBefore, echo) || slices.Contains(asBefore, hello)) != (here != "") {
			t.Fatalf("%q: %s", here, text)
		}
		read := readNews(text)
		for source, n := range all {
			if !slices.Contains(asBefore, source) {
				t.Fatalf("an older program does not see %s in %s", source, text)
			}
			got := read[source]
			if got == nil {
				t.Fatalf("%s is lost in %s", source, text)
			}
			if got.unsaid {
				continue
			}
			if n.unsaid || fmt.Sprint(got.lanes) != fmt.Sprint(n.lanes) {
				t.Fatalf("%s: read %v, written %v", source, got.lanes, n.lanes)
			}
			for _, kind := range n.kinds {
				if !got.concerns(map[string]Kind{kind: {}}) {
					t.Fatalf("%s: %s is lost in %s", source, kind, text)
				}
			}
		}
	})
}

// What is not understood is never taken for positions.
func TestNewsThatAreNotUnderstood(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"ordering,@ordering", "ordering,@ordering * 9z9:1", "ordering,@ordering * -1:1", "ordering,@ordering * 1:x!", "ordering,@ordering * 1"} {
		if n := readNews(text)["ordering"]; n == nil || !n.unsaid {
			t.Errorf("%q was read as %+v", text, n)
		}
	}
}
