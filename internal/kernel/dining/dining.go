// Package dining says where a drink is drunk, which decides its packaging.
package dining

import "slices"

// Option is a dining option of an order.
type Option string

// The dining options.
const (
	ForHere  Option = "for_here" // 매장
	Takeaway Option = "takeaway" // 포장
	OwnCup   Option = "own_cup"  // 개인 컵
)

// All lists the dining options in the order in which a register shows them.
var All = []Option{ForHere, Takeaway, OwnCup}

// Valid reports whether o is one of them.
func (o Option) Valid() bool { return slices.Contains(All, o) }
