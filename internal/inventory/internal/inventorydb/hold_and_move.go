// Package inventorydb is the SQL of inventory: what sqlc made of db/queries/inventory, and what it cannot make.
package inventorydb

import (
	"context"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
)

// HeldAndMoved is what HoldAndMove returns.
type HeldAndMoved struct {
	Stores  []InventoryStore
	Version int64
	Moved   []MoveStockRow
}

// HoldAndMove runs HoldStores, NewestRecipeVersion and MoveStock in this order and in one round trip.
// It is written by hand because sqlc has no way to send different queries together.
func HoldAndMove(ctx context.Context, tx pgx.Tx, stores []uuid.UUID, move MoveStockParams) (HeldAndMoved, error) {
	var got HeldAndMoved
	var b pgx.Batch
	b.Queue(holdStores, stores).Query(func(rows pgx.Rows) (err error) {
		got.Stores, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (r InventoryStore, err error) {
			return r, row.Scan(&r.StoreID, &r.JudgedVersion)
		})
		return err
	})
	b.Queue(newestRecipeVersion).QueryRow(func(row pgx.Row) error { return row.Scan(&got.Version) })
	b.Queue(moveStock, move.At, move.StoreIds, move.MaterialIds, move.Quantities).Query(func(rows pgx.Rows) (err error) {
		got.Moved, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (r MoveStockRow, err error) {
			return r, row.Scan(&r.StoreID, &r.MaterialID, &r.OnHand, &r.Tracked, &r.WarnBelow)
		})
		return err
	})
	err := tx.SendBatch(ctx, &b).Close()
	return got, err
}
