package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"maru/internal/kernel/ids"
)

// loadPlan is what runLoad reads: who orders what, where, how fast.
type loadPlan struct {
	Addresses []string // of the replicas; client n talks to one of them
	Stores    []string // codes
	Tokens    []string // store n is looked after by account n mod accounts
	Bodies    [][]byte // orders with zeroID in them
	Clients   int
	Rate      float64 // orders per second at random intervals; 0: every client orders as fast as it is answered
	Listen    bool    // hold a page of every store open
	Touch     int     // orders at every store before the warm-up
	Warm      time.Duration
	Lead      time.Duration // of the measured load, before what counts
	Window    time.Duration
}

// loadResult is what it found out.
type loadResult struct {
	Accepted int     // in the window
	Seconds  float64 // length of the window, to the last answer
	P50MS    float64
	P99MS    float64
	MaxMS    float64
	CPU      time.Duration // that the load itself took in the window
	Refused  map[string]int

	// With Listen: from the answer to an order to the store's page hearing of it.
	HeardP50MS float64
	HeardP99MS float64
	Unheard    int // orders of which no page heard in time to be told from the store's next
}

// runLoad orders as the plan says. It speaks HTTP/1.1 on kept
// connections itself, with requests prepared beforehand: a general client costs more than the program
// it measures. After the warm-up, after the lead and after the window it says so with a line, so that whoever
// measures can read clocks; after the warm-up it waits for an answer.
func runLoad(ctx context.Context, in io.Reader, out io.Writer) error {
	lines := bufio.NewReaderSize(in, 1<<20)
	doc, err := lines.ReadBytes('\n')
	if err != nil {
		return err
	}
	var plan loadPlan
	if err := json.Unmarshal(doc, &plan); err != nil {
		return err
	}
	l, err := newLoad(plan)
	if err != nil {
		return err
	}
	defer l.close()
	if err := l.touch(ctx); err != nil {
		return err
	}
	if _, err := l.run(ctx, 0, plan.Warm, func(string) {}); err != nil {
		return err
	}
	say := func(what string) { fmt.Fprintln(out, what) }
	say(isWarm)
	if _, err := lines.ReadBytes('\n'); err != nil {
		return err
	}
	result, err := l.run(ctx, plan.Lead, plan.Window, say)
	if err != nil {
		return err
	}
	return json.NewEncoder(out).Encode(result)
}

// What the load says on its way.
const (
	isWarm  = "warm"
	isLed   = "led"
	hasLoad = "over"
)

type load struct {
	plan    loadPlan
	from    time.Time // orders that were due before do not count
	heads   [][]byte  // of each store's requests
	bodies  [][]byte
	idAt    []int // where each body has its id
	clients []*client
	pages   []*page // of each store, with Listen
}

func newLoad(plan loadPlan) (*load, error) {
	l := &load{plan: plan, bodies: plan.Bodies}
	for n, store := range plan.Stores {
		l.heads = append(l.heads, fmt.Appendf(nil,
			"POST /api/v1/stores/%s/orders HTTP/1.1\r\nHost: maru\r\nAuthorization: Bearer %s\r\nContent-Type: application/json\r\nContent-Length: ",
			store, plan.Tokens[n%len(plan.Tokens)]))
	}
	for _, body := range plan.Bodies {
		at := bytes.Index(body, []byte(zeroID))
		if at < 0 {
			return nil, errors.New("an order without a place for its id")
		}
		l.idAt = append(l.idAt, at)
	}
	for n := range plan.Clients {
		conn, err := net.Dial("tcp", plan.Addresses[n%len(plan.Addresses)]) //nolint:noctx // it ends with the process
		if err != nil {
			l.close()
			return nil, err
		}
		rng := rand.New(rand.NewPCG(uint64(n), uint64(time.Now().UnixNano()))) //nolint:gosec // customers, not secrets
		l.clients = append(l.clients, &client{load: l, conn: conn, in: bufio.NewReaderSize(conn, 4096), rng: rng, refused: map[string]int{}})
	}
	if plan.Listen {
		if err := l.listen(); err != nil {
			l.close()
			return nil, err
		}
	}
	return l, nil
}

func (l *load) close() {
	for _, c := range l.clients {
		_ = c.conn.Close()
	}
	for _, p := range l.pages {
		_ = p.conn.Close()
	}
}

// run lets customers order for a time, of which the first part does not count.
func (l *load) run(ctx context.Context, lead, window time.Duration, say func(string)) (loadResult, error) {
	for _, c := range l.clients {
		c.took, c.refused = c.took[:0], map[string]int{}
	}
	var cpu time.Duration
	begin := func() {
		for _, p := range l.pages {
			p.reset()
		}
		cpu = ownCPU()
		say(isLed)
	}
	l.from = time.Now().Add(lead)
	led := make(chan struct{})
	time.AfterFunc(lead, func() {
		begin()
		close(led)
	})
	loop := l.closedLoop
	if l.plan.Rate > 0 {
		loop = l.openLoop
	}
	err := loop(ctx, lead+window)
	<-led
	if err != nil {
		return loadResult{}, err
	}
	seconds, used := time.Since(l.from).Seconds(), ownCPU()-cpu
	say(hasLoad)
	l.awaitPages(ctx)
	r := l.result()
	r.Seconds, r.CPU = seconds, used
	return r, ctx.Err()
}

// closedLoop lets every client order as fast as it is answered.
func (l *load) closedLoop(ctx context.Context, length time.Duration) error {
	end := time.Now().Add(length)
	return l.each(func(c *client) error {
		for ctx.Err() == nil && time.Now().Before(end) {
			if err := c.order(c.rng.IntN(len(l.heads)), time.Now()); err != nil {
				return err
			}
		}
		return nil
	})
}

