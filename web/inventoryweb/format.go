package inventoryweb

import (
	"context"
	"strconv"
	"strings"

	"maru/internal/inventory"
	"maru/internal/inventory/inventoryapi"
	"maru/internal/kernel/lang"
	"maru/internal/kernel/quantity"
	"maru/web/webkit"
)

// daysLeft says for how long a balance lasts; "–" where nobody can say.
func daysLeft(ctx context.Context, b inventory.Balance) string {
	tenths, ok := b.DaysLeft()
	switch {
	case !ok:
		return "–"
	case tenths >= 990:
		return webkit.T(ctx, text.DaysMany)
	case tenths >= 100:
		return webkit.T(ctx, text.Days.With("n", strconv.FormatInt(tenths/10, 10)))
	}
	n := strconv.FormatInt(tenths/10, 10)
	if tenths%10 != 0 {
		n += "." + strconv.FormatInt(tenths%10, 10)
	}
	return webkit.T(ctx, text.Days.With("n", n))
}

// daysTone makes what ends within a day or two stand out; the number says the same.
func daysTone(b inventory.Balance) string {
	tenths, ok := b.DaysLeft()
	switch {
	case !ok:
		return "text-muted"
	case tenths < 10:
		return "font-semibold tone-bad"
	case tenths < 25:
		return "font-semibold tone-low"
	}
	return ""
}

// onHand is the balance as people say it; an untracked one says nothing.
func onHand(ctx context.Context, b inventory.Balance) string {
	if b.State == inventory.Untracked {
		return "–"
	}
	return webkit.Quantity(ctx, b.OnHand, b.Material.Scale.Base)
}

func onHandExactly(ctx context.Context, b inventory.Balance) string {
	if b.State == inventory.Untracked {
		return ""
	}
	return webkit.ExactQuantity(ctx, b.OnHand, b.Material.Scale.Base)
}

func perDay(ctx context.Context, b inventory.Balance) string {
	if b.PerDay <= 0 {
		return "–"
	}
	// An average of pieces has endless decimals; one of them says enough.
	const tenth = 100
	return webkit.Quantity(ctx, (b.PerDay+tenth/2)/tenth*tenth, b.Material.Scale.Base)
}

func warnBelow(ctx context.Context, b inventory.Balance) string {
	if b.Material.Low == 0 {
		return "–"
	}
	return webkit.Quantity(ctx, b.Material.Low, b.Material.Scale.Base)
}

// signed writes a change with its sign.
func signed(ctx context.Context, q quantity.Milli, unit quantity.Unit) string {
	if q > 0 {
		return "+" + webkit.Quantity(ctx, q, unit)
	}
	return webkit.Quantity(ctx, q, unit)
}

// unitWord is how a unit is called; packs have their own names.
func unitWord(ctx context.Context, unit string) string {
	switch quantity.Unit(strings.ToLower(unit)) {
	case quantity.Each:
		return webkit.T(ctx, text.UnitPiece)
	case quantity.Litre:
		return webkit.T(ctx, text.UnitLitre)
	case quantity.Millilitre:
		return webkit.T(ctx, text.UnitMillilitre)
	case quantity.Gram, quantity.Kilogram:
	}
	return unit
}

// unitChoices are the units of a material; a pack says what it holds.
func unitChoices(ctx context.Context, s quantity.Scale) []webkit.Choice {
	var choices []webkit.Choice
	for _, u := range inventory.UnitsOf(s) {
		label := unitWord(ctx, u)
		if pack, ok := s.Packs[u]; ok {
			label = webkit.T(ctx, text.HoldsOf.With("unit", u, "quantity", webkit.Quantity(ctx, pack, s.Base)))
		}
		choices = append(choices, webkit.Choice{Value: u, Label: label})
	}
	return choices
}

// typed writes a quantity in the unit in which it was typed.
func typed(ctx context.Context, q quantity.Milli, unit string) string {
	whole, frac, has := strings.Cut(q.Decimal(), ".")
	if n, err := strconv.ParseInt(whole, 10, 64); err == nil {
		whole = webkit.Number(n)
	}
	if has {
		whole += "." + frac
	}
	return whole + " " + unitWord(ctx, unit)
}

// entered is what a person typed: "2 carton", "1.5 kg".
func entered(ctx context.Context, m inventory.Movement) string {
	return typed(ctx, m.Entered, m.Unit)
}

// reasonSign is the tone and icon of a reason.
func reasonSign(r inventoryapi.Reason) (webkit.Tone, string) {
	switch r {
	case inventoryapi.Sale:
		return webkit.Neutral, "shopping-cart"
	case inventoryapi.Reversal:
		return webkit.Inform, "undo-2"
	case inventoryapi.Waste:
		return webkit.Bad, "trash-2"
	case inventoryapi.Receipt:
		return webkit.Good, "truck"
	case inventoryapi.Count:
		return webkit.Inform, "clipboard-list"
	case inventoryapi.Transfer:
		return webkit.Inform, "arrow-right"
	case inventoryapi.Opening:
		return webkit.Inform, "package"
	}
	return webkit.Neutral, "circle"
}

func reasonWord(r inventoryapi.Reason) lang.Text {
	switch r {
	case inventoryapi.Sale:
		return text.Sale
	case inventoryapi.Reversal:
		return text.Reversal
	case inventoryapi.Waste:
		return text.Waste
	case inventoryapi.Receipt:
		return text.Receipt
	case inventoryapi.Count:
		return text.Counted
	case inventoryapi.Transfer:
		return text.Transfer
	case inventoryapi.Opening:
		return text.Opening
	}
	return lang.Text{Ko: string(r)}
}
