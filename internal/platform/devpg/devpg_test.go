//go:build unix

package devpg_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"

	"maru/internal/platform/devpg"
)

// The test binary is also the program that is killed: see startChild.
func TestMain(m *testing.M) {
	switch os.Getenv("DEVPG_CHILD") {
	case "":
		os.Exit(m.Run())
	case "durable":
		server, err := devpg.Start(context.Background(), devpg.Options{Dir: os.Getenv("DEVPG_DIR"), Durable: true})
		childReady(server, err)
	case "temporary":
		server, err := devpg.StartTemporary(context.Background())
		if err != nil {
			childReady(nil, err)
		}
		childReady(server.Server, nil)
	}
}

func childReady(server *devpg.Server, err error) {
	if err != nil {
		fmt.Println("error:", err)
		os.Exit(1)
	}
	fmt.Println(server.URL("postgres"))
	_, _ = io.Copy(io.Discard, os.Stdin) // until the test kills us
	os.Exit(0)
}

func TestDataSurvivesAStopAndAStart(t *testing.T) {
	t.Parallel()
	dir := openFolder(t)
	server := start(t, devpg.Options{Dir: dir, Durable: true})
	if err := server.CreateDatabase(t.Context(), "maru"); err != nil {
		t.Fatal(err)
	}
	if err := server.CreateDatabase(t.Context(), "maru"); err != nil {
		t.Fatalf("creating it again: %v", err)
	}
	query[string](t, server.URL("maru"), "CREATE TABLE kept AS SELECT 'still here'::text AS word")
	if err := server.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
	again := start(t, devpg.Options{Dir: dir, Durable: true})
	if got := query[string](t, again.URL("maru"), "SELECT word FROM kept"); got != "still here" {
		t.Errorf("got %q", got)
	}
}

func TestKoreanIsSearchedAndSorted(t *testing.T) {
	t.Parallel()
	server := start(t, devpg.Options{Dir: openFolder(t)})
	url := server.URL("postgres")
	query[string](t, url, "CREATE EXTENSION pg_trgm")
	if n := query[int](t, url, "SELECT cardinality(show_trgm('아메리카노'))"); n < 5 {
		t.Errorf("pg_trgm makes %d trigrams of 아메리카노", n)
	}
	if !query[bool](t, url, "SELECT '카페라떼 ÉCLAIR' ILIKE '%라떼 éclair'") {
		t.Error("ILIKE does not know letters outside ASCII")
	}
	sorted := query[string](t, url, "SELECT string_agg(w, ' ' ORDER BY w) FROM unnest(ARRAY['하','나','가','다']) w")
	if diff := cmp.Diff("가 나 다 하", sorted); diff != "" {
		t.Error(diff)
	}
}

func TestServersRunBesideEachOtherAndListenOnNoNetwork(t *testing.T) {
	t.Parallel()
	for range 2 {
		server := start(t, devpg.Options{Dir: openFolder(t)})
		if got := query[string](t, server.URL("postgres"), "SHOW listen_addresses"); got != "" {
			t.Errorf("listens on %q", got)
		}
		socket := query[string](t, server.URL("postgres"), "SHOW unix_socket_directories")
		info, err := os.Stat(socket)
		if err != nil {
			t.Fatal(err)
		}
		if mode := info.Mode().Perm(); mode != 0o700 {
			t.Errorf("the socket's folder is open to others: %v", mode)
		}
	}
}

func TestASecondProgramOnTheSameFolderIsRefused(t *testing.T) {
	t.Parallel()
	dir := openFolder(t)
	first := start(t, devpg.Options{Dir: dir})
	_, err := devpg.Start(t.Context(), devpg.Options{Dir: dir})
	wantError(t, err, "another program that is running now", dir)
	if got := query[int](t, first.URL("postgres"), "SELECT 1"); got != 1 {
		t.Error("the first server was disturbed")
	}
}

func TestAProgramKilledAndStartedAgainFindsItsData(t *testing.T) {
	t.Parallel()
	dir := openFolder(t)
	child, url := startChild(t, "durable", dir)
	query[string](t, url, "CREATE TABLE kept AS SELECT 42 AS n")
	kill9(t, child)
	server := start(t, devpg.Options{Dir: dir, Durable: true})
	if got := query[int](t, server.URL("postgres"), "SELECT n FROM kept"); got != 42 {
		t.Errorf("got %d", got)
	}
}

func TestAnOrphanedServerIsStopped(t *testing.T) {
	t.Parallel()
	dir := openFolder(t)
	child, _ := startChild(t, "durable", dir)
	orphan := postmasterPID(t, dir)
	// Stopped, it cannot end by itself when its parent dies.
	if err := syscall.Kill(orphan, syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	kill9(t, child)
	start(t, devpg.Options{Dir: dir, Durable: true})
	if now := postmasterPID(t, dir); now == orphan {
		t.Error("the orphan is still the server of this folder")
	}
}

func TestAProcessThatOnlyHasTheOldNumberIsLeftAlone(t *testing.T) {
	t.Parallel()
	dir := openFolder(t)
	server := start(t, devpg.Options{Dir: dir, Durable: true})
	if err := server.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
	bystander := exec.Command("sleep", "600")
	if err := bystander.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = bystander.Process.Kill(); _ = bystander.Wait() })
	pid := filepath.Join(dir, "data", "postmaster.pid")
	if err := os.WriteFile(pid, fmt.Appendf(nil, "%d\n%s/data\n1\n5432\n\n\n\nready\n", bystander.Process.Pid, dir), 0o600); err != nil {
		t.Fatal(err)
	}
	start(t, devpg.Options{Dir: dir, Durable: true})
	if err := bystander.Process.Signal(syscall.Signal(0)); err != nil {
		t.Errorf("the bystander was ended: %v", err)
	}
}

