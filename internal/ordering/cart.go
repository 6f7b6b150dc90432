package ordering

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"maru/internal/kernel/dining"
	"maru/internal/kernel/ids"
	"maru/internal/kernel/lang"
	"maru/internal/kernel/money"
	"maru/internal/ordering/internal/orderingdb"
	"maru/internal/ordering/orderingapi"
	"maru/internal/platform/auth"
	"maru/internal/platform/errs"
)

// Errors of carts.
var (
	ErrNoCartLine = errs.New(errs.NotFound, "ordering.no_cart_line",
		"이미 빠진 줄이에요.", "That line is no longer in the cart.")
	ErrNoCart = errs.New(errs.NotFound, "ordering.no_cart",
		"찾는 보류 주문이 없어요. 다른 사람이 먼저 꺼냈을 수 있어요.",
		"There is no such held order. Somebody else may have taken it up.")
	ErrCartEmpty = errs.New(errs.Invalid, "ordering.cart_empty",
		"담은 메뉴가 없어요. 메뉴를 먼저 담아 주세요.", "The cart is empty. Add something first.")
	ErrCartFull = errs.New(errs.Invalid, "ordering.cart_full",
		"한 주문에는 {max}줄까지 담을 수 있어요. 나누어서 주문해 주세요.",
		"An order takes {max} lines at most. Please split it.")
	ErrCartLabel = errs.New(errs.Invalid, "ordering.cart_label",
		"이름은 {max}자까지 적을 수 있어요.", "The name can have {max} characters at most.")
)

const (
	maxCartLabel    = 40
	keepClosedCarts = 24 * time.Hour // how long a discarded cart can be brought back
)

// Cart is what a person is putting together at a store's register, priced by the menu of this moment.
type Cart struct {
	ID       ids.CartID // zero where nothing was added yet
	Dining   dining.Option
	Lines    []CartLine
	Total    money.Amount // of the lines that can be sold after Discount, VAT included
	Tax      money.Amount // the VAT in Total
	Quantity int          // pieces in these lines
	Held     int          // held carts of the store
	// Discount is what is taken off now, in Amount; Asked is what was asked for. An amount that is more than the
	// lines cost takes off what they cost.
	Discount, Asked orderingapi.Discount
}

// CartLine is a line of a cart.
type CartLine struct {
	ID     uuid.UUID
	Choice Choice
	// Priced is the line as it would be ordered now. Where Problem is set it has names and the price
	// that was seen last.
	Priced orderingapi.Line
	// WasUnit is the price of one, options included, that the person saw when it differs from now's.
	WasUnit *money.Amount
	// Problem says why the line cannot be ordered as it is: sold out, or gone from the menu.
	Problem *errs.Error
}

// Unit is the price of one, options included.
func (l CartLine) Unit() money.Amount { return l.Priced.Total / money.Amount(l.Choice.Quantity) }

// Ready reports whether the cart can be paid: it has lines and none has a problem.
func (c Cart) Ready() bool {
	return len(c.Lines) > 0 && !slices.ContainsFunc(c.Lines, func(l CartLine) bool { return l.Problem != nil })
}

// Line returns the line of the id, and whether the cart has it.
func (c Cart) Line(id uuid.UUID) (CartLine, bool) {
	i := slices.IndexFunc(c.Lines, func(l CartLine) bool { return l.ID == id })
	if i < 0 {
		return CartLine{}, false
	}
	return c.Lines[i], true
}

// Choices returns what the lines order.
func (c Cart) Choices() []Choice {
	out := make([]Choice, len(c.Lines))
	for i, l := range c.Lines {
		out[i] = l.Choice
	}
	return out
}

// Cart returns the open cart of the person, or of the shared device they work on, at the store; an empty one where there is none. It returns
// ErrNotFound, ErrForbidden and the errors of Sellable.
func (s *Service) Cart(ctx context.Context, by auth.Principal, store ids.StoreID) (Cart, error) {
	if err := authorizeCart(by, store); err != nil {
		return Cart{}, err
	}
	sell, err := s.Sellable(store)
	if err != nil {
		return Cart{}, err
	}
	q := orderingdb.New(s.db)
	row, err := q.OpenCart(ctx, store.Lane(), store, holder(by))
	if err != nil && !errors.Is(err, pgx.ErrNoRows) {
		return Cart{}, fmt.Errorf("cart: %w", err)
	}
	return readCart(ctx, q, sell, store, orderingdb.ChangeOpenCartRow(row))
}

// authorizeCart is authorize for carts, which belong to people and not to the program.
func authorizeCart(by auth.Principal, store ids.StoreID) error {
	if err := authorize(by, auth.TakeOrders, store); err != nil {
		return err
	}
	if by.Member.IsZero() {
		return ErrForbidden
	}
	return nil
}

// holder is whose open cart by works with: their own, or that of the shared device, which stays open when
// another person takes over.
func holder(by auth.Principal) ids.MemberID {
	if by.OnShared() {
		return ids.MemberID{UUID: by.Session.UUID}
	}
	return by.Member
}

