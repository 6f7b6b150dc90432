package inventoryweb

import (
	"sync"
	"time"

	"maru/internal/kernel/ids"
	"maru/web/webkit"
)

// gather is how long hints of one store are collected. An order is heard of when it was taken, and its
// material is deducted a moment later: by then it is.
const gather = 600 * time.Millisecond

// hints tells the open pages of a store that its stock moved, at most once per gather.
type hints struct {
	hub *webkit.Hub

	mu      sync.Mutex
	waiting map[ids.StoreID]bool
}

func newHints(hub *webkit.Hub) *hints { return &hints{hub: hub, waiting: map[ids.StoreID]bool{}} }

func (h *hints) hear(store ids.StoreID) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.waiting[store] {
		return
	}
	h.waiting[store] = true
	time.AfterFunc(gather, func() {
		h.mu.Lock()
		delete(h.waiting, store)
		h.mu.Unlock()
		h.hub.Publish(webkit.StoreTopic(store), "stock", nil)
	})
}
