package ordering

import (
	"context"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"maru/internal/kernel/ids"
	"maru/internal/ordering/internal/orderingdb"
	"maru/internal/platform/auth"
)

// RemoveFromCart takes a line out of the open cart, or all of them.
type RemoveFromCart struct {
	StoreID ids.StoreID
	LineID  uuid.UUID // zero: every line
	Removal uuid.UUID // names this removal for UndoRemoval
}

// RemoveFromCart removes and returns the cart. It returns ErrNoCartLine.
func (s *Service) RemoveFromCart(ctx context.Context, by auth.Principal, cmd RemoveFromCart) (Cart, error) {
	return s.changeCart(ctx, by, cmd.StoreID, func(tx pgx.Tx, _ *Sellable, cart ids.CartID) error {
		if cmd.LineID == uuid.Nil {
			q := orderingdb.New(tx)
			lines, err := q.CartLines(ctx, cmd.StoreID.Lane(), cart)
			if err != nil || len(lines) == 0 {
				return err
			}
			if _, err := q.ClearCart(ctx, cmd.Removal, cmd.StoreID.Lane(), cart); err != nil {
				return err
			}
			return s.recordCart(ctx, tx, by, "cart_cleared", cmd.StoreID, cart, "", factsOf("", lines), nil)
		}
		lines, i, err := cartLine(ctx, tx, cmd.StoreID, cart, cmd.LineID)
		if err != nil {
			return err
		}
		if _, err := removeLine(ctx, tx, cmd.StoreID, cart, cmd.LineID, cmd.Removal); err != nil {
			return err
		}
		return s.recordLine(ctx, tx, by, cmd.StoreID, cart, lines[i], nil)
	})
}

func removeLine(ctx context.Context, tx pgx.Tx, store ids.StoreID, cart ids.CartID, line, removal uuid.UUID) (int64, error) {
	return orderingdb.New(tx).RemoveCartLine(ctx, orderingdb.RemoveCartLineParams{
		Lane: store.Lane(), CartID: cart, LineID: line, Removal: removal,
	})
}

// UndoRemoval puts what one removal took out of the open cart back into it.
type UndoRemoval struct {
	StoreID ids.StoreID
	Removal uuid.UUID
}

// UndoRemoval puts the lines back and returns the cart. It returns ErrNoCartLine where there is
// nothing to put back: it was done already, or the cart was paid or held meanwhile.
func (s *Service) UndoRemoval(ctx context.Context, by auth.Principal, cmd UndoRemoval) (Cart, error) {
	return s.changeCart(ctx, by, cmd.StoreID, func(tx pgx.Tx, _ *Sellable, cart ids.CartID) error {
		q, lane := orderingdb.New(tx), cmd.StoreID.Lane()
		was, err := q.CartLines(ctx, lane, cart)
		if err != nil {
			return err
		}
		n, err := q.UndoRemoval(ctx, lane, cart, cmd.Removal)
		if err == nil && n == 0 {
			err = ErrNoCartLine
		}
		if err != nil {
			return err
		}
		is, err := q.CartLines(ctx, lane, cart)
		if err != nil {
			return err
		}
		return s.recordCart(ctx, tx, by, "cart_removal_undone", cmd.StoreID, cart, "", factsOf("", was), factsOf("", is))
	})
}
