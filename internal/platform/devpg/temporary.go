//go:build unix

package devpg

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"
	"time"
)

// Temporary is a server for tests whose folder goes with it.
type Temporary struct {
	*Server
	dir   string
	guard io.Closer
}

// StartTemporary starts a server that forgets everything: in memory where the machine has room
// there, with settings that trade safety for speed. When the program ends without calling Stop, even
// by a kill, a small guard process ends the server and removes its folder.
func StartTemporary(ctx context.Context) (*Temporary, error) {
	dir, err := os.MkdirTemp(temporaryBase(), "maru-test-")
	if err != nil {
		return nil, fmt.Errorf("devpg: %w", err)
	}
	if err := os.Chmod(dir, 0o711); err != nil { //nolint:gosec // the server's own user must get through to data, which is 0700
		return nil, fmt.Errorf("devpg: %w", err)
	}
	guard, err := startGuard(dir)
	if err != nil {
		_ = os.RemoveAll(dir)
		return nil, err
	}
	server, err := Start(ctx, Options{Dir: dir})
	if err != nil {
		_ = guard.Close()
		return nil, err
	}
	return &Temporary{Server: server, dir: dir, guard: guard}, nil
}

// Stop ends the server and removes its folder.
func (t *Temporary) Stop(_ context.Context) error {
	t.kill() // there is nothing worth a checkpoint
	t.release()
	err := os.RemoveAll(t.dir)
	_ = t.guard.Close()
	return err
}

// temporaryBase prefers memory to disk, where there is at least a gigabyte of it: a container often
// has 64 MB.
func temporaryBase() string {
	const memory, enough = "/dev/shm", 1 << 30
	var stat syscall.Statfs_t
	if err := syscall.Statfs(memory, &stat); err == nil && stat.Bavail*uint64(stat.Bsize) >= enough { //nolint:gosec // a block size is positive, and its type differs between systems
		return memory
	}
	return os.TempDir()
}

// guardScript waits for the end of its standard input, which is the end of the program that holds
// the other end of the pipe.
const guardScript = `
cat >/dev/null
[ -d "$1" ] || exit 0
pid=$(head -n 1 "$1/data/postmaster.pid" 2>/dev/null)
if [ -n "$pid" ]; then
	kill -QUIT "$pid" 2>/dev/null
	n=0
	while kill -0 "$pid" 2>/dev/null && [ $n -lt 100 ]; do sleep 0.1; n=$((n+1)); done
fi
rm -rf "$1"
`

// startGuard starts the guard of a temporary folder, in a process group of its own and without our
// output, which go test would wait for.
func startGuard(dir string) (io.Closer, error) {
	cmd := exec.Command("/bin/sh", "-c", guardScript, "guard", filepath.Clean(dir)) //nolint:gosec,noctx // our own script; it must outlive us
	cmd.Dir = "/"
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	stdin, err := cmd.StdinPipe()
	if err != nil {
		return nil, fmt.Errorf("devpg: %w", err)
	}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("devpg: guard of the temporary folder: %w", err)
	}
	handle := &guardHandle{stdin, cmd}
	guards.Store(handle, true)
	return handle, nil
}

// guards keeps the pipes from being collected as garbage, which would close them: a test never
// mentions its server again.
var guards sync.Map

type guardHandle struct {
	stdin io.Closer
	cmd   *exec.Cmd
}

// Close lets the guard do its work and waits for it.
func (g *guardHandle) Close() error {
	guards.Delete(g)
	_ = g.stdin.Close()
	done := make(chan error, 1)
	go func() { done <- g.cmd.Wait() }()
	select {
	case err := <-done:
		return err
	case <-time.After(15 * time.Second):
		return g.cmd.Process.Kill()
	}
}
