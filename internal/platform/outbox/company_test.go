package outbox

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// All replicas that know of each other agree on who goes first, and who comes or goes changes nothing
// between the others.
func TestReplicasAgreeOnWhoGoesFirst(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		ids := rapid.SliceOfNDistinct(rapid.StringMatching(`[0-9a-f]{8}`), 2, 6, rapid.ID).Draw(t, "ids")
		now := time.Now()
		companies := make([]*company, len(ids))
		for i, id := range ids {
			companies[i] = &company{self: id}
			for _, other := range ids {
				if other != id {
					companies[i].heard(other, now)
				}
			}
		}
		gone := ids[0]
		for n := range 20 {
			source := fmt.Sprint("source ", n)
			before := firstFor(*companies[1].members.Load(), source)
			for _, c := range companies {
				if first := firstFor(*c.members.Load(), source); first != before {
					t.Fatalf("%s: %s and %s go first", source, before, first)
				}
			}
			if len(ids) == 2 {
				continue
			}
			companies[1].left(gone)
			after := firstFor(*companies[1].members.Load(), source)
			if after == gone || before != gone && after != before {
				t.Fatalf("%s: without %s, %s goes first instead of %s", source, gone, after, before)
			}
			companies[1].heard(gone, now)
		}
	})
}

func TestSourcesAreSpreadOverReplicas(t *testing.T) {
	t.Parallel()
	members := []string{"a6f1", "a6f2", "a6f3", "a6f4"}
	count := map[string]int{}
	for n := range 4000 {
		count[firstFor(members, fmt.Sprint("source ", n))]++
	}
	for _, id := range members {
		if count[id] < 800 || count[id] > 1200 {
			t.Errorf("%s goes first with %d of 4000", id, count[id])
		}
	}
}

func TestWhoIsNotHeardForLongIsGone(t *testing.T) {
	t.Parallel()
	c := &company{self: "me", age: companyAge}
	now := time.Now()
	if unknown, alone := c.heard("a", now); !unknown || !alone {
		t.Error("the first other one")
	}
	if unknown, alone := c.heard("b", now.Add(companyAge/2)); !unknown || alone {
		t.Error("the second other one")
	}
	c.look(now.Add(companyAge + time.Second))
	if got := *c.members.Load(); len(got) != 2 || got[0] != "b" {
		t.Errorf("there are %v", got)
	}
	c.look(now.Add(2*companyAge + time.Second))
	if !c.alone() {
		t.Error("it is alone and does not know")
	}
}

func TestAReplicaWithSeveralAddressesIsOne(t *testing.T) {
	t.Parallel()
	c := &company{self: "me", age: companyAge}
	for _, bell := range []string{"other/ordering", "other/inventory"} {
		c.heard(bell, time.Now())
		if got := *c.members.Load(); !slices.Equal(got, []string{"me", "other"}) {
			t.Errorf("with %s there are %v", bell, got)
		}
	}
	c.left("other/ordering")
	if c.alone() {
		t.Error("one of its bells is silent, and it counts as gone")
	}
}
