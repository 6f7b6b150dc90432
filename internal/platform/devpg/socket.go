//go:build unix

package devpg

import (
	"errors"
	"fmt"
	"hash/fnv"
	"io/fs"
	"os"
	"path/filepath"
)

// longestSocket is how long the path of a unix socket may be everywhere: 103 bytes on macOS, 107 on
// Linux. PostgreSQL also writes a lock file beside it, whose name is no address.
const longestSocket = 103

// makeSocketDir makes the private folder of the socket: beside the data, or below the system's
// folder for temporary files where that path would be too long for a socket. A folder of the second
// kind has a random name, so nobody can have prepared it.
func makeSocketDir(dir string, account *account) (string, error) {
	path := filepath.Join(dir, "socket")
	if len(filepath.Join(path, ".s.PGSQL."+port)) <= longestSocket {
		if err := os.RemoveAll(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return "", fmt.Errorf("devpg: %w", err)
		}
		return path, account.mkdir(path)
	}
	base := os.TempDir()
	if len(base) > 60 {
		base = "/tmp"
	}
	path, err := os.MkdirTemp(base, "maru-pg-")
	if err != nil {
		return "", fmt.Errorf("devpg: %w", err)
	}
	if account.credential != nil {
		if err := os.Chown(path, int(account.credential.Uid), int(account.credential.Gid)); err != nil {
			return "", fmt.Errorf("devpg: %w", err)
		}
	}
	if err := account.checkReach(path); err != nil {
		return "", err
	}
	return path, nil
}

func hash(s string) uint32 {
	h := fnv.New32a()
	_, _ = h.Write([]byte(s))
	return h.Sum32()
}
