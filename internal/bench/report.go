package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"slices"
	"text/tabwriter"
	"time"
)

// report is what was measured; it is written as JSON.
type report struct {
	At       time.Time         `json:"at"`
	Seconds  float64           `json:"seconds"` // how long the whole took
	Machine  machine           `json:"machine"`
	Revision string            `json:"revision"`
	Settings map[string]string `json:"postgres_settings"`
	Rounds   int               `json:"rounds"`
	WindowMS int64             `json:"window_ms"`
	Loads    []partLoad        `json:"load_of_the_machine"` // as each part began
	Rows     []*row            `json:"rows"`
	Bars     []barResult       `json:"bars"`
	Notes    []string          `json:"notes,omitempty"`
}

type machine struct {
	Cores      int    `json:"cores"`
	CPU        string `json:"cpu"`
	MemoryMB   int    `json:"memory_mb"`
	Go         string `json:"go"`
	PostgreSQL string `json:"postgresql"`
}

type partLoad struct {
	Part    string  `json:"part"`
	Load    float64 `json:"load_1m"`
	Seconds float64 `json:"seconds"` // how long the part took
}

// row is one thing that was measured, once in every round.
type row struct {
	Part   string               `json:"part"`
	Case   string               `json:"case"`
	Rounds map[string][]float64 `json:"rounds"`
	Median map[string]float64   `json:"median"`
}

// row returns the row of a case, new where it is asked for the first time.
func (r *report) row(part, name string) *row {
	if found := r.find(part, name); found != nil {
		return found
	}
	added := &row{Part: part, Case: name, Rounds: map[string][]float64{}, Median: map[string]float64{}}
	r.Rows = append(r.Rows, added)
	return added
}

func (r *report) find(part, name string) *row {
	i := slices.IndexFunc(r.Rows, func(x *row) bool { return x.Part == part && x.Case == name })
	if i < 0 {
		return nil
	}
	return r.Rows[i]
}

// add takes the figure of one more round.
func (r *row) add(metric string, value float64) {
	r.Rounds[metric] = append(r.Rounds[metric], value)
	r.Median[metric] = median(r.Rounds[metric])
}

func median(values []float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	n := len(sorted)
	if n == 0 {
		return 0
	}
	return (sorted[(n-1)/2] + sorted[n/2]) / 2
}

// metrics are the columns of the table, in this order; a part shows those it has.
var metrics = []struct{ name, title, format string }{
	{"orders_s", "orders/s", "%.0f"},
	{"spread", "± %", "%.0f"},
	{"p50_ms", "p50 ms", "%.2f"},
	{"p99_ms", "p99 ms", "%.1f"},
	{"slowest_ms", "slowest ms", "%.1f"},
	{"ratio", "÷ limit", "%.2f"},
	{"cpu_program_ms", "program ms/order", "%.3f"},
	{"cpu_database_ms", "database ms/order", "%.3f"},
	{"cpu_ms", "both ms/order", "%.3f"},
	{"cpu_load_ms", "load ms/order", "%.3f"},
	{"behind_s", "stock behind s", "%.2f"},
	{"stock_p50_ms", "stock p50 ms", "%.1f"},
	{"stock_p99_ms", "stock p99 ms", "%.1f"},
	{"heard_p50_ms", "page p50 ms", "%.1f"},
	{"heard_p99_ms", "page p99 ms", "%.1f"},
	{"unheard", "unheard", "%.0f"},
	{"events_s", "events/s", "%.0f"},
	{"stock_s", "stock/s", "%.0f"},
	{"sales_s", "sales/s", "%.0f"},
	{"audit_s", "audit/s", "%.0f"},
	{"cpu_event_ms", "CPU ms/event", "%.3f"},
	{"memory_mb", "memory MB", "%.0f"},
	{"of_empty", "÷ empty", "%.2f"},
}

func (r *report) print(w io.Writer) {
	for _, p := range parts {
		r.printPart(w, p)
	}
	if len(r.Bars) > 0 {
		fmt.Fprintln(w, "\nbars")
		t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
		fmt.Fprintln(t, "  bar\tmeasured\tmust\taim\t")
		for _, b := range r.Bars {
			fmt.Fprintf(t, "  %s\t%s\t%s\t%s\t%s\n", b.Bar, number(b.Measured), b.sign()+number(b.Must), b.sign()+number(b.Aim), b.verdict())
		}
		_ = t.Flush() // the writer below is a terminal
	}
	for _, note := range r.Notes {
		fmt.Fprintln(w, "note:", note)
	}
	fmt.Fprintf(w, "\n%d cores (%s), %s, PostgreSQL %s, %s, %d rounds of %s, %.0f s in all\n",
		r.Machine.Cores, r.Machine.CPU, r.Revision, r.Machine.PostgreSQL, r.Machine.Go, r.Rounds, time.Duration(r.WindowMS)*time.Millisecond, r.Seconds)
}

func (r *report) printPart(w io.Writer, p part) {
	var rows []*row
	for _, x := range r.Rows {
		if x.Part == p.name {
			x.Median["spread"] = spread(x.Rounds["orders_s"])
			rows = append(rows, x)
		}
	}
	if len(rows) == 0 {
		return
	}
	fmt.Fprintf(w, "\n%s (%s)\n", p.title, p.name)
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	shown := metrics[:0:0]
	for _, m := range metrics {
		if slices.ContainsFunc(rows, func(x *row) bool { return x.Median[m.name] != 0 }) {
			shown = append(shown, m)
		}
	}
	fmt.Fprint(t, "\t")
	for _, m := range shown {
		fmt.Fprint(t, m.title, "\t")
	}
	fmt.Fprintln(t)
	for _, x := range rows {
		fmt.Fprint(t, "  ", x.Case, "\t")
		for _, m := range shown {
			if v, measured := x.Median[m.name]; measured {
				fmt.Fprintf(t, m.format, v)
			}
			fmt.Fprint(t, "\t")
		}
		fmt.Fprintln(t)
	}
	_ = t.Flush()
}

// spread is how far the rounds are apart: half the distance of the extremes, in per cent of the median.
func spread(values []float64) float64 {
	if len(values) < 2 || median(values) == 0 {
		return 0
	}
	return 50 * (slices.Max(values) - slices.Min(values)) / median(values)
}

func number(v float64) string {
	switch {
	case v >= 100:
		return fmt.Sprintf("%.0f", v)
	case v >= 10:
		return fmt.Sprintf("%.1f", v)
	}
	return fmt.Sprintf("%.2f", v)
}

func (r *report) write(path string) error {
	doc, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(path, append(doc, '\n'), 0o644) //nolint:gosec // figures are for everybody
}
