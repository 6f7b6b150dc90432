package inventoryweb

import (
	"sync"
	"time"

	"maru/internal/kernel/ids"
	"maru/web/webkit"
)

// gather is how long hints are collected. An order is heard of when it was taken, and its material is deducted a
// moment later: so every hint waits for one whole gather, and until the one it came in has ended.
const gather = 400 * time.Millisecond

// hints tells the open pages of stores that their stock moved, of each at most once per gather. One clock serves
// all stores, since every order is a hint.
type hints struct {
	hub *webkit.Hub

	mu          sync.Mutex
	running     bool
	heard, ripe map[ids.StoreID]bool
}

func newHints(hub *webkit.Hub) *hints { return &hints{hub: hub, heard: map[ids.StoreID]bool{}} }

func (h *hints) hear(store ids.StoreID) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.heard[store] = true
	if !h.running {
		h.running = true
		time.AfterFunc(gather, h.tell)
	}
}

func (h *hints) tell() {
	h.mu.Lock()
	ripe := h.ripe
	h.ripe, h.heard = h.heard, map[ids.StoreID]bool{}
	if h.running = len(h.ripe) > 0; h.running {
		time.AfterFunc(gather, h.tell)
	}
	h.mu.Unlock()
	for store := range ripe {
		h.hub.Publish(webkit.StoreTopic(store), "stock", nil)
	}
}
