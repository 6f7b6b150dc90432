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
	Warm      time.Duration
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
}

// runLoad keeps every client busy with one order after the other. It speaks HTTP/1.1 on kept
// connections itself, with requests prepared beforehand: a general client costs more than the program
// it measures. After the warm-up it says so with a line and waits for one, so that whoever measures
// can read clocks.
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
	if _, err := l.closedLoop(ctx, plan.Warm); err != nil {
		return err
	}
	fmt.Fprintln(out, "warm")
	if _, err := lines.ReadBytes('\n'); err != nil {
		return err
	}
	result, err := l.closedLoop(ctx, plan.Window)
	if err != nil {
		return err
	}
	return json.NewEncoder(out).Encode(result)
}

type load struct {
	plan    loadPlan
	heads   [][]byte // of each store's requests
	bodies  [][]byte
	idAt    []int // where each body has its id
	clients []*client
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
		l.clients = append(l.clients, &client{load: l, conn: conn, in: bufio.NewReaderSize(conn, 4096), rng: rng})
	}
	return l, nil
}

func (l *load) close() {
	for _, c := range l.clients {
		_ = c.conn.Close()
	}
}

// closedLoop lets every client order as fast as it is answered.
func (l *load) closedLoop(ctx context.Context, length time.Duration) (loadResult, error) {
	began, cpu := time.Now(), ownCPU()
	end := began.Add(length)
	var group sync.WaitGroup
	var failed atomic.Pointer[error]
	for _, c := range l.clients {
		c.took, c.refused = c.took[:0], map[string]int{}
		group.Go(func() {
			for ctx.Err() == nil && failed.Load() == nil && time.Now().Before(end) {
				if err := c.order(c.rng.IntN(len(l.heads))); err != nil {
					failed.CompareAndSwap(nil, &err)
				}
			}
		})
	}
	group.Wait()
	if err := failed.Load(); err != nil {
		return loadResult{}, *err
	}
	r := l.result()
	r.Seconds, r.CPU = time.Since(began).Seconds(), ownCPU()-cpu
	return r, ctx.Err()
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

// order places one order at a store. An answer that is no acceptance is counted; an error is the end
// of the connection.
func (c *client) order(store int) error {
	which := c.rng.IntN(len(c.load.bodies))
	body := c.load.bodies[which]
	c.out = append(c.out[:0], c.load.heads[store]...)
	c.out = strconv.AppendInt(c.out, int64(len(body)), 10)
	c.out = append(c.out, "\r\n\r\n"...)
	at := len(c.out) + c.load.idAt[which]
	c.out = append(c.out, body...)
	id := ids.NewV7().String()
	copy(c.out[at:], id)
	began := time.Now()
	if _, err := c.conn.Write(c.out); err != nil {
		return err
	}
	status, answer, err := c.answer()
	if err != nil {
		return err
	}
	if status == "201" {
		c.took = append(c.took, time.Since(began))
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
