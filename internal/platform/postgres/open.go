package postgres

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgtype"
	"github.com/jackc/pgx/v5/pgxpool"

	"maru/internal/platform/failpoint"
)

// Config says where the databases of the contexts are and how they are talked to. The zero value of
// everything but URLs is a sensible choice.
type Config struct {
	// URLs holds the connection URL of each context; several may be equal.
	URLs map[string]string
	// MaxConns is the size of each context's pool: 8 for ordering and 4 for the others where it is
	// missing. More rarely helps: two to four connections per core of the server are enough for all.
	MaxConns map[string]int32
	// Timeouts bounds what one session may do to the others.
	Timeouts Timeouts
	// Lazy leaves out the connection that Open makes to every database to see that it is there.
	Lazy bool
	// Away holds the contexts whose server was not there to be migrated (MigrateReachable). Their pools
	// let nobody in before the gate is opened: a program must not work on tables of an older version.
	Away map[string]*Gate
	// Log hears once per context when roles do not separate it; nil is slog.Default().
	Log *slog.Logger
}

// Timeouts are the limits of every pooled session, to the millisecond. A longer single statement,
// such as an import's, says so itself with SET LOCAL statement_timeout.
type Timeouts struct {
	// Statement ends a statement that runs longer; 10 s where zero.
	Statement time.Duration
	// Lock ends a statement that waits longer for one lock; 2 s where zero.
	Lock time.Duration
	// IdleInTransaction ends a session that holds a transaction and is silent for longer; 5 s where
	// zero. It is what frees the lanes of a process that hangs without dying.
	IdleInTransaction time.Duration
}

func (t Timeouts) orDefault() Timeouts {
	pick := func(d, otherwise time.Duration) time.Duration {
		if d > 0 {
			return d
		}
		return otherwise
	}
	return Timeouts{
		Statement:         pick(t.Statement, 10*time.Second),
		Lock:              pick(t.Lock, 2*time.Second),
		IdleInTransaction: pick(t.IdleInTransaction, 5*time.Second),
	}
}

// OneServer returns the Config of an installation whose contexts share one database.
func OneServer(url string) Config {
	urls := make(map[string]string, len(Contexts))
	for _, name := range Contexts {
		urls[name] = url
	}
	return Config{URLs: urls}
}

// Databases holds one pool per context.
type Databases struct {
	byName map[string]*DB
}

// Open opens one pool per context and, unless cfg.Lazy, connects each once that is not away, so that a
// wrong URL is an error here and not at the first request.
func Open(ctx context.Context, cfg Config) (*Databases, error) {
	log := cfg.Log
	if log == nil {
		log = slog.Default()
	}
	dbs := &Databases{byName: make(map[string]*DB, len(Contexts))}
	for _, name := range Contexts {
		pool, err := openPool(ctx, cfg, name, log)
		if err != nil {
			dbs.Close()
			return nil, fmt.Errorf("open database of %s: %w", name, err)
		}
		dbs.byName[name] = &DB{Pool: pool, Name: name}
	}
	if cfg.Lazy {
		return dbs, nil
	}
	for _, db := range dbs.All() {
		if cfg.Away[db.Name] != nil {
			continue
		}
		if err := db.Ping(ctx); err != nil {
			dbs.Close()
			return nil, fmt.Errorf("connect to database of %s: %w", db.Name, err)
		}
	}
	return dbs, nil
}

// Context returns the database of one context. It panics for a name that is not in Contexts: that is
// a mistake in the wiring.
func (d *Databases) Context(name string) *DB {
	db, ok := d.byName[name]
	if !ok {
		panic("postgres: no context named " + name)
	}
	return db
}

// All returns the databases in the order of Contexts.
func (d *Databases) All() []*DB {
	all := make([]*DB, 0, len(d.byName))
	for _, name := range Contexts {
		if db, ok := d.byName[name]; ok {
			all = append(all, db)
		}
	}
	return all
}

// Close closes all pools after their connections were given back.
func (d *Databases) Close() {
	for _, db := range d.byName {
		db.Close()
	}
}

func openPool(ctx context.Context, cfg Config, name string, log *slog.Logger) (*pgxpool.Pool, error) {
	url := cfg.URLs[name]
	if url == "" {
		return nil, errors.New("no connection URL")
	}
	pc, err := pgxpool.ParseConfig(url)
	if err != nil {
		return nil, err
	}
	pc.MaxConns = maxConns(cfg, name)
	pc.MinConns = 0
	wantPrimary(pc.ConnConfig)
	setRuntimeParams(pc.ConnConfig, name, cfg.Timeouts.orDefault())
	if failpoint.Enabled {
		pc.ConnConfig.Tracer = statementFailpoints{}
	}
	if gate := cfg.Away[name]; gate != nil {
		pc.BeforeConnect = func(context.Context, *pgx.ConnConfig) error { return gate.pass() }
	}
	once := new(sync.Once)
	pc.AfterConnect = func(ctx context.Context, conn *pgx.Conn) error {
		scanTimesInUTC(conn)
		useBinaryUUIDs(conn)
		useBinaryDates(conn)
		separated, err := becomeRole(ctx, conn, name)
		if err != nil {
			return err
		}
		if !separated {
			once.Do(func() {
				log.Info("contexts are not separated by roles: this user may not become the role", "role", roleOf(name))
			})
		}
		return nil
	}
	return pgxpool.NewWithConfig(ctx, pc)
}

func maxConns(cfg Config, name string) int32 {
	if n := cfg.MaxConns[name]; n > 0 {
		return n
	}
	if name == "ordering" {
		return 8
	}
	return 4
}

// wantPrimary lets a URL that names several servers lead to the one that takes writes, wherever that is at the
// moment: after a failover the old primary may be back first, as a standby.
func wantPrimary(cc *pgx.ConnConfig) {
	if cc.ValidateConnect == nil && slices.ContainsFunc(cc.Fallbacks, func(f *pgconn.FallbackConfig) bool { return f.Host != cc.Host || f.Port != cc.Port }) {
		cc.ValidateConnect = pgconn.ValidateConnectTargetSessionAttrsReadWrite
	}
}

// setRuntimeParams makes every session of a context alike, whatever the server's own settings are.
// A connection pooler in front has to know these parameters (pgbouncer: ignore_startup_parameters).
func setRuntimeParams(cc *pgx.ConnConfig, name string, limits Timeouts) {
	millis := func(d time.Duration) string { return strconv.FormatInt(d.Milliseconds(), 10) }
	for key, value := range map[string]string{
		"application_name":                    "maru/" + name,
		"timezone":                            "UTC",
		"statement_timeout":                   millis(limits.Statement),
		"lock_timeout":                        millis(limits.Lock),
		"idle_in_transaction_session_timeout": millis(limits.IdleInTransaction),
		// Reading a lane's next events must be an index scan on unanalysed tables too.
		"random_page_cost": "1.1",
		"jit":              "off",
	} {
		cc.RuntimeParams[key] = value
	}
}

// scanTimesInUTC makes timestamptz values read in UTC instead of the process's local zone, so that a
// time compares equal before and after it was stored.
func scanTimesInUTC(conn *pgx.Conn) {
	conn.TypeMap().RegisterType(&pgtype.Type{
		Name: "timestamptz", OID: pgtype.TimestamptzOID,
		Codec: &pgtype.TimestamptzCodec{ScanLocation: time.UTC},
	})
}
