package ordering

import (
	"slices"
	"time"

	"maru/internal/kernel/businessday"
	"maru/internal/kernel/dining"
	"maru/internal/kernel/ids"
	"maru/internal/kernel/money"
	"maru/internal/ordering/orderingapi"
	"maru/internal/platform/auth"
	"maru/internal/platform/errs"
)

// Errors of transitions.
var (
	ErrTransition = errs.New(errs.Conflict, "ordering.illegal_transition",
		"지금 상태에서는 바꿀 수 없어요. 화면을 새로 고쳐 확인해 주세요.",
		"The order cannot go there from its present state. Please check the board.")
	ErrReason = errs.New(errs.Invalid, "ordering.reason_missing",
		"취소 사유를 입력해 주세요.", "Please give a reason for the cancellation.")
	ErrReasonLong = errs.New(errs.Invalid, "ordering.reason_too_long",
		"취소 사유는 {max}자까지 적을 수 있어요.", "The reason can have {max} characters at most.")
	ErrCancelPrepared = errs.New(errs.Forbidden, "ordering.cancel_prepared",
		"만들기 시작한 주문은 취소할 권한이 있는 사람만 취소할 수 있어요. 매니저나 점주에게 부탁해 주세요.",
		"Only people with that permission may cancel an order that is being made. Please ask the manager or owner.")
	ErrRefund = errs.New(errs.Forbidden, "ordering.refund",
		"건네준 주문은 환불 권한이 있는 사람만 환불할 수 있어요. 매니저나 점주에게 부탁해 주세요.",
		"Only people with that permission may refund an order that was handed over. Please ask the manager or owner.")
	ErrDisposition = errs.New(errs.Invalid, "ordering.disposition",
		"재료를 어떻게 할지 골라 주세요.", "Please choose what happens to the ingredients.")
)

// steps is the state machine of the order board: from each state, the states a person may move the
// order to. The way back by one step is there because a tap on the wrong card is undone, not
// confirmed; cancellation is a use case of its own, see mayCancel.
var steps = map[orderingapi.Status][]orderingapi.Status{
	orderingapi.Accepted:  {orderingapi.Preparing},
	orderingapi.Preparing: {orderingapi.Ready, orderingapi.Accepted},
	orderingapi.Ready:     {orderingapi.Completed, orderingapi.Preparing},
	orderingapi.Completed: {orderingapi.Ready},
	orderingapi.Cancelled: {},
	orderingapi.Rejected:  {},
}

// mayMove reports whether the board may move an order from one state to another.
func mayMove(from, to orderingapi.Status) bool { return slices.Contains(steps[from], to) }

// mayCancel reports whether an order in this state can be cancelled: until its money went back. After
// the order was handed over, that is a refund.
func mayCancel(from orderingapi.Status) bool {
	return from == orderingapi.Accepted || from == orderingapi.Preparing || from == orderingapi.Ready || from == orderingapi.Completed
}

// MayCancel reports whether the person may cancel an order of the store that is in this state: from
// the moment somebody makes it, that is a permission of its own, and another one once it was handed over.
func MayCancel(by auth.Principal, store ids.StoreID, from orderingapi.Status) bool {
	if !mayCancel(from) || !by.MayAt(auth.CancelOrders, store) {
		return false
	}
	switch from {
	case orderingapi.Accepted:
		return true
	case orderingapi.Completed:
		return by.MayAt(auth.RefundOrders, store)
	}
	return by.MayAt(auth.CancelPrepared, store)
}

// WhyNotCancel is what a person is told who may not cancel an order in this state.
func WhyNotCancel(from orderingapi.Status) *errs.Error {
	switch {
	case !mayCancel(from):
		return ErrTransition
	case from == orderingapi.Completed:
		return ErrRefund
	}
	return ErrCancelPrepared
}

// DefaultDisposition is what becomes of the ingredients when nobody says otherwise: before preparing
// they come back, afterwards they are waste.
func DefaultDisposition(from orderingapi.Status) orderingapi.Disposition {
	if from == orderingapi.Accepted {
		return orderingapi.Restock
	}
	return orderingapi.Waste
}

// Order is an order with everything that belongs to it.
type Order struct {
	ID           ids.OrderID
	StoreID      ids.StoreID
	BusinessDate businessday.Date
	PickupNumber int
	Status       orderingapi.Status
	Channel      orderingapi.Channel
	Dining       dining.Option
	MenuVersion  int64
	Total        money.Amount // after Discount
	Tax          money.Amount
	Discount     orderingapi.Discount
	PlacedAt     time.Time
	PlacedBy     string // name of the person at the register
	Device       string // name of the shared device of the store on which it was placed; else empty
	StatusAt     time.Time
	Lines        []orderingapi.Line
	Payments     []Payment
	Changes      []Change
}

// Next returns the state that one tap moves the order to, or "" at an end.
func (o Order) Next() orderingapi.Status {
	if o.Status == orderingapi.Completed || len(steps[o.Status]) == 0 {
		return ""
	}
	return steps[o.Status][0]
}

// Payment is one tender of an order.
type Payment struct {
	No          int
	Kind        TenderKind
	Amount      money.Amount
	Received    money.Amount
	Approval    string
	Cancelled   bool
	ApprovedAt  time.Time
	CancelledAt *time.Time
}

// Change is a transition that an order went through.
type Change struct {
	From, To    orderingapi.Status
	Reason      string
	Disposition orderingapi.Disposition
	At          time.Time
	By          string
	Device      string // name of the shared device of the store on which it was done; else empty
}
