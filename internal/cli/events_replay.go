package cli

import (
	"context"
	"flag"
	"fmt"
	"time"

	"maru/internal/app"
)

func eventsReplay(ctx context.Context, sys System, set *flag.FlagSet, args []string, with func(func(*app.App) error) error) error {
	fresh := set.Bool("fresh", false, "begin anew where an earlier replay was ended in the middle")
	abort := set.Bool("abort", false, "only remove what an earlier replay has left")
	words, err := parseExactly(set, args, "SUBSCRIPTION")
	if err != nil {
		return err
	}
	return with(func(a *app.App) error {
		if *abort {
			if err := a.Dispatcher.AbortReplay(ctx, words[0]); err != nil {
				return err
			}
			fmt.Fprintln(sys.Out, "removed")
			return note(ctx, a, set, "replay_aborted", words[0], nil)
		}
		began := time.Now()
		err := a.Dispatcher.Replay(ctx, words[0], *fresh, func(left int64) {
			fmt.Fprintf(sys.Err, "%d events left\n", left)
		})
		if err != nil {
			return err
		}
		fmt.Fprintf(sys.Out, "%s is rebuilt, in %s\n", words[0], time.Since(began).Round(time.Millisecond))
		return note(ctx, a, set, "subscription_replayed", words[0], map[string]any{"fresh": *fresh})
	})
}
