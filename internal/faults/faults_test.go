//go:build faults

package faults

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"maru/internal/platform/devpg"
	"maru/internal/platform/postgres"
)

// fault is one way in which things go wrong. It returns, with the fault over, how often it happened.
type fault struct {
	name string
	do   func(w *world, r *rand.Rand, healed func()) (times int)
}

// all is every fault; in each, customers and suppliers are at work.
var all = []fault{
	{"a replica is killed at random (kill -9)", killAtRandom},
	{"a replica is killed at every failpoint", killAtFailpoints},
	{"a statement fails, a transaction fails, a round fails", failAtFailpoints},
	{"replicas are stopped within transactions and go on later", stopInTransactions},
	{"PostgreSQL is stopped at once (immediate) and started", crashServer},
	{"one session's process is killed (kill -9): all sessions end", killBackend},
	{"sessions are ended (pg_terminate_backend)", terminateSessions},
	{"connections are cut anywhere", cutConnections},
	{"connections are slow and in pieces", slowConnections},
	{"the answer to a COMMIT is lost", loseCommits},
	{"all notifications are lost", loseNotifications},
	{"the disk of the database is full", fillDisk},
	{"no connections are left", exhaustConnections},
	{"everything is restarted at once", restartEverything},
	{"clocks jump an hour ahead and an hour back", jumpClocks},
	{"events that cannot be read or applied", poison},
	{"maru events retry is killed at every failpoint", killRetry},
	{"an unrelated transaction stays open", longTransaction},
	{"no partition is left", loseRunway},
	{"a newer program comes, replica by replica, and is taken back", rollOut},
	{"stats moves to another server while everything goes on", moveStats},
	{"inventory moves to another server, replicas stopped", moveInventory},
	{"the server of inventory is down while orders go on", stopInventory},
}

func TestFaults(t *testing.T) {
	began := time.Now()
	result := &table{}
	defer result.print(t)
	r := rand.New(rand.NewPCG(*seed, 77))
	var w *world
	for n := 0; ; n++ {
		var f fault
		switch {
		case n < len(all):
			f = all[n]
		case time.Since(began) < *runFor:
			f = all[r.IntN(len(all)-3)] // servers move once
		default:
			t.Run("in the end all cursors are at their heads", func(t *testing.T) {
				w.in(t)
				w.crowd.pause()
				defer w.crowd.resume()
				w.settle(w.check)
			})
			t.Logf("seed %d: %d orders acknowledged, %d of them carts of registers, %d refused as sold out, %d requests sent again, %d documents of stock, %s",
				*seed, w.crowd.acks.Load(), w.crowd.sold.Load(), w.crowd.refused.Load(), w.crowd.again.Load(), len(w.crowd.documents), time.Since(began).Round(time.Second))
			return
		}
		if w == nil {
			w = newWorld(t)
			w.crowd.begin()
		}
		fine := t.Run(strings.ReplaceAll(f.name, " ", "_"), func(t *testing.T) {
			w.in(t)
			o := &outcome{fault: f.name, failed: true}
			result.lines = append(result.lines, o)
			w.endure(f, rand.New(rand.NewPCG(*seed, uint64(n))), o)
		})
		if !fine { // what is wrong stays wrong: the others get a world of their own
			w.crowd.stop()
			w = nil
		}
	}
}

// in makes t the test that hears what goes wrong from now on.
func (w *world) in(t *testing.T) {
	w.t = t
	for _, r := range w.replicas {
		r.t = t
		for _, wire := range r.wires {
			wire.t = t
		}
	}
	for _, s := range w.servers {
		s.t = t
	}
}

// endure lets the fault happen and waits until everything is right again.
func (w *world) endure(f fault, r *rand.Rand, o *outcome) {
	w.outcome = o
	began := time.Now()
	acks, again := w.crowd.acks.Load(), w.crowd.again.Load()
	defer func() {
		o.orders, o.again = w.crowd.acks.Load()-acks, w.crowd.again.Load()-again
		w.t.Logf("%s: %d times in %s, healed in %v", f.name, o.times, time.Since(began).Round(10*time.Millisecond), o.healed)
	}()
	w.acknowledged(10)
	healed := func() { o.healed = append(o.healed, w.heal()) }
	defer func() {
		if p := recover(); p != nil {
			skip, isSkip := p.(skipped)
			if !isSkip {
				panic(p)
			}
			o.skipped, o.failed = string(skip), false
			w.t.Skip(string(skip))
		}
	}()
	o.times = f.do(w, r, healed)
	healed()
	o.failed = false
}

// skipped is what a fault panics with that cannot be tried on this machine.
type skipped string

func (w *world) any(r *rand.Rand) *replica { return w.replicas[r.IntN(len(w.replicas))] }

