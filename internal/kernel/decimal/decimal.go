// Package decimal reads and writes decimal numbers as integers of a fixed number of places: 3.20 with two
// places is 320. It is what money and quantities have in common.
package decimal

import (
	"errors"
	"fmt"
	"math"
	"strings"
)

// The errors of Parse.
var (
	ErrSyntax = errors.New("decimal: not a number")
	ErrRange  = errors.New("decimal: out of range")
)

// Parse reads a number such as "18", "-0.5" or "1,234.5" as an integer of so many places. Further places
// are refused unless they are zeros. Commas may only group thousands: who writes "0,5" or "3,20" means
// another number than 5 or 320. It returns ErrSyntax, or ErrRange where an int64 cannot hold the number.
func Parse(s string, places int) (int64, error) {
	digits, negative := strings.CutPrefix(strings.TrimSpace(s), "-")
	whole, frac, _ := strings.Cut(digits, ".")
	whole, grouped := ungrouped(whole)
	frac = strings.TrimRight(frac, "0")
	if !grouped || whole == "" && frac == "" || len(frac) > places {
		return 0, ErrSyntax
	}
	var n int64
	for _, r := range whole + frac + strings.Repeat("0", places-len(frac)) {
		if r < '0' || r > '9' {
			return 0, ErrSyntax
		}
		if n > (math.MaxInt64-9)/10 {
			return 0, ErrRange
		}
		n = n*10 + int64(r-'0')
	}
	if negative {
		n = -n
	}
	return n, nil
}

// ungrouped takes the commas out of a whole number, and reports whether each stood before three digits.
func ungrouped(whole string) (string, bool) {
	groups := strings.Split(whole, ",")
	for i, g := range groups {
		if i > 0 && len(g) != 3 || i == 0 && len(groups) > 1 && (len(g) < 1 || len(g) > 3 || g[0] == '0') {
			return "", false
		}
	}
	return strings.Join(groups, ""), true
}

// Format writes n with all its places: Format(320, 2) is "3.20", Format(320, 0) is "320".
func Format(n int64, places int) string {
	sign := ""
	if n < 0 {
		sign = "-"
	}
	digits := fmt.Sprintf("%0*d", places+1, Magnitude(n))
	whole, frac := digits[:len(digits)-places], digits[len(digits)-places:]
	if places == 0 {
		return sign + whole
	}
	return sign + whole + "." + frac
}

// Magnitude is n without its sign, exact for every int64.
func Magnitude(n int64) uint64 {
	if n < 0 {
		return uint64(-(n + 1)) + 1 //nolint:gosec // the negation of MinInt64 does not fit an int64
	}
	return uint64(n)
}
