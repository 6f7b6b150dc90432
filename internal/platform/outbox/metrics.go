package outbox

import "github.com/prometheus/client_golang/prometheus"

// metrics are the figures of a dispatcher, each by subscription.
type metrics struct {
	lag, batch, took                    *prometheus.HistogramVec
	applied, retries, missing, hung     *prometheus.CounterVec
	foreseen, otherwise                 *prometheus.CounterVec
	pending, parked, paused, refused    *prometheus.GaugeVec
	oldest, waiting, careful, abandoned *prometheus.GaugeVec
	undeclared                          prometheus.Gauge
	published, listening                *prometheus.Desc
}

// subscriptionMetrics are the same for one subscription.
type subscriptionMetrics struct {
	lag, batch, took                    prometheus.Observer
	applied, retries, missing, hung     prometheus.Counter
	foreseen, otherwise                 prometheus.Counter
	pending, parked, paused, refused    prometheus.Gauge
	oldest, waiting, careful, abandoned prometheus.Gauge
}

func newMetrics() *metrics {
	by := []string{"subscription"}
	histogram := func(name, help string, buckets []float64) *prometheus.HistogramVec {
		return prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: name, Help: help, Buckets: buckets}, by)
	}
	counter := func(name, help string) *prometheus.CounterVec {
		return prometheus.NewCounterVec(prometheus.CounterOpts{Name: name, Help: help}, by)
	}
	gauge := func(name, help string) *prometheus.GaugeVec {
		return prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: name, Help: help}, by)
	}
	seconds := []float64{.001, .002, .005, .01, .02, .05, .1, .2, .5, 1, 2, 5, 10, 30, 60, 300}
	return &metrics{
		lag:       histogram("maru_outbox_lag_seconds", "Time from publishing an event to the commit of its effects.", seconds),
		batch:     histogram("maru_outbox_batch_events", "Events that one transaction of a subscription applied.", prometheus.ExponentialBuckets(1, 2, 12)),
		took:      histogram("maru_outbox_round_seconds", "Time from claiming lanes to the commit of their effects.", seconds),
		applied:   counter("maru_outbox_applied_total", "Events applied."),
		retries:   counter("maru_outbox_retries_total", "Rounds that failed for a passing reason, and events that had to wait."),
		missing:   counter("maru_outbox_missing_total", "Times that events which should be there were not; their lane waits."),
		pending:   gauge("maru_outbox_pending_events", "Events published and not yet looked at, as of the last refresh."),
		parked:    gauge("maru_outbox_parked_events", "Events parked, as of the last refresh."),
		paused:    gauge("maru_outbox_paused", "1 while the subscription pauses because it parked too many keys."),
		refused:   gauge("maru_outbox_refused_lanes", "Lanes whose cursor is ahead of the producer's head."),
		hung:      counter("maru_outbox_hung_total", "Calls of a handler that did not end in time."),
		oldest:    gauge("maru_outbox_oldest_seconds", "Age of the oldest event that is published and not yet looked at, as of the last refresh; 0 where there is none."),
		waiting:   gauge("maru_outbox_waiting_lanes", "Lanes whose next event has to wait for something, such as a newer program."),
		careful:   gauge("maru_outbox_careful_lanes", "Lanes that are gone through one event at a time, because a batch did not end or ended the process."),
		foreseen:  counter("maru_outbox_foreseen_rounds_total", "Rounds that were committed without asking first where the cursors are."),
		otherwise: counter("maru_outbox_otherwise_rounds_total", "Foreseen rounds that were done again, because something was not as foreseen."),
		abandoned: gauge("maru_outbox_abandoned_handlers", "Calls of a handler that were left behind and still run."),
		undeclared: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "maru_outbox_undeclared_subscriptions", Help: "Subscriptions with cursors in the database that this program does not know.",
		}),
		listening: prometheus.NewDesc("maru_outbox_listening",
			"1 while notifications of other replicas are heard on a server, 0 while events are found by polling.", []string{"server"}, nil),
		published: prometheus.NewDesc("maru_outbox_published_events",
			"Events ever published by a context, as of the last look at its heads.", []string{"source"}, nil),
	}
}

func (m *metrics) of(subscription string) *subscriptionMetrics {
	return &subscriptionMetrics{
		lag: m.lag.WithLabelValues(subscription), batch: m.batch.WithLabelValues(subscription),
		took: m.took.WithLabelValues(subscription), applied: m.applied.WithLabelValues(subscription),
		retries: m.retries.WithLabelValues(subscription), missing: m.missing.WithLabelValues(subscription),
		pending: m.pending.WithLabelValues(subscription), parked: m.parked.WithLabelValues(subscription),
		paused: m.paused.WithLabelValues(subscription), refused: m.refused.WithLabelValues(subscription),
		hung: m.hung.WithLabelValues(subscription), oldest: m.oldest.WithLabelValues(subscription),
		waiting: m.waiting.WithLabelValues(subscription), careful: m.careful.WithLabelValues(subscription),
		abandoned: m.abandoned.WithLabelValues(subscription),
		foreseen:  m.foreseen.WithLabelValues(subscription), otherwise: m.otherwise.WithLabelValues(subscription),
	}
}

func (m *metrics) collectors() []prometheus.Collector {
	return []prometheus.Collector{
		m.lag, m.batch, m.took, m.applied, m.retries, m.missing, m.hung, m.pending, m.parked, m.paused, m.refused,
		m.oldest, m.waiting, m.careful, m.abandoned, m.foreseen, m.otherwise, m.undeclared,
	}
}

// Describe and Collect make a Dispatcher a prometheus.Collector: register it and it is measured.
func (d *Dispatcher) Describe(ch chan<- *prometheus.Desc) {
	for _, c := range d.metrics.collectors() {
		c.Describe(ch)
	}
	ch <- d.metrics.published
	ch <- d.metrics.listening
}

// Collect sends the current figures. It asks no database.
func (d *Dispatcher) Collect(ch chan<- prometheus.Metric) {
	for _, c := range d.metrics.collectors() {
		c.Collect(ch)
	}
	for name, s := range d.sources {
		ch <- prometheus.MustNewConstMetric(d.metrics.published, prometheus.CounterValue, float64(s.heads().sum()), name)
	}
	for _, b := range d.bells {
		hears := 0.0
		if b.healthy() {
			hears = 1
		}
		ch <- prometheus.MustNewConstMetric(d.metrics.listening, prometheus.GaugeValue, hears, b.server)
	}
}
