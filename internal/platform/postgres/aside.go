package postgres

import (
	"context"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// besidePool is made when it is first needed.
type besidePool struct {
	mu   sync.Mutex
	pool *pgxpool.Pool
}

const (
	besideConns = 2
	besideIdle  = 30 * time.Second
)

// Aside runs fn, which is to be short, on a connection that is not one of the pool's: whoever holds one
// of the pool and waits for another can wait for ever. The connection stays for the next call, and goes
// when nobody has needed it for half a minute. What fn commits need not have reached the disk.
func (db *DB) Aside(ctx context.Context, fn func(*pgx.Conn) error) error {
	pool, err := db.beside.of(db)
	if err != nil {
		return err
	}
	return pool.AcquireFunc(ctx, func(conn *pgxpool.Conn) error { return fn(conn.Conn()) })
}

func (b *besidePool) of(db *DB) (*pgxpool.Pool, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.pool != nil {
		return b.pool, nil
	}
	config := db.Config()
	config.ConnConfig.RuntimeParams["application_name"] = "maru/" + db.Name + "/aside"
	config.ConnConfig.RuntimeParams["synchronous_commit"] = "off"
	config.MaxConns, config.MaxConnIdleTime, config.HealthCheckPeriod = besideConns, besideIdle, besideIdle/2
	pool, err := pgxpool.NewWithConfig(context.Background(), config) // it connects when it is used
	b.pool = pool
	return pool, err
}

// Close closes the pool, and the connections aside of it, after they were given back.
func (db *DB) Close() {
	db.Pool.Close()
	db.beside.mu.Lock()
	defer db.beside.mu.Unlock()
	if db.beside.pool != nil {
		db.beside.pool.Close()
	}
}
