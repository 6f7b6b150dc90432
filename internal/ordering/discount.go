package ordering

import (
	"strconv"
	"unicode/utf8"

	"maru/internal/kernel/ids"
	"maru/internal/kernel/lang"
	"maru/internal/kernel/money"
	"maru/internal/ordering/orderingapi"
	"maru/internal/platform/auth"
	"maru/internal/platform/errs"
)

// MaxDiscountReason is how many characters the reason of a discount may have.
const MaxDiscountReason = 100

// Errors of discounts.
var (
	ErrDiscountForbidden = errs.New(errs.Forbidden, "ordering.discount_forbidden",
		"할인은 할인 권한이 있는 사람만 줄 수 있어요. 매니저나 점주에게 부탁하거나 할인을 빼 주세요.",
		"Only people with that permission may give a discount. Please ask the manager or owner, or take the discount away.")
	ErrDiscount = errs.New(errs.Invalid, "ordering.discount",
		"할인할 금액이나 1~100%의 비율 중 하나만 입력해 주세요.", "Give either an amount to take off, or a percentage from 1 to 100.")
	ErrDiscountReason = errs.New(errs.Invalid, "ordering.discount_reason",
		"할인하는 이유를 적어 주세요.", "Please give a reason for the discount.")
	ErrDiscountReasonLong = errs.New(errs.Invalid, "ordering.discount_reason_too_long",
		"이유는 {max}자까지 적을 수 있어요.", "The reason can have {max} characters at most.")
	ErrDiscountTooMuch = errs.New(errs.Invalid, "ordering.discount_too_much",
		"주문 금액보다 많이 할인할 수 없어요.", "A discount cannot be more than the order costs.")
)

// MayDiscount reports whether the person may give discounts at the store.
func MayDiscount(by auth.Principal, store ids.StoreID) bool {
	return by.MayAt(auth.GiveDiscounts, store)
}

// checkDiscount returns the discount with its reason as it is kept, or ErrDiscount, ErrDiscountReason or
// ErrDiscountReasonLong.
func checkDiscount(d orderingapi.Discount) (orderingapi.Discount, error) {
	switch {
	case d.Amount < 0 || d.Amount > money.Max || d.Percent < 0 || d.Percent > 100:
		return d, ErrDiscount.On("discount")
	case (d.Amount == 0) == (d.Percent == 0):
		return d, ErrDiscount.On("discount")
	}
	d.Reason = lang.Tidy(d.Reason)
	switch {
	case d.Reason == "" || !printable(d.Reason):
		return d, ErrDiscountReason.On("reason")
	case utf8.RuneCountInString(d.Reason) > MaxDiscountReason:
		return d, ErrDiscountReasonLong.With("max", strconv.Itoa(MaxDiscountReason)).On("reason")
	}
	return d, nil
}

// off is how much a discount takes off a sum: its amount, but never more than the sum, or its percentage with
// halves rounded up.
func off(d orderingapi.Discount, sum money.Amount) money.Amount {
	if d.Percent > 0 {
		return (sum*money.Amount(d.Percent) + 50) / 100 // at most MaxLines × money.Max × 100
	}
	return min(d.Amount, sum)
}

// share takes a discount off the lines, each by its part of the whole to the last won (money.Allocate), and
// returns it with what it took. A discount that takes nothing, as of lines that cost nothing, is none.
func share(d orderingapi.Discount, lines []orderingapi.Line) orderingapi.Discount {
	if d == (orderingapi.Discount{}) {
		return d
	}
	sum, _ := sums(lines)
	d.Amount = off(d, sum)
	if d.Amount == 0 {
		return orderingapi.Discount{}
	}
	costs := make([]money.Amount, len(lines))
	for i, l := range lines {
		costs[i] = l.Total
	}
	for i, part := range money.Allocate(d.Amount, costs) {
		lines[i].Discount = part
		lines[i].Total -= part
	}
	return d
}

// takeOff takes the discount of a new order off its lines. A cart that became smaller than the amount shows and
// takes what it costs; a client that names more than the order costs is told so.
func takeOff(by auth.Principal, cmd PlaceOrder, lines []orderingapi.Line) (orderingapi.Discount, error) {
	if cmd.Discount == nil {
		return orderingapi.Discount{}, nil
	}
	if !MayDiscount(by, cmd.StoreID) {
		return orderingapi.Discount{}, ErrDiscountForbidden
	}
	asked, err := checkDiscount(*cmd.Discount)
	if err != nil {
		return asked, err
	}
	given := share(asked, lines)
	if given.Amount < asked.Amount && cmd.Cart == nil {
		return given, ErrDiscountTooMuch.On("discount")
	}
	return given, nil
}

// discountOf is a discount as it is stored.
func discountOf(amount money.Amount, percent int16, reason string) orderingapi.Discount {
	return orderingapi.Discount{Amount: amount, Percent: int(percent), Reason: reason}
}

// askedFor is the discount for a PlaceOrder, in which none is nil.
func askedFor(d orderingapi.Discount) *orderingapi.Discount {
	if d == (orderingapi.Discount{}) {
		return nil
	}
	return &d
}
