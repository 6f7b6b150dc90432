package webkit

import (
	"bytes"
	"encoding/json"
	"errors"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/labstack/echo/v4"

	"maru/internal/platform/auth"
	"maru/web/webkit/problem"
)

const (
	queueLength  = 64               // frames a browser may be behind before it is cut off
	looksPerBeat = 4                // how often a stream is looked at until it has been silent for a beat
	writeWithin  = 10 * time.Second // a browser that does not read for so long is gone
)

// stream is the line to one page: what waits to be written to it.
type stream struct {
	who  auth.Principal
	only []string // what the page listens to; nil: everything
	mu   sync.Mutex
	// What waits to be written, and whether the stream ends with it.
	pending [][]byte
	last    bool
	silent  int           // looks since something was written
	ready   chan struct{} // holds one token while there is something to do
}

func (s *stream) wants(event string) bool { return s.only == nil || slices.Contains(s.only, event) }

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
	s.wake()
	return true
}

// end closes the stream, behind a last frame where there is one.
func (s *stream) end(frame []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.pending, s.last = nil, true
	if frame != nil {
		s.pending = append(s.pending, frame)
	}
	s.wake()
}

func (s *stream) warm() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.silent++; s.silent >= looksPerBeat && len(s.pending) == 0 {
		s.pending = append(s.pending, heartbeat)
		s.wake()
	}
}

func (s *stream) wake() {
	select {
	case s.ready <- struct{}{}:
	default:
	}
}

func (s *stream) take() (frames [][]byte, last bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	frames, last = s.pending, s.last
	s.pending, s.silent = nil, 0
	return frames, last
}

// listensTo reads what a page wants to hear of: ?on=orders,availability, or everything.
func listensTo(c echo.Context) ([]string, error) {
	list := c.QueryParam("on")
	if list == "" {
		return nil, nil
	}
	only := strings.SplitN(list, ",", queueLength+1)
	if len(only) > queueLength || slices.ContainsFunc(only, func(name string) bool { return !eventName.MatchString(name) }) {
		return nil, problem.ErrMalformed
	}
	slices.Sort(only)
	return slices.Compact(only), nil
}

// serve writes the stream until the browser leaves, falls behind, the session ends or loses a store, or the hub closes.
func (h *Hub) serve(c echo.Context, topic string, who auth.Principal) error {
	only, err := listensTo(c)
	if err != nil {
		return err
	}
	s, err := h.join(topic, who, only)
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
	ctx := c.Request().Context()
	for err = write(hello); err == nil; {
		select {
		case <-ctx.Done():
			return nil
		case <-h.closed:
			return nil
		case <-s.ready:
		}
		frames, last := s.take()
		if len(frames) > 0 {
			err = write(frames...)
		}
		if last {
			return nil // whether it arrives or not
		}
	}
	return nil // the browser is gone: there is nobody to tell
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
