package ordering

import (
	"context"

	"github.com/jackc/pgx/v5"

	"maru/internal/kernel/ids"
	"maru/internal/kernel/money"
	"maru/internal/ordering/internal/orderingdb"
	"maru/internal/platform/auth"
	"maru/internal/platform/outbox"
	"maru/internal/platform/trail"
)

// recordOf is what the audit trail keeps of something that was done at a store. Orders, their moves and cancellations are
// records by themselves (ADR 0030); of carts what takes goods or another's work out of sight is recorded (ADR 0032).
func (s *Service) recordOf(by auth.Principal, action string, what trail.Object, store ids.StoreID, was, is any) trail.Entry {
	return trail.Of("ordering", s.now(), by, action, what).In(store).Change(was, is)
}

// cartFacts are what a record says of a cart.
type cartFacts struct {
	By     string       `json:"by,omitempty"` // who had put it aside
	Pieces int          `json:"pieces"`
	Total  money.Amount `json:"total"` // at the prices that were seen
}

func factsOf(by string, lines []orderingdb.CartLinesRow) cartFacts {
	f := cartFacts{By: by}
	for _, l := range lines {
		f.Pieces += int(l.Quantity)
		f.Total += l.UnitPrice * money.Amount(l.Quantity)
	}
	return f
}

// lineFacts are what a record says of one line of a cart.
type lineFacts struct {
	Item   string       `json:"item"`
	Pieces int          `json:"pieces"`
	Total  money.Amount `json:"total"`
}

func factsOfLine(l orderingdb.CartLinesRow) lineFacts {
	return lineFacts{Item: l.ItemKo, Pieces: int(l.Quantity), Total: l.UnitPrice * money.Amount(l.Quantity)}
}

// recordLine records that a line of the open cart is gone, has fewer pieces or became something else: what a customer
// may have seen on the register before it was paid, or not paid. What is nil where the line is gone.
func (s *Service) recordLine(ctx context.Context, tx pgx.Tx, by auth.Principal, store ids.StoreID, cart ids.CartID, was orderingdb.CartLinesRow, is *lineFacts) error {
	action, now := "cart_line_removed", any(nil)
	if is != nil {
		action, now = "cart_line_changed", *is
	}
	return s.recordCart(ctx, tx, by, action, store, cart, was.ItemKo, factsOfLine(was), now) // a change names only what differs
}

// recordCart records what was done with all that is in a cart.
func (s *Service) recordCart(ctx context.Context, tx pgx.Tx, by auth.Principal, action string, store ids.StoreID, cart ids.CartID, label string, was, is any) error {
	return outbox.Publish(ctx, tx, s.recordOf(by, action, trail.Object{Kind: "cart", ID: cart.String(), Name: label}, store, was, is))
}
