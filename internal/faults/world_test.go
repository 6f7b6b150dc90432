//go:build faults

package faults

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"maru/internal/app"
	"maru/internal/app/apptest"
	"maru/internal/demo"
	"maru/internal/kernel/businessday"
	"maru/internal/members"
	"maru/internal/platform/auth"
	"maru/internal/platform/outbox"
	"maru/internal/platform/postgres"
)

// world is a franchise on servers of its own, its replicas and its customers.
type world struct {
	t        testing.TB // the test that hears what goes wrong
	parent   testing.TB // the test with which the world ends
	dir      string
	server   *server
	second   *server            // for contexts that move
	servers  map[string]*server // by context
	replicas []*replica
	menus    map[string]menu
	storeID  map[string]string // by code
	start    map[string]uses   // what the stores had before the first customer
	crowd    *crowd
	outcome  *outcome // of the fault that goes on
	poisons  int      // how often events were poisoned
}

const replicas = 3

func newWorld(t testing.TB) *world {
	t.Helper()
	dir, err := os.MkdirTemp("", "maru-faults-")
	must(t, err)
	t.Cleanup(func() {
		if !t.Failed() {
			_ = os.RemoveAll(dir)
		}
	})
	w := &world{t: t, parent: t, dir: dir, server: newServer(t), servers: map[string]*server{}, menus: map[string]menu{}}
	for _, c := range postgres.Contexts {
		w.servers[c] = w.server
	}
	w.found()
	for n := range replicas {
		w.replicas = append(w.replicas, w.newReplica(fmt.Sprintf("r%d", n)))
	}
	var starting sync.WaitGroup
	for _, r := range w.replicas {
		starting.Go(r.start)
	}
	starting.Wait()
	for _, store := range loadStores {
		var m menu
		status, answer := send(t.Context(), w.replicas[0].address, http.MethodGet, "/stores/"+store+"/menu", w.replicas[0].token(t.Context()), nil)
		if status != http.StatusOK || json.Unmarshal(answer, &m) != nil {
			t.Fatalf("the menu of %s answers %d", store, status)
		}
		w.menus[store] = m
	}
	w.crowd = w.newCrowd()
	for _, store := range loadStores {
		all := uses{}
		for m := range plenty {
			if store != scarce || m != "oat-milk" {
				all[m] = 100_000_000_000
			}
		}
		w.crowd.deliver(store, all)
	}
	w.start = w.openings()
	w.crowd.onSale()
	w.crowd.firstLimits()
	return w
}

// found founds the demo's franchise with its opening stock, by a program in this process.
func (w *world) found() {
	w.t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	cfg := postgres.OneServer(urlAt(w.server.address(), database))
	cfg.Log = slog.New(slog.DiscardHandler)
	must(w.t, postgres.Migrate(ctx, cfg))
	a, err := app.Open(ctx, app.Options{
		Databases: cfg, Secrets: [][]byte{[]byte(apptest.Secret)}, HashesAtOnce: 2, Log: slog.New(slog.DiscardHandler),
		Web: app.WebOptions{Insecure: true, Secure: func(*http.Request) bool { return false }, Zone: time.UTC},
	})
	must(w.t, err)
	defer a.Close()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	must(w.t, err)
	ended := make(chan error, 1)
	go func() { ended <- a.Run(ctx, listener) }()
	must(w.t, a.Dispatcher.Ready(ctx))
	c := demo.Contexts{Members: a.Members, Catalog: a.Catalog, Inventory: a.Inventory, Drain: a.Dispatcher.Drain}
	_, err = demo.Found(ctx, c)
	must(w.t, err)
	w.endDaysSoon(a.Members)
	must(w.t, demo.OpenStock(ctx, c))
	cancel()
	must(w.t, <-ended)
}

// endDaysSoon lets the business day of the stores with limits end in half an hour, at whatever time the suite
// runs: a clock that is an hour ahead is then in the next one.
func (w *world) endDaysSoon(stores *members.Service) {
	w.t.Helper()
	const morning = 5 // a business day ends before noon, so the stores are where it is morning now
	now := time.Now().UTC()
	east := (morning-now.Hour()+36)%24 - 12
	for _, code := range []string{neverOut, oftenOut} {
		m, err := stores.StoreMaster(w.t.Context(), auth.System("faults"), code)
		must(w.t, err)
		card := m.StoreCard
		card.TimeZone = fmt.Sprintf("Etc/GMT%+d", -east) // these names count to the west
		card.Cutoff = businessday.Cutoff(morning*60 + now.Minute() + 30)
		_, err = stores.ChangeStore(w.t.Context(), auth.System("faults"), members.ChangeStore{ID: m.ID, StoreCard: card})
		must(w.t, err)
	}
}

// retryParked tries everything again that is parked and not poison, as somebody at headquarters would.
func (w *world) retryParked() {
	w.t.Helper()
	cfg := postgres.OneServer("")
	for _, c := range postgres.Contexts {
		cfg.URLs[c] = urlAt(w.servers[c].address(), database)
	}
	cfg.Log = slog.New(slog.DiscardHandler)
	a, err := app.Open(w.t.Context(), app.Options{
		Databases: cfg, Secrets: [][]byte{[]byte(apptest.Secret)}, HashesAtOnce: 2, Log: slog.New(slog.DiscardHandler),
		Web: app.WebOptions{Insecure: true, Secure: func(*http.Request) bool { return false }, Zone: time.UTC},
	})
	must(w.t, err)
	defer a.Close()
	must(w.t, retry(w.t, patience, func() error {
		parked, err := a.Dispatcher.Parked(w.t.Context())
		if err != nil {
			return err
		}
		for _, p := range parked {
			if strings.HasPrefix(p.Key, "poison") {
				continue
			}
			if err := a.Dispatcher.Retry(w.t.Context(), p.Subscription, p.Key); err != nil && !errors.Is(err, outbox.ErrNotParked) {
				return err
			}
		}
		return nil
	}))
}

