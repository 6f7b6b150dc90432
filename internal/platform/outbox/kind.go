package outbox

import (
	stdjson "encoding/json"
	"fmt"
	"reflect"
	"strings"

	"github.com/go-json-experiment/json"

	"maru/internal/platform/event"
)

// Kind is one kind of event that a subscription wants: its stored name, and how a stored payload
// becomes a Go value again. Make one with Of.
type Kind struct {
	name    string
	source  string
	version int // the newest that is understood
	typ     reflect.Type
	decode  func(version int, payload []byte) (event.Event, error)
}

// Upcast turns a payload of an old version into today's event. Make one with From.
type Upcast[E event.Event] struct {
	version int
	up      func(payload []byte) (E, error)
}

// From says how an event that was stored as Old under the given version reads today. Old is a copy
// of the type's shape as it was then.
func From[Old any, E event.Event](version int, up func(Old) E) Upcast[E] {
	return Upcast[E]{version: version, up: func(payload []byte) (E, error) {
		var old Old
		if err := stdjson.Unmarshal(payload, &old); err != nil {
			var none E
			return none, err
		}
		return up(old), nil
	}}
}

// Of returns the kind of E, to subscribe to. Deliveries then carry a value of type E. A stored event
// of a newer version than E's own was published by a newer program: its lane waits for such a program
// to take it (docs/adr/0017). One of an older version without an upcast is not understood, and parked.
//
// It panics when E's kind is not of the form "<context>.<fact>", and on two upcasts of one version.
func Of[E event.Event](upcasts ...Upcast[E]) Kind {
	var zero E
	return Named(zero.EventKind(), upcasts...)
}

// Named is Of for a type whose values are of several kinds, such as the records of package trail, which
// every context publishes as its own. It panics as Of does.
func Named[E event.Event](name string, upcasts ...Upcast[E]) Kind {
	var zero E
	source, _, err := splitName(name)
	if err != nil {
		panic(fmt.Sprintf("outbox: kind of %T: %v", zero, err))
	}
	old := make(map[int]func([]byte) (E, error), len(upcasts))
	for _, u := range upcasts {
		if _, twice := old[u.version]; twice || u.version == zero.EventVersion() {
			panic(fmt.Sprintf("outbox: two ways to read version %d of %s", u.version, name))
		}
		old[u.version] = u.up
	}
	decode := func(version int, payload []byte) (event.Event, error) {
		if up, ok := old[version]; ok {
			e, err := up(payload)
			return e, err
		}
		if version > zero.EventVersion() {
			return nil, Later(fmt.Errorf("version %d of %s is newer than this program, which knows version %d",
				version, zero.EventKind(), zero.EventVersion()))
		}
		if version != zero.EventVersion() {
			return nil, fmt.Errorf("version %d of %s is not known to this program", version, name)
		}
		var e E
		if err := decodeInto(&e, payload); err != nil {
			return nil, fmt.Errorf("decode %s version %d: %w", name, version, err)
		}
		return e, nil
	}
	return Kind{name: name, source: source, version: zero.EventVersion(), typ: reflect.TypeFor[E](), decode: decode}
}

func decodeInto[E event.Event](e *E, payload []byte) error {
	if d, ok := any(e).(event.Decoder); ok {
		return d.DecodeEvent(payload)
	}
	return json.Unmarshal(payload, e) // three times as fast as encoding/json
}

// read decodes a stored event. What several readers of this process want is decoded once.
func (k Kind) read(row *record) (event.Event, error) {
	if row.shared == nil {
		return k.decode(row.version, row.payload)
	}
	row.shared.mu.Lock()
	defer row.shared.mu.Unlock()
	if e := row.shared.event; e != nil && reflect.TypeOf(e) == k.typ {
		return e, nil
	}
	e, err := k.decode(row.version, row.payload)
	if err == nil {
		row.shared.event = e
	}
	return e, err
}

// splitName cuts "<context>.<rest>" and checks that the context has a schema.
func splitName(name string) (context, rest string, err error) {
	context, rest, ok := strings.Cut(name, ".")
	if !ok || rest == "" {
		return "", "", fmt.Errorf("%q is not of the form <context>.<name>", name)
	}
	if _, known := statements[context]; !known {
		return "", "", fmt.Errorf("%q names no context that has a schema", name)
	}
	return context, rest, nil
}
