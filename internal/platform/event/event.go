// Package event says what every domain event of Maru can answer about itself. Contracts satisfy it
// by shape and need not import it.
package event

import "maru/internal/kernel/ids"

// Event is a past-tense fact that a context publishes in the transaction that made it true.
type Event interface {
	// EventKind is the stored name, "<context>.<fact>", as in "ordering.order_accepted". The part
	// before the dot is the schema whose outbox keeps the event. It never changes.
	EventKind() string
	// EventVersion is the version of the payload's shape, from 1. Old versions are upcast on read.
	EventVersion() int
	// EventLane is the lane in which the event keeps its order.
	EventLane() ids.Lane
	// EventKey names the aggregate the fact is about. When an event of a key is parked, later ones
	// of that key wait behind it; other keys go on.
	EventKey() string
}

// Decoder is implemented by pointers to events that are read so often that they read their stored form
// themselves. DecodeEvent sets the event to what the payload says, exactly as json.Unmarshal would.
type Decoder interface {
	DecodeEvent(payload []byte) error
}
