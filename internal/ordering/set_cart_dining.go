package ordering

import (
	"context"

	"github.com/jackc/pgx/v5"

	"maru/internal/kernel/dining"
	"maru/internal/kernel/ids"
	"maru/internal/ordering/internal/orderingdb"
	"maru/internal/platform/auth"
)

// SetCartDining says where the order of the open cart will be drunk.
type SetCartDining struct {
	StoreID ids.StoreID
	Dining  dining.Option
}

// SetCartDining sets it and returns the cart. It returns ErrDining for an option that does not exist.
func (s *Service) SetCartDining(ctx context.Context, by auth.Principal, cmd SetCartDining) (Cart, error) {
	if !cmd.Dining.Valid() {
		return Cart{}, ErrDining.On("dining")
	}
	return s.changeCart(ctx, by, cmd.StoreID, func(tx pgx.Tx, _ *Sellable, cart ids.CartID) error {
		return orderingdb.New(tx).SetCartDining(ctx, orderingdb.SetCartDiningParams{
			Lane: cmd.StoreID.Lane(), CartID: cart, Dining: cmd.Dining, Now: s.now(),
		})
	})
}
