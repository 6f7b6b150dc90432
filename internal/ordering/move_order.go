package ordering

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"

	"maru/internal/kernel/ids"
	"maru/internal/ordering/internal/orderingdb"
	"maru/internal/ordering/orderingapi"
	"maru/internal/platform/auth"
	"maru/internal/platform/outbox"
)

// MoveOrder asks to move an order along the board.
type MoveOrder struct {
	StoreID ids.StoreID
	OrderID ids.OrderID
	To      orderingapi.Status
	// From is the state the person saw. Where the order has left it, the move is refused; where the
	// order is already in To, it has been done. Empty: whatever the state is.
	From orderingapi.Status
}

// MoveOrder moves an order to its next state, or back by one. It returns ErrTransition for any other
// move, ErrNotFound outside the order's store, and ErrForbidden.
func (s *Service) MoveOrder(ctx context.Context, by auth.Principal, cmd MoveOrder) error {
	if err := authorize(by, auth.MoveOrders, cmd.StoreID); err != nil {
		return err
	}
	now := s.now()
	err := s.db.InTx(ctx, func(tx pgx.Tx) error {
		o, err := lockOrder(ctx, tx, cmd.StoreID, cmd.OrderID)
		if err != nil {
			return err
		}
		if o.Status == cmd.To && cmd.From != "" && mayMove(cmd.From, cmd.To) {
			return nil // a second tap: somebody has moved it already
		}
		if cmd.From != "" && o.Status != cmd.From || !mayMove(o.Status, cmd.To) {
			return ErrTransition
		}
		err = recordChange(ctx, tx, by, cmd.StoreID, cmd.OrderID, Change{From: o.Status, To: cmd.To, At: now})
		if err != nil {
			return err
		}
		return outbox.Publish(ctx, tx, orderingapi.OrderStatusChanged{
			OrderID: cmd.OrderID, StoreID: cmd.StoreID, From: o.Status, To: cmd.To, At: now.UTC(), By: by.Member, Device: by.Session, Program: by.Program(),
		})
	})
	return wrapUnexpected(err, "move order", cmd.OrderID)
}

// lockOrder reads an order of the store for update, so that transitions of one order come one after
// the other.
func lockOrder(ctx context.Context, tx pgx.Tx, store ids.StoreID, order ids.OrderID) (orderingdb.LockOrderRow, error) {
	o, err := orderingdb.New(tx).LockOrder(ctx, store.Lane(), order)
	if errors.Is(err, pgx.ErrNoRows) || err == nil && o.StoreID != store {
		return o, ErrNotFound
	}
	return o, err
}

// recordChange sets the new state and keeps who changed it, when and why.
func recordChange(ctx context.Context, tx pgx.Tx, by auth.Principal, store ids.StoreID, order ids.OrderID, c Change) error {
	q := orderingdb.New(tx)
	n, err := q.SetOrderStatus(ctx, orderingdb.SetOrderStatusParams{
		Lane: store.Lane(), OrderID: order, FromStatus: c.From, ToStatus: c.To, StatusAt: c.At,
	})
	if err != nil {
		return err
	}
	if n != 1 {
		return ErrTransition
	}
	last, err := q.LastOrderChange(ctx, store.Lane(), order)
	if err != nil {
		return err
	}
	return q.InsertOrderChange(ctx, orderingdb.InsertOrderChangeParams{
		Lane: store.Lane(), OrderID: order, ChangeNo: last + 1, FromStatus: c.From, ToStatus: c.To,
		Reason: c.Reason, Disposition: c.Disposition, ChangedAt: c.At.Truncate(time.Microsecond),
		ChangedBy: actor(by), ChangedByName: by.Name, DeviceID: deviceOf(by), DeviceName: by.Shared.Name,
	})
}
