package ordering

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"

	"maru/internal/kernel/businessday"
	"maru/internal/kernel/ids"
	"maru/internal/ordering/internal/orderingdb"
	"maru/internal/ordering/orderingapi"
	"maru/internal/platform/event"
	"maru/internal/platform/outbox"
	"maru/internal/platform/postgres"
)

// closeCartsOrAbort queues that the orders' carts are closed, such that the transaction ends where one
// cannot be.
func closeCartsOrAbort(ctx context.Context, pipe *postgres.Pipeline, group []*placing) error {
	q := orderingdb.New(pipe)
	for _, o := range group {
		if o.cart == nil {
			continue
		}
		err := q.CloseCartOrAbort(ctx, orderingdb.CloseCartOrAbortParams{
			Lane: o.event.StoreID.Lane(), CartID: o.cart.ID, Revision: o.cart.Revision, StoreID: o.event.StoreID, Now: o.event.PlacedAt,
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// takeNumbers queues that a range of numbers is taken per store and day, in the order of lanes so that two
// writers never wait for each other crosswise, and tells each order how far it is from the end of its range.
// The transaction ends where an order knows of other limits than its day has. Where orders know of different
// limits of one day, that is certain already: it returns errOtherLimits.
func takeNumbers(ctx context.Context, pipe *postgres.Pipeline, group []*placing) error {
	q := orderingdb.New(pipe)
	taken, limits := map[dayOfStore]int{}, map[dayOfStore]int32{}
	var days []dayOfStore
	for _, o := range slices.Backward(group) {
		day := o.day()
		o.behind = taken[day]
		revision, known := limits[day]
		switch {
		case !known:
			days = append(days, day)
			limits[day] = o.limits
		case revision != o.limits:
			return errOtherLimits
		}
		taken[day]++
	}
	slices.SortFunc(days, dayOfStore.compare)
	if d := days[0]; len(group) == 1 {
		return q.TakePickupNumber(ctx, orderingdb.TakePickupNumberParams{
			Lane: d.store.Lane(), StoreID: d.store, BusinessDate: d.date, LimitRevision: limits[d],
		})
	}
	var p orderingdb.TakePickupNumbersParams
	for _, d := range days {
		p.Lanes, p.StoreIds = append(p.Lanes, int16(d.store.Lane())), append(p.StoreIds, d.store.UUID)
		p.BusinessDates, p.Taken = append(p.BusinessDates, d.date), append(p.Taken, int32(taken[d])) //nolint:gosec // a group's size
		p.LimitRevisions = append(p.LimitRevisions, limits[d])
	}
	return q.TakePickupNumbers(ctx, p)
}

// takeLimitsOrAbort queues that the orders take their share of limited items, such that the transaction
// ends where not enough is left.
func takeLimitsOrAbort(ctx context.Context, pipe *postgres.Pipeline, group []*placing) error {
	q := orderingdb.New(pipe)
	limits := map[limitOfDay]int{}
	for _, o := range group {
		for item, n := range o.limited {
			limits[limitOfDay{o.day(), item}] += n
		}
	}
	sorted := make([]limitOfDay, 0, len(limits))
	for l := range limits {
		sorted = append(sorted, l)
	}
	slices.SortFunc(sorted, limitOfDay.compare)
	for _, l := range sorted {
		err := q.TakeLimitOrAbort(ctx, orderingdb.TakeLimitOrAbortParams{
			Lane: l.store.Lane(), StoreID: l.store, BusinessDate: l.date, ItemID: l.item, Quantity: int32(limits[l]), //nolint:gosec // at most 64 × MaxLines × MaxQuantity
		})
		if err != nil {
			return err
		}
	}
	return nil
}

type dayOfStore struct {
	store ids.StoreID
	date  businessday.Date
}

func (o *placing) day() dayOfStore { return dayOfStore{o.event.StoreID, o.event.BusinessDate} }

func (d dayOfStore) compare(e dayOfStore) int {
	return cmp.Or(compareStores(d.store, e.store), d.date.Midnight().Compare(e.date.Midnight()))
}

type limitOfDay struct {
	dayOfStore
	item ids.ItemID
}

func (l limitOfDay) compare(m limitOfDay) int {
	return cmp.Or(l.dayOfStore.compare(m.dayOfStore), bytes.Compare(l.item.UUID[:], m.item.UUID[:]))
}

// pickupNumbers is how the number of an order comes into its event; see InsertOrder for how it comes into
// its row.
var pickupNumbers = outbox.NewNumbering("ordering", "pickup_number", `
	SELECT c.last
	FROM ordering.pickup_counter c
	WHERE c.lane = e.lane AND c.store_id = e.store AND c.business_date = e.day`)

// queueOrders queues all rows and events of orders that nothing stands against. It returns their answers,
// which are complete when the pipeline has been sent, and hold when its transaction has committed.
//
// One order takes a statement per row, many take one per table: each is half the price of the other there.
func queueOrders(ctx context.Context, pipe *postgres.Pipeline, fresh []*placing) (map[*placing]answer, error) {
	w := orderWriter{pipe: pipe, q: orderingdb.New(pipe), answers: make(map[*placing]answer, len(fresh))}
	var err error
	if len(fresh) == 1 {
		err = w.one(ctx, fresh[0])
	} else {
		err = w.many(ctx, fresh)
	}
	if err != nil {
		return nil, err
	}
	return w.answers, w.publish(fresh)
}

// orderWriter queues the rows of a group.
type orderWriter struct {
	pipe    *postgres.Pipeline
	q       *orderingdb.Queries
	answers map[*placing]answer
}

// errOtherLimits ends a group in which orders were priced by different revisions of a day's limits.
var errOtherLimits = errors.New("ordering: orders know of different limits of one day")

var errOtherRow = errors.New("ordering: the database answered with another order than was asked for")

// numbered completes the answer of an order.
func (w *orderWriter) numbered(o *placing, id ids.OrderID, number int32) error {
	if id != o.event.OrderID {
		return errOtherRow
	}
	e := &o.event
	w.answers[o] = answer{receipt: Receipt{
		OrderID: e.OrderID, StoreID: e.StoreID, BusinessDate: e.BusinessDate, PickupNumber: int(number),
		Total: e.Total, Tax: e.Tax, Change: o.change, PlacedAt: e.PlacedAt,
	}}
	return nil
}

// answersFrom reads (order_id, pickup_number) of the group, in its order.
func (w *orderWriter) answersFrom(group []*placing) func(pgx.Rows) error {
	return func(rows pgx.Rows) error {
		i := 0
		for ; rows.Next(); i++ {
			var id ids.OrderID
			var number int32
			if err := rows.Scan(&id, &number); err != nil {
				return err
			}
			if i == len(group) {
				return errOtherRow
			}
			if err := w.numbered(group[i], id, number); err != nil {
				return err
			}
		}
		if err := rows.Err(); err != nil {
			return err
		}
		if i < len(group) {
			return errOtherRow
		}
		return nil
	}
}

// one queues a single order, row by row.
func (w *orderWriter) one(ctx context.Context, o *placing) error {
	e, lane := &o.event, o.event.StoreID.Lane()
	w.pipe.OnRows(w.answersFrom([]*placing{o}))
	_, err := w.q.InsertOrder(ctx, orderingdb.InsertOrderParams{
		Lane: int16(lane), OrderID: e.OrderID.UUID, StoreID: e.StoreID.UUID, BusinessDate: e.BusinessDate,
		Status: string(o.status), Channel: string(e.Channel), Dining: string(e.Dining), MenuVersion: e.MenuVersion,
		Total: int64(e.Total), Tax: int64(e.Tax), BodyHash: o.hash, PlacedAt: e.PlacedAt, PlacedBy: o.by.Member.UUID, PlacedByName: o.by.Name,
		DeviceID: o.by.Device().UUID, DeviceName: o.by.Shared.Name,
		Discount: int64(e.Discount.Amount), DiscountPercent: int16(e.Discount.Percent), DiscountReason: e.Discount.Reason, //nolint:gosec // at most 100
	})
	for i := range e.Lines {
		l := &e.Lines[i]
		options := l.Options
		if options == nil {
			options = []orderingapi.LineOption{}
		}
		err = cmp.Or(err, w.q.InsertLine(ctx, orderingdb.InsertLineParams{
			Lane: lane, OrderID: e.OrderID, LineNo: int16(l.No), ItemID: l.ItemID, SizeID: l.SizeID, CategoryID: l.CategoryID, //nolint:gosec // at most MaxLines
			ItemKo: l.ItemName.Ko, ItemEn: l.ItemName.En, SizeKo: l.SizeName.Ko, SizeEn: l.SizeName.En,
			Quantity: int32(l.Quantity), UnitPrice: l.UnitPrice, Options: options, Total: l.Total, TaxFree: l.TaxFree, Discount: l.Discount, //nolint:gosec // at most MaxQuantity
		}))
	}
	for i, t := range o.tenders {
		err = cmp.Or(err, w.q.InsertPayment(ctx, orderingdb.InsertPaymentParams{
			Lane: lane, OrderID: e.OrderID, PaymentNo: int16(i + 1), Kind: string(t.Kind),
			Amount: t.Amount, Received: t.Received, Approval: t.Approval, ApprovedAt: e.PlacedAt,
		}))
	}
	return err
}

// many queues several orders, which are sorted by store: their numbers follow each other as they stand.
func (w *orderWriter) many(ctx context.Context, group []*placing) error {
	var orders orderingdb.InsertOrdersParams
	var lines orderingdb.InsertLinesParams
	var payments orderingdb.InsertPaymentsParams
	for _, o := range group {
		o.addOrder(&orders)
		if err := o.addLines(&lines); err != nil {
			return err
		}
		o.addPayments(&payments)
	}
	w.pipe.OnRows(w.answersFrom(group))
	if _, err := w.q.InsertOrders(ctx, orders); err != nil {
		return err
	}
	if err := w.q.InsertLines(ctx, lines); err != nil {
		return err
	}
	if len(payments.Lanes) == 0 {
		return nil
	}
	return w.q.InsertPayments(ctx, payments)
}

func (o *placing) addOrder(p *orderingdb.InsertOrdersParams) {
	e := &o.event
	p.Lanes, p.OrderIds, p.StoreIds = append(p.Lanes, int16(e.StoreID.Lane())), append(p.OrderIds, e.OrderID.UUID), append(p.StoreIds, e.StoreID.UUID)
	p.BusinessDates, p.Behind = append(p.BusinessDates, e.BusinessDate), append(p.Behind, int32(o.behind)) //nolint:gosec // a group's size
	p.Statuses, p.Channels, p.Dinings = append(p.Statuses, string(o.status)), append(p.Channels, string(e.Channel)), append(p.Dinings, string(e.Dining))
	p.MenuVersions, p.Totals, p.Taxes = append(p.MenuVersions, e.MenuVersion), append(p.Totals, int64(e.Total)), append(p.Taxes, int64(e.Tax))
	p.BodyHashes, p.PlacedAts = append(p.BodyHashes, o.hash), append(p.PlacedAts, e.PlacedAt)
	p.PlacedBys, p.PlacedByNames = append(p.PlacedBys, o.by.Member.UUID), append(p.PlacedByNames, o.by.Name)
	p.DeviceIds, p.DeviceNames = append(p.DeviceIds, o.by.Device().UUID), append(p.DeviceNames, o.by.Shared.Name)
	p.Discounts, p.DiscountPercents = append(p.Discounts, int64(e.Discount.Amount)), append(p.DiscountPercents, int16(e.Discount.Percent)) //nolint:gosec // at most 100
	p.DiscountReasons = append(p.DiscountReasons, e.Discount.Reason)
}

func (o *placing) addLines(p *orderingdb.InsertLinesParams) error {
	e := &o.event
	for i := range e.Lines {
		l := &e.Lines[i]
		options := "[]"
		if len(l.Options) > 0 {
			doc, err := json.Marshal(l.Options)
			if err != nil {
				return fmt.Errorf("options of line %d: %w", l.No, err)
			}
			options = string(doc)
		}
		p.Lanes, p.OrderIds, p.LineNos = append(p.Lanes, int16(e.StoreID.Lane())), append(p.OrderIds, e.OrderID.UUID), append(p.LineNos, int16(l.No)) //nolint:gosec // at most MaxLines
		p.ItemIds, p.SizeIds, p.CategoryIds = append(p.ItemIds, l.ItemID.UUID), append(p.SizeIds, l.SizeID.UUID), append(p.CategoryIds, l.CategoryID.UUID)
		p.ItemKos, p.ItemEns = append(p.ItemKos, l.ItemName.Ko), append(p.ItemEns, l.ItemName.En)
		p.SizeKos, p.SizeEns = append(p.SizeKos, l.SizeName.Ko), append(p.SizeEns, l.SizeName.En)
		p.Quantities, p.UnitPrices = append(p.Quantities, int32(l.Quantity)), append(p.UnitPrices, int64(l.UnitPrice)) //nolint:gosec // at most MaxQuantity
		p.Options, p.Totals, p.TaxFree = append(p.Options, options), append(p.Totals, int64(l.Total)), append(p.TaxFree, l.TaxFree)
		p.Discounts = append(p.Discounts, int64(l.Discount))
	}
	return nil
}

func (o *placing) addPayments(p *orderingdb.InsertPaymentsParams) {
	e := &o.event
	for i, t := range o.tenders {
		p.Lanes, p.OrderIds, p.PaymentNos = append(p.Lanes, int16(e.StoreID.Lane())), append(p.OrderIds, e.OrderID.UUID), append(p.PaymentNos, int16(i+1))
		p.Kinds, p.Amounts, p.Received = append(p.Kinds, string(t.Kind)), append(p.Amounts, int64(t.Amount)), append(p.Received, int64(t.Received))
		p.Approvals, p.ApprovedAts = append(p.Approvals, t.Approval), append(p.ApprovedAts, e.PlacedAt)
	}
}

// publish queues the events: that the orders were accepted, and for stores of which an order took
// something limited, that what they can sell has changed.
func (w *orderWriter) publish(group []*placing) error {
	accepted := make([]outbox.Numbered, len(group))
	var changed []event.Event
	told := map[ids.StoreID]bool{}
	for i, o := range group {
		e := o.event
		accepted[i] = outbox.Numbered{Event: e, Store: e.StoreID, Day: e.BusinessDate, Behind: o.behind, Trace: o.trace, With: func(number int) event.Event {
			e.PickupNumber = number
			return e
		}}
		if len(o.limited) > 0 && !told[e.StoreID] {
			told[e.StoreID] = true
			changed = append(changed, outbox.Traced(o.trace, orderingapi.SellableChanged{StoreID: e.StoreID}))
		}
	}
	return pickupNumbers.Queue(w.pipe, accepted, changed)
}
