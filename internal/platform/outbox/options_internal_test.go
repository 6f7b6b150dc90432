package outbox

import (
	"log/slog"
	"maps"
	"testing"

	"maru/internal/platform/postgres"
)

func TestBoundsOfLanesAreKeptPerContext(t *testing.T) {
	t.Parallel()
	var o options
	for _, with := range []Option{WithLanes("ordering", 1), WithLanes("stats", 4), WithLanes("audit", 0)} {
		with(&o)
	}
	if want := map[string]int{"ordering": 1, "stats": 4}; !maps.Equal(o.lanes, want) {
		t.Errorf("lanes = %v, want %v", o.lanes, want)
	}
}

// A source that nothing here follows is looked at like any other: its heads may be raised too.
func TestHeadsOfASourceThatNothingFollowsCanBeRaised(t *testing.T) {
	t.Parallel()
	dbs, err := postgres.Open(t.Context(), postgres.Config{URLs: postgres.OneServer("postgres://nobody@127.0.0.1:1/none").URLs, Lazy: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(dbs.Close)
	d := &Dispatcher{dbs: dbs, log: slog.Default()}
	s := d.peek("ordering")
	s.raise(func(p *positions) { p[3] = 7 })
	if got := s.heads()[3]; got != 7 {
		t.Errorf("head = %d, want 7", got)
	}
}
