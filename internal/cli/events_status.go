package cli

import (
	"context"
	"flag"
	"fmt"
	"io"
	"strconv"
	"text/tabwriter"
	"time"

	"maru/internal/app"
	"maru/internal/platform/outbox"
)

func eventsStatus(ctx context.Context, sys System, set *flag.FlagSet, args []string, with func(func(*app.App) error) error) error {
	if _, err := parseExactly(set, args); err != nil {
		return err
	}
	return with(func(a *app.App) error {
		all, err := a.Dispatcher.Status(ctx)
		if err != nil {
			return err
		}
		writeStatus(sys.Out, all, time.Now())
		return nil
	})
}

// writeStatus writes a table of all subscriptions, and below it what somebody has to do.
func writeStatus(out io.Writer, all []outbox.SubscriptionStatus, now time.Time) {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "subscription\tproducer\twaiting\toldest\tparked\tstate")
	for _, s := range all {
		oldest := "-"
		if !s.Oldest.IsZero() {
			oldest = max(now.Sub(s.Oldest), 0).Round(time.Millisecond).String()
		}
		producer := s.Source
		if producer == "" {
			producer = "?"
		}
		fmt.Fprintf(w, "%s\t%s\t%d\t%s\t%d\t%s\n", s.Name, producer, s.Pending, oldest, s.ParkedEvents, stateOf(s))
	}
	_ = w.Flush()
	for _, s := range all {
		for _, line := range advice(s) {
			fmt.Fprintf(out, "\n%s: %s\n", s.Name, line)
		}
	}
}

func stateOf(s outbox.SubscriptionStatus) string {
	switch {
	case !s.Declared:
		return "unknown here"
	case !s.Begun:
		return "not begun"
	case len(s.Refused) > 0:
		return strconv.Itoa(len(s.Refused)) + " lanes refused"
	case s.Missing > 0:
		return strconv.Itoa(s.Missing) + " lanes without their events"
	case s.Paused:
		return "paused"
	case s.Newer > 0:
		return strconv.Itoa(s.Newer) + " lanes wait for a newer program"
	case s.Rebuilding:
		return "being rebuilt, " + strconv.FormatInt(s.RebuildPending, 10) + " to read"
	case s.ParkedEvents > 0:
		return "some parked"
	}
	return "fine"
}

// advice says what to do, a line for each thing that somebody has to look at.
func advice(s outbox.SubscriptionStatus) []string {
	var lines []string
	add := func(is bool, format string, args ...any) {
		if is {
			lines = append(lines, fmt.Sprintf(format, args...))
		}
	}
	add(!s.Declared, `this program does not know it. It belongs to another version that runs beside this one, or was renamed or removed.
  Its events are kept until then:  maru events rename %s NEW   or   maru events forget %s`, s.Name, s.Name)
	add(s.Declared && !s.Begun, `it has no cursors yet: no server of this version has run, or it waits because its context has cursors of an
  unknown subscription (see there)`)
	add(len(s.Refused) > 0, `the producer's head went back, so its database was restored to an older state or lost its last commits. Some of
  what was applied here does not exist there any more. What the positions from there on say now is new:
  maru events reset %s   applies it%s`, s.Name, lanesOf(s.Refused))
	add(s.Missing > 0, `events that should be there are not, and their lanes wait. Was a partition of %s.outbox dropped by hand, or the
  database restored in parts? Bring the rows back, or set the lane behind them:  maru events reset %s LANE POS`, s.Source, s.Name)
	add(s.Paused, "it parked more than 20 keys within a minute, which is a mistake of the program and not of the events; it tries again every 30 s")
	add(s.Newer > 0, "the next events are of a version that this program does not know; a newer one takes them, or update this one")
	add(s.ParkedEvents > 0, "%d events of %d keys could not be applied:  maru events parked %s", s.ParkedEvents, s.ParkedKeys, s.Name)
	add(s.Careful > 0, "%d lanes have a mark of something that a process began and did not finish; it goes when they are through", s.Careful)
	add(s.Rebuilding, "a rebuild is under way or was left:  maru events replay %s  goes on,  maru events replay --abort %s  ends it", s.Name, s.Name)
	return lines
}

func lanesOf(refused []outbox.RefusedLane) string {
	s := ""
	for i, r := range refused {
		if i == 8 {
			return s + fmt.Sprintf("\n  … and %d more", len(refused)-i)
		}
		s += fmt.Sprintf("\n  lane %d: applied up to %d, the head was at %d", r.Lane, r.Cursor, r.Head)
	}
	return s
}
