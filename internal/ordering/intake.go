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
	"github.com/jackc/pgx/v5/pgconn"

	"maru/internal/kernel/ids"
	"maru/internal/kernel/lang"
	"maru/internal/kernel/money"
	"maru/internal/ordering/internal/orderingdb"
	"maru/internal/ordering/orderingapi"
	"maru/internal/platform/auth"
	"maru/internal/platform/errs"
	"maru/internal/platform/failpoint"
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
	db    *postgres.DB
	lanes int // that one transaction may span; 0: any number

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
	behind  int // how many numbers of its store and day are taken after its own, in the same transaction

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
		group := in.next()
		if len(group) == 0 {
			in.busy--
			in.mu.Unlock()
			return
		}
		in.mu.Unlock()
		in.commit(ctx, group)
	}
}

// next takes the orders of the next transaction: those that have waited longest, of as many lanes as a
// transaction may span. The caller holds the lock.
func (in *intake) next() []*placing {
	n := min(len(in.waiting), maxTogether)
	if in.lanes == 0 {
		group := in.waiting[:n:n]
		in.waiting = in.waiting[n:]
		return group
	}
	group, rest := make([]*placing, 0, n), make([]*placing, 0, len(in.waiting))
	var lanes []ids.Lane
	for _, o := range in.waiting {
		lane := o.event.StoreID.Lane()
		known := slices.Contains(lanes, lane)
		if len(group) == maxTogether || !known && len(lanes) == in.lanes {
			rest = append(rest, o)
			continue
		}
		if !known {
			lanes = append(lanes, lane)
		}
		group = append(group, o)
	}
	in.waiting = rest
	return group
}

// commit writes a group in one round trip. Whatever stands against that (an id that was placed before,
// a cart that is gone, a limit that is reached, a connection that was lost) ends the whole transaction
// without saying for whom: then the group is written again, step by step. When that fails too, each order
// is tried alone, so that one that cannot be stored does not take its neighbours with it; an order whose
// COMMIT was answered by a lost connection is found by its id and answered as a replay. A database that
// does not answer in time would not do so for each alone either: then the callers are told at once, and
// may ask again.
func (in *intake) commit(ctx context.Context, group []*placing) {
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

// writeAtOnce stores the group in one round trip, or nothing of it.
func (in *intake) writeAtOnce(ctx context.Context, group []*placing) (map[*placing]answer, error) {
	ctx, cancel := context.WithTimeout(ctx, writeTimeout)
	defer cancel()
	if err := failpoint.Hit("intake.at-once", ""); err != nil {
		return nil, err
	}
	pipe := postgres.NewPipeline()
	group = unanswered(group, nil)
	if err := reserveOrAbort(ctx, pipe, group); err != nil {
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
		case isDuplicate(err) && raced < 3:
			raced++ // another replica placed one of them after we had looked: now it is seen
			continue
		}
		maps.Copy(answers, placed)
		return answers, err
	}
}

// isDuplicate reports a violated key (SQLSTATE 23505).
func isDuplicate(err error) bool {
	var pg *pgconn.PgError
	return errors.As(err, &pg) && pg.Code == "23505"
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
	pipe := postgres.NewPipeline()
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

// itemName is the name a person reads when the item is sold out.
func (o *placing) itemName(item ids.ItemID) (name lang.Text) {
	for _, l := range o.event.Lines {
		if l.ItemID == item {
			return l.ItemName
		}
	}
	return name
}
