package cli

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"

	"maru/internal/app"
	"maru/internal/imports"
	"maru/internal/kernel/lang"
	"maru/internal/platform/auth"
)

var importCommand = command{
	name: "import", usage: "materials|options|menu|recipes|stock|stores|sales [flags] FILE",
	summary: "reads stores, sales, menu, recipes, materials or opening stock from a CSV file",
	text: `FILE is CSV with a header line, plain or .gz; "-" reads standard input. docs/import-formats.md lists the
columns. Lines that are wrong are named with their number and the reason; the rest is imported. Reading
a file again changes nothing. "maru import sales -h" and "maru import stores -h" list the flags of those.`,
	run: func(ctx context.Context, sys System, set *flag.FlagSet, args []string) error {
		if len(args) == 0 || strings.HasPrefix(args[0], "-") {
			set.Usage()
			return errUsage
		}
		if args[0] == "sales" {
			return importSales(ctx, sys, set, args[1:])
		}
		if args[0] == "stores" {
			return importStores(ctx, sys, set, args[1:])
		}
		read, known := tables[args[0]]
		if !known {
			fmt.Fprintf(sys.Err, "maru import: %q cannot be imported; stores, sales, materials, options, menu, recipes and stock can\n", args[0])
			return errUsage
		}
		return importTable(ctx, sys, set, read, args[1:])
	},
}

// tables are the files of master data.
var tables = map[string]func(context.Context, *app.App, io.Reader, imports.Options) (imports.Summary, error){
	"materials": func(ctx context.Context, a *app.App, r io.Reader, o imports.Options) (imports.Summary, error) {
		return imports.Materials(ctx, a.Catalog, r, o)
	},
	"options": func(ctx context.Context, a *app.App, r io.Reader, o imports.Options) (imports.Summary, error) {
		return imports.OptionGroups(ctx, a.Catalog, r, o)
	},
	"menu": func(ctx context.Context, a *app.App, r io.Reader, o imports.Options) (imports.Summary, error) {
		return imports.Menu(ctx, a.Catalog, r, o)
	},
	"recipes": func(ctx context.Context, a *app.App, r io.Reader, o imports.Options) (imports.Summary, error) {
		return imports.Recipes(ctx, a.Catalog, r, o)
	},
	"stock": func(ctx context.Context, a *app.App, r io.Reader, o imports.Options) (imports.Summary, error) {
		return imports.Stock(ctx, a.Inventory, a.Members, r, o)
	},
}

func importTable(ctx context.Context, sys System, set *flag.FlagSet,
	read func(context.Context, *app.App, io.Reader, imports.Options) (imports.Summary, error), args []string,
) error {
	dry := set.Bool("dry-run", false, "only say what would happen")
	language := set.String("lang", defaultLanguage(sys), "language of the reasons, ko or en")
	if err := parse(set, args, 1); err != nil {
		return err
	}
	l, _ := lang.Parse(*language)
	return withFile(set, func(file io.Reader) error {
		return withApp(ctx, sys, func(a *app.App) error {
			if err := a.Dispatcher.Drain(ctx); err != nil { // what was imported before is known to all contexts
				return err
			}
			summary, err := read(ctx, a, file, imports.Options{By: auth.System("maru import"), DryRun: *dry})
			if err != nil {
				return err
			}
			for _, r := range summary.Refused {
				fmt.Fprintf(sys.Err, "line %d: %s%s\n", r.Line, column(r.Column), r.Reason.In(l))
			}
			if len(summary.Ignored) > 0 {
				fmt.Fprintf(sys.Err, "columns without a meaning here: %s\n", strings.Join(summary.Ignored, ", "))
			}
			kept := "imported"
			if summary.DryRun {
				kept = "would be imported"
			}
			fmt.Fprintf(sys.Out, "%d lines read, %d %s, %d lines refused\n", summary.Lines, summary.Things, kept, len(summary.Refused))
			return a.Dispatcher.Drain(ctx)
		})
	})
}

func column(name string) string {
	if name == "" {
		return ""
	}
	return name + ": "
}

// withFile opens the file that the first argument names; the readers unpack .gz themselves.
func withFile(set *flag.FlagSet, fn func(io.Reader) error) error {
	name := set.Arg(0)
	if name == "" {
		fmt.Fprintf(set.Output(), "maru import: FILE is missing\n")
		return errUsage
	}
	if name == "-" {
		return fn(os.Stdin)
	}
	file, err := os.Open(name)
	if err != nil {
		return err
	}
	defer func() { _ = file.Close() }()
	return fn(file)
}

// defaultLanguage follows the terminal: English where LANG says so, Korean otherwise.
func defaultLanguage(sys System) string {
	if strings.HasPrefix(sys.Getenv("LANG"), "en") {
		return string(lang.English)
	}
	return string(lang.Korean)
}