func killAtRandom(w *world, r *rand.Rand, healed func()) int {
	const times = 6
	for n := range times {
		w.acknowledged(int64(5 + r.IntN(30)))
		victim := w.any(r)
		victim.kill()
		victim.launch()
		if n%3 == 2 {
			healed()
		}
		victim.awaitReady()
	}
	return times
}

// failpoints are the points that the replicas reach while the customers are at work, found by looking until those
// that must be among them are. What follows on a material running out is rare.
func (w *world) failpoints(must ...string) (points []string) {
	w.t.Helper()
	for _, r := range w.replicas {
		_ = os.Remove(r.rules + ".reached")
	}
	w.arm("record")
	missing := must
	for n := 0; n == 0 || n < 10 && len(missing) > 0; n++ {
		w.acknowledged(150)
		for _, r := range w.replicas {
			points = append(points, r.reached()...)
		}
		missing = slices.DeleteFunc(slices.Clone(must), func(m string) bool {
			return slices.ContainsFunc(points, func(p string) bool { return strings.HasPrefix(p, m) })
		})
	}
	if len(missing) > 0 {
		w.t.Errorf("failpoints were not reached: %v", missing)
	}
	w.disarm()
	slices.Sort(points)
	return slices.Compact(points)
}

// killAtFailpoints kills a replica wherever a replica was seen to be, one place after the other, while
// the one before comes back.
//
// Without -faults.for it goes to all points in the code and to some of those before statements.
func killAtFailpoints(w *world, r *rand.Rand, healed func()) int {
	points := w.failpoints(
		"intake.before-write", "intake.after-write", "tx.begin/ordering", "tx.before-commit/inventory", "tx.after-commit/ordering",
		"round.after-claim/inventory.stock", "round.handle/inventory.stock", "round.after-handle/stats.sales", "round.before-move/inventory.stock",
		"round.after-commit/ordering.availability", "notify.before-send",
	)
	if len(points) < 60 {
		w.t.Errorf("only %d failpoints were reached: %v", len(points), points)
	}
	if *runFor == 0 {
		points = slices.DeleteFunc(points, func(p string) bool {
			return strings.HasPrefix(p, "sql.") && r.IntN(4) > 0
		})
	}
	for _, r := range w.replicas {
		r.seen = len(r.fired())
	}
	killed, rare := 0, []string{}
	for n, point := range points {
		w.relaunch() // a rule may have acted as it was taken away
		victims := whoReaches(point, w.replicas[n%len(w.replicas)], w.replicas)
		rule := fmt.Sprintf("%s=kill id=%d", point, n)
		for _, victim := range victims {
			victim.awaitReady()
			victim.arm(rule)
		}
		if awaitFired(w.t, victims, rule, 8*time.Second) == nil {
			rare = append(rare, point)
			w.relaunch()
			continue
		}
		killed++
		w.relaunch()
		w.noMarks()
		if n%10 == 9 {
			healed()
		}
	}
	w.t.Logf("killed at %d points; not reached again in time: %v", killed, rare)
	if killed < len(points)*3/4 {
		w.t.Errorf("only %d of %d failpoints were reached a second time", killed, len(points))
	}
	return killed
}

// whoReaches returns the replicas that may come to a point: one will do, but only the one that goes first with
// a subscription has rounds of it, and what is written in rounds alone is written there.
func whoReaches(point string, one *replica, all []*replica) []*replica {
	if strings.HasPrefix(point, "round.") || inRounds.MatchString(point) {
		return all
	}
	return []*replica{one}
}

// inRounds are the statements that only rounds have: those on cursors and marks, and all of contexts that do
// nothing else.
var inRounds = regexp.MustCompile(`\.outbox_(cursor|mark|parked)|-(stats|audit)\.`)

// relaunch takes all rules away, and starts replicas at which one acted.
func (w *world) relaunch() {
	w.disarm()
	for _, r := range w.replicas {
		if fired := r.fired(); len(fired) > r.seen {
			r.seen = len(fired)
			<-r.ended
			r.launch()
		}
	}
}

// noMarks waits until what the killed replica was in the middle of has been done by others: an event
// during which three processes die in a row is taken for the cause, and parked. A replica that had a lane before
// does not look for marks, and leaves those that it passes.
func (w *world) noMarks() {
	w.t.Helper()
	must(w.t, retry(w.t, patience, func() error {
		for _, c := range postgres.Contexts {
			rows, err := tryQuery[struct{ Subscription string }](w, c, fmt.Sprintf(`
				SELECT m.subscription FROM %[1]s.outbox_mark m JOIN %[1]s.outbox_cursor c USING (lane, subscription)
				WHERE m.at < now() - interval '200 ms' AND m.upto > c.pos`, c))
			if err != nil {
				return err
			}
			if len(rows) > 0 {
				return fmt.Errorf("%s does not finish what was left", rows[0].Subscription)
			}
		}
		return nil
	}))
}

