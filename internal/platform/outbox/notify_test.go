package outbox

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"maru/internal/platform/postgres/pgtest"
)

// A connection that comes about and is of no use, as behind a pooler, is not tried over and over.
func TestUselessNotificationsAreTriedMoreAndMoreRarelyAndToldOnce(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t).Context("ordering")
	var logged bytes.Buffer
	b := newBell("server", newSource(db, slog.New(slog.DiscardHandler)), slog.New(slog.NewTextHandler(&logged, nil)))
	ctx, stop := context.WithTimeout(t.Context(), time.Second)
	defer stop()
	attempts := 0
	b.keepConnected(ctx, "listen", func(*pgx.Conn) error {
		attempts++
		return errors.New("LISTEN is not possible here")
	})
	if attempts < 1 || attempts > 4 {
		t.Errorf("%d attempts in a second", attempts)
	}
	if lines := strings.Count(logged.String(), "\n"); lines != 1 {
		t.Errorf("%d lines in the log:\n%s", lines, &logged)
	}
}

// A server that takes the LISTEN and passes nothing on is not trusted: the poll stays short.
func TestNotificationsCountAsHeardWhenTheOwnOneComesBack(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t).Context("ordering")
	b := newBell("server", newSource(db, slog.New(slog.DiscardHandler)), slog.New(slog.DiscardHandler))
	ctx, stop := context.WithCancel(t.Context())
	listened := make(chan struct{})
	go func() { b.listen(ctx); close(listened) }()
	for len(b.ring) == 0 { // it listens, and has announced itself
		time.Sleep(time.Millisecond)
	}
	if b.healthy() {
		t.Error("it counts as heard before anything was heard")
	}
	sent := make(chan struct{})
	go func() { b.send(ctx); close(sent) }()
	deadline := time.Now().Add(20 * time.Second)
	for !b.healthy() && time.Now().Before(deadline) {
		time.Sleep(time.Millisecond)
	}
	if !b.healthy() {
		t.Error("its own announcement was not heard")
	}
	stop()
	<-listened
	<-sent
}
