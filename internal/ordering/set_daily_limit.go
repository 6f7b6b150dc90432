package ordering

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"maru/internal/kernel/businessday"
	"maru/internal/kernel/ids"
	"maru/internal/ordering/internal/orderingdb"
	"maru/internal/ordering/orderingapi"
	"maru/internal/platform/auth"
	"maru/internal/platform/errs"
	"maru/internal/platform/outbox"
	"maru/internal/platform/trail"
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
// limit was set counts, and every order that is stored afterwards raises the counter in its own
// transaction, also at replicas that have not heard of the limit: so no concurrency sells more. It returns ErrLimit, ErrUnknownItem, ErrUnknownStore, ErrNotFound and ErrForbidden.
func (s *Service) SetDailyLimit(ctx context.Context, by auth.Principal, cmd SetDailyLimit) error {
	if err := authorize(by, auth.ReceiveStock, cmd.StoreID); err != nil {
		return err
	}
	sellable, err := s.Sellable(cmd.StoreID)
	if err != nil {
		return err
	}
	item, ok := sellable.Item(cmd.ItemID)
	if !ok {
		return ErrUnknownItem
	}
	if cmd.Quantity != nil && (*cmd.Quantity < 0 || *cmd.Quantity > 100_000) {
		return ErrLimit.On("quantity")
	}
	lane, date := cmd.StoreID.Lane(), sellable.Date()
	err = s.db.InTx(ctx, func(tx pgx.Tx) error {
		q := orderingdb.New(tx)
		if err := q.ReviseLimits(ctx, lane, cmd.StoreID, date); err != nil {
			return err
		}
		was, err := limitBefore(ctx, q, orderingdb.DailyLimitParams{Lane: lane, StoreID: cmd.StoreID, BusinessDate: date, ItemID: cmd.ItemID})
		if err != nil {
			return err
		}
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
		return outbox.Publish(ctx, tx, orderingapi.SellableChanged{StoreID: cmd.StoreID}, s.recordOf(by, "daily_limit_set",
			trail.Object{Kind: "item", ID: cmd.ItemID.String(), Name: item.Name.Ko}, cmd.StoreID, was, dailyLimit{Day: date, Limit: cmd.Quantity}))
	})
	if err != nil {
		return fmt.Errorf("set daily limit: %w", err)
	}
	return nil
}

// dailyLimit is what a record says of a limit; null: as many as there are.
type dailyLimit struct {
	Day   businessday.Date `json:"business_date"`
	Limit *int             `json:"limit"`
}

func limitBefore(ctx context.Context, q *orderingdb.Queries, at orderingdb.DailyLimitParams) (dailyLimit, error) {
	was := dailyLimit{Day: at.BusinessDate}
	n, err := q.DailyLimit(ctx, at)
	if errors.Is(err, pgx.ErrNoRows) {
		return was, nil
	}
	limit := int(n)
	was.Limit = &limit
	return was, err
}
