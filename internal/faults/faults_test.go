//go:build faults

package faults

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
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
	{"an unrelated transaction stays open", longTransaction},
	{"no partition is left", loseRunway},
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
				must(t, retry(t, 40*time.Second, func() error {
					if wrong := append(w.settled(), w.check()...); len(wrong) > 0 {
						return errors.New(firstLines(wrong, 12))
					}
					return nil
				}))
			})
			t.Logf("seed %d: %d orders acknowledged, %d refused as sold out, %d requests sent again, %d deliveries, %s",
				*seed, w.crowd.acks.Load(), w.crowd.refused.Load(), w.crowd.again.Load(), len(w.crowd.deliveries), time.Since(began).Round(time.Second))
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

// failpoints are the points that the replicas reach while the customers are at work, found by looking.
func (w *world) failpoints() []string {
	w.t.Helper()
	for _, r := range w.replicas {
		_ = os.Remove(r.rules + ".reached")
		r.arm("record")
	}
	w.acknowledged(150)
	var points []string
	for _, r := range w.replicas {
		r.disarm()
		points = append(points, r.reached()...)
	}
	slices.Sort(points)
	return slices.Compact(points)
}

// killAtFailpoints kills a replica wherever a replica was seen to be, one place after the other, while
// the one before comes back.
//
// Without -faults.for it goes to all points in the code and to some of those before statements.
func killAtFailpoints(w *world, r *rand.Rand, healed func()) int {
	points := w.failpoints()
	if len(points) < 60 {
		w.t.Errorf("only %d failpoints were reached: %v", len(points), points)
	}
	for _, must := range []string{
		"intake.before-write", "intake.after-write", "tx.begin/ordering", "tx.before-commit/inventory", "tx.after-commit/ordering",
		"round.after-claim/inventory.stock", "round.handle/inventory.stock", "round.after-handle/stats.sales", "round.before-move/inventory.stock",
		"round.after-commit/ordering.availability", "notify.before-send",
	} {
		if !slices.ContainsFunc(points, func(p string) bool { return strings.HasPrefix(p, must) }) {
			w.t.Errorf("failpoint %s was not reached", must)
		}
	}
	if *runFor == 0 {
		points = slices.DeleteFunc(points, func(p string) bool {
			return strings.HasPrefix(p, "sql.") && r.IntN(4) > 0
		})
	}
	killed, rare := 0, []string{}
	for n, point := range points {
		victim := w.replicas[n%len(w.replicas)]
		victim.awaitReady()
		rule := fmt.Sprintf("%s=kill id=%d", point, n)
		victim.arm(rule)
		if !victim.awaitFired(rule, 8*time.Second) {
			rare = append(rare, point)
			victim.disarm()
			continue
		}
		killed++
		<-victim.ended
		victim.disarm()
		victim.launch()
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

// noMarks waits until what the killed replica was in the middle of has been done by others: an event
// during which three processes die in a row is taken for the cause, and parked.
func (w *world) noMarks() {
	w.t.Helper()
	must(w.t, retry(w.t, 30*time.Second, func() error {
		for _, c := range postgres.Contexts {
			rows, err := tryQuery[struct{ Subscription string }](w, c, "SELECT subscription FROM "+c+".outbox_mark WHERE at < now() - interval '200 ms'")
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
		for i, victim := range w.replicas {
			// A handler's own error is the event's fault and parks it: that is what poison is about.
			if !strings.HasPrefix(points[n+i], "round.handle") {
				victim.arm(fmt.Sprintf("%s=error id=e%d", points[n+i], n))
			}
		}
		w.acknowledged(12)
		for _, victim := range w.replicas {
			victim.disarm()
		}
	}
	for _, victim := range w.replicas {
		for _, line := range victim.fired() {
			if strings.Contains(line, " id=e") {
				fired++
			}
		}
	}
	return fired
}

// stopInTransactions stops two of the three replicas while they hold a transaction with effects in it.
// Everything must come right while they are stopped, and nothing may be doubled when they go on.
func stopInTransactions(w *world, _ *rand.Rand, healed func()) int {
	rounds := [][]string{
		{"round.before-move/inventory.stock", "tx.before-commit/ordering"},
		{"round.after-handle/stats.sales", "tx.before-commit/inventory"},
	}
	for n, points := range rounds {
		for i, point := range points {
			rule := fmt.Sprintf("%s=stop id=s%d", point, n)
			w.replicas[i].arm(rule)
			if !w.replicas[i].awaitFired(rule, 20*time.Second) {
				w.t.Fatalf("%s is not reached", point)
			}
		}
		began := time.Now()
		for i := range points {
			w.replicas[i].awaitStopped()
			w.replicas[i].disarm()
		}
		w.acknowledged(20)
		w.healOthers(began)
		w.t.Logf("without those stopped at %v all was right after %s", points, time.Since(began).Round(time.Millisecond))
		for time.Since(began) < *stopped {
			w.acknowledged(1)
		}
		for i := range points {
			w.replicas[i].signal(syscall.SIGCONT)
		}
		healed()
	}
	return 2 * len(rounds)
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
		must(w.t, retry(w.t, 20*time.Second, func() error {
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
		must(w.t, retry(w.t, 20*time.Second, func() error {
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
		w.acknowledged(40)
		w.replicas[0].kill()
		w.replicas[0].launch()
		healed()
	}
	for _, victim := range w.replicas {
		victim.disarm()
	}
	return len(jumps)
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
	must(w.t, retry(w.t, 20*time.Second, func() error {
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

	w.replicas[0].arm(fmt.Sprintf("round.handle/inventory.stock=panic times=2 id=p%d", w.poisons), fmt.Sprintf("round.handle/stats.sales=error times=2 id=p%d", w.poisons))
	w.replicas[1].arm(fmt.Sprintf("round.handle/inventory.stock=error times=2 id=p%d", w.poisons))
	must(w.t, retry(w.t, 30*time.Second, func() error {
		got := 0
		for _, victim := range w.replicas[:2] {
			for _, line := range victim.fired() {
				if strings.HasSuffix(line, fmt.Sprintf("times=2 id=p%d", w.poisons)) {
					got++
				}
			}
		}
		if got < 6 {
			return fmt.Errorf("only %d handlers failed", got)
		}
		return nil
	}))
	w.acknowledged(20)
	for _, victim := range w.replicas {
		victim.disarm()
	}
	w.retryParked()
	return len(events) + 3
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
			must(w.t, retry(w.t, 20*time.Second, func() error {
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
func moveStats(w *world, _ *rand.Rand, _ func()) int {
	to := w.anotherServer()
	w.moveTo(to, "stats")
	for _, r := range w.replicas {
		w.acknowledged(10)
		r.kill()
		r.start()
	}
	return 1
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

func stopInventory(w *world, _ *rand.Rand, healed func()) int {
	to := w.servers["inventory"]
	if to == w.server {
		panic(skipped("inventory could not be moved to a server of its own"))
	}
	const times = 2
	for range times {
		to.crash()
		w.acknowledged(100) // nobody who orders notices
		to.start()
		healed()
	}
	return times
}
