package cli

import (
	"context"
	"flag"
	"fmt"

	"maru/internal/app"
	"maru/internal/imports"
	"maru/internal/kernel/lang"
	"maru/internal/platform/errs"
)

const salesHelp = `maru import sales reads past sales, one line per item sold, and places every order in them at its
original time with the prices in the file. Lines of the same store and second are one order, or those
that are equal in --order. Running it again places nothing twice, and goes on where it was stopped.
docs/import-sales.md says more.

Usage: maru import sales [flags] FILE
`

func importSales(ctx context.Context, sys System, set *flag.FlagSet, args []string) error {
	o := imports.SalesOptions{Out: sys.Out, Err: sys.Err, InPlace: isTerminal(sys.Err)}
	o.Flags(set)
	language := set.String("lang", defaultLanguage(sys), "language of reasons and summary, ko or en")
	set.Usage = func() {
		fmt.Fprintln(set.Output(), salesHelp+"\nFlags:")
		set.PrintDefaults()
	}
	if err := parse(set, args, 1); err != nil {
		return err
	}
	if set.NArg() == 0 || set.Arg(0) == "-" {
		fmt.Fprintln(set.Output(), "maru import sales: name a file; it is read twice, so it cannot be standard input")
		return errUsage
	}
	o.Path = set.Arg(0)
	o.Lang, _ = lang.Parse(*language)
	return withApp(ctx, sys, func(a *app.App) error {
		with := imports.SalesServices{Members: a.Members, Catalog: a.Catalog, Ordering: a.Ordering, Dispatcher: a.Dispatcher}
		_, err := imports.Sales(ctx, with, o)
		if e := errs.As(err); e != nil {
			fmt.Fprintln(sys.Err, e.Text.In(o.Lang)) // the sentence; what was being done follows in English
		}
		return err
	})
}
