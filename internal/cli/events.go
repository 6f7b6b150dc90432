package cli

import (
	"context"
	"crypto/rand"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/user"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"maru/internal/app"
	"maru/internal/kernel/lang"
	"maru/internal/platform/auth"
	"maru/internal/platform/config"
	"maru/internal/platform/outbox"
	"maru/internal/platform/postgres"
	"maru/internal/platform/trail"
	"maru/web/opsweb"
)

var eventsCommand = command{
	name: "events", usage: "status|parked|retry|skip|reset|rename|forget|replay|restore-archive …",
	summary: "shows what waits in the subscriptions, and puts it right",
	text: `  status                              how far each subscription is, and what to do where something is wrong
  parked [--payload] [SUBSCRIPTION]   events that could not be applied, with their errors
  retry SUBSCRIPTION KEY|--all        applies the parked events of a key, or of all keys, once more
  skip --reason TEXT SUBSCRIPTION LANE/POS
                                      gives one parked event up; the reason is stored with it
  reset SUBSCRIPTION [LANE POS]       sets lanes right whose cursors are ahead of the producer
  rename OLD NEW                      gives the cursors of a subscription to the one that it is called now
  forget SUBSCRIPTION                 removes the cursors of one that is gone, so that nothing is kept for it
  replay [--fresh|--abort] SUBSCRIPTION
                                      builds what a subscription has made from events anew, beside the live one
  restore-archive CONTEXT [YYYY-MM-DD]
                                      brings archived days back from MARU_ARCHIVE, all or from a day on, so that
                                      a replay can begin with them; they go again when it is through

Replicas may run meanwhile. With DATABASE_URL the database is left at its version; without, the program's
own PostgreSQL in MARU_DATA is started, so a server that uses it has to be stopped before.`,
	run: runEvents,
}

// eventsCommands are the words after "maru events".
var eventsCommands = map[string]func(ctx context.Context, sys System, set *flag.FlagSet, args []string, with func(func(*app.App) error) error) error{
	"status": eventsStatus, "parked": eventsParked, "retry": eventsRetry, "skip": eventsSkip, "reset": eventsReset,
	"rename": eventsRename, "forget": eventsForget, "replay": eventsReplay, "restore-archive": eventsRestoreArchive,
}

func runEvents(ctx context.Context, sys System, set *flag.FlagSet, args []string) error {
	if len(args) == 0 || strings.HasPrefix(args[0], "-") {
		set.Usage()
		return errUsage
	}
	do, known := eventsCommands[args[0]]
	if !known {
		fmt.Fprintf(sys.Err, "maru events: there is no %q; \"maru help events\" lists what there is\n", args[0])
		return errUsage
	}
	set.String("by", "", "who does it, for the audit trail (default: the account of this machine)")
	language := set.String("lang", defaultLanguage(sys), "language of refusals, ko or en")
	err := do(ctx, sys, set, args[1:], func(fn func(*app.App) error) error { return withRunning(ctx, sys, fn) })
	if err == nil {
		return nil
	}
	l, _ := lang.Parse(*language)
	return toldIn{err, l}
}

// parseExactly reads flags and exactly these arguments, which may stand before and behind flags.
func parseExactly(set *flag.FlagSet, args []string, names ...string) ([]string, error) {
	words, err := wordsOf(set, args)
	if err != nil {
		return nil, err
	}
	if len(words) != len(names) {
		fmt.Fprintf(set.Output(), "maru events: it takes %s; \"maru help events\" says more\n", strings.Join(names, " "))
		return nil, errUsage
	}
	return words, nil
}

// wordsOf reads flags and arguments in any order.
func wordsOf(set *flag.FlagSet, args []string) (words []string, err error) {
	for len(args) > 0 {
		if err := parse(set, args, len(args)); err != nil {
			return nil, err
		}
		args = set.Args()
		for len(args) > 0 && !strings.HasPrefix(args[0], "-") {
			words, args = append(words, args[0]), args[1:]
		}
	}
	return words, nil
}

// errOldSchema is returned instead of migrating a database that servers of an older version may use.
var errOldSchema = errors.New("the database is older than this program; run \"maru migrate\", or the program of the database's version")

// withRunning opens the program beside servers that run: it does not migrate their database.
func withRunning(ctx context.Context, sys System, fn func(*app.App) error) error {
	cfg, err := config.Load(sys.Getenv)
	if err != nil {
		return err
	}
	if cfg.DatabaseURL == "" {
		return withApp(ctx, sys, fn)
	}
	log := newLog(sys, cfg)
	dbs := cfg.Databases(cfg.DatabaseURL)
	dbs.Log = log
	versions, err := postgres.Status(ctx, dbs)
	if err != nil {
		return err
	}
	for _, v := range versions {
		if v.Pending > 0 {
			return fmt.Errorf("%s is at version %d of %d: %w", v.Context, v.Version, v.Latest, errOldSchema)
		}
	}
	o := options(cfg, dbs, log)
	o.Secrets = [][]byte{[]byte(rand.Text() + rand.Text())} // nothing is signed here
	a, err := app.Open(ctx, o)
	if err != nil {
		return err
	}
	defer a.Close()
	return fn(a)
}

// operator is who types, for the audit trail: what -by says, else the account of the machine.
func operator(set *flag.FlagSet) auth.Principal {
	name := set.Lookup("by").Value.String()
	if name == "" {
		name = "unknown"
		if u, err := user.Current(); err == nil {
			name = u.Username
		}
		if host, err := os.Hostname(); err == nil {
			name += "@" + host
		}
	}
	return auth.Principal{Name: "maru events, " + name}
}

// record leaves in the audit trail what was done here, with the change itself.
func record(set *flag.FlagSet) outbox.Recorder { return opsweb.Record(operator(set), time.Now()) }

// note leaves in the audit trail what was done with a subscription as a whole. Servers bind it, which have the key.
func note(ctx context.Context, a *app.App, set *flag.FlagSet, action, subscription string, change map[string]any) error {
	e := trail.Of("audit", time.Now(), operator(set), action, trail.Object{Kind: "subscription", ID: subscription}).Change(nil, change)
	err := a.Databases.Context("audit").InTx(ctx, func(tx pgx.Tx) error { return outbox.Publish(ctx, tx, e) })
	if err != nil {
		return fmt.Errorf("it is done, but not on the audit trail: %w", err)
	}
	return nil
}
