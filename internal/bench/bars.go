package main

// bar is a figure that has to be reached. The numbers are those of the issue that asked for the event
// core; ratios, so that they mean the same on another machine, and times and sizes for one with two cores.
type bar struct {
	name      string
	part      string
	row       string
	metric    string
	must, aim float64
	most      bool // the figure must be at most this, not at least
}

var bars = []bar{
	{"HTTP orders/s ÷ database's limit, 32 clients", "intake", "500 stores, 32 clients", "ratio", 0.7, 1.5, false},
	{"CPU ms per order, full load (128 clients)", "intake", "500 stores, 128 clients", "cpu_ms", 0.8, 0.3, true},
	{"CPU ms per order, 100 orders/s", "lag", "100 orders/s", "cpu_ms", 2.5, 1.5, true},
	{"lag to stock p50 ms, 100 orders/s", "lag", "100 orders/s", "stock_p50_ms", 8, 3, true},
	{"lag to stock p99 ms, 100 orders/s", "lag", "100 orders/s", "stock_p99_ms", 40, 15, true},
	{"drain, events/s (stock and sales)", "drain", "100000 events, 1 replica", "events_s", 20_000, 40_000, false},
	{"one store alone, orders/s (32 clients)", "intake", "one store, 32 clients", "orders_s", 500, 1500, false},
	{"throughput with 10 million orders ÷ empty", "growth", "10 million stored orders", "of_empty", 0.8, 0.95, false},
	{"memory MB, idle", "memory", "idle", "memory_mb", 64, 40, true},
	{"members' list p99 ms, pages all over", "people", "members, pages all over the list", "p99_ms", 50, 20, true},
	{"members' search p99 ms, a syllable", "people", "members, search for a syllable", "p99_ms", 50, 20, true},
	{"members' search p99 ms, a whole name", "people", "members, search for a whole name", "p99_ms", 50, 20, true},
	{"stores' list p99 ms", "people", "stores with their day", "p99_ms", 50, 20, true},
	{"memory MB, 1,000 orders/s", "memory", "1000 orders/s, 500 pages open", "memory_mb", 128, 96, true},
}

type barResult struct {
	Bar      string  `json:"bar"`
	Measured float64 `json:"measured"`
	Must     float64 `json:"must"`
	Aim      float64 `json:"aim"`
	AtMost   bool    `json:"at_most"`
	MustMet  bool    `json:"must_met"`
	AimMet   bool    `json:"aim_met"`
}

// judge compares what was measured with the bars; what was not measured is left out.
func (r *report) judge() {
	r.Bars = nil
	for _, b := range bars {
		x := r.find(b.part, b.row)
		if x == nil {
			continue
		}
		v, measured := x.Median[b.metric]
		if !measured {
			continue
		}
		reached := func(limit float64) bool { return v >= limit && !b.most || v <= limit && b.most }
		r.Bars = append(r.Bars, barResult{b.name, v, b.must, b.aim, b.most, reached(b.must), reached(b.aim)})
	}
}

func (b barResult) sign() string {
	if b.AtMost {
		return "≤ "
	}
	return "≥ "
}

func (b barResult) verdict() string {
	switch {
	case b.AimMet:
		return "aim reached"
	case b.MustMet:
		return "must reached"
	}
	return "MISSED"
}
