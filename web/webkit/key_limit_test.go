package webkit

import (
	"testing"
	"time"

	"maru/internal/kernel/ids"
)

// A bucket holds a minute's worth and fills evenly; keys do not take from each other.
func TestAKeyGetsItsRequestsAMinute(t *testing.T) {
	t.Parallel()
	var limits keyLimits
	now, one, other := time.Unix(0, 0), ids.NewKeyID(), ids.NewKeyID()
	admitted := func(key ids.KeyID, tries int) (n int, wait time.Duration) {
		for range tries {
			var w time.Duration
			if _, _, w = limits.take(key, 30, now); w == 0 {
				n++
			}
			wait = w
		}
		return n, wait
	}
	if n, wait := admitted(one, 50); n != 30 || wait != 2*time.Second {
		t.Errorf("at first %d of 50, then to wait %s; want 30 and 2s", n, wait)
	}
	if n, _ := admitted(other, 1); n != 1 {
		t.Error("another key has to wait as well")
	}
	now = now.Add(20 * time.Second)
	if n, _ := admitted(one, 50); n != 10 {
		t.Errorf("after a third of a minute %d, want 10", n)
	}
	now = now.Add(time.Hour)
	if n, _ := admitted(one, 50); n != 30 {
		t.Errorf("after an hour %d, want 30", n)
	}
}
