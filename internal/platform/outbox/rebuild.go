package outbox

// Rebuild says how a subscription's effects can be built anew from events, beside the live ones.
type Rebuild struct {
	// Tables are those that the subscription alone writes, without the schema.
	Tables []string
	// Handle does what the subscription's handler does, and publishes nothing. Its statements reach the
	// new tables; it must name them with the schema, as sqlc does.
	Handle Handler
}
