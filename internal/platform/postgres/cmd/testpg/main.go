// Command testpg runs a command, usually "go test ./...", with one temporary PostgreSQL server for
// all of it, named by TEST_DATABASE_URL. Where that is set already, it starts nothing.
//
//	go run ./internal/platform/postgres/cmd/testpg -- go test ./...
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"syscall"

	"maru/internal/platform/devpg"
)

func main() {
	args := os.Args[1:]
	if len(args) > 0 && args[0] == "--" {
		args = args[1:]
	}
	if len(args) == 0 {
		fmt.Fprintln(os.Stderr, "usage: testpg -- command [arguments]")
		os.Exit(2)
	}
	code, err := run(args)
	if err != nil {
		fmt.Fprintln(os.Stderr, "testpg:", err)
	}
	os.Exit(code)
}

// run returns the exit code of the command.
func run(args []string) (int, error) {
	env := os.Environ()
	if os.Getenv("TEST_DATABASE_URL") == "" {
		server, err := devpg.StartTemporary(context.Background())
		if err != nil {
			return 1, err
		}
		defer func() { _ = server.Stop(context.Background()) }()
		env = append(env, "TEST_DATABASE_URL="+server.URL("postgres"))
		fmt.Fprintln(os.Stderr, "testpg: PostgreSQL", server.Version(), "for these tests")
	}
	// Ctrl-C reaches the command too, which shares our terminal; we wait for its end.
	interrupts := make(chan os.Signal, 1)
	signal.Notify(interrupts, os.Interrupt, syscall.SIGTERM)
	defer signal.Stop(interrupts)

	cmd := exec.Command(args[0], args[1:]...) //nolint:gosec,noctx // running it is the purpose
	cmd.Env, cmd.Stdin, cmd.Stdout, cmd.Stderr = env, os.Stdin, os.Stdout, os.Stderr
	if err := cmd.Start(); err != nil {
		return 1, err
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	for {
		select {
		case sig := <-interrupts:
			if sig == syscall.SIGTERM {
				_ = cmd.Process.Signal(sig) // sent to us alone
			}
		case err := <-ended:
			var exit *exec.ExitError
			if errors.As(err, &exit) {
				return max(1, exit.ExitCode()), nil
			}
			if err != nil {
				return 1, err
			}
			return 0, nil
		}
	}
}
