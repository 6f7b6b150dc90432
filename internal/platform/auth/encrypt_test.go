package auth_test

import (
	"bytes"
	"errors"
	"testing"
	"time"

	"maru/internal/platform/auth"
)

func TestSealedIsReadOnlyForItsPurposeAndWithASecret(t *testing.T) {
	t.Parallel()
	old, fresh := bytes.Repeat([]byte("o"), 32), bytes.Repeat([]byte("n"), 32)
	sealer := func(secrets ...[]byte) *auth.Tokens {
		made, err := auth.NewTokens(secrets, time.Now)
		if err != nil {
			t.Fatal(err)
		}
		return made
	}
	plain := []byte("https://maru.example.com/join/토큰")
	sealed := sealer(old).Encrypt("mail", plain)
	if bytes.Contains(sealed, []byte("join")) || bytes.Equal(sealed, sealer(old).Encrypt("mail", plain)) {
		t.Error("it is readable, or the same twice")
	}
	for name, try := range map[string]*auth.Tokens{"same secret": sealer(old), "after a rotation": sealer(fresh, old)} {
		if got, err := try.Decrypt("mail", sealed); err != nil || !bytes.Equal(got, plain) {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
	for i := range sealed {
		changed := bytes.Clone(sealed)
		changed[i] ^= 1
		if _, err := sealer(old).Decrypt("mail", changed); !errors.Is(err, auth.ErrSealed) {
			t.Fatalf("byte %d changed: %v", i, err)
		}
		if _, err := sealer(old).Decrypt("mail", sealed[:i]); !errors.Is(err, auth.ErrSealed) {
			t.Fatalf("cut at %d: %v", i, err)
		}
	}
	if _, err := sealer(old).Decrypt("totp", sealed); !errors.Is(err, auth.ErrSealed) {
		t.Errorf("for another purpose: %v", err)
	}
	if _, err := sealer(fresh).Decrypt("mail", sealed); !errors.Is(err, auth.ErrSealed) {
		t.Errorf("with another secret: %v", err)
	}
}
