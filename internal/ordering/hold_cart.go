package ordering

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/jackc/pgx/v5"

	"maru/internal/kernel/dining"
	"maru/internal/kernel/ids"
	"maru/internal/kernel/lang"
	"maru/internal/kernel/money"
	"maru/internal/ordering/internal/orderingdb"
	"maru/internal/platform/auth"
)

// HoldCart puts the open cart aside, so that the next customer can be served.
type HoldCart struct {
	StoreID ids.StoreID
	Label   string // how people will find it again: "검은 코트"; may be empty
}

// HoldCart holds the cart and returns the new, empty one. It returns ErrCartEmpty and ErrCartLabel.
func (s *Service) HoldCart(ctx context.Context, by auth.Principal, cmd HoldCart) (Cart, error) {
	label := lang.Tidy(cmd.Label)
	if utf8.RuneCountInString(label) > maxCartLabel || !utf8.ValidString(label) || strings.ContainsRune(label, 0) {
		return Cart{}, ErrCartLabel.With("max", strconv.Itoa(maxCartLabel)).On("label")
	}
	return s.changeCart(ctx, by, cmd.StoreID, func(tx pgx.Tx, _ *Sellable, cart ids.CartID) error {
		lines, err := orderingdb.New(tx).CartLines(ctx, cmd.StoreID.Lane(), cart)
		if err != nil {
			return err
		}
		if len(lines) == 0 {
			return ErrCartEmpty
		}
		return s.hold(ctx, tx, by, cmd.StoreID, cart, label)
	})
}

func (s *Service) hold(ctx context.Context, tx pgx.Tx, by auth.Principal, store ids.StoreID, cart ids.CartID, label string) error {
	_, err := orderingdb.New(tx).HoldCart(ctx, orderingdb.HoldCartParams{
		Lane: store.Lane(), CartID: cart, Label: label, MemberName: by.Name, Now: s.now(),
	})
	return err
}

// HeldCart is a cart that was put aside.
type HeldCart struct {
	ID       ids.CartID
	Label    string
	By       string
	Dining   dining.Option
	HeldAt   time.Time
	Quantity int
	Total    money.Amount // at the prices that were seen, after the discount
	Lines    lang.Text    // what is in it, in one line
}

// HeldCarts returns the held carts of the store since yesterday, the newest first. It returns ErrNotFound,
// ErrForbidden and the errors of Sellable.
func (s *Service) HeldCarts(ctx context.Context, by auth.Principal, store ids.StoreID) ([]HeldCart, error) {
	if err := authorizeCart(by, store); err != nil {
		return nil, err
	}
	sell, err := s.Sellable(store)
	if err != nil {
		return nil, err
	}
	rows, err := orderingdb.New(s.db).HeldCarts(ctx, store.Lane(), store, sell.heldSince())
	if err != nil {
		return nil, fmt.Errorf("held carts: %w", err)
	}
	out := make([]HeldCart, len(rows))
	for i, r := range rows {
		total := money.Amount(r.Total)
		total -= off(discountOf(r.Discount, r.DiscountPercent, r.DiscountReason), total)
		out[i] = HeldCart{
			ID: r.CartID, Label: r.Label, By: r.MemberName, Dining: r.Dining, HeldAt: r.TouchedAt,
			Quantity: int(r.Pieces), Total: total, Lines: lang.Text{Ko: r.LinesKo, En: r.LinesEn},
		}
	}
	return out, nil
}

// RecallCart takes a held cart of the store up again.
type RecallCart struct {
	StoreID ids.StoreID
	CartID  ids.CartID
}

// RecallCart makes the held cart the person's open one and returns it; what was open before is held
// where it had lines. It returns ErrNoCart for a cart that is not held, or not this store's.
func (s *Service) RecallCart(ctx context.Context, by auth.Principal, cmd RecallCart) (Cart, error) {
	return s.changeCart(ctx, by, cmd.StoreID, func(tx pgx.Tx, _ *Sellable, open ids.CartID) error {
		if cmd.CartID == open {
			return nil // a second tap
		}
		q, lane := orderingdb.New(tx), cmd.StoreID.Lane()
		lines, err := q.CartLines(ctx, lane, open)
		if err != nil {
			return err
		}
		if err := s.hold(ctx, tx, by, cmd.StoreID, open, ""); err != nil {
			return err
		}
		if len(lines) == 0 {
			if err := s.moveHeld(ctx, tx, cmd.StoreID, open, "held", "discarded"); err != nil {
				return err
			}
		}
		held, err := q.LockSetAsideCart(ctx, lane, cmd.CartID, cmd.StoreID)
		if err != nil && !errors.Is(err, pgx.ErrNoRows) {
			return err
		}
		n, err := q.TakeUpCart(ctx, orderingdb.TakeUpCartParams{
			Lane: lane, CartID: cmd.CartID, StoreID: cmd.StoreID, MemberID: holder(by), MemberName: by.Name, Now: s.now(),
		})
		if err == nil && n == 0 {
			err = ErrNoCart
		}
		if err != nil || held.MemberID == holder(by) && held.MemberName == by.Name {
			return err
		}
		lines, err = q.CartLines(ctx, lane, cmd.CartID)
		if err != nil {
			return err
		}
		return s.recordCart(ctx, tx, by, "cart_taken_over", cmd.StoreID, cmd.CartID, held.Label, factsOf(held.MemberName, lines), factsOf(by.Name, lines))
	})
}

// DiscardCart throws a held cart away, or brings it back.
type DiscardCart struct {
	StoreID ids.StoreID
	CartID  ids.CartID
	Undo    bool
}

// DiscardCart discards the held cart, or takes that back within a day. It returns ErrNoCart for a cart
// that is not held, or not this store's.
func (s *Service) DiscardCart(ctx context.Context, by auth.Principal, cmd DiscardCart) error {
	if err := authorizeCart(by, cmd.StoreID); err != nil {
		return err
	}
	from, to, action := "held", "discarded", "cart_discarded"
	if cmd.Undo {
		from, to, action = to, from, "cart_restored"
	}
	return s.db.InTx(ctx, func(tx pgx.Tx) error {
		q, lane := orderingdb.New(tx), cmd.StoreID.Lane()
		cart, err := q.LockSetAsideCart(ctx, lane, cmd.CartID, cmd.StoreID)
		if errors.Is(err, pgx.ErrNoRows) {
			return ErrNoCart
		}
		if err != nil {
			return fmt.Errorf("cart %s: %w", cmd.CartID, err)
		}
		if err := s.moveHeld(ctx, tx, cmd.StoreID, cmd.CartID, from, to); err != nil {
			return err
		}
		lines, err := q.CartLines(ctx, lane, cmd.CartID)
		if err != nil {
			return fmt.Errorf("cart %s: %w", cmd.CartID, err)
		}
		var was, is any = factsOf(cart.MemberName, lines), nil
		if cmd.Undo {
			was, is = is, was
		}
		return s.recordCart(ctx, tx, by, action, cmd.StoreID, cmd.CartID, cart.Label, was, is)
	})
}

func (s *Service) moveHeld(ctx context.Context, tx pgx.Tx, store ids.StoreID, cart ids.CartID, from, to string) error {
	n, err := orderingdb.New(tx).SetHeldCartState(ctx, orderingdb.SetHeldCartStateParams{
		Lane: store.Lane(), CartID: cart, StoreID: store, FromState: from, ToState: to, Now: s.now(),
	})
	if err != nil {
		return fmt.Errorf("cart %s: %w", cart, err)
	}
	if n == 0 {
		return ErrNoCart
	}
	return nil
}
