package members

import (
	"testing"
	"time"

	"maru/internal/kernel/ids"
)

// A session that was read before it ended must not be remembered after it was forgotten.
func TestWhatWasReadBeforeSomethingWasForgottenIsNotRemembered(t *testing.T) {
	t.Parallel()
	c, id, now := newSessionCache(), ids.NewSessionID(), time.Now()
	known := knownSession{read: now, expires: now.Add(time.Hour)}
	before := c.forgotten()
	c.forget(id)
	c.put(id, known, before)
	if _, ok := c.get(id, now); ok {
		t.Error("it is remembered")
	}
	c.put(id, known, c.forgotten())
	if _, ok := c.get(id, now); !ok {
		t.Error("what was read afterwards is not remembered")
	}
}

// A replica with more sessions than it remembers goes on remembering most of them: who asks again finds themselves, mostly.
func TestMoreSessionsThanAreRememberedDoNotForgetAll(t *testing.T) {
	t.Parallel()
	c, now := newSessionCache(), time.Now()
	known := knownSession{read: now, expires: now.Add(time.Hour)}
	all := make([]ids.SessionID, cachedSessions+cachedSessions/4)
	for i := range all {
		all[i] = ids.NewSessionID()
		c.put(all[i], known, 0)
	}
	remembered := 0
	for _, id := range all {
		if _, ok := c.get(id, now); ok {
			remembered++
		}
	}
	if remembered != cachedSessions || len(c.byID) != cachedSessions {
		t.Errorf("%d remembered of %d, in a map of %d", remembered, len(all), len(c.byID))
	}
	c.put(all[len(all)-1], known, 0)
	if len(c.byID) != cachedSessions {
		t.Error("reading one again has cost another its place")
	}
}
