package ordering

import (
	"context"
	"slices"
	"strconv"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"maru/internal/kernel/ids"
	"maru/internal/kernel/money"
	"maru/internal/ordering/internal/orderingdb"
	"maru/internal/ordering/orderingapi"
	"maru/internal/platform/auth"
)

// AddToCart puts a choice into the person's open cart.
type AddToCart struct {
	StoreID ids.StoreID
	// Tap names this one tap: sent twice it counts once. The zero tap is never the same as another.
	Tap    uuid.UUID
	Choice Choice
}

// AddToCart adds the choice and returns the cart. The same item in the same size with the same options
// raises the quantity of its line. It returns the errors of Sellable.Price, ErrCartFull and
// ErrQuantity.
func (s *Service) AddToCart(ctx context.Context, by auth.Principal, cmd AddToCart) (Cart, error) {
	return s.changeCart(ctx, by, cmd.StoreID, func(tx pgx.Tx, sell *Sellable, cart ids.CartID) error {
		priced, err := sell.Price(cmd.Choice)
		if err != nil {
			return err
		}
		if counted, err := countTap(ctx, tx, cmd.StoreID, cart, cmd.Tap); err != nil || counted {
			return err
		}
		q, lane := orderingdb.New(tx), cmd.StoreID.Lane()
		lines, err := q.CartLines(ctx, lane, cart)
		if err != nil {
			return err
		}
		if len(lines) == 0 { // the next order: what was taken off one that was cleared is not taken off it
			if err := q.DropCartDiscount(ctx, lane, cart); err != nil {
				return err
			}
		}
		return putLine(ctx, tx, lines, newLine{store: cmd.StoreID, cart: cart, id: ids.NewV7(), choice: cmd.Choice, priced: priced})
	})
}

// countTap notes the tap and reports whether it was counted before.
func countTap(ctx context.Context, tx pgx.Tx, store ids.StoreID, cart ids.CartID, tap uuid.UUID) (bool, error) {
	if tap == uuid.Nil {
		return false, nil
	}
	n, err := orderingdb.New(tx).InsertCartTap(ctx, store.Lane(), cart, tap)
	return n == 0, err
}

// newLine is a priced choice on its way into a cart.
type newLine struct {
	store  ids.StoreID
	cart   ids.CartID
	id     uuid.UUID
	choice Choice
	priced orderingapi.Line
}

func (n newLine) unit() money.Amount { return n.priced.Total / money.Amount(n.choice.Quantity) }

// orders reports whether the stored line orders the same.
func (n newLine) orders(l orderingdb.CartLinesRow) bool {
	have, err := decodeOptions(l.Options)
	return err == nil && l.ItemID == n.choice.ItemID && l.SizeID == n.choice.SizeID && slices.Equal(have, sortedOptions(n.choice.Options))
}

// putLine merges the line into the one of lines that orders the same, or inserts it.
func putLine(ctx context.Context, tx pgx.Tx, lines []orderingdb.CartLinesRow, n newLine) error {
	q := orderingdb.New(tx)
	doc, err := encodeOptions(n.choice.Options)
	if err != nil {
		return err
	}
	for _, l := range lines {
		if !n.orders(l) {
			continue
		}
		quantity := int(l.Quantity) + n.choice.Quantity
		if quantity > MaxQuantity {
			return ErrQuantity.With("max", strconv.Itoa(MaxQuantity)).On("quantity")
		}
		_, err = q.ChangeCartLine(ctx, orderingdb.ChangeCartLineParams{
			Lane: n.store.Lane(), CartID: n.cart, LineID: l.LineID, SizeID: l.SizeID, Options: doc,
			Quantity: int32(quantity), UnitPrice: n.unit(), //nolint:gosec // at most MaxQuantity
		})
		return err
	}
	if len(lines) >= MaxLines {
		return ErrCartFull.With("max", strconv.Itoa(MaxLines))
	}
	return q.InsertCartLine(ctx, orderingdb.InsertCartLineParams{
		Lane: n.store.Lane(), CartID: n.cart, LineID: n.id, ItemID: n.choice.ItemID, SizeID: n.choice.SizeID, Options: doc,
		Quantity: int32(n.choice.Quantity), ItemKo: n.priced.ItemName.Ko, ItemEn: n.priced.ItemName.En, UnitPrice: n.unit(), //nolint:gosec // Price checked the range
	})
}
