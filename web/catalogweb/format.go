package catalogweb

import (
	"cmp"
	"context"
	"math/big"
	"slices"
	"strconv"
	"strings"

	"maru/internal/catalog"
	"maru/internal/kernel/dining"
	"maru/internal/kernel/lang"
	"maru/internal/kernel/money"
	"maru/internal/kernel/quantity"
	"maru/web/webkit"
)

// icon returns the first name that is drawn.
func icon(names ...string) string {
	for _, n := range names {
		if n != "" && webkit.HasIcon(n) {
			return n
		}
	}
	return "coffee"
}

// otherName is the name in the language that the page is not in.
func otherName(ctx context.Context, name lang.Text) string {
	if lang.From(ctx) == lang.English {
		if name.En == "" {
			return ""
		}
		return name.Ko
	}
	return name.En
}

func listNote(ctx context.Context, v listView) string {
	if v.Published == 0 {
		return webkit.T(ctx, text.NotPublishedYet)
	}
	if v.Pending == 0 {
		return webkit.T(ctx, text.InForce.With("n", strconv.FormatInt(v.Published, 10)))
	}
	return webkit.T(ctx, text.InForceWithDraft.With("n", strconv.FormatInt(v.Published, 10)))
}

var diningNames = map[dining.Option]lang.Text{
	dining.ForHere: text.ForHere, dining.Takeaway: text.Takeaway, dining.OwnCup: text.OwnCup,
}

// cents turns a cost into the currency's minor unit, rounded half up.
func cents(c catalog.Cost, cur money.Currency) money.Amount {
	n := new(big.Int).Mul(big.NewInt(int64(c)), new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(cur.Digits)), nil))
	n.Add(n, big.NewInt(500_000)).Div(n, big.NewInt(1_000_000))
	return money.Amount(n.Int64())
}

// cost shows a cost as an amount of money.
func cost(ctx context.Context, c catalog.Cost) string {
	return webkit.Money(ctx, cents(c, webkit.Currency(ctx)))
}

// unitCost shows what a base unit costs, with all its decimal places.
func unitCost(ctx context.Context, c catalog.Cost) string {
	whole, frac, _ := strings.Cut(c.Decimal(), ".")
	n, _ := strconv.ParseInt(whole, 10, 64) // digits by construction
	if frac != "" {
		frac = "." + frac
	}
	zero := webkit.FormatMoney(lang.From(ctx), money.Currency{Code: webkit.Currency(ctx).Code}, 0)
	return strings.Replace(zero, "0", webkit.Number(n)+frac, 1)
}

// shortCost is unitCost rounded to two more places than prices have.
func shortCost(ctx context.Context, c catalog.Cost) string {
	step := catalog.Cost(1_000_000)
	for range webkit.Currency(ctx).Digits + 2 {
		step /= 10
	}
	return unitCost(ctx, (c+step/2)/step*step)
}

// unitName is the name of a base unit for people.
func unitName(ctx context.Context, u quantity.Unit) string {
	if u == quantity.Each {
		return webkit.T(ctx, text.Piece)
	}
	return string(u)
}

// packsList shows what the packs of a material hold, the smallest first.
func packsList(ctx context.Context, s quantity.Scale) string {
	names := sortedPacks(s.Packs)
	slices.SortStableFunc(names, func(a, b string) int { return cmp.Compare(s.Packs[a], s.Packs[b]) })
	for i, name := range names {
		names[i] = name + " " + webkit.Quantity(ctx, s.Packs[name], s.Base)
	}
	return strings.Join(names, " · ")
}

// amount shows a quantity as it was entered: "0.02 kg".
func amount(n quantity.Milli, unit string) string { return n.Decimal() + " " + unit }

// packsText writes packs the way in which readPacks reads them: "팩=1 l; 상자=12 l".
func packsText(packs map[string]quantity.Milli, base quantity.Unit) string {
	larger := map[quantity.Unit]quantity.Unit{quantity.Gram: quantity.Kilogram, quantity.Millilitre: quantity.Litre}
	var out []string
	for _, name := range sortedPacks(packs) {
		holds, unit := packs[name], base
		if up, ok := larger[base]; ok && holds%1_000_000 == 0 {
			holds, unit = holds/1000, up
		}
		out = append(out, name+"="+holds.Decimal()+" "+string(unit))
	}
	return strings.Join(out, "; ")
}
