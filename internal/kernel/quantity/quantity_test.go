package quantity_test

import (
	"errors"
	"math/big"
	"testing"

	"pgregory.net/rapid"

	"maru/internal/kernel/quantity"
)

func TestConversionIsExactOrRefused(t *testing.T) {
	t.Parallel()
	milk := quantity.Scale{Base: quantity.Millilitre, Density: 1030, Packs: map[string]quantity.Milli{"carton": 1_000_000}}
	beans := quantity.Scale{Base: quantity.Gram}
	for _, c := range []struct {
		scale quantity.Scale
		n     quantity.Milli
		unit  string
		want  quantity.Milli
		err   error
	}{
		{milk, 2_000, "l", 2_000_000, nil},
		{milk, 250_000, "ml", 250_000, nil},
		{milk, 3_000, "carton", 3_000_000, nil},
		{milk, 1_030_000, "g", 1_000_000, nil},
		{milk, 1_030, "kg", 1_000_000, nil},
		{beans, 1_500, "KG", 1_500_000, nil},
		{beans, 1_000, "ml", 0, quantity.ErrConvert},
		{beans, 1_000, "ea", 0, quantity.ErrConvert},
		{beans, 1_000, "carton", 0, quantity.ErrUnit},
		{beans, quantity.Max, "kg", 0, quantity.ErrRange},
	} {
		got, err := c.scale.Convert(c.n, c.unit)
		if got != c.want || !errors.Is(err, c.err) {
			t.Errorf("%d thousandths of %s = %d, %v; want %d, %v", c.n, c.unit, got, err, c.want, c.err)
		}
	}
}

func TestTimesRoundsHalfAwayFromZero(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		q := quantity.Milli(rapid.Int64Range(-1_000_000_000, 1_000_000_000).Draw(t, "q"))
		factor := quantity.Milli(rapid.Int64Range(-1_000_000, 1_000_000).Draw(t, "factor"))
		got, err := q.Times(factor)
		product := new(big.Int).Mul(big.NewInt(int64(q)), big.NewInt(int64(factor)))
		// twice the distance to the exact value is at most one thousandth of 1000.
		diff := new(big.Int).Sub(new(big.Int).Mul(big.NewInt(int64(got)), big.NewInt(1000)), product)
		if err != nil && new(big.Int).Abs(product).Cmp(big.NewInt(int64(quantity.Max)*1000)) <= 0 {
			t.Fatalf("%d × %d: %v", q, factor, err)
		}
		if err == nil && diff.Abs(diff).Cmp(big.NewInt(500)) > 0 {
			t.Fatalf("%d × %d/1000 = %d", q, factor, got)
		}
	})
}

func TestParseReadsWhatDecimalWrites(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		q := quantity.Milli(rapid.Int64Range(-int64(quantity.Max), int64(quantity.Max)).Draw(t, "q"))
		if got, err := quantity.Parse(q.Decimal()); err != nil || got != q {
			t.Fatalf("Parse(%q) = %d, %v; want %d", q.Decimal(), got, err, q)
		}
	})
	for _, bad := range []string{"", "-", ".", "1.2345", "0,5", "1.000,5", "18g", "1e3", "0x10", "99999999999999"} {
		if q, err := quantity.Parse(bad); err == nil {
			t.Errorf("Parse(%q) = %d, want an error", bad, q)
		}
	}
}