// retryAllParked is retryParked once every round that had begun has ended: one that goes through hundreds of
// events by themselves parks them seconds after they failed.
func (w *world) retryAllParked() {
	w.t.Helper()
	w.crowd.pause()
	defer w.crowd.resume()
	w.settle()
	w.retryParked()
}

// settle waits until all cursors are at their heads, and the checks find nothing wrong. The customers have to
// be paused.
func (w *world) settle(checks ...func() []string) {
	w.t.Helper()
	must(w.t, retry(w.t, patience, func() error {
		wrong := w.settled()
		for _, check := range checks {
			wrong = append(wrong, check()...)
		}
		if len(wrong) > 0 {
			return errors.New(firstLines(wrong, 12))
		}
		return nil
	}))
}

// openings reads the opening stock and the ids of the stores, which customers do not know.
func (w *world) openings() map[string]uses {
	w.t.Helper()
	w.storeID = map[string]string{}
	for _, row := range query[struct{ Code, ID string }](w, "ordering", "SELECT code, store_id::text FROM ordering.store") {
		w.storeID[row.Code] = row.ID
	}
	all := map[string]uses{}
	for code := range w.storeID {
		all[code] = uses{}
	}
	for _, row := range query[struct {
		Store, Material string
		Milli           int64
	}](w, "inventory", `
		SELECT l.store_id::text, m.code, sum(l.milli)::bigint FROM inventory.ledger l JOIN inventory.material m USING (material_id)
		WHERE l.reason = 'opening' GROUP BY 1, 2`) {
		for code, id := range w.storeID {
			if id == row.Store {
				all[code][row.Material] = row.Milli
			}
		}
	}
	return all
}

// arm makes the failpoints of all replicas do what the rules say. Of rounds that is how one is met: only the
// replica that goes first with a subscription has them, and nobody knows which one that is.
func (w *world) arm(rules ...string) {
	w.t.Helper()
	for _, r := range w.replicas {
		r.arm(rules...)
	}
}

func (w *world) disarm() { w.arm() }

// fired returns the rules that have acted in any replica.
func (w *world) fired() (lines []string) {
	w.t.Helper()
	for _, r := range w.replicas {
		lines = append(lines, r.fired()...)
	}
	return lines
}

// awaitTwice waits until a rule has acted twice.
func (w *world) awaitTwice(rule string) {
	w.t.Helper()
	must(w.t, retry(w.t, patience, func() error {
		times := 0
		for _, line := range w.fired() {
			if line == rule {
				times++
			}
		}
		if times < 2 {
			return fmt.Errorf("%q has acted only %d times", rule, times)
		}
		return nil
	}))
}

// everyReplicaReady waits until all replicas serve.
func (w *world) everyReplicaReady() {
	w.t.Helper()
	var all sync.WaitGroup
	for _, r := range w.replicas {
		all.Go(r.awaitReady)
	}
	all.Wait()
}

// acknowledged waits until n more orders are acknowledged.
func (w *world) acknowledged(n int64) {
	w.t.Helper()
	until := w.crowd.acks.Load() + n
	must(w.t, retry(w.t, patience, func() error {
		if got := w.crowd.acks.Load(); got < until {
			return fmt.Errorf("%d orders are still to be acknowledged: is nobody serving?", until-got)
		}
		return nil
	}))
}

// heal waits until everything is right again, and returns how long it took since the fault ended. The
// customers pause meanwhile, so that the tables stand still.
func (w *world) heal() time.Duration {
	w.t.Helper()
	began := time.Now()
	w.everyReplicaReady()
	return w.healOthers(began)
}

// healOthers is heal while some replicas may not be there.
func (w *world) healOthers(began time.Time) time.Duration {
	w.t.Helper()
	w.crowd.pause()
	defer w.crowd.resume()
	var wrong []string
	err := retry(w.t, patience, func() error {
		if wrong = w.check(); len(wrong) > 0 {
			return errors.New(firstLines(wrong, 12))
		}
		return nil
	})
	took := time.Since(began)
	w.outcome.count(wrong)
	if err != nil {
		w.t.Fatalf("not right %s after the fault ended:\n%v\nthe end of the log of %s:\n%s", took.Round(time.Millisecond), err, w.replicas[0].name, w.replicas[0].logTail())
	}
	return took
}

func firstLines(lines []string, n int) string {
	text := ""
	for i, l := range lines {
		if i == n {
			return text + fmt.Sprintf("… and %d more\n", len(lines)-n)
		}
		text += l + "\n"
	}
	return text
}

// maru runs a command of the program on the databases, and returns what it prints.
func (w *world) maru(args ...string) string {
	w.t.Helper()
	out, err := w.command(nil, args...).CombinedOutput()
	if err != nil {
		w.t.Fatalf("maru %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return string(out)
}

// command is a command of the program on the databases, as somebody runs it beside the replicas.
func (w *world) command(env []string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(w.t.Context(), program, args...)
	cmd.Env = append(env,
		"PATH="+os.Getenv("PATH"), "HOME="+os.Getenv("HOME"), "TMPDIR="+os.TempDir(), "LANG=en_US.UTF-8", "MARU_LOG_LEVEL=error",
		"DATABASE_URL="+urlAt(w.servers["members"].address(), database),
	)
	for _, c := range postgres.Contexts {
		cmd.Env = append(cmd.Env, "MARU_DB_"+strings.ToUpper(c)+"="+urlAt(w.servers[c].address(), database))
	}
	return cmd
}
