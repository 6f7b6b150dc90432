package cli

import (
	"context"
	"flag"
)

func importSales(ctx context.Context, sys System, set *flag.FlagSet, args []string) error {
	return errUsage
}
