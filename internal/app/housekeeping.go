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

// keepHouse makes partitions ahead, brings rows out of default partitions, drops old days of the
// outboxes and clears ended sessions away, every hour. Other tables keep their months until somebody
// detaches them. Nothing depends on its being on time: rows without a partition of their own go to the
// default one.
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
		a.rescue(ctx, db, len(report.Blocked))
	}
	if a.keepEvents > 0 {
		if _, err := a.Dispatcher.DropOld(ctx, now.Add(-a.keepEvents), a.archive); err != nil && ctx.Err() == nil {
			a.log.Warn("old days of the outboxes could not be dropped; it is tried again in an hour", "error", err)
		}
	}
	if err := a.Members.Housekeep(ctx); err != nil && ctx.Err() == nil {
		a.log.Warn("ended sessions could not be cleared away", "error", err)
	}
}

// rescue empties the default partitions of a context, and measures them.
func (a *App) rescue(ctx context.Context, db *postgres.DB, blocked int) {
	made, err := postgres.RescueDefaults(ctx, db)
	switch {
	case err != nil && ctx.Err() == nil:
		a.log.Error("rows in a default partition could not be moved to where they belong; nothing is lost, and it is tried again in an hour",
			"context", db.Name, "blocked", blocked, "error", err)
	case len(made) > 0:
		a.log.Error("rows had gone to a default partition, because none was made ahead for their time; they are where they belong now",
			"context", db.Name, "made", made)
	}
	rows, err := postgres.DefaultRows(ctx, db)
	if err != nil {
		return // whoever cannot count them cannot be asked about anything else, which is logged
	}
	for table, n := range rows {
		a.airbags.WithLabelValues(db.Name, table).Set(float64(n))
	}
}
