package ordering

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"

	"maru/internal/kernel/businessday"
	"maru/internal/kernel/ids"
	"maru/internal/kernel/lang"
	"maru/internal/kernel/money"
	"maru/internal/ordering/internal/orderingdb"
	"maru/internal/ordering/orderingapi"
	"maru/internal/platform/auth"
	"maru/internal/platform/errs"
	"maru/internal/platform/event"
	"maru/internal/platform/failpoint"
	"maru/internal/platform/outbox"
	"maru/internal/platform/postgres"
)

// The intake commits orders that arrive together in one transaction. Nothing waits for company: an
// order that finds a free writer is written at once and alone; orders that come while both writers
// are busy share the next transaction. One flush of the log then serves many orders, and latency
// without load is that of a single order (docs/adr/0005).
const (
	writers      = 2  // transactions at a time: more only wait for each other's lanes
	maxTogether  = 64 // orders in one transaction
	writeTimeout = 10 * time.Second
)

type intake struct {
	db *postgres.DB

	mu      sync.Mutex
	waiting []*placing
	busy    int
}

// placing is a priced order on its way to the database.
type placing struct {
	event   orderingapi.OrderAccepted // without the pickup number
	status  orderingapi.Status
	hash    []byte
	by      auth.Principal
	tenders []Tender
	change  money.Amount
	cart    *ids.CartID
	limited map[ids.ItemID]int

	done chan answer
}

// answer is what became of one order. Answers are kept by order and not by id: two stores may well
// choose the same id.
type answer struct {
	receipt Receipt
	err     error
}

func newIntake(db *postgres.DB) *intake { return &intake{db: db} }

// place writes the order and returns when it is durable. A caller that gives up early learns nothing,
// but its order may still be written: the id tells, when the caller asks again.
func (in *intake) place(ctx context.Context, o *placing) (Receipt, error) {
	o.done = make(chan answer, 1)
	in.mu.Lock()
	in.waiting = append(in.waiting, o)
	if in.busy < writers {
		in.busy++
		go in.write(context.WithoutCancel(ctx))
	}
	in.mu.Unlock()
	select {
	case a := <-o.done:
		return a.receipt, a.err
	case <-ctx.Done():
		return Receipt{}, ctx.Err()
	}
}

// write commits what waits until nothing does.
func (in *intake) write(ctx context.Context) {
	for {
		in.mu.Lock()
		n := min(len(in.waiting), maxTogether)
		if n == 0 {
			in.busy--
			in.mu.Unlock()
			return
		}
		group := in.waiting[:n:n]
		in.waiting = in.waiting[n:]
		in.mu.Unlock()
		in.commit(ctx, group)
	}
}

// commit writes a group. When the group fails as a whole, each order is tried alone, so that one that
// cannot be stored does not take its neighbours with it; an order whose COMMIT was answered by a lost
// connection is found by its id and answered as a replay. A database that does not answer in time would
// not do so for each alone either: then the callers are told at once, and may ask again.
func (in *intake) commit(ctx context.Context, group []*placing) {
	answers, err := in.writeGroup(ctx, group)
	if failed := failpoint.Hit("intake.after-write", ""); failed != nil {
		err = failed
	}
	for _, o := range group {
		if errors.Is(err, context.DeadlineExceeded) {
			o.done <- answer{err: err}
			continue
		}
		if err != nil {
			alone, err := in.writeGroup(ctx, []*placing{o})
			if err != nil {
				o.done <- answer{err: err}
				continue
			}
			o.done <- alone[o]
			continue
		}
		o.done <- answers[o]
	}
}

// errRefused rolls a group back so that it is written again without the orders that were refused.
var errRefused = errors.New("an order of the group was refused")

// writeGroup stores every order of the group that can be stored and says what became of each.
func (in *intake) writeGroup(ctx context.Context, group []*placing) (map[*placing]answer, error) {
	ctx, cancel := context.WithTimeout(ctx, writeTimeout)
	defer cancel()
	if err := failpoint.Hit("intake.before-write", ""); err != nil {
		return nil, err
	}
	answers := make(map[*placing]answer, len(group))
	for {
		var placed map[*placing]answer
		err := in.db.InTx(ctx, func(tx pgx.Tx) (err error) {
			placed, err = writeOrders(ctx, tx, unanswered(group, answers), answers)
			return err
		})
		if errors.Is(err, errRefused) {
			continue // with fewer orders than before
		}
		maps.Copy(answers, placed)
		return answers, err
	}
}

// writeOrders answers replays and refusals in answers, and returns the answers that hold once tx has
// committed.
func writeOrders(ctx context.Context, tx pgx.Tx, group []*placing, answers map[*placing]answer) (map[*placing]answer, error) {
	replays, err := placedOrders(ctx, tx, group)
	if err != nil {
		return nil, err
	}
	maps.Copy(answers, replays)
	fresh := unanswered(group, answers)
	if len(fresh) == 0 {
		return nil, nil
	}
	refused, err := reserve(ctx, tx, fresh)
	if err != nil {
		return nil, err
	}
	if len(refused) > 0 {
		maps.Copy(answers, refused)
		// Whoever took it may have been the same order, sent twice at once: the rows were locked until
		// it had committed, so it is seen now.
		first, err := placedOrders(ctx, tx, fresh)
		if err != nil {
			return nil, err
		}
		maps.Copy(answers, first)
		return nil, errRefused
	}
	numbers, err := takeNumbers(ctx, tx, fresh)
	if err != nil {
		return nil, err
	}
	return insertOrders(ctx, tx, fresh, numbers)
}

