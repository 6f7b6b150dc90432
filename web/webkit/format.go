package webkit

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"maru/internal/kernel/businessday"
	"maru/internal/kernel/lang"
	"maru/internal/kernel/money"
	"maru/internal/kernel/quantity"
)

// minus is the typographic minus sign: as wide as a plus, and not broken at the end of a line.
const minus = "−"

// Money writes an amount in the franchise's currency as people of the page's language do: 4,500원,
// ₩4,500, $3.20.
func Money(ctx context.Context, a money.Amount) string {
	return FormatMoney(lang.From(ctx), Currency(ctx), a)
}

// FormatMoney is Money for a given language and currency.
func FormatMoney(l lang.Lang, cur money.Currency, a money.Amount) string {
	number, sign := cur.Decimal(a), ""
	if strings.HasPrefix(number, "-") {
		number, sign = number[1:], minus
	}
	whole, cents, hasCents := strings.Cut(number, ".")
	number = groupDigits(whole)
	if hasCents {
		number += "." + cents
	}
	switch cur.Code {
	case money.KRW.Code:
		if l == lang.Korean {
			return sign + number + "원"
		}
		return sign + "₩" + number
	case money.USD.Code:
		return sign + "$" + number
	case money.EUR.Code:
		return sign + "€" + number
	case money.JPY.Code:
		return sign + "¥" + number
	}
	return sign + number + " " + cur.Code
}

// MoneyValue writes an amount as an input shows it, without its currency: 4500, 3.20.
func MoneyValue(ctx context.Context, a money.Amount) string { return Currency(ctx).Decimal(a) }

// ShortMoney writes a big amount in few characters, for axes and tiles: 132만, 1.2억, $13.2k.
func ShortMoney(ctx context.Context, a money.Amount) string {
	l, cur := lang.From(ctx), Currency(ctx)
	major := float64(a)
	for range cur.Digits {
		major /= 10
	}
	short := shortNumber(l, major)
	if cur.Code == money.KRW.Code {
		if l == lang.Korean {
			return short
		}
		return withSign(short, "₩")
	}
	symbol := strings.TrimRight(FormatMoney(l, money.Currency{Code: cur.Code}, 0), "0")
	return withSign(short, strings.TrimSpace(symbol))
}

func withSign(short, symbol string) string {
	if rest, negative := strings.CutPrefix(short, minus); negative {
		return minus + symbol + rest
	}
	return symbol + short
}

// Short writes a big number in few characters: 12만, 1.3억; 120k, 1.3M.
func Short(ctx context.Context, n int64) string { return shortNumber(lang.From(ctx), float64(n)) }

func shortNumber(l lang.Lang, v float64) string {
	type step struct {
		from float64
		unit string
	}
	steps := []step{{1e12, "조"}, {1e8, "억"}, {1e4, "만"}}
	if l == lang.English {
		steps = []step{{1e12, "T"}, {1e9, "B"}, {1e6, "M"}, {1e3, "k"}}
	}
	sign := ""
	if v < 0 {
		v, sign = -v, minus
	}
	for _, s := range steps {
		if v >= s.from {
			return sign + threeDigits(v/s.from) + s.unit
		}
	}
	if v == float64(int64(v)) {
		return sign + groupDigits(strconv.FormatInt(int64(v), 10))
	}
	return sign + threeDigits(v)
}

// threeDigits writes 1.32, 13.2, 132, 1,320: enough to read, without zeros that say nothing.
func threeDigits(v float64) string {
	places := 0
	switch {
	case v < 10:
		places = 1
	case v < 100:
		places = 1
	}
	s := strconv.FormatFloat(v, 'f', places, 64)
	if strings.Contains(s, ".") {
		s = strings.TrimSuffix(strings.TrimRight(s, "0"), ".")
	}
	whole, frac, has := strings.Cut(s, ".")
	if has {
		return groupDigits(whole) + "." + frac
	}
	return groupDigits(whole)
}

// Number writes a whole number with separators: 12,345.
func Number(n int64) string { return groups(n) }

func groups(n int64) string {
	s := strconv.FormatInt(n, 10)
	if rest, negative := strings.CutPrefix(s, "-"); negative {
		return minus + groupDigits(rest)
	}
	return groupDigits(s)
}

