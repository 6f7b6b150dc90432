package auth

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/sha256"
	"errors"
	"slices"
)

// ErrSealed is returned for what was not sealed for this purpose with any of the program's secrets.
var ErrSealed = errors.New("auth: cannot be unsealed with any of the secrets")

// Encrypt encrypts what must not be readable in the database, under the secret that signs now: AES-256-GCM
// with a key of its own for each purpose, so that what was sealed for one cannot be passed for another.
func (t *Tokens) Encrypt(purpose string, plain []byte) []byte {
	aead := t.signing.aead(purpose)
	nonce := randomBytes(aead.NonceSize())
	out := append([]byte(t.signing.id), nonce...)
	return aead.Seal(out, nonce, plain, []byte(purpose))
}

// Current reports whether Encrypt sealed this under the secret that signs now. What is not should be sealed
// anew while the old secret is still known.
func (t *Tokens) Current(sealed []byte) bool {
	return bytes.HasPrefix(sealed, []byte(t.signing.id))
}

// Decrypt returns what Encrypt was given under any of the secrets, or ErrSealed.
func (t *Tokens) Decrypt(purpose string, sealed []byte) ([]byte, error) {
	n := len(t.signing.id)
	if len(sealed) < n {
		return nil, ErrSealed
	}
	k, known := t.byID[string(sealed[:n])]
	if !known {
		return nil, ErrSealed
	}
	aead := k.aead(purpose)
	rest := slices.Clone(sealed[n:])
	if len(rest) < aead.NonceSize() {
		return nil, ErrSealed
	}
	plain, err := aead.Open(nil, rest[:aead.NonceSize()], rest[aead.NonceSize():], []byte(purpose))
	if err != nil {
		return nil, ErrSealed
	}
	return plain, nil
}

func (k key) aead(purpose string) cipher.AEAD {
	derived, err := hkdf.Key(sha256.New, k.secret, nil, "maru seal "+purpose, 32)
	if err != nil {
		panic("auth: deriving a key failed: " + err.Error()) // only for lengths that no hash can give
	}
	block, err := aes.NewCipher(derived)
	if err != nil {
		panic("auth: " + err.Error()) // only for keys of a wrong length
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		panic("auth: " + err.Error())
	}
	return aead
}
