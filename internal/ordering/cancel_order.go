package ordering

import (
	"bytes"
	"context"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/jackc/pgx/v5"

	"maru/internal/kernel/businessday"
	"maru/internal/kernel/ids"
	"maru/internal/kernel/lang"
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

// CancelOrder cancels an order, or refunds one that was handed over: it cancels the payments and publishes
// OrderCancelled, in one transaction. The cancellation counts on the business day on which it
// happens. It returns ErrTransition for an order that is cancelled or rejected, ErrReason
// without a reason, ErrDisposition, ErrNotFound outside the order's store, ErrForbidden, and to those who
// may only cancel the others ErrCancelPrepared for an order that is being made and ErrRefund for one that
// was handed over.
func (s *Service) CancelOrder(ctx context.Context, by auth.Principal, cmd CancelOrder) error {
	if err := authorize(by, auth.CancelOrders, cmd.StoreID); err != nil {
		return err
	}
	cmd.Reason = lang.Tidy(cmd.Reason)
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
	now, q := s.now(), orderingdb.New(tx)
	// A limit that is set meanwhile is set before, and given back to, or afterwards.
	if err := q.LockDayOfOrder(ctx, cmd.StoreID.Lane(), cmd.StoreID, cmd.OrderID); err != nil {
		return err
	}
	o, err := lockOrder(ctx, tx, cmd.StoreID, cmd.OrderID)
	if err != nil {
		return err
	}
	if !mayCancel(o.Status) {
		return ErrTransition
	}
	if err := authorizeCancel(ctx, q, by, cmd, o.Status); err != nil {
		return err
	}
	if cmd.Disposition == "" {
		cmd.Disposition = DefaultDisposition(o.Status)
	}
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
	limited, err := returnLimits(ctx, q, cmd, o, lines)
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
		Disposition: cmd.Disposition, Total: o.Total, Tax: o.Tax, Lines: lines, At: now.UTC(), By: by.Member, Device: by.Session, Program: by.Program(),
	})
}

// tappedByMistake is how soon an order must be moved back for nobody to have begun to make it.
const tappedByMistake = time.Minute

// authorizeCancel returns ErrCancelPrepared where somebody has begun to make the order and the person
// may only cancel those that nobody began, and ErrRefund where it was handed over and the person may give no
// money back after that. Moving it back on the board first does not help.
func authorizeCancel(ctx context.Context, q *orderingdb.Queries, by auth.Principal, cmd CancelOrder, from orderingapi.Status) error {
	if !MayCancel(by, cmd.StoreID, from) {
		return WhyNotCancel(from)
	}
	prepared, refund := by.MayAt(auth.CancelPrepared, cmd.StoreID), by.MayAt(auth.RefundOrders, cmd.StoreID)
	if from == orderingapi.Completed || prepared && refund {
		return nil
	}
	changes, err := q.ChangesOfOrder(ctx, cmd.StoreID.Lane(), cmd.OrderID)
	if err != nil {
		return err
	}
	for i, c := range changes {
		stayed := i == 0 || c.ChangedAt.Sub(changes[i-1].ChangedAt) > tappedByMistake
		switch {
		case !refund && c.FromStatus == orderingapi.Completed && stayed:
			return ErrRefund
		case !prepared && c.FromStatus == orderingapi.Preparing && (c.ToStatus != orderingapi.Accepted || stayed):
			return ErrCancelPrepared
		}
	}
	return nil
}

// returnLimits gives limited items back to the day they were taken from, unless they were made. An imported
// sale took nothing from a limit (limitBy). It reports whether the day limits any of them.
func returnLimits(ctx context.Context, q *orderingdb.Queries, cmd CancelOrder, o orderingdb.LockOrderRow, lines []orderingapi.Line) (bool, error) {
	if cmd.Disposition != orderingapi.Restock || o.Channel == orderingapi.Import {
		return false, nil
	}
	lines = slices.SortedFunc(slices.Values(lines), func(a, b orderingapi.Line) int { return bytes.Compare(a.ItemID.UUID[:], b.ItemID.UUID[:]) }) // as orders lock limits
	limited := false
	for _, l := range lines {
		n, err := q.ReturnDailyLimit(ctx, orderingdb.ReturnDailyLimitParams{
			Lane: cmd.StoreID.Lane(), StoreID: cmd.StoreID, BusinessDate: o.BusinessDate, ItemID: l.ItemID, Quantity: int32(l.Quantity), //nolint:gosec // at most MaxQuantity
		})
		if err != nil {
			return false, err
		}
		limited = limited || n > 0
	}
	return limited, nil
}
