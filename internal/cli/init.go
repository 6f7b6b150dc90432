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
		return withApp(ctx, sys, func(a *app.App) error {
			by := auth.System("maru init")
			founding := members.FoundFranchise{Name: lang.Text{Ko: *name, En: *nameEn}, Currency: *currency}
			franchise, err := a.Members.FoundFranchise(ctx, by, founding)
			if err != nil {
				return err
			}
			password := rand.Text()
			_, err = a.Members.CreateMember(ctx, by, members.CreateMember{Login: *login, Name: "HQ", Password: password, Role: auth.HQAdmin})
			if err != nil {
				return err
			}
			was := "is founded"
			if franchise.Name.Ko != *name {
				was = "was founded before and keeps its name"
			}
			fmt.Fprintf(sys.Out, "The franchise %s %s. Sign in as %s with this password, which is shown only now:\n\n    %s\n", franchise.Name.Ko, was, *login, password)
			return nil
		})
	},
}
