package ordering

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"strconv"
	"time"

	"maru/internal/kernel/businessday"
	"maru/internal/kernel/dining"
	"maru/internal/kernel/ids"
	"maru/internal/kernel/lang"
	"maru/internal/kernel/money"
	"maru/internal/kernel/traceparent"
	"maru/internal/ordering/orderingapi"
	"maru/internal/platform/auth"
	"maru/internal/platform/errs"
)

// Errors of placing an order, besides those of a Choice.
var (
	ErrEmptyOrder = errs.New(errs.Invalid, "ordering.empty",
		"메뉴를 하나 이상 담아 주세요.", "Add at least one item.")
	ErrTooManyLines = errs.New(errs.TooLarge, "ordering.too_many_lines",
		"한 주문에는 {max}줄까지 담을 수 있어요. 주문을 나눠 주세요.", "An order takes at most {max} lines. Please split it.")
	ErrOrderID = errs.New(errs.Invalid, "ordering.order_id",
		"주문 번호(id)는 지금 만든 UUIDv7이어야 해요.", "The order's id must be a UUIDv7 made now.")
	ErrDining = errs.New(errs.Invalid, "ordering.dining",
		"매장, 포장, 개인 컵 중에서 골라 주세요.", "Choose for here, takeaway or own cup.")
	ErrTender = errs.New(errs.Invalid, "ordering.tender",
		"결제 금액이 주문 금액과 맞지 않아요.", "The payment does not match the order's total.")
	ErrCashShort = errs.New(errs.Invalid, "ordering.cash_short",
		"받은 돈이 결제할 금액보다 적어요.", "The cash received is less than the amount to pay.")
	ErrApproval = errs.New(errs.Invalid, "ordering.approval",
		"카드 단말기의 승인번호를 입력해 주세요.", "Enter the approval number of the card terminal.")
	ErrOtherBody = errs.New(errs.Conflict, "ordering.id_reused",
		"같은 주문 번호로 다른 내용의 주문이 이미 있어요.", "An order with this id but other content exists already.")
	ErrCartGone = errs.New(errs.Conflict, "ordering.cart_gone",
		"이 주문 내역은 이미 결제했거나 다른 곳에서 바뀌었어요.", "This cart was ordered already, or changed elsewhere.")
	ErrPriceMoved = errs.New(errs.Conflict, "ordering.price_moved",
		"담는 사이에 가격이 바뀌었어요. 새 금액을 확인하고 다시 결제해 주세요.",
		"A price has changed since. Please check the new total and pay again.")
)

// PlaceOrder asks for an order that is paid as it is placed.
type PlaceOrder struct {
	// ID is made by the client, a UUIDv7 of now: the same id and body is answered with the first
	// answer again. Zero: a new one is made.
	ID      ids.OrderID
	StoreID ids.StoreID
	Channel orderingapi.Channel
	Dining  dining.Option
	Lines   []OrderLine
	Tenders []Tender
	// Discount, where there is one, is an amount or a percentage with its reason.
	Discount *orderingapi.Discount
	// Cart is closed in the same transaction, where the order came from one: as it was read, or not at all.
	Cart *CartRead
	// ExpectTotal is what the person saw; where the total is another, nothing is placed.
	ExpectTotal *money.Amount
	// At is when an imported sale happened. Other channels leave it zero: their orders happen now.
	At time.Time
}

// CartRead is a cart as an order was made of it.
type CartRead struct {
	ID       ids.CartID
	Revision int32
}

// OrderLine is one line of a PlaceOrder.
type OrderLine struct {
	Choice
	// UnitPrice is the price on the line of an imported sale; no other channel may name one.
	UnitPrice *money.Amount `json:"unit_price,omitempty"`
}

// TenderKind is a way of paying.
type TenderKind string

// The ways of paying.
const (
	Cash     TenderKind = "cash"
	Card     TenderKind = "card"     // the store's terminal, with its approval number
	External TenderKind = "external" // paid where an imported sale was made
)

// Tender is one payment of an order.
type Tender struct {
	Kind     TenderKind   `json:"kind"`
	Amount   money.Amount `json:"amount"`
	Received money.Amount `json:"received,omitempty"` // cash handed over; 0 means exactly Amount
	Approval string       `json:"approval,omitempty"`
}

// Receipt is the answer to a placed order.
type Receipt struct {
	OrderID      ids.OrderID
	StoreID      ids.StoreID
	BusinessDate businessday.Date
	PickupNumber int
	Total        money.Amount // after the discount
	Tax          money.Amount
	Change       money.Amount // cash to hand back
	PlacedAt     time.Time
	Replayed     bool // the id was placed before; this is the first answer again
}