func TestATemporaryServerGoesWithTheKilledProgram(t *testing.T) {
	t.Parallel()
	child, url := startChild(t, "temporary", "")
	dir := filepath.Dir(query[string](t, url, "SHOW unix_socket_directories"))
	kill9(t, child)
	deadline := time.Now().Add(20 * time.Second)
	for tick := time.NewTicker(20 * time.Millisecond); ; <-tick.C {
		if _, err := os.Stat(dir); os.IsNotExist(err) {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("%s is still there", dir)
		}
	}
}

func TestDataOfAnotherMajorVersionIsRefused(t *testing.T) {
	t.Parallel()
	dir := openFolder(t)
	data := filepath.Join(dir, "data")
	if err := os.Mkdir(data, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(data, "PG_VERSION"), []byte("9\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := devpg.Start(t.Context(), devpg.Options{Dir: dir})
	wantError(t, err, "is of PostgreSQL 9", "install PostgreSQL 9", "another data folder")
}

func TestAFolderWithOtherFilesIsNotTouched(t *testing.T) {
	t.Parallel()
	dir := openFolder(t)
	precious := filepath.Join(dir, "data", "thesis.txt")
	if err := os.Mkdir(filepath.Dir(precious), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(precious, []byte("years"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := devpg.Start(t.Context(), devpg.Options{Dir: dir})
	wantError(t, err, "holds files but no PostgreSQL cluster")
	if _, err := os.Stat(precious); err != nil {
		t.Error(err)
	}
}

func TestAFolderTooLongForASocketWorks(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(openFolder(t), strings.Repeat("long-folder-name", 8))
	server := start(t, devpg.Options{Dir: dir})
	socket := query[string](t, server.URL("postgres"), "SHOW unix_socket_directories")
	if err := server.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(socket); !os.IsNotExist(err) {
		t.Errorf("%s was left behind: %v", socket, err)
	}
}

func TestAsRootAFolderClosedToTheServerIsNamed(t *testing.T) {
	t.Parallel()
	if os.Geteuid() != 0 {
		t.Skip("only root runs the server as another user")
	}
	closed := t.TempDir()
	if err := os.Chmod(closed, 0o700); err != nil {
		t.Fatal(err)
	}
	_, err := devpg.Start(t.Context(), devpg.Options{Dir: filepath.Join(closed, "maru")})
	wantError(t, err, "may not enter", "choose a data folder outside of it")

	place, moved, err := devpg.Place(filepath.Join(closed, "maru-data"))
	if err != nil || !moved || !strings.HasPrefix(place, "/var/lib/maru-data-") {
		t.Errorf("another place: %s, %v, %v", place, moved, err)
	}
	if other, _, err := devpg.Place(filepath.Join(closed, "branch", "maru-data")); err != nil || other == place {
		t.Errorf("two folders of one name are both at %s: %v", other, err)
	}
	open := filepath.Join(openFolder(t), "maru-data")
	if place, moved, err := devpg.Place(open); err != nil || moved || place != open {
		t.Errorf("the place itself: %s, %v, %v", place, moved, err)
	}
}

// start starts a server that is stopped when the test ends.
func start(t *testing.T, opts devpg.Options) *devpg.Server {
	t.Helper()
	server, err := devpg.Start(t.Context(), opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Stop(context.Background()) })
	return server
}

// openFolder is like t.TempDir, but a server that runs as another user gets through to it.
func openFolder(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "devpg-")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(dir, 0o711); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	return dir
}

// startChild starts this test binary as a program with a server and returns when that is ready.
func startChild(t *testing.T, kind, dir string) (child *exec.Cmd, url string) {
	t.Helper()
	child = exec.Command(os.Args[0])
	child.Env = append(os.Environ(), "DEVPG_CHILD="+kind, "DEVPG_DIR="+dir)
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdin, err := child.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = stdin.Close() })
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil || strings.HasPrefix(line, "error:") {
		t.Fatalf("child: %s %v", line, err)
	}
	return child, strings.TrimSpace(line)
}

func kill9(t *testing.T, child *exec.Cmd) {
	t.Helper()
	if err := child.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = child.Wait() // says that it was killed
}

func postmasterPID(t *testing.T, dir string) int {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(dir, "data", "postmaster.pid"))
	if err != nil {
		t.Fatal(err)
	}
	first, _, _ := strings.Cut(string(b), "\n")
	pid, err := strconv.Atoi(first)
	if err != nil {
		t.Fatal(err)
	}
	return pid
}

// query runs one statement and returns the first column of its first row, if it has one.
func query[T any](t *testing.T, url, sql string) T {
	t.Helper()
	var value T
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(context.Background()) }()
	rows, err := conn.Query(t.Context(), sql)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	if rows.Next() {
		if err := rows.Scan(&value); err != nil {
			t.Fatal(err)
		}
	}
	rows.Close()
	if err := rows.Err(); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	return value
}

func wantError(t *testing.T, err error, parts ...string) {
	t.Helper()
	if err == nil {
		t.Fatal("no error")
	}
	for _, part := range parts {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("%q does not say %q", err, part)
		}
	}
}
