package money_test

import (
	"errors"
	"math"
	"math/big"
	"testing"

	"pgregory.net/rapid"

	"maru/internal/kernel/money"
)

func TestVATIsRoundedHalfUpFromTheTotal(t *testing.T) {
	t.Parallel()
	for total, want := range map[money.Amount]money.Amount{0: 0, 5: 0, 6: 1, 11: 1, 16: 1, 17: 2, 4500: 409, 1472 * 11: 1472, -4500: -409} {
		if got := money.VAT(total); got != want {
			t.Errorf("VAT(%d) = %d, want %d", total, got, want)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		total := rapid.Int64Range(0, int64(money.Max)).Draw(t, "total")
		got := int64(money.VAT(money.Amount(total)))
		// round_half_up(total / 11) is the only whole number n with 11n - 5.5 <= total < 11n + 5.5.
		if twice := 2*total - 22*got; twice < -11 || twice >= 11 {
			t.Fatalf("VAT(%d) = %d is not total/11 rounded half up", total, got)
		}
	})
}

func TestAllocationAddsUpAndIsFair(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		whole := rapid.Int64Range(-1_000_000_000, 1_000_000_000).Draw(t, "whole")
		weights := rapid.SliceOfN(rapid.Map(rapid.Int64Range(0, 1_000_000), func(n int64) money.Amount { return money.Amount(n) }), 1, 12).Draw(t, "weights")
		parts := money.Allocate(money.Amount(whole), weights)
		var sum, weight int64
		for i, p := range parts {
			sum += int64(p)
			weight += int64(weights[i])
		}
		if sum != whole {
			t.Fatalf("parts %v of %d add up to %d", parts, whole, sum)
		}
		if weight == 0 {
			return
		}
		for i, p := range parts {
			exact := new(big.Rat).SetFrac(new(big.Int).Mul(big.NewInt(whole), big.NewInt(int64(weights[i]))), big.NewInt(weight))
			if diff := exact.Sub(exact, big.NewRat(int64(p), 1)); diff.Abs(diff).Cmp(big.NewRat(1, 1)) >= 0 {
				t.Fatalf("part %d is %d, a whole unit or more from its share", i, p)
			}
		}
	})
}

func TestProductsAndSumsNeverWrap(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		a, b := rapid.Int64().Draw(t, "a"), rapid.Int64().Draw(t, "b")
		product := new(big.Int).Mul(big.NewInt(a), big.NewInt(b))
		got, err := money.Amount(a).Times(b)
		if err == nil && product.Cmp(big.NewInt(int64(got))) != 0 {
			t.Fatalf("%d × %d = %d", a, b, got)
		}
		if fits := product.IsInt64() && product.Int64() != math.MinInt64; fits != (err == nil) {
			t.Fatalf("%d × %d: %v, want an error exactly when it does not fit", a, b, err)
		}
		sum := new(big.Int).Add(big.NewInt(a), big.NewInt(b))
		total, err := money.Amount(a).Plus(money.Amount(b))
		if sum.IsInt64() != (err == nil) || err == nil && sum.Int64() != int64(total) {
			t.Fatalf("%d + %d = %d, %v", a, b, total, err)
		}
	})
}

func TestParseReadsWhatDecimalWrites(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		c := rapid.SampledFrom(money.Currencies).Draw(t, "currency")
		a := money.Amount(rapid.Int64Range(-int64(money.Max), int64(money.Max)).Draw(t, "amount"))
		if got, err := c.Parse(c.Decimal(a)); err != nil || got != a {
			t.Fatalf("%s: Parse(%q) = %d, %v; want %d", c.Code, c.Decimal(a), got, err, a)
		}
	})
	for _, bad := range []string{"", " ", "-", ".", "1.234", "1e3", "4,500원", "--1", "1.2.3", "3,20", "1.234,50", "NaN", "٣", "9999999999999999999999"} {
		if a, err := money.USD.Parse(bad); err == nil {
			t.Errorf("Parse(%q) = %d, want an error", bad, a)
		}
	}
	if a, err := money.KRW.Parse("4,500.00"); err != nil || a != 4500 {
		t.Errorf("Parse(4,500.00) = %d, %v; want 4500", a, err)
	}
	if _, err := money.KRW.Parse("99999999999999999999"); !errors.Is(err, money.ErrOverflow) {
		t.Errorf("a number beyond int64: %v, want ErrOverflow", err)
	}
}
