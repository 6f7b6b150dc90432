package statsweb

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"unicode/utf8"

	"maru/internal/kernel/businessday"
	"maru/internal/kernel/ids"
	"maru/internal/kernel/lang"
	"maru/internal/kernel/money"
	"maru/internal/stats"
	"maru/web/webkit"
)

// longestByDay is how many days a chart shows as days; more are shown as months.
const longestByDay = 92

// today is how the running day goes, against the same weekday last week.
type today struct {
	Clock  dayClock
	Sales  stats.Sales // so far
	Now    stats.Sales // in the hours that are over
	Before stats.Sales // in the same hours last week
	Last   stats.Sales // the whole day last week
	Hours  []stats.HourSales
	Week   []stats.HourSales // by hour, last week
}

func (p *pages) readToday(ctx context.Context, clock dayClock, store ids.StoreID) (t today, err error) {
	t.Clock = clock
	day := stats.Over{Store: store, From: clock.Today, To: clock.Today}
	week := stats.Over{Store: store, From: clock.WeekBefore(), To: clock.WeekBefore()}
	if t.Hours, err = p.Stats.SalesByHour(ctx, day); err != nil {
		return t, err
	}
	if t.Week, err = p.Stats.SalesByHour(ctx, week); err != nil {
		return t, err
	}
	for _, h := range t.Hours {
		t.Sales = t.Sales.Plus(h.Sales)
		if slices.Contains(clock.Done, h.Hour) {
			t.Now = t.Now.Plus(h.Sales)
		}
	}
	for _, h := range t.Week {
		t.Last = t.Last.Plus(h.Sales)
		if slices.Contains(clock.Done, h.Hour) {
			t.Before = t.Before.Plus(h.Sales)
		}
	}
	return t, nil
}

// chart draws today's hours beside last week's: from the first hour in which either sold, today only
// as far as it has come.
func (t today) chart(ctx context.Context) webkit.Chart {
	now, before := byHour(t.Hours), byHour(t.Week)
	hours := trim(t.Clock.Order, func(h int) bool { return now[h] != stats.Sales{} || before[h] != stats.Sales{} })
	c := webkit.Chart{
		Title: text.HoursOfToday, Mark: -1, Exact: exactMoney(ctx), Short: shortMoney(ctx),
		Summary: webkit.T(ctx, text.TodaySummary.With("today", webkit.Money(ctx, t.Sales.Net()), "before", webkit.Money(ctx, t.Before.Net()))),
	}
	this := webkit.Series{Name: webkit.T(ctx, text.Today)}
	last := webkit.Series{Name: webkit.T(ctx, text.LastWeek)}
	begun := true // until the present hour, which trim may have cut off
	for i, h := range hours {
		begun = begun && (h == t.Clock.Now || slices.Contains(t.Clock.Done, h))
		c.Labels = append(c.Labels, hourLabel(h))
		c.Long = append(c.Long, hourName(ctx, h))
		if begun {
			this.Values = append(this.Values, int64(now[h].Net()))
		}
		if h == t.Clock.Now {
			begun = false
			c.Mark = i
		}
		last.Values = append(last.Values, int64(before[h].Net()))
	}
	c.Series = []webkit.Series{this, last}
	return c
}

func byHour(rows []stats.HourSales) map[int]stats.Sales {
	m := make(map[int]stats.Sales, len(rows))
	for _, r := range rows {
		m[r.Hour] = r.Sales
	}
	return m
}

// trim leaves out hours before the first and after the last that is wanted.
func trim(hours []int, want func(int) bool) []int {
	first, last := slices.IndexFunc(hours, want), -1
	for i, h := range hours {
		if want(h) {
			last = i
		}
	}
	if first < 0 {
		return nil
	}
	return hours[first : last+1]
}

func hoursChart(ctx context.Context, clock dayClock, rows []stats.HourSales) webkit.Chart {
	by := byHour(rows)
	c := webkit.Chart{Title: text.ByHour, Mark: -1, Exact: exactMoney(ctx), Short: shortMoney(ctx)}
	series := webkit.Series{Name: webkit.T(ctx, text.NetSales)}
	var best stats.HourSales
	for _, h := range trim(clock.Order, func(h int) bool { return by[h] != stats.Sales{} }) {
		c.Labels = append(c.Labels, hourLabel(h))
		c.Long = append(c.Long, hourName(ctx, h))
		series.Values = append(series.Values, int64(by[h].Net()))
		if by[h].Net() > best.Net() {
			best = stats.HourSales{Hour: h, Sales: by[h]}
		}
	}
	c.Series = []webkit.Series{series}
	c.Summary = webkit.T(ctx, text.BestHour.With("hour", hourName(ctx, best.Hour), "amount", webkit.Money(ctx, best.Net())))
	return c
}

