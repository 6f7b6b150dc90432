package traceparent_test

import (
	"strings"
	"testing"

	"maru/internal/kernel/traceparent"
)

const good = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"

func TestOnlyWhatTheStandardAllowsIsCarried(t *testing.T) {
	t.Parallel()
	for _, bad := range []string{
		"", "00", "01" + good[2:], "ff" + good[2:], strings.ToUpper(good), good + "-", good + "\n", good[:54], good[:54] + "\n", good[:54] + "g",
		"00-00000000000000000000000000000000-b7ad6b7169203331-01", "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01",
		"00_0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", "00-0af7651916cd43dd8448eb211c80319c_b7ad6b7169203331-01",
		"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331_01", "00-0af7651916cd43dd8448eb211c8\x00319c-b7ad6b7169203331-01",
		"00-0af7651916cd43d-8448eb211c80319c-b7ad6b7169203331-01",
	} {
		if ctx := traceparent.With(t.Context(), bad); traceparent.From(ctx) != "" || ctx != t.Context() {
			t.Errorf("%q is carried", bad)
		}
	}
	for _, fine := range []string{good, good[:53] + "00", good[:53] + "ff"} {
		if got := traceparent.From(traceparent.With(t.Context(), fine)); got != fine {
			t.Errorf("%q is carried as %q", fine, got)
		}
	}
}

func TestARequestWithoutTheHeaderCostsNothing(t *testing.T) { //nolint:paralleltest // it counts allocations of the process
	ctx := t.Context()
	if n := testing.AllocsPerRun(100, func() { _ = traceparent.From(traceparent.With(ctx, "")) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