// failAtFailpoints makes statements and rounds fail instead of killing the program.
func failAtFailpoints(w *world, r *rand.Rand, _ func()) int {
	points := w.failpoints()
	r.Shuffle(len(points), func(i, j int) { points[i], points[j] = points[j], points[i] })
	fired := 0
	for n := 0; n+2 < len(points) && n < 60; n += 3 {
		rules := map[*replica][]string{}
		for i, one := range w.replicas {
			// A handler's own error is the event's fault and parks it: that is what poison is about.
			if point := points[n+i]; !strings.HasPrefix(point, "round.handle") {
				for _, victim := range whoReaches(point, one, w.replicas) {
					rules[victim] = append(rules[victim], fmt.Sprintf("%s=error id=e%d.%d", point, n, i))
				}
			}
		}
		for victim, rules := range rules {
			victim.arm(rules...)
		}
		w.acknowledged(12)
		w.disarm()
	}
	for _, line := range w.fired() {
		if strings.Contains(line, " id=e") {
			fired++
		}
	}
	return fired
}

// stopInTransactions stops two of the three replicas while they hold a transaction with effects in it.
// Everything must come right while they are stopped: the server ends their sessions, others take their
// lanes over. When they go on, half a minute later the last time, what they were about to commit must
// not be committed, and nothing may be doubled.
func stopInTransactions(w *world, _ *rand.Rand, healed func()) int {
	rounds := [][]string{
		{"round.before-move/inventory.stock", "sql.after/SetOrderStatus"}, // many a transaction of ordering writes nothing
		{"round.after-handle/stats.sales", "tx.before-commit/inventory"},
	}
	for n, points := range rounds {
		began := time.Now()
		held := map[string]bool{}
		var asleep []*replica
		for _, point := range points {
			running := slices.DeleteFunc(slices.Clone(w.replicas), func(r *replica) bool { return slices.Contains(asleep, r) })
			asleep = append(asleep, w.stopHolding(running, point, fmt.Sprintf("s%d", n), held))
			began = time.Now()
		}
		must(w.t, retry(w.t, patience, func() error {
			if left := w.notAborted(held); len(left) > 0 {
				return fmt.Errorf("transactions of stopped replicas, by number: %v", left)
			}
			return nil
		}))
		freed := time.Since(began)
		w.acknowledged(20)
		w.healOthers(began)
		w.t.Logf("stopped at %v: their lanes were free after %s, all was right after %s", points, freed.Round(time.Millisecond), time.Since(began).Round(time.Millisecond))
		for n == len(rounds)-1 && time.Since(began) < *stopped {
			w.acknowledged(1)
		}
		for _, r := range asleep {
			r.signal(syscall.SIGCONT)
			r.avoid.Store(0)
		}
		healed()
		w.t.Logf("stopped for %s", time.Since(began).Round(time.Millisecond))
	}
	return 2 * len(rounds)
}

// stopHolding stops one of the replicas at a point with a transaction that has written something, and adds
// that and others like it to held. Where the replica was there with nothing in its hands, because others had
// all the lanes, it goes on and is stopped anew.
func (w *world) stopHolding(running []*replica, point, id string, held map[string]bool) *replica {
	w.t.Helper()
	before := len(held)
	for try := range 8 {
		rule := fmt.Sprintf("%s=stop id=%s.%d", point, id, try)
		candidates := whoReaches(point, running[0], running)
		for _, r := range candidates {
			r.arm(rule)
		}
		victim := awaitFired(w.t, candidates, rule, patience)
		if victim == nil {
			w.t.Fatalf("%s is not reached", point)
		}
		for _, r := range candidates {
			r.disarm()
			if r != victim {
				r.signal(syscall.SIGCONT) // it may have come there too
			}
		}
		victim.awaitStopped()
		err := retry(w.t, 2500*time.Millisecond, func() error {
			w.addHeld(held)
			if len(held) == before {
				return errors.New("no transaction is held")
			}
			return nil
		})
		if err == nil {
			return victim
		}
		victim.signal(syscall.SIGCONT)
	}
	w.t.Fatalf("%s is never reached with a transaction", point)
	return nil
}

// addHeld adds the transactions that have written something and have been silent for longer than any
// replica at work is.
func (w *world) addHeld(held map[string]bool) {
	w.t.Helper()
	type row struct{ XID string }
	for _, r := range query[row](w, "ordering", `
		SELECT backend_xid::text FROM pg_stat_activity
		WHERE application_name LIKE 'maru/%' AND state = 'idle in transaction' AND backend_xid IS NOT NULL AND state_change < now() - interval '1500 ms'`) {
		held[r.XID] = true
	}
}

