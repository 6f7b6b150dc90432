package outbox

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"maru/internal/platform/failpoint"
	"maru/internal/platform/postgres"
)

// bell tells the other replicas on one server that there are new events, and hears them. It never
// takes part in a business transaction, since a NOTIFY makes commits wait for each other on the whole
// server, and nothing but speed depends on it. A nil bell is silent.
type bell struct {
	server  string
	sources []*source
	log     *slog.Logger
	id      string

	hears      atomic.Bool
	heardOther atomic.Int64 // when another process was heard, in Unix nanoseconds
	ring       chan struct{}

	mu  sync.Mutex
	new []string // sources to announce
}

const (
	channel = "maru_outbox"
	// echo is announced to hear oneself; no source is called so.
	echo = "echo"
	// companyAge is how long a process counts as running after it was heard; each says that it is there
	// three times as often.
	companyAge = 15 * time.Second
	// bellPause is the shortest time between two notifications of one process.
	bellPause = 10 * time.Millisecond
)

func newBell(server string, first *source, log *slog.Logger) *bell {
	return &bell{
		server: server, sources: []*source{first}, log: log.With("server", server),
		id: uuid.NewString(), ring: make(chan struct{}, 1),
	}
}

// serverOf names the database a pool is connected to: contexts with the same answer hear each other's
// notifications.
func serverOf(db *postgres.DB) string {
	cc := db.Config().ConnConfig
	return fmt.Sprintf("%s:%d/%s", cc.Host, cc.Port, cc.Database)
}

func (b *bell) healthy() bool { return b != nil && b.hears.Load() }

// announce makes the other replicas look at source. It does not block.
func (b *bell) announce(source string) {
	if b == nil {
		return
	}
	b.mu.Lock()
	if !slices.Contains(b.new, source) {
		b.new = append(b.new, source)
	}
	b.mu.Unlock()
	select {
	case b.ring <- struct{}{}:
	default:
	}
}

// inCompany says that another process was heard lately: only then is there anybody to tell.
func (b *bell) inCompany() bool {
	return time.Since(time.Unix(0, b.heardOther.Load())) < companyAge
}

func (b *bell) take() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	names := strings.Join(b.new, ",")
	b.new = b.new[:0]
	return names
}

// connect opens a connection of the bell's own: a pooled one would be missing in the pool for good.
func (b *bell) connect(ctx context.Context, purpose string) (*pgx.Conn, error) {
	cc := b.sources[0].db.Config().ConnConfig.Copy()
	cc.RuntimeParams["application_name"] = "maru/outbox/" + purpose
	cc.RuntimeParams["synchronous_commit"] = "off"
	return pgx.ConnectConfig(ctx, cc)
}

func (b *bell) send(ctx context.Context) {
	here := time.NewTicker(companyAge / 3)
	defer here.Stop()
	b.keepConnected(ctx, "notify", func(conn *pgx.Conn) error {
		for {
			select {
			case <-ctx.Done():
				return ctx.Err()
			case <-b.ring:
			case <-here.C:
				b.announce(echo)
			}
			if names := b.take(); names != "" && (b.inCompany() || strings.Contains(names, echo)) {
				if err := failpoint.Hit("notify.before-send", names); err != nil {
					return err
				}
				if _, err := conn.Exec(ctx, "SELECT pg_notify($1, $2)", channel, b.id+" "+names); err != nil {
					return err
				}
			}
			if !pause(ctx, bellPause) {
				return ctx.Err()
			}
		}
	})
}

func (b *bell) listen(ctx context.Context) {
	b.keepConnected(ctx, "listen", func(conn *pgx.Conn) error {
		if _, err := conn.Exec(ctx, "LISTEN "+channel); err != nil {
			return err
		}
		// A pooler may take the LISTEN and never pass a notification on. So it counts as heard when the
		// own announcement comes back.
		defer b.hears.Store(false)
		b.announce(echo)
		for _, s := range b.sources { // what was announced before, nobody heard
			s.poke()
		}
		for {
			n, err := conn.WaitForNotification(ctx)
			if err != nil {
				return err
			}
			b.hears.Store(true)
			from, names, _ := strings.Cut(n.Payload, " ")
			if from == b.id {
				continue
			}
			alone := !b.inCompany()
			b.heardOther.Store(time.Now().UnixNano())
			if alone {
				b.announce(echo) // so that the other knows of this one
			}
			heard := strings.Split(names, ",")
			for _, s := range b.sources {
				if slices.Contains(heard, s.db.Name) {
					s.poke()
				}
			}
		}
	})
}

const (
	// A connection that lasted this long was a good one: the next failure begins a new series.
	bellLasting = 30 * time.Second
	// bellLogEvery is how often a series of failures is told.
	bellLogEvery = time.Minute
)

// keepConnected runs use on a connection, and on a new one whenever it fails, until ctx ends. The
// pauses grow also where the connection comes about and what is done with it fails.
func (b *bell) keepConnected(ctx context.Context, purpose string, use func(*pgx.Conn) error) {
	var told time.Time
	for failures := 0; ctx.Err() == nil; {
		began := time.Now()
		conn, err := b.connect(ctx, purpose)
		if err == nil {
			err = use(conn)
			closing, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
			_ = conn.Close(closing)
			cancel()
		}
		if ctx.Err() != nil {
			return
		}
		if time.Since(began) > bellLasting {
			failures = 0
		}
		failures++
		if time.Since(told) > bellLogEvery {
			told = time.Now()
			b.log.Warn("outbox: connection for notifications lost, events are found by polling",
				"purpose", purpose, "error", err, "failures", failures)
		}
		if !pause(ctx, backOff(failures+4)) {
			return
		}
	}
}
