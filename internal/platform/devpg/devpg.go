//go:build unix

// Package devpg runs a PostgreSQL server of the program's own, from server binaries that are already
// on the machine: for the demo, for the one-container installation and for tests. It is reached only
// through a unix socket in a private folder, ends with the program, and never touches another
// PostgreSQL.
package devpg

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
)

// port only names the socket file: the server listens on no network at all.
const port = "5432"

// Options say where a server keeps its data and how careful it is with it.
type Options struct {
	// Dir is the server's folder, made when it is missing: data, log and lock are in it.
	Dir string
	// Durable keeps committed data through a power cut. Without it the server is faster and its data
	// is only good for tests.
	Durable bool
	// BinDir is the folder of initdb and postgres. Where it is empty they are searched, see Find.
	BinDir string
	// Settings are server settings that come on top, such as max_connections.
	Settings map[string]string
	// StartTimeout bounds the whole of Start; 60 s where zero, for a busy small machine.
	StartTimeout time.Duration
	// Log hears which server is started, and what was found and stopped; nil is slog.Default().
	Log *slog.Logger
}

// Server is a running PostgreSQL.
type Server struct {
	dir       string
	socketDir string
	version   Version
	cmd       *exec.Cmd
	done      chan struct{} // closed when the server process has ended
	exit      error         // how it ended; read after done
	unlock    func()
}

// Start starts the server of opts.Dir and returns when it takes connections. A folder that is empty
// becomes a new cluster; one that another program is using, or that belongs to another major version
// for which there are no binaries, is refused with a sentence that says what to do. A server that a
// killed program left behind in this folder is stopped first.
func Start(ctx context.Context, opts Options) (*Server, error) {
	if opts.Log == nil {
		opts.Log = slog.Default()
	}
	if opts.StartTimeout == 0 {
		opts.StartTimeout = 60 * time.Second
	}
	ctx, cancel := context.WithTimeout(ctx, opts.StartTimeout)
	defer cancel()
	dir, err := filepath.Abs(opts.Dir)
	if err != nil {
		return nil, err
	}
	account, err := serverAccount()
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(dir, 0o711); err != nil { //nolint:gosec // the server's own user must get through to data, which is 0700
		return nil, fmt.Errorf("devpg: %w", err)
	}
	if err := account.checkReach(dir); err != nil {
		return nil, err
	}
	unlock, err := lockFolder(dir)
	if err != nil {
		return nil, err
	}
	s := &Server{dir: dir, done: make(chan struct{}), unlock: unlock}
	if err := s.start(ctx, opts, account); err != nil {
		s.release()
		return nil, err
	}
	return s, nil
}

func (s *Server) start(ctx context.Context, opts Options, account *account) error {
	data := filepath.Join(s.dir, "data")
	if err := stopOrphan(ctx, data, opts.Log); err != nil {
		return err
	}
	bin, err := binariesFor(ctx, opts.BinDir, data)
	if err != nil {
		return err
	}
	if bin, err = account.reachable(bin); err != nil {
		return err
	}
	s.version = bin.Version
	if err := initCluster(ctx, bin, account, data, opts.Durable); err != nil {
		return err
	}
	if s.socketDir, err = makeSocketDir(s.dir, account); err != nil {
		return err
	}
	logFile, err := openLog(filepath.Join(s.dir, "postgres.log"))
	if err != nil {
		return err
	}
	defer func() { _ = logFile.Close() }() // the server has its own copy
	s.cmd = account.command(bin, "postgres", serverArgs(data, s.socketDir, opts)...)
	s.cmd.Stdout, s.cmd.Stderr = logFile, logFile
	started := make(chan error)
	go s.run(started)
	if err := <-started; err != nil {
		close(s.done)
		return fmt.Errorf("devpg: start postgres: %w", err)
	}
	opts.Log.Debug("own PostgreSQL started", "version", bin.Version.String(), "binaries", bin.Dir, "data", data)
	if err := s.awaitReady(ctx, data); err != nil {
		s.kill()
		return err
	}
	return nil
}

func (s *Server) awaitReady(ctx context.Context, data string) error {
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-s.done:
			return fmt.Errorf("devpg: postgres ended while starting (%w); the end of its log:\n%s", s.exit, s.logTail())
		case <-ctx.Done():
			return fmt.Errorf("devpg: postgres was not ready in time (%w); the end of its log:\n%s", ctx.Err(), s.logTail())
		case <-tick.C:
		}
		pm, err := readPostmaster(data)
		if err == nil && pm.pid == s.cmd.Process.Pid && pm.ready {
			return nil
		}
	}
}

// Version returns the version of the server.
func (s *Server) Version() Version { return s.version }

