package outbox_test

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"maru/internal/platform/event"
	"maru/internal/platform/outbox"
	"maru/internal/platform/postgres"
	"maru/internal/platform/postgres/pgtest"
)

// servers is a database and another that takes over from it, which is behind by what happens after it was
// made. Both are databases of one server, and change their names: programs lose their connections and find
// the other one where the first was.
type servers struct {
	*world
	database, standby string
	admin             string // URL of a database that nobody changes
}

func (w *world) withStandby() *servers {
	w.t.Helper()
	u, err := url.Parse(w.url)
	must(w.t, err)
	s := &servers{world: w, database: strings.TrimPrefix(u.Path, "/")}
	s.standby = s.database + "_standby"
	u.Path = "/postgres"
	s.admin = u.String()
	w.dbs.Close()
	s.onServer("CREATE DATABASE " + s.standby + " TEMPLATE " + s.database + " STRATEGY FILE_COPY")
	w.t.Cleanup(func() {
		for _, name := range []string{s.standby, s.database + "_lost"} {
			s.onServer("DROP DATABASE IF EXISTS " + name + " WITH (FORCE)")
		}
	})
	w.dbs = pgtest.Open(w.t, w.url)
	return s
}

func (s *servers) onServer(statements ...string) {
	s.t.Helper()
	ctx := context.WithoutCancel(s.t.Context())
	conn, err := pgx.Connect(ctx, s.admin)
	must(s.t, err)
	defer func() { must(s.t, conn.Close(ctx)) }()
	for _, sql := range statements {
		_, err := conn.Exec(ctx, sql)
		must(s.t, err)
	}
}

// takeOver publishes events at the standby and lets it take over.
func (s *servers) takeOver(events ...event.Event) {
	s.t.Helper()
	there := *s.world
	u, err := url.Parse(s.url)
	must(s.t, err)
	u.Path = "/" + s.standby
	there.url = u.String()
	there.dbs = pgtest.Open(s.t, there.url)
	there.publish(events...)
	there.dbs.Close()
	end := "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE datname = '%s'"
	s.onServer(
		"ALTER DATABASE "+s.database+" ALLOW_CONNECTIONS false",
		fmt.Sprintf(end, s.database), fmt.Sprintf(end, s.standby),
		"ALTER DATABASE "+s.database+" RENAME TO "+s.database+"_lost",
		"ALTER DATABASE "+s.standby+" RENAME TO "+s.database,
	)
}

// publishHere publishes so that the process has its events in memory, as orders do.
func (w *world) publishHere(events ...event.Event) {
	w.t.Helper()
	p := postgres.NewPipeline()
	must(w.t, numbering.Queue(p, nil, events))
	must(w.t, w.dbs.Context("ordering").InOneTrip(w.t.Context(), p))
}

// shelf is what a replica keeps of the events: the tables when it loads, and every event after.
type shelf struct {
	w    *world
	mu   sync.Mutex
	held []int64
}

func (s *shelf) load(ctx context.Context) error {
	rows, err := s.w.dbs.Context("ordering").Query(ctx, "SELECT (payload->>'N')::bigint FROM ordering.outbox WHERE kind = 'ordering.test_happened'")
	if err != nil {
		return err
	}
	all, err := pgx.CollectRows(rows, pgx.RowTo[int64])
	s.mu.Lock()
	defer s.mu.Unlock()
	s.held = all
	return err
}

func (s *shelf) handle(_ context.Context, batch []outbox.Delivery) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, d := range batch {
		if n := d.Event.(happened).N; !slices.Contains(s.held, n) {
			s.held = append(s.held, n)
		}
	}
	return nil
}

func (s *shelf) holds() []int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Sorted(slices.Values(s.held))
}

// numbersFrom are n events of one lane.
func numbersFrom(first, n int64) (events []event.Event) {
	for i := range n {
		events = append(events, happened{Lane: 3, Key: fmt.Sprint(i), N: first + i})
	}
	return events
}

// Whatever a replica has heard of, has read or has published itself when the server goes: from the one that
// takes over it applies what that one has, at the positions that were promised and behind them, and holds
// nothing else in its memory.
func TestAServerThatTookOverWithoutTheNewestEvents(t *testing.T) {
	t.Parallel()
	const before, lost = 6, 10 // the last of those before is lost too
	for name, know := range map[string]func(*servers, *shelf){
		"they were promised": func(s *servers, _ *shelf) {
			s.exec("ordering", "SELECT pg_notify('maru_outbox', 'another ordering,@ordering ordering.test_happened 3:g')") // 16
			s.exec("ordering", "SELECT pg_notify('maru_outbox', 'another bye')")
		},
		"they were read": func(s *servers, held *shelf) {
			other := s.replica()
			other.publish(numbersFrom(100, lost)...)
			s.eventually(func() bool { return len(held.holds()) == before+lost })
			other.dbs.Close()
		},
		"they were published here": func(s *servers, held *shelf) {
			s.publishHere(numbersFrom(100, lost)...)
			s.eventually(func() bool { return len(held.holds()) == before+lost })
		},
		"nobody cared for them": func(s *servers, _ *shelf) {
			for range lost {
				s.publishHere(ignored{happened{Lane: 3, Key: "x"}})
			}
		},
	} {
		for _, instead := range []int64{3, lost, lost + 4} {
			t.Run(fmt.Sprintf("%s, %d came instead", name, instead), func(t *testing.T) {
				t.Parallel()
				w := newWorld(t)
				w.publish(numbersFrom(1, before-1)...)
				must(t, w.dispatcher(w.inventory()).Drain(t.Context()))
				s := w.withStandby()
				held := &shelf{w: w}
				var subs outbox.Subscriptions
				subs.OnEvery("inventory.test", 1500*time.Millisecond, w.effects("inventory.test"), outbox.Of[happened]())
				subs.Tail("ordering", held.load, held.handle, outbox.Of[happened]())
				w.runs(w.dispatcher(&subs))
				w.hears(1)
				w.publishHere(happened{Lane: 3, Key: "a", N: before}) // the subscription rests after this one
				w.eventually(func() bool { return len(w.applied("inventory.test")) == before })
				s.eventually(func() bool { return len(held.holds()) == before })
				know(s, held)
				s.takeOver(append([]event.Event{happened{Lane: 3, Key: "b", N: 1000}}, numbersFrom(1001, instead)...)...)
				want := slices.Concat([]int64{1, 2, 3, 4, 5, 1000})
				for n := range instead {
					want = append(want, 1001+n)
				}
				for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline) && (w.check("inventory.test") != "" || !slices.Equal(want, held.holds())); {
					time.Sleep(10 * time.Millisecond)
				}
				equal(t, "", w.check("inventory.test"))
				equal(t, want, held.holds())
			})
		}
	}
}
