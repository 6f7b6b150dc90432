package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"maru/internal/kernel/ids"
)

// bench is one run of the measurements.
type bench struct {
	o           options
	pg          *cluster
	pgbenchPath string
	report      report
	began       time.Time

	bodies [][]byte // orders that the template's menu accepts
}

const (
	template = "bench_franchise" // the database that all others are copies of
	work     = "bench_work"      // the copy that is measured
	atMost   = 32               // accounts
	variety  = 48 // different orders
)

func run(ctx context.Context, o options) (err error) {
	b := &bench{o: o, began: time.Now()}
	if b.pgbenchPath, err = findPgbench(ctx); err != nil {
		return err
	}
	if b.pg, err = newCluster(o.dir, o.settings); err != nil {
		return err
	}
	b.say("PostgreSQL in %s", b.pg.dir)
	if err := b.pg.start(ctx, nil); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, b.pg.stop(ctx)) }()
	b.describe()
	if err := b.makeTemplate(ctx, template, o.self, o.maru); err != nil {
		return fmt.Errorf("prepare: %w", err)
	}
	for _, p := range parts {
		if len(o.only) > 0 && !slices.Contains(o.only, p.name) {
			continue
		}
		load := loadAverage()
		b.say("%s: %s (load of the machine %.2f)", p.name, p.title, load)
		b.report.Loads = append(b.report.Loads, partLoad{p.name, load})
		if err := p.run(b, ctx); err != nil {
			return fmt.Errorf("%s: %w", p.name, err)
		}
	}
	if err := b.pg.drop(ctx, work); err != nil {
		return err
	}
	b.report.Seconds = time.Since(b.began).Seconds()
	b.report.judge()
	b.report.print(o.out)
	if o.json == "" {
		return nil
	}
	return b.report.write(o.json)
}

func (b *bench) accounts() int { return min(atMost, b.o.stores) }

// say tells the person who waits.
func (b *bench) say(format string, args ...any) {
	fmt.Fprintf(b.o.log, "%4.0f s  %s\n", time.Since(b.began).Seconds(), fmt.Sprintf(format, args...))
}

// describe notes what the figures were measured on.
func (b *bench) describe() {
	r := &b.report
	r.At, r.Rounds, r.WindowMS, r.Settings = b.began.UTC(), b.o.rounds, b.o.window.Milliseconds(), b.pg.settings
	r.Machine = machine{Cores: runtime.NumCPU(), Go: runtime.Version(), PostgreSQL: b.pg.server.Version().String()}
	if text, err := os.ReadFile("/proc/cpuinfo"); err == nil {
		for line := range strings.Lines(string(text)) {
			if name, value, _ := strings.Cut(line, ":"); strings.TrimSpace(name) == "model name" {
				r.Machine.CPU = strings.TrimSpace(value)
			}
		}
	}
	if text, err := os.ReadFile("/proc/meminfo"); err == nil {
		if fields := strings.Fields(string(text)); len(fields) > 1 {
			kb, _ := strconv.Atoi(fields[1]) // MemTotal is the first line
			r.Machine.MemoryMB = kb / 1024
		}
	}
	r.Revision = "unknown"
	if out, err := exec.Command("git", "describe", "--always", "--dirty", "--abbrev=12").Output(); err == nil { //nolint:noctx // it ends at once
		r.Revision = strings.TrimSpace(string(out))
	}
}

// makeTemplate founds the franchise in a database of its own and proves that its orders are accepted.
func (b *bench) makeTemplate(ctx context.Context, name string, self, maru []string) error {
	if err := b.pg.clone(ctx, "", name); err != nil {
		return err
	}
	began := time.Now()
	f := founding{URL: b.pg.url(name), Stores: b.o.stores, Accounts: b.accounts()}
	if err := runSelf(ctx, self, "found", b.o.env, f); err != nil {
		return err
	}
	p, err := b.startProgram(ctx, maru, name)
	if err != nil {
		return err
	}
	defer p.stop()
	tokens, err := p.signIn(ctx, 1)
	if err != nil {
		return err
	}
	if b.bodies, err = p.bodies(ctx, tokens[0], variety); err != nil {
		return err
	}
	if err := p.probe(ctx, tokens[0], b.bodies); err != nil {
		return err
	}
	if err := b.applied(ctx, name, time.Minute); err != nil {
		return err
	}
	p.stop()
	b.say("a franchise of %d stores founded in %s", b.o.stores, time.Since(began).Round(time.Second/10))
	return b.pg.exec(ctx, name, "VACUUM (ANALYZE)", "CHECKPOINT")
}

