package ordering

import (
	"context"
	"errors"
	"fmt"
	"math"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"maru/internal/kernel/businessday"
	"maru/internal/kernel/ids"
	"maru/internal/kernel/lang"
	"maru/internal/ordering/internal/orderingdb"
	"maru/internal/ordering/orderingapi"
	"maru/internal/platform/auth"
	"maru/internal/platform/errs"
)

// maxOnBoard is the most open orders a board shows; a store has far fewer at a time.
const maxOnBoard = 500

// Order returns an order with lines, payments and changes. It returns ErrNotFound for another store's
// order and ErrForbidden.
func (s *Service) Order(ctx context.Context, by auth.Principal, store ids.StoreID, id ids.OrderID) (Order, error) {
	if err := authorize(by, auth.MoveOrders, store); err != nil {
		return Order{}, err
	}
	q := orderingdb.New(s.db)
	r, err := q.OrderByID(ctx, store.Lane(), id, store)
	if errors.Is(err, pgx.ErrNoRows) {
		return Order{}, ErrNotFound
	}
	if err != nil {
		return Order{}, fmt.Errorf("order %s: %w", id, err)
	}
	o := Order{
		ID: r.OrderID, StoreID: r.StoreID, BusinessDate: r.BusinessDate, PickupNumber: int(r.PickupNumber),
		Status: r.Status, Channel: r.Channel, Dining: r.Dining, MenuVersion: r.MenuVersion, Total: r.Total, Tax: r.Tax,
		PlacedAt: r.PlacedAt, PlacedBy: r.PlacedByName, Device: r.DeviceName, StatusAt: r.StatusAt,
		Discount: discountOf(r.Discount, r.DiscountPercent, r.DiscountReason),
	}
	if o.Lines, err = linesOf(ctx, q, store.Lane(), id); err != nil {
		return Order{}, fmt.Errorf("order %s: %w", id, err)
	}
	payments, err := q.PaymentsOfOrder(ctx, store.Lane(), id)
	if err != nil {
		return Order{}, fmt.Errorf("payments of order %s: %w", id, err)
	}
	for _, p := range payments {
		o.Payments = append(o.Payments, Payment{
			No: int(p.PaymentNo), Kind: TenderKind(p.Kind), Amount: p.Amount, Received: p.Received, Approval: p.Approval,
			Cancelled: p.State == "cancelled", ApprovedAt: p.ApprovedAt, CancelledAt: p.CancelledAt,
		})
	}
	changes, err := q.ChangesOfOrder(ctx, store.Lane(), id)
	if err != nil {
		return Order{}, fmt.Errorf("changes of order %s: %w", id, err)
	}
	for _, c := range changes {
		o.Changes = append(o.Changes, Change{
			From: c.FromStatus, To: c.ToStatus, Reason: c.Reason, Disposition: c.Disposition, At: c.ChangedAt, By: c.ChangedByName, Device: c.DeviceName,
		})
	}
	return o, nil
}

// Board returns the store's orders that are not yet handed over, oldest first, with their lines but
// without payments and changes.
func (s *Service) Board(ctx context.Context, by auth.Principal, store ids.StoreID) ([]Order, error) {
	if err := authorize(by, auth.MoveOrders, store); err != nil {
		return nil, err
	}
	q := orderingdb.New(s.db)
	rows, err := q.OpenOrders(ctx, store.Lane(), store, maxOnBoard)
	if err != nil {
		return nil, fmt.Errorf("board: %w", err)
	}
	orders := make([]Order, len(rows))
	for i, r := range rows {
		orders[i] = listed(store, r)
	}
	return withLines(ctx, q, store, orders)
}

// OrdersOfDay asks for the orders of one business day.
type OrdersOfDay struct {
	StoreID ids.StoreID
	Date    businessday.Date
	// Number, where it is not 0, is the pickup number to look for.
	Number int
	// Before continues a list: only orders with a smaller pickup number. 0 begins with the latest.
	Before int
	// Limit is how many orders to return, from 1 to 200.
	Limit int
}

