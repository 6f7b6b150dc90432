package webkit

import (
	"bytes"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"regexp"
	"slices"
	"sync"
	"time"

	"github.com/labstack/echo/v4"

	"maru/internal/kernel/ids"
	"maru/internal/platform/auth"
	"maru/internal/platform/errs"
)

// HQTopic is the topic of pages at headquarters.
const HQTopic = "hq"

// StoreTopic is the topic of the pages of one store.
func StoreTopic(store ids.StoreID) string { return "store/" + store.String() }

// ErrStopping is the answer to a stream that is asked for while the program stops.
var ErrStopping = errs.New(errs.Unavailable, "web.stopping",
	"다시 시작하는 중이에요. 곧 이어져요.", "The program is restarting and will be back in a moment.")

// ErrFull is the answer to a stream that this replica has no room for.
var ErrFull = errs.New(errs.Unavailable, "web.streams_full",
	"지금은 실시간 연결이 가득 찼어요. 잠시 뒤 다시 이어져요.", "All live connections are taken. It will connect again in a moment.")

const (
	maxPerSession  = 24               // streams of one session on one replica: far more places than a person has open
	maxStreams     = 20_000           // on one replica; above it new ones are sent to another
	queueLength    = 64               // frames a browser may be behind before it is cut off
	heartbeatEvery = 20 * time.Second // keeps proxies from closing the stream, and asks for the session
	writeWithin    = 10 * time.Second // a browser that does not read for so long is gone
)

// Hub tells open pages that something happened. It promises freshness, not delivery: a frame says
// "orders changed", and the page asks for what it shows. Nothing is replayed; every (re)connection
// begins with a sync frame, at which a page refetches everything, so nothing is missed silently.
//
// A page that falls behind is cut off and comes back with a sync. Publish never blocks on a browser.
type Hub struct {
	sessions Sessions
	log      *slog.Logger
	beat     time.Duration

	mu      sync.Mutex
	streams map[string]map[*stream]struct{}
	open    map[ids.SessionID]int // streams of each session
	all     int
	closed  chan struct{}
}

type stream struct {
	session ids.SessionID
	mu      sync.Mutex
	pending [][]byte
	ready   chan struct{} // holds one token while pending is not empty
	slow    chan struct{} // closed when the browser is cut off
}

func newHub(sessions Sessions, log *slog.Logger, beat time.Duration) *Hub {
	return &Hub{
		sessions: sessions, log: log, beat: beat,
		streams: map[string]map[*stream]struct{}{}, open: map[ids.SessionID]int{}, closed: make(chan struct{}),
	}
}

// Publish sends an event to every open page of the topic; pages see it as the DOM event
// "live:"+event, with data (as JSON) in its detail. Call it after the commit, from an outbox tail. An
// equal frame that a browser has not been sent yet is not queued twice.
func (h *Hub) Publish(topic, event string, data any) {
	frame, err := encodeFrame(event, data)
	if err != nil {
		h.log.Error("live event cannot be encoded", slog.String("event", event), slog.Any("err", err))
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	for s := range h.streams[topic] {
		if !s.push(frame) {
			close(s.slow)
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

// join opens a stream. It returns ErrStopping, ErrTooMany to a session that has maxPerSession already, and
// ErrFull where this replica has all it can hold.
func (h *Hub) join(topic string, session ids.SessionID) (*stream, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	select {
	case <-h.closed:
		return nil, ErrStopping
	default:
	}
	switch {
	case h.open[session] >= maxPerSession:
		return nil, ErrTooMany
	case h.all >= maxStreams:
		return nil, ErrFull
	}
	s := &stream{session: session, ready: make(chan struct{}, 1), slow: make(chan struct{})}
	h.open[session]++
	h.all++
	if h.streams[topic] == nil {
		h.streams[topic] = map[*stream]struct{}{}
	}
	h.streams[topic][s] = struct{}{}
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
	h.all--
	if h.open[s.session]--; h.open[s.session] == 0 {
		delete(h.open, s.session)
	}
	if len(h.streams[topic]) == 0 {
		delete(h.streams, topic)
	}
}

// push queues a frame and reports false where the queue is full.
func (s *stream) push(frame []byte) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if slices.ContainsFunc(s.pending, func(p []byte) bool { return bytes.Equal(p, frame) }) {
		return true
	}
	if len(s.pending) >= queueLength {
		return false
	}
	s.pending = append(s.pending, frame)
	select {
	case s.ready <- struct{}{}:
	default:
	}
	return true
}

func (s *stream) take() [][]byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	frames := s.pending
	s.pending = nil
	return frames
}

// serve writes the stream until the browser leaves, falls behind, signs out, or the hub closes.
func (h *Hub) serve(c echo.Context, topic string, who auth.Principal) error {
	s, err := h.join(topic, who.Session)
	if err != nil {
		return err
	}
	defer h.leave(topic, s)
	w := c.Response()
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("X-Accel-Buffering", "no")
	w.WriteHeader(http.StatusOK)
	if c.Request().Method == http.MethodHead {
		return nil // a stream without a body would hold its connection and say nothing
	}
	control := http.NewResponseController(w)
	write := func(frames ...[]byte) error {
		// The server's write timeout is for pages; a stream has one of its own for every write.
		if err := control.SetWriteDeadline(time.Now().Add(writeWithin)); err != nil {
			return err
		}
		for _, f := range frames {
			if _, err := w.Write(f); err != nil {
				return err
			}
		}
		return control.Flush()
	}
	hello, err := encodeFrame("sync", nil)
	if err != nil {
		return err
	}
	if write(hello) != nil {
		return nil // the browser is gone: there is nobody to tell
	}
	beat := time.NewTicker(h.beat)
	defer beat.Stop()
	ctx := c.Request().Context()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-h.closed:
			return nil
		case <-s.slow:
			return nil
		case <-s.ready:
			err = write(s.take()...)
		case <-beat.C:
			alive, aerr := h.sessions.Alive(ctx, who)
			if aerr == nil && !alive {
				_ = write(signedOut) // whether it arrives or not, the stream ends here
				return nil
			}
			err = write(heartbeat) // where the session cannot be looked up the stream goes on: the next beat asks again
		}
		if err != nil {
			return nil // as above
		}
	}
}

var (
	heartbeat = []byte(": beat\n\n")
	signedOut = []byte("event: signed-out\ndata: {}\n\n")
	eventName = regexp.MustCompile(`\A[a-zA-Z0-9._-]+\z`)
	errEvent  = errors.New("webkit: an event name must be letters, digits, dots and dashes")
)

// encodeFrame writes one server-sent event. JSON escapes line breaks, and the name is checked, so
// nothing in either can begin a field of its own.
func encodeFrame(event string, data any) ([]byte, error) {
	if !eventName.MatchString(event) {
		return nil, errEvent
	}
	if data == nil {
		data = struct{}{}
	}
	body, err := json.Marshal(data)
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	b.WriteString("event: ")
	b.WriteString(event)
	b.WriteString("\ndata: ")
	b.Write(body)
	b.WriteString("\n\n")
	return b.Bytes(), nil
}

func (s *Site) storeStream(c echo.Context) error {
	return s.hub.serve(c, StoreTopic(Store(c).ID), Principal(c))
}

func (s *Site) hqStream(c echo.Context) error { return s.hub.serve(c, HQTopic, Principal(c)) }