// notAborted returns what became of those transactions that were not undone.
func (w *world) notAborted(xids map[string]bool) []string {
	w.t.Helper()
	type row struct{ Status string }
	var left []string
	for _, r := range query[row](w, "ordering", `
		SELECT x || ' ' || pg_xact_status(x::xid8) FROM unnest($1::text[]) AS x WHERE pg_xact_status(x::xid8) <> 'aborted'`, slices.Sorted(maps.Keys(xids))) {
		left = append(left, r.Status)
	}
	return left
}

func crashServer(w *world, r *rand.Rand, healed func()) int {
	const times = 3
	for range times {
		w.acknowledged(int64(5 + r.IntN(30)))
		w.server.crash()
		w.server.start()
		healed()
	}
	return times
}

func killBackend(w *world, r *rand.Rand, healed func()) int {
	const times = 3
	for range times {
		w.acknowledged(int64(5 + r.IntN(30)))
		pids := query[struct{ PID int }](w, "ordering", `
			SELECT pid FROM pg_stat_activity WHERE application_name LIKE 'maru/%' ORDER BY state = 'idle', random() LIMIT 1`)
		if len(pids) > 0 {
			_ = syscall.Kill(pids[0].PID, syscall.SIGKILL) // it may have ended
		}
		healed()
	}
	return times
}

func terminateSessions(w *world, _ *rand.Rand, _ func()) int {
	const times = 25
	for range times {
		w.acknowledged(2)
		w.server.exec(`SELECT pg_terminate_backend(pid) FROM (
			SELECT pid FROM pg_stat_activity WHERE application_name LIKE 'maru/%' ORDER BY state = 'idle', random() LIMIT 3) s`)
	}
	return times
}

func cutConnections(w *world, r *rand.Rand, healed func()) int {
	times := 0
	for range 4 { // the network of one replica is gone for a while
		victim := w.any(r)
		victim.wires["ordering"].cut()
		w.acknowledged(int64(5 + r.IntN(10)))
		victim.wires["ordering"].mend()
		times++
	}
	healed()
	for range 6 { // connections end in the middle of a message
		wire := w.any(r).wires["ordering"]
		direction := []string{"upstream", "downstream"}[r.IntN(2)]
		remove := wire.with("limit_data", direction, fmt.Sprintf(`{"bytes":%d}`, 300+r.IntN(9000)))
		w.acknowledged(int64(8 + r.IntN(10)))
		remove()
		wire.cut() // what hangs in the library's cut connections goes too
		wire.mend()
		times++
	}
	return times
}

func slowConnections(w *world, r *rand.Rand, _ func()) int {
	for n, victim := range w.replicas {
		wire := victim.wires["ordering"]
		if n%2 == 0 {
			defer wire.with("latency", "downstream", `{"latency":60,"jitter":60}`)()
		} else {
			defer wire.with("slicer", "upstream", fmt.Sprintf(`{"average_size":%d,"size_variation":20,"delay":200}`, 40+r.IntN(100)))()
		}
	}
	w.acknowledged(60)
	return len(w.replicas)
}

func loseCommits(w *world, r *rand.Rand, healed func()) int {
	lost := int64(0)
	for range 3 {
		for _, victim := range w.replicas {
			victim.wires["ordering"].loseCommits.Store(int64(3 + r.IntN(5)))
		}
		w.acknowledged(30)
		for _, victim := range w.replicas {
			wire := victim.wires["ordering"]
			wire.loseCommits.Store(0)
			lost += wire.lost.Swap(0)
		}
		healed()
	}
	if lost < 10 {
		w.t.Errorf("only %d answers were lost", lost)
	}
	return int(lost)
}

// loseNotifications lets everything through but notifications: replicas believe that they would hear.
func loseNotifications(w *world, _ *rand.Rand, healed func()) int {
	for _, victim := range w.replicas {
		victim.wires["ordering"].deaf.Store(true)
	}
	w.acknowledged(60)
	healed()
	for _, victim := range w.replicas {
		victim.wires["ordering"].deaf.Store(false)
	}
	return 1
}

func fillDisk(w *world, _ *rand.Rand, healed func()) int {
	if !w.server.mounted {
		panic(skipped("a disk of its own cannot be mounted here: it takes root, in a container also the capability to mount"))
	}
	const times = 2
	for range times {
		filler := filepath.Join(w.server.dir, "filler")
		must(w.t, fill(filler))
		// Orders may be refused now, or go on for as long as there is room in pages and log.
		full := 0
		must(w.t, retry(w.t, patience, func() error {
			err := w.server.tryExec("CREATE TABLE IF NOT EXISTS public.ballast (x text); INSERT INTO public.ballast SELECT repeat('x', 1000) FROM generate_series(1, 30000)")
			if err != nil {
				full++
			}
			if full < 100 && w.server.running() {
				return errors.New("the disk is not full for long enough")
			}
			return nil
		}))
		must(w.t, os.Remove(filler))
		if !w.server.running() { // it may give up when it cannot write its log; then its supervisor starts it again
			w.server.stop()
			w.server.start()
		}
		healed()
		w.server.exec("DROP TABLE IF EXISTS public.ballast")
	}
	return times
}

