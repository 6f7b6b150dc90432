package app

import (
	"context"
	"time"

	"maru/internal/platform/postgres"
)

const (
	keepHouseEvery = time.Hour
	ahead          = 8 * 24 * time.Hour // how far ahead partitions are made
)

// keepHouse makes partitions ahead and clears ended sessions away, every hour. It drops
// no partition: old months and days of the outbox stay until somebody detaches them.
// Nothing depends on its being on time: rows without a partition of their own go to the default one.
func (a *App) keepHouse(ctx context.Context) error {
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(keepHouseEvery):
			a.tidy(ctx)
		}
	}
}

func (a *App) tidy(ctx context.Context) {
	now := time.Now()
	for _, db := range a.Databases.All() {
		report, err := postgres.EnsurePartitions(ctx, db, nil, now, now.Add(ahead))
		if err != nil && ctx.Err() == nil {
			a.log.Warn("partitions could not be made ahead; rows go to the default partition until they are", "context", db.Name, "error", err)
			continue
		}
		if len(report.Blocked) > 0 {
			a.log.Warn("partitions could not be attached because the default partition holds rows of theirs; nothing is lost, but somebody has to move those rows",
				"context", db.Name, "blocked", report.Blocked)
		}
	}
	if err := a.Members.Housekeep(ctx); err != nil && ctx.Err() == nil {
		a.log.Warn("ended sessions could not be cleared away", "error", err)
	}
}
