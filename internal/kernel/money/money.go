// Package money holds amounts as integers in the minor unit of the franchise's one currency: won
// for KRW, cents for USD. There is no float anywhere.
package money

import (
	"errors"
	"math"
	"math/bits"
	"strings"

	"maru/internal/kernel/decimal"
)

// Amount is a sum of money in minor units.
type Amount int64

// Max is the largest amount one order, payment or daily total may reach: far below where int64
// overflows, so that sums of them stay exact.
const Max Amount = 1_000_000_000_000

// ErrOverflow is returned where a product or sum would leave the range of int64.
var ErrOverflow = errors.New("money: overflow")

// ErrSyntax is returned by Parse for text that is not a plain decimal number.
var ErrSyntax = errors.New("money: not a number")

// Times returns a multiplied by n.
func (a Amount) Times(n int64) (Amount, error) {
	hi, lo := bits.Mul64(decimal.Magnitude(int64(a)), decimal.Magnitude(n))
	if hi != 0 || lo > math.MaxInt64 {
		return 0, ErrOverflow
	}
	p := Amount(lo)
	if (a < 0) != (n < 0) {
		p = -p
	}
	return p, nil
}

// Plus returns the sum of a and b.
func (a Amount) Plus(b Amount) (Amount, error) {
	s := a + b
	if (s > a) != (b > 0) && b != 0 {
		return 0, ErrOverflow
	}
	return s, nil
}

// VAT returns the tax contained in a taxable total that includes 10 % value added tax:
// round_half_up(total / 11), as Korean receipts derive it (PRODUCT rules of money). It is the one
// place where tax is computed. The supply amount is total - VAT(total).
func VAT(total Amount) Amount {
	if total < 0 {
		return -VAT(-total)
	}
	return (total*2 + 11) / 22
}

// Allocate splits a whole among weights by largest remainder: the parts add up to whole exactly,
// and equal remainders go to the earlier part. Weights must not be negative; where they are all
// zero the first part takes everything.
func Allocate(whole Amount, weights []Amount) []Amount {
	parts := make([]Amount, len(weights))
	if len(weights) == 0 {
		return parts
	}
	var sum uint64
	for _, w := range weights {
		sum += uint64(w) //nolint:gosec // weights are not negative
	}
	if sum == 0 {
		parts[0] = whole
		return parts
	}
	sign, abs := Amount(1), decimal.Magnitude(int64(whole))
	if whole < 0 {
		sign = -1
	}
	left := Amount(abs) //nolint:gosec // |whole| fits: MinInt64 is far above Max
	rest := make([]uint64, len(weights))
	for i, w := range weights {
		hi, lo := bits.Mul64(abs, uint64(w)) //nolint:gosec // weights are not negative
		q, r := bits.Div64(hi, lo, sum)
		parts[i], rest[i] = Amount(q), r //nolint:gosec // q <= abs
		left -= parts[i]
	}
	for ; left > 0; left-- {
		best := 0
		for i := range rest {
			if rest[i] > rest[best] {
				best = i
			}
		}
		parts[best]++
		rest[best] = 0
	}
	for i := range parts {
		parts[i] *= sign
	}
	return parts
}

// Currency is an ISO 4217 currency.
type Currency struct {
	Code   string // "KRW"
	Digits int    // decimal places of the minor unit: 0 for KRW, 2 for USD
}

// The currencies a franchise can choose among.
var (
	KRW = Currency{Code: "KRW", Digits: 0}
	USD = Currency{Code: "USD", Digits: 2}
	EUR = Currency{Code: "EUR", Digits: 2}
	JPY = Currency{Code: "JPY", Digits: 0}
)

// Currencies lists them.
var Currencies = []Currency{KRW, USD, EUR, JPY}

// ParseCurrency returns the currency of an ISO 4217 code, and whether Maru knows it.
func ParseCurrency(code string) (Currency, bool) {
	for _, c := range Currencies {
		if c.Code == strings.ToUpper(code) {
			return c, true
		}
	}
	return Currency{}, false
}

// Parse reads a decimal number such as "4500", "3.20" or "1,234.5" as an amount of c, as decimal.Parse
// does: more decimal places than the currency has are refused unless they are zeros, and commas must group
// thousands. It returns ErrSyntax or ErrOverflow.
func (c Currency) Parse(s string) (Amount, error) {
	n, err := decimal.Parse(s, c.Digits)
	switch {
	case errors.Is(err, decimal.ErrRange):
		return 0, ErrOverflow
	case err != nil:
		return 0, ErrSyntax
	}
	return Amount(n), nil
}

// Decimal writes a in the major unit with all its decimal places: "4500", "3.20". It is the form of
// the API and of exports; people see webkit's.
func (c Currency) Decimal(a Amount) string { return decimal.Format(int64(a), c.Digits) }
