package outbox

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"maru/internal/kernel/ids"
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
	// id is that of the process and, behind a slash, that of the bell: where contexts are on one database by
	// several addresses, a process has several bells there.
	id string

	hears atomic.Bool
	ring  chan struct{}

	company company

	mu   sync.Mutex
	here string           // to be announced: hello, echo or nothing
	new  map[string]*news // to be announced, by source
}

const (
	channel = "maru_outbox"
	// echo says that a process is there; no source is called so.
	echo = "echo"
	// hello asks everybody else for an echo: a process that begins to hear has missed those that came before, and
	// may have been known to the others already by what it told them.
	hello = "hello"
	// bye is the last word of a process that stops.
	bye = "bye"
	// bellPause is the shortest time between two notifications of one process, bellLong that after one that
	// said much: every replica is woken by each.
	bellPause, bellLong = 10 * time.Millisecond, 20 * time.Millisecond
	// sayTimeout is shorter than a program has to stop.
	sayTimeout = 5 * time.Second
	// bellMuch is how long such a one is, in bytes.
	bellMuch = 100
)

func newBell(process, server string, first *source, age time.Duration, log *slog.Logger) *bell {
	b := &bell{
		server: server, sources: []*source{first}, log: log.With("server", server),
		id: process + "/" + first.db.Name, ring: make(chan struct{}, 1), new: map[string]*news{},
	}
	b.company.self, b.company.age = process, age
	return b
}

// serverOf names the database a pool is connected to: contexts with the same answer hear each other's
// notifications.
func serverOf(db *postgres.DB) string {
	cc := db.Config().ConnConfig
	return fmt.Sprintf("%s:%d/%s", cc.Host, cc.Port, cc.Database)
}

func (b *bell) healthy() bool { return b != nil && b.hears.Load() }

// announce makes the other replicas look at source. It does not block.
func (b *bell) announce(source string) { b.tell(source, func(n *news) { n.unsaid = true }) }

// announceEcho makes the others know of this process.
func (b *bell) announceEcho() {
	b.mu.Lock()
	if b.here == "" {
		b.here = echo
	}
	b.mu.Unlock()
	b.wakeUp()
}

// announceHello makes this process hear of the others, and itself.
func (b *bell) announceHello() {
	b.mu.Lock()
	b.here = hello
	b.mu.Unlock()
	b.wakeUp()
}

// tell makes the other replicas hear what say adds about source. Where nobody is there to hear it, it is
// left out: who comes is told of every source.
func (b *bell) tell(source string, say func(*news)) {
	if b == nil || b.company.alone() && b.hears.Load() { // a deaf one is not alone for all it knows
		return
	}
	b.mu.Lock()
	n := b.new[source]
	if n == nil {
		n = &news{lanes: map[ids.Lane]int64{}}
		b.new[source] = n
	}
	say(n)
	b.mu.Unlock()
	b.wakeUp()
}

func (b *bell) wakeUp() {
	select {
	case b.ring <- struct{}{}:
	default:
	}
}

// take returns what is to be announced, or nothing.
func (b *bell) take() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.new) == 0 && b.here == "" {
		return ""
	}
	text := newsText(b.here, b.new)
	b.here = ""
	clear(b.new)
	return text
}

// connect opens a connection of the bell's own: a pooled one would be missing in the pool for good.
func (b *bell) connect(ctx context.Context, purpose string) (*pgx.Conn, error) {
	cc := b.sources[0].db.Config().ConnConfig.Copy()
	cc.RuntimeParams["application_name"] = "maru/outbox/" + purpose
	cc.RuntimeParams["synchronous_commit"] = "off"
	return pgx.ConnectConfig(ctx, cc)
}

func (b *bell) send(ctx context.Context) {
	here := time.NewTicker(b.company.age / 3)
	defer here.Stop()
	b.keepConnected(ctx, "notify", func(conn *pgx.Conn) error {
		b.announceAll() // what could not be sent before, or may be undone by now
		for {
			select {
			case <-ctx.Done():
				b.leave(ctx, conn)
				return ctx.Err()
			case <-b.ring:
			case <-here.C:
				b.company.look(time.Now())
				b.announceEcho()
			}
			text := b.take()
			if text != "" {
				if err := failpoint.Hit("notify.before-send", ""); err != nil {
					return err
				}
				if err := b.say(ctx, conn, text); err != nil {
					return err
				}
			}
			rest := bellPause
			if len(text) > bellMuch {
				rest = bellLong
			}
			pause(ctx, rest)
		}
	})
}

// leave tells the others, so that they do not wait for this process.
func (b *bell) leave(ctx context.Context, conn *pgx.Conn) {
	if err := b.say(ctx, conn, bye); err != nil {
		b.log.Debug("outbox: the other replicas could not be told that this one stops", "error", err)
	}
}

// say sends one notification, also while the program stops: one that is torn off ends the connection, and the last
// word could not be said. A connection that leads nowhere is given up after a while.
func (b *bell) say(ctx context.Context, conn *pgx.Conn, text string) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), sayTimeout)
	defer cancel()
	_, err := conn.Exec(ctx, "SELECT pg_notify($1, $2)", channel, b.id+" "+text)
	return err
}

// announceAll makes the other replicas look at everything, instead of what they were to hear.
func (b *bell) announceAll() {
	b.mu.Lock()
	clear(b.new)
	b.mu.Unlock()
	for _, s := range b.sources {
		b.announce(s.db.Name)
	}
}

// hear waits for a notification. This process says three times in companyAge that it is there, so silence is a
// connection that leads nowhere.
func (b *bell) hear(ctx context.Context, conn *pgx.Conn) (*pgconn.Notification, error) {
	ctx, cancel := context.WithTimeout(ctx, b.company.age)
	defer cancel()
	return conn.WaitForNotification(ctx)
}

func (b *bell) listen(ctx context.Context) {
	b.keepConnected(ctx, "listen", func(conn *pgx.Conn) error {
		if _, err := conn.Exec(ctx, "LISTEN "+channel); err != nil {
			return err
		}
		// A pooler may take the LISTEN and never pass a notification on. So it counts as heard when the
		// own announcement comes back.
		defer b.hears.Store(false)
		b.announceHello()
		for _, s := range b.sources { // what was announced before, nobody heard
			s.poke()
		}
		for {
			n, err := b.hear(ctx, conn)
			if err != nil {
				return err
			}
			b.hears.Store(true)
			from, text, _ := strings.Cut(n.Payload, " ")
			if processOf(from) == b.company.self {
				continue
			}
			if text == bye {
				b.company.left(from)
				continue
			}
			unknown, alone := b.company.heard(from, time.Now())
			heard := readNews(text)
			if unknown || heard[hello] != nil { // so that the other knows of this one
				b.announceEcho()
			}
			if alone { // and of what was published while nobody seemed to hear
				b.announceAll()
			}
			for _, s := range b.sources {
				if n := heard[s.db.Name]; n != nil {
					s.hear(n)
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
