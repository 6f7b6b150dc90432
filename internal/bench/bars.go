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
	{"one store alone, orders/s (32 clients)", "intake", "one store, 32 clients", "orders_s", 500, 1500, false},
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