// fill writes until the disk is full.
func fill(path string) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }()
	for size := 1 << 20; size > 0; {
		if _, err := f.Write(make([]byte, size)); errors.Is(err, syscall.ENOSPC) {
			size /= 16
		} else if err != nil {
			return err
		}
	}
	return nil
}

func exhaustConnections(w *world, _ *rand.Rand, healed func()) int {
	const times = 2
	for range times {
		var hogs []*pgx.Conn
		ended := 0
		for {
			conn, err := w.server.connect(database)
			if err == nil {
				hogs = append(hogs, conn)
				continue
			}
			if ended == 2 { // what the program's pools gave up is taken too
				break
			}
			ended++
			_, _ = hogs[0].Exec(w.t.Context(), "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'maru/%'")
		}
		noticed := w.crowd.again.Load() + customers
		must(w.t, retry(w.t, patience, func() error {
			if w.crowd.again.Load() < noticed {
				return errors.New("nobody notices that there are no connections")
			}
			return nil
		}))
		for _, conn := range hogs {
			closeConn(conn)
		}
		healed()
	}
	return times
}

func restartEverything(w *world, r *rand.Rand, healed func()) int {
	const times = 2
	for range times {
		w.acknowledged(int64(5 + r.IntN(20)))
		for _, victim := range w.replicas {
			_ = victim.cmd.Process.Kill()
		}
		w.server.crash()
		for _, victim := range w.replicas {
			<-victim.ended
			victim.launch() // before there is a database
		}
		w.server.start()
		healed()
	}
	return times
}

func jumpClocks(w *world, _ *rand.Rand, healed func()) int {
	jumps := [][]string{{"1h", "-1h", "0s"}, {"-1h", "1h", "1h"}, {"0s", "0s", "-1h"}}
	for _, clocks := range jumps {
		for n, victim := range w.replicas {
			victim.arm("clock=" + clocks[n])
		}
		// Some replicas are in the next business day already, in which there are no limits yet.
		for range 4 {
			w.acknowledged(10)
			w.crowd.raise(neverOut, 1)
			w.crowd.raise(oftenOut, 1)
		}
		w.replicas[0].kill()
		w.replicas[0].launch()
		healed()
	}
	w.disarm()
	return len(jumps)
}

// rollOut replaces one replica after the other by a program whose events the others do not know yet, and takes it back.
// Whoever goes first with a subscription, those events wait for a newer program, of which there is one, or will be.
func rollOut(w *world, _ *rand.Rand, healed func()) int {
	root, err := filepath.Abs("../..")
	must(w.t, err)
	next, err := buildProgram(w.t.Context(), w.t.TempDir(), "-overlay="+overlay(w.t, root, newer...))
	must(w.t, err)
	for _, r := range w.replicas {
		r.become(next)
		w.acknowledged(40)
		healed()
	}
	last := w.replicas[0]
	for _, r := range w.replicas[1:] {
		r.become(program)
	}
	w.acknowledged(40)
	healed()

	// The last newer one dies with work in its hands: the others take orders, and leave what they do not know to whoever does.
	w.acknowledged(20)
	last.arm("round.before-move/inventory.stock=kill id=newer", "round.handle/stats.sales=kill id=newer", "tx.after-commit/ordering=kill id=newer")
	<-last.ended
	last.disarm()
	w.acknowledged(40)
	last.launch()
	healed()

	// Before it is taken back everything that it published is applied, the trail as well.
	last.avoid.Store(time.Now().Add(patience).UnixNano())
	w.crowd.pause()
	w.settle()
	w.crowd.resume()
	last.become(program)
	last.avoid.Store(0)
	w.acknowledged(20)
	type row struct{ Version, N int }
	seen := map[int]int{}
	for _, r := range query[row](w, "ordering", "SELECT version::int, count(*)::int FROM ordering.outbox WHERE kind = 'ordering.order_accepted' GROUP BY 1") {
		seen[r.Version] = r.N
	}
	if seen[2] < 20 || seen[1] < 20 {
		w.t.Errorf("events of orders by version: %v", seen)
	}
	return 2 * len(w.replicas)
}

