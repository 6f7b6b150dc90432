package postgres

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"

	"github.com/jackc/pgx/v5/pgconn"
)

// Gate keeps connections of a context from being made until it is opened.
type Gate struct{ open atomic.Bool }

// Open lets connections be made from now on.
func (g *Gate) Open() { g.open.Store(true) }

func (g *Gate) pass() error {
	if g.open.Load() {
		return nil
	}
	return errAway{}
}

// errAway is what a closed gate says. It is a net.Error: to everybody it is a server that does not answer.
type errAway struct{}

func (errAway) Error() string {
	return "postgres: the server was not there when the program started, and has not been migrated since"
}
func (errAway) Timeout() bool   { return false }
func (errAway) Temporary() bool { return true }

// MigrateReachable is Migrate for a program that can do without some contexts for a while. Those that
// are not needed and whose server cannot be reached are returned with closed gates, for Config.Away;
// MigrateLate opens one.
func MigrateReachable(ctx context.Context, cfg Config, needed ...string) (away map[string]*Gate, err error) {
	away = make(map[string]*Gate)
	for _, name := range Contexts {
		err := migrateOne(ctx, cfg, name)
		if err != nil && unreachable(err) && !slices.Contains(needed, name) {
			away[name] = new(Gate)
			if cfg.Log != nil {
				cfg.Log.Error("the database cannot be reached; everything else is served without it, and it is tried again", "context", name, "error", err)
			}
			continue
		}
		if err != nil {
			return nil, err
		}
	}
	return away, nil
}

// MigrateLate migrates a context that was away, and opens its gate.
func MigrateLate(ctx context.Context, cfg Config, name string) error {
	gate := cfg.Away[name]
	if gate == nil {
		return fmt.Errorf("%s is not away", name)
	}
	if err := migrateOne(ctx, cfg, name); err != nil {
		return err
	}
	gate.Open()
	return nil
}

// unreachable says that there is no server, or one that lets nobody in just now. One that refuses a
// password or has no such database is there: that is a wrong setting.
func unreachable(err error) bool {
	var refused *pgconn.PgError
	if errors.As(err, &refused) {
		return strings.HasPrefix(refused.Code, "57P") || strings.HasPrefix(refused.Code, "53")
	}
	var connect *pgconn.ConnectError
	return errors.As(err, &connect)
}
