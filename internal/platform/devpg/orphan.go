//go:build unix

package devpg

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// lockFolder makes this program the only one that works with the folder. The lock is the kernel's,
// so it is free as soon as its holder is gone, however it went.
func lockFolder(dir string) (unlock func(), err error) {
	f, err := os.OpenFile(filepath.Join(dir, "lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("devpg: %w", err)
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		_ = f.Close()
		if errors.Is(err, syscall.EWOULDBLOCK) {
			return nil, fmt.Errorf("another program that is running now uses the data folder %s: stop it, or choose another folder", dir)
		}
		return nil, fmt.Errorf("devpg: lock %s: %w", dir, err)
	}
	return func() { _ = f.Close() }, nil
}

// postmaster is what a server writes into postmaster.pid.
type postmaster struct {
	pid   int
	ready bool
}

func readPostmaster(data string) (postmaster, error) {
	b, err := os.ReadFile(filepath.Join(data, "postmaster.pid"))
	if err != nil {
		return postmaster{}, err
	}
	lines := strings.Split(string(b), "\n")
	pid, err := strconv.Atoi(strings.TrimSpace(lines[0]))
	if err != nil || pid <= 1 {
		return postmaster{}, fmt.Errorf("devpg: postmaster.pid is not readable: %q", lines[0])
	}
	return postmaster{pid: pid, ready: len(lines) >= 8 && strings.TrimSpace(lines[7]) == "ready"}, nil
}

// stopOrphan stops the server that a killed program left behind in this data folder. Since we hold
// the folder's lock, nobody uses it. A process that merely has the number written in postmaster.pid
// is left alone, and the file, which would keep the new server from starting, goes.
func stopOrphan(ctx context.Context, data string, log *slog.Logger) error {
	pm, err := readPostmaster(data)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return nil // PostgreSQL judges a damaged file itself, and says so
	}
	if !alive(pm.pid) {
		return nil // PostgreSQL clears the file away itself, after a look at what else is left
	}
	if !servesFolder(pm.pid, data) {
		if err := os.Remove(filepath.Join(data, "postmaster.pid")); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("devpg: %w", err)
		}
		return nil
	}
	log.Info("stopping the PostgreSQL that a killed program left behind", "pid", pm.pid, "data", data)
	return endOrphan(ctx, pm.pid, data)
}

func endOrphan(ctx context.Context, pid int, data string) error {
	_ = syscall.Kill(pid, syscall.SIGINT)
	_ = syscall.Kill(pid, syscall.SIGCONT) // a stopped process hears nothing else
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	patience := time.After(20 * time.Second)
	for alive(pid) && servesFolder(pid, data) {
		select {
		case <-ctx.Done():
			return fmt.Errorf("devpg: PostgreSQL with process id %d still uses %s: %w", pid, data, ctx.Err())
		case <-patience:
			_ = syscall.Kill(pid, syscall.SIGQUIT) // without a checkpoint; the next start recovers
		case <-tick.C:
		}
	}
	return nil
}

func alive(pid int) bool {
	err := syscall.Kill(pid, 0)
	return err == nil || errors.Is(err, syscall.EPERM)
}

// named reports whether a command line is that of a postgres started on this data folder.
func named(commandLine []byte, data string) bool {
	return bytes.Contains(commandLine, []byte("postgres")) && bytes.Contains(commandLine, []byte(data))
}
