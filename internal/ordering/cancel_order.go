package ordering

import (
	"context"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/jackc/pgx/v5"

	"maru/internal/kernel/businessday"
	"maru/internal/kernel/ids"
	"maru/internal/ordering/internal/orderingdb"
	"maru/internal/ordering/orderingapi"
	"maru/internal/platform/auth"
	"maru/internal/platform/outbox"
)

// maxReason is how many characters a reason may have.
const maxReason = 200

// CancelOrder asks to cancel an order and give its money back.
type CancelOrder struct {
	StoreID ids.StoreID
	OrderID ids.OrderID
	Reason  string
	// Disposition is what becomes of the ingredients; empty: DefaultDisposition of the state.
	Disposition orderingapi.Disposition
}

// CancelOrder cancels an order that is not yet handed over, cancels its payments and publishes
// OrderCancelled, in one transaction. The cancellation counts on the business day on which it
// happens. It returns ErrTransition for an order that is completed, cancelled or rejected, ErrReason
// without a reason, ErrDisposition, ErrNotFound outside the order's store, and ErrForbidden.
func (s *Service) CancelOrder(ctx context.Context, by auth.Principal, cmd CancelOrder) error {
	if err := authorize(by, auth.CancelOrders, cmd.StoreID); err != nil {
		return err
	}
	cmd.Reason = strings.TrimSpace(cmd.Reason)
	switch {
	case cmd.Reason == "" || !printable(cmd.Reason):
		return ErrReason.On("reason")
	case utf8.RuneCountInString(cmd.Reason) > maxReason:
		return ErrReasonLong.With("max", strconv.Itoa(maxReason)).On("reason")
	}
	switch cmd.Disposition {
	case "", orderingapi.Restock, orderingapi.Waste, orderingapi.Remake:
	default:
		return ErrDisposition.On("disposition")
	}
	sellable, err := s.Sellable(cmd.StoreID)
	if err != nil {
		return err
	}
	err = s.db.InTx(ctx, func(tx pgx.Tx) error { return s.cancel(ctx, tx, by, sellable.Clock, cmd) })
	return wrapUnexpected(err, "cancel order", cmd.OrderID)
}

// printable reports whether text has no control characters: PostgreSQL stores no NUL, and nobody types
// the others into one line.
func printable(text string) bool {
	return utf8.ValidString(text) && !strings.ContainsFunc(text, unicode.IsControl)
}

func (s *Service) cancel(ctx context.Context, tx pgx.Tx, by auth.Principal, clock businessday.Clock, cmd CancelOrder) error {
	now := s.now()
	o, err := lockOrder(ctx, tx, cmd.StoreID, cmd.OrderID)
	if err != nil {
		return err
	}
	if !mayCancel(o.Status) {
		return ErrTransition
	}
	if cmd.Disposition == "" {
		cmd.Disposition = DefaultDisposition(o.Status)
	}
	q := orderingdb.New(tx)
	lines, err := linesOf(ctx, q, cmd.StoreID.Lane(), cmd.OrderID)
	if err != nil {
		return err
	}
	err = recordChange(ctx, tx, by, cmd.StoreID, cmd.OrderID, Change{
		From: o.Status, To: orderingapi.Cancelled, Reason: cmd.Reason, Disposition: cmd.Disposition, At: now,
	})
	if err != nil {
		return err
	}
	cancelledOn := clock.Date(now)
	_, err = q.CancelPayments(ctx, orderingdb.CancelPaymentsParams{
		Lane: cmd.StoreID.Lane(), OrderID: cmd.OrderID, CancelledAt: &now, CancelledOn: cancelledOn,
	})
	if err != nil {
		return err
	}
	limited, err := returnLimits(ctx, q, cmd, o.BusinessDate, lines)
	if err != nil {
		return err
	}
	if limited {
		if err := outbox.Publish(ctx, tx, orderingapi.SellableChanged{StoreID: cmd.StoreID}); err != nil {
			return err
		}
	}
	return outbox.Publish(ctx, tx, orderingapi.OrderCancelled{
		OrderID: cmd.OrderID, StoreID: cmd.StoreID, BusinessDate: cancelledOn, Hour: clock.Hour(now),
		OrderDate: o.BusinessDate, From: o.Status, To: orderingapi.Cancelled, Reason: cmd.Reason,
		Disposition: cmd.Disposition, Total: o.Total, Tax: o.Tax, Lines: lines, At: now.UTC(), By: by.Member,
	})
}

// returnLimits gives limited items back to the day they were taken from, unless they were made.
func returnLimits(ctx context.Context, q *orderingdb.Queries, cmd CancelOrder, date businessday.Date, lines []orderingapi.Line) (bool, error) {
	if cmd.Disposition != orderingapi.Restock {
		return false, nil
	}
	limited := false
	for _, l := range lines {
		n, err := q.ReturnDailyLimit(ctx, orderingdb.ReturnDailyLimitParams{
			Lane: cmd.StoreID.Lane(), StoreID: cmd.StoreID, BusinessDate: date, ItemID: l.ItemID, Quantity: int32(l.Quantity), //nolint:gosec // at most MaxQuantity
		})
		if err != nil {
			return false, err
		}
		limited = limited || n > 0
	}
	return limited, nil
}