// publish puts an event into ordering's outbox as a program of another version, or a mistake, might.
func (w *world) publish(lane int, kind string, version int, key, payload string) {
	w.t.Helper()
	conn, err := w.servers["ordering"].connect(database)
	must(w.t, err)
	defer closeConn(conn)
	must(w.t, pgx.BeginFunc(w.t.Context(), conn, func(tx pgx.Tx) error {
		var pos int64
		if err := tx.QueryRow(w.t.Context(), "UPDATE ordering.outbox_head SET pos = pos + 1 WHERE lane = $1 RETURNING pos", lane).Scan(&pos); err != nil {
			return err
		}
		_, err := tx.Exec(w.t.Context(), `INSERT INTO ordering.outbox (lane, pos, day, kind, version, key, payload, trace, at)
			VALUES ($1, $2, current_date, $3, $4, $5, $6, '', now())`, lane, pos, kind, version, key, payload)
		return err
	}))
}

// lanesOfNobody are lanes in which no store publishes.
func (w *world) lanesOfNobody() []int {
	taken := map[int]bool{}
	for _, row := range query[struct{ Lane int }](w, "ordering", "SELECT lane::int FROM ordering.store") {
		taken[row.Lane] = true
	}
	var free []int
	for lane := range 256 {
		if !taken[lane] {
			free = append(free, lane)
		}
	}
	return free
}

// poison: what cannot be read is parked and stops nothing else; what a newer program wrote waits for
// one; an event at which a handler panics or fails is parked with those behind it, and comes right when
// it is tried again.
func poison(w *world, _ *rand.Rand, healed func()) int {
	w.poisons++
	lanes := w.lanesOfNobody()
	events := []struct {
		kind, payload string
		version       int
		parked        bool
	}{
		{"ordering.never_heard_of", `{"a": 1}`, 1, false},
		{"ordering.order_accepted", `{"order_id": "019aa000-0000-7000-8000-000000000000"}`, 0, true},
		{"ordering.order_accepted", `["not", "an", "order"]`, 1, true},
		{"ordering.order_cancelled", `{"order_id": 17}`, 1, true},
		{"ordering.order_accepted", `{"of": "a later program"}`, 99, false},
	}
	key := func(n int) string { return fmt.Sprintf("poison %d of %d", n, w.poisons) }
	for n, e := range events {
		w.publish(lanes[n], e.kind, e.version, key(n), e.payload)
		w.acknowledged(5)
	}
	healed()
	must(w.t, retry(w.t, patience, func() error {
		for n, e := range events {
			for _, s := range []string{"inventory.stock", "stats.sales"} {
				context, _, _ := strings.Cut(s, ".")
				type row struct{ Lane int }
				rows := query[row](w, context, "SELECT lane::int FROM "+context+".outbox_parked WHERE key = $1 AND subscription = $2", key(n), s)
				if (len(rows) > 0) != e.parked {
					return fmt.Errorf("%s version %d is parked %d times by %s", e.kind, e.version, len(rows), s)
				}
			}
		}
		return nil
	}))
	// The later program comes, and takes it as something of its own.
	w.servers["ordering"].exec("UPDATE ordering.outbox SET version = 1, kind = 'ordering.never_heard_of' WHERE version = 99")

	for _, rule := range []string{"inventory.stock=panic", "stats.sales=error", "inventory.stock=error"} {
		rule = fmt.Sprintf("round.handle/%s times=2 id=p%d", rule, w.poisons)
		w.arm(rule)
		w.awaitTwice(rule)
	}
	w.acknowledged(20)
	w.disarm()
	w.retryAllParked()
	return len(events) + 3
}

// killRetry parks real events and has somebody apply them once more, whose program is killed wherever it
// was seen to be, while the replicas are at work.
func killRetry(w *world, r *rand.Rand, healed func()) int {
	rules := filepath.Join(w.dir, "retry.rules")
	retryAll := func(name, rule string) (killed bool) {
		w.park(name)
		must(w.t, os.WriteFile(rules, []byte(rule), 0o600))
		out, err := w.command([]string{"MARU_FAILPOINTS=@" + rules}, "events", "retry", "--all", "inventory.stock").CombinedOutput()
		var exit *exec.ExitError
		if errors.As(err, &exit) && exit.Sys().(syscall.WaitStatus).Signal() == syscall.SIGKILL {
			return true
		}
		if err != nil && !strings.Contains(string(out), "keys failed again") { // poison that is parked still fails
			w.t.Fatalf("maru events retry: %v\n%s", err, out)
		}
		return false
	}
	retryAll("found", "record")
	points := slices.DeleteFunc(linesOf(w.t, rules+".reached"), func(p string) bool { return strings.HasPrefix(p, "sql.") && strings.Contains(p, "Migration") })
	for _, must := range []string{"round.handle/inventory.stock", "retry.before-commit/inventory.stock", "retry.after-commit/inventory.stock"} {
		if !slices.Contains(points, must) {
			w.t.Errorf("a retry does not reach %s: %v", must, points)
		}
	}
	r.Shuffle(len(points), func(i, j int) { points[i], points[j] = points[j], points[i] })
	slices.SortStableFunc(points, func(a, b string) int { // those in the code first
		return cmp.Compare(strings.Count(a, "sql."), strings.Count(b, "sql."))
	})
	if *runFor == 0 {
		points = points[:min(len(points), 14)]
	}
	killed := 0
	for n, point := range points {
		if retryAll(fmt.Sprint(n), fmt.Sprintf("%s=kill id=%d", point, n)) {
			killed++
		}
		w.retryParked() // more than 20 keys within a minute would pause the subscription
	}
	w.retryAllParked()
	if killed < len(points)*3/4 {
		w.t.Errorf("killed at only %d of %v", killed, points)
	}
	healed()
	return killed
}

