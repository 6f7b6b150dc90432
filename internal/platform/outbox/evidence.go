package outbox

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"maru/internal/kernel/ids"
	"maru/internal/platform/postgres"
)

// Passed is how far a subscription is in a lane, and what the outbox still keeps of that.
type Passed struct {
	Lane   ids.Lane
	Cursor int64
	// Newest is the last position up to the cursor that is kept, of any kind; 0 where none is. Days are dropped
	// oldest first, so one that is less than the cursor and not 0 means that events were removed by hand.
	Newest int64
	// Pos and Kind are of the last event that the subscription asked for and has not parked: it was applied.
	// Pos is 0 where none is kept.
	Pos  int64
	Kind string
}

// PassedBy returns the lanes in which a subscription has passed anything. tx is of the subscriber, whose other
// rows are compared with it: cursor and effects are in one snapshot. source is the producing context.
func PassedBy(ctx context.Context, tx pgx.Tx, subscriber string, source *postgres.DB, subscription string, kinds []Kind) ([]Passed, error) {
	var lanes, parkedLanes []int16
	var cursors, parked []int64
	sql := statements[subscriber]
	if err := tx.QueryRow(ctx, sql.passed, subscription).Scan(&lanes, &cursors); err != nil {
		return nil, fmt.Errorf("cursors of %s: %w", subscription, err)
	}
	if err := tx.QueryRow(ctx, sql.everParked, subscription).Scan(&parkedLanes, &parked); err != nil {
		return nil, fmt.Errorf("parked events of %s: %w", subscription, err)
	}
	names := make([]string, len(kinds))
	for i, k := range kinds {
		names[i] = k.name
	}
	var all []Passed
	err := source.InTx(ctx, func(tx pgx.Tx) error { // the longest of an outbox without any of the kinds is read whole
		if _, err := tx.Exec(ctx, "SET LOCAL statement_timeout = '30min'"); err != nil {
			return err
		}
		rows, err := tx.Query(ctx, statements[source.Name].lastOfKinds, lanes, cursors, names, parkedLanes, parked)
		if err != nil {
			return err
		}
		all, err = pgx.CollectRows(rows, pgx.RowToStructByPos[Passed])
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("last events of %s for %s: %w", source.Name, subscription, err)
	}
	return all, nil
}
