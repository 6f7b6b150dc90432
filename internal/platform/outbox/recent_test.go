package outbox

import (
	"slices"
	"strconv"
	"testing"

	"pgregory.net/rapid"

	"maru/internal/kernel/ids"
)

// Whatever is read when, the shared newest events are those of the outbox, or not there at all.
func TestRecentEventsAreThoseOfTheOutboxOrAbsent(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		c := recent{kinds: []string{""}} // all are wanted: payloads count
		heads := new(positions)
		lane := rapid.Custom(func(t *rapid.T) ids.Lane { return ids.Lane(rapid.IntRange(0, 3).Draw(t, "lane")) })
		c.forget(heads)
		stored := make(map[ids.Lane][]record) // the outbox; a key for every time that a position was given out
		born := 0
		store := func(l ids.Lane, n int) {
			for range n {
				born++
				heads[l]++
				stored[l] = append(stored[l], record{pos: heads[l], key: strconv.Itoa(born), payload: make([]byte, 40_000)})
			}
		}
		tell := func(l ids.Lane, n int) {
			rows := slices.Clone(stored[l][len(stored[l])-n:])
			c.append(&published{lanes: map[ids.Lane]*publishedLane{l: {upto: heads[l], rows: rows}}})
		}
		t.Repeat(map[string]func(*rapid.T){
			"publish elsewhere": func(t *rapid.T) { store(lane.Draw(t, "of"), rapid.IntRange(1, 300).Draw(t, "n")) },
			"publish here": func(t *rapid.T) {
				l, n := lane.Draw(t, "of"), rapid.IntRange(1, 5).Draw(t, "n")
				store(l, n)
				tell(l, n)
			},
			"fail over": func(t *rapid.T) {
				l := lane.Draw(t, "of")
				lost := min(rapid.Int64Range(0, 50).Draw(t, "lost"), heads[l])
				heads[l] -= lost
				stored[l] = stored[l][:heads[l]]
				c.forget(nil) // as whoever reads the heads does
			},
			"follow": func(t *rapid.T) {
				spans, times := c.missing(heads)
				for _, sp := range spans {
					for pos := sp.after + 1; pos <= sp.upto; pos++ {
						sp.rows = append(sp.rows, stored[sp.lane][pos-1])
					}
				}
				c.add(spans, times)
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
					if want := stored[l][sp.after+int64(i)]; r.pos != want.pos || r.key != want.key {
						t.Fatalf("row %d of those after %d is %d %s, stored is %d %s", i, sp.after, r.pos, r.key, want.pos, want.key)
					}
				}
			},
			"": func(t *rapid.T) {
				held := 0
				for l := range c.lanes {
					lane := &c.lanes[l]
					if lane.upto-lane.after != int64(len(lane.rows)) || lane.older > len(lane.rows) {
						t.Fatalf("%d rows after %d up to %d, %d of them older", len(lane.rows), lane.after, lane.upto, lane.older)
					}
					held += len(lane.rows) * (40_000 + recentRowBytes)
				}
				if held > 2*(recentBytes+recentRows*(40_000+recentRowBytes)) {
					t.Fatalf("%d bytes are held", held)
				}
			},
		})
	})
}

// A subscription that rests comes to its events after others have filled the memory.
func TestTheNewestEventsAreThereHoweverManyCame(t *testing.T) {
	t.Parallel()
	c := recent{kinds: []string{""}}
	heads := new(positions)
	c.forget(heads)
	const size = 10_000
	for n := int64(1); n <= 5*recentBytes/size; n++ {
		lane := ids.Lane(n % 7)
		heads[lane]++
		c.append(&published{lanes: map[ids.Lane]*publishedLane{lane: {upto: heads[lane], rows: []record{{pos: heads[lane], payload: make([]byte, size)}}}}})
		sp := &span{lane: lane, after: max(0, heads[lane]-recentBytes/size/8), upto: heads[lane]} // a generation is of seven lanes
		if !c.fill([]*span{sp}) {
			t.Fatalf("after %d events the newest %d of a lane are not there", n, sp.upto-sp.after)
		}
	}
}