// openLoop lets customers come at random moments, one store after the other. The time of an order
// counts from the moment at which it was meant to be placed, however busy the clients were.
func (l *load) openLoop(ctx context.Context, length time.Duration) error {
	rng := rand.New(rand.NewPCG(26, uint64(l.plan.Rate))) //nolint:gosec // the same moments in every run
	var moments []time.Duration
	for at := time.Duration(0); at < length; at += time.Duration(rng.ExpFloat64() / l.plan.Rate * float64(time.Second)) {
		moments = append(moments, at)
	}
	began := time.Now()
	var next atomic.Int64
	return l.each(func(c *client) error {
		for ctx.Err() == nil {
			n := int(next.Add(1) - 1)
			if n >= len(moments) {
				return nil
			}
			due := began.Add(moments[n])
			time.Sleep(time.Until(due))
			if err := c.order(n%len(l.heads), due); err != nil {
				return err
			}
		}
		return nil
	})
}

// touch places some orders at every store as fast as it goes. The first change of a page after a
// checkpoint is logged with the whole page: in the minutes between two checkpoints that is paid once a
// store and not, as in the seconds of a measurement, for nearly every order.
func (l *load) touch(ctx context.Context) error {
	var next atomic.Int64
	return l.each(func(c *client) error {
		for ctx.Err() == nil {
			n := int(next.Add(1) - 1)
			if n >= l.plan.Touch*len(l.heads) {
				return nil
			}
			if err := c.order(n%len(l.heads), time.Now()); err != nil {
				return err
			}
			for answer := range c.refused {
				return fmt.Errorf("the first orders were answered %s", answer)
			}
		}
		return nil
	})
}

// each runs fn for all clients at once and returns the first error.
func (l *load) each(fn func(*client) error) error {
	var group sync.WaitGroup
	var failed atomic.Pointer[error]
	for _, c := range l.clients {
		group.Go(func() {
			if err := fn(c); err != nil {
				failed.CompareAndSwap(nil, &err)
			}
		})
	}
	group.Wait()
	if err := failed.Load(); err != nil {
		return *err
	}
	return nil
}

func (l *load) result() loadResult {
	r := loadResult{Refused: map[string]int{}}
	var all []time.Duration
	for _, c := range l.clients {
		all = append(all, c.took...)
		for answer, n := range c.refused {
			r.Refused[answer] += n
		}
	}
	r.Accepted = len(all)
	r.P50MS, r.P99MS, r.MaxMS = quantiles(all)
	var heard []time.Duration
	for _, p := range l.pages {
		p.mu.Lock()
		heard = append(heard, p.lags...)
		r.Unheard += p.unheard
		p.mu.Unlock()
	}
	r.HeardP50MS, r.HeardP99MS, _ = quantiles(heard)
	return r
}

func quantiles(all []time.Duration) (p50, p99, most float64) {
	if len(all) == 0 {
		return 0, 0, 0
	}
	slices.Sort(all)
	ms := func(d time.Duration) float64 { return float64(d.Nanoseconds()) / 1e6 }
	return ms(all[len(all)/2]), ms(all[len(all)*99/100]), ms(all[len(all)-1])
}

// ownCPU is the CPU time of this process.
func ownCPU() time.Duration {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		return 0
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

// client is one connection and what is ordered through it.
type client struct {
	load    *load
	conn    net.Conn
	in      *bufio.Reader
	rng     *rand.Rand
	out     []byte
	took    []time.Duration // of accepted orders
	refused map[string]int  // by answer
}

// order places one order at a store, which was due at a moment. An answer that is no acceptance is
// counted; an error is the end of the connection.
func (c *client) order(store int, due time.Time) error {
	which := c.rng.IntN(len(c.load.bodies))
	body := c.load.bodies[which]
	c.out = append(c.out[:0], c.load.heads[store]...)
	c.out = strconv.AppendInt(c.out, int64(len(body)), 10)
	c.out = append(c.out, "\r\n\r\n"...)
	at := len(c.out) + c.load.idAt[which]
	c.out = append(c.out, body...)
	id := ids.NewV7().String()
	copy(c.out[at:], id)
	if c.load.pages != nil {
		c.load.pages[store].sent()
	}
	if _, err := c.conn.Write(c.out); err != nil {
		return err
	}
	status, answer, err := c.answer()
	if err != nil {
		return err
	}
	if status == "201" {
		now := time.Now()
		if !due.Before(c.load.from) {
			c.took = append(c.took, now.Sub(due))
		}
		if c.load.pages != nil {
			c.load.pages[store].answered(now)
		}
		return nil
	}
	c.refused[fmt.Sprintf("%s %.300s", status, answer)]++
	return nil
}

var contentLength = []byte("Content-Length: ")

// answer reads one response. The body is returned only where the status is not 201; it is good until
// the next call.
func (c *client) answer() (status string, body []byte, err error) {
	line, err := c.in.ReadSlice('\n')
	if err != nil {
		return "", nil, err
	}
	if len(line) < 12 {
		return "", nil, fmt.Errorf("no HTTP answer: %q", line)
	}
	status, length := string(line[9:12]), -1
	for {
		if line, err = c.in.ReadSlice('\n'); err != nil {
			return "", nil, err
		}
		if len(line) <= 2 {
			break
		}
		if rest, found := bytes.CutPrefix(line, contentLength); found {
			if length, err = strconv.Atoi(string(bytes.TrimSpace(rest))); err != nil {
				return "", nil, err
			}
		}
	}
	if length < 0 {
		return "", nil, errors.New("an answer without Content-Length")
	}
	if status == "201" {
		_, err = c.in.Discard(length)
		return status, nil, err
	}
	body = make([]byte, length)
	_, err = io.ReadFull(c.in, body)
	return status, body, err
}