// placedOrders returns the answers of the orders that exist already.
func placedOrders(ctx context.Context, db orderingdb.DBTX, group []*placing) (map[*placing]answer, error) {
	params := make([]orderingdb.PlacedOrderParams, len(group))
	for i, o := range group {
		params[i] = orderingdb.PlacedOrderParams{Lane: o.event.StoreID.Lane(), OrderID: o.event.OrderID}
	}
	answers := map[*placing]answer{}
	var failed error
	orderingdb.New(db).PlacedOrder(ctx, params).Query(func(i int, rows []orderingdb.PlacedOrderRow, err error) {
		if err != nil && failed == nil {
			failed = fmt.Errorf("look for placed orders: %w", err)
		}
		for _, r := range rows {
			answers[group[i]] = group[i].again(r)
		}
	})
	return answers, failed
}

// again is the answer to an order that was placed before: the first one, if it was the same order.
func (o *placing) again(r orderingdb.PlacedOrderRow) answer {
	if r.StoreID != o.event.StoreID || !bytes.Equal(r.BodyHash, o.hash) {
		return answer{err: ErrOtherBody.On("id")}
	}
	return answer{receipt: Receipt{
		OrderID: r.OrderID, StoreID: r.StoreID, BusinessDate: r.BusinessDate, PickupNumber: int(r.PickupNumber),
		Total: r.Total, Tax: r.Tax, Change: o.change, PlacedAt: r.PlacedAt, Replayed: true,
	}}
}

// unanswered returns the orders that have no answer yet, in the order of lanes and stores in which
// rows are locked.
func unanswered(group []*placing, answers map[*placing]answer) []*placing {
	open := make([]*placing, 0, len(group))
	for _, o := range group {
		if _, answered := answers[o]; !answered {
			open = append(open, o)
		}
	}
	slices.SortStableFunc(open, func(a, b *placing) int { return compareStores(a.event.StoreID, b.event.StoreID) })
	return open
}

func compareStores(a, b ids.StoreID) int {
	return cmp.Or(cmp.Compare(a.Lane(), b.Lane()), bytes.Compare(a.UUID[:], b.UUID[:]))
}

// reserve takes what an order must have before it can be written: its cart, and its share of limited
// items. It returns the orders that cannot have it.
func reserve(ctx context.Context, tx pgx.Tx, fresh []*placing) (map[*placing]answer, error) {
	refused := map[*placing]answer{}
	var failed error
	note := func(o *placing, refusal *errs.Error, err error) {
		switch {
		case errors.Is(err, pgx.ErrNoRows):
			refused[o] = answer{err: refusal}
		case err != nil && failed == nil:
			failed = fmt.Errorf("reserve for order %s: %w", o.event.OrderID, err)
		}
	}
	var limits []orderingdb.TakeDailyLimitParams
	var limitOf []*placing
	var carts []orderingdb.CloseCartParams
	var cartOf []*placing
	for _, o := range fresh {
		for _, item := range slices.SortedFunc(maps.Keys(o.limited), func(a, b ids.ItemID) int { return bytes.Compare(a.UUID[:], b.UUID[:]) }) {
			limitOf = append(limitOf, o)
			limits = append(limits, orderingdb.TakeDailyLimitParams{
				Lane: o.event.StoreID.Lane(), StoreID: o.event.StoreID, BusinessDate: o.event.BusinessDate,
				ItemID: item, Quantity: int32(o.limited[item]), //nolint:gosec // at most MaxLines × MaxQuantity
			})
		}
		if o.cart != nil {
			cartOf = append(cartOf, o)
			carts = append(carts, orderingdb.CloseCartParams{
				Lane: o.event.StoreID.Lane(), StoreID: o.event.StoreID, CartID: *o.cart, Now: o.event.PlacedAt,
			})
		}
	}
	q := orderingdb.New(tx)
	if len(limits) > 0 {
		q.TakeDailyLimit(ctx, limits).QueryRow(func(i int, _ int32, err error) {
			note(limitOf[i], ErrSoldOut.WithText("item", limitOf[i].itemName(limits[i].ItemID)), err)
		})
	}
	if len(carts) > 0 && failed == nil {
		q.CloseCart(ctx, carts).QueryRow(func(i int, _ ids.CartID, err error) { note(cartOf[i], ErrCartGone, err) })
	}
	return refused, failed
}

type dayOfStore struct {
	store ids.StoreID
	date  businessday.Date
}