func daysChart(ctx context.Context, p period, rows []stats.DaySales) webkit.Chart {
	by := make(map[businessday.Date]stats.Sales, len(rows))
	for _, r := range rows {
		by[r.Date] = r.Sales
	}
	c := webkit.Chart{Title: text.ByDay, Mark: -1, Exact: exactMoney(ctx), Short: shortMoney(ctx)}
	series := webkit.Series{Name: webkit.T(ctx, text.NetSales)}
	best, bestDay := money.Amount(0), p.From
	for i := range p.Days() {
		d := p.From.AddDays(i)
		net := by[d].Net()
		c.Labels = append(c.Labels, dayLabel(ctx, d, p.Days() <= 14))
		c.Long = append(c.Long, webkit.FullDay(ctx, d))
		series.Values = append(series.Values, int64(net))
		if d == p.clock.Today {
			c.Mark = i
		}
		if net > best {
			best, bestDay = net, d
		}
	}
	c.Series = []webkit.Series{series}
	c.Summary = webkit.T(ctx, text.BestDay.With("day", webkit.FullDay(ctx, bestDay), "amount", webkit.Money(ctx, best)))
	return c
}

func monthsChart(ctx context.Context, rows []stats.MonthSales) webkit.Chart {
	c := webkit.Chart{Title: text.ByMonth, Mark: -1, Exact: exactMoney(ctx), Short: shortMoney(ctx)}
	series := webkit.Series{Name: webkit.T(ctx, text.NetSales)}
	var best stats.MonthSales
	for _, m := range rows {
		c.Labels = append(c.Labels, monthLabel(m.Month))
		c.Long = append(c.Long, monthName(ctx, m.Month))
		series.Values = append(series.Values, int64(m.Net()))
		if m.Net() > best.Net() {
			best = m
		}
	}
	c.Series = []webkit.Series{series}
	c.Summary = webkit.T(ctx, text.BestMonth.With("month", monthName(ctx, best.Month), "amount", webkit.Money(ctx, best.Net())))
	return c
}

// storeRow is a store in a table of sales.
type storeRow struct {
	stats.StoreSales
	Trend string
	Tone  webkit.Tone
	Icon  string
}

// storeRows puts what each store sold beside how that compares.
func storeRows(rows, now, before []stats.StoreSales) []storeRow {
	nets := func(list []stats.StoreSales) map[ids.StoreID]money.Amount {
		m := make(map[ids.StoreID]money.Amount, len(list))
		for _, s := range list {
			m[s.StoreID] = s.Net()
		}
		return m
	}
	n, b := nets(now), nets(before)
	out := make([]storeRow, len(rows))
	for i, s := range rows {
		out[i] = storeRow{StoreSales: s}
		out[i].Trend, out[i].Tone, out[i].Icon = trend(int64(n[s.StoreID]), int64(b[s.StoreID]))
	}
	return out
}

// trend says how now differs from before, in a word, a sign and a tone.
func trend(now, before int64) (word string, tone webkit.Tone, icon string) {
	switch {
	case before <= 0:
		return "–", webkit.Neutral, ""
	case now > before:
		return webkit.Change(now, before), webkit.Good, "trending-up"
	case now < before:
		return webkit.Change(now, before), webkit.Low, "trending-down"
	}
	return webkit.Change(now, before), webkit.Neutral, ""
}

// worry is a store whose day needs a look.
type worry struct {
	Name  lang.Text
	Code  string
	Says  string
	Short money.Amount // what is missing against last week
}