// applied waits until inventory and stats have applied every event of ordering in a database.
func (b *bench) applied(ctx context.Context, database string, within time.Duration) error {
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	return b.pg.with(ctx, database, func(conn *pgx.Conn) error {
		for {
			published, stock, sales, err := positions(ctx, conn)
			if err != nil {
				return fmt.Errorf("wait for stock: %w", err)
			}
			if stock >= published && sales >= published {
				return nil
			}
			select {
			case <-ctx.Done():
				return fmt.Errorf("stock is %d and sales %d events behind after %s", published-stock, published-sales, within)
			case <-time.After(10 * time.Millisecond):
			}
		}
	})
}

// positions is how many events ordering has published, and how many stock and sales have applied.
func positions(ctx context.Context, conn *pgx.Conn) (published, stock, sales int64, err error) {
	err = conn.QueryRow(ctx, `SELECT (SELECT sum(pos)::bigint FROM ordering.outbox_head),
		(SELECT coalesce(sum(pos), 0)::bigint FROM inventory.outbox_cursor WHERE subscription = 'inventory.stock'),
		(SELECT coalesce(sum(pos), 0)::bigint FROM stats.outbox_cursor WHERE subscription = 'stats.sales')`).Scan(&published, &stock, &sales)
	return published, stock, sales, err
}

// world is a running installation with people signed in.
type world struct {
	b        *bench
	database string
	programs programs
	tokens   []string
}

// open starts replicas on a fresh copy of the template.
func (b *bench) open(ctx context.Context, replicas int) (*world, error) {
	if err := b.pg.clone(ctx, template, work); err != nil {
		return nil, err
	}
	return b.openOn(ctx, b.o.maru, work, replicas)
}

