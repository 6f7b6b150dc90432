package ordering

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"runtime/debug"
	"slices"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"maru/internal/kernel/ids"
	"maru/internal/kernel/lang"
	"maru/internal/ordering/internal/orderingdb"
	"maru/internal/platform/errs"
	"maru/internal/platform/failpoint"
	"maru/internal/platform/postgres"
)

// commit writes a group in one round trip. Whatever stands against that (an id that was placed before,
// a cart that is gone, a limit that is reached, a connection that was lost) ends the whole transaction
// without saying for whom, and so do limits of which this replica has not heard: then the group is written again, step by step. When that fails too, each order
// is tried alone, so that one that cannot be stored does not take its neighbours with it; an order whose
// COMMIT was answered by a lost connection is found by its id and answered as a replay. A database that
// does not answer in time would not do so for each alone either: then the callers are told at once, and
// may ask again.
//
// Whatever locks more than one of them does so in this order, so that nobody waits in a circle: the day's
// counter, limits by item, carts, orders, heads by lane.
//
// A panic is one more way of failing. It must not leave with the caller, who may be anybody's order: the writer
// would be missing for good, and the others without an answer.
func (in *intake) commit(ctx context.Context, group []*placing) {
	defer func() {
		if p := recover(); p != nil {
			err := fmt.Errorf("panic: %v\n%s", p, debug.Stack())
			for _, o := range group {
				select {
				case o.done <- answer{err: err}:
				default: // it has its answer
				}
			}
		}
	}()
	answers, err := in.writeAtOnce(ctx, group)
	if err != nil && !errors.Is(err, context.DeadlineExceeded) {
		answers, err = in.writeGroup(ctx, group)
	}
	if failed := failpoint.Hit("intake.after-write", ""); failed != nil {
		err = failed
	}
	for _, o := range group {
		if errors.Is(err, context.DeadlineExceeded) {
			o.done <- answer{err: err}
			continue
		}
		if err != nil {
			alone, failed := in.writeGroup(ctx, []*placing{o})
			if failed != nil {
				o.done <- answer{err: failed}
				if errors.Is(failed, context.DeadlineExceeded) {
					err = failed
				}
				continue
			}
			o.done <- alone[o]
			continue
		}
		o.done <- answers[o]
	}
}

// writeAtOnce stores the group in one round trip, or nothing of it.
func (in *intake) writeAtOnce(ctx context.Context, group []*placing) (map[*placing]answer, error) {
	ctx, cancel := context.WithTimeout(ctx, writeTimeout)
	defer cancel()
	if err := failpoint.Hit("intake.at-once", ""); err != nil {
		return nil, err
	}
	pipe := postgres.NewPipeline()
	group = unanswered(group, nil)
	if err := takeNumbers(ctx, pipe, group); err != nil {
		return nil, err
	}
	if err := takeLimitsOrAbort(ctx, pipe, group); err != nil {
		return nil, err
	}
	if err := closeCartsOrAbort(ctx, pipe, group); err != nil {
		return nil, err
	}
	answers, err := queueOrders(ctx, pipe, group)
	if err != nil {
		return nil, err
	}
	return answers, in.db.InOneTrip(ctx, pipe)
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
	for raced := 0; ; {
		var placed map[*placing]answer
		err := in.db.InTx(ctx, func(tx pgx.Tx) (err error) {
			placed, err = writeOrders(ctx, tx, unanswered(group, answers), answers)
			return err
		})
		switch {
		case errors.Is(err, errRefused):
			continue // with fewer orders than before
		case isRaced(err) && raced < 3:
			raced++ // another replica placed one of them, or set the day's first limit, after we had looked: now it is seen
			continue
		}
		maps.Copy(answers, placed)
		return answers, err
	}
}

