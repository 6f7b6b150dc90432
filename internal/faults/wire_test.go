//go:build faults

package faults

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	toxiproxy "github.com/Shopify/toxiproxy/v2"
	"github.com/Shopify/toxiproxy/v2/stream"
	"github.com/Shopify/toxiproxy/v2/toxics"
	"github.com/rs/zerolog"
)

// wire is the network between one replica and one server.
type wire struct {
	t     testing.TB
	proxy *toxiproxy.Proxy
	name  string

	// loseCommits is how many answers to commits are still to be lost: the connection is cut when the
	// server has committed and before the program hears of it.
	loseCommits atomic.Int64
	// lost is how many were.
	lost atomic.Int64
	// deaf makes notifications disappear while everything else goes on.
	deaf atomic.Bool
}

var (
	wires      sync.Map // name to *wire
	wireNumber atomic.Int64
	proxies    = toxiproxy.NewServer(toxiproxy.NewMetricsContainer(nil), zerolog.Nop())
)

func init() { toxics.Register("answers", new(answers)) }

func newWire(t testing.TB, upstream string) *wire {
	t.Helper()
	w := &wire{t: t, name: fmt.Sprintf("wire%d", wireNumber.Add(1))}
	wires.Store(w.name, w)
	w.proxy = toxiproxy.NewProxy(proxies, w.name, "127.0.0.1:0", upstream)
	// From the first byte, since messages can be told apart from there only.
	_, err := w.proxy.Toxics.AddToxicJson(bytes.NewBufferString(`{"type":"answers","name":"answers","attributes":{"wire":"` + w.name + `"}}`))
	must(t, err)
	must(t, w.proxy.Start())
	t.Cleanup(w.proxy.Stop)
	return w
}

func (w *wire) address() string { return w.proxy.Listen }

// cut ends all connections and lets nobody in until mend.
func (w *wire) cut() { w.proxy.Stop() }

func (w *wire) mend() {
	w.t.Helper()
	must(w.t, w.proxy.Start())
}

// with adds a toxic of the library until the function it returns is called.
func (w *wire) with(kind, direction, attributes string) (remove func()) {
	w.t.Helper()
	name := kind + direction
	_, err := w.proxy.Toxics.AddToxicJson(bytes.NewBufferString(
		`{"type":"` + kind + `","name":"` + name + `","stream":"` + direction + `","attributes":` + attributes + `}`))
	must(w.t, err)
	return func() { must(w.t, w.proxy.Toxics.RemoveToxic(context.Background(), name)) }
}

// answers reads the messages of a server on their way to the program.
type answers struct {
	Wire string `json:"wire"`
}

// answering is the state of one connection.
type answering struct {
	rest  []byte
	wrote bool // a statement since the last commit has changed rows
}

func (*answers) NewState() any { return new(answering) }

// Pipe implements toxics.Toxic.
func (a *answers) Pipe(stub *toxics.ToxicStub) {
	found, _ := wires.Load(a.Wire)
	w := found.(*wire)
	state := stub.State.(*answering)
	for {
		select {
		case <-stub.Interrupt:
			return
		case chunk := <-stub.Input:
			if chunk == nil {
				stub.Close()
				return
			}
			state.rest = append(state.rest, chunk.Data...)
			out, open := w.pass(state)
			if len(out) > 0 {
				stub.Output <- &stream.StreamChunk{Data: out, Timestamp: chunk.Timestamp}
			}
			if !open {
				stub.Close()
				return
			}
		}
	}
}

// pass returns what of the waiting bytes goes on, and whether the connection stays open.
func (w *wire) pass(s *answering) (out []byte, open bool) {
	for len(s.rest) >= 5 {
		n := 1 + int(binary.BigEndian.Uint32(s.rest[1:5]))
		if len(s.rest) < n {
			break
		}
		message := s.rest[:n]
		s.rest = s.rest[n:]
		switch message[0] {
		case 'A': // NotificationResponse
			if w.deaf.Load() {
				continue
			}
		case 'C': // CommandComplete
			tag := message[5 : n-1]
			if wroteRows(tag) {
				s.wrote = true
			}
			if bytes.Equal(tag, []byte("COMMIT")) && s.wrote {
				s.wrote = false
				if w.loses() {
					return out, false
				}
			}
		case 'Z': // ReadyForQuery: outside of a transaction, what was sent together is committed
			if message[5] == 'I' {
				wrote := s.wrote
				s.wrote = false
				if wrote && w.loses() {
					return out, false
				}
			}
		}
		out = append(out, message...)
	}
	return out, true
}

func wroteRows(tag []byte) bool {
	for _, verb := range []string{"INSERT 0 ", "UPDATE ", "DELETE "} {
		if rest, ok := bytes.CutPrefix(tag, []byte(verb)); ok && !bytes.Equal(rest, []byte("0")) {
			return true
		}
	}
	return false
}

func (w *wire) loses() bool {
	for {
		n := w.loseCommits.Load()
		if n <= 0 {
			return false
		}
		if w.loseCommits.CompareAndSwap(n, n-1) {
			w.lost.Add(1)
			return true
		}
	}
}