// URL returns the connection URL of one database for the server's superuser.
func (s *Server) URL(database string) string {
	query := url.Values{"host": {s.socketDir}, "port": {port}}
	return "postgres://postgres@/" + url.PathEscape(database) + "?" + query.Encode()
}

// CreateDatabase creates a database where it is missing.
func (s *Server) CreateDatabase(ctx context.Context, name string) error {
	conn, err := pgx.Connect(ctx, s.URL("postgres"))
	if err != nil {
		return fmt.Errorf("create database %s: %w", name, err)
	}
	defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }()
	var exists bool
	err = conn.QueryRow(ctx, "SELECT EXISTS (SELECT 1 FROM pg_database WHERE datname = $1)", name).Scan(&exists)
	if err == nil && !exists {
		_, err = conn.Exec(ctx, "CREATE DATABASE "+pgx.Identifier{name}.Sanitize())
	}
	if err != nil {
		return fmt.Errorf("create database %s: %w", name, err)
	}
	return nil
}

// Done is closed when the server has ended, whoever ended it.
func (s *Server) Done() <-chan struct{} { return s.done }

// ErrEnded is the server's end that nobody here asked for.
var ErrEnded = errors.New("devpg: postgres has ended")

// Ended returns ErrEnded with how it ended and the end of the server's log. Call it when Done is closed.
func (s *Server) Ended() error {
	return fmt.Errorf("%w (%s); the end of its log:\n%s", ErrEnded, s.cmd.ProcessState, s.logTail())
}

// Stop ends the server: open transactions are rolled back, what is committed is on disk. When ctx
// ends first the server is ended at once, and recovers at its next start.
func (s *Server) Stop(ctx context.Context) error {
	defer s.release()
	s.signal(interrupt)
	select {
	case <-s.done:
		return nil
	case <-ctx.Done():
		s.kill()
		return fmt.Errorf("devpg: the server did not stop in time and was ended at once: %w", ctx.Err())
	}
}

// kill ends the server without a checkpoint and waits for it.
func (s *Server) kill() {
	s.signal(quit)
	select {
	case <-s.done:
	case <-time.After(5 * time.Second):
		s.signal(kill)
		<-s.done
	}
}

func (s *Server) release() {
	if s.socketDir != "" && filepath.Dir(s.socketDir) != s.dir {
		_ = os.RemoveAll(s.socketDir)
	}
	s.unlock()
}

func (s *Server) logTail() string {
	b, err := os.ReadFile(filepath.Join(s.dir, "postgres.log"))
	if err != nil {
		return err.Error()
	}
	lines := strings.Split(strings.TrimSpace(string(b)), "\n")
	return strings.Join(lines[max(0, len(lines)-15):], "\n")
}

// openLog appends to the log, and begins it anew when it has grown large.
func openLog(path string) (*os.File, error) {
	const large = 10 << 20
	flags := os.O_CREATE | os.O_WRONLY | os.O_APPEND
	if info, err := os.Stat(path); err == nil && info.Size() > large {
		flags |= os.O_TRUNC
	}
	f, err := os.OpenFile(path, flags, 0o600)
	if err != nil {
		return nil, fmt.Errorf("devpg: %w", err)
	}
	return f, nil
}

// DefaultDir is where a program called name keeps the server's folder when nobody says otherwise:
// below /var/lib for root, whose home the server's user could not enter, else in the user's data
// folder.
func DefaultDir(name string) (string, error) {
	if os.Geteuid() == 0 {
		return filepath.Join("/var/lib", name), nil
	}
	if base := os.Getenv("XDG_DATA_HOME"); filepath.IsAbs(base) {
		return filepath.Join(base, name), nil
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return "", fmt.Errorf("devpg: no folder for the data: %w", err)
	}
	return filepath.Join(home, ".local", "share", name), nil
}

// Place returns where to keep the data that was meant for dir: dir itself, or, where the program is
// root and the server's user could not get there (root's home is closed to others), a folder beside
// DefaultDir's that is named after dir and its whole path, so that two folders never become one. moved
// says that it is the second.
func Place(dir string) (place string, moved bool, err error) {
	place, err = filepath.Abs(dir)
	if err != nil {
		return "", false, fmt.Errorf("devpg: %w", err)
	}
	account, err := serverAccount()
	if err != nil {
		return "", false, err
	}
	if account.closedFolder(place) == "" {
		return place, false, nil
	}
	path := sha256.Sum256([]byte(place))
	place, err = DefaultDir(filepath.Base(place) + "-" + hex.EncodeToString(path[:4]))
	return place, true, err
}

// Version is a PostgreSQL version such as 15.18.
type Version struct{ Major, Minor int }

func (v Version) String() string { return strconv.Itoa(v.Major) + "." + strconv.Itoa(v.Minor) }
