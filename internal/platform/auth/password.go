package auth

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"sync"

	"golang.org/x/crypto/argon2"
	"golang.org/x/text/unicode/norm"
)

// Argon holds the parameters of Argon2id. They are written into every hash, so raising them leaves
// old hashes valid; Passwords.Verify says which want to be made anew.
type Argon struct {
	MemoryKiB uint32
	Passes    uint32
	Threads   uint8
}

// DefaultArgon is OWASP's first choice for Argon2id: 19 MiB, two passes, one thread.
var DefaultArgon = Argon{MemoryKiB: 19 * 1024, Passes: 2, Threads: 1}

// PINArgon is OWASP's choice for little memory, 7 MiB and five passes: on a busy morning a store's people come
// and go by the minute, beside everybody who signs in. What protects a PIN is its seal and the limits, not this.
var PINArgon = Argon{MemoryKiB: 7 * 1024, Passes: 5, Threads: 1}

const (
	saltBytes = 16
	keyBytes  = 32
	// Bounds of what is believed of a stored hash: a damaged row must not take the memory of the machine.
	maxMemoryKiB = 1 << 20
	maxPasses    = 64
)

// Passwords hashes and checks passwords. Hashing is expensive on purpose, so only a few run at once
// and the others wait; a flood of sign-ins cannot take the machine's memory.
type Passwords struct {
	argon Argon
	slots chan struct{}
	dummy func() string
}

// NewPasswords returns a Passwords that hashes with argon, atOnce at a time.
func NewPasswords(argon Argon, atOnce int) *Passwords {
	return &Passwords{
		argon: argon,
		slots: make(chan struct{}, max(1, atOnce)),
		dummy: sync.OnceValue(func() string { return argon.encode(randomBytes(saltBytes), randomBytes(keyBytes)) }),
	}
}

// Hash returns the password's hash in PHC form. It fails only when ctx ends while waiting for a turn.
func (p *Passwords) Hash(ctx context.Context, password string) (string, error) {
	salt := randomBytes(saltBytes)
	key, err := p.derive(ctx, p.argon, password, salt, keyBytes)
	if err != nil {
		return "", err
	}
	return p.argon.encode(salt, key), nil
}

// Verify reports whether the password is the one of the hash, and whether the hash was made with
// other parameters than today's and should be replaced by a new one. The error is not nil for a
// damaged hash, and when ctx ends while waiting for a turn.
func (p *Passwords) Verify(ctx context.Context, hash, password string) (ok, outdated bool, err error) {
	argon, salt, want, err := decodeHash(hash)
	if err != nil {
		return false, false, err
	}
	got, err := p.derive(ctx, argon, password, salt, uint32(len(want))) //nolint:gosec // decodeHash bounds it
	if err != nil {
		return false, false, err
	}
	ok = subtle.ConstantTimeCompare(got, want) == 1
	return ok, ok && argon != p.argon, nil
}

// VerifyNobody takes the time that Verify takes and finds no match: for logins that do not exist, so
// that an answer's time does not tell who has an account.
func (p *Passwords) VerifyNobody(ctx context.Context, password string) error {
	_, _, err := p.Verify(ctx, p.dummy(), password)
	return err
}

// derive hashes the normalised password: one system writes 가 as one character and another as two,
// and both mean the same keys.
func (p *Passwords) derive(ctx context.Context, a Argon, password string, salt []byte, length uint32) ([]byte, error) {
	select {
	case p.slots <- struct{}{}:
		defer func() { <-p.slots }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	return argon2.IDKey(norm.NFC.Bytes([]byte(password)), salt, a.Passes, a.MemoryKiB, a.Threads, length), nil
}

func (a Argon) encode(salt, key []byte) string {
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, a.MemoryKiB, a.Passes, a.Threads,
		base64.RawStdEncoding.EncodeToString(salt), base64.RawStdEncoding.EncodeToString(key))
}

var errHash = errors.New("auth: not an Argon2id hash in PHC form")

func decodeHash(hash string) (a Argon, salt, key []byte, err error) {
	parts := strings.Split(hash, "$")
	if len(parts) != 6 || parts[0] != "" || parts[1] != "argon2id" || parts[2] != fmt.Sprintf("v=%d", argon2.Version) {
		return Argon{}, nil, nil, errHash
	}
	if _, err := fmt.Sscanf(parts[3], "m=%d,t=%d,p=%d", &a.MemoryKiB, &a.Passes, &a.Threads); err != nil {
		return Argon{}, nil, nil, errHash
	}
	if a.MemoryKiB < 8 || a.MemoryKiB > maxMemoryKiB || a.Passes < 1 || a.Passes > maxPasses || a.Threads < 1 {
		return Argon{}, nil, nil, errHash
	}
	salt, saltErr := base64.RawStdEncoding.DecodeString(parts[4])
	key, keyErr := base64.RawStdEncoding.DecodeString(parts[5])
	if saltErr != nil || keyErr != nil || len(salt) < 8 || len(key) < 16 || len(key) > 64 {
		return Argon{}, nil, nil, errHash
	}
	return a, salt, key, nil
}

func randomBytes(n int) []byte {
	b := make([]byte, n)
	_, _ = rand.Read(b) // never fails; the process ends where the system has no randomness
	return b
}