func groupDigits(s string) string {
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// Percent writes part of whole: 12.3%, 0%, "–" where the whole is nothing.
func Percent(part, whole int64) string {
	if whole == 0 {
		return "–"
	}
	return signed(strconv.FormatFloat(float64(part)*100/float64(whole), 'f', 1, 64)) + "%"
}

// Change writes how much now differs from before: +12.3%, −4%, "–" where there was nothing.
func Change(now, before int64) string {
	if before == 0 {
		return "–"
	}
	p := Percent(now-before, before)
	if now > before {
		return "+" + p
	}
	return p
}

func signed(s string) string {
	s = strings.TrimSuffix(s, ".0")
	if rest, negative := strings.CutPrefix(s, "-"); negative {
		if rest == "0" {
			return "0"
		}
		return minus + rest
	}
	return s
}

// Quantity writes an amount of material in the unit people use for its size: 350 g, 1.2 kg, 12개.
func Quantity(ctx context.Context, q quantity.Milli, base quantity.Unit) string {
	return FormatQuantity(lang.From(ctx), q, base)
}

// FormatQuantity is Quantity for a given language.
func FormatQuantity(l lang.Lang, q quantity.Milli, base quantity.Unit) string {
	sign, m := "", q
	if q < 0 {
		sign, m = minus, -q
	}
	const kilo = 1_000_000 // thousandths in a thousand
	switch base {
	case quantity.Each:
		if l == lang.Korean {
			return sign + exact(m) + "개"
		}
		return sign + exact(m) + " ea"
	case quantity.Gram:
		if m >= kilo {
			return sign + coarse(m) + " kg"
		}
	case quantity.Millilitre:
		if m >= kilo {
			return sign + coarse(m) + " L"
		}
	case quantity.Kilogram, quantity.Litre:
	}
	return sign + exact(m) + " " + string(base)
}

// ExactQuantity writes the amount to the thousandth in its base unit, for the title of a rounded one.
func ExactQuantity(ctx context.Context, q quantity.Milli, base quantity.Unit) string {
	sign := ""
	if q < 0 {
		sign, q = minus, -q
	}
	if base == quantity.Each {
		return FormatQuantity(lang.From(ctx), q, base)
	}
	return sign + exact(q) + " " + string(base)
}

func exact(m quantity.Milli) string {
	whole, frac, has := strings.Cut(m.Decimal(), ".")
	if has {
		return groupDigits(whole) + "." + frac
	}
	return groupDigits(whole)
}

// coarse writes thousandths as thousands with at most two places, rounded half up: 1.2, 12.35.
func coarse(m quantity.Milli) string {
	hundredths := (int64(m) + 5_000) / 10_000
	s := fmt.Sprintf("%d.%02d", hundredths/100, hundredths%100)
	s = strings.TrimSuffix(strings.TrimRight(s, "0"), ".")
	whole, frac, has := strings.Cut(s, ".")
	if has {
		return groupDigits(whole) + "." + frac
	}
	return groupDigits(whole)
}

// When writes a moment as people say it, in the page's time zone: "오늘 10:42", "어제 21:05",
// "11. 22. (일) 10:42", and with the year where it is another one.
func When(ctx context.Context, t time.Time) string {
	v := view(ctx)
	t = t.In(v.zone)
	return dayWord(lang.From(ctx), businessday.DateOf(t), businessday.DateOf(v.now.In(v.zone))) + " " + t.Format("15:04")
}

// Clock writes the time of day in the page's time zone: 10:42.
func Clock(ctx context.Context, t time.Time) string { return t.In(view(ctx).zone).Format("15:04") }

// Day writes a date as people say it: 오늘, 어제, 11. 22. (일); today, yesterday, Sun 22 Nov.
func Day(ctx context.Context, d businessday.Date) string {
	return dayWord(lang.From(ctx), d, Today(ctx))
}

// FullDay writes a date with everything: 2026. 11. 22. (일), Sun 22 Nov 2026.
func FullDay(ctx context.Context, d businessday.Date) string {
	return calendarDay(lang.From(ctx), d, true)
}

// FullTime writes a moment with everything, for titles: 2026. 11. 22. (일) 10:42:07.
func FullTime(ctx context.Context, t time.Time) string {
	t = t.In(view(ctx).zone)
	return calendarDay(lang.From(ctx), businessday.DateOf(t), true) + " " + t.Format("15:04:05")
}

// Ago writes how long ago something was: 방금, 3분 전, 1시간 20분 전.
func Ago(ctx context.Context, t time.Time) string {
	l := lang.From(ctx)
	d := view(ctx).now.Sub(t)
	switch {
	case d < time.Minute:
		return text.JustNow.In(l)
	case d < time.Hour:
		return text.MinutesAgo.With("n", strconv.Itoa(int(d.Minutes()))).In(l)
	}
	return When(ctx, t)
}

func dayWord(l lang.Lang, d, today businessday.Date) string {
	switch today.DaysUntil(d) {
	case 0:
		return text.Today.In(l)
	case -1:
		return text.Yesterday.In(l)
	case 1:
		return text.Tomorrow.In(l)
	}
	return calendarDay(l, d, d.Year() != today.Year())
}

var koreanWeekdays = [...]string{"일", "월", "화", "수", "목", "금", "토"}

func calendarDay(l lang.Lang, d businessday.Date, year bool) string {
	if l == lang.English {
		if year {
			return d.Midnight().Format("Mon 2 Jan 2006")
		}
		return d.Midnight().Format("Mon 2 Jan")
	}
	s := fmt.Sprintf("%d. %d. (%s)", d.Month(), d.Day(), koreanWeekdays[d.Weekday()])
	if year {
		return fmt.Sprintf("%d. ", d.Year()) + s
	}
	return s
}

// Weekday writes the day of the week in one or three letters: 월, Mon.
func Weekday(ctx context.Context, d businessday.Date) string {
	if lang.From(ctx) == lang.English {
		return d.Weekday().String()[:3]
	}
	return koreanWeekdays[d.Weekday()]
}
