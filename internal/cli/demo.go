package cli

import (
	"context"
	"flag"
)

var demoCommand = command{
	name: "demo", usage: "[--simulate 10x]",
	summary: "runs a made-up franchise on its own PostgreSQL, with accounts whose passwords it prints",
	run: func(ctx context.Context, sys System, set *flag.FlagSet, args []string) error { return errUsage },
}
