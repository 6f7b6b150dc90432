package ordering

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"maru/internal/ordering/internal/orderingdb"
	"maru/internal/platform/auth"
)

// expiring is who discards the held carts that nobody came back for.
var expiring = auth.System("보류 기한")

// heldSince is from when on held carts are there to be taken up: a cart is until the end of the business day
// after the one on which it was held. What was forgotten at night can be asked for in the morning, and the
// morning rush does not look through last week's.
func (s *Sellable) heldSince() time.Time { return s.Clock.Start(s.date.AddDays(-1)) }

// sweepCarts deletes the carts that are done with, and discards held ones whose time is over. Each of those leaves
// a record: goods that were handed over and never paid would else vanish by waiting.
func (s *Service) sweepCarts(ctx context.Context, tx pgx.Tx, sell *Sellable) error {
	q, store, lane, now := orderingdb.New(tx), sell.Store, sell.Store.Lane(), s.now()
	if err := q.SweepCarts(ctx, lane, store, now.Add(-keepClosedCarts)); err != nil {
		return fmt.Errorf("sweep carts: %w", err)
	}
	expired, err := q.ExpireHeldCarts(ctx, orderingdb.ExpireHeldCartsParams{Now: now, Lane: lane, StoreID: store, Before: sell.heldSince()})
	if err != nil {
		return fmt.Errorf("expire held carts: %w", err)
	}
	for _, c := range expired {
		lines, err := q.CartLines(ctx, lane, c.CartID)
		if err != nil {
			return fmt.Errorf("cart %s: %w", c.CartID, err)
		}
		if err := s.recordCart(ctx, tx, expiring, "cart_discarded", store, c.CartID, c.Label, factsOf(c.MemberName, lines), nil); err != nil {
			return err
		}
	}
	return nil
}