// worries finds the stores that are behind, worst first: nothing sold although last week there was, a
// third less than last week, or a tenth of the sales cancelled.
func worries(ctx context.Context, now, before []stats.StoreSales) []worry {
	today := make(map[ids.StoreID]stats.StoreSales, len(now))
	for _, s := range now {
		today[s.StoreID] = s
	}
	var out []worry
	for _, b := range before {
		n := today[b.StoreID]
		w := worry{Name: nameOf(b.Name, b.Code), Code: b.Code, Short: b.Net() - n.Net()}
		switch {
		case b.Net() <= 0:
			continue
		case n.Orders == 0:
			w.Says = webkit.T(ctx, text.NothingSold.With("before", webkit.Money(ctx, b.Net())))
		case n.Net() < b.Net()*2/3:
			w.Says = webkit.T(ctx, text.BehindLastWeek.With("change", webkit.Change(int64(n.Net()), int64(b.Net()))))
		default:
			continue
		}
		out = append(out, w)
	}
	for _, n := range now {
		if n.CancelledOrders >= 3 && n.CancelledRevenue*10 > n.Revenue && !slices.ContainsFunc(out, func(w worry) bool { return w.Code == n.Code }) {
			out = append(out, worry{Name: nameOf(n.Name, n.Code), Code: n.Code, Short: n.CancelledRevenue, Says: webkit.T(ctx, text.ManyCancelled.With(
				"n", webkit.Number(n.CancelledOrders), "amount", webkit.Money(ctx, n.CancelledRevenue)))})
		}
	}
	slices.SortStableFunc(out, func(a, b worry) int { return cmp.Compare(b.Short, a.Short) })
	return out
}

func exactMoney(ctx context.Context) func(int64) string {
	return func(v int64) string { return webkit.Money(ctx, money.Amount(v)) }
}

func shortMoney(ctx context.Context) func(int64) string {
	return func(v int64) string { return webkit.ShortMoney(ctx, money.Amount(v)) }
}

// tileMoney writes an amount for a tile, which on a phone has room for eleven digits; the exact one is
// its title.
func tileMoney(ctx context.Context, a money.Amount) string {
	if s := webkit.Money(ctx, a); utf8.RuneCountInString(s) <= 13 {
		return s
	}
	return webkit.ShortMoney(ctx, a)
}

func hourLabel(h int) string { return fmt.Sprintf("%02d", h) }

func hourName(ctx context.Context, h int) string { return webkit.T(ctx, hourText(h)) }

func hourText(h int) lang.Text {
	return text.HourName.With("from", fmt.Sprintf("%02d:00", h), "to", fmt.Sprintf("%02d:59", h))
}

func dayLabel(ctx context.Context, d businessday.Date, weekday bool) string {
	s := fmt.Sprintf("%d/%d", d.Month(), d.Day())
	if weekday {
		s += " " + webkit.Weekday(ctx, d)
	}
	return s
}

func monthLabel(d businessday.Date) string { return fmt.Sprintf("%02d/%d", d.Year()%100, d.Month()) }

func monthName(ctx context.Context, d businessday.Date) string { return webkit.T(ctx, monthText(d)) }

func monthText(d businessday.Date) lang.Text {
	return lang.Text{
		Ko: text.MonthName.With("year", fmt.Sprint(d.Year()), "month", fmt.Sprint(int(d.Month()))).Ko,
		En: d.Midnight().Format("January 2006"),
	}
}

// parseDay reads the key of a day.
func parseDay(key string) (businessday.Date, bool) {
	d, err := businessday.ParseDate(key)
	return d, err == nil
}

// nameOf is the name of something, or its code, or a word for what has neither yet.
func nameOf(name lang.Text, code string) lang.Text {
	if name.Ko != "" {
		return name
	}
	if code != "" {
		return lang.Text{Ko: code, En: code}
	}
	return text.Unnamed
}

// compared says how today differs from last week up to the same hour.
func (t today) compared(ctx context.Context, now, before int64) string {
	if !t.Clock.Comparable() || before <= 0 {
		return webkit.T(ctx, text.NoComparison)
	}
	return webkit.T(ctx, text.ComparedTo.With("change", webkit.Change(now, before)))
}

func (t today) tone(now, before int64) webkit.Tone {
	_, tone, _ := trend(now, before)
	return tone
}

// basis says what today is compared with, once for all tiles; "" where there is nothing.
func (t today) basis(ctx context.Context) string {
	if t.Last.Orders == 0 {
		return ""
	}
	if !t.Clock.Comparable() {
		return webkit.T(ctx, text.BasisLater)
	}
	return webkit.T(ctx, text.Basis.With("hour", fmt.Sprintf("%02d:00", t.Clock.Until()), "day", webkit.FullDay(ctx, t.Clock.WeekBefore()),
		"before", webkit.Money(ctx, t.Before.Net()), "whole", webkit.Money(ctx, t.Last.Net())))
}

// orderCountText counts orders in words.
func orderCountText(ctx context.Context, n int64) string {
	if n == 1 {
		return webkit.T(ctx, text.OneOrder)
	}
	return webkit.T(ctx, text.OrderCount.With("n", webkit.Number(n)))
}
