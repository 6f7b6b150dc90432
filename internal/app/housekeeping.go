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

// keepHouse drops old days of the outboxes, clears ended sessions away, makes partitions ahead and brings rows
// out of default partitions, at the start and every hour. Other tables keep their months until somebody
// detaches them. Nothing depends on its being on time: rows without a partition of their own go to the
// default one. Run has made partitions when it begins.
func (a *App) keepHouse(ctx context.Context) error {
	for {
		a.clearAway(ctx)
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(keepHouseEvery):
			a.makePartitions(ctx)
		}
	}
}

// makePartitions makes the partitions of the next days in every context.
func (a *App) makePartitions(ctx context.Context) {
	now := time.Now()
	for _, db := range a.Databases.All() {
		a.tidyPartitions(ctx, db, now)
	}
}

// clearAway drops what is older than it has to be kept. With an archive that may take minutes.
func (a *App) clearAway(ctx context.Context) {
	if a.keepEvents > 0 {
		if _, err := a.Dispatcher.DropOld(ctx, time.Now().Add(-a.keepEvents), a.archive); err != nil && ctx.Err() == nil {
			a.log.Warn("old days of the outboxes could not be dropped; it is tried again in an hour", "error", err)
		}
	}
	if err := a.Members.Housekeep(ctx); err != nil && ctx.Err() == nil {
		a.log.Warn("ended sessions could not be cleared away", "error", err)
	}
}

func (a *App) tidyPartitions(ctx context.Context, db *postgres.DB, now time.Time) {
	report, err := postgres.EnsurePartitions(ctx, db, nil, now, now.Add(ahead))
	if err != nil && ctx.Err() == nil {
		a.log.Warn("partitions could not be made ahead; rows go to the default partition until they are", "context", db.Name, "error", err)
		return
	}
	a.rescue(ctx, db, len(report.Blocked))
}

const (
	bringInEvery = time.Second
	awayTold     = time.Minute // how often the log says that a database is still away
)

// bringIn waits until the database of a context is there that was away when the program started,
// migrates it and lets everybody in.
func (a *App) bringIn(ctx context.Context, name string) error {
	told := time.Now()
	for {
		err := postgres.MigrateLate(ctx, a.databases, name)
		if err == nil {
			a.log.Info("the database is there now", "context", name)
			a.tidyPartitions(ctx, a.Databases.Context(name), time.Now())
			return nil
		}
		if time.Since(told) >= awayTold && ctx.Err() == nil {
			told = time.Now()
			a.log.Error("the database is still away", "context", name, "error", err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(bringInEvery):
		}
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
