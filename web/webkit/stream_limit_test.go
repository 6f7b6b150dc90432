package webkit

import (
	"errors"
	"log/slog"
	"testing"
	"time"

	"maru/internal/kernel/ids"
	"maru/internal/platform/auth"
)

func TestStreamsAreBoundedForASessionAndForTheProcess(t *testing.T) {
	t.Parallel()
	h := newHub(nil, slog.New(slog.DiscardHandler), time.Minute, time.Minute)
	one := ids.NewSessionID()
	t.Cleanup(h.Close)
	var open []*stream
	for range maxPerSession {
		s, err := h.join("t", auth.Principal{Session: one}, nil)
		if err != nil {
			t.Fatal(err)
		}
		open = append(open, s)
	}
	if _, err := h.join("t", auth.Principal{Session: one}, nil); !errors.Is(err, ErrTooMany) {
		t.Errorf("one more of the session: %v", err)
	}
	if _, err := h.join("t", auth.Principal{Session: ids.NewSessionID()}, nil); err != nil {
		t.Errorf("of another session: %v", err)
	}
	h.leave("t", open[0])
	h.leave("t", open[0]) // as when the hub has cut it off already
	if _, err := h.join("t", auth.Principal{Session: one}, nil); err != nil {
		t.Errorf("after one was closed: %v", err)
	}
	if _, err := h.join("t", auth.Principal{Session: one}, nil); !errors.Is(err, ErrTooMany) {
		t.Errorf("a stream that was left twice counted twice: %v", err)
	}
	h.all = maxStreams
	if _, err := h.join("t", auth.Principal{Session: ids.NewSessionID()}, nil); !errors.Is(err, ErrFull) {
		t.Errorf("of a full replica: %v", err)
	}
}