func (b *bench) openOn(ctx context.Context, maru []string, database string, replicas int) (*world, error) {
	programs, err := b.startPrograms(ctx, maru, database, replicas)
	if err != nil {
		return nil, err
	}
	w := &world{b: b, database: database, programs: programs}
	if w.tokens, err = programs[0].signIn(ctx, b.accounts()); err != nil {
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
	program, database time.Duration // CPU until stock was applied
	behind            time.Duration // how long stock took after the last answer
}

// measure runs a load in a process of its own and reads the CPU clocks around it, until stock and
// sales have applied every order.
func (w *world) measure(ctx context.Context, plan loadPlan) (measured, error) {
	plan.Addresses, plan.Tokens, plan.Bodies = w.programs.addresses(), w.tokens, w.b.bodies
	l, err := w.b.startLoad(ctx, plan)
	if err != nil {
		return measured{}, err
	}
	defer l.kill()
	if err := l.warm(); err != nil {
		return measured{}, err
	}
	if err := w.b.applied(ctx, w.database, time.Minute); err != nil {
		return measured{}, err
	}
	program, database, err := w.cpu()
	if err != nil {
		return measured{}, err
	}
	var m measured
	if m.loadResult, err = l.measure(); err != nil {
		return m, err
	}
	ended := time.Now()
	if err := w.b.applied(ctx, w.database, 2*time.Minute); err != nil {
		return m, err
	}
	m.behind = time.Since(ended)
	programAfter, databaseAfter, err := w.cpu()
	if err != nil {
		return m, err
	}
	m.program, m.database = programAfter-program, databaseAfter-database
	for answer, n := range m.Refused {
		return m, fmt.Errorf("%d orders were answered %s", n, answer)
	}
	if m.Accepted == 0 {
		return m, errors.New("no order was accepted")
	}
	return m, nil
}

// note adds the figures to a row.
func (m measured) note(r *row) {
	n := float64(m.Accepted)
	ms := func(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 / n }
	r.add("orders_s", n/m.Seconds)
	r.add("p50_ms", m.P50MS)
	r.add("p99_ms", m.P99MS)
	r.add("cpu_program_ms", ms(m.program))
	r.add("cpu_database_ms", ms(m.database))
	r.add("cpu_ms", ms(m.program+m.database))
	r.add("cpu_load_ms", ms(m.CPU))
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

// intake measures, at every number of clients in turn, the database's own limit and HTTP orders over
// all stores and over one.
func (b *bench) intake(ctx context.Context) error {
	script, err := b.writeLimitScript(ctx)
	if err != nil {
		return err
	}
	for round := range b.o.rounds {
		b.say("  round %d of %d", round+1, b.o.rounds)
		limits, err := b.limits(ctx, script)
		if err != nil {
			return err
		}
		w, err := b.open(ctx, 1)
		if err != nil {
			return err
		}
		for _, kind := range []struct {
			name   string
			stores int
		}{{fmt.Sprintf("%d stores", b.o.stores), b.o.stores}, {"one store", 1}} {
			for _, clients := range b.o.clients {
				m, err := w.measure(ctx, loadPlan{Stores: storeCodes(kind.stores), Clients: clients, Warm: b.o.warm, Window: b.o.window})
				if err != nil {
					w.close()
					return fmt.Errorf("%s, %d clients: %w", kind.name, clients, err)
				}
				r := b.report.row("intake", fmt.Sprintf("%s, %d clients", kind.name, clients))
				m.note(r)
				if limit := limits[clients]; limit > 0 {
					r.add("ratio", float64(m.Accepted)/m.Seconds/limit)
				}
			}
		}
		w.close()
	}
	return nil
}

// limits measures what the database can do with the same rows, by number of clients.
func (b *bench) limits(ctx context.Context, script string) (map[int]float64, error) {
	if err := b.pg.clone(ctx, template, work); err != nil {
		return nil, err
	}
	if _, _, err := b.pgbench(ctx, script, work, 8, b.o.warm); err != nil {
		return nil, err
	}
	limits := map[int]float64{}
	for _, clients := range b.o.clients {
		if clients > 64 {
			continue // each is a connection, and so many only hinder each other
		}
		before, err := b.databaseCPU()
		if err != nil {
			return nil, err
		}
		perSecond, average, err := b.pgbench(ctx, script, work, clients, b.o.window)
		if err != nil {
			return nil, err
		}
		after, err := b.databaseCPU()
		if err != nil {
			return nil, err
		}
		limits[clients] = perSecond
		r := b.report.row("intake", fmt.Sprintf("database alone, %d clients", clients))
		r.add("orders_s", perSecond)
		r.add("average_ms", average)
		r.add("cpu_database_ms", (after-before).Seconds()*1000/(perSecond*max(1, b.o.window.Seconds())))
	}
	return limits, nil
}

func (b *bench) writeLimitScript(ctx context.Context) (string, error) {
	var text string
	err := b.pg.with(ctx, template, func(conn *pgx.Conn) (err error) {
		text, err = limitScript(ctx, conn, b.o.stores, ids.Lanes)
		return err
	})
	if err != nil {
		return "", err
	}
	path := filepath.Join(b.pg.dir, "order.pgbench")
	return path, os.WriteFile(path, []byte(text), 0o600)
}

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
func (l *loadProcess) warm() error {
	line, err := l.out.ReadString('\n')
	if err != nil || line != "warm\n" {
		return fmt.Errorf("load generator: %q %w: %s", line, err, l.stderr)
	}
	return nil
}

// measure lets the load begin and returns what it found.
func (l *loadProcess) measure() (loadResult, error) {
	var r loadResult
	if _, err := io.WriteString(l.in, "go\n"); err != nil {
		return r, err
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
