package webkit

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestAScaleHoldsEveryValueBetweenRoundTicks(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		values := rapid.SliceOfN(rapid.Int64Range(-1_000_000_000_000, 1_000_000_000_000), 0, 20).Draw(t, "values")
		a := scale(values)
		for _, v := range values {
			if at := a.at(v); at < 0 || at > 100 {
				t.Fatalf("%d stands at %f of %+v", v, at, a)
			}
		}
		if n := len(a.ticks); n < 1 || n > 12 {
			t.Fatalf("%d ticks", n)
		}
		if a.low > 0 || a.high < 0 {
			t.Fatalf("the axis %+v leaves out zero", a)
		}
	})
}

func TestTicksAreRound(t *testing.T) {
	t.Parallel()
	for high, want := range map[int64]int64{9: 10, 104: 150, 4_900_000: 6_000_000, 1: 1, 1000: 1000} {
		if a := scale([]int64{high}); a.high != want {
			t.Errorf("the axis of %d ends at %d, want %d (%v)", high, a.high, want, a.ticks)
		}
	}
}

func TestPointsOfALineStayInItsField(t *testing.T) {
	t.Parallel()
	c := Chart{Labels: []string{"a", "b", "c"}, Series: []Series{{Values: []int64{1, 5, 3, 9}}}}
	if got := strings.Fields(c.line(chartScale(c), c.Series[0])); len(got) != 3 {
		t.Errorf("points: %v", got)
	}
}
