package outbox

import (
	"context"

	"maru/internal/platform/event"
)

type traceKey struct{}

// WithTrace returns a context under which Publish stores traceparent (W3C Trace Context) with every
// event, so that what a request caused can be followed through the subscriptions.
func WithTrace(ctx context.Context, traceparent string) context.Context {
	return context.WithValue(ctx, traceKey{}, traceparent)
}

func traceOf(ctx context.Context) string {
	s, _ := ctx.Value(traceKey{}).(string)
	return s
}

// Traced returns e as an event that Queue stores with the trace of ctx.
func Traced(ctx context.Context, e event.Event) event.Event {
	if s := traceOf(ctx); s != "" {
		return traced{Event: e, trace: s}
	}
	return e
}

type traced struct {
	event.Event
	trace string
}
