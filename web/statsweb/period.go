package statsweb

import (
	"maru/internal/kernel/businessday"
	"maru/internal/kernel/ids"
	"maru/internal/kernel/lang"
	"maru/internal/stats"
	"maru/web/webkit"
)

// span is a named stretch of days. Its name stands in the URL, so that a bookmark of "the last 7
// days" is always about the last 7 days.
type span string

const (
	spanToday  span = "today"
	spanWeek   span = "7d"
	spanMonth  span = "30d"
	spanBegun  span = "month" // the calendar month that is running
	spanAll    span = "all"
	spanCustom span = "custom"
)

// period is the days a page is about, and the days they are compared with.
type period struct {
	Span     span
	From, To businessday.Date
	// Custom is what was typed, with what is wrong with it.
	Custom *webkit.Form

	clock dayClock
}

// sold are the first and last days with sales; zero where nothing was sold yet.
type sold struct{ First, Last businessday.Date }

// readPeriod reads range=, from= and to= of the URL. Days that make no sense are shown beside the
// input, and the page falls back to the last 7 days.
func readPeriod(f *webkit.Form, clock dayClock, s sold) period {
	p := period{Span: span(f.Value("range")), To: clock.Today, Custom: f, clock: clock}
	if p.Span == "" && (f.Value("from") != "" || f.Value("to") != "") {
		p.Span = spanCustom
	}
	switch p.Span {
	case spanToday:
		p.From = clock.Today
	case spanMonth:
		p.From = clock.Today.AddDays(-29)
	case spanBegun:
		p.From = businessday.NewDate(clock.Today.Year(), clock.Today.Month(), 1)
	case spanAll:
		p.From, p.To = clock.Today, clock.Today
		if !s.First.IsZero() {
			p.From = s.First
		}
		if clock.Today.Before(s.Last) {
			p.To = s.Last
		}
		if p.From.DaysUntil(p.To) >= stats.MaxDays {
			p.From = p.To.AddDays(1 - stats.MaxDays)
		}
	case spanCustom:
		p.From, p.To = f.Date("from"), f.Date("to")
		if f.OK() {
			f.Refuse(stats.Over{From: p.From, To: p.To}.Check())
		}
		if !f.OK() {
			p.From, p.To = clock.Today.AddDays(-6), clock.Today
		}
	case spanWeek:
		p.From = clock.Today.AddDays(-6)
	default:
		p.Span, p.From = spanWeek, clock.Today.AddDays(-6)
	}
	return p
}

// Days is the number of days, at least 1.
func (p period) Days() int { return p.From.DaysUntil(p.To) + 1 }

// Over is the period for one store, or with the zero id for the chain.
func (p period) Over(store ids.StoreID) stats.Over {
	return stats.Over{Store: store, From: p.From, To: p.To}
}

// Trend returns two stretches that can be compared fairly: of today the hours that are over, against
// the same hours of the same weekday last week; of longer periods their complete days, against as
// many days right before (of the running month: against the same days of the month before). ok is
// false where nothing is complete yet.
func (p period) Trend(store ids.StoreID) (now, before stats.Over, ok bool) {
	if p.From == p.To && p.To == p.clock.Today {
		now = stats.Over{Store: store, From: p.To, To: p.To, Hours: p.clock.Done}
		before = stats.Over{Store: store, From: p.clock.WeekBefore(), To: p.clock.WeekBefore(), Hours: p.clock.Done}
		return now, before, p.clock.Comparable()
	}
	last := p.To
	if !last.Before(p.clock.Today) {
		last = p.clock.Today.AddDays(-1)
	}
	days := p.From.DaysUntil(last) + 1
	if days < 1 || days > stats.MaxDays/2 {
		return now, before, false
	}
	now = stats.Over{Store: store, From: p.From, To: last}
	if p.Span == spanBegun {
		first := p.From.AddDays(-1)
		first = businessday.NewDate(first.Year(), first.Month(), 1)
		end := first.AddDays(days - 1)
		if !end.Before(p.From) {
			end = p.From.AddDays(-1)
		}
		return now, stats.Over{Store: store, From: first, To: end}, true
	}
	return now, stats.Over{Store: store, From: p.From.AddDays(-days), To: p.From.AddDays(-1)}, true
}

// pairs are the names and values by which a URL says which days.
func (p period) pairs(more ...string) []string {
	pairs := []string{"range", string(p.Span)}
	if p.Span == spanCustom {
		pairs = append(pairs, "from", p.From.String(), "to", p.To.String())
	}
	return append(pairs, more...)
}

// spanChoice is one of the links of the picker.
type spanChoice struct {
	Span  span
	Label lang.Text
}

var spanChoices = []spanChoice{
	{spanToday, text.SpanToday},
	{spanWeek, text.SpanWeek},
	{spanMonth, text.SpanMonth},
	{spanBegun, text.SpanBegun},
	{spanAll, text.SpanAll},
}

// tabs are the links of the picker.
func (p period) tabs(path string, keep []string) []webkit.Tab {
	tabs := make([]webkit.Tab, len(spanChoices))
	for i, c := range spanChoices {
		tabs[i] = webkit.Tab{Label: c.Label, URL: webkit.URL(path, append([]string{"range", string(c.Span)}, keep...)...), Current: p.Span == c.Span}
	}
	return tabs
}

func (p period) inputLabel(name string) lang.Text {
	if name == "from" {
		return text.FirstDay
	}
	return text.LastDay
}

// inputValue is what was typed, and otherwise the days that are shown.
func (p period) inputValue(name string) string {
	if p.Span == spanCustom && p.Custom.Value(name) != "" {
		return p.Custom.Value(name)
	}
	if name == "from" {
		return p.From.String()
	}
	return p.To.String()
}
