package ordering

import (
	"context"

	"github.com/jackc/pgx/v5"

	"maru/internal/kernel/ids"
	"maru/internal/ordering/internal/orderingdb"
	"maru/internal/ordering/orderingapi"
	"maru/internal/platform/auth"
)

// SetCartDiscount gives a discount on the order of the open cart, instead of the one it had.
type SetCartDiscount struct {
	StoreID  ids.StoreID
	Discount orderingapi.Discount // the zero one takes it away
}

// SetCartDiscount sets the discount and returns the cart. Everybody at the register may take one away: who may
// not give it could not be paid otherwise. It returns ErrDiscountForbidden, ErrDiscount, ErrDiscountReason,
// ErrDiscountReasonLong, ErrCartEmpty, and ErrDiscountTooMuch for an amount that is more than the lines cost now.
func (s *Service) SetCartDiscount(ctx context.Context, by auth.Principal, cmd SetCartDiscount) (Cart, error) {
	asked := cmd.Discount
	if asked != (orderingapi.Discount{}) {
		if err := authorizeCart(by, cmd.StoreID); err != nil {
			return Cart{}, err
		}
		if !MayDiscount(by, cmd.StoreID) {
			return Cart{}, ErrDiscountForbidden
		}
		var err error
		if asked, err = checkDiscount(asked); err != nil {
			return Cart{}, err
		}
	}
	return s.changeCart(ctx, by, cmd.StoreID, func(tx pgx.Tx, sell *Sellable, id ids.CartID) error {
		q, lane := orderingdb.New(tx), cmd.StoreID.Lane()
		if asked != (orderingapi.Discount{}) {
			rows, err := q.CartLines(ctx, lane, id)
			if err != nil {
				return err
			}
			var cart Cart
			if err := cart.price(sell, rows); err != nil {
				return err
			}
			switch {
			case len(cart.Lines) == 0:
				return ErrCartEmpty
			case asked.Amount > cart.Total:
				return ErrDiscountTooMuch.On("discount")
			}
		}
		return q.SetCartDiscount(ctx, orderingdb.SetCartDiscountParams{
			Lane: lane, CartID: id, Discount: asked.Amount, DiscountPercent: int16(asked.Percent), //nolint:gosec // at most 100
			DiscountReason: asked.Reason, Now: s.now(),
		})
	})
}