// PlaceOrder prices the lines, checks them against what the store can make, and stores order, lines,
// payments, pickup number, limits and the event OrderAccepted in one transaction; when it returns,
// the order is durable or nothing happened. Orders that arrive together are committed together
// (intake.go); each is still accepted or refused by itself.
//
// It returns the errors above, those of Sellable.Price, those of a discount (discount.go), ErrNotTaking, ErrUnknownStore, ErrNoMenu and
// ErrForbidden.
func (s *Service) PlaceOrder(ctx context.Context, by auth.Principal, cmd PlaceOrder) (Receipt, error) {
	if err := authorize(by, auth.TakeOrders, cmd.StoreID); err != nil {
		return Receipt{}, err
	}
	if cmd.ID.IsZero() {
		cmd.ID = ids.NewOrderID()
	}
	hash, err := bodyHash(cmd)
	if err != nil {
		return Receipt{}, fmt.Errorf("place order %s: %w", cmd.ID, err)
	}
	o, err := s.prepare(by, cmd, hash)
	if err != nil {
		// What was placed once is answered again even when it could not be placed today.
		if first, found, again := s.placedBefore(ctx, cmd, hash); again != nil || found {
			return first, again
		}
		return Receipt{}, err
	}
	o.trace = traceparent.From(ctx)
	receipt, err := s.intake.place(ctx, o)
	if err != nil && errs.As(err) == nil {
		return Receipt{}, fmt.Errorf("place order %s: %w", cmd.ID, err)
	}
	return receipt, err
}

// prepare turns a command into rows, without the database.
func (s *Service) prepare(by auth.Principal, cmd PlaceOrder, hash []byte) (*placing, error) {
	sellable, err := s.Sellable(cmd.StoreID)
	if err != nil {
		return nil, err
	}
	now := s.now()
	if cmd.Channel == orderingapi.Import {
		if !by.May(auth.RunOps) {
			return nil, ErrForbidden
		}
		now = cmd.At
	} else if err := sellable.Taking(); err != nil {
		return nil, err
	}
	if err := checkOrderID(cmd.ID, now); err != nil {
		return nil, err
	}
	if !cmd.Dining.Valid() {
		return nil, ErrDining.On("dining")
	}
	lines, err := priceLines(sellable, cmd)
	if err != nil {
		return nil, err
	}
	discount, err := takeOff(by, cmd, lines)
	if err != nil {
		return nil, err
	}
	total, tax, err := totals(lines)
	if err != nil {
		return nil, err
	}
	if cmd.ExpectTotal != nil && *cmd.ExpectTotal != total {
		return nil, ErrPriceMoved
	}
	tenders, change, err := checkTenders(cmd, total)
	if err != nil {
		return nil, err
	}
	status := orderingapi.Accepted
	if cmd.Channel == orderingapi.Import {
		status = orderingapi.Completed // it was handed over long ago
	}
	o := &placing{
		event: orderingapi.OrderAccepted{
			OrderID: cmd.ID, StoreID: cmd.StoreID, BusinessDate: sellable.Clock.Date(now), Hour: sellable.Clock.Hour(now),
			PlacedAt: now.UTC(), Channel: cmd.Channel, Dining: cmd.Dining, MenuVersion: sellable.Menu.Version,
			Total: total, Tax: tax, Lines: lines, By: by.Member, Device: by.Session,
			Discount: discount, Program: by.Program(),
		},
		status: status, hash: hash, by: by, tenders: tenders, change: change, cart: cmd.Cart,
	}
	today := sellable.front.limits[o.event.BusinessDate]
	o.limitBy(today.revision, func(item ids.ItemID) bool { _, ok := today.items[item]; return ok })
	return o, nil
}

// checkOrderID refuses ids whose time is not the order's: tables are partitioned by it. A day of
// slack covers clients with wrong clocks and registers that were offline.
func checkOrderID(id ids.OrderID, at time.Time) error {
	made, ok := ids.TimeOf(id.UUID)
	if d := made.Sub(at); !ok || d > 24*time.Hour || d < -24*time.Hour {
		return ErrOrderID.On("id")
	}
	return nil
}

func priceLines(sellable *Sellable, cmd PlaceOrder) ([]orderingapi.Line, error) {
	switch {
	case len(cmd.Lines) == 0:
		return nil, ErrEmptyOrder.On("lines")
	case len(cmd.Lines) > MaxLines:
		return nil, ErrTooManyLines.With("max", strconv.Itoa(MaxLines)).On("lines")
	}
	lines := make([]orderingapi.Line, len(cmd.Lines))
	for i, l := range cmd.Lines {
		line, err := priceLine(sellable, cmd.Channel, l)
		if e := errs.As(err); e != nil {
			return nil, e.On("lines[" + strconv.Itoa(i) + "]")
		}
		if err != nil {
			return nil, err
		}
		line.No = i + 1
		lines[i] = line
	}
	return lines, nil
}

