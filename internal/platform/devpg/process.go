//go:build unix

package devpg

import (
	"bytes"
	"context"
	"os/exec"
	"runtime"
	"syscall"
)

// What the signals mean to a PostgreSQL server.
const (
	interrupt = syscall.SIGINT  // roll back, write everything, end
	quit      = syscall.SIGQUIT // end at once, recover at the next start
	kill      = syscall.SIGKILL
)

// run starts the server and waits for its end. It keeps its operating-system thread to itself until
// then: the kernel stops the server when the thread that started it ends, and Go ends threads.
func (s *Server) run(started chan<- error) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	if err := s.cmd.Start(); err != nil {
		started <- err
		return
	}
	started <- nil
	s.exit = s.cmd.Wait()
	close(s.done)
}

func (s *Server) signal(sig syscall.Signal) {
	select {
	case <-s.done:
	default:
		_ = s.cmd.Process.Signal(sig) // it may have ended meanwhile, which is what is wanted
	}
}

// runUntil runs a short program and returns what it wrote; it is killed when ctx ends.
func runUntil(ctx context.Context, cmd *exec.Cmd) (string, error) {
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	if err := cmd.Start(); err != nil {
		return "", err
	}
	stop := context.AfterFunc(ctx, func() { _ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) })
	defer stop()
	err := cmd.Wait()
	if ctx.Err() != nil {
		err = ctx.Err()
	}
	return out.String(), err
}
