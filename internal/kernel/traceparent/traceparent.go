// Package traceparent carries the header of that name of W3C Trace Context from a request to what it causes.
package traceparent

import (
	"context"
	"strings"
)

type key struct{}

// With returns a context that carries value where that is a traceparent of version 00, and ctx itself
// otherwise: a header is what anybody sends, and what is carried is stored and logged.
func With(ctx context.Context, value string) context.Context {
	if !valid(value) {
		return ctx
	}
	return context.WithValue(ctx, key{}, value)
}

// From returns what ctx carries, or "".
func From(ctx context.Context) string {
	value, _ := ctx.Value(key{}).(string)
	return value
}

const (
	form = "00-tttttttttttttttttttttttttttttttt-pppppppppppppppp-ff"
	hex  = "0123456789abcdef"
)

// valid knows https://www.w3.org/TR/trace-context/#traceparent-header: trace and parent are not all zero.
func valid(value string) bool {
	if len(value) != len(form) || value[:3] != "00-" || value[35] != '-' || value[52] != '-' {
		return false
	}
	trace, parent, flags := value[3:35], value[36:52], value[53:]
	return strings.Trim(trace+parent+flags, hex) == "" && strings.Trim(trace, "0") != "" && strings.Trim(parent, "0") != ""
}
