package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// tick is the unit of CPU times in /proc/PID/stat: USER_HZ, 1/100 s on every Linux.
const tick = 10 * time.Millisecond

type processStat struct {
	parent int
	own    time.Duration // user and system time of the process itself
	reaped time.Duration // of children that have ended
}

func statOf(pid int) (processStat, error) {
	line, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return processStat{}, err
	}
	// The second field is the program's name in brackets, which may hold anything.
	rest := line[bytes.LastIndexByte(line, ')')+1:]
	fields := strings.Fields(string(rest)) // from the third on
	if len(fields) < 15 {
		return processStat{}, fmt.Errorf("/proc/%d/stat is not as expected", pid)
	}
	number := func(i int) int64 {
		n, _ := strconv.ParseInt(fields[i-3], 10, 64) // the kernel writes numbers
		return n
	}
	return processStat{
		parent: int(number(4)),
		own:    time.Duration(number(14)+number(15)) * tick,
		reaped: time.Duration(number(16)+number(17)) * tick,
	}, nil
}

// ranOf returns how long the living threads of a process have run, or what the ticks say where the kernel
// does not count it: a server of thirty processes is rounded thirty times.
func ranOf(pid int, ticks time.Duration) time.Duration {
	threads, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/[0-9]*/schedstat", pid))
	if err != nil || len(threads) == 0 {
		return ticks
	}
	total := time.Duration(0)
	for _, path := range threads {
		text, err := os.ReadFile(path)
		if err != nil {
			continue // it has ended
		}
		first, _, _ := strings.Cut(string(text), " ")
		ran, err := strconv.ParseInt(first, 10, 64)
		if err != nil {
			return ticks
		}
		total += time.Duration(ran)
	}
	if total == 0 {
		return ticks
	}
	return total
}

// cpuOf returns the CPU time that a process, its living children and its ended ones have used.
func cpuOf(pid int) (time.Duration, error) {
	root, err := statOf(pid)
	if err != nil {
		return 0, err
	}
	total := ranOf(pid, root.own) + root.reaped
	all, err := filepath.Glob("/proc/[0-9]*")
	if err != nil {
		return 0, err
	}
	for _, dir := range all {
		child, err := strconv.Atoi(filepath.Base(dir))
		if err != nil {
			continue
		}
		if s, err := statOf(child); err == nil && s.parent == pid { // one that ends meanwhile is in reaped the next time
			total += ranOf(child, s.own)
		}
	}
	return total, nil
}

// resident returns the resident memory of a process in MB of 2^20 bytes.
func resident(pid int) (float64, error) {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(status)) {
		if value, found := strings.CutPrefix(line, "VmRSS:"); found {
			kb, err := strconv.ParseFloat(strings.TrimSuffix(strings.TrimSpace(value), " kB"), 64)
			return kb / 1024, err
		}
	}
	return 0, fmt.Errorf("process %d has no memory", pid)
}

// loadAverage is the machine's load of the last minute.
func loadAverage() float64 {
	text, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return -1
	}
	first, _, _ := strings.Cut(string(text), " ")
	load, err := strconv.ParseFloat(first, 64)
	if err != nil {
		return -1
	}
	return load
}
