package ordering

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"maru/internal/kernel/ids"
	"maru/internal/kernel/money"
	"maru/internal/ordering/internal/orderingdb"
	"maru/internal/ordering/orderingapi"
	"maru/internal/platform/auth"
	"maru/internal/platform/errs"
)

// ErrCartPaid is returned for a cart that was paid already, in another way or in another tab.
var ErrCartPaid = errs.New(errs.Conflict, "ordering.cart_paid",
	"이미 결제가 끝난 주문이에요. 주문 현황에서 확인해 주세요.", "This order has been paid already. Please look for it on the board.")

// ErrCartChanged is returned for a cart that was changed while it was paid.
var ErrCartChanged = errs.New(errs.Conflict, "ordering.cart_changed",
	"결제하는 사이에 주문 내역이 바뀌었어요. 다시 확인하고 결제해 주세요.",
	"The order was changed while you paid. Please check it and pay again.")

// renewOrderAfter is when a cart that lies around gets a new order id: the id of an order must be
// about as old as the order.
const renewOrderAfter = 12 * time.Hour

// PayCart turns a cart into a paid order.
type PayCart struct {
	StoreID     ids.StoreID
	CartID      ids.CartID
	ExpectTotal money.Amount // what the person saw
	Tenders     []Tender
}

// PayCart places the order of the cart. A cart becomes one order, whatever happens: a double tap, two
// tabs or a lost answer get the first receipt again (Replayed), and a second payment in another way
// is ErrCartPaid. The order is of all that is in the cart when it is closed: where another tab put something in
// meanwhile, nothing is placed (ErrCartChanged). It returns ErrNoCart for a cart that is held, discarded or
// another store's, and the errors of PlaceOrder.
func (s *Service) PayCart(ctx context.Context, by auth.Principal, cmd PayCart) (Receipt, error) {
	if err := authorizeCart(by, cmd.StoreID); err != nil {
		return Receipt{}, err
	}
	q, lane := orderingdb.New(s.db), cmd.StoreID.Lane()
	cart, err := s.cartToPay(ctx, q, cmd)
	if err != nil {
		return Receipt{}, err
	}
	rows, err := q.CartLines(ctx, lane, cart.CartID)
	if err != nil {
		return Receipt{}, fmt.Errorf("pay cart %s: %w", cmd.CartID, err)
	}
	lines, err := orderLines(rows)
	if err != nil {
		return Receipt{}, fmt.Errorf("pay cart %s: %w", cmd.CartID, err)
	}
	receipt, err := s.PlaceOrder(ctx, by, PlaceOrder{
		ID: cart.OrderID, StoreID: cmd.StoreID, Channel: orderingapi.Register, Dining: cart.Dining,
		Lines: lines, Tenders: cmd.Tenders, Cart: &CartRead{ID: cart.CartID, Revision: cart.Revision}, ExpectTotal: &cmd.ExpectTotal,
		Discount: askedFor(discountOf(cart.Discount, cart.DiscountPercent, cart.DiscountReason)),
	})
	switch {
	case errors.Is(err, ErrOtherBody):
		err = ErrCartPaid
	case errors.Is(err, ErrCartGone):
		err = s.whyGone(ctx, q, cmd)
	}
	return receipt, err
}

// whyGone says why a cart could not be closed as it was read.
func (s *Service) whyGone(ctx context.Context, q *orderingdb.Queries, cmd PayCart) error {
	switch cart, err := s.cartToPay(ctx, q, cmd); {
	case err != nil:
		return err
	case cart.State == "open":
		return ErrCartChanged
	default:
		return ErrCartPaid
	}
}

// cartToPay reads the cart, and gives one that lay around a fresh order id first.
func (s *Service) cartToPay(ctx context.Context, q *orderingdb.Queries, cmd PayCart) (orderingdb.CartToPayRow, error) {
	lane := cmd.StoreID.Lane()
	for renewed := false; ; renewed = true {
		cart, err := q.CartToPay(ctx, lane, cmd.CartID, cmd.StoreID)
		if errors.Is(err, pgx.ErrNoRows) {
			return cart, ErrNoCart
		}
		if err != nil {
			return cart, fmt.Errorf("pay cart %s: %w", cmd.CartID, err)
		}
		if made, _ := ids.TimeOf(cart.OrderID.UUID); renewed || cart.State != "open" || s.now().Sub(made) <= renewOrderAfter {
			return cart, nil
		}
		err = q.RenewCartOrder(ctx, orderingdb.RenewCartOrderParams{
			Lane: lane, CartID: cart.CartID, OrderID: s.newOrderID(), OldOrderID: cart.OrderID,
		})
		if err != nil {
			return cart, fmt.Errorf("pay cart %s: %w", cmd.CartID, err)
		}
	}
}

// newOrderID makes an order id of the service's own clock, to which PlaceOrder compares it.
func (s *Service) newOrderID() ids.OrderID {
	return ids.OrderID{UUID: ids.DerivedV7(s.now(), ids.NewV7().String())}
}

func orderLines(rows []orderingdb.CartLinesRow) ([]OrderLine, error) {
	lines := make([]OrderLine, len(rows))
	for i, r := range rows {
		options, err := decodeOptions(r.Options)
		if err != nil {
			return nil, err
		}
		lines[i] = OrderLine{Choice: Choice{ItemID: r.ItemID, SizeID: r.SizeID, Options: options, Quantity: int(r.Quantity)}}
	}
	return lines, nil
}
