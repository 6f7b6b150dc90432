package outbox

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"maru/internal/kernel/ids"
	"maru/internal/platform/event"
)

// Delivery is one event on its way to a handler.
type Delivery struct {
	// Event is the decoded event, of the Go type that was given to Of.
	Event event.Event
	// Source is the context that published it.
	Source string
	// Lane and Pos are its place in the source's outbox: unique, and gap-free per lane.
	Lane ids.Lane
	Pos  int64
	Kind string
	Key  string
	// At is when it was published, by the publisher's clock. It is a measurement: order comes from
	// Pos, and the time of the fact itself belongs into the event.
	At time.Time
	// Trace is the W3C traceparent of the request that caused the event, or empty. What a handler publishes
	// has it too, where all events of its batch have the same.
	Trace string
}

// Handler applies a batch of deliveries inside tx and writes only through tx; the dispatcher commits
// together with the cursor. The batch is in order per lane. The handler may be called again with the
// same events when its transaction did not commit, with a larger or smaller batch around them.
//
// An error or a panic makes the dispatcher replay the batch one event at a time and park the one
// that fails; connection trouble, serialization failures and Later are retried instead.
type Handler func(ctx context.Context, tx pgx.Tx, batch []Delivery) error

// Subscriptions is the list of everything the program's contexts react to. Fill it while the program
// starts, then give it to NewDispatcher. The zero value is empty and ready.
type Subscriptions struct {
	subscriptions []subscription
	tails         []tailSpec
}

type subscription struct {
	name   string
	target string        // the subscriber's schema
	source string        // the producer's schema
	every  time.Duration // the shortest time between two rounds, unless batches are full
	last   bool          // gives way to the others of its source
	beside bool          // rebuilds another one
	tables []string      // what it writes, where it can be rebuilt
	handle Handler
	kinds  map[string]Kind
}

type tailSpec struct {
	source string
	wanted func(ids.Lane) bool // nil: all lanes
	first  bool                // nothing can be served before it is loaded
	load   func(context.Context) error
	handle func(context.Context, []Delivery) error
	kinds  map[string]Kind
}

// On subscribes h to kinds, from the oldest event that is still kept. The name is stored with the
// cursors and never changes; its part before the dot is the subscribing context, in whose database
// the cursors and the effects are. All kinds come from one context.
//
// It panics on what only a programmer can get wrong: a name that is taken or malformed, no kinds,
// kinds of two contexts.
func (s *Subscriptions) On(name string, h Handler, kinds ...Kind) {
	s.on(name, h, kinds)
}

// OnEvery is On for a subscription that nobody waits for: while its batches are not full it applies one
// at most every so often, and each costs less per event.
func (s *Subscriptions) OnEvery(name string, every time.Duration, h Handler, kinds ...Kind) {
	s.on(name, h, kinds)
	s.subscriptions[len(s.subscriptions)-1].every = every
}

// OnLast is OnEvery for a subscription whose reader comes much later: where many events wait it also leaves the
// machine to the others of its source, and applies one batch in every until they are through.
func (s *Subscriptions) OnLast(name string, every time.Duration, h Handler, kinds ...Kind) {
	s.OnEvery(name, every, h, kinds...)
	s.subscriptions[len(s.subscriptions)-1].last = true
}

func (s *Subscriptions) on(name string, h Handler, kinds []Kind) {
	target, _, err := splitName(name)
	if err != nil {
		panic("outbox: subscription: " + err.Error())
	}
	for _, other := range s.subscriptions {
		if other.name == name {
			panic(fmt.Sprintf("outbox: two subscriptions are called %q", name))
		}
	}
	source, byName := kindsOfOneSource(name, kinds)
	s.subscriptions = append(s.subscriptions, subscription{
		name: name, target: target, source: source, handle: h, kinds: byName,
	})
}

// Tail makes every replica of the program hear kinds of source, for what it keeps in memory. Nothing
// is stored: at the start the current positions are noted, then load reads the tables, then handle
// gets everything published after the noted positions, in order per lane. Events that were already
// visible to load may be handled again, so handle sets state ("sold out: yes") and does not add to it.
//
// load is called again whenever the thread was lost: handle failed, an event was not understood, or
// the outbox was restored to an older state.
//
// It panics under the same conditions as On.
func (s *Subscriptions) Tail(source string, load func(context.Context) error, handle func(context.Context, []Delivery) error, kinds ...Kind) {
	got, byName := kindsOfOneSource("tail of "+source, kinds)
	if got != source {
		panic(fmt.Sprintf("outbox: tail of %s wants kinds of %s", source, got))
	}
	s.tails = append(s.tails, tailSpec{source: source, load: load, handle: handle, kinds: byName})
}

// TailWhere is Tail for what is only of use while somebody looks, as open pages do: events of lanes that are
// not wanted are neither read nor handled. wanted is asked before every batch and must be quick. Whoever
// begins to want a lane reads the tables after that: what was published before may have been left out.
func (s *Subscriptions) TailWhere(source string, wanted func(ids.Lane) bool, load func(context.Context) error, handle func(context.Context, []Delivery) error, kinds ...Kind) {
	s.Tail(source, load, handle, kinds...)
	s.tails[len(s.tails)-1].wanted = wanted
}

// TailFirst is Tail for what nothing can be served without: Serving waits until it is loaded. What it
// loads must be in the database of source.
func (s *Subscriptions) TailFirst(source string, load func(context.Context) error, handle func(context.Context, []Delivery) error, kinds ...Kind) {
	s.Tail(source, load, handle, kinds...)
	s.tails[len(s.tails)-1].first = true
}

func kindsOfOneSource(name string, kinds []Kind) (source string, byName map[string]Kind) {
	if len(kinds) == 0 {
		panic(fmt.Sprintf("outbox: %s wants no kinds", name))
	}
	source = kinds[0].source
	byName = make(map[string]Kind, len(kinds))
	for _, k := range kinds {
		if k.source != source {
			panic(fmt.Sprintf("outbox: %s wants kinds of both %s and %s", name, source, k.source))
		}
		if _, twice := byName[k.name]; twice {
			panic(fmt.Sprintf("outbox: %s wants %s twice", name, k.name))
		}
		byName[k.name] = k
	}
	return source, byName
}
