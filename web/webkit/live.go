package webkit

import (
	"context"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/labstack/echo/v4"

	"maru/internal/kernel/ids"
	"maru/internal/platform/auth"
	"maru/internal/platform/errs"
)

// HQTopic is the topic of pages at headquarters.
const HQTopic = "hq"

// StoreTopic is the topic of the pages of one store.
func StoreTopic(store ids.StoreID) string { return storePrefix + store.String() }

const storePrefix = "store/"

// storeOf is the store of a topic, where it is of one.
func storeOf(topic string) (store ids.StoreID, is bool) {
	id, is := strings.CutPrefix(topic, storePrefix)
	if !is {
		return store, false
	}
	store, err := ids.ParseStoreID(id)
	return store, err == nil
}

// ErrStopping is the answer to a stream that is asked for while the program stops.
var ErrStopping = errs.New(errs.Unavailable, "web.stopping",
	"다시 시작하는 중이에요. 곧 이어져요.", "The program is restarting and will be back in a moment.")

// ErrFull is the answer to a stream that this replica has no room for.
var ErrFull = errs.New(errs.Unavailable, "web.streams_full",
	"지금은 실시간 연결이 가득 찼어요. 잠시 뒤 다시 이어져요.", "All live connections are taken. It will connect again in a moment.")

const (
	maxPerSession  = 24               // streams of one session on one replica: far more places than a person has open
	maxStreams     = 20_000           // on one replica; above it new ones are sent to another
	heartbeatEvery = 20 * time.Second // keeps proxies from closing the stream
	askEvery       = 5 * time.Second  // for the sessions: no stream outlives its own by more than this and an answer
	askWithin      = 10 * time.Second // an answer that takes longer is none
)

// Hub tells open pages that something happened. It promises freshness, not delivery: a frame says
// "orders changed", and the page asks for what it shows. Nothing is replayed; every (re)connection
// begins with a sync frame, at which a page refetches everything, so nothing is missed silently.
//
// A page that falls behind is cut off and comes back with a sync. Publish never blocks on a browser.
//
// A stream has no clock of its own. While any is open two goroutines of the hub look after all of them: one
// keeps silent lines warm, the other asks for all their sessions at once.
type Hub struct {
	sessions Sessions
	log      *slog.Logger
	beat     time.Duration
	ask      time.Duration

	mu      sync.Mutex
	streams map[string]map[*stream]struct{}
	open    map[ids.SessionID]int // streams of each session
	all     int
	idle    context.CancelFunc // ends the keepers; nil while there are none
	closed  chan struct{}
	joined  []func(ids.StoreID)

	lanes [ids.Lanes]atomic.Int32 // streams of stores in each lane
}

func newHub(sessions Sessions, log *slog.Logger, beat, ask time.Duration) *Hub {
	return &Hub{
		sessions: sessions, log: log, beat: beat, ask: ask,
		streams: map[string]map[*stream]struct{}{}, open: map[ids.SessionID]int{}, closed: make(chan struct{}),
	}
}

// Publish sends an event to every open page of the topic that listens to it; pages see it as the DOM event
// "live:"+event, with data (as JSON) in its detail. Call it after the commit, from an outbox tail. An
// equal frame that a browser has not been sent yet is not queued twice.
func (h *Hub) Publish(topic, event string, data any) {
	h.mu.Lock()
	defer h.mu.Unlock()
	var frame []byte
	for s := range h.streams[topic] {
		if !s.wants(event) {
			continue
		}
		if frame == nil {
			var err error
			if frame, err = encodeFrame(event, data); err != nil {
				h.log.Error("live event cannot be encoded", slog.String("event", event), slog.Any("err", err))
				return
			}
		}
		if !s.push(frame) {
			s.end(nil)
			h.dropLocked(topic, s)
		}
	}
}

// Streams returns the number of open streams, for metrics.
func (h *Hub) Streams() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	n := 0
	for _, of := range h.streams {
		n += len(of)
	}
	return n
}

// Watches reports whether a page of a store in the lane is open.
func (h *Hub) Watches(lane ids.Lane) bool { return h.lanes[lane].Load() > 0 }

