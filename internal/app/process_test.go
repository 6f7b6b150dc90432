package app_test

import (
	"bytes"
	"context"
	"errors"
	"net"
	"net/http"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"maru/internal/app/apptest"
	"maru/internal/cli"
)

// asProgram makes the test's own binary behave as maru: processes to kill need no build.
const asProgram = "MARU_TEST_AS_PROGRAM"

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) == "" {
		os.Exit(m.Run())
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := cli.Run(ctx, os.Args[1:], cli.System{Getenv: os.Getenv, Out: os.Stdout, Err: os.Stderr})
	stop()
	os.Exit(code)
}

// process is maru in a process of its own.
type process struct {
	t        *testing.T
	cmd      *exec.Cmd
	out, err lockedBuffer
	ended    chan struct{}
}

type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// launch starts maru with args and an environment of nothing but env.
func launch(t *testing.T, env []string, args ...string) *process {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	p := &process{t: t, cmd: exec.Command(self, args...), ended: make(chan struct{})}
	p.cmd.Env = append([]string{asProgram + "=1", "PATH=" + os.Getenv("PATH"), "HOME=" + os.Getenv("HOME"), "TMPDIR=" + os.TempDir()}, env...)
	p.cmd.Stdout, p.cmd.Stderr = &p.out, &p.err
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		_ = p.cmd.Wait() // the exit code is in ProcessState
		close(p.ended)
	}()
	t.Cleanup(p.kill)
	return p
}

func (p *process) kill() {
	_ = p.cmd.Process.Kill() // it may have ended
	<-p.ended
}

// exit waits for the process to end and returns its exit code.
func (p *process) exit() int {
	p.t.Helper()
	select {
	case <-p.ended:
		return p.cmd.ProcessState.ExitCode()
	case <-time.After(90 * time.Second):
		p.t.Fatalf("%v does not end:\n%s", p.cmd.Args[1:], p.err.String())
		return -1
	}
}

// ready waits until the server at address can serve.
func (p *process) ready(address string) {
	p.t.Helper()
	deadline := time.Now().Add(90 * time.Second)
	for time.Now().Before(deadline) {
		res, err := http.Get("http://" + address + "/readyz") //nolint:noctx // it ends with the process
		if err == nil {
			_ = res.Body.Close()
			if res.StatusCode == http.StatusOK {
				return
			}
		}
		select {
		case <-p.ended:
			p.t.Fatalf("the server ended with %d:\n%s", p.cmd.ProcessState.ExitCode(), p.err.String())
		case <-time.After(20 * time.Millisecond):
		}
	}
	p.t.Fatalf("the server is not ready:\n%s", p.err.String())
}

// freeAddress returns an address on which nobody listens.
func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	return l.Addr().String()
}

func serveEnv(address string, more ...string) []string {
	return append([]string{"MARU_SECRET=" + apptest.Secret, "MARU_LISTEN=" + address, "MARU_LOG_LEVEL=warn"}, more...)
}

func TestTheProgramExplainsItself(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		args    []string
		env     []string
		code    int
		out     []string
		problem []string
	}{
		{[]string{"help"}, nil, 0, []string{"serve", "demo", "import", "migrate", "MARU_SECRET"}, nil},
		{[]string{"version"}, nil, 0, []string{"maru "}, nil},
		{[]string{"serve"}, []string{"MARU_POOL=many", "MARU_LISTEN=nowhere"}, 1, nil, []string{"MARU_SECRET", "DATABASE_URL", "MARU_POOL", "MARU_LISTEN"}},
		{[]string{"sreve"}, nil, 2, nil, []string{"sreve"}},
	} {
		p := launch(t, c.env, c.args...)
		if code := p.exit(); code != c.code {
			t.Errorf("maru %v: exit code %d, want %d", c.args, code, c.code)
		}
		for _, want := range c.out {
			if !strings.Contains(p.out.String(), want) {
				t.Errorf("maru %v does not say %q: %s", c.args, want, p.out.String())
			}
		}
		for _, want := range c.problem {
			if !strings.Contains(p.err.String(), want) {
				t.Errorf("maru %v does not complain of %q: %s", c.args, want, p.err.String())
			}
		}
	}
}

// alive reports whether a process of the id exists.
func alive(pid int) bool {
	err := syscall.Kill(pid, 0)
	return err == nil || errors.Is(err, syscall.EPERM)
}
