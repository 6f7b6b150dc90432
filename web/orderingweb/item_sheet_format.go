package orderingweb

import (
	"context"
	"strconv"

	"github.com/google/uuid"

	"maru/internal/kernel/money"
	"maru/web/webkit"
)

// amount is how scripts read a price: in minor units.
func amount(a money.Amount) string { return strconv.FormatInt(int64(a), 10) }

// extraPrice is what an option adds: "+500원", "" where it adds nothing.
func extraPrice(ctx context.Context, a money.Amount) string {
	switch {
	case a == 0:
		return ""
	case a > 0:
		return "+" + webkit.Money(ctx, a)
	}
	return webkit.Money(ctx, a)
}

func inputType(k groupKind) string {
	if k == pickOne {
		return "radio"
	}
	return "checkbox"
}

func choiceAction(ctx context.Context, v choiceView) string {
	if v.Line == uuid.Nil {
		return webkit.StorePath(ctx, "register/cart/lines")
	}
	return webkit.StorePath(ctx, "register/cart/lines/"+v.Line.String())
}

func choiceRefresh(ctx context.Context, v choiceView) string {
	if v.Line == uuid.Nil {
		return webkit.StorePath(ctx, "register/items/"+v.Item.ID.String())
	}
	return webkit.StorePath(ctx, "register/cart/lines/"+v.Line.String())
}

// quantityValue is what the stepper shows: what was typed, where it is a number.
func quantityValue(v choiceView) int {
	n, err := strconv.Atoi(v.Quantity)
	if err != nil {
		return v.Count
	}
	return n
}

// choiceComplete reports whether the sheet can be confirmed as it is: then Enter adds.
func choiceComplete(v choiceView) bool {
	for _, g := range v.Groups {
		if g.Chosen < g.Min {
			return false
		}
	}
	return !v.Blocked
}
