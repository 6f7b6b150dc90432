package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
)

// loadProcess is the load generator.
type loadProcess struct {
	cmd    *exec.Cmd
	in     io.WriteCloser
	out    *bufio.Reader
	stderr *tail
}

func (b *bench) startLoad(ctx context.Context, plan loadPlan) (*loadProcess, error) {
	doc, err := json.Marshal(plan)
	if err != nil {
		return nil, err
	}
	command := b.o.self
	l := &loadProcess{stderr: &tail{}}
	l.cmd = exec.CommandContext(ctx, command[0], append(command[1:len(command):len(command)], "load")...) //nolint:gosec // this program
	l.cmd.Env = append(os.Environ(), b.o.env...)
	l.cmd.Stderr = l.stderr
	if l.in, err = l.cmd.StdinPipe(); err != nil {
		return nil, err
	}
	out, err := l.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	l.out = bufio.NewReader(out)
	if err := l.cmd.Start(); err != nil {
		return nil, err
	}
	if _, err := l.in.Write(append(doc, '\n')); err != nil {
		l.kill()
		return nil, err
	}
	return l, nil
}

// warm returns when the warm-up is over.
func (l *loadProcess) warm() error { return l.hear(isWarm) }

func (l *loadProcess) hear(want string) error {
	line, err := l.out.ReadString('\n')
	if err != nil || line != want+"\n" {
		return fmt.Errorf("load generator: %q instead of %q: %w: %s", line, want, err, l.stderr)
	}
	return nil
}

// measure lets the load begin and returns what it found. It calls led once what counts begins and over at its end.
func (l *loadProcess) measure(led, over func() error) (loadResult, error) {
	var r loadResult
	if _, err := io.WriteString(l.in, "go\n"); err != nil {
		return r, err
	}
	for _, moment := range []struct {
		word string
		do   func() error
	}{{isLed, led}, {hasLoad, over}} {
		if err := l.hear(moment.word); err != nil {
			return r, err
		}
		if err := moment.do(); err != nil {
			return r, err
		}
	}
	line, err := l.out.ReadBytes('\n')
	if err != nil {
		return r, fmt.Errorf("load generator: %w: %s", err, l.stderr)
	}
	return r, json.Unmarshal(line, &r)
}

func (l *loadProcess) kill() {
	_ = l.in.Close()
	_ = l.cmd.Process.Kill() // it may have ended
	_ = l.cmd.Wait()
}
