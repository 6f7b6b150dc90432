package webkit

import (
	"context"
	"fmt"
	"math"
	"strconv"

	"maru/internal/kernel/lang"
)

// Chart is numbers over labels: money in minor units, or counts.
type Chart struct {
	Title   lang.Text
	Summary string   // one sentence that says what the picture shows, for those who do not see it
	Labels  []string // under the axis, short
	Long    []string // in tips and in the table; the Labels where empty
	Series  []Series
	Exact   func(int64) string // writes a value in tips and in the table
	Short   func(int64) string // writes a value at the axis
	// Mark is the index of the label that matters most (today); -1 or out of range for none.
	Mark int
	// Tall makes the plot higher, for the one chart of a page.
	Tall bool
}

// Series is one line or one colour of bars. There are at most four; more cannot be told apart.
type Series struct {
	Name   string
	Values []int64
}

// Ranked is one row of a ranking.
type Ranked struct {
	Label string
	Note  string
	Value int64
	Shown string
	Href  string
}

func (c Chart) long(i int) string {
	if i < len(c.Long) {
		return c.Long[i]
	}
	return c.Labels[i]
}

func (c Chart) empty() bool { return len(c.Labels) == 0 || len(c.Series) == 0 }

// tip is what appears over a point: its label, and the value of each series.
func (c Chart) tip(i int) string {
	s := c.long(i)
	for _, series := range c.Series {
		if i < len(series.Values) {
			s += "\n"
			if len(c.Series) > 1 {
				s += series.Name + " "
			}
			s += c.Exact(series.Values[i])
		}
	}
	return s
}

// axis is a scale from 0 (or below) to a round number above everything shown.
type axis struct {
	low, high int64
	ticks     []int64
}

// scale chooses steps of 1, 2 or 5 times a power of ten, so that there are three to five of them.
func scale(values ...[]int64) axis {
	var low, high int64
	for _, series := range values {
		for _, v := range series {
			low, high = min(low, v), max(high, v)
		}
	}
	if low == 0 && high == 0 {
		return axis{high: 1, ticks: []int64{0}}
	}
	span := float64(high) - float64(low)
	step := int64(niceStep(span / 4))
	a := axis{low: floorTo(low, step), high: -floorTo(-high, step)}
	for t := a.low; t <= a.high; t += step {
		a.ticks = append(a.ticks, t)
	}
	return a
}

func niceStep(rough float64) float64 {
	if rough <= 1 {
		return 1
	}
	power := math.Pow(10, math.Floor(math.Log10(rough)))
	for _, m := range []float64{1, 2, 5, 10} {
		if m*power >= rough {
			return m * power
		}
	}
	return 10 * power
}

func floorTo(v, step int64) int64 {
	q := v / step
	if v%step != 0 && v < 0 {
		q--
	}
	return q * step
}

// at returns where v stands between the axis's ends, from 0 (low) to 100 (high).
func (a axis) at(v int64) float64 {
	if a.high == a.low {
		return 0
	}
	return float64(v-a.low) / float64(a.high-a.low) * 100
}

func percent(v float64) string { return strconv.FormatFloat(v, 'f', 2, 64) + "%" }

// topDown returns the ticks as they stand beside the plot, highest first.
func (a axis) topDown() []int64 {
	out := make([]int64, 0, len(a.ticks))
	for i := len(a.ticks) - 1; i >= 0; i-- {
		out = append(out, a.ticks[i])
	}
	return out
}

// slot is the room of one label along the axis.
type slot struct{ from, width float64 }

func slots(n int) []slot {
	out := make([]slot, n)
	w := 100 / float64(max(n, 1))
	for i := range out {
		out[i] = slot{from: w * float64(i), width: w}
	}
	return out
}

// bar is one rectangle of a bar chart, in percent of the plot.
type bar struct{ x, y, width, height float64 }

// bars places the bars of one slot beside each other, with air around them. Bars of positive values
// reach a little below the plot, which cuts off their lower, round corners.
func (c Chart) bars(a axis, s slot, i int) []bar {
	n := float64(len(c.Series))
	share := barShare(len(c.Labels))
	room := s.width * share
	gap := 0.0
	if n > 1 {
		gap = room * 0.06
	}
	w := (room - gap*(n-1)) / n
	zero := a.at(0)
	out := make([]bar, 0, len(c.Series))
	for k, series := range c.Series {
		if i >= len(series.Values) {
			continue
		}
		top := a.at(series.Values[i])
		b := bar{x: s.from + s.width*(1-share)/2 + float64(k)*(w+gap), width: w, y: 100 - math.Max(top, zero), height: math.Abs(top - zero)}
		if a.low == 0 && b.height > 0 {
			b.height += 5
		}
		out = append(out, b)
	}
	return out
}

// barShare is how much of a slot its bars take: few bars stay slim, many leave little air.
func barShare(labels int) float64 {
	switch {
	case labels <= 8:
		return 0.46
	case labels <= 16:
		return 0.58
	}
	return 0.68
}

// line returns the points of a series in a field of 100 by 100.
func (c Chart) line(a axis, series Series) string {
	s := slots(len(c.Labels))
	out := ""
	for i, v := range series.Values {
		if i >= len(s) {
			break
		}
		out += fmt.Sprintf("%.2f,%.2f ", s[i].from+s[i].width/2, 100-a.at(v))
	}
	return out
}

// area is the line closed along the axis.
func (c Chart) area(a axis, series Series) string {
	n := min(len(series.Values), len(c.Labels))
	if n == 0 {
		return ""
	}
	s := slots(len(c.Labels))
	zero := 100 - a.at(0)
	return fmt.Sprintf("%.2f,%.2f %s%.2f,%.2f", s[0].from+s[0].width/2, zero, c.line(a, series), s[n-1].from+s[n-1].width/2, zero)
}

// labelClass thins out labels: of many only some are shown, and on narrow charts fewer still.
func labelClass(i, n int) string {
	wide, narrow := (n+11)/12, (n+5)/6
	switch {
	case i%wide != 0:
		return "chart-label chart-label-never"
	case i%(wide*max(1, (narrow+wide-1)/wide)) != 0:
		return "chart-label chart-label-wide"
	}
	return "chart-label"
}

func seriesClass(k int) string {
	switch k {
	case 0:
		return "series-1"
	case 1:
		return "series-2"
	case 2:
		return "series-3"
	}
	return "series-4"
}

// widest returns the largest value, at least 1.
func widest(rows []Ranked) int64 {
	var m int64 = 1
	for _, r := range rows {
		m = max(m, r.Value)
	}
	return m
}

// sparkPoints returns a line in a field of 100 by 100.
func sparkPoints(values []int64) string {
	a := scale(values)
	out := ""
	for i, v := range values {
		x := 100 * float64(i) / float64(max(len(values)-1, 1))
		out += fmt.Sprintf("%.2f,%.2f ", x, 96-a.at(v)*0.92)
	}
	return out
}

func chartScale(c Chart) axis {
	values := make([][]int64, len(c.Series))
	for i, s := range c.Series {
		values[i] = s.Values
	}
	return scale(values...)
}

// chartName is how a screen reader names the picture: its title and what it shows.
func chartName(ctx context.Context, c Chart) string {
	name := T(ctx, c.Title)
	if c.Summary != "" {
		name += ". " + c.Summary
	}
	return name
}
