package outbox

import (
	"testing"

	"pgregory.net/rapid"

	"maru/internal/kernel/ids"
)

// Whatever is read when, the shared newest events are those of the outbox, or not there at all.
func TestRecentEventsAreThoseOfTheOutboxOrAbsent(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		var c recent
		heads := new(positions)
		lane := rapid.Custom(func(t *rapid.T) ids.Lane { return ids.Lane(rapid.IntRange(0, 3).Draw(t, "lane")) })
		c.forget(heads)
		t.Repeat(map[string]func(*rapid.T){
			"publish": func(t *rapid.T) { heads[lane.Draw(t, "of")] += rapid.Int64Range(1, 300).Draw(t, "n") },
			"fail over": func(t *rapid.T) {
				l := lane.Draw(t, "of")
				heads[l] = max(heads[l]-rapid.Int64Range(0, 50).Draw(t, "lost"), 0)
			},
			"follow": func(t *rapid.T) {
				spans := c.missing(heads)
				for _, sp := range spans {
					for pos := sp.after + 1; pos <= sp.upto; pos++ {
						sp.rows = append(sp.rows, record{pos: pos, payload: make([]byte, 4000)})
					}
				}
				c.add(spans)
			},
			"read": func(t *rapid.T) {
				l := lane.Draw(t, "of")
				upto := rapid.Int64Range(0, heads[l]).Draw(t, "upto")
				sp := &span{lane: l, after: rapid.Int64Range(0, upto).Draw(t, "after"), upto: upto}
				if !c.fill([]*span{sp}) {
					return
				}
				if int64(len(sp.rows)) != sp.upto-sp.after {
					t.Fatalf("%d rows of %d to %d", len(sp.rows), sp.after, sp.upto)
				}
				for i, r := range sp.rows {
					if r.pos != sp.after+1+int64(i) {
						t.Fatalf("row %d of those after %d is at %d", i, sp.after, r.pos)
					}
				}
			},
			"": func(t *rapid.T) {
				if c.bytes > recentBytes+recentRows*(4000+recentRowBytes) {
					t.Fatalf("%d bytes are held", c.bytes)
				}
			},
		})
	})
}
