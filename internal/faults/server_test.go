//go:build faults

package faults

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"maru/internal/platform/devpg"
)

const database = "maru"

// server is a PostgreSQL of the suite: durable, reached by TCP so that a proxy can stand before it,
// with its data on a disk of its own where this machine lets us mount one.
type server struct {
	t       testing.TB
	dir     string
	port    int
	mounted bool
	pg      *devpg.Server
}

const diskSize = 768 << 20

func newServer(t testing.TB) *server {
	t.Helper()
	base := "/dev/shm"
	if _, err := os.Stat(base); err != nil {
		base = os.TempDir()
	}
	dir, err := os.MkdirTemp(base, "maru-faults-")
	must(t, err)
	must(t, os.Chmod(dir, 0o711))
	s := &server{t: t, dir: dir, port: freePort(t)}
	s.mounted = syscall.Mount("tmpfs", dir, "tmpfs", 0, fmt.Sprintf("size=%d,mode=711", diskSize)) == nil
	t.Cleanup(func() {
		s.stop()
		if s.mounted {
			_ = syscall.Unmount(dir, syscall.MNT_DETACH)
		}
		_ = os.RemoveAll(dir)
	})
	s.start()
	must(t, retry(t, patience, func() error {
		conn, err := s.connect("postgres")
		if err != nil {
			return err
		}
		defer closeConn(conn)
		_, err = conn.Exec(t.Context(), "CREATE DATABASE "+database)
		return err
	}))
	return s
}

// start starts the server as whoever looks after it would.
func (s *server) start() {
	s.t.Helper()
	pg, err := devpg.Start(s.t.Context(), devpg.Options{
		Dir: filepath.Join(s.dir, "pg"), Durable: true, Log: slog.New(slog.DiscardHandler),
		Settings: map[string]string{
			"listen_addresses": "127.0.0.1", "port": strconv.Itoa(s.port), "max_connections": "120",
			"max_wal_size": "160MB", "min_wal_size": "64MB", "shared_buffers": "64MB",
			"log_min_messages": "warning", "client_connection_check_interval": "2s",
		},
	})
	must(s.t, err)
	s.pg = pg
}

// stop stops it in an orderly way; a server that is not running is left so.
func (s *server) stop() {
	if s.pg == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	_ = s.pg.Stop(ctx)
	s.pg = nil
}

// crash stops the server without a checkpoint, as pg_ctl stop -m immediate does.
func (s *server) crash() {
	s.t.Helper()
	must(s.t, syscall.Kill(s.postmaster(), syscall.SIGQUIT))
	<-s.pg.Done()
	s.stop() // gives the folder back
}

// running says whether the server's process is there.
func (s *server) running() bool {
	select {
	case <-s.pg.Done():
		return false
	default:
		return true
	}
}

func (s *server) postmaster() int {
	s.t.Helper()
	b, err := os.ReadFile(filepath.Join(s.dir, "pg", "data", "postmaster.pid"))
	must(s.t, err)
	pid, err := strconv.Atoi(strings.SplitN(string(b), "\n", 2)[0])
	must(s.t, err)
	return pid
}

func (s *server) address() string { return net.JoinHostPort("127.0.0.1", strconv.Itoa(s.port)) }

func urlAt(address, name string) string {
	u := url.URL{Scheme: "postgres", User: url.User("postgres"), Host: address, Path: "/" + name, RawQuery: "sslmode=disable&connect_timeout=3"}
	return u.String()
}

// connect opens a session past all proxies.
func (s *server) connect(name string) (*pgx.Conn, error) {
	ctx, cancel := context.WithTimeout(s.t.Context(), 5*time.Second)
	defer cancel()
	return pgx.Connect(ctx, urlAt(s.address(), name))
}

// exec runs statements as the server's owner.
func (s *server) exec(sql string, args ...any) {
	s.t.Helper()
	must(s.t, s.tryExec(sql, args...))
}

func (s *server) tryExec(sql string, args ...any) error {
	conn, err := s.connect(database)
	if err != nil {
		return err
	}
	defer closeConn(conn)
	_, err = conn.Exec(s.t.Context(), sql, args...)
	return err
}

func closeConn(conn *pgx.Conn) { _ = conn.Close(context.Background()) }

func freePort(t testing.TB) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	defer func() { _ = l.Close() }()
	return l.Addr().(*net.TCPAddr).Port
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// patience is how long the suite waits for what must come. It is long: how soon it came is measured and shown,
// and a slow machine is no fault.
const patience = 90 * time.Second

// retry calls try until it succeeds or the patience ends, and returns its last error.
func retry(t testing.TB, patience time.Duration, try func() error) error {
	t.Helper()
	deadline := time.Now().Add(patience)
	for {
		err := try()
		if err == nil || time.Now().After(deadline) || t.Context().Err() != nil {
			return err
		}
		<-time.After(20 * time.Millisecond)
	}
}
