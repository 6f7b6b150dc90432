package outbox_test

import (
	"context"
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"maru/internal/kernel/ids"
	"maru/internal/platform/outbox"
	"maru/internal/platform/postgres"
	"maru/internal/platform/postgres/pgtest"
)

// behind is a dispatcher that believes another replica goes first, and has heard of an event.
func behind(t *testing.T) (*world, *outbox.Dispatcher, *int) {
	t.Helper()
	w := newWorld(t)
	must(t, w.dispatcher(w.inventory()).Drain(t.Context()))
	claims := new(int)
	d := w.dispatcher(w.inventory(), outbox.WithHooks(outbox.Hooks{AfterClaim: func(context.Context, string, pgx.Tx) error {
		*claims++
		return nil
	}}))
	must(t, d.Drain(t.Context()))
	d.Behind("inventory.test")
	w.publish(happened{Lane: 3, Key: "a", N: 1})
	hear(t, d)
	return w, d, claims
}

func hear(t *testing.T, d *outbox.Dispatcher) {
	t.Helper()
	must(t, d.Hear(t.Context(), "inventory.test"))
}

func look(t *testing.T, d *outbox.Dispatcher, want bool) {
	t.Helper()
	progress, err := d.Look(t.Context(), "inventory.test")
	must(t, err)
	if progress != want {
		t.Errorf("it took part: %v, want %v", progress, want)
	}
}

func TestWhatTheFirstReplicaAppliesTheOthersLeaveAlone(t *testing.T) {
	t.Parallel()
	w, d, claims := behind(t)
	must(t, w.replica().dispatcher(w.inventory()).Drain(t.Context()))
	w.publish(happened{Lane: 3, Key: "a", N: 2})
	hear(t, d)
	look(t, d, false) // the second is new: it may still come
	must(t, w.replica().dispatcher(w.inventory()).Drain(t.Context()))
	look(t, d, false)
	if *claims > 0 {
		t.Errorf("it claimed lanes %d times", *claims)
	}
	equal(t, "", w.check("inventory.test"))
}

func TestWhatTheFirstReplicaLeavesTheOthersApply(t *testing.T) {
	t.Parallel()
	w, d, _ := behind(t)
	w.publish(happened{Lane: 3, Key: "a", N: 2}, happened{Lane: 7, Key: "b", N: 3})
	hear(t, d)
	look(t, d, true)
	equal(t, "", w.check("inventory.test"))
	look(t, d, false)
	w.publish(happened{Lane: 3, Key: "a", N: 4})
	hear(t, d)
	look(t, d, true)
	equal(t, "", w.check("inventory.test"))
}

// The first one passes over what nobody wants and does not store that: the others need not do it for it.
func TestEventsOfNoInterestAreNobodysBusiness(t *testing.T) {
	t.Parallel()
	w, d, claims := behind(t)
	must(t, w.replica().dispatcher(w.inventory()).Drain(t.Context()))
	look(t, d, false)
	for range 3 {
		w.publish(ignored{happened{Lane: 3, Key: "x"}}, ignored{happened{Lane: 4, Key: "x"}})
		hear(t, d)
		look(t, d, false)
	}
	if *claims > 0 {
		t.Errorf("it claimed lanes %d times", *claims)
	}
	look(t, d, false) // a connection that was new made it look twice
	if due := d.Due("inventory.test"); due < time.Second {
		t.Errorf("it looks again after %s at what it has passed over", due)
	}
}

// News of an event were lost, and news of a later one, which is of no interest, say that the lane is filled
// beyond both: who stands by finds that something is left when it looks at the cursors.
func TestNewsOfALaterEventHideNoEarlierOne(t *testing.T) {
	t.Parallel()
	w, d, _ := behind(t)
	must(t, w.replica().dispatcher(w.inventory()).Drain(t.Context()))
	look(t, d, false)
	w.replica().publish(happened{Lane: 3, Key: "a", N: 2}, ignored{happened{Lane: 3, Key: "a"}})
	d.HearNews("inventory.test", 3, 3, "ordering.test_ignored")
	look(t, d, false)
	must(t, d.Refresh(t.Context(), "inventory.test"))
	look(t, d, true)
	equal(t, "", w.check("inventory.test"))
}

// A lane of which another replica holds the cursor while it is stuck is left to it.
func TestALaneThatTheFirstReplicaHoldsIsLeftToIt(t *testing.T) {
	t.Parallel()
	w, d, _ := behind(t)
	first, err := w.dbs.Context("inventory").Begin(t.Context())
	must(t, err)
	_, err = first.Exec(t.Context(), "SELECT FROM inventory.outbox_cursor WHERE lane = 3 FOR UPDATE")
	must(t, err)
	for range 3 {
		look(t, d, false)
	}
	must(t, first.Rollback(t.Context()))
	must(t, d.Drain(t.Context()))
	equal(t, "", w.check("inventory.test"))
}

