// Package quantity holds amounts of material as integer thousandths of the material's base unit:
// gram, millilitre or piece.
package quantity

import (
	"errors"
	"math/bits"
	"strings"

	"maru/internal/kernel/decimal"
)

// Milli is a quantity in thousandths of a base unit: 18 g are 18000.
type Milli int64

// Unit is a unit in which people state quantities.
type Unit string

// The base units and the units that convert to them by a fixed factor. Packs are per material.
const (
	Gram       Unit = "g"
	Kilogram   Unit = "kg"
	Millilitre Unit = "ml"
	Litre      Unit = "l"
	Each       Unit = "ea"
)

// Max is the largest quantity one movement may have: a thousand tonnes.
const Max Milli = 1_000_000_000_000

// The errors of this package; callers turn them into sentences for people.
var (
	ErrSyntax  = errors.New("quantity: not a number")
	ErrRange   = errors.New("quantity: out of range")
	ErrUnit    = errors.New("quantity: unknown unit")
	ErrConvert = errors.New("quantity: units of different kinds")
)

// Base returns the base unit of u and how many of it one u is.
func (u Unit) Base() (base Unit, factor int64, ok bool) {
	switch u {
	case Gram, Millilitre, Each:
		return u, 1, true
	case Kilogram:
		return Gram, 1000, true
	case Litre:
		return Millilitre, 1000, true
	}
	return "", 0, false
}

// Scale says how the units of one material convert.
type Scale struct {
	Base Unit `json:"base"`
	// Packs maps a pack's name ("box", "1L carton") to how much of the base unit it holds.
	Packs map[string]Milli `json:"packs,omitempty"`
	// Density is milligrams per millilitre (milk: 1030), or 0 where it is not known: then grams and
	// millilitres do not convert.
	Density int64 `json:"density,omitempty"`
}

// Convert returns n thousandths of unit in thousandths of the base unit. It returns ErrUnit for a unit
// that is neither known nor a pack of the material, ErrConvert where no density allows g to ml, and
// ErrRange beyond Max.
func (s Scale) Convert(n Milli, unit string) (Milli, error) {
	if pack, ok := s.Packs[unit]; ok {
		return mulDiv(n, int64(pack), 1000)
	}
	base, factor, ok := Unit(strings.ToLower(unit)).Base()
	switch {
	case !ok:
		return 0, ErrUnit
	case base == s.Base:
		return mulDiv(n, factor, 1)
	case s.Density > 0 && base == Gram && s.Base == Millilitre:
		return mulDiv(n, factor*1000, s.Density)
	case s.Density > 0 && base == Millilitre && s.Base == Gram:
		return mulDiv(n, factor*s.Density, 1000)
	}
	return 0, ErrConvert
}

// Times returns q × factor, where factor is in thousandths, rounded half away from zero.
func (q Milli) Times(factor Milli) (Milli, error) { return mulDiv(q, int64(factor), 1000) }

// mulDiv returns n × mul ÷ div rounded half away from zero, without losing what overflows between.
func mulDiv(n Milli, mul, div int64) (Milli, error) {
	negative := (n < 0) != (mul < 0)
	hi, lo := bits.Mul64(decimal.Magnitude(int64(n)), decimal.Magnitude(mul))
	d := uint64(div) //nolint:gosec // divisors are positive constants and densities
	lo, carry := bits.Add64(lo, d/2, 0)
	if hi+carry >= d {
		return 0, ErrRange
	}
	q, _ := bits.Div64(hi+carry, lo, d)
	if q > uint64(Max) {
		return 0, ErrRange
	}
	if negative {
		return -Milli(q), nil
	}
	return Milli(q), nil
}

// Parse reads a decimal number with at most three places, such as "18", "0.5" or "1,000", as thousandths,
// as decimal.Parse does: commas must group thousands. It returns ErrSyntax or ErrRange.
func Parse(s string) (Milli, error) {
	n, err := decimal.Parse(s, 3)
	switch {
	case errors.Is(err, decimal.ErrRange), decimal.Magnitude(n) > uint64(Max):
		return 0, ErrRange
	case err != nil:
		return 0, ErrSyntax
	}
	return Milli(n), nil
}

// Decimal writes q as a plain number without trailing zeros: "18", "0.5", "-1.25".
func (q Milli) Decimal() string {
	return strings.TrimSuffix(strings.TrimRight(decimal.Format(int64(q), 3), "0"), ".")
}