// priceLine prices by the menu, except for imported sales: those have happened, at the price on
// their line and whatever is sold out now.
func priceLine(sellable *Sellable, channel orderingapi.Channel, l OrderLine) (orderingapi.Line, error) {
	if channel != orderingapi.Import {
		return sellable.Price(l.Choice)
	}
	if len(l.Options) == 0 {
		l.Options = sellable.defaults(l.ItemID)
	}
	line, err := sellable.price(l.Choice)
	if err != nil || l.UnitPrice == nil {
		return line, err
	}
	for i := range line.Options {
		line.Options[i].Price = 0 // the price on the line has it all
	}
	line.UnitPrice = *l.UnitPrice
	line.Total, err = line.UnitPrice.Times(int64(l.Quantity))
	if err != nil || line.Total < 0 || line.Total > money.Max {
		return line, ErrTooExpensive
	}
	return line, nil
}

// checkTenders completes the tenders and returns the change. An order of nothing needs no tender; an
// imported one is paid elsewhere.
func checkTenders(cmd PlaceOrder, total money.Amount) ([]Tender, money.Amount, error) {
	if cmd.Channel == orderingapi.Import {
		return []Tender{{Kind: External, Amount: total, Received: total}}, 0, nil
	}
	var paid money.Amount
	tenders := make([]Tender, len(cmd.Tenders))
	for i, t := range cmd.Tenders {
		if t.Amount < 0 || t.Amount > money.Max || t.Received < 0 || t.Received > money.Max {
			return nil, 0, ErrTender.On("tenders")
		}
		switch t.Kind {
		case Cash:
			if t.Received == 0 {
				t.Received = t.Amount
			}
			if t.Received < t.Amount {
				return nil, 0, ErrCashShort.On("received")
			}
		case Card:
			if t.Approval == "" || len(t.Approval) > 40 || !printable(t.Approval) || t.Approval != lang.WithoutTurns(t.Approval) {
				return nil, 0, ErrApproval.On("approval")
			}
			t.Received = t.Amount
		default:
			return nil, 0, ErrTender.On("tenders")
		}
		paid += t.Amount
		tenders[i] = t
	}
	if paid != total || len(tenders) > 10 {
		return nil, 0, ErrTender.On("tenders")
	}
	return tenders, changeOf(tenders), nil
}

// changeOf is the cash to hand back.
func changeOf(tenders []Tender) money.Amount {
	var change money.Amount
	for _, t := range tenders {
		if t.Kind == Cash && t.Received > t.Amount {
			change += t.Received - t.Amount
		}
	}
	return change
}

// limitBy notes how many units the order takes of the items that are limited by a revision of the day's
// limits. Imported sales have happened: no limit holds them back, nor counts them.
func (o *placing) limitBy(revision int32, limited func(ids.ItemID) bool) {
	o.limits, o.limited = revision, nil
	if o.event.Channel == orderingapi.Import {
		return
	}
	for _, l := range o.event.Lines {
		if limited(l.ItemID) {
			if o.limited == nil {
				o.limited = map[ids.ItemID]int{}
			}
			o.limited[l.ItemID] += l.Quantity
		}
	}
}

// bodyHash is what makes two commands the same order: everything but how the person came to it.
func bodyHash(cmd PlaceOrder) ([]byte, error) {
	body, err := json.Marshal(struct {
		Store   ids.StoreID
		Channel orderingapi.Channel
		Dining  dining.Option
		Lines   []OrderLine
		Tenders []Tender
		At      time.Time
		// Left out where there is none, as before there were any: ids that were placed then are still answered.
		Discount *orderingapi.Discount `json:",omitempty"`
	}{cmd.StoreID, cmd.Channel, cmd.Dining, cmd.Lines, cmd.Tenders, cmd.At.UTC(), cmd.Discount})
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(body)
	return sum[:], nil
}

// placedBefore looks for the first answer to an id. It returns ErrOtherBody where the id was used for
// something else.
func (s *Service) placedBefore(ctx context.Context, cmd PlaceOrder, hash []byte) (Receipt, bool, error) {
	o := &placing{
		event: orderingapi.OrderAccepted{OrderID: cmd.ID, StoreID: cmd.StoreID}, hash: hash, change: changeOf(cmd.Tenders),
	}
	answers, err := placedOrders(ctx, s.db, []*placing{o})
	if err != nil {
		return Receipt{}, false, fmt.Errorf("look for order %s: %w", cmd.ID, err)
	}
	a, found := answers[o]
	if !found {
		return Receipt{}, false, nil
	}
	return a.receipt, true, a.err
}