// Another replica goes first and does nothing: what is published is applied all the same.
func TestAFirstReplicaThatDoesNothingIsStoodInFor(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	d := w.replica().dispatcher(w.inventory())
	w.runs(d)
	alone := d.Behind("inventory.test")
	for n := range int64(5) {
		w.publish(happened{Lane: 3, Key: "a", N: n})
	}
	w.appliedIn(10*time.Second, "inventory.test", 5)
	alone()
	w.publish(happened{Lane: 3, Key: "a", N: 9})
	w.appliedIn(10*time.Second, "inventory.test", 6)
	equal(t, "", w.check("inventory.test"))
}

// Programs of two versions run beside each other and do not agree on who goes first: what is published is applied
// once and in order all the same.
func TestReplicasThatDisagreeOnWhoGoesFirstLoseNothing(t *testing.T) {
	t.Parallel()
	for name, beliefs := range map[string][]bool{ // whether each believes that it goes first
		"two go first":      {true, true},
		"nobody goes first": {false, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			for _, first := range beliefs {
				replica := w.replica()
				var opts []outbox.Option
				if first {
					opts = append(opts, outbox.WithoutNotify()) // it hears of nobody
				}
				d := replica.dispatcher(w.inventory(), opts...)
				if !first {
					d.Behind("inventory.test")
					if _, is := d.Others("inventory.test"); is {
						t.Fatal("it goes first")
					}
				}
				replica.runs(d)
			}
			for n := range int64(60) {
				w.publish(happened{Lane: ids.Lane(n % 5), Key: "a", N: n})
			}
			w.appliedIn(20*time.Second, "inventory.test", 60)
			equal(t, "", w.check("inventory.test"))
		})
	}
}

// Two replicas run, one is cut off and cannot say so: after a while the other one goes first with everything.
func TestAReplicaThatIsNotHeardForLongIsReplaced(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	role := fmt.Sprint("cut_off_", time.Now().UnixNano())
	admin, err := pgx.Connect(t.Context(), w.url)
	must(t, err)
	exec := func(sql string) {
		t.Helper()
		_, err := admin.Exec(context.WithoutCancel(t.Context()), sql)
		must(t, err)
	}
	exec("CREATE ROLE " + role + " LOGIN SUPERUSER")
	t.Cleanup(func() {
		exec("DROP ROLE " + role)
		must(t, admin.Close(context.Background()))
	})
	u, err := url.Parse(w.url)
	must(t, err)
	u.User = url.User(role)
	other := *w
	other.dbs = pgtest.Open(t, u.String())
	var subs []string
	for n := range 8 {
		subs = append(subs, fmt.Sprint("inventory.test", n))
	}
	run := func(w *world) *outbox.Dispatcher {
		var all outbox.Subscriptions
		for _, name := range subs {
			all.On(name, w.effects(name), outbox.Of[happened]())
		}
		d := w.dispatcher(&all, outbox.WithCompanyAge(time.Second))
		w.runs(d)
		return d
	}
	here, there := run(w), run(&other)
	knows := func(d *outbox.Dispatcher, others int) bool {
		n, _ := d.Others(subs[0])
		return n == others
	}
	w.until("they hear each other", func() bool { return knows(here, 1) && knows(there, 1) })
	exec("ALTER ROLE " + role + " NOLOGIN")
	exec("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = '" + role + "'")
	w.until("the other one is forgotten", func() bool { return knows(here, 0) })
	w.publish(happened{Lane: 3, Key: "a", N: 1})
	for _, name := range subs {
		w.appliedIn(20*time.Second, name, 1)
		if _, first := here.Others(name); !first {
			t.Errorf("nobody goes first with %s", name)
		}
	}
	exec("ALTER ROLE " + role + " LOGIN")
	w.until("it is back", func() bool { return knows(here, 1) && knows(there, 1) })
}

// A replica that stops says so, and nobody waits for it.
func TestAReplicaThatStopsSaysSo(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	here := w.replica().dispatcher(w.inventory(), outbox.WithCompanyAge(time.Hour))
	w.runs(here)
	ctx, stop := context.WithCancel(t.Context())
	there, ended := w.replica().dispatcher(w.inventory(), outbox.WithCompanyAge(time.Hour)), make(chan error, 1)
	go func() { ended <- there.Run(ctx) }()
	others := func() int { n, _ := here.Others("inventory.test"); return n }
	w.until("it is heard", func() bool { return others() == 1 })
	stop()
	must(t, <-ended)
	w.until("it is gone", func() bool { return others() == 0 })
}