// OrdersOfDay returns orders of a day in every state, latest first, with their lines.
func (s *Service) OrdersOfDay(ctx context.Context, by auth.Principal, ask OrdersOfDay) ([]Order, error) {
	if err := authorize(by, auth.MoveOrders, ask.StoreID); err != nil {
		return nil, err
	}
	before := int32(math.MaxInt32)
	if ask.Before > 0 {
		before = int32(min(ask.Before, math.MaxInt32))
	}
	q := orderingdb.New(s.db)
	rows, err := q.OrdersOfDay(ctx, orderingdb.OrdersOfDayParams{
		Lane: ask.StoreID.Lane(), StoreID: ask.StoreID, BusinessDate: ask.Date, BeforeNumber: before,
		PickupNumber: int32(min(max(ask.Number, 0), math.MaxInt32)), AtMost: int32(min(max(ask.Limit, 1), 200)),
	})
	if err != nil {
		return nil, fmt.Errorf("orders of %s: %w", ask.Date, err)
	}
	orders := make([]Order, len(rows))
	for i, r := range rows {
		orders[i] = listed(ask.StoreID, orderingdb.OpenOrdersRow(r))
	}
	return withLines(ctx, q, ask.StoreID, orders)
}

// OpenOrders implements orderingapi.Queue.
func (s *Service) OpenOrders(ctx context.Context, store ids.StoreID) (orderingapi.OpenOrders, error) {
	rows, err := orderingdb.New(s.db).CountOpenOrders(ctx, store.Lane(), store)
	if err != nil {
		return orderingapi.OpenOrders{}, fmt.Errorf("count open orders: %w", err)
	}
	var open orderingapi.OpenOrders
	for _, r := range rows {
		switch r.Status {
		case orderingapi.Accepted:
			open.Accepted = int(r.Orders)
		case orderingapi.Preparing:
			open.Preparing = int(r.Orders)
		case orderingapi.Ready:
			open.Ready = int(r.Orders)
		}
	}
	return open, nil
}

func listed(store ids.StoreID, r orderingdb.OpenOrdersRow) Order {
	return Order{
		ID: r.OrderID, StoreID: store, BusinessDate: r.BusinessDate, PickupNumber: int(r.PickupNumber), Status: r.Status,
		Channel: r.Channel, Dining: r.Dining, Total: r.Total, Tax: r.Tax, PlacedAt: r.PlacedAt, PlacedBy: r.PlacedByName, Device: r.DeviceName, StatusAt: r.StatusAt,
		Discount: discountOf(r.Discount, r.DiscountPercent, r.DiscountReason),
	}
}

// withLines reads the lines of all the orders at once.
func withLines(ctx context.Context, q *orderingdb.Queries, store ids.StoreID, orders []Order) ([]Order, error) {
	at := make(map[ids.OrderID]int, len(orders))
	for i, o := range orders {
		at[o.ID] = i
	}
	rows, err := q.LinesOfOrders(ctx, store.Lane(), uuidsOf(orders, func(o Order) uuid.UUID { return o.ID.UUID }))
	if err != nil {
		return nil, fmt.Errorf("lines of orders: %w", err)
	}
	for _, r := range rows {
		o := &orders[at[r.OrderID]]
		o.Lines = append(o.Lines, lineOf(r))
	}
	return orders, nil
}

func linesOf(ctx context.Context, q *orderingdb.Queries, lane ids.Lane, order ids.OrderID) ([]orderingapi.Line, error) {
	rows, err := q.LinesOfOrders(ctx, lane, []uuid.UUID{order.UUID})
	if err != nil {
		return nil, err
	}
	lines := make([]orderingapi.Line, len(rows))
	for i, r := range rows {
		lines[i] = lineOf(r)
	}
	return lines, nil
}

func lineOf(r orderingdb.LinesOfOrdersRow) orderingapi.Line {
	if len(r.Options) == 0 {
		r.Options = nil // as on a line that was never stored
	}
	return orderingapi.Line{
		No: int(r.LineNo), ItemID: r.ItemID, SizeID: r.SizeID, CategoryID: r.CategoryID,
		ItemName: lang.Text{Ko: r.ItemKo, En: r.ItemEn}, SizeName: lang.Text{Ko: r.SizeKo, En: r.SizeEn},
		Quantity: int(r.Quantity), UnitPrice: r.UnitPrice, Options: r.Options, Total: r.Total, TaxFree: r.TaxFree, Discount: r.Discount,
	}
}

// wrapUnexpected says what was being done to which order, and leaves errors for people as they are.
func wrapUnexpected(err error, doing string, order ids.OrderID) error {
	if err == nil || errs.As(err) != nil {
		return err
	}
	return fmt.Errorf("%s %s: %w", doing, order, err)
}
