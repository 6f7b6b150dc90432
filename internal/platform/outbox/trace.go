package outbox

import (
	"context"

	"maru/internal/kernel/traceparent"
	"maru/internal/platform/event"
)

// Traced returns e as an event that is stored with trace, which is one that a context carried (see
// package traceparent), or empty. It is for transactions of several requests; what Publish stores has the
// trace of its own context.
func Traced(trace string, e event.Event) event.Event {
	if trace == "" {
		return e
	}
	return traced{Event: e, trace: trace}
}

type traced struct {
	event.Event
	trace string
}

// causedBy returns ctx with the trace that all deliveries have. Where they differ, it is not known of what
// a handler publishes which of them caused it, and it says none rather than a wrong one.
func causedBy(ctx context.Context, deliveries []Delivery) context.Context {
	trace := deliveries[0].Trace
	for i := range deliveries {
		if deliveries[i].Trace != trace {
			return ctx
		}
	}
	return traceparent.With(ctx, trace)
}

// withTrace adds the trace of an event to what a line of the log says.
func withTrace(trace string, args ...any) []any {
	if trace == "" {
		return args
	}
	return append(args, "trace", trace)
}