// park makes a handler fail until some order is parked. Rounds of several workers may use a rule up between them
// before any of them has come to single events, so there is one after the other.
func (w *world) park(name string) {
	w.t.Helper()
	defer w.disarm()
	parked := func() error {
		type row struct{ N int }
		parked, err := tryQuery[row](w, "inventory", "SELECT count(*)::int FROM inventory.outbox_parked WHERE subscription = 'inventory.stock' AND key NOT LIKE 'poison%'")
		if err == nil && parked[0].N == 0 {
			err = errors.New("no order is parked")
		}
		return err
	}
	var err error
	for try := range 20 {
		w.arm(fmt.Sprintf("round.handle/inventory.stock=error times=4 id=park-%s.%d", name, try))
		if err = retry(w.t, 1500*time.Millisecond, parked); err == nil {
			return
		}
	}
	must(w.t, err)
}

func longTransaction(w *world, _ *rand.Rand, healed func()) int {
	conn, err := w.server.connect(database)
	must(w.t, err)
	defer closeConn(conn)
	for _, sql := range []string{
		"BEGIN ISOLATION LEVEL REPEATABLE READ", "CREATE TABLE IF NOT EXISTS public.unrelated (x int)", "INSERT INTO public.unrelated VALUES (1)",
		"SELECT count(*) FROM ordering.outbox",
	} {
		_, err := conn.Exec(w.t.Context(), sql)
		must(w.t, err)
	}
	w.acknowledged(80)
	healed() // while it is open
	_, err = conn.Exec(w.t.Context(), "COMMIT")
	must(w.t, err)
	return 1
}

// loseRunway takes all partitions away but the default ones, with what is in them.
func loseRunway(w *world, _ *rand.Rand, healed func()) int {
	type part struct{ Parent, Child string }
	moved := 0
	for _, c := range postgres.Contexts {
		parts := query[part](w, c, `
			SELECT p.relname::text, ch.relname::text FROM pg_inherits i JOIN pg_class p ON p.oid = i.inhparent JOIN pg_class ch ON ch.oid = i.inhrelid
			WHERE p.relnamespace = to_regnamespace($1) AND p.relkind = 'p' AND ch.relkind = 'r' AND ch.relname NOT LIKE '%\_default' ORDER BY 1, 2`, c)
		for _, p := range parts {
			must(w.t, retry(w.t, patience, func() error {
				return w.servers[c].tryExec(strings.NewReplacer("{c}", c, "{p}", p.Parent, "{ch}", p.Child).Replace(`
					SET lock_timeout = '1s';
					BEGIN;
					LOCK TABLE {c}.{p} IN ACCESS EXCLUSIVE MODE;
					ALTER TABLE {c}.{p} DETACH PARTITION {c}.{ch};
					INSERT INTO {c}.{p}_default SELECT * FROM {c}.{ch};
					DROP TABLE {c}.{ch};
					COMMIT;`))
			}))
			moved++
		}
	}
	if moved < 10 {
		w.t.Errorf("only %d partitions were there", moved)
	}
	w.acknowledged(40)
	healed()
	w.replicas[0].kill() // what keeps house when it starts finds rows where partitions belong
	w.replicas[0].start()
	w.acknowledged(20)
	return moved
}

// moveTo copies a context's schema to another server as pg_dump sees it at one moment.
func (w *world) moveTo(to *server, context string) {
	w.t.Helper()
	file := filepath.Join(w.dir, context+".dump")
	w.client("pg_dump", "--schema="+context, "--no-privileges", "--no-owner", "--format=custom", "--file="+file, urlAt(w.servers[context].address(), database))
	w.client("pg_restore", "--no-privileges", "--no-owner", "--exit-on-error", "--dbname="+urlAt(to.address(), database), file)
	w.servers[context] = to
	for _, r := range w.replicas {
		r.wires[context] = newWire(w.parent, to.address())
	}
}