// isRaced reports a violated key (SQLSTATE 23505), or a NULL for a pickup counter (23502), which is how it
// refuses orders that know of other limits than its day has. Any other NULL is a mistake that comes again.
func isRaced(err error) bool {
	var pg *pgconn.PgError
	if !errors.As(err, &pg) {
		return false
	}
	return pg.Code == "23505" || pg.Code == "23502" && pg.SchemaName == "ordering" && pg.TableName == "pickup_counter" && pg.ColumnName == "last"
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
	if err := learnLimits(ctx, tx, fresh); err != nil {
		return nil, err
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
	pipe := postgres.NewPipeline()
	if err := takeNumbers(ctx, pipe, fresh); err != nil {
		return nil, err
	}
	placed, err := queueOrders(ctx, pipe, fresh)
	if err != nil {
		return nil, err
	}
	return placed, pipe.Send(ctx, tx)
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

// learnLimits gives the orders the limits that their days have now, and locks the counters of those days, so
// that the limits stay. A day without a counter has no limits: the first that is set meanwhile is noticed
// when the number is taken.
func learnLimits(ctx context.Context, tx pgx.Tx, fresh []*placing) error {
	byDay := map[dayOfStore][]*placing{}
	for _, o := range fresh {
		byDay[o.day()] = append(byDay[o.day()], o)
	}
	days := slices.SortedFunc(maps.Keys(byDay), dayOfStore.compare)
	locks, items := make([]orderingdb.LockLimitRevisionParams, len(days)), make([]orderingdb.LimitedItemsParams, len(days))
	for i, d := range days {
		locks[i] = orderingdb.LockLimitRevisionParams{Lane: d.store.Lane(), StoreID: d.store, BusinessDate: d.date}
		items[i] = orderingdb.LimitedItemsParams(locks[i])
	}
	q := orderingdb.New(tx)
	var failed error
	revisions := make([]int32, len(days))
	q.LockLimitRevision(ctx, locks).QueryRow(func(i int, revision int32, err error) {
		if err != nil && !errors.Is(err, pgx.ErrNoRows) {
			failed = cmp.Or(failed, err)
		}
		revisions[i] = revision
	})
	if failed != nil {
		return fmt.Errorf("lock limits: %w", failed)
	}
	q.LimitedItems(ctx, items).Query(func(i int, limited []ids.ItemID, err error) {
		failed = cmp.Or(failed, err)
		for _, o := range byDay[days[i]] {
			o.limitBy(revisions[i], func(item ids.ItemID) bool { return slices.Contains(limited, item) })
		}
	})
	if failed != nil {
		return fmt.Errorf("read limits: %w", failed)
	}
	return nil
}

// reserve takes what an order must have before it can be written: its cart, and its share of limited
// items. It returns orders that cannot have it: at least one where there are any, and none that could have
// what another one of them took. That one is written without them next time.
func reserve(ctx context.Context, tx pgx.Tx, fresh []*placing) (map[*placing]answer, error) {
	refused, certain := map[*placing]answer{}, map[*placing]bool{}
	var failed error
	note := func(o *placing, refusal *errs.Error, err error) (isRefused bool) {
		switch {
		case errors.Is(err, pgx.ErrNoRows):
			refused[o] = answer{err: refusal}
			return true
		case err != nil && failed == nil:
			failed = fmt.Errorf("reserve for order %s: %w", o.event.OrderID, err)
		}
		return false
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
				Lane: o.event.StoreID.Lane(), StoreID: o.event.StoreID, CartID: o.cart.ID, Revision: o.cart.Revision, Now: o.event.PlacedAt,
			})
		}
	}
	q := orderingdb.New(tx)
	soldOut := make([]bool, len(limits))
	if len(limits) > 0 {
		q.TakeDailyLimit(ctx, limits).QueryRow(func(i int, _ int32, err error) {
			soldOut[i] = note(limitOf[i], ErrSoldOut.WithText("item", limitOf[i].itemName(limits[i].ItemID)), err)
		})
	}
	if len(carts) > 0 && failed == nil {
		q.CloseCart(ctx, carts).QueryRow(func(i int, _ ids.CartID, err error) {
			certain[cartOf[i]] = note(cartOf[i], ErrCartGone, err)
		})
	}
	taken := map[orderingdb.TakeDailyLimitParams]bool{} // by orders that are refused
	for i, o := range limitOf {
		limit := limits[i]
		limit.Quantity = 0
		switch _, is := refused[o]; {
		case is && !soldOut[i]:
			taken[limit] = true
		case is && !taken[limit]:
			certain[o] = true
		}
	}
	maps.DeleteFunc(refused, func(o *placing, _ answer) bool { return !certain[o] })
	return refused, failed
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
