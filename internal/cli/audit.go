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
	"maru/internal/platform/config"
	"maru/internal/platform/postgres"
)

var auditCommand = command{
	name: "audit", usage: "verify", summary: "proves that nothing was removed from the audit trail or changed in it",
	text: `verify reads the whole trail, computes every hash again, and prints a line for each day of each chain.
Keep these lines somewhere else: given back with -against, they also prove that nothing was cut off the
end. Days that were bound with an older key need it in MARU_AUDIT_KEY, behind the present one.`,
	run: runAudit,
}

// errTampered makes the command fail; what is wrong has been printed.
var errTampered = errors.New("the trail is not as it was written")

func runAudit(ctx context.Context, sys System, set *flag.FlagSet, args []string) error {
	against := set.String("against", "", "file with the lines of an earlier run")
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
	cfg, err := config.Load(sys.Getenv, "DATABASE_URL")
	if err != nil {
		return err
	}
	seen, err := linesOf(*against)
	if err != nil {
		return err
	}
	where := cfg.Databases(cfg.DatabaseURL)
	where.Log = newLog(sys, cfg)
	dbs, err := postgres.Open(ctx, where)
	if err != nil {
		return err
	}
	defer dbs.Close()
	keys := make([]audit.Key, 0, len(cfg.AuditKeys))
	for _, k := range cfg.AuditKeys {
		keys = append(keys, audit.NewKey([]byte(k)))
	}
	report, err := audit.New(dbs.Context("audit"), audit.NewKey(auditKey(cfg)), time.Now).Verify(ctx, keys, seen)
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
