package outbox

import (
	"hash/fnv"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// company is which processes use a server, this one among them, as far as they were heard lately. Nothing
// depends on it but who goes first: replicas share the subscriptions between them, because a round of a
// hundred events costs hardly more than one of ten, and because two that want the same lanes get into each
// other's way. See docs/adr/0051.
type company struct {
	self string
	age  time.Duration // companyAge, but in tests

	mu   sync.Mutex
	seen map[string]time.Time // the bells of the others
	// members are all of them in order, replaced and never changed; nil where this process is alone.
	members atomic.Pointer[[]string]
}

// companyAge is how long a process counts as running after it was heard; each says that it is there three
// times as often.
const companyAge = 15 * time.Second

func (c *company) alone() bool { return c.members.Load() == nil }

// heard notes that a bell of another process is there. It reports whether that one was unknown, and whether this
// process thought itself alone.
func (c *company) heard(id string, now time.Time) (unknown, alone bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.seen == nil {
		c.seen = map[string]time.Time{}
	}
	_, known := c.seen[id]
	c.seen[id] = now
	if !known {
		c.count()
	}
	return !known, !known && len(c.seen) == 1
}

// left notes that a bell of another process is gone.
func (c *company) left(id string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if _, known := c.seen[id]; known {
		delete(c.seen, id)
		c.count()
	}
}

// look forgets who was not heard for long.
func (c *company) look(now time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for id, at := range c.seen {
		if now.Sub(at) > c.age {
			delete(c.seen, id)
			c.count()
		}
	}
}

func (c *company) count() {
	if len(c.seen) == 0 {
		c.members.Store(nil)
		return
	}
	all := []string{c.self}
	for id := range c.seen {
		all = append(all, processOf(id))
	}
	slices.Sort(all)
	all = slices.Compact(all)
	c.members.Store(&all)
}

// processOf returns whose bell it is.
func processOf(bell string) string {
	process, _, _ := strings.Cut(bell, "/")
	return process
}

// firstFor returns which of the members goes first with the subscriptions to a source: every one of them comes
// to the same result, and when one comes or goes only its own sources change hands. Those of one source go
// together because what one of them has read and decoded the others find in memory.
func firstFor(members []string, source string) (first string) {
	var most uint64
	for _, id := range members {
		h := fnv.New64a()
		_, _ = h.Write([]byte(id + " " + source)) // a hash takes everything
		if weight := mixed(h.Sum64()); first == "" || weight > most {
			first, most = id, weight
		}
	}
	return first
}

// mixed spreads what differs in the last bytes only over all bits.
func mixed(h uint64) uint64 {
	h ^= h >> 33
	h *= 0xff51afd7ed558ccd
	return h ^ h>>33
}