// changeCart runs change on the person's open cart, making one where there is none, and returns the
// cart as it is afterwards. Changes of one cart wait for each other.
func (s *Service) changeCart(ctx context.Context, by auth.Principal, store ids.StoreID,
	change func(tx pgx.Tx, sell *Sellable, cart ids.CartID) error,
) (Cart, error) {
	if err := authorizeCart(by, store); err != nil {
		return Cart{}, err
	}
	sell, err := s.Sellable(store)
	if err != nil {
		return Cart{}, err
	}
	var cart Cart
	err = s.db.InTx(ctx, func(tx pgx.Tx) error {
		row, err := s.openCart(ctx, tx, by, sell)
		if err != nil {
			return err
		}
		if err := change(tx, sell, row.CartID); err != nil {
			return err
		}
		// Read again: what was open may have been held, or another one taken up.
		q := orderingdb.New(tx)
		after, err := q.OpenCart(ctx, store.Lane(), store, holder(by))
		if err != nil && !errors.Is(err, pgx.ErrNoRows) {
			return err
		}
		cart, err = readCart(ctx, q, sell, store, orderingdb.ChangeOpenCartRow(after))
		return err
	})
	if err != nil && errs.As(err) == nil {
		err = fmt.Errorf("change cart: %w", err)
	}
	return cart, err
}

// openCart locks the person's open cart for a change, and makes one first where there is none. Two tabs that do
// so at once end with the same cart.
func (s *Service) openCart(ctx context.Context, tx pgx.Tx, by auth.Principal, sell *Sellable) (orderingdb.ChangeOpenCartRow, error) {
	q, store := orderingdb.New(tx), sell.Store
	row, err := q.ChangeOpenCart(ctx, store.Lane(), store, holder(by))
	if !errors.Is(err, pgx.ErrNoRows) {
		return row, err
	}
	now := s.now()
	if err := s.sweepCarts(ctx, tx, sell); err != nil {
		return row, err
	}
	err = q.InsertCart(ctx, orderingdb.InsertCartParams{
		Lane: store.Lane(), CartID: ids.NewCartID(), StoreID: store, MemberID: holder(by), MemberName: by.Name,
		Dining: dining.Takeaway, OrderID: s.newOrderID(), Now: now,
	})
	if err != nil {
		return row, err
	}
	return q.ChangeOpenCart(ctx, store.Lane(), store, holder(by))
}

func readCart(ctx context.Context, q *orderingdb.Queries, sell *Sellable, store ids.StoreID, row orderingdb.ChangeOpenCartRow) (Cart, error) {
	cart := Cart{ID: row.CartID, Dining: row.Dining, Asked: discountOf(row.Discount, row.DiscountPercent, row.DiscountReason)}
	if cart.ID.IsZero() {
		cart.Dining = dining.Takeaway
	} else {
		rows, err := q.CartLines(ctx, store.Lane(), row.CartID)
		if err != nil {
			return Cart{}, fmt.Errorf("cart lines: %w", err)
		}
		if err := cart.price(sell, rows); err != nil {
			return Cart{}, err
		}
	}
	held, err := q.CountHeldCarts(ctx, store.Lane(), store, sell.heldSince())
	if err != nil {
		return Cart{}, fmt.Errorf("held carts: %w", err)
	}
	cart.Held = int(held)
	return cart, nil
}

// price fills the lines and the sums of a cart.
func (c *Cart) price(sell *Sellable, rows []orderingdb.CartLinesRow) error {
	c.Lines = make([]CartLine, 0, len(rows))
	sold := make([]orderingapi.Line, 0, len(rows))
	for _, r := range rows {
		l, err := priceCartLine(sell, r)
		if err != nil {
			return err
		}
		c.Lines = append(c.Lines, l)
		if l.Problem != nil {
			continue
		}
		sold = append(sold, l.Priced)
		c.Quantity += l.Choice.Quantity
	}
	c.Discount = share(c.Asked, sold)
	c.Total, c.Tax = sums(sold)
	return nil
}

// Sum is what the lines cost before the discount.
func (c Cart) Sum() money.Amount { return c.Total + c.Discount.Amount }

func priceCartLine(sell *Sellable, r orderingdb.CartLinesRow) (CartLine, error) {
	options, err := decodeOptions(r.Options)
	if err != nil {
		return CartLine{}, fmt.Errorf("cart line %s: %w", r.LineID, err)
	}
	l := CartLine{ID: r.LineID, Choice: Choice{ItemID: r.ItemID, SizeID: r.SizeID, Options: options, Quantity: int(r.Quantity)}}
	l.Priced, err = sell.Price(l.Choice)
	if err != nil {
		if l.Problem = errs.As(err); l.Problem == nil {
			return CartLine{}, err
		}
		l.Priced.ItemName = lang.Text{Ko: r.ItemKo, En: r.ItemEn}
		l.Priced.Total = r.UnitPrice * money.Amount(r.Quantity)
		return l, nil
	}
	if l.Unit() != r.UnitPrice {
		l.WasUnit = &r.UnitPrice
	}
	return l, nil
}

// cartOption is the stored form of a ChosenOption.
type cartOption struct {
	OptionID ids.OptionID `json:"option"`
	Quantity int          `json:"quantity"`
}

func encodeOptions(options []ChosenOption) ([]byte, error) {
	stored := make([]cartOption, 0, len(options))
	for _, o := range sortedOptions(options) {
		stored = append(stored, cartOption(o))
	}
	return json.Marshal(stored)
}

func decodeOptions(doc []byte) ([]ChosenOption, error) {
	var stored []cartOption
	if err := json.Unmarshal(doc, &stored); err != nil {
		return nil, err
	}
	out := make([]ChosenOption, len(stored))
	for i, o := range stored {
		out[i] = ChosenOption(o)
	}
	return out, nil
}

// sortedOptions puts options in one order, whatever the order of the taps, so that equal choices are
// equal.
func sortedOptions(options []ChosenOption) []ChosenOption {
	out := slices.DeleteFunc(slices.Clone(options), func(o ChosenOption) bool { return o.Quantity == 0 })
	slices.SortFunc(out, func(a, b ChosenOption) int { return strings.Compare(a.OptionID.String(), b.OptionID.String()) })
	return out
}
