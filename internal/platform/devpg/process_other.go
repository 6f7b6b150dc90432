//go:build unix && !linux

package devpg

import (
	"os/exec"
	"strconv"
	"syscall"
)

// processAttributes puts the server into a process group of its own, so that Ctrl-C reaches the
// program alone. A server that outlives a killed program is stopped at the next start.
func processAttributes(credential *syscall.Credential) *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Credential: credential, Setpgid: true}
}

// servesFolder reports whether a process is a PostgreSQL server of this data folder.
func servesFolder(pid int, data string) bool {
	line, err := exec.Command("ps", "-o", "command=", "-p", strconv.Itoa(pid)).Output() //nolint:gosec,noctx // a number; ends at once
	return err == nil && named(line, data)
}
