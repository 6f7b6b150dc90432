package outbox

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"slices"
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
	b := newBell("process", "server", newSource(db, slog.New(slog.DiscardHandler)), companyAge, slog.New(slog.NewTextHandler(&logged, nil)))
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	var began time.Time
	attempts := 0
	b.keepConnected(ctx, "listen", func(*pgx.Conn) error {
		if attempts++; attempts == 1 {
			began = time.Now()
		}
		if attempts == 4 {
			stop()
		}
		return errors.New("LISTEN is not possible here")
	})
	// The pauses are 160, 320 and 640 ms within a fifth. However slow the machine is, they are not shorter.
	if took := time.Since(began); took < 890*time.Millisecond {
		t.Errorf("it was tried %d times in %s", attempts, took)
	}
	if lines := strings.Count(logged.String(), "\n"); lines != 1 {
		t.Errorf("%d lines in the log:\n%s", lines, &logged)
	}
}

// A server that takes the LISTEN and passes nothing on is not trusted: the poll stays short.
func TestNotificationsCountAsHeardWhenTheOwnOneComesBack(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t).Context("ordering")
	b := newBell("process", "server", newSource(db, slog.New(slog.DiscardHandler)), companyAge, slog.New(slog.DiscardHandler))
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

// Who believes to be alone tells nobody what it publishes. When another one comes it is told of everything, and so it
// is by a connection after one on which something may have been lost.
func TestWhoComesIsToldOfEverything(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t).Context("ordering")
	b := newBell("process", "server", newSource(db, slog.New(slog.DiscardHandler)), companyAge, slog.New(slog.DiscardHandler))
	ctx, stop := context.WithCancel(t.Context())
	listened := make(chan struct{})
	go func() { b.listen(ctx); close(listened) }()
	defer func() { stop(); <-listened }()
	says(t, b, "hello") // it listens
	hear := func(text string) {
		if _, err := db.Exec(t.Context(), "SELECT pg_notify($1, $2)", channel, text); err != nil {
			t.Fatal(err)
		}
	}
	hear("process/other echo") // its own, by another address
	hear("another/ordering echo")
	says(t, b, "ordering")
	b.tell("ordering", func(n *news) { n.lanes[3] = 7 })
	b.announceAll()
	if text := b.take(); text != "ordering" {
		t.Errorf("after a connection was lost it says %q", text)
	}
}

// A connection on which nothing comes, not even the own announcements, leads nowhere and is made anew.
func TestAConnectionThatHearsNothingIsMadeAnew(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t).Context("ordering")
	b := newBell("process", "server", newSource(db, slog.New(slog.DiscardHandler)), 50*time.Millisecond, slog.New(slog.DiscardHandler))
	ctx, stop := context.WithCancel(t.Context())
	listened := make(chan struct{})
	go func() { b.listen(ctx); close(listened) }()
	defer func() { stop(); <-listened }()
	for range 3 { // nobody sends what it announces
		says(t, b, "hello")
	}
	b.tell("ordering", func(n *news) { n.lanes[3] = 7 })
	if text := b.take(); text == "" {
		t.Error("who hears nobody tells nobody, though others may be there")
	}
}

// says waits until the bell is about to say a name.
func says(t *testing.T, b *bell, name string) {
	t.Helper()
	for late := time.After(20 * time.Second); ; {
		select {
		case <-b.ring:
			if slices.Contains(strings.Split(b.take(), ","), name) {
				return
			}
		case <-late:
			t.Fatalf("it does not say %q", name)
		}
	}
}
