package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"sync"
	"syscall"
	"time"
)

// program is one replica of Maru in a process of its own.
type program struct {
	address string
	cmd     *exec.Cmd
	ended   chan struct{}
	stderr  *tail
}

// startPrograms starts n replicas on a database, one after the other, and returns when all can serve.
// They run with the settings of a fresh installation.
func (b *bench) startPrograms(ctx context.Context, command []string, database string, n int) (programs, error) {
	var all programs
	for range n {
		p, err := b.startProgram(ctx, command, database)
		if err != nil {
			all.stop()
			return nil, err
		}
		all = append(all, p)
	}
	return all, nil
}

func (b *bench) startProgram(ctx context.Context, command []string, database string) (*program, error) {
	address, err := freeAddress()
	if err != nil {
		return nil, err
	}
	p := &program{address: address, ended: make(chan struct{}), stderr: &tail{}}
	p.cmd = exec.Command(command[0], append(command[1:len(command):len(command)], "serve")...) //nolint:gosec,noctx // the program that is measured; it is stopped by signal
	p.cmd.Env = append([]string{
		"DATABASE_URL=" + b.pg.url(database), "MARU_SECRET=" + secret, "MARU_LISTEN=" + address, "MARU_LOG_LEVEL=warn",
		"PATH=" + os.Getenv("PATH"), "HOME=" + os.Getenv("HOME"),
	}, b.o.env...)
	p.cmd.Stderr = p.stderr
	if err := p.cmd.Start(); err != nil {
		return nil, err
	}
	go func() {
		_ = p.cmd.Wait() // how it ended is in ProcessState
		close(p.ended)
	}()
	if err := p.ready(ctx); err != nil {
		p.stop()
		return nil, err
	}
	return p, nil
}

func freeAddress() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer func() { _ = l.Close() }()
	return l.Addr().String(), nil
}

func (p *program) ready(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	for {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+p.address+"/readyz", nil)
		if err != nil {
			return err
		}
		if res, err := http.DefaultClient.Do(req); err == nil {
			_ = res.Body.Close()
			if res.StatusCode == http.StatusOK {
				return nil
			}
		}
		select {
		case <-p.ended:
			return fmt.Errorf("the program ended while starting: %s", p.stderr)
		case <-ctx.Done():
			return fmt.Errorf("the program is not ready: %w: %s", ctx.Err(), p.stderr)
		case <-time.After(10 * time.Millisecond):
		}
	}
}

// stop ends the program as an operator would, and kills it when that takes long.
func (p *program) stop() {
	_ = p.cmd.Process.Signal(syscall.SIGTERM) // it may have ended
	select {
	case <-p.ended:
	case <-time.After(30 * time.Second):
		_ = p.cmd.Process.Kill()
		<-p.ended
	}
}

type programs []*program

func (all programs) stop() {
	for _, p := range all {
		p.stop()
	}
}

func (all programs) addresses() []string {
	list := make([]string, len(all))
	for i, p := range all {
		list[i] = p.address
	}
	return list
}

// cpu is the CPU time that all replicas have used.
func (all programs) cpu() (time.Duration, error) {
	var total time.Duration
	for _, p := range all {
		used, err := cpuOf(p.cmd.Process.Pid)
		if err != nil {
			return 0, err
		}
		total += used
	}
	return total, nil
}

// call asks for something of the JSON API and decodes the answer into the last argument, unless it is nil.
func (p *program) call(ctx context.Context, token, method, path string, body, into any) error {
	doc, err := json.Marshal(body)
	if err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(ctx, method, "http://"+p.address+"/api/v1"+path, bytes.NewReader(doc))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/json")
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer func() { _ = res.Body.Close() }()
	answer, err := io.ReadAll(res.Body)
	if err != nil {
		return err
	}
	if res.StatusCode >= 300 {
		return fmt.Errorf("%s %s: %s: %.500s", method, path, res.Status, answer)
	}
	if into == nil {
		return nil
	}
	return json.Unmarshal(answer, into)
}

// signIn returns the access tokens of all accounts.
func (p *program) signIn(ctx context.Context, accounts int) ([]string, error) {
	tokens := make([]string, accounts)
	for n := range tokens {
		var session struct {
			AccessToken string `json:"access_token"`
		}
		credentials := map[string]string{"login": accountName(n), "password": password}
		if err := p.call(ctx, "", http.MethodPost, "/session", credentials, &session); err != nil {
			return nil, err
		}
		tokens[n] = session.AccessToken
	}
	return tokens, nil
}

// tail keeps the end of what a process says.
type tail struct {
	mu   sync.Mutex
	text []byte
}

// Write implements io.Writer.
func (t *tail) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.text = append(t.text, p...)
	if extra := len(t.text) - 4000; extra > 0 {
		t.text = t.text[extra:]
	}
	return len(p), nil
}

// String returns the end.
func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return string(t.text)
}

// runSelf runs one of this program's own commands with a document as its input.
func runSelf(ctx context.Context, command []string, name string, env []string, input any) error {
	doc, err := json.Marshal(input)
	if err != nil {
		return err
	}
	cmd := exec.CommandContext(ctx, command[0], append(command[1:len(command):len(command)], name)...) //nolint:gosec // this program
	cmd.Env = append(os.Environ(), env...)
	cmd.Stdin = bytes.NewReader(doc)
	out, err := cmd.CombinedOutput()
	if err != nil {
		return errors.Join(fmt.Errorf("bench %s: %w", name, err), errors.New(string(out)))
	}
	return nil
}
