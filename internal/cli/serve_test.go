//go:build unix

package cli_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"

	"maru/internal/cli"
)

// A program whose own PostgreSQL has died can do nothing any more. It ends, so that whoever keeps it running
// starts both anew; what was committed is there then, and the trail can be verified without another server.
func TestServeEndsWithItsOwnPostgreSQL(t *testing.T) {
	t.Parallel()
	env := map[string]string{"MARU_DATA": dataFolder(t), "MARU_LISTEN": "127.0.0.1:0", "MARU_SECRET": strings.Repeat("golmok-anjja-26 ", 3)}
	log := &watchedLog{text: `"serving"`, seen: make(chan struct{})}
	ended := make(chan int, 1)
	go func() {
		ended <- cli.Run(t.Context(), []string{"serve"}, cli.System{Getenv: func(name string) string { return env[name] }, Out: log, Err: log})
	}()
	select {
	case <-log.seen:
	case code := <-ended:
		t.Fatalf("it ended with %d before it served:\n%s", code, log)
	}
	pid, err := os.ReadFile(filepath.Join(env["MARU_DATA"], "data", "postmaster.pid"))
	if err != nil {
		t.Fatal(err)
	}
	first, _, _ := strings.Cut(string(pid), "\n")
	postmaster, err := strconv.Atoi(first)
	if err != nil {
		t.Fatal(err)
	}
	if err := syscall.Kill(postmaster, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	if code := <-ended; code != 1 || !strings.Contains(log.String(), "maru serve: devpg: postgres has ended (signal: killed)") {
		t.Errorf("exit code %d, want 1 and what happened to PostgreSQL:\n%s", code, log)
	}
	if code, out, problems := run(t, env, "audit", "verify"); code != 0 {
		t.Errorf("audit verify afterwards: exit code %d\n%s%s", code, out, problems)
	}
}

// dataFolder is a folder for MARU_DATA that the server's user can enter, also when the test is root's.
func dataFolder(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "maru-serve-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o711); err != nil {
		t.Fatal(err)
	}
	return dir
}

// watchedLog keeps what is written and closes seen when text is in it.
type watchedLog struct {
	text string
	seen chan struct{}

	mu   sync.Mutex
	kept bytes.Buffer
	told bool
}

func (w *watchedLog) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.kept.Write(p)
	if !w.told && strings.Contains(w.kept.String(), w.text) {
		w.told = true
		close(w.seen)
	}
	return len(p), nil
}

func (w *watchedLog) String() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.kept.String()
}
