package cli

import (
	"context"
	"flag"
	"fmt"

	"maru/internal/platform/config"
	"maru/internal/platform/postgres"
)

var migrateCommand = command{
	name: "migrate", summary: "brings the schemas of all contexts up to date",
	text: "serve does the same at its start. Replicas that start at once wait for each other.",
	run: func(ctx context.Context, sys System, set *flag.FlagSet, args []string) error {
		status := set.Bool("status", false, "only say which migrations are applied and which are waiting")
		if err := parse(set, args, 0); err != nil {
			return err
		}
		cfg, err := config.Load(sys.Getenv, "DATABASE_URL")
		if err != nil {
			return err
		}
		dbs := cfg.Databases(cfg.DatabaseURL)
		dbs.Log = newLog(sys, cfg)
		if !*status {
			if err := postgres.Migrate(ctx, dbs); err != nil {
				return err
			}
		}
		list, err := postgres.Status(ctx, dbs)
		if err != nil {
			return err
		}
		for _, m := range list {
			fmt.Fprintf(sys.Out, "%-10s version %d of %d, %d waiting\n", m.Context, m.Version, m.Latest, m.Pending)
		}
		return nil
	},
}
