package inventory

import (
	"context"
	"fmt"
	"sync"
	"time"

	"maru/internal/kernel/businessday"
	"maru/internal/kernel/ids"
	"maru/internal/kernel/quantity"
)

// usageCache keeps each store's pace for some minutes: it is an average over a week, and summing up a
// week of ledger on every look at a live page would cost more than it tells.
type usageCache struct {
	mu     sync.Mutex
	stores map[ids.StoreID]usage
}

type usage struct {
	at     time.Time
	perDay map[ids.MaterialID]quantity.Milli
}

const (
	usageWindow   = 7 * 24 * time.Hour
	usageLifetime = 5 * time.Minute
)

// usedPerDay returns what the store used of each material a day over the last seven days, or over as
// many as it has been selling.
func (s *Service) usedPerDay(ctx context.Context, store ids.StoreID) (map[ids.MaterialID]quantity.Milli, error) {
	now := s.now()
	s.usage.mu.Lock()
	u, ok := s.usage.stores[store]
	s.usage.mu.Unlock()
	if ok && now.Sub(u.at) < usageLifetime && !now.Before(u.at) {
		return u.perDay, nil
	}
	since := now.Add(-usageWindow)
	rows, err := s.read().UsedSince(ctx, store, firstEntry(since), businessday.DateOf(since.UTC()))
	if err != nil {
		return nil, fmt.Errorf("usage of %s: %w", store, err)
	}
	first := now.Add(-24 * time.Hour)
	for _, row := range rows {
		if day := row.FirstDate.Midnight(); day.Before(first) {
			first = day
		}
	}
	hours := max(24, int64(now.Sub(first)/time.Hour))
	u = usage{at: now, perDay: map[ids.MaterialID]quantity.Milli{}}
	for _, row := range rows {
		u.perDay[ids.MaterialID{UUID: row.MaterialID}] = quantity.Milli(row.Milli * 24 / hours)
	}
	s.usage.mu.Lock()
	defer s.usage.mu.Unlock()
	if s.usage.stores == nil || len(s.usage.stores) > 1000 {
		s.usage.stores = map[ids.StoreID]usage{}
	}
	s.usage.stores[store] = u
	return u.perDay, nil
}
