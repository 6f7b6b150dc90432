package main

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// world is a running installation with people signed in.
type world struct {
	b        *bench
	database string
	programs programs
	tokens   []string
	bodies   [][]byte // orders that its menu accepts
	touched  bool     // every store has had orders since the database was copied
	warm     bool     // a load has gone before
}

// open starts replicas on a fresh copy of the template.
func (b *bench) open(ctx context.Context, replicas int) (*world, error) {
	return b.openVariant(ctx, variant{template: template, maru: b.o.maru}, replicas)
}

// openVariant is open with another build of the program and the template it founded.
func (b *bench) openVariant(ctx context.Context, v variant, replicas int) (*world, error) {
	if err := b.pg.clone(ctx, v.template, work); err != nil {
		return nil, err
	}
	return b.openOn(ctx, v.maru, work, replicas)
}

// openOn starts replicas on a database and signs people in.
func (b *bench) openOn(ctx context.Context, maru []string, database string, replicas int) (*world, error) {
	programs, err := b.startPrograms(ctx, maru, database, replicas)
	if err != nil {
		return nil, err
	}
	w := &world{b: b, database: database, programs: programs}
	if w.tokens, err = programs[0].signIn(ctx, b.accounts()); err == nil {
		w.bodies, err = programs[0].bodies(ctx, w.tokens[0], variety)
	}
	if err != nil {
		programs.stop()
		return nil, err
	}
	return w, nil
}

func (w *world) close() { w.programs.stop() }

// cpu is the CPU time of the program and of the database so far.
func (w *world) cpu() (program, database time.Duration, err error) {
	if program, err = w.programs.cpu(); err != nil {
		return 0, 0, err
	}
	database, err = w.b.databaseCPU()
	return program, database, err
}

func (b *bench) databaseCPU() (time.Duration, error) {
	pid, err := b.pg.pid()
	if err != nil {
		return 0, err
	}
	return cpuOf(pid)
}

// measured is one load and what it cost.
type measured struct {
	loadResult
	began             time.Time
	program, database time.Duration // CPU for the accepted orders and all that follows them
	behind            time.Duration // how long stock took after the last answer
	memory            float64       // the most that one replica had resident in the window, in MB
}

// measure runs a load in a process of its own and reads the CPU clocks around it.
//
// At a steady rate (Lead) they are read while orders go on: what is put off when the clocks begin is as much as when
// they end, and nothing but the orders is in between. Otherwise they end when stock, sales and the trail have every
// order: a load that takes all there is leaves much behind.
func (w *world) measure(ctx context.Context, plan loadPlan) (m measured, err error) {
	plan.Addresses, plan.Tokens, plan.Bodies = w.programs.addresses(), w.tokens, w.bodies
	if !w.touched {
		plan.Touch, w.touched = touches, true
	}
	if w.warm {
		plan.Warm = 0 // and no two seconds of waiting until the trail has what it left
	}
	w.warm = w.warm || plan.Warm > 0
	l, err := w.b.startLoad(ctx, plan)
	if err != nil {
		return m, err
	}
	defer l.kill()
	if err := l.warm(); err != nil {
		return m, err
	}
	if err := w.b.applied(ctx, w.database, time.Minute); err != nil {
		return m, err
	}
	var program, database time.Duration
	var watched func() float64
	begin := func() (err error) {
		m.began, watched = time.Now(), w.watchMemory()
		program, database, err = w.cpu()
		return err
	}
	end := func() error {
		programAfter, databaseAfter, err := w.cpu()
		m.program, m.database = programAfter-program, databaseAfter-database
		return err
	}
	led, over := begin, end
	if plan.Lead == 0 {
		if err := begin(); err != nil {
			return m, err
		}
		led, over = func() error { return nil }, func() error { return nil }
	}
	m.loadResult, err = l.measure(led, over)
	ended := time.Now()
	if watched != nil {
		m.memory = watched()
	}
	if err != nil {
		return m, err
	}
	stock, err := w.b.followed(ctx, w.database, 2*time.Minute)
	if err != nil {
		return m, err
	}
	m.behind = max(0, stock.Sub(ended))
	if plan.Lead == 0 {
		if err := end(); err != nil {
			return m, err
		}
	}
	for answer, n := range m.Refused {
		return m, fmt.Errorf("%d orders were answered %s", n, answer)
	}
	if m.Accepted == 0 {
		return m, errors.New("no order was accepted")
	}
	return m, nil
}

// watchMemory looks at the replicas' memory several times a second until the function it returns is
// called, which returns the most that one of them had.
func (w *world) watchMemory() (stop func() float64) {
	ended, most := make(chan struct{}), make(chan float64)
	go func() {
		highest := 0.0
		for tick := time.NewTicker(100 * time.Millisecond); ; {
			for _, p := range w.programs {
				if mb, err := resident(p.cmd.Process.Pid); err == nil {
					highest = max(highest, mb)
				}
			}
			select {
			case <-ended:
				tick.Stop()
				most <- highest
				return
			case <-tick.C:
			}
		}
	}()
	return func() float64 {
		close(ended)
		return <-most
	}
}

// touches is how many orders every store gets before anything is measured; see load.touch.
const touches = 4

// perOrder is CPU time as milliseconds per accepted order.
func (m measured) perOrder(d time.Duration) float64 {
	return float64(d.Microseconds()) / 1000 / float64(m.Accepted)
}

// note adds the figures to a row.
func (m measured) note(r *row) {
	r.add("orders_s", float64(m.Accepted)/m.Seconds)
	r.add("p50_ms", m.P50MS)
	r.add("p99_ms", m.P99MS)
	r.add("cpu_program_ms", m.perOrder(m.program))
	r.add("cpu_database_ms", m.perOrder(m.database))
	r.add("cpu_ms", m.perOrder(m.program+m.database))
	r.add("cpu_load_ms", m.perOrder(m.CPU))
	r.add("behind_s", m.behind.Seconds())
}

// storeCodes are the first n stores.
func storeCodes(n int) []string {
	codes := make([]string, n)
	for i := range codes {
		codes[i] = storeCode(i)
	}
	return codes
}

// everywhere is a closed loop over all stores.
func (b *bench) everywhere(clients int) loadPlan {
	return loadPlan{Stores: storeCodes(b.o.stores), Clients: clients, Warm: b.o.warm, Window: b.o.window}
}

// steadily is orders at a rate, whatever the answers take. There are as many clients as no order has to wait for, and so few
// that each orders several times a minute: the program closes connections on which nothing comes.
func (b *bench) steadily(rate int) loadPlan {
	return loadPlan{Stores: storeCodes(b.o.stores), Clients: min(64, max(8, rate/4)), Rate: float64(rate), Lead: b.o.lead, Window: b.o.window}
}
