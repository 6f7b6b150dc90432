//go:build unix

package devpg

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
)

// account is the user the server runs as: PostgreSQL refuses to be root, so a program that is root
// lends it another.
type account struct {
	name       string
	credential *syscall.Credential // nil: the program's own user
}

func serverAccount() (*account, error) {
	if os.Geteuid() != 0 {
		return &account{}, nil
	}
	for _, name := range []string{"postgres", "nobody"} {
		u, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, err1 := strconv.ParseUint(u.Uid, 10, 32)
		gid, err2 := strconv.ParseUint(u.Gid, 10, 32)
		if err1 == nil && err2 == nil {
			return &account{name: name, credential: &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}}, nil
		}
	}
	return nil, errors.New("devpg: this program is root, PostgreSQL refuses to be, and there is neither a user postgres nor nobody to run it as")
}

// command prepares a server program. It gets the locale that initdb was given, and / as its folder,
// since the program's own may be closed to the server's user.
func (a *account) command(bin Binaries, name string, args ...string) *exec.Cmd {
	cmd := exec.Command(filepath.Join(bin.Dir, name), args...) //nolint:gosec,noctx // server binaries; ended by signals of their own kind
	cmd.Dir = "/"
	cmd.Env = serverEnv()
	cmd.SysProcAttr = processAttributes(a.credential)
	return cmd
}

// serverEnv is the program's environment without the variables that steer PostgreSQL programs.
func serverEnv() []string {
	env := make([]string, 0, len(os.Environ())+2)
	for _, kv := range os.Environ() {
		if !strings.HasPrefix(kv, "PG") && !strings.HasPrefix(kv, "LC_") && !strings.HasPrefix(kv, "LANG=") && !strings.HasPrefix(kv, "TZ=") {
			env = append(env, kv)
		}
	}
	locale := "C.UTF-8"
	if runtime.GOOS == "darwin" {
		locale = "en_US.UTF-8"
	}
	return append(env, "LC_ALL="+locale, "TZ=UTC")
}

// mkdir makes a folder that is the server's alone.
func (a *account) mkdir(path string) error {
	if err := os.Mkdir(path, 0o700); err != nil {
		return fmt.Errorf("devpg: %w", err)
	}
	if a.credential == nil {
		return nil
	}
	if err := os.Chown(path, int(a.credential.Uid), int(a.credential.Gid)); err != nil {
		return fmt.Errorf("devpg: %w", err)
	}
	return nil
}

// checkReach says early, and in words, that the server's user could not enter the data folder.
func (a *account) checkReach(dir string) error {
	if closed := a.closedFolder(dir); closed != "" {
		return fmt.Errorf("this program is root, and the user %s that PostgreSQL runs as may not enter %s: "+
			"choose a data folder outside of it, or start the program as another user", a.name, closed)
	}
	return nil
}

// closedFolder returns the first folder on the way to path, path included, that the account may not
// enter, or "".
func (a *account) closedFolder(path string) string {
	if a.credential == nil {
		return ""
	}
	if resolved, err := filepath.EvalSymlinks(path); err == nil {
		path = resolved
	}
	closed := ""
	for {
		if info, err := os.Stat(path); err == nil && !a.mayEnter(info) {
			closed = path
		}
		parent := filepath.Dir(path)
		if parent == path {
			return closed
		}
		path = parent
	}
}

func (a *account) mayEnter(info fs.FileInfo) bool {
	mode := info.Mode().Perm()
	if stat, ok := info.Sys().(*syscall.Stat_t); ok {
		if stat.Uid == a.credential.Uid {
			return mode&0o100 != 0
		}
		if stat.Gid == a.credential.Gid {
			return mode&0o010 != 0
		}
	}
	return mode&0o001 != 0
}

// reachable returns binaries the account can run: the given ones, or a copy of them where they lie
// below a folder that is closed to it, such as root's home.
func (a *account) reachable(bin Binaries) (Binaries, error) {
	if a.closedFolder(bin.Dir) == "" {
		return bin, nil
	}
	prefix := filepath.Dir(bin.Dir)
	copied := filepath.Join("/var/cache/maru", fmt.Sprintf("postgresql-%s-%08x", bin.Version, hash(prefix)))
	dir := filepath.Join(copied, filepath.Base(bin.Dir))
	if _, err := os.Stat(filepath.Join(dir, "postgres")); err == nil {
		return Binaries{Dir: dir, Version: bin.Version}, nil
	}
	if err := os.MkdirAll(filepath.Dir(copied), 0o755); err != nil { //nolint:gosec // others may read programs
		return Binaries{}, fmt.Errorf("devpg: %w", err)
	}
	aside, err := os.MkdirTemp(filepath.Dir(copied), "new-")
	if err != nil {
		return Binaries{}, fmt.Errorf("devpg: %w", err)
	}
	defer func() { _ = os.RemoveAll(aside) }()
	for _, part := range []string{filepath.Base(bin.Dir), "lib", "lib64", "share"} {
		if err := copyTree(filepath.Join(prefix, part), filepath.Join(aside, part)); err != nil {
			return Binaries{}, fmt.Errorf("devpg: copy the server's programs out of %s: %w", prefix, err)
		}
	}
	if err := os.Chmod(aside, 0o755); err != nil { //nolint:gosec // others may read programs
		return Binaries{}, fmt.Errorf("devpg: %w", err)
	}
	if err := os.Rename(aside, copied); err != nil && !errors.Is(err, fs.ErrExist) && !errors.Is(err, syscall.ENOTEMPTY) {
		return Binaries{}, fmt.Errorf("devpg: %w", err)
	}
	return Binaries{Dir: dir, Version: bin.Version}, nil
}

// copyTree copies a folder with its links, readable for everybody. A folder that is not there is
// nothing to copy.
func copyTree(from, to string) error {
	if _, err := os.Stat(from); errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return filepath.WalkDir(from, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		relative, err := filepath.Rel(from, path)
		if err != nil {
			return err
		}
		target := filepath.Join(to, relative)
		switch {
		case entry.IsDir():
			return os.MkdirAll(target, 0o755) //nolint:gosec // others may read programs
		case entry.Type()&fs.ModeSymlink != 0:
			link, err := os.Readlink(path)
			if err != nil {
				return err
			}
			return os.Symlink(link, target)
		default:
			return copyFile(path, target, entry)
		}
	})
}

func copyFile(from, to string, entry fs.DirEntry) error {
	info, err := entry.Info()
	if err != nil {
		return err
	}
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer func() { _ = in.Close() }()
	mode := fs.FileMode(0o644)
	if info.Mode()&0o100 != 0 {
		mode = 0o755
	}
	out, err := os.OpenFile(to, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, mode)
	if err != nil {
		return err
	}
	if _, err := io.Copy(out, in); err != nil {
		_ = out.Close()
		return err
	}
	return out.Close()
}