// OnJoin makes fn hear of every page of a store that opens a stream, once Watches counts it. fn must not block.
// Call it before pages are served.
func (h *Hub) OnJoin(fn func(ids.StoreID)) { h.joined = append(h.joined, fn) }

// Close ends every stream and refuses new ones. Servers call it when they shut down.
func (h *Hub) Close() {
	h.mu.Lock()
	defer h.mu.Unlock()
	select {
	case <-h.closed:
	default:
		close(h.closed)
	}
}

// join opens a stream of some events, or of all where only is nil. It returns ErrStopping, ErrTooMany to a session
// that has maxPerSession already, and ErrFull where this replica has all it can hold.
func (h *Hub) join(topic string, who auth.Principal, only []string) (*stream, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	select {
	case <-h.closed:
		return nil, ErrStopping
	default:
	}
	switch {
	case h.open[who.Session] >= maxPerSession:
		return nil, ErrTooMany
	case h.all >= maxStreams:
		return nil, ErrFull
	}
	s := &stream{who: who, only: only, ready: make(chan struct{}, 1)}
	h.open[who.Session]++
	h.all++
	if h.streams[topic] == nil {
		h.streams[topic] = map[*stream]struct{}{}
	}
	h.streams[topic][s] = struct{}{}
	if store, is := storeOf(topic); is {
		h.lanes[store.Lane()].Add(1)
		for _, fn := range h.joined {
			fn(store)
		}
	}
	if h.idle == nil {
		ctx, idle := context.WithCancel(context.Background())
		h.idle = idle
		go h.every(ctx, h.beat/looksPerBeat, h.keepWarm)
		go h.every(ctx, h.ask, h.askSessions)
	}
	return s, nil
}

func (h *Hub) leave(topic string, s *stream) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.dropLocked(topic, s)
}

func (h *Hub) dropLocked(topic string, s *stream) {
	if _, there := h.streams[topic][s]; !there {
		return
	}
	delete(h.streams[topic], s)
	if store, is := storeOf(topic); is {
		h.lanes[store.Lane()].Add(-1)
	}
	h.all--
	if h.open[s.who.Session]--; h.open[s.who.Session] == 0 {
		delete(h.open, s.who.Session)
	}
	if len(h.streams[topic]) == 0 {
		delete(h.streams, topic)
	}
	if h.all == 0 && h.idle != nil {
		h.idle()
		h.idle = nil
	}
}

// every does something again and again while streams are open.
func (h *Hub) every(ctx context.Context, interval time.Duration, do func(context.Context)) {
	tick := time.NewTicker(max(interval, time.Millisecond))
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-h.closed:
			return
		case <-tick.C:
			do(ctx)
		}
	}
}

// each returns all open streams.
func (h *Hub) each() []*stream {
	h.mu.Lock()
	defer h.mu.Unlock()
	all := make([]*stream, 0, h.all)
	for _, of := range h.streams {
		for s := range of {
			all = append(all, s)
		}
	}
	return all
}

// keepWarm sends a sign of life to the streams that were silent for nearly a beat.
func (h *Hub) keepWarm(context.Context) {
	for _, s := range h.each() {
		s.warm()
	}
}

// askSessions ends the streams whose session is over or lost a store. Where sessions cannot be looked up all
// streams go on: the next time asks again.
func (h *Hub) askSessions(ctx context.Context) {
	all := h.each()
	who := make([]auth.Principal, len(all))
	for i, s := range all {
		who[i] = s.who
	}
	ctx, cancel := context.WithTimeout(ctx, askWithin)
	defer cancel()
	alive, err := h.sessions.Alive(ctx, who)
	if err != nil {
		if ctx.Err() == nil {
			h.log.Warn("sessions of open pages cannot be looked up", slog.Any("err", err), slog.Int("streams", len(all)))
		}
		return
	}
	for i, s := range all {
		if !alive[i] {
			s.end(signedOut)
		}
	}
}

func (s *Site) storeStream(c echo.Context) error {
	return s.hub.serve(c, StoreTopic(Store(c).ID), Principal(c))
}

func (s *Site) hqStream(c echo.Context) error { return s.hub.serve(c, HQTopic, Principal(c)) }
