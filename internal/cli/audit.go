package cli

import (
	"bufio"
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"time"

	"maru/internal/audit"
	"maru/internal/kernel/businessday"
	"maru/internal/platform/config"
	"maru/internal/platform/postgres"
)

var auditCommand = command{
	name: "audit", usage: "verify", summary: "proves that nothing was removed from the audit trail or changed in it",
	text: `verify reads the whole trail, computes every hash again, and prints a line for each day of each chain.
It also compares the end of each chain with the events that are still kept in the outboxes. Keep the lines
somewhere else: given back with -against, they prove that nothing was cut off the end, however long ago and
whatever else was removed with it. Days that were bound with an older key need it in MARU_AUDIT_KEY, behind the present one.
Where there is a key, a day that was bound without one is reported: where MARU_AUDIT_KEY came into use later, say -unkeyed-before
with the first day (UTC) that was bound with it.

Servers on a database of your own may run meanwhile. With MARU_DATA the program's own PostgreSQL is started,
so a server that uses it has to be stopped before.`,
	run: runAudit,
}

// errTampered makes the command fail; what is wrong has been printed.
var errTampered = errors.New("the trail is not as it was written")

func runAudit(ctx context.Context, sys System, set *flag.FlagSet, args []string) error {
	against := set.String("against", "", "file with the lines of an earlier run")
	before := set.String("unkeyed-before", "", "day before which days without a key are in order, as 2026-11-24")
	if len(args) == 0 || args[0] != "verify" && args[0] != "-h" {
		set.Usage()
		return errUsage
	}
	if args[0] == "verify" {
		args = args[1:]
	}
	if err := parse(set, args, 0); err != nil {
		return err
	}
	var unkeyedBefore businessday.Date
	if *before != "" {
		var err error
		if unkeyedBefore, err = businessday.ParseDate(*before); err != nil {
			return fmt.Errorf("-unkeyed-before: %w", err)
		}
	}
	cfg, err := config.Load(sys.Getenv, someDatabase(sys)...)
	if err != nil {
		return err
	}
	seen, err := linesOf(*against)
	if err != nil {
		return err
	}
	return withServer(ctx, cfg, cfg.DataDir, newLog(sys, cfg), func(ctx context.Context, where postgres.Config) error {
		return verifyTrail(ctx, sys, cfg, where, seen, unkeyedBefore)
	})
}

func verifyTrail(ctx context.Context, sys System, cfg config.Config, where postgres.Config, seen []string, unkeyedBefore businessday.Date) error {
	dbs, err := postgres.Open(ctx, where)
	if err != nil {
		return err
	}
	defer dbs.Close()
	keys := make([]audit.Key, 0, len(cfg.AuditKeys))
	for _, k := range cfg.AuditKeys {
		keys = append(keys, audit.NewKey([]byte(k)))
	}
	report, err := audit.New(dbs.Context("audit"), audit.NewKey(auditKey(cfg)), time.Now).Verify(ctx, dbs.Context, keys, seen, unkeyedBefore)
	if err != nil {
		return err
	}
	for _, d := range report.Days {
		fmt.Fprintln(sys.Out, d)
	}
	for _, p := range report.Problems {
		fmt.Fprintln(sys.Err, p)
	}
	if len(report.Problems) > 0 {
		return errTampered
	}
	return nil
}

// auditKey is the key that new entries are bound with.
func auditKey(cfg config.Config) []byte {
	if len(cfg.AuditKeys) == 0 {
		return nil
	}
	return []byte(cfg.AuditKeys[0])
}

func linesOf(file string) ([]string, error) {
	if file == "" {
		return nil, nil
	}
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	var lines []string
	in := bufio.NewScanner(f)
	for in.Scan() {
		lines = append(lines, in.Text())
	}
	return lines, in.Err()
}
