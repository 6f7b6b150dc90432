// Package cli is the commands of the program: one file each, one table of all.
package cli

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"runtime/debug"
	"strings"

	"maru/internal/kernel/lang"
	"maru/internal/platform/config"
	"maru/internal/platform/errs"
)

// System is what a command has of the world around it.
type System struct {
	Getenv func(string) string
	Out    io.Writer // what was asked for
	Err    io.Writer // logs, progress and problems
}

// command is one word after "maru".
type command struct {
	name    string
	usage   string // arguments, as they are written
	summary string // one line
	text    string // what "maru help NAME" says besides the flags
	// run adds its flags to set, parses args with it and does the work.
	run func(ctx context.Context, sys System, set *flag.FlagSet, args []string) error
}

// commands are in the order of the help.
func commands() []command {
	return []command{
		serveCommand, demoCommand, initCommand, migrateCommand, importCommand, eventsCommand, auditCommand, healthcheckCommand, versionCommand,
	}
}

// errUsage marks a mistake in how a command was called; the help has been shown already.
var errUsage = errors.New("usage")

// toldIn is an error of a command that was asked to speak a language.
type toldIn struct {
	error
	lang lang.Lang
}

func (e toldIn) Unwrap() error { return e.error }

// explain says what went wrong: a refusal in the language that was asked for, or the terminal's, with its code; anything
// else as it is, since whoever runs a command runs the installation.
func explain(sys System, err error) string {
	refusal := errs.As(err)
	if refusal == nil {
		return err.Error()
	}
	l, _ := lang.Parse(defaultLanguage(sys))
	var asked toldIn
	if errors.As(err, &asked) {
		l = asked.lang
	}
	return refusal.Text.In(l) + " (" + refusal.Code + ")"
}

// Run runs the command that args name and returns the exit code of the process: 0 done, 1 failed, 2
// called wrongly.
func Run(ctx context.Context, args []string, sys System) int {
	if len(args) == 0 || args[0] == "help" || args[0] == "-h" || args[0] == "--help" {
		return help(sys, args)
	}
	for _, c := range commands() {
		if c.name != args[0] {
			continue
		}
		err := c.run(ctx, sys, c.flags(sys), args[1:])
		switch {
		case err == nil:
			return 0
		case errors.Is(err, errUsage), errors.Is(err, flag.ErrHelp):
			return 2
		default:
			fmt.Fprintf(sys.Err, "maru %s: %s\n", c.name, explain(sys, err))
			return 1
		}
	}
	fmt.Fprintf(sys.Err, "maru: there is no command %q; \"maru help\" lists them\n", args[0])
	return 2
}

func help(sys System, args []string) int {
	if len(args) > 1 {
		for _, c := range commands() {
			if c.name == args[1] {
				told := System{Getenv: sys.Getenv, Out: sys.Out, Err: sys.Out}
				_ = c.run(context.Background(), told, c.flags(told), []string{"-h"})
				return 0
			}
		}
		fmt.Fprintf(sys.Err, "maru: there is no command %q\n", args[1])
		return 2
	}
	fmt.Fprint(sys.Out, "Maru runs a coffee franchise: ordering, stock, and headquarters.\n\nCommands:\n")
	for _, c := range commands() {
		fmt.Fprintf(sys.Out, "  %-12s %s\n", c.name, c.summary)
	}
	fmt.Fprint(sys.Out, "\n\"maru help COMMAND\" says more about one.\n\nSettings are environment variables:\n\n"+config.Help())
	return 0
}

// flags returns the flag set of a command, whose -h explains it.
func (c command) flags(sys System) *flag.FlagSet {
	set := flag.NewFlagSet(c.name, flag.ContinueOnError)
	set.SetOutput(sys.Err)
	set.Usage = func() {
		fmt.Fprintf(sys.Err, "%s\n\nUsage: maru %s\n", c.summary, strings.TrimSpace(c.name+" "+c.usage))
		if c.text != "" {
			fmt.Fprintf(sys.Err, "\n%s\n", c.text)
		}
		flags := 0
		set.VisitAll(func(*flag.Flag) { flags++ })
		if flags > 0 {
			fmt.Fprint(sys.Err, "\nFlags:\n")
			set.PrintDefaults()
		}
	}
	return set
}

// parse reads the flags of a command that takes up to atMost other arguments.
func parse(set *flag.FlagSet, args []string, atMost int) error {
	if err := set.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			return err
		}
		return errUsage
	}
	if set.NArg() > atMost {
		fmt.Fprintf(set.Output(), "maru %s: %q is too much; \"maru help %s\" says what it takes\n", set.Name(), set.Arg(atMost), set.Name())
		return errUsage
	}
	return nil
}

// newLog writes what happens to Err: for people on a terminal, as JSON lines for machines.
func newLog(sys System, cfg config.Config) *slog.Logger {
	opts := &slog.HandlerOptions{Level: cfg.LogLevel}
	if cfg.LogFormat == "text" || cfg.LogFormat == "" && isTerminal(sys.Err) {
		return slog.New(slog.NewTextHandler(sys.Err, opts))
	}
	return slog.New(slog.NewJSONHandler(sys.Err, opts))
}

var versionCommand = command{
	name: "version", summary: "prints the version",
	run: func(_ context.Context, sys System, set *flag.FlagSet, args []string) error {
		if err := parse(set, args, 0); err != nil {
			return err
		}
		fmt.Fprintln(sys.Out, "maru", Version())
		return nil
	},
}

// Version is the version the program was built as: the module's, or the commit.
func Version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	if v := info.Main.Version; v != "" && v != "(devel)" {
		return v
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" {
			return s.Value
		}
	}
	return "development"
}
