package devpg

import (
	"bytes"
	"fmt"
	"os"
	"syscall"
)

// processAttributes puts the server into a process group of its own, so that Ctrl-C reaches the
// program alone, and has the kernel stop the server when the program dies, however it dies.
func processAttributes(credential *syscall.Credential) *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Credential: credential, Setpgid: true, Pdeathsig: syscall.SIGINT}
}

// servesFolder reports whether a process is a PostgreSQL server of this data folder.
func servesFolder(pid int, data string) bool {
	line, err := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", pid))
	if err != nil || len(line) == 0 { // gone, or ended and not yet collected by its parent
		return false
	}
	if named(bytes.ReplaceAll(line, []byte{0}, []byte{' '}), data) {
		return true
	}
	folder, err := os.Readlink(fmt.Sprintf("/proc/%d/cwd", pid)) // a server works in its data folder
	return err == nil && folder == data && bytes.Contains(line, []byte("postgres"))
}
