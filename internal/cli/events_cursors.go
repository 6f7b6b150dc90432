package cli

import (
	"context"
	"flag"
	"fmt"

	"maru/internal/app"
)

func eventsReset(ctx context.Context, sys System, set *flag.FlagSet, args []string, with func(func(*app.App) error) error) error {
	names := []string{"SUBSCRIPTION"}
	if len(args) > 1 {
		names = append(names, "LANE", "POS")
	}
	words, err := parseExactly(set, args, names...)
	if err != nil {
		return err
	}
	if len(words) == 3 {
		lane, pos, err := placeOf(words[1:])
		if err != nil {
			return err
		}
		return with(func(a *app.App) error {
			if err := a.Dispatcher.ResetLane(ctx, words[0], lane, pos, record(set)); err != nil {
				return err
			}
			fmt.Fprintf(sys.Out, "lane %d goes on behind %d\n", lane, pos)
			return nil
		})
	}
	return with(func(a *app.App) error {
		lanes, err := a.Dispatcher.Reset(ctx, words[0], record(set))
		for _, l := range lanes {
			fmt.Fprintf(sys.Out, "lane %d goes on behind %d\n", l.Lane, l.Head)
		}
		return err
	})
}

func eventsRename(ctx context.Context, sys System, set *flag.FlagSet, args []string, with func(func(*app.App) error) error) error {
	words, err := parseExactly(set, args, "OLD", "NEW")
	if err != nil {
		return err
	}
	return with(func(a *app.App) error {
		if err := a.Dispatcher.Rename(ctx, words[0], words[1]); err != nil {
			return err
		}
		if err := note(ctx, a, set, "subscription_renamed", words[1], map[string]any{"was": words[0]}); err != nil {
			return err
		}
		fmt.Fprintf(sys.Out, "%s goes on where %s was\n", words[1], words[0])
		return nil
	})
}

func eventsForget(ctx context.Context, sys System, set *flag.FlagSet, args []string, with func(func(*app.App) error) error) error {
	words, err := parseExactly(set, args, "SUBSCRIPTION")
	if err != nil {
		return err
	}
	return with(func(a *app.App) error {
		if err := a.Dispatcher.Forget(ctx, words[0]); err != nil {
			return err
		}
		if err := note(ctx, a, set, "subscription_forgotten", words[0], nil); err != nil {
			return err
		}
		fmt.Fprintf(sys.Out, "%s is forgotten\n", words[0])
		return nil
	})
}
