//go:build unix

package devpg

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"sort"
	"strconv"
	"strings"
)

// initCluster makes the data folder where it is missing. It is made aside and renamed, so an
// interrupted attempt leaves nothing that looks like a cluster.
func initCluster(ctx context.Context, bin Binaries, account *account, data string, durable bool) error {
	if _, err := os.Stat(filepath.Join(data, "PG_VERSION")); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if entries, err := os.ReadDir(data); err == nil && len(entries) > 0 {
		return fmt.Errorf("devpg: %s holds files but no PostgreSQL cluster; name an empty folder or move them away", data)
	}
	fresh := data + ".new"
	if err := os.RemoveAll(fresh); err != nil {
		return fmt.Errorf("devpg: %w", err)
	}
	if err := account.mkdir(fresh); err != nil {
		return err
	}
	args := append([]string{"-D", fresh, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-instructions"}, localeArgs(bin.Version)...)
	if durable {
		args = append(args, "--data-checksums")
	} else {
		args = append(args, "--no-sync")
	}
	cmd := account.command(bin, "initdb", args...)
	out, err := runUntil(ctx, cmd)
	if err != nil {
		return fmt.Errorf("devpg: initdb: %w\n%s", err, strings.TrimSpace(out))
	}
	if err := os.Remove(data); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("devpg: %w", err)
	}
	if err := os.Rename(fresh, data); err != nil {
		return fmt.Errorf("devpg: %w", err)
	}
	return nil
}

// localeArgs chooses a locale that knows letters outside ASCII: with "C", ILIKE and trigrams of
// Korean words find nothing, and nobody is told. From 17 on PostgreSQL brings its own; trigrams ask
// the system's all the same.
func localeArgs(v Version) []string {
	if runtime.GOOS == "darwin" { // it has no C.UTF-8
		return []string{"--locale=en_US.UTF-8", "--lc-collate=C"}
	}
	args := []string{"--locale=C.UTF-8"}
	if v.Major >= 17 {
		args = append(args, "--locale-provider=builtin", "--builtin-locale=C.UTF-8")
	}
	return args
}

func serverArgs(data, socketDir string, opts Options) []string {
	settings := map[string]string{
		"listen_addresses":        "",
		"unix_socket_directories": socketDir,
		"unix_socket_permissions": "0700",
		"timezone":                "UTC",
		"log_timezone":            "UTC",
		"jit":                     "off",
		"random_page_cost":        "1.1",
		"max_wal_size":            "2GB",
	}
	if !opts.Durable {
		for key, value := range map[string]string{
			"fsync":               "off",
			"synchronous_commit":  "off",
			"full_page_writes":    "off",
			"wal_level":           "minimal",
			"max_wal_senders":     "0",
			"autovacuum":          "off",
			"checkpoint_timeout":  "1h",
			"shared_buffers":      "64MB",
			"max_connections":     "300",
			"log_min_messages":    "warning",
			"log_checkpoints":     "off",
			"restart_after_crash": "off",
		} {
			settings[key] = value
		}
	}
	for key, value := range opts.Settings {
		settings[key] = value
	}
	keys := make([]string, 0, len(settings))
	for key := range settings {
		keys = append(keys, key)
	}
	sort.Strings(keys)
	args := []string{"-D", data, "-p", port}
	for _, key := range keys {
		args = append(args, "-c", key+"="+settings[key])
	}
	return args
}

// clusterMajor returns the major version of the data folder, 0 where there is no cluster yet.
func clusterMajor(data string) (int, error) {
	b, err := os.ReadFile(filepath.Join(data, "PG_VERSION"))
	if errors.Is(err, fs.ErrNotExist) {
		return 0, nil
	}
	if err != nil {
		return 0, fmt.Errorf("devpg: %w", err)
	}
	major, err := strconv.Atoi(strings.TrimSpace(string(b)))
	if err != nil {
		return 0, fmt.Errorf("devpg: %s is not the data folder of a PostgreSQL this program knows", data)
	}
	return major, nil
}
