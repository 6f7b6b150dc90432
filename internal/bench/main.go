// Command bench measures the way of an order: how many orders the program takes over HTTP, what the
// database alone could do with the same rows, how long stock and open registers take to hear of an
// order, and what all of it costs. "make bench" builds and runs it; docs/adr/0016 explains how it measures.
//
// It runs a PostgreSQL of its own with fsync on, the real program in processes of its own, and the
// load in another process. Nothing else on the machine is touched, and nothing should be running beside it.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := command(ctx, os.Args[1:], os.Stdin, os.Stdout)
	stop()
	if err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// command runs the measurements, or one of the parts that run in a process of their own.
func command(ctx context.Context, args []string, in io.Reader, out io.Writer) error {
	if len(args) > 0 && !strings.HasPrefix(args[0], "-") {
		switch args[0] {
		case "load":
			return runLoad(ctx, in, out)
		case "found":
			return runFound(ctx, in)
		case "backlog":
			return runBacklog(ctx, in)
		}
		return fmt.Errorf("there is no command %q", args[0])
	}
	o, err := parse(args, out)
	if err != nil {
		return err
	}
	return run(ctx, o)
}

// options is what a person chooses.
type options struct {
	only     []string
	rounds   int
	window   time.Duration // of one measurement
	warm     time.Duration
	lead     time.Duration // of steady loads
	clients  []int         // of closed loops
	rates    []int         // of steady loads, orders per second
	replicas []int
	lanes    []int
	stored   []int // orders
	stores   int
	backlog  int // events
	idle     time.Duration
	pprof    string
	json     string
	dir      string // of the private PostgreSQL
	settings map[string]string
	out      io.Writer // the table
	log      io.Writer // progress

	// How the parts are started; a test runs them from its own binary.
	self, maru []string
	env        []string
}

// parts are what is measured, in this order.
var parts = []part{
	{"intake", "orders over HTTP, beside the database's own limit with the same rows", (*bench).intake},
	{"lag", "from commit to stock and to the open page, at steady rates", (*bench).lag},
	{"drain", "applying events that wait", (*bench).drain},
	{"replicas", "orders over HTTP with several replicas", (*bench).replicas},
	{"replicas-lag", "from commit to stock and to the open page with several replicas", (*bench).replicasLag},
	{"lanes", "orders over HTTP and a drain with other numbers of lanes", (*bench).lanes},
	{"memory", "memory of one replica", (*bench).memory},
	{"growth", "orders over HTTP, 32 clients, by what is stored", (*bench).growth},
	{"people", "pages of headquarters where people and stores are looked for", (*bench).people},
}

type part struct {
	name, title string
	run         func(*bench, context.Context) error
}

// wants reports whether a part is measured.
func (o *options) wants(name string) bool { return len(o.only) == 0 || slices.Contains(o.only, name) }

func partNames() []string {
	names := make([]string, len(parts))
	for i, p := range parts {
		names[i] = p.name
	}
	return names
}

func parse(args []string, out io.Writer) (options, error) {
	o := options{settings: map[string]string{}, out: out, log: os.Stderr}
	set := flag.NewFlagSet("bench", flag.ContinueOnError)
	set.Var((*words)(&o.only), "only", "parts to measure, by commas: "+strings.Join(partNames(), ",")+" (default: all)")
	set.IntVar(&o.rounds, "rounds", 3, "how often everything is measured; medians are shown")
	set.DurationVar(&o.window, "window", 2*time.Second, "length of one measurement")
	set.DurationVar(&o.warm, "warm", time.Second, "length of the load before it")
	// Sales and the trail rest for up to two seconds: their rounds come as they always do then.
	set.DurationVar(&o.lead, "lead", 3*time.Second, "for how long orders come at a steady rate before they count")
	o.clients = []int{1, 8, 32, 128}
	set.Var((*numbers)(&o.clients), "clients", "clients of closed loops")
	o.rates, o.replicas, o.lanes, o.stored = []int{100, 300, 1000}, []int{1, 4}, []int{64, 256, 1024}, []int{1_000_000, 10_000_000}
	set.Var((*numbers)(&o.rates), "rates", "steady orders per second, ascending")
	set.Var((*numbers)(&o.replicas), "replicas", "replicas to compare")
	set.Var((*numbers)(&o.lanes), "lanes", "numbers of lanes to compare")
	set.Var((*numbers)(&o.stored), "stored", "stored orders to compare with none")
	set.IntVar(&o.stores, "stores", 500, "stores")
	set.IntVar(&o.backlog, "backlog", 100_000, "events that wait in the drain")
	set.DurationVar(&o.idle, "idle", 22*time.Second, "how long a program idles before its memory is read")
	set.StringVar(&o.pprof, "pprof", "", "folder for profiles of the program at full load and at the lowest rate")
	set.StringVar(&o.json, "json", "bin/bench.json", "file for the figures")
	set.StringVar(&o.dir, "dir", "bin/bench", "folder of the private PostgreSQL; it is kept between runs")
	set.Var((*assignments)(&o.settings), "set", "server settings besides those of the program's own PostgreSQL, as shared_buffers=1GB")
	maru := set.String("maru", "bin/maru", "the program to measure")
	if err := set.Parse(args); err != nil {
		return o, err
	}
	if set.NArg() > 0 {
		return o, fmt.Errorf("%q is too much", set.Arg(0))
	}
	for _, name := range o.only {
		if !slices.Contains(partNames(), name) {
			return o, fmt.Errorf("there is no part %q; there are %s", name, strings.Join(partNames(), ", "))
		}
	}
	program, err := filepath.Abs(*maru)
	if err != nil {
		return o, err
	}
	self, err := os.Executable()
	if err != nil {
		return o, err
	}
	o.maru, o.self = []string{program}, []string{self}
	return o, nil
}

// words reads "a,b".
type words []string

// String implements flag.Value.
func (w *words) String() string { return strings.Join(*w, ",") }

// Set implements flag.Value.
func (w *words) Set(text string) error {
	*w = strings.Split(text, ",")
	return nil
}

// numbers reads "1,8,32".
type numbers []int

// String implements flag.Value.
func (n *numbers) String() string {
	return strings.Trim(strings.ReplaceAll(fmt.Sprint(*n), " ", ","), "[]")
}

// Set implements flag.Value.
func (n *numbers) Set(text string) error {
	*n = nil
	for _, word := range strings.Split(text, ",") {
		v, err := strconv.Atoi(word)
		if err != nil || v < 1 {
			return errors.New("write it as 1,8,32")
		}
		*n = append(*n, v)
	}
	return nil
}

// assignments reads "name=value", as often as it is given.
type assignments map[string]string

// String implements flag.Value.
func (a *assignments) String() string { return "" }

// Set implements flag.Value.
func (a *assignments) Set(text string) error {
	name, value, found := strings.Cut(text, "=")
	if !found || name == "" {
		return errors.New("write it as name=value")
	}
	(*a)[name] = value
	return nil
}
