package statsweb

import (
	"context"
	"sync"
	"time"

	"maru/internal/kernel/ids"
	"maru/internal/members/membersapi"
	"maru/web/webkit"
)

// gather is how long hints are collected: a busy chain changes its figures many times a second, and
// nobody reads that fast.
const gather = 400 * time.Millisecond

// hints tells open pages that figures moved, at most once per gather for each topic.
type hints struct {
	hub    *webkit.Hub
	stores membersapi.Stores

	mu      sync.Mutex
	waiting bool
	changed map[ids.StoreID]bool // the zero id: any store
}

func newHints(hub *webkit.Hub, stores membersapi.Stores) *hints {
	return &hints{hub: hub, stores: stores, changed: map[ids.StoreID]bool{}}
}

func (h *hints) hear(store ids.StoreID) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.changed[store] = true
	if !h.waiting {
		h.waiting = true
		time.AfterFunc(gather, h.publish)
	}
}

func (h *hints) publish() {
	h.mu.Lock()
	changed := h.changed
	h.changed, h.waiting = map[ids.StoreID]bool{}, false
	h.mu.Unlock()

	h.hub.Publish(webkit.HQTopic, "sales", nil)
	if changed[ids.StoreID{}] {
		h.addEveryStore(changed)
	}
	for store := range changed {
		if !store.IsZero() {
			h.hub.Publish(webkit.StoreTopic(store), "sales", nil)
		}
	}
}

func (h *hints) addEveryStore(changed map[ids.StoreID]bool) {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	stores, err := h.stores.Stores(ctx)
	if err != nil {
		return // a page that is not told reads again when it reconnects
	}
	for _, s := range stores {
		changed[s.ID] = true
	}
}
