package cli

import (
	"context"
	"flag"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"maru/internal/app"
	"maru/internal/kernel/ids"
	"maru/internal/platform/outbox"
)

func eventsParked(ctx context.Context, sys System, set *flag.FlagSet, args []string, with func(func(*app.App) error) error) error {
	payload := set.Bool("payload", false, "print what is in the events, too")
	words, err := wordsOf(set, args)
	if err != nil {
		return err
	}
	return with(func(a *app.App) error {
		n := 0
		err := a.Dispatcher.EachParked(ctx, func(p outbox.ParkedEvent) error {
			if len(words) > 0 && !slices.Contains(words, p.Subscription) {
				return nil
			}
			n++
			fmt.Fprintf(sys.Out, "%s %d/%d  %s v%d  key %s  published %s ago, parked %s ago, tried %d times\n  %s\n",
				p.Subscription, p.Lane, p.Pos, p.Kind, p.Version, p.Key, age(p.At), age(p.ParkedAt), p.Attempts, firstLine(p.Error))
			if p.Trace != "" {
				fmt.Fprintf(sys.Out, "  trace %s\n", p.Trace)
			}
			if *payload {
				fmt.Fprintf(sys.Out, "  %s\n", p.Payload)
			}
			return nil
		})
		if err != nil {
			return err
		}
		if n == 0 {
			fmt.Fprintln(sys.Out, "Nothing is parked.")
		}
		return nil
	})
}

func age(t time.Time) time.Duration { return max(time.Since(t), 0).Round(time.Second) }

// firstLine leaves out the stack of a panic; --payload's readers find it in the table.
func firstLine(s string) string {
	line, _, _ := strings.Cut(s, "\n")
	return line
}

func eventsRetry(ctx context.Context, sys System, set *flag.FlagSet, args []string, with func(func(*app.App) error) error) error {
	all := set.Bool("all", false, "every key that the subscription has parked")
	names := []string{"SUBSCRIPTION", "KEY"}
	for _, arg := range args {
		if arg == "--all" || arg == "-all" {
			names = names[:1]
		}
	}
	words, err := parseExactly(set, args, names...)
	if err != nil {
		return err
	}
	return with(func(a *app.App) error {
		if *all {
			freed, failed, err := a.Dispatcher.RetryAll(ctx, words[0], record(set))
			fmt.Fprintf(sys.Out, "%d keys applied, %d failed again\n", freed, failed)
			if err == nil && failed > 0 {
				return fmt.Errorf("%d keys failed again; \"maru events parked %s\" says why", failed, words[0])
			}
			return err
		}
		if err := a.Dispatcher.Retry(ctx, words[0], words[1], record(set)); err != nil {
			return err
		}
		fmt.Fprintln(sys.Out, "applied")
		return nil
	})
}

func eventsSkip(ctx context.Context, sys System, set *flag.FlagSet, args []string, with func(func(*app.App) error) error) error {
	reason := set.String("reason", "", "why; it is stored with the event")
	words, err := parseExactly(set, args, "SUBSCRIPTION", "LANE/POS")
	if err != nil {
		return err
	}
	lane, pos, err := placeOf(strings.Split(words[1], "/"))
	if err != nil {
		return err
	}
	return with(func(a *app.App) error {
		if err := a.Dispatcher.Skip(ctx, words[0], lane, pos, *reason, record(set)); err != nil {
			return err
		}
		fmt.Fprintln(sys.Out, "skipped")
		return nil
	})
}

func placeOf(words []string) (ids.Lane, int64, error) {
	if len(words) != 2 {
		return 0, 0, fmt.Errorf("write the place of the event as LANE/POS, as in 17/204")
	}
	lane, laneErr := strconv.ParseUint(words[0], 10, 8)
	pos, posErr := strconv.ParseInt(words[1], 10, 64)
	if laneErr != nil || posErr != nil || pos < 0 {
		return 0, 0, fmt.Errorf("%s/%s is no place: lanes are from 0 to 255", words[0], words[1])
	}
	return ids.Lane(lane), pos, nil
}
