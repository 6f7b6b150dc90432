package main

import (
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"strings"
	"time"
)

// bench is one run of the measurements.
type bench struct {
	o           options
	pg          *cluster
	pgbenchPath string
	report      report
	began       time.Time

	backlogs map[string]bool // databases with waiting events that this run has made
}

const (
	template = "bench_franchise" // the database that all others are copies of
	work     = "bench_work"      // the copy that is measured
	atMost   = 32                // accounts
	variety  = 48                // different orders
)

func run(ctx context.Context, o options) (err error) {
	b := &bench{o: o, began: time.Now(), backlogs: map[string]bool{}}
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
	if err := b.pg.dropAllBut(ctx, storedPrefix); err != nil { // an interrupted run left them
		return err
	}
	if err := b.makeTemplate(ctx, template, o.self, o.maru); err != nil {
		return fmt.Errorf("prepare: %w", err)
	}
	failed := b.measure(ctx)
	b.report.Seconds = time.Since(b.began).Seconds()
	b.report.judge()
	if failed != nil {
		b.report.Notes = append(b.report.Notes, "the run ended early: "+failed.Error())
	}
	b.report.print(o.out)
	if o.json != "" {
		failed = errors.Join(failed, b.report.write(o.json))
	}
	return errors.Join(failed, b.pg.dropAllBut(context.WithoutCancel(ctx), storedPrefix))
}

// measure runs the parts that were asked for. What was measured stays in the report when one fails, or when
// somebody ends the run.
func (b *bench) measure(ctx context.Context) error {
	o := b.o
	for _, p := range parts {
		if !o.wants(p.name) {
			continue
		}
		load, began := loadAverage(), time.Now()
		b.say("%s: %s (load of the machine %.2f)", p.name, p.title, load)
		err := p.run(b, ctx)
		b.report.Loads = append(b.report.Loads, partLoad{p.name, load, time.Since(began).Seconds()})
		if err != nil {
			return fmt.Errorf("%s: %w", p.name, err)
		}
	}
	return nil
}

// rounds calls one so often as everything is measured, or as often as this is at most, because it is long and decides no
// bar. last says that the profiles are taken now.
func (b *bench) rounds(most int, one func(last bool) error) error {
	n := min(b.o.rounds, most)
	for round := range n {
		b.say("  round %d of %d", round+1, n)
		if err := one(round == n-1); err != nil {
			return err
		}
	}
	return nil
}

const always = math.MaxInt // as often as is asked for

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
	bodies, err := p.bodies(ctx, tokens[0], variety)
	if err != nil {
		return err
	}
	if err := p.probe(ctx, tokens[0], bodies); err != nil {
		return err
	}
	if err := b.applied(ctx, name, time.Minute); err != nil {
		return err
	}
	p.stop()
	b.say("  a franchise of %d stores founded in %s", b.o.stores, time.Since(began).Round(time.Second/10))
	return b.pg.exec(ctx, name, "VACUUM (ANALYZE)", "CHECKPOINT")
}
