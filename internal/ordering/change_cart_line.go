package ordering

import (
	"context"
	"slices"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"maru/internal/kernel/ids"
	"maru/internal/kernel/money"
	"maru/internal/ordering/internal/orderingdb"
	"maru/internal/platform/auth"
)

// ChangeCartLine gives a line of the open cart another size, other options or another quantity.
type ChangeCartLine struct {
	StoreID ids.StoreID
	LineID  uuid.UUID
	Choice  Choice // its item is the line's
}

// ChangeCartLine changes the line and returns the cart. Where another line then orders the same, the
// two become one. It returns ErrNoCartLine and the errors of AddToCart.
func (s *Service) ChangeCartLine(ctx context.Context, by auth.Principal, cmd ChangeCartLine) (Cart, error) {
	return s.changeCart(ctx, by, cmd.StoreID, func(tx pgx.Tx, sell *Sellable, cart ids.CartID) error {
		lines, i, err := cartLine(ctx, tx, cmd.StoreID, cart, cmd.LineID)
		if err != nil {
			return err
		}
		choice := cmd.Choice
		choice.ItemID = lines[i].ItemID
		priced, err := sell.Price(choice)
		if err != nil {
			return err
		}
		n := newLine{store: cmd.StoreID, cart: cart, id: cmd.LineID, choice: choice, priced: priced}
		if was := lines[i]; !n.orders(was) || choice.Quantity < int(was.Quantity) {
			is := lineFacts{Item: priced.ItemName.Ko, Pieces: choice.Quantity, Total: priced.Total}
			if err := s.recordLine(ctx, tx, by, cmd.StoreID, cart, was, &is); err != nil {
				return err
			}
		}
		others := slices.Delete(slices.Clone(lines), i, i+1)
		if slices.ContainsFunc(others, n.orders) {
			if _, err := removeLine(ctx, tx, cmd.StoreID, cart, cmd.LineID, ids.NewV7()); err != nil {
				return err
			}
			return putLine(ctx, tx, others, n)
		}
		doc, err := encodeOptions(choice.Options)
		if err != nil {
			return err
		}
		_, err = orderingdb.New(tx).ChangeCartLine(ctx, orderingdb.ChangeCartLineParams{
			Lane: cmd.StoreID.Lane(), CartID: cart, LineID: cmd.LineID, SizeID: choice.SizeID, Options: doc,
			Quantity: int32(choice.Quantity), UnitPrice: n.unit(), //nolint:gosec // Price checked the range
		})
		return err
	})
}

// StepCartLine makes a line of the open cart one more or one fewer.
type StepCartLine struct {
	StoreID ids.StoreID
	LineID  uuid.UUID
	Tap     uuid.UUID // as in AddToCart
	By      int       // +1 or -1; the quantity stays within its limits
}

// StepCartLine changes the quantity and returns the cart. A line that cannot be ordered any more can
// still be made smaller. It returns ErrNoCartLine.
func (s *Service) StepCartLine(ctx context.Context, by auth.Principal, cmd StepCartLine) (Cart, error) {
	return s.changeCart(ctx, by, cmd.StoreID, func(tx pgx.Tx, sell *Sellable, cart ids.CartID) error {
		lines, i, err := cartLine(ctx, tx, cmd.StoreID, cart, cmd.LineID)
		if err != nil {
			return err
		}
		if counted, err := countTap(ctx, tx, cmd.StoreID, cart, cmd.Tap); err != nil || counted {
			return err
		}
		l := lines[i]
		quantity := min(max(int(l.Quantity)+cmd.By, 1), MaxQuantity)
		_, err = orderingdb.New(tx).ChangeCartLine(ctx, orderingdb.ChangeCartLineParams{
			Lane: cmd.StoreID.Lane(), CartID: cart, LineID: l.LineID, SizeID: l.SizeID, Options: l.Options,
			Quantity: int32(quantity), UnitPrice: l.UnitPrice,
		})
		if err != nil || quantity >= int(l.Quantity) {
			return err
		}
		is := lineFacts{Item: l.ItemKo, Pieces: quantity, Total: l.UnitPrice * money.Amount(quantity)}
		return s.recordLine(ctx, tx, by, cmd.StoreID, cart, l, &is)
	})
}

// cartLine returns the lines of the cart and where the wanted one is among them.
func cartLine(ctx context.Context, tx pgx.Tx, store ids.StoreID, cart ids.CartID, line uuid.UUID) ([]orderingdb.CartLinesRow, int, error) {
	lines, err := orderingdb.New(tx).CartLines(ctx, store.Lane(), cart)
	if err != nil {
		return nil, 0, err
	}
	i := slices.IndexFunc(lines, func(l orderingdb.CartLinesRow) bool { return l.LineID == line })
	if i < 0 {
		return nil, 0, ErrNoCartLine
	}
	return lines, i, nil
}
