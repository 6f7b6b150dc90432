package catalog

import (
	"errors"
	"fmt"
	"math/big"
	"strings"

	"maru/internal/kernel/quantity"
)

// Cost is what a base unit of a material costs, in millionths of the currency's major unit: a cup
// lid at 59.4 won is 59,400,000. Unlike prices, costs are fractions of the smallest coin.
type Cost int64

// MaxCost is the largest unit cost: a hundred million per gram, millilitre or piece.
const MaxCost Cost = 100_000_000_000_000

var errCost = errors.New("catalog: not a cost")

// ParseCost reads a decimal number with at most six places, such as "59.4".
func ParseCost(s string) (Cost, error) {
	s = strings.ReplaceAll(strings.TrimSpace(s), ",", "")
	whole, frac, _ := strings.Cut(s, ".")
	frac = strings.TrimRight(frac, "0")
	if whole == "" && frac == "" || len(frac) > 6 || len(whole) > 9 {
		return 0, errCost
	}
	frac += strings.Repeat("0", 6-len(frac))
	var c Cost
	for _, r := range whole + frac {
		if r < '0' || r > '9' {
			return 0, errCost
		}
		c = c*10 + Cost(r-'0')
	}
	if c > MaxCost {
		return 0, errCost
	}
	return c, nil
}

// Decimal writes c in the major unit without trailing zeros: "59.4".
func (c Cost) Decimal() string {
	s := fmt.Sprintf("%d.%06d", int64(c)/1_000_000, int64(c)%1_000_000)
	return strings.TrimSuffix(strings.TrimRight(s, "0"), ".")
}

// For returns what q of a material costs, rounded half up to a millionth.
func (c Cost) For(q quantity.Milli) Cost {
	n := new(big.Int).Mul(big.NewInt(int64(c)), big.NewInt(int64(q)))
	n.Add(n, big.NewInt(500)).Div(n, big.NewInt(1000))
	if !n.IsInt64() {
		return MaxCost
	}
	return Cost(n.Int64())
}
