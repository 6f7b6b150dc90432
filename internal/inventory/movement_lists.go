package inventory

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"maru/internal/inventory/internal/inventorydb"
	"maru/internal/inventory/inventoryapi"
	"maru/internal/kernel/businessday"
	"maru/internal/kernel/ids"
	"maru/internal/kernel/quantity"
	"maru/internal/platform/auth"
)

// Movement is a row of the ledger.
type Movement struct {
	ID       ids.EntryID
	Quantity quantity.Milli // signed, base unit
	Balance  quantity.Milli // after it
	Reason   inventoryapi.Reason
	Order    ids.OrderID // of a sale, reversal or waste
	// PickupNumber is the order's number of its day, 0 where there is none.
	PickupNumber int
	BusinessDate businessday.Date // zero where it came from no order
	Document     uuid.UUID        // of a receipt or opening stock
	Entered      quantity.Milli   // what was typed, in thousandths of Unit; 0 where Unit is empty
	Unit         string
	Note         string
	By           ids.MemberID // zero: nobody known
	Actor        string       // the name of By at that time, where it was written down
	At           time.Time
}

// MovementPage is one page of movements, newest first.
type MovementPage struct {
	Movements []Movement
	// Next asks for the page after this one; zero: there is none.
	Next ids.EntryID
}

// Movements returns the movements of a material in a store that are older than before, newest first;
// zero begins with the newest. limit is from 1 to 200. It returns ErrNoStore and
// ErrNotAllowed.
func (s *Service) Movements(ctx context.Context, by auth.Principal, store ids.StoreID, material ids.MaterialID, before ids.EntryID, limit int) (MovementPage, error) {
	if err := mayView(by, store); err != nil {
		return MovementPage{}, err
	}
	limit = min(max(limit, 1), 200)
	if before.IsZero() {
		before = lastEntry
	}
	var page MovementPage
	// One snapshot for the balance and the rows, or a sale between the two would make every row wrong.
	opts := pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly}
	err := pgx.BeginTxFunc(ctx, s.db, opts, func(tx pgx.Tx) error {
		q := inventorydb.New(tx)
		rows, err := movementsBefore(ctx, q, store, material, before, limit+1)
		if err != nil || len(rows) == 0 {
			return err
		}
		balance, err := balanceBefore(ctx, q, store, material, before)
		if err != nil {
			return err
		}
		if len(rows) > limit {
			rows = rows[:limit]
			page.Next = rows[limit-1].ID
		}
		for i := range rows {
			rows[i].Balance = balance
			balance -= rows[i].Quantity
		}
		page.Movements = rows
		return nil
	})
	if err != nil {
		return MovementPage{}, fmt.Errorf("movements of %s at %s: %w", material, store, err)
	}
	return page, nil
}

// balanceBefore returns the balance before the entry: today's without everything since.
func balanceBefore(ctx context.Context, q *inventorydb.Queries, store ids.StoreID, material ids.MaterialID, entry ids.EntryID) (quantity.Milli, error) {
	b, err := q.Balance(ctx, store, material)
	if err != nil && !errors.Is(err, pgx.ErrNoRows) {
		return 0, err
	}
	if entry == lastEntry {
		return b.OnHand, nil
	}
	since, err := q.MovedSince(ctx, material.UUID, store, entry)
	return b.OnHand - quantity.Milli(since), err
}

// movementsBefore returns the newest movements before an entry, of orders and of documents, without
// balances.
func movementsBefore(ctx context.Context, q *inventorydb.Queries, store ids.StoreID, material ids.MaterialID, before ids.EntryID, most int) ([]Movement, error) {
	orders, err := q.OrderMovements(ctx, inventorydb.OrderMovementsParams{
		StoreID: store, MaterialID: material.UUID, Before: before, AtMost: int32(most), //nolint:gosec // bounded
	})
	if err != nil {
		return nil, err
	}
	documents, err := q.DocumentMovements(ctx, inventorydb.DocumentMovementsParams{
		StoreID: store, MaterialID: material, Before: before, AtMost: int32(most), //nolint:gosec // bounded
	})
	if err != nil {
		return nil, err
	}
	all := make([]Movement, 0, len(orders)+len(documents))
	for _, row := range orders {
		all = append(all, Movement{
			ID: row.EntryID, Quantity: quantity.Milli(row.Milli), Reason: inventoryapi.Reason(row.Reason),
			Order: row.OrderID, PickupNumber: int(row.PickupNumber), BusinessDate: row.BusinessDate,
			Note: row.Note, By: ids.MemberID{UUID: row.MemberID}, At: row.At,
		})
	}
	for _, row := range documents {
		all = append(all, Movement{
			ID: row.EntryID, Quantity: row.Milli, Reason: inventoryapi.Reason(row.Reason),
			Document: row.DocumentID, Entered: quantity.Milli(row.EnteredMilli), Unit: row.EnteredUnit,
			Note: row.Note, By: ids.MemberID{UUID: row.MemberID}, Actor: row.Actor, At: row.At,
		})
	}
	slices.SortFunc(all, func(a, b Movement) int { return bytes.Compare(b.ID.UUID[:], a.ID.UUID[:]) })
	return all[:min(len(all), most)], nil
}

// lastEntry is after every entry.
var lastEntry = ids.EntryID{UUID: uuid.Max}

// firstEntry is before every entry written at or after a moment.
func firstEntry(at time.Time) ids.EntryID {
	return ids.EntryID{UUID: ids.FirstV7(at)}
}
