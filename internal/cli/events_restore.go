package cli

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"time"

	"maru/internal/app"
	"maru/internal/platform/config"
)

func eventsRestoreArchive(ctx context.Context, sys System, set *flag.FlagSet, args []string, with func(func(*app.App) error) error) error {
	names := []string{"CONTEXT"}
	if len(args) > 1 {
		names = append(names, "YYYY-MM-DD")
	}
	words, err := parseExactly(set, args, names...)
	if err != nil {
		return err
	}
	var from time.Time
	if len(words) == 2 {
		if from, err = time.Parse(time.DateOnly, words[1]); err != nil {
			return fmt.Errorf("%q is no day; write it as 2026-01-31", words[1])
		}
	}
	cfg, err := config.Load(sys.Getenv)
	if err != nil {
		return err
	}
	if cfg.Archive == "" {
		return errors.New("MARU_ARCHIVE does not say where archived days are")
	}
	return with(func(a *app.App) error {
		files, err := a.Dispatcher.RestoreArchive(ctx, cfg.Archive, words[0], from)
		for _, f := range files {
			fmt.Fprintf(sys.Out, "%s is back\n", f)
		}
		return err
	})
}
