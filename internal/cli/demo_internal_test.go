package cli

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
)

// PINs and authenticator apps are sealed with the secret: started again, the demo must have the same.
func TestTheDemoKeepsItsSecret(t *testing.T) {
	t.Parallel()
	folder := filepath.Join(t.TempDir(), "demo")
	first, err := keptSecret(folder)
	if err != nil || len(first) < 32 {
		t.Fatalf("%d bytes, %v", len(first), err)
	}
	again, err := keptSecret(folder)
	if err != nil || !bytes.Equal(again, first) {
		t.Errorf("another secret the second time, %v", err)
	}
	if info, err := os.Stat(filepath.Join(folder, "secret")); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info, err)
	}
	other, err := keptSecret(t.TempDir())
	if err != nil || bytes.Equal(other, first) {
		t.Errorf("two demos share a secret, %v", err)
	}
}
