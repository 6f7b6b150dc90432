package cli

import (
	"context"
	"flag"
)

var importCommand = command{
	name: "import", usage: "sales|menu|recipes|materials|stock FILE",
	summary: "reads sales, menu, recipes, materials or opening stock from a CSV file",
	run: func(ctx context.Context, sys System, set *flag.FlagSet, args []string) error { return errUsage },
}