// A process may be known by what it told before it could hear. When it can, it asks who is there, and everybody answers.
func TestWhoBeginsToHearIsAnsweredAlsoWhereItIsKnown(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.runs(w.replica().dispatcher(w.inventory(), outbox.WithCompanyAge(time.Hour)))
	w.hears(1)
	other, err := pgx.Connect(t.Context(), w.url)
	must(t, err)
	defer func() { _ = other.Close(context.WithoutCancel(t.Context())) }()
	does := func(sql string) {
		t.Helper()
		_, err := other.Exec(t.Context(), sql)
		must(t, err)
	}
	does("LISTEN maru_outbox")
	for _, says := range []string{"ordering", "hello", "hello,ordering"} {
		does("SELECT pg_notify('maru_outbox', 'another/ordering " + says + "')")
		ctx, stop := context.WithTimeout(t.Context(), 20*time.Second)
		for answered := false; !answered; {
			n, err := other.WaitForNotification(ctx)
			if err != nil {
				t.Fatalf("nobody answers %q: %v", says, err)
			}
			from, text, _ := strings.Cut(n.Payload, " ")
			here, _, _ := strings.Cut(text, ",")
			answered = from != "another/ordering" && (here == "echo" || here == "hello") // one may still be its own beginning
		}
		stop()
	}
}

// Contexts may be in one database by several addresses, as behind poolers. Their replicas hear each other
// several times over then, and still one of them goes first.
func TestOneReplicaGoesFirstAlsoWhereADatabaseHasSeveralAddresses(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	all := []string{"inventory.first", "stats.second"}
	for n := range 8 {
		all = append(all, fmt.Sprint("stats.more", n))
	}
	var replicas []*outbox.Dispatcher
	for range 3 {
		cfg := pgtest.Config(w.url)
		cfg.URLs["inventory"] = otherAddress(t, w.url)
		dbs, err := postgres.Open(t.Context(), cfg)
		must(t, err)
		t.Cleanup(dbs.Close)
		replica := *w
		replica.dbs = dbs
		subs := replica.chain(true)
		for _, more := range all[2:] {
			subs.On(more, func(context.Context, pgx.Tx, []outbox.Delivery) error { return nil }, outbox.Of[echoed]())
		}
		d := replica.dispatcher(subs)
		replica.runs(d)
		replicas = append(replicas, d)
	}
	first := map[string]int{}
	w.until("they hear each other", func() bool {
		clear(first)
		known := 0
		for _, d := range replicas {
			for _, subscription := range all {
				n, is := d.Others(subscription)
				if n >= len(replicas) {
					t.Fatalf("%s: %d others are known where there are %d", subscription, n, len(replicas)-1)
				}
				known += n
				if is {
					first[subscription]++
				}
			}
		}
		return known >= len(all)*len(replicas)*(len(replicas)-1)
	})
	for subscription, n := range first {
		if n != 1 {
			t.Errorf("%d replicas go first with %s", n, subscription)
		}
	}
	if len(first) != len(all) {
		t.Errorf("with only %d of %d subscriptions somebody goes first", len(first), len(all))
	}
}

// otherAddress is the same database by another address.
func otherAddress(t *testing.T, database string) string {
	t.Helper()
	u, err := url.Parse(database)
	must(t, err)
	query := u.Query()
	switch host := query.Get("host"); {
	case host != "":
		query.Set("host", host+"/")
		u.RawQuery = query.Encode()
	case u.Hostname() == "localhost":
		u.Host = "127.0.0.1:" + u.Port()
	default:
		t.Skip("only one address of the server is known")
	}
	return u.String()
}

func (w *world) appliedIn(most time.Duration, subscription string, n int) {
	w.t.Helper()
	for deadline := time.Now().Add(most); len(w.applied(subscription)) < n; {
		if time.Now().After(deadline) {
			w.t.Fatalf("%d of %d events are applied after %s", len(w.applied(subscription)), n, most)
		}
		time.Sleep(5 * time.Millisecond)
	}
}

// until waits until something holds that the program does in its own time.
func (w *world) until(what string, holds func() bool) {
	w.t.Helper()
	for deadline := time.Now().Add(20 * time.Second); !holds(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			w.t.Fatal("not in time: " + what)
		}
	}
}
