package ordering

import (
	"context"
	"fmt"

	"maru/internal/kernel/ids"
	"maru/internal/ordering/internal/orderingdb"
	"maru/internal/platform/auth"
)

// RecentlyDone returns the orders of today that were handed over last, the latest first, at most limit,
// with their lines. It returns ErrNotFound, ErrForbidden and the errors of Sellable.
func (s *Service) RecentlyDone(ctx context.Context, by auth.Principal, store ids.StoreID, limit int) ([]Order, error) {
	if err := authorize(by, auth.MoveOrders, store); err != nil {
		return nil, err
	}
	sell, err := s.Sellable(store)
	if err != nil {
		return nil, err
	}
	q := orderingdb.New(s.db)
	rows, err := q.RecentlyDone(ctx, orderingdb.RecentlyDoneParams{
		Lane: store.Lane(), StoreID: store, BusinessDate: sell.Date(), AtMost: int32(min(max(limit, 1), 50)),
	})
	if err != nil {
		return nil, fmt.Errorf("recently done: %w", err)
	}
	orders := make([]Order, len(rows))
	for i, r := range rows {
		orders[i] = listed(store, orderingdb.OpenOrdersRow(r))
	}
	return withLines(ctx, q, store, orders)
}
