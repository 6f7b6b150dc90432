package main

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"strings"
	"sync"
	"time"
)

// page is an open register of a store, as a browser holds it: a stream of what changed, of what the page shows.
type page struct {
	conn net.Conn

	mu       sync.Mutex
	waiting  bool      // for the page to hear of the order that was sent last
	answerAt time.Time // of that order; zero before
	heardAt  time.Time // the first "orders" since it was sent
	lags     []time.Duration
	unheard  int
}

// listen opens a page of every store and returns when all are told that they are up to date.
func (l *load) listen() error {
	for n, store := range l.plan.Stores {
		conn, err := net.Dial("tcp", l.plan.Addresses[n%len(l.plan.Addresses)]) //nolint:noctx // it ends with the process
		if err != nil {
			return err
		}
		p := &page{conn: conn}
		l.pages = append(l.pages, p)
		_, err = fmt.Fprintf(conn, "GET /s/%s/live?on=sync,availability,orders HTTP/1.1\r\nHost: maru\r\nAuthorization: Bearer %s\r\nAccept: text/event-stream\r\n\r\n",
			store, l.plan.Tokens[n%len(l.plan.Tokens)])
		if err != nil {
			return err
		}
		in := bufio.NewReaderSize(conn, 1024)
		status, err := in.ReadString('\n')
		if err != nil || !strings.Contains(status, " 200 ") {
			return fmt.Errorf("the live stream of %s answers %q: %w", store, status, err)
		}
		for line := ""; line != "event: sync\n"; {
			if line, err = in.ReadString('\n'); err != nil {
				return fmt.Errorf("the live stream of %s: %w", store, err)
			}
		}
		go p.read(in)
	}
	return nil
}

// read hears what the page is told until the connection is closed. The stream's chunks are not
// unpacked: a line that says what happened is always whole.
func (p *page) read(in *bufio.Reader) {
	for {
		line, err := in.ReadSlice('\n')
		if err != nil {
			return
		}
		if string(line) == "event: orders\n" {
			p.heard(time.Now())
		}
	}
}

func (p *page) reset() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.waiting, p.answerAt, p.heardAt, p.lags, p.unheard = false, time.Time{}, time.Time{}, nil, 0
}

// sent notes that an order of the store is on its way. Where the page has not heard of the one before,
// nobody could tell which of the two it hears of: that one counts as unheard.
func (p *page) sent() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.waiting {
		p.unheard++
	}
	p.waiting, p.answerAt, p.heardAt = true, time.Time{}, time.Time{}
}

func (p *page) answered(at time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.answerAt = at
	p.settle()
}

func (p *page) heard(at time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.waiting && p.heardAt.IsZero() {
		p.heardAt = at
		p.settle()
	}
}

// settle takes the lag once both moments are known. A page may hear before the answer arrives.
func (p *page) settle() {
	if p.waiting && !p.answerAt.IsZero() && !p.heardAt.IsZero() {
		p.lags = append(p.lags, max(0, p.heardAt.Sub(p.answerAt)))
		p.waiting = false
	}
}

// awaitPages gives pages two seconds to hear of the last orders.
func (l *load) awaitPages(ctx context.Context) {
	end := time.Now().Add(2 * time.Second)
	for _, p := range l.pages {
		for ctx.Err() == nil && time.Now().Before(end) && p.isWaiting() {
			time.Sleep(time.Millisecond)
		}
	}
	for _, p := range l.pages {
		p.mu.Lock()
		if p.waiting {
			p.waiting = false
			p.unheard++
		}
		p.mu.Unlock()
	}
}

func (p *page) isWaiting() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.waiting
}
