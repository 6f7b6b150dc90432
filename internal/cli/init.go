package cli

import (
	"context"
	"crypto/rand"
	"flag"
	"fmt"

	"maru/internal/app"
	"maru/internal/kernel/lang"
	"maru/internal/members"
	"maru/internal/platform/auth"
	"maru/internal/platform/config"
	"maru/internal/platform/postgres"
)

var initCommand = command{
	name: "init", usage: "--name NAME [--currency KRW] [--login hq]",
	summary: "founds the franchise and makes the first account of headquarters",
	text: `Run it once on a new installation. The password is made up, printed once and stored only as a hash.
The currency cannot be changed afterwards.`,
	run: func(ctx context.Context, sys System, set *flag.FlagSet, args []string) error {
		name := set.String("name", "", "name of the franchise")
		nameEn := set.String("name-en", "", "its English name")
		currency := set.String("currency", "KRW", "its one currency (ISO 4217)")
		login := set.String("login", "hq", "sign-in name of the first person at headquarters")
		if err := parse(set, args, 0); err != nil {
			return err
		}
		if *name == "" {
			fmt.Fprintln(sys.Err, "maru init: --name is missing; \"maru help init\" says more")
			return errUsage
		}
		cfg, err := config.Load(sys.Getenv)
		if err != nil {
			return err
		}
		log := newLog(sys, cfg)
		return withDatabases(ctx, cfg, cfg.DataDir, log, func(dbs postgres.Config) error {
			o := options(cfg, dbs, log)
			o.Secrets = [][]byte{[]byte(rand.Text() + rand.Text())} // nothing is signed here
			a, err := app.Open(ctx, o)
			if err != nil {
				return err
			}
			defer a.Close()
			by := auth.System("maru init")
			founding := members.FoundFranchise{Name: lang.Text{Ko: *name, En: *nameEn}, Currency: *currency}
			if _, err := a.Members.FoundFranchise(ctx, by, founding); err != nil {
				return err
			}
			password := rand.Text()
			_, err = a.Members.CreateMember(ctx, by, members.CreateMember{Login: *login, Name: "HQ", Password: password, Role: auth.HQAdmin})
			if err != nil {
				return err
			}
			fmt.Fprintf(sys.Out, "The franchise %s is founded. Sign in as %s with this password, which is shown only now:\n\n    %s\n", *name, *login, password)
			return nil
		})
	},
}