// takeNumbers takes the pickup numbers of the orders, one range per store and day, in the order of
// lanes so that two writers never wait for each other crosswise.
func takeNumbers(ctx context.Context, tx pgx.Tx, fresh []*placing) (map[dayOfStore]int, error) {
	var params []orderingdb.TakePickupNumbersParams
	at := map[dayOfStore]int{}
	for _, o := range fresh {
		day := dayOfStore{o.event.StoreID, o.event.BusinessDate}
		i, seen := at[day]
		if !seen {
			i = len(params)
			at[day] = i
			params = append(params, orderingdb.TakePickupNumbersParams{
				Lane: day.store.Lane(), StoreID: day.store, BusinessDate: day.date,
			})
		}
		params[i].Taken++
	}
	slices.SortStableFunc(params, func(a, b orderingdb.TakePickupNumbersParams) int {
		return cmp.Or(compareStores(a.StoreID, b.StoreID), a.BusinessDate.Midnight().Compare(b.BusinessDate.Midnight()))
	})
	next := make(map[dayOfStore]int, len(params))
	var failed error
	orderingdb.New(tx).TakePickupNumbers(ctx, params).QueryRow(func(i int, last int32, err error) {
		if err != nil && failed == nil {
			failed = fmt.Errorf("take pickup numbers: %w", err)
		}
		next[dayOfStore{params[i].StoreID, params[i].BusinessDate}] = int(last) - int(params[i].Taken) + 1
	})
	return next, failed
}

// insertOrders writes all rows and the events in one round trip.
func insertOrders(ctx context.Context, tx pgx.Tx, fresh []*placing, next map[dayOfStore]int) (map[*placing]answer, error) {
	answers := make(map[*placing]answer, len(fresh))
	pipe := postgres.NewPipeline()
	q := orderingdb.New(pipe)
	events := make([]event.Event, 0, len(fresh))
	limited := map[ids.StoreID]bool{}
	for _, o := range fresh {
		day := dayOfStore{o.event.StoreID, o.event.BusinessDate}
		o.event.PickupNumber = next[day]
		next[day]++
		if err := o.insert(ctx, q); err != nil {
			return nil, err
		}
		events = append(events, o.event)
		if len(o.limited) > 0 && !limited[o.event.StoreID] {
			limited[o.event.StoreID] = true
			events = append(events, orderingapi.SellableChanged{StoreID: o.event.StoreID})
		}
		answers[o] = answer{receipt: Receipt{
			OrderID: o.event.OrderID, StoreID: o.event.StoreID, BusinessDate: o.event.BusinessDate,
			PickupNumber: o.event.PickupNumber, Total: o.event.Total, Tax: o.event.Tax, Change: o.change, PlacedAt: o.event.PlacedAt,
		}}
	}
	if err := outbox.Queue(pipe.Batch, events...); err != nil {
		return nil, err
	}
	return answers, pipe.Send(ctx, tx)
}

// insert queues the order's rows.
func (o *placing) insert(ctx context.Context, q *orderingdb.Queries) error {
	e := o.event
	lane := e.StoreID.Lane()
	err := q.InsertOrder(ctx, orderingdb.InsertOrderParams{
		Lane: lane, OrderID: e.OrderID, StoreID: e.StoreID, BusinessDate: e.BusinessDate,
		PickupNumber: int32(e.PickupNumber), Status: o.status, Channel: e.Channel, Dining: e.Dining, //nolint:gosec // a day's count
		MenuVersion: e.MenuVersion, Total: e.Total, Tax: e.Tax, BodyHash: o.hash, PlacedAt: e.PlacedAt,
		PlacedBy: actor(o.by), PlacedByName: o.by.Name, StatusAt: e.PlacedAt,
	})
	for _, l := range e.Lines {
		options := l.Options
		if options == nil {
			options = []orderingapi.LineOption{}
		}
		err = cmp.Or(err, q.InsertLine(ctx, orderingdb.InsertLineParams{
			Lane: lane, OrderID: e.OrderID, LineNo: int16(l.No), ItemID: l.ItemID, SizeID: l.SizeID, CategoryID: l.CategoryID, //nolint:gosec // at most MaxLines
			ItemKo: l.ItemName.Ko, ItemEn: l.ItemName.En, SizeKo: l.SizeName.Ko, SizeEn: l.SizeName.En,
			Quantity: int32(l.Quantity), UnitPrice: l.UnitPrice, Options: options, Total: l.Total, TaxFree: l.TaxFree, //nolint:gosec // at most MaxQuantity
		}))
	}
	for i, t := range o.tenders {
		err = cmp.Or(err, q.InsertPayment(ctx, orderingdb.InsertPaymentParams{
			Lane: lane, OrderID: e.OrderID, PaymentNo: int16(i + 1), Kind: string(t.Kind),
			Amount: t.Amount, Received: t.Received, Approval: t.Approval, ApprovedAt: e.PlacedAt,
		}))
	}
	return err
}

// itemName is the name a person reads when the item is sold out.
func (o *placing) itemName(item ids.ItemID) (name lang.Text) {
	for _, l := range o.event.Lines {
		if l.ItemID == item {
			return l.ItemName
		}
	}
	return name
}
