package app_test

import (
	"io"
	"io/fs"
	"net"
	"net/http"
	"net/http/httptrace"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// A program on its own PostgreSQL is told to stop while requests are being answered.
func TestAStopFinishesWhatWasBegunAndThenTheDatabase(t *testing.T) {
	t.Parallel()
	data, address := t.TempDir(), freeAddress(t)
	for _, dir := range []string{data, filepath.Dir(data)} { // PostgreSQL may run as another user, who must get there
		if err := os.Chmod(dir, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	founding := launch(t, serveEnv(address, "MARU_DATA="+data), "init", "--name", "멈춤커피")
	if code := founding.exit(); code != 0 {
		t.Fatalf("init: exit code %d:\n%s", code, founding.err.String())
	}
	password := regexp.MustCompile(`(?m)^    (\S+)$`).FindStringSubmatch(founding.out.String())
	if password == nil {
		t.Fatalf("init prints no password: %s", founding.out.String())
	}
	p := launch(t, serveEnv(address, "MARU_DATA="+data), "serve")
	p.ready(address)
	server := postmaster(t, data, p)
	if !alive(server) {
		t.Fatalf("PostgreSQL is not process %d", server)
	}

	// Each request has reached its handler, which says so by asking for the body, before the signal.
	const inFlight = 4
	release, reached, answers := make(chan struct{}), make(chan struct{}, inFlight), make(chan string, inFlight)
	for range inFlight {
		go func() { answers <- signInSlowly(t, address, password[1], reached, release) }()
	}
	for range inFlight {
		select {
		case <-reached:
		case a := <-answers:
			t.Fatalf("a request was answered before its body came: %s", a)
		case <-time.After(time.Minute):
			t.Fatal("the requests do not reach their handlers")
		}
	}
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	for { // nobody new is let in
		c, err := net.Dial("tcp", address)
		if err != nil {
			break
		}
		_ = c.Close()
	}
	if !alive(server) {
		t.Error("PostgreSQL was stopped before the requests were answered")
	}
	close(release)
	for range inFlight {
		if got := <-answers; got != "200 OK" && got != "201 Created" {
			t.Errorf("a request in flight was answered with %s", got)
		}
	}
	if code := p.exit(); code != 0 {
		t.Errorf("exit code %d:\n%s", code, p.err.String())
	}
	if alive(server) {
		t.Errorf("PostgreSQL (process %d) is left behind", server)
	}
}

// signInSlowly sends the headers at once and the body when it is released, and returns the status.
func signInSlowly(t *testing.T, address, password string, reached chan<- struct{}, release <-chan struct{}) string {
	body, send := io.Pipe()
	go func() {
		<-release
		_, _ = io.WriteString(send, `{"login":"hq","password":"`+password+`"}`) // fails where the answer came first
		_ = send.Close()
	}()
	trace := httptrace.WithClientTrace(t.Context(), &httptrace.ClientTrace{Got100Continue: func() { reached <- struct{}{} }})
	req, err := http.NewRequestWithContext(trace, http.MethodPost, "http://"+address+"/api/v1/session", body)
	if err != nil {
		return err.Error()
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Expect", "100-continue")
	client := &http.Client{Transport: &http.Transport{ExpectContinueTimeout: time.Minute, DisableKeepAlives: true}}
	res, err := client.Do(req)
	if err != nil {
		return err.Error()
	}
	defer func() { _ = res.Body.Close() }()
	if _, err := io.ReadAll(res.Body); err != nil {
		return err.Error()
	}
	return res.Status
}

// postmaster returns the process id of the PostgreSQL whose data is below dir, or where the program
// says that it put the data instead.
func postmaster(t *testing.T, dir string, p *process) int {
	t.Helper()
	if moved := regexp.MustCompile(`"data":"([^"]+)"`).FindStringSubmatch(p.err.String()); moved != nil {
		dir = moved[1]
	}
	pid := 0
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.Name() != "postmaster.pid" {
			return err
		}
		b, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		pid, err = strconv.Atoi(strings.SplitN(string(b), "\n", 2)[0])
		return err
	})
	if err != nil || pid == 0 {
		t.Fatalf("no PostgreSQL below %s: %v\n%s", dir, err, p.err.String())
	}
	return pid
}