// client runs one of PostgreSQL's own programs.
func (w *world) client(name string, args ...string) {
	w.t.Helper()
	path := ""
	if found, err := devpg.Find(w.t.Context()); err == nil && len(found) > 0 {
		path = filepath.Join(found[0].Dir, name)
	}
	if _, err := os.Stat(path); err != nil {
		if path, err = exec.LookPath(name); err != nil {
			panic(skipped(name + " is not installed here (postgresql-client)"))
		}
	}
	out, err := exec.CommandContext(w.t.Context(), path, args...).CombinedOutput()
	if err != nil {
		w.t.Fatalf("%s: %v\n%s", name, err, out)
	}
}

// moveStats needs no standstill: stats writes nothing but what it reads from events, and its cursors
// are in the dump. What the old server gets after the dump, the new one reads again.
//
// What stats published after the dump is gone, though, and audit, which follows it, is further than the
// new server's heads: those lanes are refused. Somebody has to see that, and to say how it goes on.
func moveStats(w *world, _ *rand.Rand, healed func()) int {
	to := w.anotherServer()
	w.moveTo(to, "stats")
	must(w.t, retry(w.t, patience, func() error {
		f := &findings{w: w}
		lost := w.lostTo(f, "stats")
		if len(f.wrong) > 0 || len(lost) == 0 {
			return fmt.Errorf("audit has read nothing since the dump %v", f.wrong)
		}
		return nil
	}))
	for _, r := range w.replicas {
		w.acknowledged(10)
		r.kill()
		r.start()
	}
	healed()
	w.crowd.pause()
	defer w.crowd.resume()
	refused := 0
	must(w.t, retry(w.t, patience, func() error {
		f := &findings{w: w}
		refused = 0
		for _, c := range w.cursors(f) {
			switch {
			case c.Refused && c.Source == "stats":
				refused++
			case c.Pos != c.head || c.Refused:
				f.add("lane %d of %s is at %d, the head at %d", c.Lane, c.Subscription, c.Pos, c.head)
			}
		}
		if len(f.wrong) > 0 {
			return errors.New(firstLines(f.wrong, 12))
		}
		return nil
	}))
	if refused == 0 {
		w.t.Fatal("audit had read events of stats that came after the dump, and nobody noticed that they are gone")
	}
	w.t.Logf("%d lanes of audit.stats were refused", refused)
	if status := w.maru("events", "status"); !strings.Contains(status, fmt.Sprintf("%d lanes refused", refused)) || !strings.Contains(status, "maru events reset audit.stats") {
		w.t.Errorf("maru events status does not say what to do about %d lanes:\n%s", refused, status)
	}
	w.maru("events", "reset", "audit.stats")
	must(w.t, retry(w.t, patience, func() error {
		if wrong := w.settled(); len(wrong) > 0 {
			return errors.New(firstLines(wrong, 12))
		}
		return nil
	}))
	type row struct{ N int }
	if got := query[row](w, "audit", "SELECT count(*)::int FROM audit.entry WHERE action = 'cursor_reset'")[0].N; got != refused {
		w.t.Errorf("%d lanes were set and the trail says %d", refused, got)
	}
	return 1
}

// lostTo returns the lanes in which somebody has read more of a context than there is of it now.
func (w *world) lostTo(f *findings, context string) (lanes []int64) {
	for _, c := range w.cursors(f) {
		if c.Source == context && c.Pos > c.head {
			lanes = append(lanes, c.Lane)
		}
	}
	return lanes
}

// moveInventory: people book deliveries there, so nobody may while it is copied. Customers keep trying.
func moveInventory(w *world, _ *rand.Rand, _ func()) int {
	to := w.anotherServer()
	for _, r := range w.replicas {
		r.kill()
	}
	w.moveTo(to, "inventory")
	for _, r := range w.replicas {
		r.launch()
	}
	return 1
}

// anotherServer is one for contexts that move.
func (w *world) anotherServer() *server {
	if w.second == nil {
		w.second = newServer(w.parent)
	}
	w.second.t = w.t
	return w.second
}

// stopInventory: nobody who orders notices, the first time at replicas that run, the second time at
// replicas that have all been started without it.
func stopInventory(w *world, _ *rand.Rand, healed func()) int {
	to := w.servers["inventory"]
	if to == w.server {
		panic(skipped("inventory could not be moved to a server of its own"))
	}
	const times = 2
	for n := range times {
		to.crash()
		if n == 1 {
			for _, r := range w.replicas {
				r.kill()
				r.launch()
			}
			w.everyReplicaReady()
		}
		w.acknowledged(100)
		to.start()
		healed()
	}
	return times
}
