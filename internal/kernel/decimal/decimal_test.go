package decimal_test

import (
	"errors"
	"math"
	"testing"

	"pgregory.net/rapid"

	"maru/internal/kernel/decimal"
)

func TestParse(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		text   string
		places int
		want   int64
		err    error
	}{
		{" 4500 ", 0, 4500, nil},
		{"4,500.00", 0, 4500, nil},
		{"-1,234,567.5", 3, -1234567500, nil},
		{".5", 3, 500, nil},
		{"007", 0, 7, nil},
		{"9223372036854775799", 0, math.MaxInt64 - 8, nil},
		{"0,5", 3, 0, decimal.ErrSyntax},
		{"0,500", 3, 0, decimal.ErrSyntax},
		{"3,20", 2, 0, decimal.ErrSyntax},
		{"12,34", 0, 0, decimal.ErrSyntax},
		{"1.234,5", 3, 0, decimal.ErrSyntax},
		{"1234,567", 0, 0, decimal.ErrSyntax},
		{",500", 0, 0, decimal.ErrSyntax},
		{"500,", 0, 0, decimal.ErrSyntax},
		{"1,-23", 0, 0, decimal.ErrSyntax},
		{"1.5", 0, 0, decimal.ErrSyntax},
		{"--1", 0, 0, decimal.ErrSyntax},
		{"", 0, 0, decimal.ErrSyntax},
		{"99999999999999999999", 0, 0, decimal.ErrRange},
	} {
		if got, err := decimal.Parse(c.text, c.places); got != c.want || !errors.Is(err, c.err) {
			t.Errorf("Parse(%q, %d) = %d, %v; want %d, %v", c.text, c.places, got, err, c.want, c.err)
		}
	}
}

func TestParseReadsWhatFormatWrites(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.Int64Range(-9e17, 9e17).Draw(t, "n")
		places := rapid.IntRange(0, 4).Draw(t, "places")
		if got, err := decimal.Parse(decimal.Format(n, places), places); err != nil || got != n {
			t.Fatalf("Parse(%q, %d) = %d, %v; want %d", decimal.Format(n, places), places, got, err, n)
		}
	})
	if got := decimal.Format(math.MinInt64, 2); got != "-92233720368547758.08" {
		t.Errorf("Format(MinInt64, 2) = %s", got)
	}
}
