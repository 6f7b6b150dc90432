//go:build faults

package faults

import (
	"context"
	"errors"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"maru/internal/app/apptest"
	"maru/internal/platform/postgres"
)

// replica is one process of the program, built with failpoints, behind wires of its own.
type replica struct {
	t       testing.TB
	world   *world
	name    string
	program string // the binary it runs
	address string
	rules   string           // the file that says what its failpoints do
	wires   map[string]*wire // by context
	cmd     *exec.Cmd
	ended   chan struct{}
	log     string
	seen    int // how many of fired are known to have ended it

	avoid     atomic.Int64 // until when customers go elsewhere
	tokenMu   sync.Mutex
	tokenText string
}

func (w *world) newReplica(name string) *replica {
	r := &replica{
		t: w.t, world: w, name: name, program: program, address: "127.0.0.1:" + portText(w.t), rules: filepath.Join(w.dir, name+".rules"),
		log: filepath.Join(w.dir, name+".log"), wires: map[string]*wire{},
	}
	shared := newWire(w.t, w.server.address())
	for _, c := range postgres.Contexts {
		r.wires[c] = shared
	}
	w.t.Cleanup(func() {
		if r.cmd != nil {
			_ = r.cmd.Process.Kill()
			<-r.ended
		}
	})
	return r
}

// launch starts the process; it is ready later.
func (r *replica) launch() {
	r.t.Helper()
	cmd := exec.Command(r.program, "serve") //nolint:noctx // faults end it
	cmd.Env = []string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + os.Getenv("HOME"), "TMPDIR=" + os.TempDir(), "MARU_SECRET=" + apptest.Secret,
		"MARU_LISTEN=" + r.address, "MARU_LOG_LEVEL=warn", "MARU_LOG_FORMAT=text", "MARU_FAILPOINTS=@" + r.rules,
		"DATABASE_URL=" + urlAt(r.wires["members"].address(), database),
	}
	for _, c := range postgres.Contexts {
		cmd.Env = append(cmd.Env, "MARU_DB_"+strings.ToUpper(c)+"="+urlAt(r.wires[c].address(), database))
	}
	out, err := os.OpenFile(r.log, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	must(r.t, err)
	defer func() { _ = out.Close() }()
	cmd.Stdout, cmd.Stderr = out, out
	must(r.t, cmd.Start())
	ended := make(chan struct{})
	go func() {
		_ = cmd.Wait() // a killed process ends with an error
		close(ended)
	}()
	r.cmd, r.ended = cmd, ended
}

func (r *replica) start() {
	r.t.Helper()
	r.launch()
	r.awaitReady()
}

// awaitReady waits until the replica says that it can serve. A process that ended is started again, as
// its supervisor would: a server that starts while its database does not is told to try again.
func (r *replica) awaitReady() {
	r.t.Helper()
	client := &http.Client{Timeout: 3 * time.Second}
	err := retry(r.t, patience, func() error {
		select {
		case <-r.ended:
			r.launch()
		default:
		}
		req, err := http.NewRequestWithContext(r.t.Context(), http.MethodGet, "http://"+r.address+"/readyz", nil)
		if err != nil {
			return err
		}
		res, err := client.Do(req)
		if err != nil {
			return err
		}
		_ = res.Body.Close()
		if res.StatusCode != http.StatusOK {
			return errors.New("readyz answers " + res.Status)
		}
		return nil
	})
	if err != nil {
		r.t.Fatalf("replica %s does not come back: %v\n%s", r.name, err, r.logTail())
	}
}

// become starts the replica anew as another program, at once.
func (r *replica) become(program string) {
	r.t.Helper()
	r.kill()
	r.program = program
	r.start()
}

// kill ends the process as kill -9 does.
func (r *replica) kill() {
	_ = r.cmd.Process.Kill() // it may have ended
	<-r.ended
}

func (r *replica) signal(s syscall.Signal) {
	r.t.Helper()
	must(r.t, r.cmd.Process.Signal(s))
}

// arm makes its failpoints do what the rules say from now on.
func (r *replica) arm(rules ...string) {
	r.t.Helper()
	aside := r.rules + ".new"
	must(r.t, os.WriteFile(aside, []byte(strings.Join(rules, "\n")), 0o600))
	must(r.t, os.Rename(aside, r.rules))
}

func (r *replica) disarm() { r.arm() }

// fired returns the rules that have acted.
func (r *replica) fired() []string { return linesOf(r.t, r.rules+".fired") }

// reached returns the points that were reached since a rule said record.
func (r *replica) reached() []string { return linesOf(r.t, r.rules+".reached") }

func linesOf(t testing.TB, file string) []string {
	t.Helper()
	b, err := os.ReadFile(file)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	must(t, err)
	return strings.Split(strings.TrimSpace(string(b)), "\n")
}

// awaitFired waits until a rule has acted in one of the replicas and returns that one, or nil when it does not in time.
func awaitFired(t testing.TB, replicas []*replica, rule string, patience time.Duration) (first *replica) {
	t.Helper()
	_ = retry(t, patience, func() error { // the result says it
		for _, r := range replicas {
			if slices.Contains(r.fired(), rule) {
				first = r
				return nil
			}
		}
		return errors.New("not yet")
	})
	return first
}

func (r *replica) logTail() string {
	lines := linesOf(r.t, r.log)
	return strings.Join(lines[max(0, len(lines)-25):], "\n")
}

// awaitStopped waits until the process has been stopped by a signal.
func (r *replica) awaitStopped() {
	r.t.Helper()
	must(r.t, retry(r.t, patience, func() error {
		b, err := os.ReadFile("/proc/" + pidText(r.cmd.Process.Pid) + "/stat")
		if err != nil {
			return err
		}
		_, rest, _ := strings.Cut(string(b), ") ")
		if !strings.HasPrefix(rest, "T") {
			return errors.New("it runs")
		}
		return nil
	}))
}

// buildProgram builds the real program with failpoints in it.
func buildProgram(ctx context.Context, into string, flags ...string) (string, error) {
	path := filepath.Join(into, "maru-faults")
	args := append([]string{"build", "-tags", "failpoints", "-o", path}, flags...)
	out, err := exec.CommandContext(ctx, "go", append(args, "maru")...).CombinedOutput()
	if err != nil {
		return "", errors.New("build: " + err.Error() + "\n" + string(out))
	}
	return path, nil
}
