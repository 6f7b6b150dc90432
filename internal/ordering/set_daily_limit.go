package ordering

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"maru/internal/kernel/ids"
	"maru/internal/ordering/internal/orderingdb"
	"maru/internal/ordering/orderingapi"
	"maru/internal/platform/auth"
	"maru/internal/platform/errs"
	"maru/internal/platform/outbox"
)

// ErrLimit is returned for a daily limit outside 0 to 100,000.
var ErrLimit = errs.New(errs.Invalid, "ordering.limit",
	"한정 수량은 0부터 100,000까지 입력할 수 있어요.", "A daily limit is from 0 to 100,000.")

// SetDailyLimit asks to sell at most Quantity of an item today, or any number when Quantity is nil.
type SetDailyLimit struct {
	StoreID  ids.StoreID
	ItemID   ids.ItemID
	Quantity *int
}

// SetDailyLimit limits an item for the store's present business day. What was sold today before the
// limit was set counts. Every order that is priced afterwards raises the counter in its own transaction,
// so no concurrency sells more; orders that were priced in the milliseconds before a replica heard of
// the limit are not counted. It returns ErrLimit, ErrUnknownItem, ErrUnknownStore, ErrNotFound and ErrForbidden.
func (s *Service) SetDailyLimit(ctx context.Context, by auth.Principal, cmd SetDailyLimit) error {
	if err := authorize(by, auth.ReceiveStock, cmd.StoreID); err != nil {
		return err
	}
	sellable, err := s.Sellable(cmd.StoreID)
	if err != nil {
		return err
	}
	if _, ok := sellable.Item(cmd.ItemID); !ok {
		return ErrUnknownItem
	}
	if cmd.Quantity != nil && (*cmd.Quantity < 0 || *cmd.Quantity > 100_000) {
		return ErrLimit.On("quantity")
	}
	lane, date := cmd.StoreID.Lane(), sellable.Date()
	err = s.db.InTx(ctx, func(tx pgx.Tx) error {
		q := orderingdb.New(tx)
		if cmd.Quantity == nil {
			err := q.DropDailyLimit(ctx, orderingdb.DropDailyLimitParams{Lane: lane, StoreID: cmd.StoreID, BusinessDate: date, ItemID: cmd.ItemID})
			if err != nil {
				return err
			}
		} else {
			sold, err := q.SoldToday(ctx, orderingdb.SoldTodayParams{Lane: lane, StoreID: cmd.StoreID, BusinessDate: date, ItemID: cmd.ItemID})
			if err != nil {
				return err
			}
			err = q.SaveDailyLimit(ctx, orderingdb.SaveDailyLimitParams{
				Lane: lane, StoreID: cmd.StoreID, BusinessDate: date, ItemID: cmd.ItemID, QuantityLimit: int32(*cmd.Quantity), Sold: sold, //nolint:gosec // at most 100,000
			})
			if err != nil {
				return err
			}
		}
		return outbox.Publish(ctx, tx, orderingapi.SellableChanged{StoreID: cmd.StoreID})
	})
	if err != nil {
		return fmt.Errorf("set daily limit: %w", err)
	}
	return nil
}
