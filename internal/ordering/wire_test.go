package ordering_test

import (
	"net"
	"net/url"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
)

// wire stands between a pool and its server. It counts round trips, and can lose an answer.
type wire struct {
	url   string
	trips atomic.Int64
	lose  atomic.Bool // the next answer: the server has done what was asked, and the connection is cut
}

// newWire returns a wire to the server of target, a URL of pgtest.
func newWire(t testing.TB, target string) *wire {
	t.Helper()
	u, err := url.Parse(target)
	if err != nil {
		t.Fatal(err)
	}
	dir, err := os.MkdirTemp("", "wire") // short: the path of a socket has at most 107 bytes
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	listener, err := net.Listen("unix", filepath.Join(dir, ".s.PGSQL.5432"))
	if err != nil {
		t.Fatal(err)
	}
	network, address := "tcp", u.Host
	query := u.Query()
	if host := query.Get("host"); host != "" {
		port := query.Get("port")
		if port == "" {
			port = "5432"
		}
		network, address = "unix", filepath.Join(host, ".s.PGSQL."+port)
	}
	w := &wire{}
	query.Set("host", dir)
	query.Set("port", "5432")
	query.Set("sslmode", "disable")
	through := *u
	through.Host, through.RawQuery = "", query.Encode()
	w.url = through.String()
	var open sync.WaitGroup
	t.Cleanup(func() { _ = listener.Close(); open.Wait() })
	open.Go(func() {
		for {
			client, err := listener.Accept()
			if err != nil {
				return
			}
			server, err := net.Dial(network, address)
			if err != nil {
				_ = client.Close()
				continue
			}
			open.Go(func() { w.carry(client, server) })
		}
	})
	return w
}

// carry passes bytes on until either side hangs up.
func (w *wire) carry(client, server net.Conn) {
	var asked atomic.Bool
	var both sync.WaitGroup
	both.Go(func() {
		defer server.Close()
		buf := make([]byte, 64<<10)
		for {
			n, err := client.Read(buf)
			if err != nil {
				return
			}
			asked.Store(true)
			if _, err := server.Write(buf[:n]); err != nil {
				return
			}
		}
	})
	both.Go(func() {
		defer client.Close()
		buf := make([]byte, 64<<10)
		for {
			n, err := server.Read(buf)
			if err != nil {
				return
			}
			if asked.Swap(false) {
				w.trips.Add(1)
			}
			if w.lose.Load() {
				// What ends in ReadyForQuery ('Z', length 5, state) is the end of an answer.
				if n >= 6 && buf[n-6] == 'Z' && w.lose.Swap(false) {
					return
				}
				continue
			}
			if _, err := client.Write(buf[:n]); err != nil {
				return
			}
		}
	})
	both.Wait()
}
